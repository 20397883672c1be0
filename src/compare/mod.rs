//! Theory against practice: what INT8 did to the depths of a network, from ground truth `G`, floating-point prediction `F` and
//! quantized prediction `Q`, frame by frame.
//!
//! May know `depth` (samples and scales) and `metrics`. Must not know files, workers, plots, policies or sentences: it returns
//! figures. A worker turns the three maps of a frame into a [`FrameComparison`]; [`Comparison::of`] merges frames in their order,
//! so that the figures do not depend on who computed which frame when.
//!
//! With `f = F - G` and `q = Q - F`, `mse(Q, G) = mse(F, G) + mean(q^2) + 2 mean(f q)` exactly; everything here refines one of
//! these terms or says where in depth, in the picture or in the sequence it comes from.
//!
//! Order of a measurement: fill, mask, align, clamp, measure. Only the metrics see the clamp: it would hide the very clipping
//! that the budget, the bands and the maps are for.

mod aligned;
mod budget;
mod census;
mod evaluate;
mod grid;
mod joint;
mod maps;
mod protocol;

pub use aligned::{Aligned, CompareError};
pub use budget::{Budget, CodedSums, OutputPart, Predictions};
pub use census::{MAX_VALUES, ValueCensus};
pub use evaluate::{EvalSums, FIGURES, Figure, evaluate, metrics};
pub use grid::{Grid, NoGrid};
pub use joint::JointMoments;
pub use maps::{FrameMaps, ground_truth_m, prediction_m};
pub use protocol::{
    Affine, Alignment, Clamp, Crop, Evaluator, Fill, PixelWindow, Protocol, SqRel, Window,
};
