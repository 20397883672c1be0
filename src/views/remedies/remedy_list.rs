//! Remedies as rows: a dot with its interval against the present RMSE. A row opens to its cost, its reason and its source.

use leptos::prelude::*;

use super::basis_tag::basis;
use crate::state::State;
use fathom_analysis::diagnosis::planner::{Plan, Remedy};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::{RemedyDot, remedy_dots};

/// The plan of what is shown; `None` before anything is known.
pub(in crate::views) type PlanMemo = Memo<Option<Result<Plan, String>>>;

/// Keeps the plan. What was planned last stays while other ranges are being measured.
pub(in crate::views) fn kept_plan(state: State) -> PlanMemo {
    Memo::new(move |last: Option<&Option<_>>| {
        if state.has_budget() && state.awaits_recodings() {
            return last.cloned().flatten();
        }
        state.plan()
    })
}

/// The remedies that are worth a try, `most` at most; with all of them, those that are not advised follow, folded.
#[component]
pub(in crate::views) fn RemedyList(plan: PlanMemo, most: usize) -> impl IntoView {
    let shown = move || match plan.get() {
        None => view! { <p class="waiting">"\u{2026}"</p> }.into_any(),
        Some(Err(why)) => view! { <p>{tr!("No plan: {why}.", why)}</p> }.into_any(),
        Some(Ok(plan)) => rows(&plan, most).into_any(),
    };
    view! { {shown} }
}

fn rows(plan: &Plan, most: usize) -> impl IntoView + use<> {
    let shown = remedy_dots(plan, most);
    let [fp32, now] = [shown.fp32, shown.now].map(|at| format!("left: {:.2}%", at * 100.0));
    let dots = shown
        .dots
        .iter()
        .map(|dot| worth_trying(dot, &plan.remedies[dot.index], fp32.clone(), now.clone()))
        .collect_view();
    let none = shown.dots.is_empty().then(|| {
        view! { <p>{tr!("No remedy is expected to lower RMSE on these maps.")}</p> }
    });
    let rest = (most >= plan.remedies.len()).then(|| {
        let rest = plan.remedies.iter().filter(|r| !r.is_worth_trying());
        let rows: Vec<_> = rest.map(without_gain).collect();
        (!rows.is_empty()).then(|| {
            let title = tr!("{} not advised on these maps", rows.len());
            view! { <details><summary>{title}</summary>{rows}</details> }
        })
    });
    view! {
        <div class="remedy-list">
            <div class="remedy-head" aria-hidden="true">
                <span>{tr!("Remedy")}</span>
                <span class="marks">
                    <span><i class="fp32"></i>{tr!("RMSE of FP32: {}", shown.fp32_text)}</span>
                    <span><i class="now"></i>{tr!("now: {}", shown.now_text)}</span>
                </span>
                <span>{tr!("Estimate")}</span>
                <span>{tr!("Known by")}</span>
            </div>
            {none}
            {dots}
            {rest}
        </div>
    }
}

fn worth_trying(
    dot: &RemedyDot,
    remedy: &Remedy,
    fp32: String,
    now: String,
) -> impl IntoView + use<> {
    let interval = format!(
        "left: {:.2}%; width: {:.2}%",
        dot.low * 100.0,
        (dot.high - dot.low) * 100.0
    );
    let at = format!("left: {:.2}%", dot.at * 100.0);
    view! {
        <details class="remedy">
            <summary>
                <span>{remedy.name()}</span>
                <span class="dot-track" aria-hidden="true">
                    <i class="interval" style=interval></i>
                    <i class="fp32" style=fp32></i>
                    <i class="now" style=now></i>
                    <i class="dot" style=at></i>
                </span>
                <span><b>{dot.expected.clone()}</b> <small>{dot.interval.clone()}</small></span>
                {basis(dot.basis)}
            </summary>
            {about(remedy)}
        </details>
    }
}

fn without_gain(remedy: &Remedy) -> impl IntoView + use<> {
    view! {
        <details class="remedy">
            <summary>
                <span>{remedy.name()}</span>
                <span></span>
                <span>{units::length(remedy.expected.rmse_m)}</span>
                {basis(remedy.basis)}
            </summary>
            {about(remedy)}
        </details>
    }
}

fn about(remedy: &Remedy) -> impl IntoView + use<> {
    let published = remedy.kind.published().zip(remedy.kind.citation());
    let published = published.map(|(result, citation)| {
        let source = citation.source();
        view! { <div><dt>{tr!("Published")}</dt><dd>{result} " (" <span class="source">{source}</span> ")"</dd></div> }
    });
    view! {
        <dl>
            <div><dt>{tr!("On this data")}</dt><dd>{remedy.text()}</dd></div>
            <div><dt>{tr!("Costs")}</dt><dd>{remedy.cost_text()}</dd></div>
            {published}
        </dl>
    }
}
