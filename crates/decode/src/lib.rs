//! From the bytes of a file to maps. One importer per format, over a well-kept crate where one exists.
//!
//! May know `depth`. Must not know scales, statistics, roles or the browser. Bytes are never trusted: what a header claims is held
//! against [`Limits`] and against the bytes that are there before anything is allocated for it.
//!
//! The readers are behind the feature `formats`: the page's own program is built without them, and its workers fetch them with the
//! first file. What they say, [`ArrayChoice`] and [`ArchiveMember`], is always there.

mod decode_error;
mod decode_options;
mod decoded;
mod dispatch;
mod exr;
mod gzip;
mod integers;
mod npy;
mod npz;
mod png;
mod pnm;
mod sniff;
mod tiff;
pub mod zip_archive;

pub use decode_error::DecodeError;
pub use decode_options::{DecodeOptions, Limits};
pub use decoded::{ArchiveMember, ArrayCandidate, ArrayChoice, Decoded};
pub use dispatch::decode;
pub use sniff::{Content, sniff};
