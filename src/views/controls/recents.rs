//! Recent results: keeping them as they settle, the list, opening one and its files again.

use crate::actions;
use crate::state::{Controls, FileSession, KEEPS_KEY, Kept, Severity, State};
use std::collections::BTreeMap;

use icondata_lu::{LuFolderOpen, LuTrash2};
use js_sys::{Array, Promise};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::dialog::Dialog;
use crate::browser::handles::{self, ReopenError};
use crate::browser::recents::{self as store, Refused};
use crate::browser::{dom, recents};
use crate::controls::{Recent, RecentFacts, surplus};
use crate::views::ui::icon::Glyph;
use fathom_core::i18n::{self, tr};
use fathom_core::units;

/// Time at rest before a result is kept, in milliseconds: longer than the address waits.
const REST_MS: u64 = 1200;

/// Keeps the result of files once it has settled.
pub(super) fn keep(state: State) {
    let files = state.controls.recent_files;
    handles::watch(move |promised| begin(state, promised));
    Effect::new(move |_| {
        state.settings.track();
        state.facts.track();
        state.measured.track();
        state.practice.track();
        state.changes.track();
        // It is made by workers, and may come last.
        state.link.track();
        // A change of view delays the address, which is kept.
        state.view.track();
        state.controls.keeps.track();
        let mine = files.try_update_value(|files| {
            files.changes = files.changes.wrapping_add(1);
            files.changes
        });
        let settled = move || {
            if files.try_with_value(|files| files.changes) == mine {
                write(state);
            }
        };
        set_timeout(settled, std::time::Duration::from_millis(REST_MS));
    });
}

/// Files have come.
fn begin(state: State, promised: Option<Promise>) {
    let files = state.controls.recent_files;
    let reopened = files.write_value().reopened.take();
    let (id, handles) = reopened.unwrap_or_else(|| (dom::date_ms(), Array::new()));
    let is_new = handles.length() == 0;
    let earlier = shown_handles(state).unwrap_or_default();
    let session = FileSession {
        before: untrack(|| state.serial()),
        id: Some(id),
        intake: actions::next_intake(state),
        handles,
        earlier,
    };
    files.write_value().session = Some(session);
    if is_new {
        spawn_local(async move {
            let handles = handles::given(promised).await;
            files.update_value(|files| {
                if let Some(session) = files.session.as_mut().filter(|s| s.id == Some(id)) {
                    session.handles = handles;
                }
            });
        });
    }
}

/// Handles of all files of the shown set; `None` where others came since, or were refused.
fn shown_handles(state: State) -> Option<Array> {
    let joins = actions::joins(state);
    state.controls.recent_files.with_value(|files| {
        let session = files.session.as_ref();
        let shown = session.filter(|session| session.intake == actions::intake(state));
        Some(shown?.all_handles(joins))
    })
}

/// Keeps what is shown, if it comes from files and nothing is under way.
fn write(state: State) {
    let shown = state.facts.get_untracked();
    let has_files = shown.as_ref().is_some_and(|facts| facts.role.is_some());
    let session = state.controls.recent_files.try_update_value(|files| {
        if files.session.is_none() && has_files {
            // The set was loaded before this view subscribed.
            files.session = Some(FileSession {
                before: None,
                id: Some(dom::date_ms()),
                intake: actions::intake(state),
                handles: Array::new(),
                earlier: Array::new(),
            });
        }
        files.session.clone()
    });
    let Some(session) = session.flatten() else {
        return;
    };
    let shown = shown.filter(|facts| facts.role.is_some() && Some(facts.serial) != session.before);
    let compared = state
        .practice
        .with_untracked(|p| p.evidence().is_none() || p.is_complete());
    let (Some(shown), Some(id), true) = (shown, session.id, compared) else {
        return;
    };
    let current = untrack(|| state.current());
    let rmse_m = state.measured.with_untracked(|(ranges, _)| {
        let report = ranges.iter().find(|r| Some(&r.named) == current.as_ref())?;
        report.rmse_m()
    });
    let recent = Recent {
        id,
        at_ms: dom::date_ms(),
        fragment: dom::fragment().trim_start_matches('#').to_owned(),
        rmse_m,
    };
    let Some(text) = recent.to_text().filter(|_| recent.is_of(&shown.summary)) else {
        return;
    };
    if !state.controls.keeps.get_untracked() {
        return;
    }
    spawn_local(async move {
        let kept = store::put(id, &text, &session.all_handles(actions::joins(state))).await;
        if kept.is_ok() {
            show(state, listed(state).await);
            drop_surplus(state).await;
        } else {
            state.controls.kept.set(Kept::Refused);
        }
    });
}

/// The kept results, newest first, and their handles set aside.
async fn listed(state: State) -> Result<Vec<(Recent, bool)>, Refused> {
    let mut handles = BTreeMap::new();
    let mut all: Vec<(Recent, bool)> = recents::all()
        .await?
        .into_iter()
        .filter_map(|stored| {
            let recent = Recent::from_text(&stored.text)?;
            let has_handles = stored.handles.length() > 0;
            handles.insert(recent.id.to_bits(), stored.handles);
            Some((recent, has_handles))
        })
        .collect();
    all.sort_by(|a, b| b.0.at_ms.total_cmp(&a.0.at_ms));
    state.controls.recent_files.write_value().handles = handles;
    Ok(all)
}

