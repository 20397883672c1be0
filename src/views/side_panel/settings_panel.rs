//! The side panel's lower half: how ranges are measured.

use crate::browser::dom;
use crate::state::State;
use fathom_analysis::{Policy, RangeSettings};
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::quant::{Bits, CodeKind};
use leptos::prelude::*;

/// Width up to which a screen is small, in CSS pixels; the style sheet's largest small screen.
const SMALL_PX: f64 = 900.0;

/// Bit widths that are offered with one press.
const WIDTHS: [u8; 5] = [6, 8, 10, 12, 16];

/// The panel.
#[component]
pub(super) fn SettingsPanel() -> impl IntoView {
    let state = State::here();
    let how = Memo::new(move |_| state.settings.with(|s| s.how));
    let policies = Policy::ALL
        .map(|p| (tr_dynamic(p.name()).to_owned(), p))
        .to_vec();
    let widths = WIDTHS
        .into_iter()
        .filter_map(|n| Some((n.to_string(), Bits::new(n)?)))
        .collect();
    let codes = vec![
        (tr!("as typed").to_owned(), CodeKind::Uniform),
        (tr!("zero point").to_owned(), CodeKind::UniformZeroPoint),
    ];
    // On a small screen the answer comes first.
    let roomy = dom::width_px() > SMALL_PX;
    view! {
        <details class="settings" id="settings" open=roomy>
        <summary><h2>{tr!("Settings")}</h2><span>{move || settings_text(how.get())}</span></summary>
        <Choice
            legend=tr!("Pixels outside the range")
            options=policies
            chosen=Signal::derive(move || how.get().policy)
            choose=move |p| state.settings.update(|s| s.how.policy = p)
        />
        <p class="hint">{move || policy_hint(how.get().policy)}</p>
        <Choice
            legend=tr!("Bits of the output")
            options=widths
            chosen=Signal::derive(move || how.get().bits)
            choose=move |b| state.settings.update(|s| s.how.bits = b)
        />
        <Choice
            legend=tr!("Uniform code, ends")
            options=codes
            chosen=Signal::derive(move || how.get().code)
            choose=move |c| state.settings.update(|s| s.how.code = c)
        />
        <p class="hint">{move || code_hint(how.get().code)}</p>
        </details>
    }
}

fn settings_text(how: RangeSettings) -> String {
    tr!(
        "{}, {} bits, {}",
        tr_dynamic(how.policy.name()),
        how.bits.get(),
        tr_dynamic(how.code.name())
    )
}

fn policy_hint(policy: Policy) -> &'static str {
    match policy {
        Policy::Count => {
            tr!("The error of a clipped pixel is its distance to the end of the range.")
        }
        Policy::Exclude => tr!("Clipped pixels are masked out, as in many evaluation scripts."),
        Policy::Clamp => tr!("The reference is clamped too: a clipped pixel has no error."),
    }
}

fn code_hint(code: CodeKind) -> &'static str {
    match code {
        CodeKind::Uniform => tr!("Equal steps between the ends as typed: a normalised head."),
        CodeKind::UniformZeroPoint => {
            tr!("The range is widened to contain 0 m, as an INT8 runtime stores a tensor.")
        }
    }
}

/// A row of buttons of which one is pressed.
#[component]
fn Choice<T: Copy + PartialEq + Send + Sync + 'static>(
    legend: &'static str,
    options: Vec<(String, T)>,
    chosen: Signal<T>,
    choose: impl Fn(T) + Copy + 'static,
) -> impl IntoView {
    let buttons = options
        .into_iter()
        .map(|(label, value)| {
            view! {
                <button
                    type="button"
                    class:on=move || chosen.get() == value
                    aria-pressed=move || (chosen.get() == value).to_string()
                    on:click=move |_| choose(value)
                >
                    {label}
                </button>
            }
        })
        .collect_view();
    view! {
        <fieldset class="choice">
            <legend>{legend}</legend>
            <div class="seg">{buttons}</div>
        </fieldset>
    }
}
