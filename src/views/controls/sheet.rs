//! The sheet of keys.

use crate::state::State;
use leptos::prelude::*;

use super::dialog::Dialog;
use super::keyboard;
use crate::browser::dom;
use crate::controls::{CHART_KEYS, SHORTCUTS};
use fathom_core::i18n::{tr, tr_dynamic};

/// The sheet: keys that act anywhere, keys of charts, and a switch.
#[component]
pub(super) fn Sheet() -> impl IntoView {
    let state = State::here();
    let controls = state.controls;
    let mac = dom::is_mac();
    let rows = move |single: bool| {
        SHORTCUTS
            .iter()
            .filter(move |shortcut| shortcut.is_single() == single && shortcut.is_there(mac))
            .map(|shortcut| row(&shortcut.keys(mac), "+", shortcut.says))
            .collect_view()
    };
    let charts = CHART_KEYS
        .iter()
        .map(|chart| {
            let rows = chart
                .rows
                .iter()
                .map(|(keys, says)| {
                    let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
                    row(&keys, " ", says)
                })
                .collect_view();
            view! {
                <h4>{tr_dynamic(chart.charts)}</h4>
                <dl class="keys">{rows}</dl>
            }
        })
        .collect_view();
    view! {
        <Dialog id="keys" title=tr!("Keys") open=controls.sheet>
            <div class="dialog-body columns">
                <div>
                    <h3>{tr!("Anywhere")}</h3>
                    <dl class="keys">{rows(false)}</dl>
                    <h3>{tr!("Outside of fields")}</h3>
                    <dl class="keys" class:off=move || !controls.singles.get()>{rows(true)}</dl>
                    <label class="marker">
                        <input
                            type="checkbox"
                            prop:checked=move || controls.singles.get()
                            on:change=move |e| keyboard::set_singles(state, event_target_checked(&e))
                        />
                        <span>{tr!("Single-key shortcuts. Turn them off if you use speech input or press keys by accident.")}</span>
                    </label>
                </div>
                <div>
                    <h3>{tr!("On a focused chart")}</h3>
                    {charts}
                </div>
            </div>
        </Dialog>
    }
}

fn row(keys: &[String], between: &'static str, says: &'static str) -> impl IntoView + use<> {
    let keys = keys
        .iter()
        .enumerate()
        .map(|(i, key)| {
            let joint = (i > 0).then_some(between);
            view! { {joint} <kbd>{key.clone()}</kbd> }
        })
        .collect_view();
    view! { <div><dt>{keys}</dt><dd>{tr_dynamic(says)}</dd></div> }
}
