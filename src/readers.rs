//! The program of the readers of files: decodes them, gathers their pixels, and builds the distribution of what was gathered. Workers load
//! it beside the page's own program with the first file, so that a visitor who drops none does not download it; and it is built for speed.

use std::cell::RefCell;
use std::collections::BTreeMap;

use fathom::protocol::IngestOrder;
use fathom::web::blob::BlobReader;
use fathom::web::maps;
use fathom_core::i18n::tr;
use fathom_core::stats::SampleSummary;
use fathom_decode::Limits;
use fathom_decode::zip_archive::Directory;
use fathom_engine::{
    ArchiveList, Buffers, Build, JobId, archive_directory, build, decode_bytes,
    distribution_buffers, extract_member, ingest, repaired, summaries_from_buffers,
};
use js_sys::{Array, Float64Array, Uint8Array, Uint32Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

thread_local! {
    /// What was gathered for the newest job, by group.
    static GATHERED: RefCell<(JobId, BTreeMap<u32, SampleSummary>)> = RefCell::default();
}

fn main() {
    console_error_panic_hook::set_once();
    fathom::web::texts::take_up();
}

fn sentence(error: &impl ToString) -> JsValue {
    JsValue::from_str(&error.to_string())
}

/// Decodes a file; the maps as [`maps::pack`] packs them. `repairs` is a list of [`fathom_analysis::understanding::Repair`], encoded by
/// `postcard`.
///
/// # Errors
/// One sentence.
#[wasm_bindgen]
#[expect(
    clippy::needless_pass_by_value,
    reason = "what comes from the browser is owned"
)]
pub fn decode_maps(bytes: &[u8], pick: Option<String>, repairs: &[u8]) -> Result<Array, JsValue> {
    let decoded = decode_bytes(bytes, pick.as_deref()).map_err(|e| sentence(&e))?;
    let decoded = repaired(decoded, &unpacked::<Vec<_>>(repairs)?);
    maps::pack(&decoded).map_err(|e| sentence(&e))
}

/// Decodes a file and gathers its maps; `order` is an [`IngestOrder`] and the answer a [`fathom_engine::FileInfo`], both encoded by
/// `postcard`. `mask` holds the mask's bytes, or why there are none.
///
/// # Errors
/// One sentence.
#[wasm_bindgen]
pub fn gather_file(order: &[u8], bytes: &[u8], mask: &JsValue) -> Result<Vec<u8>, JsValue> {
    let IngestOrder {
        job,
        group,
        options,
    } = unpacked(order)?;
    let decoded = decode_bytes(bytes, options.pick.as_deref()).map_err(|e| sentence(&e))?;
    let decoded = repaired(decoded, &options.repairs);
    let mask = || match mask.dyn_ref::<Uint8Array>() {
        Some(bytes) => decode_bytes(&bytes.to_vec(), None),
        None => Err(mask.as_string().unwrap_or_default()),
    };
    GATHERED.with_borrow_mut(|(newest, summaries)| {
        if *newest != job {
            *newest = job;
            summaries.clear();
        }
        let summary = summaries.entry(group).or_default();
        let facts = ingest(summary, &decoded, &options, mask).map_err(|e| sentence(&e))?;
        packed(&facts)
    })
}

/// All that was gathered, which is forgotten here: an array of the encoded groups and headers, then the buffers of each.
///
/// # Errors
/// One sentence where they cannot be encoded.
#[wasm_bindgen]
pub fn hand_over() -> Result<Array, JsValue> {
    let (_, summaries) = GATHERED.take();
    let mut headers = Vec::new();
    let buffers = Array::new();
    for (group, summary) in summaries {
        let parts = summary.into_parts();
        headers.push((group, parts.header));
        for buffer in &parts.doubles {
            buffers.push(&Float64Array::from(buffer.as_slice()));
        }
        for buffer in &parts.words {
            buffers.push(&Uint32Array::from(buffer.as_slice()));
        }
    }
    buffers.unshift(&Uint8Array::from(packed(&headers)?.as_slice()));
    Ok(buffers)
}

/// Builds the distribution of one role out of the buffers of its groups; `order` is a [`Build`], encoded by `postcard`. An array of what is
/// said of it, encoded, and of depths, running sums and counts.
///
/// # Errors
/// One sentence.
#[wasm_bindgen]
pub fn build_depths(order: &[u8], summaries: &Array) -> Result<Array, JsValue> {
    let order: Build = unpacked(order)?;
    let headers: Vec<_> = order
        .groups
        .iter()
        .flat_map(|g| g.summaries.clone())
        .collect();
    let mut buffers = Buffers::default();
    for array in summaries.iter() {
        match array.dyn_into::<Float64Array>() {
            Ok(doubles) => buffers.doubles.push(doubles.to_vec()),
            Err(words) => buffers
                .words
                .push(words.unchecked_into::<Uint32Array>().to_vec()),
        }
    }
    let summaries = summaries_from_buffers(&headers, buffers)
        .ok_or_else(|| sentence(&tr!("The workers' results do not fit together.")))?;
    let (distribution, built) = build(&order, summaries).map_err(|e| sentence(&e))?;
    let (resolution, buffers) = distribution_buffers(distribution);
    let parts = Array::of1(&Uint8Array::from(packed(&(resolution, built))?.as_slice()));
    for buffer in &buffers.doubles {
        parts.push(&Float64Array::from(buffer.as_slice()));
    }
    for buffer in &buffers.words {
        parts.push(&Uint32Array::from(buffer.as_slice()));
    }
    Ok(parts)
}

/// Which made files [`rehearse`] reads, as bits.
const INTEGERS: u32 = 1;
const FLOATS: u32 = 2;

/// Reads made files, so that the browser compiles well what reads real ones: of integers where `kinds` has the bit 1, of floats where it has
/// the bit 2.
#[wasm_bindgen]
pub fn rehearse(kinds: u32) {
    // What comes out is nobody's figure, and a failure says so with the first real file.
    if kinds & INTEGERS != 0 {
        drop(fathom::rehearsal::read_integers());
    }
    if kinds & FLOATS != 0 {
        drop(fathom::rehearsal::read_floats());
    }
}

fn packed(value: &impl Serialize) -> Result<Vec<u8>, JsValue> {
    postcard::to_allocvec(value).map_err(|e| sentence(&e))
}

fn unpacked<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsValue> {
    postcard::from_bytes(bytes).map_err(|e| sentence(&e))
}

/// The files of an archive on disk, encoded by `postcard`; `None` for an NPZ, which is one file of arrays.
///
/// # Errors
/// One sentence.
#[wasm_bindgen]
pub fn list_archive(file: &web_sys::Blob, name: &str) -> Result<Vec<u8>, JsValue> {
    let directory = archive_directory(BlobReader::new(file), name).map_err(|e| sentence(&e))?;
    packed(&directory.as_ref().map(ArchiveList::from))
}

/// One file of an archive on disk, unpacked.
///
/// # Errors
/// One sentence.
#[wasm_bindgen]
pub fn extract_file(file: &web_sys::Blob, index: u32) -> Result<Vec<u8>, JsValue> {
    let archive = || BlobReader::new(file);
    let directory = Directory::read(archive(), &Limits::default()).map_err(|e| sentence(&e))?;
    extract_member(&directory, archive(), index).map_err(|e| sentence(&e))
}
