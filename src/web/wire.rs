//! How a message travels between threads: an array of the encoded header, the buffers and perhaps files. Buffers are handed over, not
//! copied.

use js_sys::{Array, Float64Array, Reflect, Uint8Array, Uint32Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

#[cfg(feature = "web")]
use super::browser;
use fathom_engine::Buffers;

/// A message with what must be transferred along.
pub(super) struct Parcel {
    pub(super) message: Array,
    pub(super) transfer: Array,
}

/// Packs a header and buffers of this thread's memory.
pub(super) fn pack(header: &impl Serialize, buffers: &Buffers) -> Result<Parcel, JsValue> {
    let doubles = Array::new();
    let words = Array::new();
    let transfer = Array::new();
    for buffer in &buffers.doubles {
        let array = Float64Array::from(buffer.as_slice());
        transfer.push(&array.buffer());
        doubles.push(&array);
    }
    for buffer in &buffers.words {
        let array = Uint32Array::from(buffer.as_slice());
        transfer.push(&array.buffer());
        words.push(&array);
    }
    let message = Array::of3(&encoded(header)?, &doubles, &words);
    Ok(Parcel { message, transfer })
}

/// Packs a header with typed arrays that are handed over, and perhaps with the bytes of a file in its file's place.
pub(super) fn pack_parts(
    header: &impl Serialize,
    doubles: &Array,
    words: &Array,
    file: Option<&Uint8Array>,
) -> Result<Parcel, JsValue> {
    let transfer = Array::new();
    for array in doubles.iter().chain(words.iter()) {
        transfer.push(&Reflect::get(&array, &"buffer".into())?);
    }
    let message = Array::of3(&encoded(header)?, doubles, words);
    if let Some(bytes) = file {
        transfer.push(&bytes.buffer());
        message.push(bytes);
    }
    Ok(Parcel { message, transfer })
}

/// Packs a header with arrays that stay valid here: they are copied by the browser.
pub(super) fn pack_shared(header: &impl Serialize, doubles: &Array) -> Result<Array, JsValue> {
    Ok(Array::of3(&encoded(header)?, doubles, &Array::new()))
}

/// Packs a header with a file, and with its mask where it has one.
pub(super) fn pack_files(
    header: &impl Serialize,
    file: &JsValue,
    mask: Option<&JsValue>,
) -> Result<Array, JsValue> {
    let message = Array::of4(&encoded(header)?, &Array::new(), &Array::new(), file);
    if let Some(mask) = mask {
        message.push(mask);
    }
    Ok(message)
}

/// Puts the content of a file into its place: bytes, which are handed over, or a file. What must be transferred along.
#[cfg(feature = "web")]
pub(super) fn put_content(message: &Array, content: JsValue) -> Array {
    const PLACE: u32 = 3;
    let transfer = Array::new();
    if let Some(bytes) = content.dyn_ref::<Uint8Array>() {
        transfer.push(&bytes.buffer());
    }
    message.set(PLACE, content);
    transfer
}

fn encoded(header: &impl Serialize) -> Result<JsValue, JsValue> {
    let bytes = postcard::to_allocvec(header).map_err(|e| JsValue::from_str(&e.to_string()))?;
    Ok(Uint8Array::from(bytes.as_slice()).into())
}

/// A message as it arrived.
pub(super) struct Arrived<T> {
    pub(super) header: T,
    pub(super) doubles: Array,
    words: Array,
    pub(super) file: JsValue,
    #[cfg(feature = "web")]
    pub(super) mask: JsValue,
}

/// Unpacks the header; `None` for anything that is no message of ours.
pub(super) fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<Arrived<T>> {
    let parts: &Array = data.dyn_ref()?;
    let bytes: Uint8Array = parts.get(0).dyn_into().ok()?;
    Some(Arrived {
        header: postcard::from_bytes(&bytes.to_vec()).ok()?,
        doubles: parts.get(1).dyn_into().ok()?,
        words: parts.get(2).dyn_into().ok()?,
        file: parts.get(3),
        #[cfg(feature = "web")]
        mask: parts.get(4),
    })
}

impl<T> Arrived<T> {
    /// The same with a pause after each buffer: large ones take a frame each.
    #[cfg(feature = "web")]
    pub(super) async fn buffers_gently(&self) -> Buffers {
        let mut buffers = Buffers::default();
        for array in self.doubles.iter() {
            buffers
                .doubles
                .extend(array.dyn_into::<Float64Array>().map(|a| a.to_vec()));
            browser::breathe().await;
        }
        for array in self.words.iter() {
            buffers
                .words
                .extend(array.dyn_into::<Uint32Array>().map(|a| a.to_vec()));
            browser::breathe().await;
        }
        buffers
    }

    /// Copies the buffers into this thread's memory.
    pub(super) fn buffers(&self) -> Buffers {
        let doubles = self
            .doubles
            .iter()
            .filter_map(|a| a.dyn_into::<Float64Array>().ok());
        let words = self
            .words
            .iter()
            .filter_map(|a| a.dyn_into::<Uint32Array>().ok());
        Buffers {
            doubles: doubles.map(|a| a.to_vec()).collect(),
            words: words.map(|a| a.to_vec()).collect(),
        }
    }
}
