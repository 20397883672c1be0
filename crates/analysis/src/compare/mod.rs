//! Comparison of predictions: ground truth `G`, floating-point prediction `F` and quantized prediction `Q`, frame by frame.
//!
//! Three maps of a frame give a [`FrameComparison`]; [`Comparison::from_frames`] merges frames in their order. The sums of a frame do not
//! depend on other frames, so any number of threads may measure frames in any order with the same result. [`ComparedSet`] receives frames
//! in any order and merges them in the order of the set.
//!
//! With `f = F - G` and `q = Q - F`, `mse(Q, G) = mse(F, G) + mean(q^2) + 2 mean(f q)` exactly. The other figures refine one of these
//! terms, or locate it by depth, by pixel or by frame.
//!
//! A measurement fills, masks, aligns, clamps and measures, in this order. Only the metrics see the clamp: it would hide INT8's clipping
//! from the budget, the depth bands and the maps.
//!
//! Must be absent: files, threads, plots, out-of-range policies, and sentences other than names and errors.

mod aligned_frame;
mod artefacts;
mod autocorrelation;
mod board_sums;
mod bootstrap;
mod change_tail;
mod code_range;
mod compared_set;
mod depth_bands;
mod depth_curve;
mod error_budget;
mod error_map;
mod eval_protocol;
mod evaluate;
mod evidence;
mod exact_bins;
mod fingerprint;
mod frame_comparison;
mod frame_maps;
mod grid_fit;
mod grid_quantity;
mod interpolated_grid;
mod joint_moments;
mod output_grid;
#[cfg(test)]
mod output_grid_tests;
mod paired_runs;
mod pixel_pairs;
mod scaling_ratios;
mod set_comparison;
mod signed_errors;
mod sorted_pairs;
mod split_mix;
mod value_counts;
mod value_rounding;

pub use aligned_frame::{AlignedFrame, CompareError, Pixels};
pub use artefacts::{ArtefactScores, ArtefactSums};
pub use autocorrelation::effective_frames;
pub use board_sums::BoardSums;
pub use bootstrap::{
    Average, Change, ChangeVerdict, MIN_FRAMES, Resampled, Resampling, changes, resampled,
};
pub use change_tail::{ChangeTail, FEW_SHARE, FewPixels, MUCH_SHARE};
pub use code_range::{CodeRange, EndEvidence, ZeroPoint, ZeroPointEvidence};
pub use compared_set::{ComparedFrame, ComparedSet, FrameOutcome, FrameResult};
pub use depth_bands::{Band, BandSums, DEFAULT_BAND_EDGES_M};
pub use depth_curve::{DepthBin, DepthBinErrors, DepthCurve};
pub use error_budget::{
    Budget, CodedSums, MIN_SLOPE, OutputCodeError, RmsePredictions, exclusive_parts,
};
pub use error_map::{ERROR_MAP_COLUMNS, ERROR_MAP_ROWS, ErrorMapSums};
pub use eval_protocol::{
    Affine, Alignment, Clamp, EvalProtocol, EvalWindow, Evaluator, HoleFill, SqRelDivisor,
};
pub use evaluate::{ALL_METRICS, FrameMetricSums, PixelSums, metrics, originals};
pub use evidence::Evidence;
pub use fingerprint::Fingerprint;
pub use frame_comparison::{CompareSettings, FrameComparison};
pub use frame_maps::{FrameMaps, FramePreview, ground_truth_m, prediction_m};
pub use grid_quantity::GridQuantity;
pub use joint_moments::JointMoments;
pub use output_grid::{GridError, OutputGrid};
pub use paired_runs::RunErrors;
pub use pixel_pairs::{MAX_PIXELS, PixelPairs};
pub use scaling_ratios::ScalingRatios;
pub use set_comparison::{
    Comparison, FrameRow, MetricsPair, frame_row, frame_rows, per_frame, worst_first,
};
pub use signed_errors::{ErrorTriple, SignedErrorSums};
pub use sorted_pairs::{CodedPrediction, SortedPairs, int8_rmse_with_code};
pub use value_counts::{MAX_VALUES, ValueCounts};
