//! Checksums put right, so that what they guard is reached.

use std::io::Write;
use std::iter::successors;

use fathom_engine::PART_VERSION;
use flate2::Compression;
use flate2::write::ZlibEncoder;

const PNG_SIGNATURE: usize = 8;

/// Length, name and checksum of a PNG chunk.
const PNG_FRAME: usize = 12;

/// A PNG whose chunks have the checksums of what is in them, as far as they are whole.
pub(crate) fn png(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    let mut at = PNG_SIGNATURE;
    while let Some(length) = out.get(at..at + 4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let end = at + PNG_FRAME + length;
        let Some(chunk) = out.get_mut(at + 4..end) else {
            break;
        };
        let (guarded, sum) = chunk.split_at_mut(4 + length);
        sum.copy_from_slice(&crc32fast::hash(guarded).to_be_bytes());
        at = end;
    }
    out
}

/// A part of a set that has these bytes as its index, with the right checksums, and no other block.
pub(crate) fn part(index: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(index).expect("in memory");
    let packed = encoder.finish().expect("in memory");
    let head = [&b"fathomPT"[..], &PART_VERSION.to_le_bytes()].concat();
    let numbers = [head.len() as u64, index.len() as u64];
    let sum = crc32fast::hash(&packed);
    let mut out = [head, packed].concat();
    out.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
    out.extend(sum.to_le_bytes());
    let length = out.len() as u64 + size_of::<u32>() as u64;
    out.extend(crc32fast::hash(&length.to_le_bytes()).to_le_bytes());
    out
}

/// Names under which the parts of [`npz`] are packed: sure depth, anything, no depth, likely depth.
const NAMES: [&str; 4] = ["depth.npy", "arr_0.npy", "mask.npy", "pred.npy"];

/// An NPZ in which each part is stored under the next of some names.
pub(crate) fn npz(parts: &[&[u8]]) -> Vec<u8> {
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    let mut count = 0_u16;
    for (part, name) in parts.iter().zip(NAMES) {
        let at = files.len() as u32;
        // Version 2.0, stored, no date; the checksum; both sizes; the length of the name; nothing extra.
        let mut facts = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        facts.extend(crc32fast::hash(part).to_le_bytes());
        facts.extend([part.len() as u32; 2].iter().flat_map(|n| n.to_le_bytes()));
        facts.extend([name.len() as u8, 0, 0, 0]);
        files.extend(b"PK\x03\x04");
        files.extend(&facts);
        files.extend(name.as_bytes());
        files.extend(*part);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&facts);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
        count += 1;
    }
    let at = files.len() as u32;
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend([count; 2].iter().flat_map(|n| n.to_le_bytes()));
    end.extend((directory.len() as u32).to_le_bytes());
    end.extend(at.to_le_bytes());
    end.extend([0, 0]);
    [files, directory, end].concat()
}

/// The parts of some bytes that each begin with a mark, and what is before the first.
pub(crate) fn split<'a>(bytes: &'a [u8], mark: &'a [u8]) -> Vec<&'a [u8]> {
    let next = |from: usize| {
        let rest = bytes.get(from..)?;
        let at = rest.windows(mark.len()).position(|w| w == mark)?;
        Some(from + at)
    };
    let starts: Vec<usize> = successors(next(1), |&at| next(at + 1)).collect();
    let ends = starts.iter().copied().chain([bytes.len()]);
    [0].into_iter()
        .chain(starts.iter().copied())
        .zip(ends)
        .map(|(from, to)| &bytes[from..to])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_decode::{DecodeOptions, decode};

    #[test]
    fn parts_begin_with_their_mark() {
        let rows: [(&[u8], &[&[u8]]); 4] = [
            (b"NPaNPb", &[b"NPa", b"NPb"]),
            (b"xNPNP", &[b"x", b"NP", b"NP"]),
            (b"x", &[b"x"]),
            (b"", &[b""]),
        ];
        for (bytes, parts) in rows {
            assert_eq!(split(bytes, b"NP"), parts);
        }
    }

    #[test]
    fn what_is_packed_is_read() {
        let mut array = b"\x93NUMPY\x01\0\x76\0".to_vec();
        array.extend(
            format!(
                "{:<117}\n",
                "{'descr': '<u2', 'fortran_order': False, 'shape': (8, 8), }"
            )
            .into_bytes(),
        );
        array.extend([7; 128]);
        let packed = npz(&[&array, &array]);
        let choice = decode(&packed, &DecodeOptions::default())
            .expect("an archive")
            .choice
            .expect("two arrays");
        assert_eq!(
            (choice.candidates.len(), choice.selected, choice.is_certain),
            (2, 0, true)
        );
    }
}