fn show(state: State, all: Result<Vec<(Recent, bool)>, Refused>) {
    state
        .controls
        .kept
        .set(all.map_or(Kept::Refused, Kept::There));
}

/// Asks the browser what it keeps.
pub(super) fn read(state: State) {
    spawn_local(async move { show(state, listed(state).await) });
}

async fn drop_surplus(state: State) {
    let all: Vec<Recent> = match state.controls.kept.get_untracked() {
        Kept::There(all) => all.into_iter().map(|(recent, _)| recent).collect(),
        Kept::Unread | Kept::Refused => return,
    };
    let old = surplus(&all);
    if old.is_empty() {
        return;
    }
    for recent in old {
        if store::remove(recent.id).await.is_err() {
            // One that stays is one more to remove the next time.
            return;
        }
    }
    show(state, listed(state).await);
}

/// When a result was last changed, in the reader's words.
pub(super) fn time(recent: &Recent) -> String {
    dom::local_time(recent.at_ms, i18n::locale().code())
}

/// Shows a result as its link does.
pub(super) fn open(state: State, recent: &Recent) {
    state.controls.recent_files.write_value().session = None;
    state.controls.recents.set(false);
    dom::open_fragment(&recent.fragment);
}

/// Opens the files of a result again: its settings first, then the files under them.
fn reopen(state: State, recent: Recent, error: RwSignal<Option<String>>) {
    let bits = recent.id.to_bits();
    let files = state.controls.recent_files;
    let Some(handles) = files.with_value(|files| files.handles.get(&bits).cloned()) else {
        return;
    };
    spawn_local(async move {
        let opened = match handles::reopen(&handles).await {
            Ok(opened) => opened,
            Err(why) => {
                error.set(Some(words(&why)));
                return;
            }
        };
        open(state, &recent);
        // The page hears of the new address in a task of its own.
        dom::breathe().await;
        dom::breathe().await;
        files.write_value().reopened = Some((recent.id, handles));
        if !handles::hand_over(&opened) {
            files.write_value().reopened = None;
            actions::notify(
                state,
                Severity::Warning,
                tr!("This browser cannot reopen the files. Choose them again.").to_owned(),
            );
        }
    });
}

/// Reads the files of the shown set anew from disk.
fn read_again(state: State) {
    let handles = shown_handles(state).filter(|handles| handles.length() > 0);
    let Some(handles) = handles else {
        let text = tr!("Only dropped files can be read again: drop them once more.");
        actions::notify(state, Severity::Warning, text.to_owned());
        return;
    };
    spawn_local(async move {
        match handles::reopen(&handles).await {
            Ok(files) => {
                state.controls.recent_files.update_value(|files| {
                    if let Some(session) = &mut files.session {
                        session.intake = actions::next_intake(state);
                    }
                });
                actions::read_anew(state, files);
            }
            Err(why) => actions::notify(state, Severity::Warning, words(&why)),
        }
    });
}

/// Buttons that read the shown files again, or open those of a result that this browser keeps.
#[component]
pub(in crate::views) fn FilesAgain() -> impl IntoView {
    let state = State::here();
    let has_files = move || {
        let facts = state.facts.get();
        facts.is_some_and(|facts| facts.role.is_some())
    };
    let is_link = move || {
        let facts = state.facts.get()?;
        (facts.role.is_none() && !facts.is_sample).then_some(facts)
    };
    Effect::new(move |_| {
        if is_link().is_some()
            && state
                .controls
                .kept
                .with_untracked(|kept| *kept == Kept::Unread)
        {
            read(state);
        }
    });
    let kept = Memo::new(move |_| {
        let facts = is_link()?;
        state.controls.kept.with(|kept| {
            let Kept::There(all) = kept else { return None };
            let own = all
                .iter()
                .find(|(recent, has_files)| *has_files && recent.is_of(&facts.summary));
            own.map(|(recent, _)| recent.clone())
        })
    });
    let error = RwSignal::new(None::<String>);
    view! {
        <Show when=has_files>
            <button
                class="button small"
                title=tr!("From disk, with the same settings")
                on:click=move |_| read_again(state)
            >
                {tr!("Read the files again")}
            </button>
        </Show>
        {move || kept.get().map(|recent| view! {
            <button class="button small" on:click=move |_| reopen(state, recent.clone(), error)>
                {tr!("Open its files again")}
            </button>
        })}
        {move || error.get().map(|why| view! { <small class="problem" role="alert">{why}</small> })}
    }
}

fn words(error: &ReopenError) -> String {
    match error {
        ReopenError::NotAllowed => tr!("The browser denied access to the files. Press again and allow it, or drop the files again.").to_owned(),
        ReopenError::Moved(path) => tr!(
            "{path} was moved, renamed or deleted. Drop the files from their new place.",
            path
        ),
    }
}

