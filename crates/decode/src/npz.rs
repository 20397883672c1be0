//! NPZ: named numpy arrays in a ZIP archive. The depth array is selected by name and shape.

use std::io::Cursor;

use super::zip_archive::{self, Directory};
use super::{ArrayCandidate, ArrayChoice, DecodeError, DecodeOptions, Decoded, npy};
use fathom_core::depth::{Dtype, Format, SampleKind};
use fathom_core::i18n::{msgid, tr};

const EXPECTED: &str = msgid("an NPZ with a 2-D array of numbers, or a stack of them");

/// Bytes of an array that suffice for its type and shape.
const HEAD: usize = 16_396;

/// Decodes the selected array.
#[inline(never)]
pub(super) fn decode(bytes: &[u8], options: &DecodeOptions<'_>) -> Result<Decoded, DecodeError> {
    let directory = Directory::read(Cursor::new(bytes), &options.limits)?;
    if !zip_archive::is_npz(&directory.members, "") {
        return Err(archive_of_files());
    }
    let mut arrays = Vec::new();
    let mut first_error = None;
    for member in &directory.members {
        let data = directory.extract(Cursor::new(bytes), member.index, &options.limits)?;
        let name = member.path.trim_end_matches(".npy").to_owned();
        match npy::describe(&data[..data.len().min(HEAD)]) {
            Ok((dtype, shape)) => arrays.push((name, dtype, shape, member.index)),
            Err(error) => {
                first_error.get_or_insert((name, error));
            }
        }
    }
    let candidates = arrays
        .iter()
        .map(|(name, dtype, shape, _)| ArrayCandidate {
            name: name.clone(),
            description: format!("{} {}", dtype.name(), npy::shape_text(shape)),
        })
        .collect();
    let ranks: Vec<Option<u32>> = arrays
        .iter()
        .map(|(name, dtype, shape, _)| rank(name, *dtype, shape))
        .collect();
    if options.pick.is_none()
        && let Some(frames) = numbered_frames(&arrays, &ranks)
    {
        let mut maps = Vec::new();
        let mut left = options.limits;
        for index in frames {
            let data = directory.extract(Cursor::new(bytes), index, &options.limits)?;
            let own = npy::decode(&data, &left)?;
            let pixels: usize = own.iter().map(|m| m.width() * m.height()).sum();
            left.max_pixels = left.max_pixels.saturating_sub(pixels as u64);
            maps.extend(own);
        }
        for map in &mut maps {
            map.format = Format::Npz;
        }
        return Ok(maps.into());
    }
    let choice = match ArrayChoice::select(candidates, &ranks, options.pick) {
        Ok(choice) => choice,
        Err(names) => {
            return Err(match first_error {
                Some((_, error)) if names.is_empty() => error,
                _ => DecodeError::unsuitable(
                    tr!(
                        "an NPZ without an array that looks like depth (it holds {names})",
                        names
                    ),
                    EXPECTED,
                    tr!("save the depth array by itself with numpy.save"),
                ),
            });
        }
    };
    let index = arrays[choice.selected].3;
    let data = directory.extract(Cursor::new(bytes), index, &options.limits)?;
    let mut maps = npy::decode(&data, &options.limits)?;
    for map in &mut maps {
        map.format = Format::Npz;
    }
    Ok(Decoded {
        maps,
        choice: (choice.candidates.len() > 1).then_some(choice),
    })
}

/// Name, type, shape and index of an array.
type Array = (String, Dtype, Vec<u64>, u32);

/// The arrays of highest rank, if they are frames: of one type and shape, under names that differ in a number alone. Their indices are in
/// the order of those numbers.
fn numbered_frames(arrays: &[Array], ranks: &[Option<u32>]) -> Option<Vec<u32>> {
    let best = ranks.iter().flatten().max()?;
    let mut frames: Vec<&Array> = arrays
        .iter()
        .zip(ranks)
        .filter(|(_, rank)| rank.as_ref() == Some(best))
        .map(|(array, _)| array)
        .collect();
    let without_digits = |name: &str| name.replace(|c: char| c.is_ascii_digit(), "");
    let number = |name: &str| {
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u64>().ok()
    };
    let first = *frames.first()?;
    let is_like_first = |array: &&Array| {
        (array.1, &array.2) == (first.1, &first.2)
            && without_digits(&array.0) == without_digits(&first.0)
            && number(&array.0).is_some()
    };
    if frames.len() < 2 || !frames.iter().all(is_like_first) {
        return None;
    }
    frames.sort_by_key(|array| number(&array.0));
    Some(frames.into_iter().map(|array| array.3).collect())
}

/// The error for an archive that holds other files than arrays.
pub(super) fn archive_of_files() -> DecodeError {
    DecodeError::unsuitable(
        tr!("a ZIP archive of other files inside an archive"),
        EXPECTED,
        tr!("unpack the inner archive"),
    )
}

/// The likelihood that an array is depth, from its name, type and shape. `None` for an array that is not depth.
pub(super) fn rank(name: &str, dtype: Dtype, shape: &[u64]) -> Option<u32> {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    let pixels: u64 = shape
        .iter()
        .fold(1, |product, &n| product.saturating_mul(n));
    let long_axes = shape.iter().filter(|&&n| n > 1).count();
    let other = has(&[
        "rgb",
        "color",
        "colour",
        "image",
        "mask",
        "label",
        "seg",
        "bbox",
        "box",
        "intrinsic",
        "extrinsic",
        "pose",
        "normal",
        "conf",
    ]);
    // Matrices of cameras are no maps.
    if other || dtype == Dtype::Bool || pixels < 64 || long_axes < 2 {
        return None;
    }
    Some(match name.as_str() {
        "depth" | "depths" | "depth_map" | "z" => 4,
        _ if has(&["depth"]) => 3,
        _ if has(&["pred", "gt", "disp", "dist", "range"]) => 2,
        _ if dtype.kind() == SampleKind::Float => 1,
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(arrays: &[(&str, &[u64])], ranks: &[Option<u32>]) -> Option<Vec<u32>> {
        let array = |(index, (name, shape)): (usize, &(&str, &[u64]))| {
            let index = u32::try_from(index).expect("few arrays");
            ((*name).to_owned(), Dtype::F32, shape.to_vec(), index)
        };
        let arrays: Vec<Array> = arrays.iter().enumerate().map(array).collect();
        numbered_frames(&arrays, ranks)
    }

    #[test]
    fn arrays_under_numbered_names_are_frames_in_the_order_of_the_numbers() {
        let map: &[u64] = &[30, 40];
        let ranks = [Some(1); 3];
        assert_eq!(
            found(&[("f_10", map), ("f_9", map), ("f_2", map)], &ranks),
            Some(vec![2, 1, 0])
        );
        // Words tell roles apart, shapes tell maps from others, and ranks tell depth from others.
        assert_eq!(found(&[("gt", map), ("pred", map)], &ranks[..2]), None);
        assert_eq!(found(&[("f_1", map), ("f_2", &[3, 3])], &ranks[..2]), None);
        assert_eq!(
            found(&[("f_1", map), ("f_2", map)], &[Some(2), Some(1)]),
            None
        );
    }
}
