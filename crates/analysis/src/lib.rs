//! The answers: what a range does to a distribution, which range is best, and what to say about it.
//!
//! May know everything below it (`depth`, `stats`, `synth`, `quant`, `metrics`, `units`). Must not know plots, links, workers or
//! the browser: every number on the page is computed here and tested natively.

pub mod calibrators;
mod code_report;
mod coding;
pub mod compare;
mod depth_error;
pub mod landscape;
mod policy;
pub mod practice;
mod published;
mod range_report;
mod ratio_code;
mod summary;
mod sweep;
mod theory;

pub use code_report::{CodeAmount, CodeChoice, CodeComparison, CodeReport, CodeRow, STEP_DEPTHS_M};
pub use coding::{CodedErrors, SquaredErrors};
pub use depth_error::{ErrorAtDepth, errors_at_depths};
pub use policy::Policy;
pub use published::{
    PUBLISHED_CASE, PublishedCase, PublishedRange, PublishedSplit, Standing, Statement,
    published_candidates,
};
pub use range_report::{Clipped, MeasuredErrors, Measurement, NamedRange, RangeReport};
pub use ratio_code::{Advice, RatioCode};
pub use summary::{DistributionSummary, PERCENTILES, tail_sentence};
pub use sweep::{
    BestRange, BestSearch, SWEEP_POINTS, SweepDomain, SweepInSteps, SweepPoint, sweep,
};
pub use theory::FigureTheory;
