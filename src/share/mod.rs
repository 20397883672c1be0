//! The link: what of a page fits into an address, and back.
//!
//! May know `analysis`, `compare`, `stats` and `depth`. Must not know the browser: text in, text out. Reading a link never panics and never
//! trusts what it reads.

mod comparison;
mod link;
mod qr;
mod seal;

pub use comparison::{ComparedFrames, SharedComparison};
pub use link::{LinkError, MAX_RANGES, Settings, SharedDepths, SharedPage, decode, encode};
pub use qr::{QrPicture, qr};
pub use seal::{sealed, unsealed};
