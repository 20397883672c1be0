//! ZIP archives of depth files. The `zip` crate reads the directory, once for all files: it would read it again for each.
//!
//! Archives are read through `Read + Seek`, so an archive on disk is never in memory as a whole. Sizes come from the directory, and
//! unpacking stops if a file is longer.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::decoded::display_name;
use super::{ArchiveMember, DecodeError, Limits};
use fathom_core::i18n::tr;

/// The directory of an archive, read once.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The files that may be depth maps, in the archive's order: no folders, no hidden files, no files of the operating system.
    pub members: Vec<ArchiveMember>,
    /// Number of files that another file of the same name hides.
    pub hidden: usize,
    entries: Vec<Entry>,
}

/// Where a file lies in the archive.
#[derive(Clone, Copy, Debug)]
struct Entry {
    header_at: u64,
    packed: u64,
    unpacked: u64,
    crc32: u32,
    method: CompressionMethod,
    is_encrypted: bool,
}

/// Bytes of a file's header before its name, and where the lengths of name and extra field stand in it.
const LOCAL_HEADER: usize = 30;
const NAME_LENGTH_AT: usize = 26;
const EXTRA_LENGTH_AT: usize = 28;

impl Directory {
    /// Reads the directory of an archive.
    ///
    /// # Errors
    /// [`DecodeError`] for a damaged archive, too many files, or none.
    pub fn read(mut archive: impl Read + Seek, limits: &Limits) -> Result<Self, DecodeError> {
        let stated = stated_count(&mut archive);
        let mut archive = ZipArchive::new(archive).map_err(damaged)?;
        if archive.len() > limits.max_members {
            return Err(DecodeError::unsuitable(
                tr!("a ZIP archive of {} files", archive.len()),
                tr!("at most {}", limits.max_members),
                tr!("split it"),
            ));
        }
        let (mut members, mut entries) = (Vec::new(), Vec::new());
        for index in 0..archive.len() {
            let file = archive.by_index_raw(index).map_err(damaged)?;
            entries.push(Entry {
                header_at: file.header_start(),
                packed: file.compressed_size(),
                unpacked: file.size(),
                crc32: file.crc32(),
                method: file.compression(),
                is_encrypted: file.encrypted(),
            });
            let Some(path) = file.name().ok().and_then(|name| shown_path(&name)) else {
                continue;
            };
            if file.is_file() {
                let raw = file.name_raw();
                members.push(ArchiveMember {
                    index: u32::try_from(index).unwrap_or(u32::MAX),
                    path,
                    bytes: file.size(),
                    raw_path: std::str::from_utf8(raw).is_err().then(|| raw.to_vec()),
                });
            }
        }
        if members.iter().any(|m| is_pytorch(&m.path)) {
            return Err(DecodeError::unsuitable(
                tr!("a PyTorch file"),
                tr!("an array of numbers"),
                tr!("with Python: numpy.save(\"depth.npy\", torch.load(name).numpy())"),
            ));
        }
        if members.is_empty() {
            return Err(DecodeError::unsuitable(
                tr!("a ZIP archive without files"),
                tr!("depth maps in it"),
                tr!("pack the depth maps"),
            ));
        }
        Ok(Self {
            hidden: stated.map_or(0, |count| count.saturating_sub(entries.len())),
            members,
            entries,
        })
    }

