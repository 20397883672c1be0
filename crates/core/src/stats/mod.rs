//! What is known of many depths without keeping their pixels: mergeable summaries and distributions.
//!
//! May know `depth` (samples and scales). Must not know codes, ranges, metrics, files or the browser.

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
pub use float_values::{BINNED_RELATIVE_ERROR, FloatValues, MAX_EXACT_VALUES};
pub use moments::{
    LinearMoments, LinearTerms, Moments, RunningSums, SquareMoments, inverse_of, squared_deviation,
};
pub use sample_summary::{
    DepthWindow, Encodings, KindEvidence, MapCounts, MarkerInfo, MinMedianMax, SampleSummary,
    SummaryHeader, SummaryParts, active_markers,
};
pub use sketch::{Sketch, SketchBuilder, SketchError};
