//! The error of codes against depth.

use std::collections::BTreeSet;

use crate::state::{QueryGroup, State, keep_answered};
use leptos::html;
use leptos::prelude::*;

use super::Choice;
use crate::views::ui::section::{Section, near};

use crate::views::ui::line::LinePlot;
use fathom_analysis::ErrorAtDepth;
use fathom_core::i18n::tr;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::LineInput;
use fathom_plot::charts::{CodeErrors, code_errors, is_drawn};

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 380.0;

/// Places of the codes that are shown at first: uniform and logarithmic. Six curves hide each other.
const FIRST_SHOWN: [usize; 2] = [0, 1];

#[component]
pub(super) fn Curves(choice: Choice) -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[QueryGroup::Curves]);
    let kind = RwSignal::new(CodeErrors::Absolute);
    let shown = RwSignal::new(BTreeSet::from(FIRST_SHOWN));
    let drawn = move || choice.codes(state).into_iter().filter(is_drawn);
    let answers = keep_answered(QueryGroup::Curves, move || {
        let (Some(amount), Some(named), true) = (choice.amount(state), state.current(), near.get())
        else {
            return Vec::new();
        };
        drawn()
            .map(|choice| Query::CodeCurve {
                choice,
                range: named.range,
                amount,
            })
            .collect()
    });
    let toggle = move |place: usize| {
        shown.update(|shown| {
            if !shown.remove(&place) {
                shown.insert(place);
            }
        });
    };
    let toggles = move || {
        let toggles = drawn().enumerate().map(|(place, code)| {
            view! {
                <button
                    class="button small"
                    aria-pressed=move || shown.with(|shown| shown.contains(&place)).to_string()
                    on:click=move |_| toggle(place)
                >
                    {code.name()}
                </button>
            }
        });
        toggles.collect_view()
    };
    let input = Signal::derive(move || -> Option<LineInput> {
        let range = state.current().map(|named| named.range);
        answers.with(|answers| {
            // A curve that is not there yet keeps its place: the colours of the others stay.
            let curves: Vec<(String, &[ErrorAtDepth])> = answers
                .pairs()
                .filter_map(|(ask, answer)| match (ask, answer) {
                    (Query::CodeCurve { choice, .. }, Some(QueryResult::CodeCurve(curve))) => {
                        Some((choice.name(), curve.as_slice()))
                    }
                    (Query::CodeCurve { choice, .. }, _) => Some((choice.name(), &[][..])),
                    _ => None,
                })
                .collect();
            let shown = shown.get();
            let is_shown = |place| shown.contains(&place);
            let is_there = curves.iter().any(|(_, curve)| !curve.is_empty());
            is_there.then(|| code_errors(&curves, is_shown, range, kind.get()))
        })
    });
    let button = move |own: CodeErrors, text: &'static str| {
        view! {
            <button
                class:on=move || kind.get() == own
                aria-pressed=move || (kind.get() == own).to_string()
                on:click=move |_| kind.set(own)
            >
                {text}
            </button>
        }
    };
    view! {
        <Section
            id="code-curves"
            title=tr!("Error against depth")
            lead=tr!("RMSE of each code by depth: low where a code places many values, high where it places few.")
            theory="codes"
            element
        >
            <div class="card">
                <div class="seg two" role="group" aria-label=tr!("Kind of error")>
                    {button(CodeErrors::Absolute, tr!("in millimetres"))}
                    {button(CodeErrors::Relative, tr!("in percent of the depth"))}
                </div>
                <div class="tools toggles" role="group" aria-label=tr!("Codes in the chart")>{toggles}</div>
                <LinePlot title=tr!("Error of codes against depth") input tall=TALL_PX/>
            </div>
        </Section>
    }
}
