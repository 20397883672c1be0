//! A metric along either end of the range, with its parts and what tools would pick.

use crate::state::{QueryGroup, State, keep_answered};
use leptos::html;
use leptos::prelude::*;

use super::Controls;
use crate::views::ui::section::{Section, near};

use crate::views::ui::line::LinePlot;
use fathom_analysis::NamedRange;
use fathom_analysis::calibrators::Calibrator;
use fathom_analysis::range_space::SweepAxis;
use fathom_core::i18n::tr;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::LineInput;
use fathom_plot::charts::{RangeMarks, sweep_chart};

/// Height of a chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 360.0;

#[component]
pub(super) fn Sweeps() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[QueryGroup::Sweeps, QueryGroup::Picks]);
    let along_start = RwSignal::new(false);
    let answers = keep_answered(QueryGroup::Sweeps, move || {
        let (Some(how), Some(named), true) = (state.how(), state.current(), near.get()) else {
            return Vec::new();
        };
        let range = named.range;
        let axis = if along_start.get() {
            SweepAxis::Start {
                max_m: range.max_m(),
            }
        } else {
            SweepAxis::End {
                min_m: range.min_m(),
            }
        };
        vec![Query::Sweep {
            axis,
            candidates: state
                .ranges()
                .into_iter()
                .filter(|other| other.range.min_m() == range.min_m() && other.name != named.name)
                .collect(),
            how,
        }]
    });
    let picks = keep_answered(QueryGroup::Picks, move || {
        let Some(how) = state.how().filter(|_| near.get()) else {
            return Vec::new();
        };
        Calibrator::marked()
            .into_iter()
            .map(|method| Query::Calibrator { method, how })
            .collect()
    });
    let input = Signal::derive(move || -> Option<LineInput> {
        let how = state.how()?;
        let marks = RangeMarks {
            current: state.current(),
            others: picks.with(|picks| {
                picks
                    .known()
                    .filter_map(|answer| match answer {
                        QueryResult::Calibrator(row) => {
                            Some(row.report.as_ref().ok()?.named.clone())
                        }
                        _ => None,
                    })
                    .collect::<Vec<NamedRange>>()
            }),
            best: state.measured.with(|(_, best)| best.clone()),
        };
        answers.with(|answers| {
            let Some(QueryResult::Sweep(domain, points)) = answers.known().next() else {
                return None;
            };
            Some(sweep_chart(
                (*domain, points),
                state.criterion.get(),
                how.policy,
                state.clipping_weight.get(),
                &marks,
            ))
        })
    });
    let side = move |start: bool, text: &'static str| {
        view! {
            <button
                class:on=move || along_start.get() == start
                aria-pressed=move || (along_start.get() == start).to_string()
                on:click=move |_| along_start.set(start)
            >
                {text}
            </button>
        }
    };
    view! {
        <Section
            id="sweeps"
            title=tr!("Any metric, either end")
            lead=tr!("The metric while one end of the range moves: its rounding part, its clipping part, and the ends that the calibration methods choose.")
            theory="the-best-range"
            element
        >
            <div class="card">
                <Controls/>
                <div class="seg two" role="group" aria-label=tr!("Which end moves")>
                    {side(false, tr!("the end moves"))}
                    {side(true, tr!("the start moves"))}
                </div>
                <LinePlot title=tr!("Metric against one end of the range") input tall=TALL_PX/>
            </div>
        </Section>
    }
}
