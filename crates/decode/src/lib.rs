//! From the bytes of a file to maps. One importer per format, over a well-kept crate where one exists.
//!
//! May know `depth`. Must not know scales, statistics, roles or the browser. Bytes are never trusted: what a header claims is held
//! against [`Limits`] and against the bytes that are there before anything is allocated for it.
//!
//! The readers are behind the feature `formats`: the page's own program is built without them, and its workers fetch them with the
//! first file. What they say, [`Choice`] and [`Member`], is always there.

pub mod archive;
mod choice;
mod error;
mod exr;
mod gzip;
mod integers;
mod npy;
mod npz;
mod png;
mod pnm;
mod read;
mod sniff;
mod tiff;

pub use choice::{Choice, Decoded, Member, Offer};
pub use error::{DecodeError, Limits};
pub use read::{Options, decode};
pub use sniff::{Content, sniff};
