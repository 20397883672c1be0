//! The range table: the candidates and the user's own ranges, measured and editable.

use crate::actions;
use crate::state::State;
use crate::views::ui::heading::Heading;
use fathom_analysis::RangeReport;
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::quant::OutputRange;
use fathom_core::units;
use fathom_plot::charts::error_text;
use fathom_report::link::MAX_RANGES;
use leptos::prelude::*;

/// The section.
#[component]
pub(super) fn TableSection() -> impl IntoView {
    let state = State::here();
    let rows = move || state.settings.with(|s| 0..s.ranges.len());
    let full = move || state.settings.with(|s| s.ranges.len() >= MAX_RANGES);
    view! {
        <section class="panel" aria-labelledby="table-title">
            <Heading id="table-title" title=tr!("The ranges")/>
            <p class="lead">
                {tr!("Type other ends, or add a range. The marked range is in use; the answers refer to it.")}
            </p>
            <div class="card">
                <table class="ranges" aria-busy=move || (!state.has_current_reports()).to_string()>
                    <thead>
                        <tr>
                            <th scope="col">{tr!("Range in metres")}</th>
                            <th scope="col" title=tr!("Share of valid pixels inside the range")>{tr!("Inside")}</th>
                            <th scope="col" title=tr!("Share of valid pixels nearer than the start")>{tr!("Below")}</th>
                            <th scope="col" title=tr!("Share of valid pixels beyond the end")>{tr!("Above")}</th>
                            <th scope="col" title=tr!("Half a step: the largest rounding error of one pixel, not an RMSE")>
                                {tr!("Half step")}
                            </th>
                            <th scope="col" title=tr!("Part of the RMSE from pixels inside the range")>{tr!("Rounding part")}</th>
                            <th scope="col" title=tr!("Part of the RMSE from pixels outside the range")>{tr!("Clipping part")}</th>
                            <th scope="col" title=tr!("Root of rounding\u{b2} + clipping\u{b2}")>"RMSE"</th>
                            <th scope="col" title=tr!("Mean of |p - g| / g")>"abs_rel"</th>
                            <th scope="col" title=tr!("Share of pixels with max(p/g, g/p) < 1.25")>"delta1"</th>
                            <th scope="col"><span class="hidden">{tr!("Remove")}</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=rows key=|row| *row let(row)>
                            <Row row/>
                        </For>
                    </tbody>
                </table>
                <div class="actions">
                    <button class="button" disabled=full on:click=move |_| actions::add_range(state)>
                        {tr!("Add a range")}
                    </button>
                    <button class="button" on:click=move |_| actions::reset_ranges(state)>
                        {tr!("Reset the ranges")}
                    </button>
                </div>
            </div>
        </section>
    }
}

#[component]
fn Row(row: usize) -> impl IntoView {
    let state = State::here();
    let report = Memo::new(move |_| state.report(row));
    let cell = move |of: fn(&RangeReport) -> String| {
        move || report.with(|r| r.as_ref().map_or_else(|| units::MISSING.to_owned(), of))
    };
    let in_use = move || state.current_row() == row;
    let name = move || {
        state.settings.with(|s| {
            s.ranges
                .get(row)
                .map(|r| tr_dynamic(&r.name).to_owned())
                .unwrap_or_default()
        })
    };
    let only = move || state.settings.with(|s| s.ranges.len() < 2);
    view! {
        <tr class:current=in_use>
            <th scope="row">
                <div class="range-name">
                    <input
                        type="radio"
                        name="in-use"
                        aria-label=move || tr!("Use {}", name())
                        prop:checked=in_use
                        on:change=move |_| actions::choose_range(state, row)
                    />
                    <Ends row/>
                    <small>{name}</small>
                </div>
            </th>
            <td data-label=tr!("Inside")>{cell(|r| units::share(r.coverage))}</td>
            <td data-label=tr!("Below")>{cell(|r| units::share(r.below.share))}</td>
            <td data-label=tr!("Above")>{cell(|r| units::share(r.above.share))}</td>
            <td data-label=tr!("Half step")>
                {cell(|r| format!("\u{b1}{}", units::length(r.half_step_m)))}
            </td>
            <td data-label=tr!("Rounding part") class="round">
                {cell(|r| error_text(r, |e| units::length(e.rounding_m)))}
            </td>
            <td data-label=tr!("Clipping part") class="clip">
                {cell(|r| error_text(r, |e| units::length(e.clipping_m)))}
            </td>
            <td data-label="RMSE" class="strong">
                {cell(|r| error_text(r, |e| units::length(e.metrics.rmse)))}
            </td>
            <td data-label="abs_rel">{cell(|r| error_text(r, |e| units::ratio(e.metrics.abs_rel)))}</td>
            <td data-label="delta1">{cell(|r| error_text(r, |e| units::share(e.metrics.delta1)))}</td>
            <td class="remove">
                <button
                    class="plain"
                    aria-label=move || tr!("Remove {}", name())
                    title=tr!("Remove this range")
                    disabled=only
                    on:click=move |_| actions::remove_range(state, row)
                >
                    "\u{d7}"
                </button>
            </td>
        </tr>
    }
}

