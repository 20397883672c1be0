//! A file of the browser as something to read and seek in: of an archive, only the parts that are asked for are ever in memory.

use std::io::{self, Read, Seek, SeekFrom};

use fathom_core::i18n::tr;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, FileReaderSync};

/// Bytes that are fetched at a time: directories of archives are read in small steps.
const CHUNK: u64 = 1 << 18;

/// The bytes of a file, in a worker.
///
/// # Errors
/// The browser's name of the fault, such as `NotFoundError` for a file that is gone.
pub fn read_file(file: &Blob) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    BlobReader::new(file)
        .read_to_end(&mut out)
        .map_err(|error| error.to_string())?;
    Ok(out)
}

/// A reader of a file. Files can be read at once in workers only.
pub(crate) struct BlobReader<'a> {
    blob: &'a Blob,
    length: u64,
    at: u64,
    chunk: Vec<u8>,
    chunk_from: u64,
}

impl<'a> BlobReader<'a> {
    /// A reader at the beginning of the file.
    pub(crate) fn new(blob: &'a Blob) -> Self {
        Self {
            blob,
            length: blob.size() as u64,
            at: 0,
            chunk: Vec::new(),
            chunk_from: 0,
        }
    }

    fn fetch(&self, to: u64) -> io::Result<Vec<u8>> {
        let part = || {
            let reader = FileReaderSync::new()?;
            if self.at == 0 && to == self.length {
                // A file that is gone has no bytes, and a part of none can be read.
                return reader.read_as_array_buffer(self.blob);
            }
            let part = self
                .blob
                .slice_with_f64_and_f64(self.at as f64, to as f64)?;
            reader.read_as_array_buffer(&part)
        };
        let buffer = part().map_err(|error| io::Error::other(error_name(&error)))?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}

impl Read for BlobReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || out.is_empty() {
            return Ok(0);
        }
        let inside = self
            .at
            .checked_sub(self.chunk_from)
            .filter(|&i| i < self.chunk.len() as u64);
        let from = match inside {
            Some(inside) => inside as usize,
            None => {
                self.chunk = self.fetch(self.length.min(self.at + CHUNK))?;
                self.chunk_from = self.at;
                0
            }
        };
        let available = &self.chunk[from..];
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.at += count as u64;
        Ok(count)
    }

    fn read_to_end(&mut self, out: &mut Vec<u8>) -> io::Result<usize> {
        let rest = self.fetch(self.length)?;
        self.at = self.length;
        out.extend_from_slice(&rest);
        Ok(rest.len())
    }
}

impl Seek for BlobReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

fn error_name(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || tr!("unknown reason").to_owned(),
        |error| String::from(error.name()),
    )
}
