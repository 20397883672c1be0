//! Statistics of many depths without their pixels: mergeable summaries, distributions and sketches.
//!
//! This folder uses `depth` (samples and encodings). It must not contain codes, ranges, metrics or files.

mod bucket_index;
mod distribution;
mod double_double;
mod float_values;
mod moments;
mod order_statistics;
mod sample_summary;
mod sketch;

pub use distribution::{BlockIndex, Distribution, DistributionError, Resolution};
pub use double_double::DoubleDouble;
pub use float_values::BINNED_RELATIVE_ERROR;
pub(crate) use moments::inverse_of;
pub use moments::{
    LinearMoments, LinearTerms, Moments, RunningSums, SquareMoments, squared_deviation,
};
pub use sample_summary::{
    DepthWindow, Encodings, KindEvidence, MapCounts, MarkerInfo, MinMedianMax, SampleSummary,
    SummaryHeader, SummaryParts, active_markers,
};
pub use sketch::{Sketch, SketchBuilder, SketchError};
