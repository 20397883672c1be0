//! The answers: what a range does to a distribution, which range is best, and what to say about it.
//!
//! May know everything below it (`depth`, `stats`, `synth`, `quant`, `metrics`, `units`). Must not know plots, links, workers or
//! the browser: every number on the page is computed here and tested natively.

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
mod range_report;
pub mod range_space;

pub use best_end::{BestEndSearch, BestRange};
pub use code_report::{CodeChoice, CodeComparison, CodeReport, CodeRow, CodeSize, STEP_DEPTHS_M};
pub use coded_errors::{CodedErrors, SquaredErrors};
pub use depth_error::{ErrorAtDepth, errors_at_depths};
pub use distribution_summary::{DistributionSummary, PERCENTILES, tail_sentence};
pub use end_sweep::{EndSweep, SWEEP_POINTS, SweepDomain, SweepPoint, sweep};
pub use independence_model::IndependenceModel;
pub use log_code_report::{CodeAdvice, LogCodeReport};
pub use policy::Policy;
pub use published_case::{
    PUBLISHED_CASE, PublishedCase, PublishedRange, PublishedShares, Statement, Validity,
    published_candidates,
};
pub use range_report::{ClippedPixels, MeasuredErrors, NamedRange, RangeReport, RangeSettings};
