//! A metric along one end of the range: of the depths, by bit width, or of the predictions themselves.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use super::Controls;
use super::bits::{Ladder, Needed};
use crate::actions;
use crate::state::{QueryAnswers, QueryGroup, Recoded, State, Swept, keep_answered};
use crate::views::ui::line::LinePlot;
use crate::views::ui::section::{Section, near};
use fathom_analysis::calibrators::Calibrator;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::range_space::SweepAxis;
use fathom_analysis::{NamedRange, RangeSettings};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, OutputRange};
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::LineInput;
use fathom_plot::charts::{RangeMarks, SweptCurve, sweep_chart, what_if_chart, what_if_text};

/// Widths with a curve.
const CURVES: [u8; 7] = [4, 6, 8, 10, 12, 14, 16];

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 360.0;

/// The measured predictions, and the range in use that they were measured for.
type Measured = (Arc<Requantized>, OutputRange);

#[component]
pub(super) fn Sweeps() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(
        element,
        &[QueryGroup::Sweeps, QueryGroup::Picks, QueryGroup::Ladder],
    );
    let has_predictions = Memo::new(move |_| state.recoded.with(|r| *r != Recoded::Nothing));
    let offered = move || {
        let all = Swept::ALL.into_iter();
        all.filter(move |swept| *swept != Swept::Predictions || has_predictions.get())
    };
    let swept = Memo::new(move |_| {
        let chosen = state.swept.get();
        let first = offered().next().unwrap_or(Swept::End);
        chosen
            .filter(|chosen| offered().any(|swept| swept == *chosen))
            .unwrap_or(first)
    });
    let answers = keep_answered(QueryGroup::Sweeps, move || {
        let known = state.how().zip(state.current());
        let asks = known.filter(|_| near.get());
        asks.map_or(Vec::new(), |(how, named)| {
            asked(swept.get(), how, &named, &state.ranges())
        })
    });
    let picks = keep_answered(QueryGroup::Picks, move || {
        let is_marked = matches!(swept.get(), Swept::End | Swept::Start);
        let how = state.how().filter(|_| is_marked && near.get());
        let pick = |how| {
            let methods = Calibrator::marked().into_iter();
            methods.map(move |method| Query::Calibrator { method, how })
        };
        how.into_iter().flat_map(pick).collect()
    });
    // What was measured last stays while the next is under way.
    let measured = Memo::new(
        move |last: Option<&Option<Measured>>| match state.recoded.get() {
            Recoded::There(found) => Some((found, state.current()?.range)),
            Recoded::Underway => last.cloned().flatten(),
            Recoded::Nothing => None,
        },
    );
    let input = Signal::derive(move || -> Option<LineInput> {
        let how = state.how()?;
        let swept = swept.get();
        answers.with(|answers| {
            let curves = curves(answers);
            if swept == Swept::Predictions {
                // Depths of another role are no truth.
                let role = state.facts.with(|f| f.as_ref()?.role);
                let truth = curves.first().filter(|_| role == Some(Role::GroundTruth));
                let truth = truth.map_or(&[][..], |curve| curve.2);
                let (found, range) = measured.get()?;
                let int8_m = state.measured_int8_m();
                return Some(what_if_chart(&found.curve, truth, range, int8_m));
            }
            let mut marks = RangeMarks {
                current: state.current(),
                ..RangeMarks::default()
            };
            if swept != Swept::Bits {
                marks.others = picks.with(picked);
                marks.best = state.measured.with(|(_, best)| best.clone());
            }
            let (criterion, weight) = (state.criterion.get(), state.clipping_weight.get());
            sweep_chart(&curves, criterion, how.policy, weight, &marks)
        })
    });
    let buttons = move || {
        let button = |own: Swept| {
            view! {
                <button
                    class:on=move || swept.get() == own
                    aria-pressed=move || (swept.get() == own).to_string()
                    on:click=move |_| state.swept.set(Some(own))
                >
                    {own.title()}
                </button>
            }
        };
        offered().map(button).collect_view()
    };
    let is_shown = move |own: Swept| move || swept.get() == own;
    let text = move || {
        let text = |(found, range): &Measured| what_if_text(&found.curve, *range);
        measured.with(|measured| measured.as_ref().map(text))
    };
    let take = move |_| {
        if let Some((found, _)) = measured.get_untracked() {
            actions::use_range(state, tr!("best for the predictions"), found.curve.best.0);
        }
    };
    view! {
        <Section
            id="sweeps"
            title=tr!("Any metric along the range")
            lead=tr!("A metric against the end or the start of the range, for each bit width, or for FP32's own output.")
            theory="the-best-range"
            element
        >
            <div class="card">
                <div class="seg swept" role="group" aria-label=tr!("What is swept")>{buttons}</div>
                <Show when=is_shown(Swept::Predictions) fallback=|| view! { <Controls/> }>
                    <p class="answer-text">{text}</p>
                </Show>
                <LinePlot title=tr!("Metric against one end of the range") input tall=TALL_PX/>
                <Show when=is_shown(Swept::Predictions)>
                    <p class="foot">{tr!("\u{201c}INT8, inside as now\u{201d} assumes that every error except that of the output code stays as measured.")}</p>
                    <button class="button small" on:click=take>{tr!("Use the best one")}</button>
                </Show>
                <Show when=is_shown(Swept::Bits)>
                    <Ladder near/>
                    <Needed near/>
                </Show>
            </div>
        </Section>
    }
}

/// The curves that a chart needs: one, or one for each bit width.
fn asked(
    swept: Swept,
    how: RangeSettings,
    named: &NamedRange,
    ranges: &[NamedRange],
) -> Vec<Query> {
    let (min_m, max_m) = (named.range.min_m(), named.range.max_m());
    let axis = match swept {
        Swept::Start => SweepAxis::Start { max_m },
        Swept::Predictions | Swept::End | Swept::Bits => SweepAxis::End { min_m },
    };
    // Without the range in use: a drag of its end asks for nothing new.
    let is_other = |own: &&NamedRange| own.range.min_m() == min_m && own.name != named.name;
    let candidates: Vec<NamedRange> = ranges.iter().filter(is_other).cloned().collect();
    let query = |bits| Query::Sweep {
        axis,
        candidates: candidates.clone(),
        how: RangeSettings { bits, ..how },
    };
    match swept {
        Swept::Bits => CURVES
            .into_iter()
            .filter_map(Bits::new)
            .map(query)
            .collect(),
        Swept::Predictions | Swept::End | Swept::Start => vec![query(how.bits)],
    }
}

/// The curves that are there.
fn curves(answers: &QueryAnswers) -> Vec<SweptCurve<'_>> {
    let pairs = answers.pairs();
    pairs
        .filter_map(|(ask, answer)| match (ask, answer) {
            (Query::Sweep { how, .. }, Some(QueryResult::Sweep(domain, points))) => {
                Some((how.bits, *domain, points.as_slice()))
            }
            _ => None,
        })
        .collect()
}

/// The ranges that calibration methods choose.
fn picked(picks: &QueryAnswers) -> Vec<NamedRange> {
    let named = |answer: &QueryResult| match answer {
        QueryResult::Calibrator(row) => Some(row.report.as_ref().ok()?.named.clone()),
        _ => None,
    };
    picks.known().filter_map(named).collect()
}
