//! Depth maps as they come out of files: samples, their type, their scale, and which of them are valid.
//!
//! Knows arrays and units. Must not know file formats' bytes, statistics, codes or the browser.

mod guess;
mod map;
mod role;
mod scale;
mod valid;

pub use guess::{ScaleEvidence, ScaleGuess, guess_scale};
pub use map::{Dtype, Format, RawMap, SampleKind, Samples};
pub use role::{NameFacts, Role, name_facts};
pub use scale::{Scale, ScaleError, ScalePreset};
pub use valid::{InvalidCounts, SATURATED, valid_codes, valid_floats};
