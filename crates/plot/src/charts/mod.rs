//! Turns results of `fathom_analysis` into inputs of charts: series, marks and axes.
//!
//! Everything that the painted chart, its readout and its table have in common is decided here. Browser and canvas must be absent.

mod calculator_charts;
mod code_charts;
mod comparison_charts;
mod document_charts;
mod frame_panes;
mod link_lines;
mod network_charts;
mod protocol_clauses;
mod range_charts;
mod range_figures;
mod summary_charts;
mod what_if_chart;

pub use calculator_charts::{calculator_sentences, calculator_values};
pub use code_charts::{CodeErrors, best_codes, code_errors, is_drawn, pieces_sentence};
pub use comparison_charts::{
    BudgetLine, DepthError, FrameOrder, LabelledValue, artefact_values, band_edges, band_name,
    budget_lines, change_text, depth_errors, grid_values, pair_texts, prediction_values,
    relative_change, signal_values, verdict_text,
};
pub use document_charts::{document_charts, html_report, markdown_report};
pub use link_lines::{
    LinkComparisonLine, RangeLine, evaluator_text, incomparable_texts, link_comparison_info,
    link_comparison_lines, link_contents, piece_lines, range_lines,
};
pub use network_charts::{along_chart, channels_chart, kept_chart, tensor_chart};
pub use protocol_clauses::{clamp_to, protocol_clauses, typed_window, window_end};
pub use range_charts::{RangeMarks, SweptCurve, map_range, range_map, sweep_chart};
pub use range_figures::{RangeFigure, error_text, range_figures};

pub use frame_panes::{
    FramePanes, Pane, PaneScale, ProfileLine, change_panes, depth_at_pixel, frame_panes,
    layer_panes, pixel_at, pixel_text, point_at, profile, worst_pixel,
};
pub use summary_charts::{
    BudgetSegment, ErrorOrigin, RangeBar, RemedyDot, RemedyDots, budget_segments, range_bars,
    remedy_dots,
};
pub use what_if_chart::{what_if_chart, what_if_text};

use crate::{AxisSpec, Quantity};
use fathom_analysis::compare::{EvalProtocol, SqRelDivisor};
use fathom_core::metrics::Criterion;

/// Quantity of a metric.
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

/// Quantity of a metric under an evaluation protocol: `sq_rel` has no unit where it divides by the squared depth, as in the KITTI kit.
#[must_use]
pub fn quantity_under(criterion: Criterion, protocol: &EvalProtocol) -> Quantity {
    match (criterion, protocol.sq_rel) {
        (Criterion::SqRel, SqRelDivisor::DepthSquared) => Quantity::Plain,
        _ => quantity(criterion),
    }
}

/// A metric's value as text with its unit.
#[must_use]
pub fn value_text(criterion: Criterion, value: f64) -> String {
    quantity(criterion).text(value)
}

/// A vertical axis for a metric: logarithmic for errors, linear for shares of good pixels and for signed metrics.
fn metric_axis(criterion: Criterion) -> AxisSpec {
    match criterion {
        Criterion::Bias | Criterion::Delta1 | Criterion::Delta2 | Criterion::Delta3 => {
            AxisSpec::linear(quantity(criterion), criterion.name())
        }
        _ => AxisSpec::log(quantity(criterion), criterion.name()),
    }
}
