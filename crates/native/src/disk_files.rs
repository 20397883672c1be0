//! The files of an analysis: paths and folders as the page names them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use fathom_core::depth::FileUse;
use fathom_engine::file_set::{left_out_notice, select_files};
use fathom_engine::{FileAccess, FileRow, ReadSeek};

use crate::native_error::NativeError;
use crate::system_words::system_words;

/// Files of folders at most: the page's limit too.
const MAX_FILES: usize = 100_000;

/// Files on disk by their numbers.
#[derive(Clone, Debug, Default)]
pub struct DiskFiles {
    paths: Vec<PathBuf>,
}

impl DiskFiles {
    /// Number of files.
    pub(crate) fn count(&self) -> usize {
        self.paths.len()
    }
}

impl FileAccess for DiskFiles {
    fn open(&self, source: u32) -> Result<Box<dyn ReadSeek + '_>, String> {
        let path = self.paths.get(source as usize).ok_or("no such file")?;
        let file = File::open(path).map_err(|error| system_words(&error))?;
        Ok(Box::new(file))
    }
}

/// A file on disk and the use that its flag states.
struct Found {
    path: PathBuf,
    chosen: Option<FileUse>,
}

/// The files of an analysis.
#[derive(Debug, Default)]
pub struct CollectedFiles {
    /// The files by their numbers.
    pub disk: DiskFiles,
    /// Their rows.
    pub rows: Vec<FileRow>,
    /// A notice of files that are left out.
    pub left_out: Option<String>,
}

/// The files of some paths and folders, each with the use that was stated for it.
///
/// # Errors
/// A path that is not there, or without any file that could be a depth map.
pub fn collect(paths: &[(&PathBuf, Option<FileUse>)]) -> Result<CollectedFiles, NativeError> {
    let mut found = Vec::new();
    for (path, chosen) in paths {
        let given = fs::metadata(path).map_err(|error| NativeError::file(path, &error))?;
        // A folder named `.` has a name too.
        let whole = fs::canonicalize(path).map_err(|error| NativeError::file(path, &error))?;
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        if given.is_dir() {
            walk(path, &name, *chosen, &mut found)?;
        } else {
            let path = (*path).clone();
            let chosen = *chosen;
            found.push((name.into_owned(), Found { path, chosen }));
        }
    }
    let (is_given, is_empty) = (!paths.is_empty(), found.is_empty());
    let (found, left_out) = select_files(found);
    if found.is_empty() && is_given {
        let why = if is_empty {
            "there is no file in it; give a folder or files of depth maps"
        } else {
            "no file has the extension of a depth map (png, npy, npz, exr, tiff, pfm, pgm, mat, h5, zip and others in docs/FORMATS.md); give a folder or files of depth maps"
        };
        return Err(NativeError::content(paths[0].0, why));
    }
    let mut disk = DiskFiles::default();
    let mut rows = Vec::new();
    for (source, (name, Found { path, chosen })) in found.into_iter().enumerate() {
        let bytes = fs::metadata(&path).map(|data| data.len() as f64).ok();
        let mut row = FileRow::new(name, bytes, source, None);
        row.chosen_part = chosen;
        rows.push(row);
        disk.paths.push(path);
    }
    Ok(CollectedFiles {
        disk,
        rows,
        left_out: left_out_notice(left_out),
    })
}

fn walk(
    folder: &Path,
    name: &str,
    chosen: Option<FileUse>,
    found: &mut Vec<(String, Found)>,
) -> Result<(), NativeError> {
    let entries = fs::read_dir(folder).map_err(|error| NativeError::file(folder, &error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| NativeError::file(folder, &error))?
            .path();
        let own = path.file_name().unwrap_or_default().to_string_lossy();
        // Hidden files are no depth maps.
        if own.starts_with('.') {
            continue;
        }
        let name = format!("{name}/{own}");
        if path.is_dir() {
            walk(&path, &name, chosen, found)?;
        } else {
            found.push((name, Found { path, chosen }));
        }
        if found.len() > MAX_FILES {
            let why = "it has more than 100,000 files; give a folder that has only depth maps";
            return Err(NativeError::content(folder, why));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::Role;

    #[test]
    fn folders_and_files_are_named_as_on_the_page() {
        let folder = std::env::temp_dir().join(format!("fathom-files-{}", std::process::id()));
        let inner = folder.join("set").join("int8");
        fs::create_dir_all(&inner).expect("a folder");
        for name in ["b.npy", "a.npy", "notes.txt", ".hidden.npy"] {
            fs::write(inner.join(name), "abc").expect("a file");
        }
        let (set, file) = (folder.join("set"), inner.join("a.npy"));
        let truth = Some(FileUse::Map(Role::GroundTruth));
        let found = collect(&[(&set, None), (&file, truth)]).expect("files");
        let CollectedFiles {
            disk,
            rows,
            left_out,
        } = found;
        let names: Vec<(&str, Option<FileUse>)> = rows
            .iter()
            .map(|row| (row.path.as_str(), row.chosen_part))
            .collect();
        assert_eq!(
            names,
            [
                ("a.npy", truth),
                ("set/int8/a.npy", None),
                ("set/int8/b.npy", None)
            ]
        );
        assert_eq!(
            left_out
                .as_deref()
                .map(|text| text.contains("1 other file")),
            Some(true)
        );
        assert_eq!(rows[2].bytes, Some(3.0));
        let mut text = String::new();
        disk.open(2)
            .expect("a file")
            .read_to_string(&mut text)
            .expect("text");
        assert_eq!(text, "abc");
        fs::remove_dir_all(&folder).expect("removed");
        // Neither a deleted file nor an unknown number can be opened.
        assert!(disk.open(2).is_err() && disk.open(7).is_err());
        let error = collect(&[(&set, None)]).expect_err("it is gone");
        assert!(error.to_string().contains("set"), "{error}");
    }
}
