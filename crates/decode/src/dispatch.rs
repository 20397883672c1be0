//! Decoding of a file by its format.

use super::{
    Content, DecodeError, DecodeOptions, Decoded, exr, gzip, npy, npz, png, pnm, sniff, tiff,
};

/// Decodes a file. The first bytes state the format, never the name.
///
/// # Errors
/// [`DecodeError`], whose text is one sentence without the file's name: finding, expectation, remedy.
pub fn decode(bytes: &[u8], options: &DecodeOptions<'_>) -> Result<Decoded, DecodeError> {
    match sniff(bytes)? {
        Content::Png => png::decode(bytes, &options.limits).map(Decoded::from),
        Content::Npy => npy::decode(bytes, &options.limits).map(Decoded::from),
        Content::Pnm => pnm::decode(bytes, &options.limits).map(Decoded::from),
        Content::Exr => exr::decode(bytes, options),
        Content::Tiff => tiff::decode(bytes, &options.limits).map(Decoded::from),
        Content::Gzip => decode(&gzip::unpack(bytes, &options.limits)?, options),
        Content::Zip => npz::decode(bytes, options),
    }
}
