//! From the bytes of a file to a map. One importer per format, over a well-kept crate each.
//!
//! May know `depth`. Must not know scales, statistics, roles or the browser. Bytes are never trusted: what a header claims is held
//! against [`Limits`] and against the bytes that are there before anything is allocated for it.

mod error;
mod npy;
mod png;
mod sniff;

pub use error::{DecodeError, Limits};

use crate::depth::RawMap;

/// Decodes a file, whose format is told by its first bytes and never by its name.
///
/// # Errors
/// [`DecodeError`], whose text is one sentence without the file's name: what was found, what was expected, what to do.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RawMap, DecodeError> {
    match sniff::sniff(bytes)? {
        crate::depth::Format::Png => png::decode(bytes, limits),
        crate::depth::Format::Npy => npy::decode(bytes, limits),
    }
}
