//! The link: what of a page fits into an address, and back.
//!
//! May know `analysis`, `compare`, `stats` and `depth`. Must not know the browser: text in, text out. Reading a link never panics and never
//! trusts what it reads.

mod accuracy;
mod comparison;
mod facing;
mod link;
mod qr;
mod seal;
mod study;

pub use accuracy::{SketchRoom, largest_error, range_error, sketched};
pub use comparison::{ComparedFrames, SharedComparison};
pub use facing::{Facing, FacingMetric, FacingRange, Overlap, Side, Unlike, facing};
pub use link::{
    LinkError, MAX_RANGES, Settings, SharedDepths, SharedPage, beside, decode, encode, parted,
};
pub use qr::{QrPicture, qr};
pub use seal::{sealed, unsealed};
pub use study::{
    MAX_FRAMES, MAX_TITLE, SharedFrame, SharedStudy, StudyChoices, encode_fitting, worst_frames,
};
