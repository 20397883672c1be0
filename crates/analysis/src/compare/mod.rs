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
mod artefacts;
mod bands;
mod board;
mod bootstrap;
mod budget;
mod census;
mod depth_curve;
mod evaluate;
mod evidence;
mod frame;
mod grid;
mod interpolated;
mod joint;
mod maps;
mod pair_sums;
mod place;
mod practice;
mod protocol;
mod random;
mod set;
mod signed;
mod what_if;

pub use aligned::{Aligned, CompareError, Pixels};
pub use artefacts::{ArtefactScores, ArtefactSums};
pub use bands::{Band, BandSums, DEFAULT_BAND_EDGES_M};
pub use board::BoardSums;
pub use bootstrap::{Average, Change, ChangeVerdict, MIN_FRAMES, Resampling, changes};
pub use budget::{Budget, CodedSums, OutputPart, Predictions};
pub use census::{MAX_VALUES, ValueCensus};
pub use depth_curve::{DepthBin, DepthCurve, ErrorsAtDepth};
pub use evaluate::{EvalSums, FIGURES, FrameEvals, evaluate, metrics};
pub use evidence::Evidence;
pub use frame::{CompareSettings, FrameComparison};
pub use grid::{Grid, NoGrid};
pub use joint::JointMoments;
pub use maps::{FrameLook, FrameMaps, ground_truth_m, prediction_m};
pub use pair_sums::{MAX_PIXELS, PairSums};
pub use place::{PLACE_COLUMNS, PLACE_ROWS, PlaceSums};
pub use practice::{FrameOutcome, FrameResult, Practice, PracticeRow};
pub use protocol::{Affine, Alignment, Clamp, Evaluator, Fill, Protocol, SqRel, Window};
pub use set::{
    Comparison, FrameRow, MetricsPair, frame_metrics, frame_row, frame_rows, per_frame, worst_first,
};
pub use signed::{ErrorTriple, SignedSums};
pub use what_if::{CodedPrediction, Pairs, with_inside_as_now};
