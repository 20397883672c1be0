//! Files of frames: images and prepared inputs, from paths and folders.

use std::fs;
use std::path::{Path, PathBuf};

use fathom_core::depth::parse_name;

use crate::command_error::CommandError;
use crate::layers_arguments::has_ending;

const IMAGES: [&str; 4] = ["png", "jpg", "jpeg", "webp"];
const TENSORS: [&str; 3] = ["npy", "npz", "pb"];
const MAPS: [&str; 8] = ["png", "npy", "npz", "exr", "tif", "tiff", "pfm", "pgm"];

/// A file and the frame that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FrameFile {
    /// The file.
    pub path: PathBuf,
    /// Name of the frame, which images and ground truth of one frame share.
    pub frame: String,
}

impl FrameFile {
    fn new(path: PathBuf) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let parsed = parse_name(&name).frame;
        let frame = if parsed.is_empty() {
            path.file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        } else {
            parsed
        };
        Self { path, frame }
    }

    /// Returns true for an image, false for a prepared input.
    pub(crate) fn is_image(&self) -> bool {
        has_ending(&self.path, &IMAGES)
    }

    /// The last digits of the name, which number a frame.
    fn number(&self) -> Option<&str> {
        let end = self.frame.rfind(|c: char| c.is_ascii_digit())? + 1;
        let digits = &self.frame[..end];
        let start = digits
            .rfind(|c: char| !c.is_ascii_digit())
            .map_or(0, |at| at + 1);
        Some(digits[start..].trim_start_matches('0'))
    }
}

/// Images and prepared inputs of some paths, in the order of their names within each folder.
pub(crate) fn frames(paths: &[PathBuf]) -> Result<Vec<FrameFile>, CommandError> {
    list(
        paths,
        &[&IMAGES[..], &TENSORS[..]].concat(),
        "images or inputs",
    )
}

/// Depth maps of some paths.
pub(crate) fn maps(paths: &[PathBuf]) -> Result<Vec<FrameFile>, CommandError> {
    list(paths, &MAPS, "depth maps")
}

fn list(paths: &[PathBuf], endings: &[&str], what: &str) -> Result<Vec<FrameFile>, CommandError> {
    let mut out = Vec::new();
    for path in paths {
        if !path.is_dir() {
            if !path.exists() {
                let error = std::io::Error::from(std::io::ErrorKind::NotFound);
                return Err(CommandError::file(path, &error));
            }
            if !has_ending(path, endings) {
                let why = format!("{what} end in {}", endings.join(", "));
                return Err(CommandError::content(path, why));
            }
            out.push(FrameFile::new(path.clone()));
            continue;
        }
        let inside = files_of(path, endings)?;
        if inside.is_empty() {
            let why = format!(
                "no {what} in this folder (they end in {})",
                endings.join(", ")
            );
            return Err(CommandError::content(path, why));
        }
        out.extend(inside);
    }
    Ok(out)
}

fn files_of(folder: &Path, endings: &[&str]) -> Result<Vec<FrameFile>, CommandError> {
    let refuse = |error: std::io::Error| CommandError::file(folder, &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        if path.is_file() && has_ending(&path, endings) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths.into_iter().map(FrameFile::new).collect())
}

/// The map of each frame: of the same name, or else of the same number where numbers are unique.
///
/// # Errors
/// If no frame has a map.
pub(crate) fn matched<'a>(
    frames: &[FrameFile],
    maps: &'a [FrameFile],
) -> Result<Vec<Option<&'a FrameFile>>, CommandError> {
    let by = |same: &dyn Fn(&FrameFile, &FrameFile) -> bool| -> Vec<Option<&'a FrameFile>> {
        let one = |frame: &FrameFile| {
            let mut found = maps.iter().filter(|map| same(frame, map));
            let first = found.next();
            // Two maps of one frame are none, because either may be wrong.
            first.filter(|_| found.next().is_none())
        };
        frames.iter().map(one).collect()
    };
    let named = by(&|frame, map| frame.frame == map.frame);
    if named.iter().any(Option::is_some) {
        return Ok(named);
    }
    let numbered = by(&|frame, map| frame.number().is_some() && frame.number() == map.number());
    if numbered.iter().any(Option::is_some) {
        return Ok(numbered);
    }
    let name = |files: &[FrameFile]| {
        let first = files.first();
        first.map_or_else(String::new, |file| file.path.display().to_string())
    };
    Err(CommandError::usage(format!(
        "--gt: no map has the name of a frame (the first are {} and {}): name both alike",
        name(maps),
        name(frames)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<FrameFile> {
        names
            .iter()
            .map(|name| FrameFile::new(PathBuf::from(name)))
            .collect()
    }

    #[test]
    fn maps_belong_to_frames_by_name_or_number() {
        for (frames, maps, expected) in [
            (
                &["a/f_1.png", "a/f_2.png"],
                &["g/f_2.npy", "g/f_3.npy"][..],
                [None, Some(0)],
            ),
            (
                &["rgb_0007.jpg", "rgb_0010.jpg"],
                &["sync_depth_00010.png", "sync_depth_7.png"],
                [Some(1), Some(0)],
            ),
            (
                &["f_1.png", "f_2.png"],
                &["f_1_gt.npy", "f_2.npy", "f_2_gt.npy"],
                [Some(0), None],
            ),
        ] {
            let maps = files(maps);
            let found = matched(&files(frames), &maps).expect("a match");
            let places: Vec<_> = found
                .iter()
                .map(|found| found.and_then(|found| maps.iter().position(|map| map == found)))
                .collect();
            assert_eq!(places, expected, "{frames:?}");
        }
        let error = matched(&files(&["a.png"]), &files(&["b.png"])).expect_err("no match");
        assert!(error.to_string().contains("b.png and a.png"), "{error}");
    }

    #[test]
    fn paths_without_frames_are_refused() {
        let absent = frames(&[PathBuf::from("no/such/folder")]).expect_err("absent");
        assert!(
            absent.to_string().starts_with("no/such/folder: "),
            "{absent}"
        );
        let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let other = frames(&[manifest.join("Cargo.toml")]).expect_err("no image");
        assert!(other.to_string().contains("png, jpg"), "{other}");
        let empty = frames(&[manifest.join("src")]).expect_err("no image");
        assert!(empty.to_string().contains("no images"), "{empty}");
    }
}
