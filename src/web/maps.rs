//! Decoded maps as values of the browser, between the program of the readers and the worker that asked it: two programs with memories
//! of their own.

use js_sys::{Array, Float32Array, Float64Array, Uint8Array, Uint16Array};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};

use fathom_core::depth::{Dtype, Format, RawMap, Samples};
use fathom_decode::{ArrayChoice, Decoded};

/// A map without its samples.
#[derive(Serialize, Deserialize)]
struct MapHeader {
    height: u32,
    width: u32,
    format: Format,
    dtype: Dtype,
    nodata: Option<f64>,
    notices: Vec<String>,
}

/// The maps as an array: the encoded headers and choice, then the samples of each map.
///
/// # Errors
/// One sentence where the headers cannot be encoded.
pub fn pack(decoded: &Decoded) -> Result<Array, String> {
    let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let headers: Vec<MapHeader> = decoded
        .maps
        .iter()
        .map(|map| MapHeader {
            height: side(map.height()),
            width: side(map.width()),
            format: map.format,
            dtype: map.dtype,
            nodata: map.nodata,
            notices: map.notices.clone(),
        })
        .collect();
    let bytes = postcard::to_allocvec(&(headers, &decoded.choice)).map_err(|e| e.to_string())?;
    let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
    for map in &decoded.maps {
        parts.push(&match &map.samples {
            Samples::U16(a) => JsValue::from(Uint16Array::from(&*contiguous(a))),
            Samples::F32(a) => JsValue::from(Float32Array::from(&*contiguous(a))),
            Samples::F64(a) => JsValue::from(Float64Array::from(&*contiguous(a))),
        });
    }
    Ok(parts)
}

/// The samples row by row.
fn contiguous<T: Copy>(a: &Array2<T>) -> std::borrow::Cow<'_, [T]> {
    match a.as_slice() {
        Some(slice) => slice.into(),
        None => a.iter().copied().collect::<Vec<T>>().into(),
    }
}

/// The inverse of [`pack`]; `None` for anything else.
#[must_use]
#[inline(never)]
pub fn unpack(parts: &Array) -> Option<Decoded> {
    let bytes: Uint8Array = parts.get(0).dyn_into().ok()?;
    let (headers, choice): (Vec<MapHeader>, Option<ArrayChoice>) =
        postcard::from_bytes(&bytes.to_vec()).ok()?;
    let maps = headers
        .into_iter()
        // The first part is the headers themselves.
        .zip(parts.iter().skip(1))
        .map(|(header, samples)| {
            let shape = (header.height as usize, header.width as usize);
            Some(RawMap {
                samples: samples_of(&samples, shape)?,
                format: header.format,
                dtype: header.dtype,
                nodata: header.nodata,
                notices: header.notices,
            })
        })
        .collect::<Option<Vec<RawMap>>>()?;
    (!maps.is_empty()).then_some(Decoded { maps, choice })
}

fn samples_of(value: &JsValue, shape: (usize, usize)) -> Option<Samples> {
    if let Some(array) = value.dyn_ref::<Uint16Array>() {
        return Some(Samples::U16(
            Array2::from_shape_vec(shape, array.to_vec()).ok()?,
        ));
    }
    if let Some(array) = value.dyn_ref::<Float32Array>() {
        return Some(Samples::F32(
            Array2::from_shape_vec(shape, array.to_vec()).ok()?,
        ));
    }
    let array: &Float64Array = value.dyn_ref()?;
    Some(Samples::F64(
        Array2::from_shape_vec(shape, array.to_vec()).ok()?,
    ))
}
