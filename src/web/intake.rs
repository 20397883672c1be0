//! From a file on the user's disk to the maps that are wanted of it, inside a worker that has the readers.
//!
//! Knows files and the readers; knows nothing of what the maps are for.

use js_sys::Uint8Array;
#[cfg(feature = "study")]
use ndarray::Array2;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, FileReaderSync};

use super::readers;
#[cfg(feature = "study")]
use fathom_core::depth::RawMap;
use fathom_core::i18n::tr;
use fathom_decode::Decoded;
#[cfg(feature = "study")]
use fathom_engine::mask_of;
use fathom_engine::{MaskSource, ReadOptions};

/// Why a file was not read, where the readers are missing.
pub(super) fn no_readers(why: &str) -> String {
    tr!(
        "the readers of files could not be loaded ({why}); expected them beside the page: check the connection and choose the file again",
        why
    )
}

/// Whether a file on disk is a ZIP archive.
#[cfg(feature = "web")]
pub(super) fn is_archive(file: &Blob) -> bool {
    let head = file.slice_with_f64_and_f64(0.0, 4.0).ok();
    head.and_then(|head| read(&head).ok())
        .is_some_and(|head| fathom_engine::is_zip(&head.to_vec()))
}

/// The bytes of a mask, or why there are none: a sentence that belongs into another.
#[cfg(feature = "web")]
pub(super) fn mask_bytes(file: &JsValue, source: &MaskSource) -> JsValue {
    match bytes_of(file, source.member) {
        Ok(bytes) => bytes.into(),
        Err(why) => why.into(),
    }
}

/// The maps of a file.
pub(super) fn decoded(file: &JsValue, options: &ReadOptions) -> Result<Decoded, String> {
    readers::decode(
        &bytes_of(file, options.member)?,
        options.pick.as_deref(),
        &options.repairs,
    )
}

/// Which pixels of a map stay, by the mask beside it.
#[cfg(feature = "study")]
pub(super) fn mask(
    file: &JsValue,
    options: &ReadOptions,
    map: &RawMap,
) -> Result<Option<Array2<bool>>, String> {
    let of = |source: &MaskSource| {
        let decoded =
            bytes_of(file, source.member).and_then(|bytes| readers::decode(&bytes, None, &[]));
        mask_of(decoded, source, map)
    };
    options.mask.as_ref().map(of).transpose()
}

/// Reads a file from disk, now, or one file of an archive on disk. Bytes that were read before are there already.
pub(super) fn bytes_of(file: &JsValue, member: Option<u32>) -> Result<Uint8Array, String> {
    if let Some(bytes) = file.dyn_ref::<Uint8Array>() {
        return Ok(bytes.clone());
    }
    let file: &Blob = file
        .dyn_ref()
        .ok_or_else(|| fathom_engine::unreadable(tr!("no file came along")))?;
    match member {
        Some(index) => readers::extract(file, index),
        None => read(file),
    }
}

fn read(file: &Blob) -> Result<Uint8Array, String> {
    let buffer = FileReaderSync::new()
        .and_then(|reader| reader.read_as_array_buffer(file))
        .map_err(|e| fathom_engine::unreadable(&error_name(&e)))?;
    Ok(Uint8Array::new(&buffer))
}

fn error_name(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || tr!("unknown reason").to_owned(),
        |e| String::from(e.name()),
    )
}
