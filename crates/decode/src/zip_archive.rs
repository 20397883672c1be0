//! ZIP archives of depth files, through the `zip` crate.
//!
//! Archives are read through `Read + Seek`, so an archive on disk is never in memory as a whole. Sizes come from the directory, and
//! unpacking stops if a file is longer.

use std::io::{Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use super::decoded::display_name;
use super::{ArchiveMember, DecodeError, Limits};
use fathom_core::i18n::tr;

/// The files of an archive that may be depth maps, in its order: no folders, no hidden files, no files of the operating system.
///
/// # Errors
/// [`DecodeError`] for a damaged archive, too many files, or none.
pub fn list(archive: impl Read + Seek, limits: &Limits) -> Result<Vec<ArchiveMember>, DecodeError> {
    let mut archive = ZipArchive::new(archive).map_err(damaged)?;
    if archive.len() > limits.max_members {
        return Err(DecodeError::unsuitable(
            tr!("a ZIP archive of {} files", archive.len()),
            tr!("at most {}", limits.max_members),
            tr!("split it"),
        ));
    }
    let mut members = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(damaged)?;
        let Some(path) = file.name().ok().and_then(|name| safe_path(&name)) else {
            continue;
        };
        if file.is_file() {
            members.push(ArchiveMember {
                index: u32::try_from(index).unwrap_or(u32::MAX),
                path,
                bytes: file.size(),
            });
        }
    }
    if members.is_empty() {
        return Err(DecodeError::unsuitable(
            tr!("a ZIP archive without files"),
            tr!("depth maps in it"),
            tr!("pack the depth maps"),
        ));
    }
    Ok(members)
}

/// Returns true if an archive is an NPZ: arrays only, none in a folder, and not named `.zip`.
#[must_use]
pub fn is_npz(members: &[ArchiveMember], name: &str) -> bool {
    let is_array = |m: &ArchiveMember| m.path.ends_with(".npy") && !m.path.contains('/');
    !name.to_ascii_lowercase().ends_with(".zip") && members.iter().all(is_array)
}

/// Unpacks one file of an archive.
///
/// # Errors
/// [`DecodeError`] if the file is damaged, encrypted, packed in an unreadable way, over the limit, or of another size than the directory
/// says.
pub fn extract(
    archive: impl Read + Seek,
    index: u32,
    limits: &Limits,
) -> Result<Vec<u8>, DecodeError> {
    let mut archive = ZipArchive::new(archive).map_err(damaged)?;
    let file = archive.by_index(index as usize).map_err(damaged)?;
    let size = file.size();
    if size > limits.max_unpacked {
        return Err(limits.unpacked_size_error(tr!("a file in the archive")));
    }
    let mut out = Vec::new();
    // The size is a claim, so memory grows with the data.
    file.take(size + 1).read_to_end(&mut out).map_err(|e| {
        DecodeError::damaged(
            tr!("a damaged file in the archive ({e})", e),
            tr!("a whole one"),
        )
    })?;
    if out.len() as u64 != size {
        return Err(DecodeError::damaged(
            tr!(
                "a file in the archive of another size than its directory says ({size} bytes)",
                size
            ),
            tr!("a whole archive"),
        ));
    }
    Ok(out)
}

/// The path of a file for display and for roles, without parts that lead out of the archive. `None` for hidden files and those of the
/// operating system.
fn safe_path(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .collect();
    let hidden = parts
        .iter()
        .any(|part| part.starts_with('.') || *part == "__MACOSX");
    if parts.is_empty() || hidden {
        return None;
    }
    Some(display_name(&parts.join("/")))
}

fn damaged(error: ZipError) -> DecodeError {
    match error {
        ZipError::UnsupportedArchive(what) => DecodeError::unsuitable(
            tr!("a ZIP archive that cannot be read ({what})", what),
            tr!("files stored or deflated, without a password"),
            tr!("unpack it, or pack it anew"),
        ),
        ZipError::InvalidPassword => DecodeError::unsuitable(
            tr!("a ZIP archive with a password"),
            tr!("one without"),
            tr!("unpack it"),
        ),
        other => DecodeError::damaged(
            tr!("a damaged ZIP archive ({other})", other),
            tr!("a whole one"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_parts_and_hidden_files_are_dropped() {
        let rows = [
            ("a/b.png", Some("a/b.png")),
            ("../../etc/passwd", Some("etc/passwd")),
            ("/absolute//x.npy", Some("absolute/x.npy")),
            ("c:\\data\\x.npy", Some("c:/data/x.npy")),
            ("a/\u{7}b.png", Some("a/\u{fffd}b.png")),
            ("__MACOSX/._b.png", None),
            (".DS_Store", None),
            ("..", None),
            ("", None),
        ];
        for (name, wanted) in rows {
            assert_eq!(safe_path(name).as_deref(), wanted, "{name}");
        }
    }
}
