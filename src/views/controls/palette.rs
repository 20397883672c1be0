//! The list of commands: everything that the page can do, found by a few letters of its name in the language that is spoken or in English.

mod commands;

use crate::state::State;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::{ev, html};

use super::dialog::Dialog;
use super::recents;
use crate::browser::dom;
use crate::controls::ranked;
use commands::{Command, commands};
use fathom_core::i18n::tr;

/// The list that the field controls.
const LIST: &str = "palette-list";

/// The step of a page key.
const PAGE: usize = 8;

/// The identifier of a row.
fn row_id(row: usize) -> String {
    format!("palette-{row}")
}

/// The dialog: a field and the commands that its words find.
#[component]
pub(super) fn Palette() -> impl IntoView {
    let state = State::here();
    let open = state.controls.palette;
    let field = NodeRef::<html::Input>::new();
    let query = RwSignal::new(String::new());
    let active = RwSignal::new(0_usize);
    let all = RwSignal::new(Vec::<Command>::new());
    let found = Memo::new(move |_| {
        all.with(|all| {
            let titles = all.iter().map(|command| command.titles.as_slice());
            query.with(|query| ranked(query, titles))
        })
    });
    Effect::new(move |_| {
        if open.get() {
            recents::read(state);
            query.set(String::new());
            active.set(0);
        } else {
            all.set(Vec::new());
        }
    });
    Effect::new(move |_| {
        // Recent results may come later than the rest.
        state.controls.kept.track();
        if open.get() {
            all.set(untrack(|| commands(state)));
        }
    });
    let run = move |row: usize| {
        let act = found.with_untracked(|found| {
            let place = *found.get(row)?;
            all.with_untracked(|all| Some(Arc::clone(&all.get(place)?.act)))
        });
        if let Some(act) = act {
            open.set(false);
            spawn_local(async move {
                // The focus is back where it was, so that another dialog can give it back too.
                dom::breathe().await;
                act();
            });
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let (now, count) = (active.get_untracked(), found.with_untracked(Vec::len));
        let Some(last) = count.checked_sub(1) else {
            return;
        };
        let next = match event.key().as_str() {
            "ArrowDown" => (now + 1) % count,
            "ArrowUp" => now.checked_sub(1).unwrap_or(last),
            "PageDown" => (now + PAGE).min(last),
            "PageUp" => now.saturating_sub(PAGE),
            "Enter" => {
                event.prevent_default();
                run(now);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        active.set(next);
        show_row(next);
    };
    let rows = move || {
        all.with(|all| {
            found.with(|found| {
                let commands = found.iter().filter_map(|place| all.get(*place));
                commands
                    .enumerate()
                    .map(|(row, command)| {
                        let is_active = move || active.get() == row;
                        view! {
                            <li
                                id=row_id(row)
                                role="option"
                                aria-selected=move || is_active().to_string()
                                class:on=is_active
                                on:pointermove=move |_| {
                                    if active.get_untracked() != row {
                                        active.set(row);
                                    }
                                }
                                on:click=move |_| run(row)
                            >
                                <span>{command.title()}</span>
                                {command.keys.clone().map(|keys| view! { <kbd>{keys}</kbd> })}
                                <small>{command.group}</small>
                            </li>
                        }
                    })
                    .collect_view()
            })
        })
    };
    let is_empty = move || found.with(Vec::is_empty);
    view! {
        <Dialog id="palette" title=tr!("Find a command") unseen_title=true open>
            <input
                node_ref=field
                type="text"
                class="palette-field"
                role="combobox"
                autofocus
                autocomplete="off"
                spellcheck="false"
                placeholder=tr!("Find a command: a section, a range, a setting, an export \u{2026}")
                aria-label=tr!("Find a command")
                aria-autocomplete="list"
                aria-controls=LIST
                aria-expanded=move || (!is_empty()).to_string()
                aria-activedescendant=move || (!is_empty()).then(|| row_id(active.get()))
                prop:value=move || query.get()
                on:input=move |e| {
                    query.set(event_target_value(&e));
                    active.set(0);
                    show_row(0);
                }
                on:keydown=key
            />
            <ul class="palette-list" id=LIST role="listbox" aria-label=tr!("Commands") hidden=is_empty>{rows}</ul>
            <p class="palette-none" role="status">
                {move || (is_empty() && open.get()).then(|| tr!("No command matches."))}
            </p>
        </Dialog>
    }
}

/// Brings a row into sight, once it is there.
fn show_row(row: usize) {
    spawn_local(async move {
        dom::next_frame().await;
        if let Some(row) = dom::element(&row_id(row)) {
            dom::scroll_nearest(&row);
        }
    });
}
