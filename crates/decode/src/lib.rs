//! Decoders of depth files: from the bytes of a file to maps of samples.
//!
//! [`decode`] recognises the format by the first bytes ([`sniff`]) and calls one importer per format: PNG, NPY, NPZ, EXR, TIFF, PFM, PGM,
//! HDF5, Sintel, ROS `compressedDepth`, ONNX `TensorProto`, dumps without a header, and gzip around any of them. Each importer uses a maintained crate where one exists. [`Decoded`] holds the maps, and an
//! [`ArrayChoice`] if the file has several arrays or channels. [`arrays`] reads arrays of any shape. [`zip_archive`] lists and extracts
//! archives of files.
//!
//! Bytes are not trusted. Before any allocation, the claims of a header are compared with [`Limits`] and with the size of the file. A
//! [`DecodeError`] says what was found, what was expected, and who must act.
//!
//! ```
//! use fathom_core::depth::{Dtype, Samples};
//! use fathom_decode::{DecodeOptions, decode};
//!
//! let file = b"P5 3 1 65535\n\x03\xe8\x09\xc4\x00\x00";
//! let decoded = decode(file, &DecodeOptions::default())?;
//! let map = &decoded.maps[0];
//! assert_eq!((map.width(), map.height(), map.dtype), (3, 1, Dtype::U16));
//! assert!(matches!(&map.samples, Samples::U16(samples) if samples[(0, 1)] == 2500));
//! # Ok::<(), fathom_decode::DecodeError>(())
//! ```
//!
//! # Simplifications
//!
//! - Colour files are refused, unless their channels are equal or the bytes of one integer.
//! - Integers beyond 2^53 are refused, because samples are at most `f64`.
//! - Deep EXR images, compressed formats other than gzip and ZIP, and MATLAB files before 7.3 are refused with a remedy.
//!
//! # Not here
//!
//! Encodings, validity, roles and frames are in `fathom-core`. This crate must not contain statistics, file systems or the browser: it
//! reads slices, and archives through `Read + Seek`.

mod arrays;
mod decode_error;
mod decode_options;
mod decoded;
mod dispatch;
mod exr;
mod gzip;
mod hdf5;
mod headerless;
mod integers;
mod npy;
mod npz;
mod packed_colours;
mod png;
mod pnm;
mod ros_depth;
mod sintel;
mod sniff;
mod tensor_proto;
mod tiff;
mod wire_fields;
pub mod zip_archive;

pub use arrays::{NamedArray, arrays};
pub use decode_error::DecodeError;
pub use decode_options::{DecodeOptions, Limits};
pub use decoded::{ArchiveMember, ArrayCandidate, ArrayChoice, Decoded};
pub use dispatch::decode;
pub use headerless::dump_guess;
pub use sniff::{Content, sniff};
pub use wire_fields::{WireField, WireFields};
