//! Test only: the strings that a key of the report may hold, for its JSON Schema.

use super::Searches;
use fathom_analysis::Policy;
use fathom_analysis::compare::{Affine, Alignment, GridQuantity};
use fathom_core::depth::Crop;
use fathom_core::metrics::Criterion;
use fathom_core::quant::CodeKind;

pub(super) fn policies() -> [&'static str; 3] {
    Policy::ALL.map(Policy::name)
}

pub(super) fn codes() -> [&'static str; 2] {
    CodeKind::ALL.map(CodeKind::name)
}

pub(super) fn crops() -> [&'static str; 4] {
    Crop::ALL.map(Crop::name)
}

pub(super) fn alignments() -> [&'static str; 4] {
    [
        Alignment::None,
        Alignment::MedianScale,
        Alignment::LeastSquares,
        Alignment::Fixed(Affine::IDENTITY),
    ]
    .map(Alignment::name)
}

pub(super) fn searches() -> [&'static str; 2] {
    Searches::ALL.map(Searches::name)
}

pub(super) fn metrics() -> [&'static str; 13] {
    Criterion::ALL.map(Criterion::name)
}

pub(super) fn grid_quantities() -> [&'static str; 3] {
    GridQuantity::ALL.map(GridQuantity::name)
}
