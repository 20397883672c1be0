//! The side panel's last part: which pixels are measured, and predictions of another size.

use crate::actions;
use crate::state::State;
use fathom_core::depth::{Crop, Resample};
use fathom_core::i18n::tr;
use fathom_core::stats::DepthWindow;
use fathom_core::units;
use fathom_engine::ReadingSettings;
use leptos::prelude::*;

/// The panel; nothing for depths that come from no file.
#[component]
pub(super) fn ReadingPanel() -> impl IntoView {
    let state = State::here();
    let has_files = move || {
        state
            .data
            .with(|d| d.as_ref().is_some_and(|d| d.shown_role().is_some()))
    };
    let reading = Memo::new(move |_| state.reading.get());
    let crops = move || {
        let current = reading.with(|r| r.crop);
        Crop::ALL
            .map(|c| view! { <option value=c.name() selected=c == current>{c.title()}</option> })
            .collect_view()
    };
    let cropped = move |event| {
        let name = event_target_value(&event);
        if let Some(crop) = Crop::ALL.into_iter().find(|c| c.name() == name) {
            actions::set_crop(state, crop);
        }
    };
    let resizes = move || {
        let current = reading.with(|r| r.resize);
        [Resample::Nearest, Resample::Bilinear]
            .map(|how| view! { <option value=how.title() selected=Some(how) == current>{how.title()}</option> })
            .collect_view()
    };
    let resized = move |event| {
        let title = event_target_value(&event);
        let how = [Resample::Nearest, Resample::Bilinear]
            .into_iter()
            .find(|h| h.title() == title);
        actions::set_resize(state, how);
    };
    view! {
        <Show when=has_files>
            <details class="settings">
                <summary><h2>{tr!("Evaluated pixels")}</h2><span>{move || reading.with(summary)}</span></summary>
                <label class="field">
                    <span>{tr!("Crop")}</span>
                    <select on:change=cropped>{crops}</select>
                </label>
                <fieldset class="window">
                    <legend>{tr!("Evaluation window, m")}</legend>
                    <End which=0/>
                    <span>{tr!("to")}</span>
                    <End which=1/>
                </fieldset>
                <label class="field">
                    <span>{tr!("Predictions of a different size")}</span>
                    <select on:change=resized>
                        <option value="">{tr!("leave")}</option>
                        {resizes}
                    </select>
                </label>
                <p class="hint">{tr!("An 8-bit picture is a mask if its name ends in _mask or its role under Files is mask. Pixels where it is 0 are left out.")}</p>
            </details>
        </Show>
    }
}

fn summary(reading: &ReadingSettings) -> String {
    let mut parts = Vec::new();
    if reading.crop != Crop::None {
        parts.push(tr!("crop {}", reading.crop.title()));
    }
    let DepthWindow { min_m, max_m } = reading.window;
    if let Some(min) = min_m {
        parts.push(tr!("from {}", units::depth(min)));
    }
    if let Some(max) = max_m {
        parts.push(tr!("to {}", units::depth(max)));
    }
    if let Some(how) = reading.resize {
        parts.push(tr!("resized, {}", how.title()));
    }
    if parts.is_empty() {
        return tr!("all").to_owned();
    }
    parts.join(", ")
}

/// One end of the window; empty where there is none.
#[component]
fn End(which: usize) -> impl IntoView {
    let state = State::here();
    let value = move || {
        state.reading.with(|r| {
            let end = [r.window.min_m, r.window.max_m][which];
            end.map_or(String::new(), |v| v.to_string())
        })
    };
    let refused = RwSignal::new(false);
    let changed = move |event| {
        let text = event_target_value(&event);
        let typed = text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|v| *v >= 0.0 && v.is_finite());
        let mut window = state.reading.with_untracked(|r| r.window);
        let end = if which == 0 {
            &mut window.min_m
        } else {
            &mut window.max_m
        };
        *end = typed;
        let empty = window
            .min_m
            .zip(window.max_m)
            .is_some_and(|(min, max)| min >= max);
        let wrong = empty || (typed.is_none() && !text.trim().is_empty());
        refused.set(wrong);
        if !wrong {
            actions::set_window(state, window);
        }
    };
    let label = [
        tr!("Nearest evaluated depth, in metres"),
        tr!("Farthest evaluated depth, in metres"),
    ][which];
    view! {
        <input
            inputmode="decimal"
            placeholder=tr!("any")
            aria-label=label
            aria-invalid=move || refused.get().to_string()
            prop:value=value
            on:change=changed
        />
    }
}
