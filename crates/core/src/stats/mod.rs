//! What is known of many depths without keeping their pixels: mergeable summaries and distributions.
//!
//! May know `depth` (samples and scales). Must not know codes, ranges, metrics, files or the browser.

mod distribution;
mod double_double;
mod float_values;
mod moments;
mod places;
mod ranks;
mod sketch;
mod summary;

pub use distribution::{Block, Distribution, DistributionError, Resolution};
pub use double_double::DoubleDouble;
pub use float_values::{BINNED_RELATIVE_ERROR, FloatValues, MAX_EXACT_VALUES};
pub use moments::{
    Kept, LinearMoments, Moments, RunningSums, SquareMoments, inverse_of, squared_deviation,
};
pub use sketch::{Sketch, SketchError, Sketcher};
pub use summary::{
    Encodings, MapCounts, MarkerFacts, Spread, Summary, SummaryHeader, SummaryParts, Survey,
    Window, in_force,
};
