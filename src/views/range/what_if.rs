//! Another range for the network's own predictions.

use crate::actions;
use crate::state::{QueryGroup, Recoded, State, keep_answered};
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use crate::views::ui::line::LinePlot;
use crate::views::ui::section::{Section, near};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::range_space::{RangePoint, SweepAxis};
use fathom_core::i18n::tr;
use fathom_core::quant::OutputRange;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::LineInput;
use fathom_plot::charts::{what_if_chart, what_if_text};

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 340.0;

/// The section, where there are predictions of FP32 with ground truth.
#[component]
pub(super) fn WhatIfSection() -> impl IntoView {
    let state = State::here();
    let is_gathered = Memo::new(move |_| {
        let is_something = state.recoded.with(|r| *r != Recoded::Nothing);
        is_something && state.gathered.with(Option::is_some)
    });
    view! { <Show when=move || is_gathered.get()><Curve/></Show> }
}

/// What is shown, and the range in use that it was measured for.
type Shown = (Arc<Requantized>, OutputRange);

#[component]
fn Curve() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[QueryGroup::Truth]);
    let truth = keep_answered(QueryGroup::Truth, move || {
        let (Some(how), Some(named), true) = (state.how(), state.current(), near.get()) else {
            return Vec::new();
        };
        // Depths of another role are no truth.
        let is_truth = state.facts.with(|f| {
            f.as_ref()
                .is_some_and(|f| f.role == Some(fathom_core::depth::Role::GroundTruth))
        });
        let axis = SweepAxis::End {
            min_m: named.range.min_m(),
        };
        is_truth
            .then(|| Query::Sweep {
                axis,
                candidates: vec![named],
                how,
            })
            .into_iter()
            .collect()
    });
    // What was measured last stays while the next is under way.
    let found = Memo::new(
        move |last: Option<&Option<Shown>>| match state.recoded.get() {
            Recoded::There(found) => Some((found, state.current()?.range)),
            Recoded::Underway => last.cloned().flatten(),
            Recoded::Nothing => None,
        },
    );
    let input = Signal::derive(move || -> Option<LineInput> {
        let (found, range) = found.get()?;
        truth.with(|answers| {
            let alone: &[RangePoint] = match answers.known().next() {
                Some(QueryResult::Sweep(_, points)) => points,
                _ => &[],
            };
            Some(what_if_chart(
                &found.curve,
                alone,
                range,
                state.measured_int8_m(),
            ))
        })
    });
    let text = move || found.with(|f| f.as_ref().map(|(f, range)| what_if_text(&f.curve, *range)));
    let take = move |_| {
        if let Some((found, _)) = found.get_untracked() {
            actions::use_range(state, tr!("best for the predictions"), found.curve.best.0);
        }
    };
    view! {
        <Section
            id="what-if"
            title=tr!("Another range for the predictions themselves")
            lead=tr!("RMSE of FP32's own output, quantized over other ranges, against ground truth. Its best range differs from the best range for the depths alone.")
            theory="the-best-range"
            element
        >
            <div class="card">
                <p class="answer-text">{text}</p>
                <LinePlot title=tr!("RMSE of requantized predictions against the end of the range") input tall=TALL_PX/>
                <p class="foot">{tr!("\u{201c}INT8, inside as now\u{201d} assumes that every error except that of the output code stays as measured.")}</p>
                <button class="button small" on:click=take>{tr!("Use the best one")}</button>
            </div>
        </Section>
    }
}
