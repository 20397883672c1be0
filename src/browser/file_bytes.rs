//! The bytes of files for workers.
//!
//! A file that is sent to a worker makes a browser look it up on the disk first, with everything waiting. Reading a small one goes on
//! beside other work. A large file, or an archive, of which single files are wanted, stays a file for the worker to read in.

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileReader, ProgressEvent};

use fathom_engine::is_zip;

/// Files up to this size, in bytes, are read whole.
const READ_AT_ONCE: f64 = 16e6;

/// The bytes of a small file; the file itself where it is large or an archive, or cannot be read, which a worker tells. With its size.
pub(super) async fn content(file: File) -> (JsValue, f64) {
    match small(&file).await {
        Some(bytes) if !is_zip(&bytes.subarray(0, 4).to_vec()) => {
            let size = f64::from(bytes.length());
            (bytes.into(), size)
        }
        _ => {
            let size = file.size();
            (file.into(), size)
        }
    }
}

async fn small(file: &File) -> Option<Uint8Array> {
    let reader = FileReader::new().ok()?;
    let own = reader.clone();
    // Told before there is memory for it, by every browser.
    let look = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
        if event.total() > READ_AT_ONCE {
            own.abort();
        }
    });
    reader.set_onloadstart(Some(look.as_ref().unchecked_ref()));
    let end = Promise::new(&mut |done, _| reader.set_onloadend(Some(&done)));
    reader.read_as_array_buffer(file).ok()?;
    JsFuture::from(end).await.ok()?;
    let buffer: ArrayBuffer = reader.result().ok()?.dyn_into().ok()?;
    Some(Uint8Array::new(&buffer))
}
