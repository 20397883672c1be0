//! From a file to its decoded maps. Where the bytes come from is the caller's: a disk, or the browser.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::rc::Rc;

use fathom_core::i18n::tr;
use fathom_decode::zip_archive::{self, Directory};
use fathom_decode::{DecodeOptions, Decoded, Limits, decode};

use crate::file_content::ArchiveList;

/// Bytes that can be read in any order, such as those of a file on disk.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// The files that a worker may read, by the numbers that requests name.
pub trait FileAccess {
    /// Opens a file.
    ///
    /// # Errors
    /// The system's words.
    fn open(&self, source: u32) -> Result<Box<dyn ReadSeek + '_>, String>;
}

/// First bytes of a ZIP archive: of a file in it, of its end where it is empty, of a part where it was split.
const ZIP: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];

/// Returns true if a file with these first bytes is a ZIP archive.
#[must_use]
pub fn is_zip(head: &[u8]) -> bool {
    ZIP.iter().any(|zip| head.starts_with(zip))
}

/// The sentence for a file that cannot be read.
#[must_use]
pub fn unreadable(why: &str) -> String {
    tr!(
        "it could not be read ({why}); expected a file that is still there: choose it again",
        why
    )
}

/// Decodes the bytes of a file.
///
/// # Errors
/// One sentence.
pub fn decode_bytes(bytes: &[u8], pick: Option<&str>) -> Result<Decoded, String> {
    let options = DecodeOptions {
        pick,
        ..DecodeOptions::default()
    };
    decode(bytes, &options).map_err(|error| error.to_string())
}

/// The directory of an archive; `None` for an NPZ, which is one file of arrays.
///
/// # Errors
/// One sentence.
pub fn archive_directory(
    archive: impl Read + Seek,
    name: &str,
) -> Result<Option<Directory>, String> {
    let directory =
        Directory::read(archive, &Limits::default()).map_err(|error| error.to_string())?;
    Ok((!zip_archive::is_npz(&directory.members, name)).then_some(directory))
}

/// One file of an archive, unpacked.
///
/// # Errors
/// One sentence.
pub fn extract_member(
    directory: &Directory,
    archive: impl Read + Seek,
    index: u32,
) -> Result<Vec<u8>, String> {
    let unpacked = directory.extract(archive, index, &Limits::default());
    unpacked.map_err(|error| error.to_string())
}

impl From<&Directory> for ArchiveList {
    fn from(directory: &Directory) -> Self {
        Self {
            members: directory.members.clone(),
            hidden: directory.hidden,
        }
    }
}

/// Directories of the archives that a worker reads, by the numbers of their files. Each is read once.
#[derive(Debug, Default)]
pub(crate) struct Directories {
    known: BTreeMap<u32, Rc<Directory>>,
}

impl Directories {
    /// Forgets all archives: others are read now.
    pub(crate) fn clear(&mut self) {
        self.known.clear();
    }

    /// The files of an archive; `None` for a file of another kind.
    ///
    /// # Errors
    /// One sentence.
    pub(crate) fn list(
        &mut self,
        files: &dyn FileAccess,
        source: u32,
        name: &str,
    ) -> Result<Option<ArchiveList>, String> {
        let mut file = files.open(source).map_err(|why| unreadable(&why))?;
        let mut head = [0; 4];
        let has_head = file.read_exact(&mut head).is_ok();
        if !has_head || !is_zip(&head) {
            return Ok(None);
        }
        let Some(directory) = archive_directory(file, name)? else {
            return Ok(None);
        };
        let list = ArchiveList::from(&directory);
        self.known.insert(source, Rc::new(directory));
        Ok(Some(list))
    }

    /// Reads and decodes a file, or one file of an archive.
    ///
    /// # Errors
    /// One sentence.
    pub(crate) fn decoded_file(
        &mut self,
        files: &dyn FileAccess,
        source: u32,
        member: Option<u32>,
        pick: Option<&str>,
    ) -> Result<Decoded, String> {
        let mut file = files.open(source).map_err(|why| unreadable(&why))?;
        let bytes = match member {
            Some(index) => {
                let directory = match self.known.get(&source) {
                    Some(known) => Rc::clone(known),
                    None => {
                        let read = Directory::read(&mut file, &Limits::default());
                        let read = Rc::new(read.map_err(|error| error.to_string())?);
                        self.known.insert(source, Rc::clone(&read));
                        read
                    }
                };
                extract_member(&directory, file, index)?
            }
            None => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)
                    .map_err(|error| unreadable(&error.to_string()))?;
                bytes
            }
        };
        decode_bytes(&bytes, pick)
    }
}
