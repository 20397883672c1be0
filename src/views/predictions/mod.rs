//! INT8's cost and its sources: FP32 and INT8 against ground truth, the files, and theory from numbers alone.

mod bands;
mod budget;
mod files_section;
mod frames;
mod metrics;
mod numbers;
mod places;
mod protocol;
mod shared;
mod strip;
mod viewer;

pub(super) use metrics::{change_row, metric_row, metric_texts, metrics_head};
pub(super) use strip::frame_title;

use crate::state::State;
use crate::views::ui::heading::Heading;
use crate::views::ui::section::{Facts, Fold};
use fathom_analysis::compare::ComparedSet;
use fathom_analysis::compare::Evidence;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::grid_values;
use leptos::prelude::*;

/// The view.
#[component]
pub(super) fn Predictions() -> impl IntoView {
    view! {
        <Comparison/>
        <viewer::ViewerSection/>
        <numbers::Numbers/>
        <files_section::FilesSection/>
    }
}

/// The sections on compared maps; a hint what to drop where there are none.
#[component]
fn Comparison() -> impl IntoView {
    let state = State::here();
    let has = Memo::new(move |_| state.has_practice());
    view! {
        <Show when=move || has.get() fallback=move || view! { <NoMaps/> }>
            <Progress/>
            <metrics::Metrics/>
            <Show when=move || evidence(state).is_some_and(Evidence::has_both)>
                <budget::BudgetSection/>
            </Show>
            <Show when=move || evidence(state).is_some_and(Evidence::has_grid)>
                <GridSection/>
            </Show>
            <bands::Bands/>
            <frames::FramesSection/>
            <places::Places/>
        </Show>
    }
}

fn evidence(state: State) -> Option<Evidence> {
    state.practice.with(ComparedSet::evidence)
}

/// The comparison of a link, or a hint which files to drop.
#[component]
fn NoMaps() -> impl IntoView {
    let state = State::here();
    let has_shared = Memo::new(move |_| state.shared.with(Option::is_some));
    view! {
        <Show when=move || has_shared.get() fallback=move || view! { <Nothing/> }>
            <shared::SharedSections/>
        </Show>
    }
}

/// What to drop.
#[component]
fn Nothing() -> impl IntoView {
    view! {
        <section class="panel" id="practice">
            <div class="card hint-card">
                <p>
                    <b>{tr!("Nothing to compare yet. ")}</b>
                    {tr!("Drop ground truth, FP32 predictions and INT8 predictions together (folders named gt, fp32 and int8, or names ending in _gt, _fp32, _int8) to split INT8's error into output code, bias and noise from inside the network. Two of the three give a part of it. With numbers alone, use the calculator below.")}
                </p>
            </div>
        </section>
    }
}

/// Progress of the comparison, and frames that were left out.
#[component]
fn Progress() -> impl IntoView {
    let state = State::here();
    let progress = move || state.practice.with(ComparedSet::progress);
    let running = move || state.practice.with(|p| !p.is_complete());
    let left_out = move || {
        state.practice.with(|p| {
            let failures = p.failures();
            (!failures.is_empty()).then(|| {
                let items = failures
                    .iter()
                    .map(|(name, why)| view! { <li>{format!("{name}: {why}.")}</li> })
                    .collect_view();
                let title = tr!("{} not compared", units::counted(failures.len(), units::Noun::Frame));
                view! { <details class="left-out"><summary>{title}</summary><ul>{items}</ul></details> }
            })
        })
    };
    let missing = move || {
        let missing = evidence(state)?.missing()?;
        Some(tr!(
            "Missing: {missing}. Drop them too for the rest of this section.",
            missing
        ))
    };
    view! {
        <div class="practice-state" aria-live="polite">
            <Show when=running>
                <p>
                    {move || {
                        let (done, all) = progress();
                        tr!("Comparing: {} of {}", units::count(done as f64), units::counted(all, units::Noun::Frame))
                    }}
                    " "
                    <progress max=move || progress().1.to_string() value=move || progress().0.to_string()></progress>
                </p>
            </Show>
            <p class="lead">{missing}</p>
            {left_out}
        </div>
    }
}

/// The output's step, found from the values of INT8 alone.
#[component]
fn GridSection() -> impl IntoView {
    let state = State::here();
    let grid = Memo::new(move |_| {
        state
            .practice
            .with(|p| (p.merged().frames > 0).then(|| grid_values(&p.merged().grid())))
    });
    let shown = move || match grid.get() {
        None => view! { <p class="waiting">"\u{2026}"</p> }.into_any(),
        Some(Err(why)) => view! { <p>{why}</p> }.into_any(),
        Some(Ok(facts)) => view! { <Facts facts/> }.into_any(),
    };
    view! {
        <section class="panel" id="grid" aria-labelledby="grid-title">
            <Heading id="grid-title" title=tr!("The output's grid")/>
            <p class="lead">{tr!("Step, ends and zero point of INT8's output, recovered from the values that occur in its maps.")}</p>
            <Fold title=tr!("Show")><div class="card">{shown}</div></Fold>
        </section>
    }
}
