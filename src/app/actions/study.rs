//! What the page tells the study, and what the study asks of the page.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{add_named, export, files, notify, source_text};
use crate::app::state::{ComparedAnswers, Origin, Severity, State};
use crate::bridge::{DepthFacts, Wish, Word};
use crate::web::{browser, study};
use fathom_analysis::{BestRange, FoundRange};
use fathom_core::quant::CodeKind;
use fathom_engine::range_settings::use_found_range;
use fathom_engine::{FrameSet, JobId, SetDoubts, TakenRepair};
use fathom_report::answers::Answers;

thread_local! {
    static ASKED: Cell<bool> = const { Cell::new(false) };
    /// The choice of files that the study compares, and what it was told of them.
    static SAID: RefCell<(u32, FrameSet)> = RefCell::default();
    /// Until when it is given the processor, in milliseconds of the page's clock.
    static FIRST: Cell<f64> = const { Cell::new(0.0) };
    /// The depths that it was told.
    static SHOWN: Cell<JobId> = const { Cell::new(0) };
}

/// Longest time for which what can wait makes way for a comparison: long sets of frames take minutes.
const FIRST_MS: f64 = 2000.0;

/// Waits while the study compares frames and comes to its answers, as far as that is a matter of moments: its workers and this thread share processors.
pub(super) async fn make_way() {
    while browser::now_ms() < FIRST.get() {
        browser::pause(30).await;
    }
}

/// Loads the study once the first depths are shown, and keeps it informed.
pub(in crate::app) fn keep_study(state: State) {
    Effect::new(move |_| {
        if state.data.with(Option::is_some) && !ASKED.replace(true) {
            spawn_local(async move {
                // The first figures are on the screen before anything else is fetched.
                browser::breathe().await;
                study::load(
                    move |wish| on_wish(state, wish),
                    move |why| {
                        notify(state, Severity::Warning, why);
                        // Depths alone can still be answered.
                        state.compared.set(ComparedAnswers::None);
                        state.doubts.set(Some(SetDoubts::default()));
                    },
                );
            });
        }
    });
    Effect::new(move |_| {
        state
            .settings
            .with(|s| study::say(&Word::Settings(s.clone())));
    });
    Effect::new(move |_| {
        let ranges = state.with_reports(<[_]>::to_vec);
        let best = current_best(state);
        if study::is_there() {
            study::say(&Word::Measured { ranges, best });
        }
    });
    Effect::new(move |_| {
        state.data.track();
        spawn_local(async move {
            // Frames are compared before anything is asked of the depths, and the figures drawn before those are copied.
            browser::breathe().await;
            browser::breathe().await;
            say_depths(state).await;
        });
    });
    Effect::new(move |_| {
        state.theme.track();
        state.repaint.track();
        study::say(&Word::Repaint);
    });
}

/// The best ranges for the settings in use; none while they are searched.
fn current_best(state: State) -> Vec<BestRange> {
    let is_current = state.searched.get() == state.search_key();
    if is_current {
        state.best.get()
    } else {
        Vec::new()
    }
}

fn on_wish(state: State, wish: Wish) {
    match wish {
        Wish::Ready => {
            state
                .settings
                .with_untracked(|s| study::say(&Word::Settings(s.clone())));
            let ranges = state.with_reports_untracked(<[_]>::to_vec);
            let best = untrack(|| current_best(state));
            study::say(&Word::Measured { ranges, best });
            SHOWN.set(0);
            SAID.take();
            spawn_local(async move {
                browser::breathe().await;
                say_set(state);
                browser::breathe().await;
                say_depths(state).await;
            });
        }
        // More digits than these are noise of the data, and cannot be read.
        Wish::UseRange { name, range } => add_named(state, &name, range.rounded(6)),
        Wish::UseCode(code) => state.settings.update(|s| s.how.code = code),
        Wish::UseBits(bits) => state.settings.update(|s| s.how.bits = bits),
        Wish::Settings(settings) => state.settings.set(settings),
        Wish::Understood(doubts) => on_understood(state, doubts.map(|d| *d)),
        Wish::Fitted(repairs) => files::repair(state, &repairs),
        Wish::Compared => FIRST.set(0.0),
        Wish::Found(found, code) => use_found(state, found, code),
        Wish::Answers(serial, answers) => on_answers(state, serial, answers),
        Wish::Report(form) => export(state, form),
        Wish::Tell { text, warning } => {
            let severity = if warning {
                Severity::Warning
            } else {
                Severity::Info
            };
            notify(state, severity, text);
        }
    }
}

