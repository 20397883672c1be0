//! Depth maps as files hold them: samples, their type, encoding, role, and validity.
//!
//! This folder uses arrays and units. It must not contain file formats' bytes, statistics or codes.

mod encoding;
mod file_matching;
mod markers;
mod raw_map;
mod region;
mod resize;
mod role;
mod role_candidates;
mod scale_guess;

pub use encoding::{Encoding, Scale, ScaleError, ScalePreset};
pub use file_matching::{FileMatch, LeftOut, NamedFile, match_files};
pub use markers::{InvalidCounts, MARKERS, Marker};
pub use raw_map::{Dtype, Format, RawMap, SampleKind, Samples};
pub use region::{Crop, Region};
pub use resize::{Resample, resize};
pub use role::{FileUse, NameInfo, Role, is_disparity_name, parse_name};
pub use role_candidates::{CandidateGroup, RoleCandidates, role_candidates};
pub(crate) use scale_guess::detect_encoding;
pub use scale_guess::{ScaleEvidence, ScaleGuess, better_scale, guess_scale};
