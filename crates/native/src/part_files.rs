//! Parts of sets as files.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use fathom_engine::{PartReader, PartRecorder, ReportRun};

use crate::native_error::NativeError;

/// Opens a part: reads its index.
///
/// # Errors
/// The file cannot be read, or is no part.
pub fn open_part(path: &Path) -> Result<PartReader<BufReader<File>>, NativeError> {
    let file = File::open(path).map_err(|error| NativeError::file(path, &error))?;
    let name = path.display().to_string();
    Ok(PartReader::open(&name, BufReader::new(file))?)
}

/// Writes a part beside its place and moves it there, so that no half of one is ever merged.
///
/// # Errors
/// The part cannot be written.
pub fn write_part(recorder: PartRecorder, run: &ReportRun, out: &Path) -> Result<(), NativeError> {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(".partial");
    let beside = out.with_file_name(name);
    let failed = |error: std::io::Error| NativeError::file(out, &error);
    let file = File::create(&beside).map_err(failed)?;
    let written = recorder
        .write(run, BufWriter::new(file))
        .map_err(|why| NativeError::content(out, &why.to_string()));
    let moved = written.and_then(|mut file| {
        file.flush().map_err(failed)?;
        fs::rename(&beside, out).map_err(failed)
    });
    if moved.is_err() {
        // The reason of the failure is told; a second one would hide it.
        drop(fs::remove_file(&beside));
    }
    moved
}