    /// Unpacks one file of the archive.
    ///
    /// # Errors
    /// [`DecodeError`] if the file is damaged, encrypted, packed in an unreadable way, over the limit, or of another size than the directory
    /// says.
    pub fn extract(
        &self,
        mut archive: impl Read + Seek,
        index: u32,
        limits: &Limits,
    ) -> Result<Vec<u8>, DecodeError> {
        let entry = self.entries.get(index as usize);
        let entry = entry.ok_or_else(|| damaged(ZipError::FileNotFound))?;
        if entry.is_encrypted {
            return Err(damaged(ZipError::InvalidPassword));
        }
        if entry.unpacked > limits.max_unpacked {
            return Err(limits.unpacked_size_error(tr!("a file in the archive")));
        }
        let in_file = |e: io::Error| damaged_file(&e.to_string());
        archive
            .seek(SeekFrom::Start(entry.header_at))
            .map_err(in_file)?;
        let mut header = [0; LOCAL_HEADER];
        archive.read_exact(&mut header).map_err(in_file)?;
        if !header.starts_with(b"PK\x03\x04") {
            return Err(damaged_file(tr!("it has no header")));
        }
        let length = |at: usize| i64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let skipped = length(NAME_LENGTH_AT) + length(EXTRA_LENGTH_AT);
        archive.seek(SeekFrom::Current(skipped)).map_err(in_file)?;
        let packed = archive.take(entry.packed);
        let unpacked: Box<dyn Read + '_> = match entry.method {
            CompressionMethod::Stored => Box::new(packed),
            CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
            _ => return Err(damaged(ZipError::UnsupportedArchive(OTHER_METHOD))),
        };
        let size = entry.unpacked;
        let mut out = Vec::new();
        // The size is a claim, so memory grows with the data.
        let mut unpacked = unpacked.take(size + 1);
        unpacked.read_to_end(&mut out).map_err(in_file)?;
        let mut sum = Crc::new();
        sum.update(&out);
        if sum.sum() != entry.crc32 {
            return Err(damaged_file(tr!("its checksum differs")));
        }
        if out.len() as u64 != size {
            return Err(DecodeError::damaged(
                tr!(
                    "a file of another size than the archive's directory says ({size} bytes)",
                    size
                ),
                tr!("a complete archive"),
            ));
        }
        Ok(out)
    }
}

const OTHER_METHOD: &str = "Compression method not supported";

fn damaged_file(why: &str) -> DecodeError {
    DecodeError::damaged(
        tr!("a damaged file in the archive ({e})", e = why),
        tr!("an undamaged file"),
    )
}

/// Bytes of the record at the end of an archive, and the longest comment after it.
const END_RECORD: usize = 22;
const LONGEST_COMMENT: u64 = 0xffff;

/// The number of files that the record at the end states. `None` if it is absent, or too large for 16 bits. The `zip` crate merges files of
/// one name.
fn stated_count(archive: &mut (impl Read + Seek)) -> Option<usize> {
    let end = archive.seek(SeekFrom::End(0)).ok()?;
    let from = end.saturating_sub(END_RECORD as u64 + LONGEST_COMMENT);
    archive.seek(SeekFrom::Start(from)).ok()?;
    let mut tail = Vec::new();
    archive.read_to_end(&mut tail).ok()?;
    let at = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let count = tail.get(at + 10..at + 12)?;
    let count = u16::from_le_bytes([count[0], count[1]]);
    (count != u16::MAX).then_some(usize::from(count))
}

/// Returns true if an archive is an NPZ: arrays only, none in a folder, and not named `.zip`.
#[must_use]
pub fn is_npz(members: &[ArchiveMember], name: &str) -> bool {
    let is_array = |m: &ArchiveMember| m.path.ends_with(".npy") && !m.path.contains('/');
    !name.to_ascii_lowercase().ends_with(".zip") && members.iter().all(is_array)
}

/// The path of a file for display and for roles, without parts that lead out of the archive. `None` for hidden files and those of the
/// operating system.
pub fn shown_path(name: &str) -> Option<String> {
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

/// Returns true for the part that `torch.save` puts into each of its archives.
fn is_pytorch(path: &str) -> bool {
    path == "data.pkl" || path.ends_with("/data.pkl")
}

fn damaged(error: ZipError) -> DecodeError {
    match error {
        ZipError::UnsupportedArchive(what) => DecodeError::unsuitable(
            tr!("a ZIP archive that cannot be read ({what})", what),
            tr!("files stored or deflated, without a password"),
            tr!("unpack it, or pack it again"),
        ),
        ZipError::InvalidPassword => DecodeError::unsuitable(
            tr!("a ZIP archive with a password"),
            tr!("one without"),
            tr!("unpack it"),
        ),
        other => DecodeError::damaged(
            tr!("a damaged ZIP archive ({other})", other),
            tr!("an undamaged file"),
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
            assert_eq!(shown_path(name).as_deref(), wanted, "{name}");
        }
    }
}
