//! The files that a worker was sent.

use std::collections::BTreeMap;
use std::io::Cursor;

use fathom_core::i18n::tr;
use fathom_engine::{FileAccess, ReadSeek, RequestId};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use crate::blob_reader::BlobReader;

#[derive(Debug)]
enum Content {
    /// All its bytes.
    Bytes(Vec<u8>),
    /// A file that is read as far as it is needed.
    File(Blob),
    /// There is none, for this reason.
    Missing(String),
}

/// Files by their numbers. Bytes stay as long as a request needs them, files as long as the worker.
#[derive(Debug, Default)]
pub(crate) struct BrowserFiles {
    files: BTreeMap<u32, Content>,
    /// The files that requests under way need.
    needed: BTreeMap<RequestId, Vec<u32>>,
}

impl BrowserFiles {
    /// Takes a file as the page sends it, unless no request needs it any more.
    pub(crate) fn add(&mut self, source: u32, file: &JsValue) {
        if !self.needed.values().any(|own| own.contains(&source)) {
            return;
        }
        let content = if let Some(bytes) = file.dyn_ref::<Uint8Array>() {
            Content::Bytes(bytes.to_vec())
        } else if let Some(file) = file.dyn_ref::<Blob>() {
            Content::File(file.clone())
        } else {
            let why = file.as_string();
            Content::Missing(why.unwrap_or_else(|| no_file().to_owned()))
        };
        self.files.insert(source, content);
    }

    /// A request needs these files. Returns those that are not there.
    pub(crate) fn need(&mut self, request: RequestId, sources: Vec<u32>) -> Vec<u32> {
        let is_absent = |source: &&u32| !self.files.contains_key(source);
        let absent = sources.iter().filter(is_absent).copied().collect();
        if !sources.is_empty() {
            self.needed.insert(request, sources);
        }
        absent
    }

    /// Returns true if all files are there that a request needs.
    pub(crate) fn has_all(&self, request: RequestId) -> bool {
        let needed = self.needed.get(&request).into_iter().flatten();
        needed
            .copied()
            .all(|source| self.files.contains_key(&source))
    }

    /// A request is done: bytes that no other one needs are dropped.
    pub(crate) fn release(&mut self, request: RequestId) {
        for source in self.needed.remove(&request).unwrap_or_default() {
            let is_needed = self.needed.values().any(|own| own.contains(&source));
            let is_file = matches!(self.files.get(&source), Some(Content::File(_)));
            if !is_needed && !is_file {
                self.files.remove(&source);
            }
        }
    }

    /// No request is under way any more.
    pub(crate) fn release_all(&mut self) {
        self.needed.clear();
        self.files
            .retain(|_, content| matches!(content, Content::File(_)));
    }
}

impl FileAccess for BrowserFiles {
    fn open(&self, source: u32) -> Result<Box<dyn ReadSeek + '_>, String> {
        match self.files.get(&source) {
            Some(Content::Bytes(bytes)) => Ok(Box::new(Cursor::new(bytes))),
            Some(Content::File(file)) => Ok(Box::new(BlobReader::new(file))),
            Some(Content::Missing(why)) => Err(why.clone()),
            None => Err(no_file().to_owned()),
        }
    }
}

fn no_file() -> &'static str {
    tr!("no file arrived")
}
