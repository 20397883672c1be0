//! The program of the readers of files, as a worker calls it. `public/worker.js` puts it into the worker's scope.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::maps;
#[cfg(feature = "web")]
use crate::protocol::IngestOrder;
use fathom_analysis::understanding::Repair;
use fathom_core::i18n::tr;
#[cfg(feature = "web")]
use fathom_core::stats::{Resolution, SummaryHeader};
use fathom_decode::Decoded;
#[cfg(feature = "web")]
use fathom_engine::{ArchiveList, Build, Built, FileInfo};

/// What the program says once it is in a worker's scope; any other text is why it is not.
pub(super) const READY: &str = "readers ready";

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = fathomReaders, catch)]
    fn decode_maps(
        bytes: &Uint8Array,
        pick: Option<String>,
        repairs: &[u8],
    ) -> Result<Array, JsValue>;
    #[cfg(feature = "web")]
    #[wasm_bindgen(js_namespace = fathomReaders, catch)]
    fn list_archive(file: &Blob, name: &str) -> Result<Vec<u8>, JsValue>;
    #[wasm_bindgen(js_namespace = fathomReaders, catch)]
    fn extract_file(file: &Blob, index: u32) -> Result<Uint8Array, JsValue>;
    #[cfg(feature = "web")]
    #[wasm_bindgen(js_namespace = fathomReaders, catch)]
    fn gather_file(order: &[u8], bytes: &Uint8Array, mask: &JsValue) -> Result<Vec<u8>, JsValue>;
    #[cfg(feature = "web")]
    #[wasm_bindgen(js_namespace = fathomReaders, catch)]
    fn hand_over() -> Result<Array, JsValue>;
    #[cfg(feature = "web")]
    #[wasm_bindgen(js_namespace = fathomReaders, catch)]
    fn build_depths(build: &[u8], summaries: &Array) -> Result<Array, JsValue>;
}

/// Whether the program is there.
pub(super) fn are_loaded() -> bool {
    js_sys::Reflect::has(&js_sys::global(), &"fathomReaders".into()).unwrap_or(false)
}

/// A sentence of the program goes on as it is. Anything else is its end: thrown out of the worker's handler it reaches the page, which
/// replaces the worker and with it the program.
fn sentence(error: JsValue) -> String {
    match error.as_string() {
        Some(text) => text,
        None => wasm_bindgen::throw_val(error),
    }
}

/// Decodes and repairs a file. Its bytes go from the browser to the readers, and not through this program.
pub(super) fn decode(
    bytes: &Uint8Array,
    pick: Option<&str>,
    repairs: &[Repair],
) -> Result<Decoded, String> {
    let repairs = encoded(&repairs)?;
    let parts = decode_maps(bytes, pick.map(str::to_owned), &repairs).map_err(sentence)?;
    maps::unpack(&parts).ok_or_else(|| {
        tr!("the readers answered in a way that is not understood; expected maps: reload the page")
            .to_owned()
    })
}

/// The files of an archive; none for an NPZ.
#[cfg(feature = "web")]
pub(super) fn list(file: &Blob, name: &str) -> Result<Option<ArchiveList>, String> {
    decoded(&list_archive(file, name).map_err(sentence)?)
}

/// One file of an archive.
pub(super) fn extract(file: &Blob, index: u32) -> Result<Uint8Array, String> {
    extract_file(file, index).map_err(sentence)
}

/// Decodes a file and gathers its maps, where the readers are: they lie in their memory until they are handed over. `mask` holds the
/// mask's bytes, or why there are none.
#[cfg(feature = "web")]
pub(super) fn gather(
    order: &IngestOrder,
    bytes: &Uint8Array,
    mask: &JsValue,
) -> Result<FileInfo, String> {
    let order = encoded(order)?;
    decoded(&gather_file(&order, bytes, mask).map_err(sentence)?)
}

/// All that was gathered, which is forgotten there: group and header per summary, and their buffers.
#[cfg(feature = "web")]
pub(super) fn gathered() -> Result<(Vec<(u32, SummaryHeader)>, Array), String> {
    let parts = hand_over().map_err(sentence)?;
    Ok((header_of(&parts)?, parts))
}

/// The distribution of a role as buffers: depths, running sums, counts.
#[cfg(feature = "web")]
pub(super) fn built(
    build: &Build,
    summaries: &Array,
) -> Result<((Resolution, Built), Array), String> {
    let parts = build_depths(&encoded(build)?, summaries).map_err(sentence)?;
    Ok((header_of(&parts)?, parts))
}

/// Takes the header off the front of an array.
#[cfg(feature = "web")]
fn header_of<T: serde::de::DeserializeOwned>(parts: &Array) -> Result<T, String> {
    decoded(&parts.shift().unchecked_into::<Uint8Array>().to_vec())
}

fn encoded(value: &impl serde::Serialize) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(value).map_err(|e| e.to_string())
}

#[cfg(feature = "web")]
fn decoded<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|e| e.to_string())
}
