//! The program of the readers of files. Workers load it beside the page's own program with the first file, so that a visitor who drops
//! none does not download it.

use fathom::decode::{Limits, Options, archive, decode};
use fathom::web::blob::BlobReader;
use fathom::web::maps;
use js_sys::Array;
use wasm_bindgen::prelude::*;

fn main() {
    console_error_panic_hook::set_once();
    fathom::web::texts::take_up();
}

fn sentence(error: &impl ToString) -> JsValue {
    JsValue::from_str(&error.to_string())
}

/// Decodes a file; the maps as [`maps::pack`] packs them.
///
/// # Errors
/// One sentence.
#[wasm_bindgen]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what comes from the browser is owned"
)]
pub fn decode_maps(bytes: &[u8], pick: Option<String>) -> Result<Array, JsValue> {
    let options = Options {
        pick: pick.as_deref(),
        ..Options::default()
    };
    let decoded = decode(bytes, &options).map_err(|e| sentence(&e))?;
    maps::pack(&decoded).map_err(|e| sentence(&e))
}

/// The files of an archive on disk, encoded by `postcard`; none for an NPZ, which is one file of arrays, and for what is no archive.
///
/// # Errors
/// One sentence.
#[wasm_bindgen]
pub fn list_archive(file: &web_sys::Blob, name: &str) -> Result<Vec<u8>, JsValue> {
    let members =
        archive::list(BlobReader::new(file), &Limits::default()).map_err(|e| sentence(&e))?;
    let files = if archive::is_npz(&members, name) {
        Vec::new()
    } else {
        members
    };
    postcard::to_allocvec(&files).map_err(|e| sentence(&e))
}

/// One file of an archive on disk, unpacked.
///
/// # Errors
/// One sentence.
#[wasm_bindgen]
pub fn extract_file(file: &web_sys::Blob, index: u32) -> Result<Vec<u8>, JsValue> {
    archive::extract(BlobReader::new(file), index, &Limits::default()).map_err(|e| sentence(&e))
}
