//! The orientation of a photograph in its EXIF data.
//!
//! Source: CIPA DC-008 (EXIF 2.32): a TIFF structure whose first directory holds tag 0x0112, 1 for upright and 2 to 8 for turned or mirrored.

const ORIENTATION: u16 = 0x0112;

/// Type of a field of 16-bit numbers.
const SHORT: u16 = 3;

/// Bytes of a directory's entry.
const ENTRY: usize = 12;

/// The orientation, if EXIF data hold one. Data may begin with `Exif\0\0`, as in JPEG, or with the TIFF header.
pub(super) fn exif_orientation(exif: &[u8]) -> Option<u16> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let is_little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if is_little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let (low, high) = if is_little { (4, 6) } else { (6, 4) };
    let directory = usize::from(short(high)?) << 16 | usize::from(short(low)?);
    let count = usize::from(short(directory)?);
    let entries = (0..count).map(|i| directory + 2 + i * ENTRY);
    entries
        .into_iter()
        .find(|&at| short(at) == Some(ORIENTATION) && short(at + 2) == Some(SHORT))
        .and_then(|at| short(at + 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// EXIF data with two entries, the second one the orientation.
    fn exif(is_little: bool, orientation: u16) -> Vec<u8> {
        let two = |v: u16| {
            if is_little {
                v.to_le_bytes()
            } else {
                v.to_be_bytes()
            }
        };
        let four = |v: u32| {
            if is_little {
                v.to_le_bytes()
            } else {
                v.to_be_bytes()
            }
        };
        let mut out = b"Exif\0\0".to_vec();
        out.extend(if is_little { b"II*\0" } else { b"MM\0*" });
        out.extend(four(8));
        out.extend(two(2));
        for (tag, value) in [(0x0106, 2), (ORIENTATION, orientation)] {
            out.extend(two(tag));
            out.extend(two(SHORT));
            out.extend(four(1));
            out.extend(two(value));
            out.extend(two(0));
        }
        out.extend(four(0));
        out
    }

    #[test]
    fn both_byte_orders_are_read() {
        for is_little in [true, false] {
            for orientation in [1, 3, 6, 8] {
                let exif = exif(is_little, orientation);
                assert_eq!(exif_orientation(&exif), Some(orientation));
                assert_eq!(exif_orientation(&exif[6..]), Some(orientation));
                // Data that end early hold nothing.
                for length in 0..exif.len() - 10 {
                    assert_eq!(exif_orientation(&exif[..length]), None, "{length}");
                }
            }
        }
        assert_eq!(exif_orientation(b"MM\0*\xff\xff\xff\xff"), None);
    }
}
