//! Ranges and codes: the values that an INT8 output can represent, and the rule from a depth to a value.
//!
//! This folder uses `stats`. It must not contain metrics, out-of-range policies or files.

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
pub use companding::logarithmic_code;
pub use lloyd_max::lloyd_max;
pub use output_range::{OutputRange, RangeError};
pub use piecewise_code::Pieces;
pub use point_density::{ErrorWeight, PointDensity};
pub use scalar_code::ScalarCode;
pub use table_code::TableCode;
pub use uniform_code::{CodeKind, UniformCode};
