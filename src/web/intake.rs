//! From a file on the user's disk to the maps that are wanted of it, inside a worker that has the readers.
//!
//! Knows files and the readers; knows nothing of what the maps are for.

use js_sys::Uint8Array;
use ndarray::Array2;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, FileReaderSync};

use super::readers;
use crate::decode::Decoded;
use crate::depth::{RawMap, Samples, resize};
use crate::language::{said, tr};
use crate::protocol::Take;

/// First bytes of a ZIP archive: of a file in it, of its end where it is empty, of a part where it was split.
#[cfg(feature = "web")]
const ZIP: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];

/// Why a file was not read, where the readers are missing.
pub(super) fn no_readers(why: &str) -> String {
    tr!(
        "the readers of files could not be loaded ({why}); expected them beside the page: check the connection and choose the file again",
        why
    )
}

/// Whether a file on disk is a ZIP archive.
#[cfg(feature = "web")]
pub(super) fn is_zip(file: &Blob) -> bool {
    let head = file
        .slice_with_f64_and_f64(0.0, 4.0)
        .ok()
        .and_then(|head| read(&head).ok());
    head.is_some_and(|head| ZIP.contains(&head.to_vec().as_slice()))
}

/// The map in the size it is wanted in.
pub(super) fn sized<'a>(map: &'a RawMap, take: &Take) -> std::borrow::Cow<'a, RawMap> {
    match take.resize {
        Some(to) if (to.width as usize, to.height as usize) != (map.width(), map.height()) => {
            std::borrow::Cow::Owned(resize(map, to.height as usize, to.width as usize, to.how))
        }
        _ => std::borrow::Cow::Borrowed(map),
    }
}

/// The maps of a file.
pub(super) fn decoded(file: &JsValue, take: &Take) -> Result<Decoded, String> {
    readers::decode(&bytes_of(file, take.member)?, take.pick.as_deref())
}

/// Which pixels of a map stay, by the mask beside it.
pub(super) fn mask(
    file: &JsValue,
    take: &Take,
    map: &RawMap,
) -> Result<Option<Array2<bool>>, String> {
    let Some(source) = &take.mask else {
        return Ok(None);
    };
    let name = &source.name;
    let of_mask = |why: String| {
        tr!(
            "its mask {name} cannot be used ({why}); expected a picture in which 0 is left out: choose another mask",
            name,
            why
        )
    };
    let decoded = bytes_of(file, source.member)
        .and_then(|bytes| readers::decode(&bytes, None))
        .map_err(of_mask)?;
    let mask = decoded
        .maps
        .first()
        .ok_or_else(|| of_mask(said("it is empty").to_owned()))?;
    if (mask.width(), mask.height()) != (map.width(), map.height()) {
        return Err(tr!(
            "it is {} x {} pixels and its mask {name} {} x {}; expected the same size: resize one of them",
            map.width(),
            map.height(),
            mask.width(),
            mask.height(),
            name
        ));
    }
    Ok(Some(match &mask.samples {
        Samples::U16(a) => a.mapv(|v| v != 0),
        Samples::F32(a) => a.mapv(|v| v > 0.0),
        Samples::F64(a) => a.mapv(|v| v > 0.0),
    }))
}

/// Reads a file from disk, now, or one file of an archive on disk.
fn bytes_of(file: &JsValue, member: Option<u32>) -> Result<Uint8Array, String> {
    let file: &Blob = file
        .dyn_ref()
        .ok_or_else(|| unreadable(said("no file came along")))?;
    match member {
        Some(index) => readers::extract(file, index),
        None => read(file),
    }
}

fn read(file: &Blob) -> Result<Uint8Array, String> {
    let buffer = FileReaderSync::new()
        .and_then(|reader| reader.read_as_array_buffer(file))
        .map_err(|e| unreadable(&error_name(&e)))?;
    Ok(Uint8Array::new(&buffer))
}

fn unreadable(why: &str) -> String {
    tr!(
        "it could not be read ({why}); expected a file that is still there: choose it again",
        why
    )
}

fn error_name(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || said("unknown reason").to_owned(),
        |e| String::from(e.name()),
    )
}
