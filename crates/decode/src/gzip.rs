//! Gzip, through the `flate2` crate.

use std::io::Read;

use super::{DecodeError, Limits};
use fathom_core::i18n::tr;
use flate2::read::MultiGzDecoder;

/// Unpacks a file, up to the limit.
#[inline(never)]
pub(super) fn unpack(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, DecodeError> {
    let mut out = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(limits.max_unpacked + 1)
        .read_to_end(&mut out)
        .map_err(|e| {
            DecodeError::damaged(
                tr!("a damaged gzip file ({e})", e),
                tr!("an undamaged file"),
            )
        })?;
    if out.len() as u64 > limits.max_unpacked {
        return Err(limits.unpacked_size_error(tr!("a gzip file")));
    }
    if out.starts_with(b"\x1f\x8b") {
        return Err(DecodeError::unsuitable(
            tr!("a gzip file in a gzip file"),
            tr!("one depth map in it"),
            tr!("unpack it"),
        ));
    }
    Ok(out)
}
