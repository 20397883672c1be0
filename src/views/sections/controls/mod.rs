//! What a reader does besides looking: undo and redo, keys with their sheet, the list of commands, recent results. The buttons stand in
//! the header, on a phone at the bottom of the screen; the dialogs behind the page.

mod bar;
mod dialog;
mod keyboard;
mod palette;
mod recents;
mod sheet;
mod undo;

use crate::state::State;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser::dom;
use crate::controls::Recent;

/// What is open, and what can be done now.
#[derive(Clone, Copy)]
pub(crate) struct Controls {
    /// Whether the list of commands is open.
    palette: RwSignal<bool>,
    /// Whether the sheet of keys is open.
    sheet: RwSignal<bool>,
    /// Whether the recent results are open.
    recents: RwSignal<bool>,
    /// Whether a step can be taken back, and one made again.
    steps: RwSignal<(bool, bool)>,
    /// What was done by a key or a button, for those who do not see it.
    done: RwSignal<&'static str>,
    /// Whether single characters are keys.
    singles: RwSignal<bool>,
    /// What the browser keeps.
    kept: RwSignal<Kept>,
    /// Whether it shall keep results.
    keeps: RwSignal<bool>,
}

/// Recent results as far as the browser tells of them.
#[derive(Clone, Debug, Default, PartialEq)]
enum Kept {
    /// Nobody asked yet.
    #[default]
    Unread,
    /// The newest first, each with whether its files can be opened again.
    There(Vec<(Recent, bool)>),
    /// The browser keeps nothing.
    Refused,
}

impl Controls {
    pub(crate) fn new() -> Self {
        Self {
            palette: RwSignal::new(false),
            sheet: RwSignal::new(false),
            recents: RwSignal::new(false),
            steps: RwSignal::new((false, false)),
            done: RwSignal::new(""),
            singles: RwSignal::new(keyboard::singles_are_on()),
            kept: RwSignal::new(Kept::default()),
            keeps: RwSignal::new(recents::are_kept()),
        }
    }
}

/// Puts the buttons into the header, the dialogs behind the page, and begins to listen.
pub(crate) fn mount(state: State) {
    if let Some(place) = place_for_bar() {
        mount_in(state, place, || view! { <bar::Bar/> });
    }
    if let Some(button) = dom::find("header > button.icon") {
        mount_in(state, button.unchecked_into(), bar::theme_icons);
    }
    if let Some(body) = dom::find("body") {
        mount_in(state, body.unchecked_into(), move || {
            undo::keep(state);
            recents::keep(state);
            keyboard::listen(state);
            view! {
                <palette::Palette/>
                <sheet::Sheet/>
                <recents::Recents/>
            }
        });
    }
}

fn mount_in<V: IntoView + 'static>(
    state: State,
    place: HtmlElement,
    what: impl FnOnce() -> V + 'static,
) {
    mount_to(place, move || {
        provide_context(state);
        what()
    })
    .forget();
}

/// An element of its own behind the words in the header, which give way: nothing that is seen moves, and a first visit pays nothing for
/// a place that is kept free.
fn place_for_bar() -> Option<HtmlElement> {
    let place = dom::create("div")?;
    place.set_id("study-controls");
    let case = dom::find("header .case")?;
    case.after_with_node_1(&place).ok()?;
    place.dyn_into().ok()
}
