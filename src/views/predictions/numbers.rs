//! The calculator: theory from numbers alone.

use crate::state::State;
use leptos::prelude::*;

use crate::views::ui::heading::Heading;
use crate::views::ui::section::{Facts, theory_at};
use fathom_analysis::diagnosis::calculator::{
    Calculator, CalculatorField, CalculatorInput, FieldError,
};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::{calculator_sentences, calculator_values};

#[component]
pub(super) fn Numbers() -> impl IntoView {
    let state = State::here();
    // Measured predictions say more than numbers.
    let has_predictions = Memo::new(move |_| state.has_practice() || state.shared_now().is_some());
    let result = Memo::new(move |_| Calculator::new(&state.numbers.get()));
    let problem = move |field: CalculatorField| {
        result.with(|result| {
            let errors: &[FieldError] = result.as_ref().err().map_or(&[], Vec::as_slice);
            let own = errors.iter().find(|e| e.field == field);
            own.map(|e| view! { <small class="problem" role="alert">{e.text()}</small> })
        })
    };
    let number = move |label: &'static str,
                       unit: &'static str,
                       factor: f64,
                       get: fn(&CalculatorInput) -> Option<f64>,
                       set: fn(&mut CalculatorInput, Option<f64>)| {
        let text = move || {
            let value = state.numbers.with(get);
            value
                .filter(|v| v.is_finite())
                .map(|v| units::depth_number(v * factor))
                .unwrap_or_default()
        };
        view! {
            <label class="field">
                {label}
                <span class="with-unit">
                    <input
                        type="text"
                        inputmode="decimal"
                        prop:value=text
                        on:change=move |e| {
                            let typed = event_target_value(&e);
                            let typed = typed.trim();
                            // What is no number is said to be none; an empty field is unknown.
                            let value = (!typed.is_empty())
                                .then(|| typed.parse::<f64>().map_or(f64::NAN, |v| v / factor));
                            state.numbers.update(|n| set(n, value));
                        }
                    />
                    {unit}
                </span>
            </label>
        }
    };
    let shown = move || {
        result.with(|result| {
            let calculator = result.as_ref().ok()?;
            let sentences = calculator_sentences(calculator)
                .into_iter()
                .map(|text| view! { <p>{units::with_unbreakable_units(&text)}</p> })
                .collect_view();
            Some(view! {
                <Facts facts=calculator_values(calculator)/>
                <div class="sentences">{sentences}</div>
            })
        })
    };
    view! {
        <section class="panel" id="calculator" aria-labelledby="calculator-title">
            <Heading id="calculator-title" title=tr!("From numbers alone")/>
            <p class="lead">
                {tr!("Two RMSEs, a range and a bit width: the part of the rise that theory explains, and the part that it does not. Starts with the published case. ")}
                <a class="theory" href=theory_at("why-28-mm-is-not-an-rmse") target="_blank" rel="noopener">{tr!("Why?")}</a>
            </p>
            <details prop:open=move || !has_predictions.get()>
            <summary>{tr!("Calculate with other numbers")}</summary>
            <div class="card">
                <div class="fields">
                    <div>
                        {number(tr!("RMSE of FP32"), "m", 1.0, |n| Some(n.rmse_fp32_m), move |n, v| n.rmse_fp32_m = v.unwrap_or(f64::NAN))}
                        {move || problem(CalculatorField::RmseFp32)}
                    </div>
                    <div>
                        {number(tr!("RMSE of INT8"), "m", 1.0, |n| Some(n.rmse_int8_m), |n, v| n.rmse_int8_m = v.unwrap_or(f64::NAN))}
                        {move || problem(CalculatorField::RmseInt8)}
                    </div>
                    <div>
                        {number(tr!("Start of the range"), "m", 1.0, |n| Some(n.min_m), |n, v| n.min_m = v.unwrap_or(f64::NAN))}
                        {move || problem(CalculatorField::Range)}
                    </div>
                    <div>{number(tr!("End of the range"), "m", 1.0, |n| Some(n.max_m), |n, v| n.max_m = v.unwrap_or(f64::NAN))}</div>
                    <div>
                        {number(tr!("Bits of the output"), tr!("bits"), 1.0, |n| Some(f64::from(n.bits)), |n, v| n.bits = v.unwrap_or(0.0).clamp(0.0, 255.0) as u8)}
                        {move || problem(CalculatorField::Bits)}
                    </div>
                    <div>
                        {number(tr!("Parameters"), tr!("million"), 1e-6, |n| n.parameters, |n, v| n.parameters = v)}
                        {move || problem(CalculatorField::Parameters)}
                    </div>
                    <div>
                        {number(tr!("abs_rel of FP32"), "", 1.0, |n| n.abs_rel.fp32, |n, v| n.abs_rel.fp32 = v)}
                        {move || problem(CalculatorField::AbsRel)}
                    </div>
                    <div>{number(tr!("abs_rel of INT8"), "", 1.0, |n| n.abs_rel.int8, |n, v| n.abs_rel.int8 = v)}</div>
                    <div>
                        {number(tr!("delta1 of FP32"), "%", 100.0, |n| n.delta1.fp32, |n, v| n.delta1.fp32 = v)}
                        {move || problem(CalculatorField::Delta1)}
                    </div>
                    <div>{number(tr!("delta1 of INT8"), "%", 100.0, |n| n.delta1.int8, |n, v| n.delta1.int8 = v)}</div>
                </div>
                <button class="button small" on:click=move |_| state.numbers.set(CalculatorInput::published())>{tr!("The published case")}</button>
                {shown}
            </div>
            </details>
        </section>
    }
    .into_any()
}
