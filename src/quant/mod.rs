//! Ranges and codes: which values an INT8 output can represent, and which of them a depth gets.
//!
//! May know `stats`. Must not know metrics, policies, files or the browser.

mod code;
mod range;
mod uniform;

pub use code::{Bits, CodeKind, ScalarCode};
pub use range::{OutputRange, RangeError};
pub use uniform::UniformCode;
