//! Ranges and codes: which values an INT8 output can represent, and which of them a depth gets.
//!
//! May know `stats`. Must not know metrics, policies, files or the browser.

mod bit_width;
mod code_error;
mod code_spec;
mod companding;
mod float_format;
mod lloyd_max;
mod output_range;
mod piecewise_code;
mod point_density;
mod scalar_code;
mod table_code;
mod uniform_code;

pub use bit_width::Bits;
pub use code_error::{CodeError, MAX_LEVELS};
pub use code_spec::{AnyCode, CodeSpec};
pub use lloyd_max::lloyd_max;
pub use output_range::{OutputRange, RangeError};
pub use piecewise_code::Pieces;
pub use point_density::{ErrorWeight, PointDensity};
pub use scalar_code::ScalarCode;
pub use table_code::TableCode;
pub use uniform_code::{CodeKind, UniformCode};
