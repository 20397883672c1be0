//! Arrays of any shape in NPY and NPZ files, such as prepared inputs of networks. Depth maps are read by [`decode`](super::decode).

use std::io::Cursor;

use super::zip_archive::{self, Directory};
use super::{Content, DecodeError, Limits, npy, npz, sniff};
use fathom_core::i18n::tr;

/// An array of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedArray {
    /// Name in an NPZ; empty in an NPY.
    pub name: String,
    /// Length of each axis; empty for a scalar.
    pub shape: Vec<usize>,
    /// The values, the last axis fastest. Integers and double precision are rounded to single precision.
    pub values: Vec<f32>,
}

/// Reads every array of an NPY or NPZ.
///
/// # Errors
/// [`DecodeError`] for other formats, for types that are no numbers, and for arrays over the limits.
pub fn arrays(bytes: &[u8], limits: &Limits) -> Result<Vec<NamedArray>, DecodeError> {
    let read = |name: &str, bytes: &[u8], limits: &Limits| {
        let (shape, values) = npy::array_values(bytes, limits)?;
        Ok(NamedArray {
            name: name.to_owned(),
            shape,
            values,
        })
    };
    match sniff(bytes)? {
        Content::Npy => Ok(vec![read("", bytes, limits)?]),
        Content::Zip => {
            let directory = Directory::read(Cursor::new(bytes), limits)?;
            if !zip_archive::is_npz(&directory.members, "") {
                return Err(npz::archive_of_files());
            }
            // The limits hold for all arrays together.
            let mut left = *limits;
            let mut arrays = Vec::new();
            for member in &directory.members {
                let unpacked = left.max_unpacked.checked_sub(member.bytes);
                left.max_unpacked =
                    unpacked.ok_or_else(|| limits.unpacked_size_error(tr!("a ZIP archive")))?;
                let data = directory.extract(Cursor::new(bytes), member.index, limits)?;
                let array: NamedArray = read(member.path.trim_end_matches(".npy"), &data, &left)?;
                left.max_pixels -= array.values.len() as u64;
                arrays.push(array);
            }
            Ok(arrays)
        }
        _ => Err(npy::not_an_array()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use npyz::WriterBuilder as _;

    /// An NPY of a shape, in either order of the axes.
    fn npy_file(shape: &[u64], order: npyz::Order, values: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = npyz::WriteOptions::new()
            .default_dtype()
            .shape(shape)
            .order(order)
            .writer(&mut bytes)
            .begin_nd()
            .expect("a header");
        writer.extend(values.iter().copied()).expect("values");
        writer.finish().expect("a file");
        bytes
    }

    #[test]
    fn axes_may_be_any_and_in_either_order() {
        let limits = Limits::default();
        for shape in [&[][..], &[4], &[1, 3, 2, 5]] {
            let count: u64 = shape.iter().product();
            let values: Vec<f32> = (0..count).map(|i| i as f32 - 3.0).collect();
            let file = npy_file(shape, npyz::Order::C, &values);
            let read = arrays(&file, &limits).expect("an array");
            let expected: Vec<usize> = shape.iter().map(|&n| n as usize).collect();
            assert_eq!((&read[0].shape, &read[0].values), (&expected, &values));
        }
        let file = npy_file(
            &[2, 3],
            npyz::Order::Fortran,
            &[0.0, 3.0, 1.0, 4.0, 2.0, 5.0],
        );
        let read = arrays(&file, &limits).expect("an array");
        assert_eq!(read[0].values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    }

    #[test]
    fn claims_beyond_the_file_are_refused() {
        let limits = Limits::default();
        let mut file = npy_file(&[2, 3], npyz::Order::C, &[0.0; 6]);
        file.truncate(file.len() - 4);
        assert!(arrays(&file, &limits).is_err());
        let small = Limits {
            max_pixels: 5,
            ..limits
        };
        let file = npy_file(&[2, 3], npyz::Order::C, &[0.0; 6]);
        assert!(arrays(&file, &small).is_err());
        assert!(arrays(b"P5 3 1 65535\n\x03\xe8\x09\xc4\x00\x00", &limits).is_err());
    }
}