/// Typed ends that are not taken.
type TypedEnds = (Option<String>, Option<String>);

/// Two fields for the ends. What is typed and makes no range stays there, with the reason.
#[component]
fn Ends(row: usize) -> impl IntoView {
    let state = State::here();
    let range = Memo::new(move |_| state.settings.with(|s| s.ranges.get(row).map(|r| r.range)));
    let typed = RwSignal::new(TypedEnds::default());
    let problem = RwSignal::new(None::<String>);
    // An edit from elsewhere, such as a drag, replaces what was typed.
    Effect::new(move |_| {
        range.track();
        typed.set(TypedEnds::default());
        problem.set(None);
    });
    let start_text = move || {
        let kept = typed.with(|t| t.0.clone());
        kept.or_else(|| Some(units::depth_number(range.get()?.min_m())))
            .unwrap_or_default()
    };
    let end_text = move || {
        let kept = typed.with(|t| t.1.clone());
        kept.or_else(|| Some(units::depth_number(range.get()?.max_m())))
            .unwrap_or_default()
    };
    let take = move || {
        // A browser reports what is half typed in a field as the field goes.
        if typed.is_disposed() {
            return;
        }
        // An end that was not typed keeps all its digits.
        let number = |text: Option<String>, own: fn(OutputRange) -> f64| match text {
            Some(text) => text.trim().parse().ok(),
            None => range.get_untracked().map(own),
        };
        let (start, end) = typed.get_untracked();
        let numbers = number(start, OutputRange::min_m).zip(number(end, OutputRange::max_m));
        let taken = match numbers {
            Some((min_m, max_m)) => {
                actions::set_range(state, row, min_m, max_m).map_err(|e| e.to_string())
            }
            None => Err(tr!("a range needs two numbers, in metres").to_owned()),
        };
        match taken {
            Ok(()) => {
                typed.set(TypedEnds::default());
                problem.set(None);
            }
            Err(why) => problem.set(Some(why)),
        }
    };
    let invalid = move || problem.with(Option::is_some).then_some("true");
    let end = move |label: &'static str,
                    text: Signal<String>,
                    of: fn(&mut TypedEnds) -> &mut Option<String>| {
        view! {
            <input
                type="text"
                inputmode="decimal"
                size="5"
                aria-label=label
                aria-invalid=invalid
                prop:value=text
                on:change=move |e| {
                    typed.update(|typed| *of(typed) = Some(event_target_value(&e)));
                    take();
                }
            />
        }
    };
    view! {
        <span class="ends">
            "["
            {end(tr!("Start of the range in metres"), Signal::derive(start_text), |typed| &mut typed.0)}
            ","
            {end(tr!("End of the range in metres"), Signal::derive(end_text), |typed| &mut typed.1)}
            "] m"
        </span>
        {move || problem.get().map(|why| view! { <small class="problem" role="alert">{why}</small> })}
    }
}
