//! Reads and writes files, and lists folders.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Outcome;
use crate::project::{cannot_read, cannot_write, root};

/// All files below a path, sorted; the path itself if it is a file; none if it does not exist.
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn below(path: &Path) -> Outcome<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(path
            .exists()
            .then(|| path.to_path_buf())
            .into_iter()
            .collect());
    }
    let entries = fs::read_dir(path).map_err(|error| cannot_read(path, &error))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        files.extend(below(&path)?);
    }
    Ok(files)
}

/// The Rust sources of the page and its crates, without their tests and benchmarks.
///
/// # Errors
/// If a folder cannot be read.
pub(crate) fn rust_sources() -> Outcome<Vec<PathBuf>> {
    let mut all = below(&root().join("src"))?;
    all.extend(below(&root().join("crates"))?);
    all.retain(|file| {
        let name = name_in(&root(), file);
        name.ends_with(".rs") && (name.starts_with("src/") || name.split('/').nth(2) == Some("src"))
    });
    Ok(all)
}

/// A file's bytes.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn read(file: &Path) -> Outcome<Vec<u8>> {
    fs::read(file).map_err(|error| cannot_read(file, &error))
}

/// A file's text; bytes that are no UTF-8 are replaced.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn text(file: &Path) -> Outcome<String> {
    Ok(String::from_utf8_lossy(&read(file)?).into_owned())
}

/// Writes a file, and the folder it lies in.
///
/// # Errors
/// If it cannot be written.
pub(crate) fn write(file: &Path, contents: impl AsRef<[u8]>) -> Outcome {
    let folder = file.parent().unwrap_or(file);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(file, contents))
        .map_err(|error| cannot_write(file, &error))
}

/// A file's path inside a folder, with slashes on every system.
pub(crate) fn name_in(folder: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(folder).unwrap_or(file);
    let parts = inside.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::below;
    use crate::project::Scratch;

    #[test]
    fn files_come_sorted_from_all_depths() {
        let scratch = Scratch::new("files-test").expect("temporary files can be written");
        let root = scratch.path();
        fs::create_dir_all(root.join("b/c")).expect("folder");
        for file in ["z", "a", "b/2", "b/c/1"] {
            fs::write(root.join(file), "").expect("file");
        }
        let expected: Vec<_> = ["a", "b/2", "b/c/1", "z"]
            .iter()
            .map(|file| root.join(file))
            .collect();
        assert_eq!(below(root).expect("readable"), expected);
        assert_eq!(below(&root.join("a")).expect("a file"), [root.join("a")]);
        assert!(
            below(&root.join("nothing"))
                .expect("nothing is no error")
                .is_empty()
        );
    }
}