/// Takes the range of the found output code as the one in use, as the first row of the table.
fn use_found(state: State, found: FoundRange, code: CodeKind) {
    state.settings.update(|s| use_found_range(s, found, code));
}

/// The question about the files is answered with repairs, whose numbers are fitted first.
pub(in crate::app) fn answer_with(repairs: &[TakenRepair]) {
    study::say(&Word::Fit(repairs.to_vec()));
}

/// The question about the files is answered: they are right as they are.
pub(in crate::app) fn keep_as_is() {
    study::say(&Word::KeepAsIs);
}

/// Takes what was found in the files, and the repairs that need no question.
fn on_understood(state: State, doubts: Option<SetDoubts>) {
    let unasked: Vec<TakenRepair> = doubts.iter().flat_map(|d| d.unasked.clone()).collect();
    state.doubts.set(doubts);
    // Who chose what "no depth" is, or took repairs back, has decided.
    let is_decided = state
        .reading
        .with_untracked(|r| r.declines_repairs || r.markers.is_some());
    if !unasked.is_empty() && !is_decided {
        files::repair(state, &unasked);
    }
}

fn on_answers(state: State, serial: JobId, answers: Option<Box<Answers>>) {
    let is_shown = state
        .data
        .with_untracked(|data| data.as_ref().is_some_and(|data| data.serial == serial));
    if is_shown {
        state.compared.set(match answers {
            Some(answers) => ComparedAnswers::Found(Arc::from(answers)),
            None => ComparedAnswers::None,
        });
    }
}

/// Tells the study which depths are shown, if it does not know.
async fn say_depths(state: State) {
    let Some(data) = state.data.get_untracked() else {
        return;
    };
    if !study::is_there() || SHOWN.replace(data.serial) == data.serial {
        return;
    }
    let word = Word::Depths {
        resolution: data.depths.resolution(),
        facts: DepthFacts {
            serial: data.serial,
            source: source_text(state, &data),
            is_sample: data.is_sample(),
            role: data.shown_role(),
            maps: data.shown_role().map_or(0, |role| state.maps_of(role)),
            summary: data.summary,
        },
    };
    study::say_depths(&word, &data.depths).await;
}

/// Tells the study which frames there are to compare, if that has changed.
pub(super) fn say_set(state: State) {
    let Some(data) = state.data.get_untracked() else {
        return;
    };
    if !study::is_there() {
        return;
    }
    let (mut facts, files) = match &data.origin {
        Origin::Files { built } => (files::frames_to_compare(state, built), files::sources()),
        Origin::Sample | Origin::Link { .. } => Default::default(),
    };
    let intake = if facts.sampled().next().is_none() {
        0
    } else {
        files::intake()
    };
    let changed = SAID.with_borrow_mut(|(of, said)| {
        facts.serial = said.serial;
        // Other files may have the same names.
        if *of == intake && facts == *said {
            return false;
        }
        facts.serial += 1;
        (*of, *said) = (intake, facts.clone());
        true
    });
    if changed {
        state.doubts.set(None);
        let wait_ms = if facts.frames.is_empty() {
            0.0
        } else {
            FIRST_MS
        };
        FIRST.set(browser::now_ms() + wait_ms);
        study::say_with(&Word::Set(facts), &files);
    }
}
