//! Taking changes of settings back, and making them again.

use crate::state::State;

use leptos::ev;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::dom;
use crate::controls::{Choices, Gesture, History};
use fathom_core::i18n::tr;

/// Keeps every change.
pub(super) fn keep(state: State) {
    Effect::new(move |_| {
        let choices = state.choices();
        // A range found in the data was not chosen by the reader, so undo leaves it.
        let found = choices.settings.found;
        let is_found = |history: &History<Choices, Gesture>| history.now().settings.found != found;
        state
            .controls
            .history
            .update_value(|history| match history {
                Some(old) if is_found(old) => *history = Some(History::new(choices)),
                Some(history) => {
                    let gesture = history.now().gesture(&choices);
                    history.note(choices, gesture, dom::now_ms());
                }
                None => *history = Some(History::new(choices)),
            });
        tell(state);
    });
    // Another link begins anew: its settings belong to its depths.
    window_event_listener(ev::hashchange, move |_| {
        spawn_local(async move {
            // The page listens too.
            dom::breathe().await;
            let choices = untrack(|| state.choices());
            let begun = Some(History::new(choices));
            state.controls.history.set_value(begun);
            tell(state);
        });
    });
}

/// Says what can be done now.
fn tell(state: State) {
    let steps = state.controls.history.with_value(|history| {
        let history = history.as_ref();
        history.map_or((false, false), |h| (h.can_undo(), h.can_redo()))
    });
    if state.controls.steps.get_untracked() != steps {
        state.controls.steps.set(steps);
    }
}

/// Takes the last change back.
pub(super) fn back(state: State) {
    show(state, History::undo, tr!("Undone."));
}

/// Makes it again.
pub(super) fn forth(state: State) {
    show(state, History::redo, tr!("Redone."));
}

fn show(
    state: State,
    step: fn(&mut History<Choices, Gesture>) -> Option<&Choices>,
    done: &'static str,
) {
    let history = state.controls.history;
    let choices = history.try_update_value(|history| step(history.as_mut()?).cloned());
    if let Some(choices) = choices.flatten() {
        state.take_choices(choices);
        state.controls.done.set(done);
        tell(state);
    }
}

impl State {
    /// Everything that a reader may want to take back.
    fn choices(self) -> Choices {
        Choices {
            settings: self.settings.get(),
            criterion: self.criterion.get(),
            clipping_weight: self.clipping_weight.get(),
            evaluator: self.evaluator.get(),
            own_protocol: self.own_protocol.get(),
            average: self.average.get(),
            band_edges_m: self.band_edges_m.get(),
            numbers: self.numbers.get(),
            rest: self.rest.get(),
            parameters: self.parameters.get(),
            pieces: self.pieces.get(),
        }
    }

    /// Shows other choices, the page's among them.
    fn take_choices(self, choices: Choices) {
        let before = self.compare_settings();
        put(self.settings, choices.settings);
        put(self.criterion, choices.criterion);
        put(self.clipping_weight, choices.clipping_weight);
        put(self.evaluator, choices.evaluator);
        put(self.own_protocol, choices.own_protocol);
        put(self.average, choices.average);
        put(self.band_edges_m, choices.band_edges_m);
        put(self.numbers, choices.numbers);
        put(self.rest, choices.rest);
        put(self.parameters, choices.parameters);
        put(self.pieces, choices.pieces);
        if self.compare_settings() != before {
            self.compare_again();
        }
    }
}

/// Sets what has changed, so that nothing else is computed anew.
fn put<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|now| *now != value) {
        signal.set(value);
    }
}
