//! The link: what of a page fits into an address, and back.
//!
//! May know `analysis`, `stats` and `depth`. Must not know the browser: text in, text out. Reading a link never panics and never
//! trusts what it reads.

mod link;
mod seal;

pub use link::{LinkError, MAX_RANGES, Settings, SharedDepths, SharedPage, decode, encode};
pub use seal::{sealed, unsealed};
