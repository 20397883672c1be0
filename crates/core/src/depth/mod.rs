//! Depth maps as they come out of files: samples, their type, their scale, and which of them are valid.
//!
//! Knows arrays and units. Must not know file formats' bytes, statistics, codes or the browser.

mod guess;
mod map;
mod region;
mod resize;
mod role;
mod scale;
mod valid;

pub use guess::{ScaleEvidence, ScaleGuess, fitting_scale, guess_scale, special_encoding};
pub use map::{Dtype, Format, RawMap, SampleKind, Samples};
pub use region::{Crop, Region};
pub use resize::{Resample, resize};
pub use role::{NameFacts, Part, Role, match_frames, name_facts, names_disparity};
pub use scale::{Encoding, Scale, ScaleError, ScalePreset};
pub use valid::{InvalidCounts, MARKERS, Marker};
