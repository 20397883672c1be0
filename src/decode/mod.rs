//! From the bytes of a file to maps. One importer per format, over a well-kept crate where one exists.
//!
//! May know `depth`. Must not know scales, statistics, roles or the browser. Bytes are never trusted: what a header claims is held
//! against [`Limits`] and against the bytes that are there before anything is allocated for it.
//!
//! The readers are behind the feature `formats`: the page's own program is built without them, and its workers fetch them with the
//! first file. What they say, [`Choice`] and [`Member`], is always there.

#[cfg(feature = "formats")]
pub mod archive;
mod choice;
#[cfg(feature = "formats")]
mod error;
#[cfg(feature = "formats")]
mod exr;
#[cfg(feature = "formats")]
mod gzip;
#[cfg(feature = "formats")]
mod integers;
#[cfg(feature = "formats")]
mod npy;
#[cfg(feature = "formats")]
mod npz;
#[cfg(feature = "formats")]
mod png;
#[cfg(feature = "formats")]
mod pnm;
#[cfg(feature = "formats")]
mod read;
#[cfg(feature = "formats")]
mod sniff;
#[cfg(feature = "formats")]
mod tiff;

pub use choice::{Choice, Decoded, Member, Offer};
#[cfg(feature = "formats")]
pub use error::{DecodeError, Limits};
#[cfg(feature = "formats")]
pub use read::{Options, decode};
#[cfg(feature = "formats")]
pub use sniff::{Content, sniff};
