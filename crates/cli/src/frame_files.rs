//! Files of frames: images and prepared inputs, from paths and folders.

use std::fs;
use std::path::{Path, PathBuf};

use fathom_network::study::{IMAGE_ENDINGS, frame_name, matched_maps};

use crate::command_error::CommandError;
use crate::layers_arguments::has_ending;

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
        let frame = frame_name(&name);
        Self { path, frame }
    }
}

/// Images and prepared inputs of some paths, in the order of their names within each folder.
pub(crate) fn frames(paths: &[PathBuf]) -> Result<Vec<FrameFile>, CommandError> {
    list(
        paths,
        &[&IMAGE_ENDINGS[..], &TENSORS[..]].concat(),
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
    let frame_names: Vec<&str> = frames.iter().map(|file| file.frame.as_str()).collect();
    let map_names: Vec<&str> = maps.iter().map(|file| file.frame.as_str()).collect();
    if let Some(found) = matched_maps(&frame_names, &map_names) {
        let found = found.into_iter();
        return Ok(found
            .map(|place| place.and_then(|at| maps.get(at)))
            .collect());
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
    fn frames_without_a_map_are_an_error() {
        let maps = files(&["g/f_2.npy", "g/f_3.npy"]);
        let found = matched(&files(&["a/f_1.png", "a/f_2.png"]), &maps).expect("a match");
        assert_eq!(found, [None, Some(&maps[0])]);
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
