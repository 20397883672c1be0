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

/// The error for an archive that holds other files than arrays.
pub(super) fn archive_of_files() -> DecodeError {
    DecodeError::unsuitable(
        tr!("a ZIP archive of other files inside an archive"),
        EXPECTED,
        tr!("unpack the inner archive"),
    )
}

/// The likelihood that an array is depth, from its name, type and shape. `None` for an array that is not depth.
fn rank(name: &str, dtype: Dtype, shape: &[u64]) -> Option<u32> {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    let pixels: u64 = shape.iter().product();
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
