//! Values as text for a link or for the browser's storage: base64url (RFC 4648) of a CRC-32 and a postcard encoding.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Encodes a value with a checksum; `None` if it cannot be serialised.
#[must_use]
pub fn encode_checked(value: &impl Serialize) -> Option<String> {
    let body = postcard::to_allocvec(value).ok()?;
    let mut bytes = crc32fast::hash(&body).to_le_bytes().to_vec();
    bytes.extend_from_slice(&body);
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// Decodes the text of [`encode_checked`]; `None` if the text was changed or has another type.
#[must_use]
pub fn decode_checked<T: DeserializeOwned>(text: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (sum, body) = bytes.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*sum) != crc32fast::hash(body) {
        return None;
    }
    postcard::from_bytes(body).ok()
}
