//! The page's frame: header, side panel, sections; dropping and pasting anywhere.

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::{ev, html};
use wasm_bindgen::JsCast;

use super::answers::AnswersSection;
use super::curve::CurveSection;
use super::data_panel::DataPanel;
use super::distribution::DistributionSection;
use super::files_section::FilesSection;
use super::header::Header;
use super::inspector::InspectorSection;
use super::notices::Notices;
use super::questions as open_questions;
use super::reading_panel::ReadingPanel;
use super::settings_panel::SettingsPanel;
use super::table::TableSection;
use crate::browser::drops::{self, Drop};
use crate::browser::{canvas, dom};
use crate::state::State;
use crate::views::sections;
use crate::views::ui::chart::Look;
use crate::{actions, state};
use fathom_core::i18n::tr;
use fathom_report::answers::questions;

/// The whole page.
#[component]
pub(super) fn App() -> impl IntoView {
    let state = State::new();
    provide_context(state);
    provide_context(Look::new(state));
    actions::restore_theme(state);
    actions::sync_figures(state);
    let part = mount_in_parts(state);
    let over = RwSignal::new(false);
    listen_for_files(state, over);
    window_event_listener(ev::hashchange, move |_| actions::open_address(state));
    watch_system_theme(state);
    window_event_listener(
        ev::Custom::<web_sys::Event>::new("beforeprint"),
        move |_| {
            actions::begin_print(state);
        },
    );
    window_event_listener(ev::Custom::<web_sys::Event>::new("afterprint"), move |_| {
        actions::end_print(state);
    });
    // `public/offline.js` says so.
    window_event_listener(
        ev::Custom::<web_sys::Event>::new("fathomnewbuild"),
        move |_| {
            actions::tell_of_new_build(state);
        },
    );
    view! {
        <a class="skip" href="#main" on:click=|e| skip_to_main(&e)>{tr!("Skip to the analysis")}</a>
        <Header/>
        <div class="shell">
            <aside aria-label=tr!("Data and settings")>
                <DataPanel/>
                <SettingsPanel/>
                <ReadingPanel/>
            </aside>
            <main id="main" tabindex="-1" data-state=move || state.data_state() data-questions=move || open_questions::count(state).to_string() class:replacing=move || state.is_replacing() aria-busy=move || {
                state.job.with(state::Job::is_running).to_string()
            }>
                // In the order of the document: what is mounted later must not push down what is there.
                <Notices/>
                <AnswersSection/>
                <Question number=1 id="why" question=questions()[0]/>
                <div id="study-practice" class="slot"></div>
                <div id="study-numbers" class="slot tall"></div>
                <Question number=2 id="range" question=questions()[1]/>
                <div class="pair">
                    <Later part=Part::Curve now=part><CurveSection/></Later>
                    <Later part=Part::Distribution now=part><DistributionSection/></Later>
                </div>
                <Later part=Part::Table now=part><TableSection/></Later>
                <Later part=Part::Rest now=part>
                    <div id="study-ranges"></div>
                    <Question number=3 id="do" question=questions()[2]/>
                    <div id="study-advice"></div>
                    <div id="study-codes"></div>
                    <div id="study-exports"></div>
                    <div id="study-published"></div>
                    <FilesSection/>
                    <InspectorSection/>
                </Later>
            </main>
        </div>
        <Show when=move || over.get()>
            <div class="veil" aria-hidden="true">
                <div><b>{tr!("Drop to analyse")}</b><span>{tr!("Nothing leaves this page")}</span></div>
            </div>
        </Show>
    }
}

/// The heading of one of the three questions.
#[component]
fn Question(number: u8, id: &'static str, question: &'static str) -> impl IntoView {
    view! { <h2 class="part" id=id><b>{number}</b> {question}</h2> }
}

/// Parts of the page in the order they are mounted, each in a task of its own: all at once would hold up the first visit's input.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Everything that a first screen shows.
    Frame,
    Curve,
    Distribution,
    Table,
    Rest,
}

