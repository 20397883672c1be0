//! Bit widths: what one more bit buys, and how many a tolerance needs.

use crate::actions;
use crate::state::{QueryGroup, State, keep_answered};
use crate::views::ui::table::PlainTable;
use fathom_analysis::range_space::{BitGain, ErrorMeasure, SWEEP_BITS, Tolerance};
use fathom_core::i18n::tr;
use fathom_core::quant::CodeSpec;
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::charts::value_text;
use leptos::prelude::*;

/// The range in use at every width.
#[component]
pub(super) fn Ladder(near: ReadSignal<bool>) -> impl IntoView {
    let state = State::here();
    let answers = keep_answered(QueryGroup::Ladder, move || {
        let (Some(how), Some(named), true) = (state.how(), state.current(), near.get()) else {
            return Vec::new();
        };
        vec![Query::BitSweep {
            range: named.range,
            how,
        }]
    });
    let rows = move || {
        let criterion = state.criterion.get();
        let weight = state.clipping_weight.get();
        let policy = state.how()?.policy;
        answers.with(|answers| {
            let Some(QueryResult::BitSweep(rows)) = answers.known().next() else {
                return None;
            };
            let gains = BitGain::compute(rows, criterion, policy, weight);
            let row = |gain: BitGain| {
                let bits = gain.bits;
                let value = |v: Option<f64>| {
                    v.map_or(units::MISSING.to_owned(), |v| value_text(criterion, v))
                };
                let change = gain
                    .change
                    .map_or(units::MISSING.to_owned(), units::relative);
                let current = move || state.how().is_some_and(|how| how.bits == bits);
                view! {
                    <tr class:current=current>
                        <th scope="row">{units::counted(usize::from(bits.get()), units::Noun::Bit)}</th>
                        <td>{units::length(gain.step_m)}</td>
                        <td>{value(gain.value)}</td>
                        <td>{value(gain.rounding)}</td>
                        <td>{value(gain.clipping)}</td>
                        <td>{change}</td>
                        <td>
                            <button class="plain-link" on:click=move |_| actions::use_bits(state, bits)>{tr!("Use")}</button>
                        </td>
                    </tr>
                }
            };
            Some(gains.into_iter().map(row).collect_view())
        })
    };
    // They keep the place of the rows: what stands below does not move when those come.
    let waiting = || {
        let row = |bits: u8| {
            view! {
                <tr>
                    <th scope="row">{units::counted(usize::from(bits), units::Noun::Bit)}</th>
                    <td colspan="5" class="waiting">"\u{2026}"</td>
                    <td>
                        <button class="plain-link" disabled=true>{tr!("Use")}</button>
                    </td>
                </tr>
            }
        };
        SWEEP_BITS.map(row).collect_view()
    };
    // Nothing is waited for again until rows have come, so that an edit does not make the same rows anew.
    let known = Memo::new(move |_| {
        state.how().is_some()
            && answers
                .with(|answers| matches!(answers.known().next(), Some(QueryResult::BitSweep(_))))
    });
    let rows = move || {
        if known.get() {
            rows.into_any()
        } else {
            waiting().into_any()
        }
    };
    view! {
        <h3>{tr!("What one more bit buys")}</h3>
        <PlainTable label=tr!("What one more bit buys")>
            <thead>
                <tr>
                    <th scope="col">{tr!("Output")}</th>
                    <th scope="col">{tr!("Step")}</th>
                    <th scope="col">{move || state.criterion.get().name()}</th>
                    <th scope="col">{tr!("rounding part")}</th>
                    <th scope="col">{tr!("clipping part")}</th>
                    <th scope="col">{tr!("against one bit less")}</th>
                    <th scope="col"><span class="hidden">{tr!("Use")}</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </PlainTable>
    }
}

/// The bits that a tolerance needs: answered at once, as no depth plays a part.
#[component]
pub(super) fn Needed(near: ReadSignal<bool>) -> impl IntoView {
    let state = State::here();
    let tolerance = RwSignal::new("10".to_owned());
    let unit = RwSignal::new("mm".to_owned());
    let depth = RwSignal::new("5".to_owned());
    let largest = RwSignal::new(true);
    let answer = move || -> Option<Vec<(String, String)>> {
        let range = state.current()?.range;
        // Curved codes are tried width by width, which every edit of a range above would wait for.
        if !near.get() {
            let waiting = |code: CodeSpec| (code.name(), "\u{2026}".to_owned());
            return Some(
                CodeSpec::with_free_bits()
                    .into_iter()
                    .map(waiting)
                    .collect(),
            );
        }
        let asked = Tolerance::parse(
            &tolerance.get(),
            &unit.get(),
            &depth.get(),
            if largest.get() {
                ErrorMeasure::Largest
            } else {
                ErrorMeasure::Rmse
            },
        );
        Some(
            CodeSpec::with_free_bits()
                .into_iter()
                .map(|code| {
                    let text = match &asked {
                        Ok(asked) => asked.sentence(&code, range),
                        Err(why) => why.clone(),
                    };
                    (code.name(), text)
                })
                .collect(),
        )
    };
    let field = move |value: RwSignal<String>, label: &'static str| {
        view! {
            <input
                type="text"
                inputmode="decimal"
                size="5"
                aria-label=label
                prop:value=move || value.get()
                on:input=move |e| value.set(event_target_value(&e))
            />
        }
    };
    view! {
        <h3>{tr!("How many bits would I need?")}</h3>
        <p class="tools ask">
            {tr!("For ")}
            <select aria-label=tr!("Kind of error") on:change=move |e| largest.set(event_target_value(&e) == "most")>
                <option value="most">{tr!("at most")}</option>
                <option value="rms">{tr!("an RMSE of")}</option>
            </select>
            {field(tolerance, tr!("Tolerance"))}
            <select aria-label=tr!("Unit") on:change=move |e| unit.set(event_target_value(&e))>
                <option value="mm">"mm"</option>
                <option value="%">"%"</option>
            </select>
            {tr!(" of rounding at ")}
            {field(depth, tr!("Depth in metres"))}
            {tr!(" m, over the range in use:")}
        </p>
        <dl class="figures needed">
            {move || {
                answer()
                    .unwrap_or_default()
                    .into_iter()
                    .map(|(name, text)| view! { <div><dt>{name}</dt><dd>{text}</dd></div> })
                    .collect_view()
            }}
        </dl>
        <p class="foot">{tr!("Widths from {} to {} bits are tried.", 1, SWEEP_BITS.end())}</p>
    }
}
