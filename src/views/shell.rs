//! The page's frame: header, side panel, the six views; dropping and pasting anywhere.

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use super::codes::Codes;
use super::context_chips::ContextChips;
use super::controls::Dialogs;
use super::header::Header;
use super::network::Network;
use super::notices::Notices;
use super::predictions::Predictions;
use super::questions as open_questions;
use super::range::Range;
use super::remedies::Remedies;
use super::side_panel::SidePanel;
use super::summary::Summary;
use super::ui::chart::Look;
use crate::browser::dom;
use crate::browser::drops::Drop;
use crate::state::{PageView, State};
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
    let [cost, range, remedies] = questions();
    view! {
        <a class="skip" href="#main" on:click=|e| skip_to_main(&e)>{tr!("Skip to the analysis")}</a>
        <Header/>
        <div class="shell">
            <SidePanel/>
            <main id="main" tabindex="-1" data-state=move || state.data_state() data-questions=move || open_questions::count(state).to_string() class:replacing=move || state.is_replacing() aria-busy=move || {
                state.job.with(state::Job::is_running).to_string()
            }>
                <ContextChips/>
                <Notices/>
                <ViewPanel view=PageView::Summary title=tr!("What INT8 does to these depth maps")>
                    <Summary/>
                </ViewPanel>
                <ViewPanel view=PageView::Predictions title=cost>
                    <Later part=Part::Predictions now=part><Predictions/></Later>
                </ViewPanel>
                <ViewPanel view=PageView::Range title=range>
                    <Later part=Part::Range now=part><Range/></Later>
                </ViewPanel>
                <ViewPanel view=PageView::Codes title=tr!("Would another output code help?")>
                    <Later part=Part::Codes now=part><Codes/></Later>
                </ViewPanel>
                <ViewPanel view=PageView::Network title=tr!("Which layers cost the depth?")>
                    <Later part=Part::Network now=part><Network/></Later>
                </ViewPanel>
                <ViewPanel view=PageView::Remedies title=remedies>
                    <Later part=Part::Remedies now=part><Remedies/></Later>
                </ViewPanel>
            </main>
        </div>
        <Later part=Part::Dialogs now=part><Dialogs/></Later>
        <Show when=move || over.get()>
            <div class="veil" aria-hidden="true">
                <div><b>{tr!("Drop to analyse")}</b><span>{tr!("Nothing leaves this page")}</span></div>
            </div>
        </Show>
    }
}

/// One view under its heading. Its sections compute once they come near the window, so a view that was never shown costs nothing.
#[component]
fn ViewPanel(view: PageView, title: &'static str, children: Children) -> impl IntoView {
    let state = State::here();
    let id = format!("view-{}", view.id());
    view! {
        <div class="view" id=id data-view=view.id() hidden=move || state.view.get() != view>
            <h1>{title}</h1>
            {children()}
        </div>
    }
}

/// Parts of the page in the order they are mounted, each in a task of its own: all at once would hold up the first visit's input.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Everything that a first screen shows.
    Frame,
    Predictions,
    Range,
    Remedies,
    Codes,
    Network,
    Dialogs,
}

/// Mounts one part after the other, while the workers begin.
fn mount_in_parts(state: State) -> ReadSignal<Part> {
    let (part, set_part) = signal(Part::Frame);
    let owner = Owner::current().unwrap_or_default();
    spawn_local(async move {
        dom::breathe().await;
        actions::prepare(state);
        owner.with(|| sync_conclusions(state));
        for next in [
            Part::Predictions,
            Part::Range,
            Part::Remedies,
            Part::Codes,
            Part::Network,
            Part::Dialogs,
        ] {
            dom::breathe().await;
            set_part.set(next);
        }
    });
    part
}

/// Keeps everything in step that no single view shows.
fn sync_conclusions(state: State) {
    actions::sync_recoded(state);
    actions::link::sync_link(state);
    actions::sync_answers(state);
    actions::sync_doubts(state);
    actions::sync_network(state);
    actions::export::sync_report(state);
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
            state.repaint.update(|n| *n += 1);
        });
        query.set_onchange(Some(changed.as_ref().unchecked_ref()));
        // The page listens as long as it is open.
        changed.forget();
        std::mem::forget(query);
    }
}
