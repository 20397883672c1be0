//! The study: the sections of the page that a first look does not need, as a program of its own beside the page's.
//!
//! May know everything below it. Its views stand in places that the page leaves for them. What is shown and how it is measured comes
//! from the page as [`crate::bridge::Word`]s; what a reader chooses here goes back as [`crate::bridge::Wish`]es. No arithmetic happens
//! here: workers answer [`fathom_engine::query::Query`]s.
#![expect(
    unreachable_pub,
    reason = "the component macro makes the functions it writes public"
)]

mod advice;
mod codes;
mod conclusions;
mod controls;
mod desk;
mod doubts;
mod export;
mod exports;
mod frame;
mod link;
mod practice;
mod ranges;
mod state;

use std::cell::{Cell, RefCell};

use js_sys::{Array, Function};
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;

use crate::bridge::{Wish, Word};
use crate::ui::chart::Look;
use crate::ui::save::save_svg;
use crate::web::crew::{Crew, Event, buffers_of};
use crate::web::{browser, canvas, study_wire};
use fathom_core::i18n::tr;
use state::State;

thread_local! {
    static STUDY: RefCell<Option<Study>> = const { RefCell::new(None) };
}

/// What lives as long as the page.
#[derive(Clone)]
struct Study {
    state: State,
    /// Keeps the state's signals alive.
    _owner: Owner,
    crew: Option<Crew>,
    wish: Function,
}

fn with_study<T>(read: impl FnOnce(&Study) -> T) -> Option<T> {
    STUDY.with_borrow(|study| study.as_ref().map(read))
}

fn crew() -> Option<Crew> {
    with_study(|study| study.crew.clone()).flatten()
}

/// Asks something of the page.
fn wish(wish: &Wish) {
    if let Some(Some(message)) =
        with_study(|study| Some((study.wish.clone(), study_wire::wish(wish)?)))
    {
        let (wish, message) = message;
        // A page that is gone wishes nothing.
        drop(wish.call1(&JsValue::NULL, &message));
    }
}

/// Tells of a fault of this program, after which nothing that it shows can be trusted to follow. Nobody is left waiting without a word.
pub fn tell_of_fault() {
    thread_local! {
        static IS_TOLD: Cell<bool> = const { Cell::new(false) };
    }
    // What comes after the first one is its consequence, and what the fault had in its hands stays there.
    let is_free = STUDY.with(|study| study.try_borrow().is_ok());
    if !IS_TOLD.replace(true) && is_free {
        wish(&Wish::Tell {
            text: tr!("The sections below the answers stopped because of a fault in this page: reload it and choose the files again.")
                .to_owned(),
            warning: true,
        });
    }
}

/// Mounts the sections into the places that the page left for them, each in a task of its own, and asks the page for what is shown.
pub fn start(to_page: Function) {
    let owner = Owner::new();
    let state = owner.with(State::new);
    let crew = Crew::start(on_event);
    let error = crew.as_ref().err().cloned();
    STUDY.set(Some(Study {
        state,
        _owner: owner,
        crew: crew.ok(),
        wish: to_page,
    }));
    // Nobody has changed the address yet: it is the one that the page was opened with.
    link::read_address();
    link::watch_address();
    if let Some(text) = error {
        wish(&Wish::Tell {
            text,
            warning: true,
        });
        return;
    }
    spawn_local(async move {
        for (place, section) in SECTIONS {
            browser::breathe().await;
            let Some(place) = browser::element(place) else {
                continue;
            };
            mount_to(place.unchecked_into(), move || {
                provide_context(state);
                provide_context(Look {
                    colours: state.repaint.into(),
                    serial: Signal::derive(move || state.serial()),
                });
                section()
            })
            .forget();
        }
        browser::breathe().await;
        controls::mount(state);
        wish(&Wish::Ready);
    });
}

/// A place of the page and what stands in it.
type Place = (&'static str, fn() -> AnyView);

/// The places in the order they are filled.
const SECTIONS: [Place; 7] = [
    ("study-practice", || {
        // Effects need the executor that the first mount sets up.
        conclusions::keep_recoded(State::here());
        link::keep(State::here());
        conclusions::sync_answers(State::here());
        doubts::sync_doubts(State::here());
        export::keep_ready(State::here());
        view! { <practice::PracticeSections/> }.into_any()
    }),
    ("study-numbers", || view! { <advice::Numbers/> }.into_any()),
    ("study-ranges", || view! { <ranges::Ranges/> }.into_any()),
    ("study-advice", || view! { <advice::Advice/> }.into_any()),
    ("study-codes", || view! { <codes::Codes/> }.into_any()),
    ("study-exports", || {
        view! {
            <exports::Exports/>
            <link::FacingSection/>
        }
        .into_any()
    }),
    ("study-published", || view! { <advice::Claims/> }.into_any()),
];

/// Takes in what the page says.
pub fn hear(message: &Array) {
    let Some(state) = with_study(|study| study.state) else {
        return;
    };
    let Some((word, files)) = study_wire::word(message) else {
        return;
    };
    match word {
        Word::Settings(settings) => state.settings.set(Some(settings)),
        Word::Measured { ranges, best } => state.measured.set((ranges, best)),
        Word::Depths { resolution, facts } => {
            if let Some(crew) = crew() {
                let (doubles, words) = buffers_of(message);
                crew.depths(facts.serial, resolution, doubles, words);
            }
            link::take_depths(state, facts);
        }
        Word::FilesComing => {
            if let Some(crew) = crew() {
                crew.warm();
            }
        }
        Word::Reading => frame::hurry(),
        Word::Set(facts) => state.take_set(facts, files),
        Word::Chart { name, scene } => {
            if let Some(palette) = canvas::page_palette() {
                save_svg(&name, &scene, &palette);
            }
        }
        Word::KeepAsIs => state.keep_as_is(),
        Word::Fit(repairs) => state.fit(repairs),
        Word::CopyLink => link::copy(state),
        Word::Repaint => {
            canvas::forget_palette();
            state.repaint.update(|n| *n += 1);
        }
        Word::Report { form, page } => export::start(state, form, *page),
    }
}

fn on_event(event: Event) {
    let Some(state) = with_study(|study| study.state) else {
        return;
    };
    match event {
        Event::QueryResult {
            desk,
            ticket,
            answer,
        } => desk::on_answer(desk, ticket, answer),
        Event::Frame {
            set,
            frame,
            result,
            sample,
            fit,
        } => state.take_frame(set, frame, result, (sample, fit)),
        Event::Gathered { set, whole } => state.take_gathered(set, whole),
        Event::Looked(look) => state.take_look(look),
        Event::Died(text) => wish(&Wish::Tell {
            text,
            warning: true,
        }),
    }
}
