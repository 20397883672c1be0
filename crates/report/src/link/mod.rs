//! The link: an address that carries settings, a summary of the depths, and the figures of a comparison and of a network.
//!
//! Text in, text out; nothing here knows the browser. Decoding never panics and checks every value, because a link may hold anything.

mod checksummed;
mod link_codec;
mod link_comparison;
mod qr_code;
mod shared_comparison;
mod shared_network;
mod shared_study;
mod sketch_accuracy;

pub use checksummed::{decode_checked, encode_checked};
pub use link_codec::{
    FragmentParts, LinkError, MAX_RANGES, Settings, SharedDepths, SharedPage, decode, encode,
};
pub use link_comparison::{
    Incomparable, IntervalOverlap, LinkComparison, LinkMetric, LinkRange, LinkSide, compare_links,
};
pub use qr_code::{QrImage, qr_code};
pub use shared_comparison::{ComparedFrames, SharedComparison};
pub use shared_network::{decode_network, encode_network};
pub use shared_study::{
    MAX_FRAMES, MAX_TITLE, SharedFrame, SharedStudy, StudyChoices, encode_fitting, worst_frames,
};
pub use sketch_accuracy::{SketchBudget, fit_sketch, largest_error, range_error};
