//! Messages between page and workers: an array of the encoded header, two lists of typed arrays, and perhaps a file.

use fathom_engine::{Buffers, Priority, Request, RequestId, Response};
use js_sys::{Array, Float64Array, Reflect, Uint8Array, Uint32Array};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

/// A message to a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToWorker {
    /// A request. Its buffers come along.
    Request(RequestId, Priority, Request),
    /// A file that it asked for: its bytes, the file itself, or the reason why there is none.
    File(u32),
}

/// A message from a worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromWorker {
    /// It takes requests now.
    Started,
    /// It works and is not stuck.
    Alive,
    /// It has to open these files.
    NeedsFiles(Vec<u32>),
    /// A response. Its buffers come along.
    Responded(RequestId, Response),
}

/// Buffers in the browser's memory.
#[derive(Clone, Debug, Default)]
pub struct JsBuffers {
    /// Arrays of doubles.
    pub doubles: Array,
    /// Arrays of words.
    pub words: Array,
}

impl JsBuffers {
    /// The buffers of several messages as those of one.
    #[must_use]
    pub fn joined(parts: &[Self]) -> Self {
        let mut out = Self::default();
        for part in parts {
            out.doubles = out.doubles.concat(&part.doubles);
            out.words = out.words.concat(&part.words);
        }
        out
    }

    /// Copies them into this program's memory.
    #[must_use]
    pub fn read(&self) -> Buffers {
        let doubles = self.doubles.iter();
        let words = self.words.iter();
        Buffers {
            doubles: doubles
                .filter_map(|array| Some(array.dyn_into::<Float64Array>().ok()?.to_vec()))
                .collect(),
            words: words
                .filter_map(|array| Some(array.dyn_into::<Uint32Array>().ok()?.to_vec()))
                .collect(),
        }
    }
}

impl From<&Buffers> for JsBuffers {
    fn from(buffers: &Buffers) -> Self {
        let doubles = buffers.doubles.iter();
        let words = buffers.words.iter();
        Self {
            doubles: doubles
                .map(|buffer| JsValue::from(Float64Array::from(buffer.as_slice())))
                .collect(),
            words: words
                .map(|buffer| JsValue::from(Uint32Array::from(buffer.as_slice())))
                .collect(),
        }
    }
}

/// A message with the memory that is handed over with it.
#[derive(Debug)]
pub struct Packed {
    /// The message.
    pub message: Array,
    /// The buffers that the sender loses.
    pub transfer: Array,
}

/// Packs a header, perhaps with a file. Bytes of a file are handed over.
///
/// # Errors
/// If the header cannot be encoded.
pub fn pack(header: &impl Serialize, file: Option<&JsValue>) -> Result<Packed, JsValue> {
    let packed = pack_buffers(header, &JsBuffers::default(), false)?;
    if let Some(file) = file {
        packed.message.push(file);
        if let Some(bytes) = file.dyn_ref::<Uint8Array>() {
            packed.transfer.push(&bytes.buffer());
        }
    }
    Ok(packed)
}

/// Packs a header with buffers, which are handed over or copied by the browser.
///
/// # Errors
/// If the header cannot be encoded.
pub fn pack_buffers(
    header: &impl Serialize,
    buffers: &JsBuffers,
    is_handed_over: bool,
) -> Result<Packed, JsValue> {
    let bytes = postcard::to_allocvec(header).map_err(|e| JsValue::from_str(&e.to_string()))?;
    let header = Uint8Array::from(bytes.as_slice());
    let transfer = Array::new();
    if is_handed_over {
        for array in buffers.doubles.iter().chain(buffers.words.iter()) {
            transfer.push(&Reflect::get(&array, &"buffer".into())?);
        }
    }
    let message = Array::of3(&header, &buffers.doubles, &buffers.words);
    Ok(Packed { message, transfer })
}

/// A message as it arrives.
#[derive(Debug)]
pub struct Unpacked<T> {
    /// The header.
    pub header: T,
    /// Its buffers.
    pub buffers: JsBuffers,
    /// The file that comes along; undefined without one.
    pub file: JsValue,
}

/// Reads a message; `None` for anything that is none.
#[must_use]
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<Unpacked<T>> {
    let parts: &Array = data.dyn_ref()?;
    let bytes: Uint8Array = parts.get(0).dyn_into().ok()?;
    Some(Unpacked {
        header: postcard::from_bytes(&bytes.to_vec()).ok()?,
        buffers: JsBuffers {
            doubles: parts.get(1).dyn_into().ok()?,
            words: parts.get(2).dyn_into().ok()?,
        },
        file: parts.get(3),
    })
}
