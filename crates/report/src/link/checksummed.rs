//! Values as text that a browser keeps or a link carries: a checksum and a compact encoding, in base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value as text.
#[must_use]
pub fn sealed(value: &impl Serialize) -> Option<String> {
    let body = postcard::to_allocvec(value).ok()?;
    let mut bytes = crc32fast::hash(&body).to_le_bytes().to_vec();
    bytes.extend_from_slice(&body);
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// The inverse of [`sealed`]; `None` for anything that was changed.
#[must_use]
pub fn unsealed<T: DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (sum, body) = bytes.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*sum) != crc32fast::hash(body) {
        return None;
    }
    postcard::from_bytes(body).ok()
}
