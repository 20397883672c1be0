//! Depth files of the MPI Sintel dataset (`.dpt`): a tag, width, height, then single precision. Source: the dataset's `sintel_io.py`.

use super::npy::{self, ByteOrder};
use super::{DecodeError, Limits};
use fathom_core::depth::{Dtype, Format, RawMap};
use fathom_core::i18n::tr;

/// Bytes of tag, width and height.
const HEADER: usize = 12;

#[inline(never)]
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Vec<RawMap>, DecodeError> {
    let number = |at: usize| -> Option<u64> {
        let field = bytes.get(at..at + 4)?;
        Some(u64::from(u32::from_le_bytes([
            field[0], field[1], field[2], field[3],
        ])))
    };
    let (Some(width), Some(height)) = (number(4), number(8)) else {
        return Err(DecodeError::damaged(
            tr!("a Sintel file that ends in its header"),
            tr!("a complete file"),
        ));
    };
    let data = &bytes[HEADER..];
    // Optical flow has the same tag and two numbers a pixel.
    if width.checked_mul(height).and_then(|n| n.checked_mul(8)) == Some(data.len() as u64) {
        return Err(DecodeError::unsuitable(
            tr!("a file of optical flow (.flo)"),
            tr!("one depth per pixel"),
            tr!("choose the depth file (.dpt)"),
        ));
    }
    let mut maps = npy::decode_headerless(
        (ByteOrder::Little, Dtype::F32),
        &[height, width],
        data,
        limits,
    )?;
    for map in &mut maps {
        map.format = Format::Sintel;
    }
    Ok(maps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::Samples;

    #[test]
    fn a_depth_file_is_read_and_flow_is_named() {
        let mut file = b"PIEH\x02\0\0\0\x01\0\0\0".to_vec();
        file.extend([1.5_f32, 20.0].iter().flat_map(|v| v.to_le_bytes()));
        let maps = decode(&file, &Limits::default()).expect("a map");
        let Samples::F32(map) = &maps[0].samples else {
            panic!("single precision");
        };
        assert_eq!(
            (map.dim(), map.as_slice()),
            ((1, 2), Some(&[1.5, 20.0][..]))
        );
        file.extend([0; 8]);
        let error = decode(&file, &Limits::default()).expect_err("flow");
        assert!(error.to_string().contains("flow"), "{error}");
        assert!(decode(b"PIEH\xff\xff\xff\xff\xff\xff\xff\xff", &Limits::default()).is_err());
        assert!(decode(b"PIEH\x02\0", &Limits::default()).is_err());
    }
}
