//! Decoding of a file by its format.

use super::headerless::DumpLayout;
use super::{
    Content, DecodeError, DecodeOptions, Decoded, exr, gzip, hdf5, headerless, npy, npz, png, pnm,
    ros_depth, sintel, sniff, tensor_proto, tiff,
};

/// Decodes a file. The first bytes state the format. Bytes of no known format are samples without a header, if the options ask for a
/// layout.
///
/// # Errors
/// [`DecodeError`], whose text is one sentence without the file's name: finding, expectation, remedy.
pub fn decode(bytes: &[u8], options: &DecodeOptions<'_>) -> Result<Decoded, DecodeError> {
    let content = match sniff(bytes) {
        Ok(content) => content,
        Err(error) => {
            let wanted = options.pick.filter(|_| !bytes.is_empty());
            let Some(wanted) = wanted.and_then(DumpLayout::parse) else {
                return Err(error);
            };
            return headerless::decode(bytes, wanted, &options.limits);
        }
    };
    match content {
        Content::Png => png::decode(bytes, &options.limits).map(Decoded::from),
        Content::Npy => npy::decode(bytes, &options.limits).map(Decoded::from),
        Content::Pnm => pnm::decode(bytes, &options.limits).map(Decoded::from),
        Content::Exr => exr::decode(bytes, options),
        Content::Tiff => tiff::decode(bytes, &options.limits).map(Decoded::from),
        Content::Hdf5 => hdf5::decode(bytes, options),
        Content::Sintel => sintel::decode(bytes, &options.limits).map(Decoded::from),
        Content::RosDepth => ros_depth::decode(bytes, &options.limits).map(Decoded::from),
        Content::TensorProto => tensor_proto::decode(bytes, &options.limits).map(Decoded::from),
        Content::Gzip => decode(&gzip::unpack(bytes, &options.limits)?, options),
        Content::Zip => npz::decode(bytes, options),
    }
}