/// Mounts one part after the other, while the workers begin.
fn mount_in_parts(state: State) -> ReadSignal<Part> {
    let (part, set_part) = signal(Part::Frame);
    spawn_local(async move {
        dom::breathe().await;
        actions::prepare(state);
        for next in [Part::Curve, Part::Distribution, Part::Table, Part::Rest] {
            dom::breathe().await;
            set_part.set(next);
        }
        sections::mount(state).await;
    });
    part
}

/// Content that is mounted once its part's turn has come.
#[component]
fn Later(part: Part, now: ReadSignal<Part>, children: ChildrenFn) -> impl IntoView {
    view! { <Show when=move || { now.get() >= part }>{children()}</Show> }
}

/// Moves the focus without touching the address, which holds the link.
fn skip_to_main(event: &ev::MouseEvent) {
    event.prevent_default();
    let main = dom::window()
        .and_then(|w| w.document())
        .and_then(|d| d.get_element_by_id("main"))
        .and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(main) = main {
        drop(main.focus());
    }
}

fn listen_for_files(state: State, over: RwSignal<bool>) {
    let carries_files = |event: &ev::DragEvent| {
        event
            .data_transfer()
            .is_some_and(|t| t.types().includes(&"Files".into(), 0))
    };
    window_event_listener(ev::dragover, move |event| {
        if carries_files(&event) {
            event.prevent_default();
            over.set(true);
        }
    });
    window_event_listener(ev::dragleave, move |event| {
        // Leaving the window, not one element for another.
        if event.related_target().is_none() {
            over.set(false);
        }
    });
    window_event_listener(ev::drop, move |event| {
        over.set(false);
        if !carries_files(&event) {
            return;
        }
        event.prevent_default();
        // What a drop carries is gone after its event, so it is taken now and opened later.
        if let Some(dropped) = event.data_transfer().map(|t| Drop::take(&t)) {
            spawn_local(async move {
                actions::read_dropped(state, dropped.open().await);
            });
        }
    });
    window_event_listener(ev::paste, move |event| {
        let list = event
            .dyn_ref::<web_sys::ClipboardEvent>()
            .and_then(web_sys::ClipboardEvent::clipboard_data)
            .and_then(|t| t.files());
        // Pasted text belongs to the field it is pasted into.
        if let Some(list) = list.filter(|l| l.length() > 0) {
            actions::read_files(state, dom::files_of(&list));
        }
    });
}

fn watch_system_theme(state: State) {
    let query = dom::window()
        .and_then(|w| w.match_media("(prefers-color-scheme: dark)").ok())
        .flatten();
    if let Some(query) = query {
        let changed = wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || {
            canvas::forget_palette();
            state.repaint.update(|n| *n += 1);
        });
        query.set_onchange(Some(changed.as_ref().unchecked_ref()));
        // The page listens as long as it is open.
        changed.forget();
        std::mem::forget(query);
    }
}

/// The button that opens the file dialogue.
#[component]
pub(super) fn FileButton() -> impl IntoView {
    let state = State::here();
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        if let Some(list) = input.files() {
            actions::read_files(state, dom::files_of(&list));
        }
        // The same files can be chosen again.
        input.set_value("");
    };
    view! {
        <label class="drop">
            <b>{tr!("Drop depth files anywhere")}</b>
            <span>{tr!("or choose, or paste them")}</span>
            <small>{tr!("PNG, NPY, NPZ, EXR, TIFF, PFM, PGM, ZIP, folders \u{b7} nothing leaves this page")}</small>
            <input
                type="file"
                multiple
                accept=".png,.npy,.npz,.exr,.tif,.tiff,.pfm,.pgm,.pnm,.gz,.zip"
                aria-label=tr!("Choose depth files")
                node_ref=input
                on:change=chosen
            />
        </label>
        <button
            class="button small"
            on:click=move |_| {
                if let Some(input) = input.get_untracked() {
                    drops::choose_folder(&input);
                }
            }
        >
            {tr!("Choose a folder")}
        </button>
    }
}