/// Deletes one result, or all; what is shown is not kept again until other files come.
fn delete(state: State, id: Option<f64>) {
    state.controls.recent_files.update_value(|files| {
        if let Some(session) = &mut files.session
            && (id.is_none() || session.id == id)
        {
            session.id = None;
        }
    });
    spawn_local(async move {
        let done = match id {
            Some(id) => store::remove(id).await,
            None => store::clear().await,
        };
        match done {
            Ok(()) => show(state, listed(state).await),
            Err(Refused) => state.controls.kept.set(Kept::Refused),
        }
    });
}

/// The dialog.
#[component]
pub(super) fn Recents() -> impl IntoView {
    let state = State::here();
    let Controls {
        recents: open,
        kept,
        keeps,
        ..
    } = state.controls;
    let error = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if open.get() {
            error.set(None);
            read(state);
        }
    });
    let rows = move || {
        match kept.get() {
        Kept::Unread => view! { <p class="waiting-words">{tr!("Looking \u{2026}")}</p> }.into_any(),
        Kept::Refused => view! {
            <p class="sentence">{tr!("This browser stores nothing for this page, as in a private window. Copy the link to return to a result.")}</p>
        }
        .into_any(),
        Kept::There(all) if all.is_empty() => view! {
            <p class="sentence">{tr!("Nothing yet. The results of analysed files appear here.")}</p>
        }
        .into_any(),
        Kept::There(all) => {
            let rows = all
                .into_iter()
                .filter_map(|(recent, has_files)| Some(row(state, recent.facts()?, &recent, has_files, error)))
                .collect_view();
            view! { <ul class="recents">{rows}</ul> }.into_any()
        }
    }
    };
    let is_empty = move || kept.with(|kept| !matches!(kept, Kept::There(all) if !all.is_empty()));
    let delete_all = move |_| {
        if dom::confirmed(tr!("Delete all recent results of this browser?")) {
            delete(state, None);
        }
    };
    view! {
        <Dialog id="recents" title=tr!("Recent results") open>
            <div class="dialog-body">
                <p class="lead">
                    {tr!("The last 20 results are stored in this browser only, as links without files or file names. Where the browser allows, dropped files can be opened again.")}
                </p>
                <div role="status">{move || error.get().map(|why| view! { <p class="notice warning">{why}</p> })}</div>
                {rows}
            </div>
            <div class="dialog-foot">
                <label class="marker">
                    <input
                        type="checkbox"
                        prop:checked=move || keeps.get()
                        on:change=move |e| {
                            let on = event_target_checked(&e);
                            keeps.set(on);
                            dom::store(KEEPS_KEY, if on { "on" } else { "off" });
                        }
                    />
                    <span>{tr!("Keep new results")}</span>
                </label>
                <button class="button" disabled=is_empty on:click=delete_all><Glyph icon=LuTrash2/>{tr!("Delete all")}</button>
            </div>
        </Dialog>
    }
}

fn row(
    state: State,
    facts: RecentFacts,
    recent: &Recent,
    has_files: bool,
    error: RwSignal<Option<String>>,
) -> impl IntoView + use<> {
    let source = facts.name();
    let RecentFacts {
        pixels,
        current,
        bits,
        compared_m,
        ..
    } = facts;
    let range = tr!(
        "{ends}, {bits} bits: RMSE {rmse}",
        ends = units::range(current.range.min_m(), current.range.max_m()),
        bits = bits.get(),
        rmse = recent
            .rmse_m
            .map_or(units::MISSING.to_owned(), units::length)
    );
    let compared = compared_m.map(|(fp32_m, int8_m)| {
        let [fp32, int8] = units::distinct_lengths([fp32_m, int8_m]);
        tr!("RMSE of FP32 {fp32}, of INT8 {int8}", fp32, int8)
    });
    let when = time(recent);
    let delete_name = tr!("Delete {source} of {time}", source, time = when);
    let open_name = tr!("Open {source} of {time}", source, time = when);
    let id = recent.id;
    let opened = recent.clone();
    let files = has_files.then(|| {
        let recent = recent.clone();
        view! {
            <button class="button" on:click=move |_| reopen(state, recent.clone(), error)>
                <Glyph icon=LuFolderOpen/>
                {tr!("Open its files again")}
            </button>
        }
    });
    view! {
        <li>
            <div>
                <b>{source}</b>
                <p>{when}" \u{b7} "{tr!("{} px", units::count(pixels))}</p>
                <p>{range}</p>
                {compared.map(|text| view! { <p>{text}</p> })}
            </div>
            <div class="recent-buttons">
                <button class="button" aria-label=open_name on:click=move |_| open(state, &opened)>{tr!("Open")}</button>
                {files}
                <button class="plain" aria-label=delete_name.clone() title=delete_name on:click=move |_| delete(state, Some(id))><Glyph icon=LuTrash2/></button>
            </div>
        </li>
    }
}
