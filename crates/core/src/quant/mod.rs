//! Ranges and codes: which values an INT8 output can represent, and which of them a depth gets.
//!
//! May know `stats`. Must not know metrics, policies, files or the browser.

mod code;
mod compand;
mod density;
mod error;
mod float;
mod lloyd;
mod piecewise;
mod range;
mod spec;
mod table;
mod uniform;

pub use code::{Bits, CodeKind, ScalarCode};
pub use density::{ErrorWeight, PointDensity};
pub use error::{CodeError, MAX_LEVELS};
pub use lloyd::lloyd_max;
pub use piecewise::Pieces;
pub use range::{OutputRange, RangeError};
pub use spec::{AnyCode, CodeSpec};
pub use table::TableCode;
pub use uniform::UniformCode;
