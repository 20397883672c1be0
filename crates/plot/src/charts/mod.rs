//! What each chart shows: results as series, marks and axes.
//!
//! May know results (`analysis`, `compare`, `inquiry`) and `plot`. Must not know the browser. Everything that a chart's picture, its
//! readout and its table have in common is decided here.

mod code_charts;
mod document_charts;
mod range_figures;
mod link_lines;
mod calculator;
mod comparison_charts;
mod protocol_clauses;
mod range_charts;
mod frame_panes;
mod what_if_chart;

pub use code_charts::{CodeErrors, best_codes, code_errors, is_drawn, pieces_sentence};
pub use document_charts::{DocumentFacts, document_pictures};
pub use range_figures::{RangeFigure, error_text, range_figures};
pub use link_lines::{
    FacingLine, RangeLine, evaluator_text, facing_facts, facing_lines, link_contents, piece_lines,
    range_lines, unlike_texts,
};
pub use calculator::{RuleWords, calculator_facts, calculator_sentences, layer_models};
pub use comparison_charts::{
    BudgetLine, DepthError, Fact, FrameOrder, artefact_facts, band_edges, band_name, budget_lines,
    change_text, depth_errors, grid_facts, pair_texts, prediction_facts, relative_change,
    signal_facts, verdict_text,
};
pub use protocol_clauses::{clamp_to, protocol_clauses, typed_window, window_end};
pub use range_charts::{RangeMarks, bit_family, map_range, range_map, sweep_chart};

pub use frame_panes::{FramePanes, Line, Pane, PaneScale, frame_panes, pixel_at, pixel_text, profile};
pub use what_if_chart::{what_if_chart, what_if_text};

use crate::{AxisSpec, Quantity};
use fathom_core::metrics::Criterion;

/// What a metric is measured in.
#[must_use]
pub fn quantity(criterion: Criterion) -> Quantity {
    match criterion {
        Criterion::Rmse | Criterion::Mae | Criterion::Bias | Criterion::SqRel => Quantity::Length,
        Criterion::Irmse | Criterion::Imae => Quantity::PerKm,
        Criterion::Delta1 | Criterion::Delta2 | Criterion::Delta3 => Quantity::Share,
        Criterion::AbsRel | Criterion::RmseLog | Criterion::Log10 | Criterion::Silog => {
            Quantity::Plain
        }
    }
}

/// A metric's value as text with its unit.
#[must_use]
pub fn value_text(criterion: Criterion, value: f64) -> String {
    quantity(criterion).text(value)
}

/// A vertical axis for a metric: logarithmic for errors, linear for shares of good pixels and for what has a sign.
fn metric_axis(criterion: Criterion) -> AxisSpec {
    match criterion {
        Criterion::Bias | Criterion::Delta1 | Criterion::Delta2 | Criterion::Delta3 => {
            AxisSpec::linear(quantity(criterion), criterion.name())
        }
        _ => AxisSpec::log(quantity(criterion), criterion.name()),
    }
}
