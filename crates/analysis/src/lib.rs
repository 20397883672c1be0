//! Errors of an INT8 output range and its code on depths, and errors of INT8 predictions against FP32 and ground truth.
//!
//! Lengths are in metres, shares in 0..1. `G` is the ground truth. `F` is the prediction of the floating-point network, `Q` that of the INT8
//! network. `B` is the prediction of the same INT8 network on a board.
//!
//! # Parts
//! | question | input | entry points |
//! | --- | --- | --- |
//! | What does a range cost? | [`Distribution`] | [`RangeReport`], [`CodedErrors`], [`Policy`] |
//! | Which range is best? | [`Distribution`] | [`EndSweep`], [`BestEndSearch`], [`range_space`] |
//! | Which range would a toolchain choose? | [`Distribution`] | [`calibrators`] |
//! | Which code is best? | [`Distribution`] | [`CodeComparison`], [`LogCodeReport`], [`errors_at_depths`] |
//! | What did INT8 do to predictions? | depth maps | [`compare`] |
//! | Do the maps belong together? | depth maps | [`understanding`] |
//! | What causes the loss, and what helps? | figures of a comparison | [`diagnosis`] |
//! | What follows from two RMSEs alone? | figures | [`IndependenceModel`], [`diagnosis::calculator`] |
//!
//! # The path of a number
//! 1. Ranges: a [`Distribution`] holds the sorted depths with running sums. [`CodedErrors`] sums the errors of each cell of a code, apart for
//!    pixels below, inside and above the range. A [`Policy`] says which of them count. [`RangeReport`] divides and takes roots.
//! 2. Comparisons: three maps in metres are filled, masked and aligned to a [`compare::AlignedFrame`]. One pass per figure gives the sums of a
//!    [`compare::FrameComparison`]. Sums of frames merge to a [`compare::Comparison`]; metrics and the error budget are computed last.
//! 3. Plans: [`diagnosis::planner`] divides the measured quantization variance among sources and ranks remedies by their expected RMSE.
//!
//! # Simplifications
//! - A range report codes the depths themselves, as if the network were perfect. Only comparisons see a real network.
//! - Quantiles of errors against depth come from histograms with bins of a sixteenth of an octave.
//! - Above [`compare::MAX_PIXELS`] pixels, requantized predictions are binned: the relative error of `F` is below 4e-6.
//! - The planner takes gains of published remedies from other networks, and the cross term's share of a source is assumed.
//!
//! # Absent
//! Out of scope: running networks, weights and activations. Must be absent: file formats, plots, reports as files, links, threads and the
//! browser. Long work is cut into steps, so that any caller can schedule it.
//!
//! # Example
//! One range on five depths, and one frame of four pixels:
//! ```
//! use fathom_analysis::compare::{CompareSettings, FrameComparison, FrameMaps};
//! use fathom_analysis::{NamedRange, RangeReport, RangeSettings};
//! use fathom_core::{quant::OutputRange, stats::{Distribution, Resolution}};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let depths = Distribution::new(vec![1.0, 2.0, 4.0, 8.0, 20.0], vec![1; 5], Resolution::Exact)?;
//! let named = NamedRange { name: "current".to_owned(), range: OutputRange::new(0.5, 15.0)? };
//! let report = RangeReport::measure(&depths, &named, &RangeSettings::default());
//! assert_eq!((report.coverage, report.above.mean_error_m), (0.8, Some(5.0)));
//!
//! let (gt_m, fp32_m, int8_m) = ([1.0, 2.0, 3.0, 4.0], [1.5, 2.0, 3.0, 4.0], [1.0, 2.5, 3.0, 4.0]);
//! let maps = FrameMaps { width: 2, gt_m: &gt_m, fp32_m: &fp32_m, int8_m: &int8_m };
//! let budget = FrameComparison::measure(&maps, &CompareSettings::default())?.budget().ok_or("no pixels")?;
//! // The cross term is negative: quantization undoes the error of the first pixel.
//! assert_eq!((budget.mse_fp32, budget.mse_quant, budget.cross, budget.mse_int8), (0.0625, 0.125, -0.125, 0.0625));
//! # Ok(())
//! # }
//! ```
//!
//! [`Distribution`]: fathom_core::stats::Distribution

mod best_end;
pub mod calibrators;
mod code_report;
mod coded_errors;
pub mod compare;
mod depth_error;
pub mod diagnosis;
mod distribution_summary;
mod end_sweep;
mod independence_model;
mod log_code_report;
mod policy;
mod published_case;
mod range_in_use;
mod range_report;
pub mod range_space;
pub mod understanding;

pub use best_end::{BestEndSearch, BestRange};
pub use code_report::{CodeChoice, CodeComparison, CodeReport, CodeRow, CodeSize, STEP_DEPTHS_M};
pub use coded_errors::{CodedErrors, SquaredErrors};
pub use depth_error::{ErrorAtDepth, errors_at_depths};
pub use distribution_summary::{DistributionSummary, PERCENTILES, tail_sentence};
pub use end_sweep::{EndSweep, SweepDomain, SweepPoint, sweep};
pub use independence_model::IndependenceModel;
pub use log_code_report::LogCodeReport;
pub use policy::Policy;
pub use published_case::{
    PUBLISHED_CASE, PublishedCase, PublishedRange, PublishedShares, Statement, Validity,
    published_candidates,
};
pub use range_in_use::{
    CODE_FOUND, FoundRange, MIN_MAX, MIN_MAX_OF_FP32, PERCENTILE, RangeInUse, RangeSource,
    own_candidates,
};
pub use range_report::{ClippedPixels, MeasuredErrors, NamedRange, RangeReport, RangeSettings};
