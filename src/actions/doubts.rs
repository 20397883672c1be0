//! Findings about a set of maps, before a network is judged by it.

use std::sync::Arc;

use leptos::prelude::*;

use super::files::repair;
use crate::state::{Examined, State};
use fathom_analysis::understanding::{FrameSample, Repair, RepairFit, SetSample, Understanding};
use fathom_engine::{TakenRepair, taken_as_is};

/// Takes the repairs that need no question, whenever such are found.
pub(crate) fn sync_doubts(state: State) {
    Effect::new(move |_| {
        let found = state.doubts.with(|d| d.as_ref().map(|d| d.unasked.clone()));
        let unasked = found.unwrap_or_default();
        // Who chose what "no depth" is, or took repairs back, has decided.
        let is_decided = state
            .reading
            .with_untracked(|r| r.declines_repairs || r.markers.is_some());
        if !unasked.is_empty() && !is_decided {
            repair(state, &unasked);
        }
    });
}

impl State {
    /// Adds the sums of a frame to the fit that is under way.
    pub(crate) fn add_fit(self, own: Option<RepairFit>) {
        let Some(own) = own else { return };
        self.comparing.update_value(|comparing| {
            if let Some((_, sums)) = &mut comparing.fitted {
                match sums {
                    Some(sums) => sums.merge(&own),
                    None => *sums = Some(own),
                }
            }
        });
    }

    /// Takes the repairs with the numbers that all frames gave.
    fn finish_fit(self) {
        let mut fitted = None;
        self.comparing
            .update_value(|own| fitted = own.fitted.take());
        let Some((mut repairs, sums)) = fitted else {
            return;
        };
        if let Some(fitted) = sums.and_then(|sums| sums.repair()) {
            let is_fitted = |r: &Repair| RepairFit::new(*r).is_some();
            for taken in repairs.iter_mut().filter(|t| is_fitted(&t.repair.repair)) {
                taken.repair.repair = fitted;
                taken.caption = fitted.caption();
            }
        }
        repair(self, &repairs);
    }

    /// Takes the sample of a frame; the last one completes the understanding.
    pub(crate) fn add_sample(self, frame: u32, sample: FrameSample) {
        let mut complete = None;
        self.comparing.update_value(|own| {
            own.samples.insert(frame, sample);
            if own.samples.len() == own.sampled {
                let frames = std::mem::take(&mut own.samples).into_values();
                complete = Some(SetSample::new(own.set.roles.clone(), frames));
            }
        });
        if let Some(sample) = complete {
            let found = Understanding::new(&sample);
            self.examined.set(Examined::Found(Arc::new(found)));
            self.finish_fit();
        }
    }

    /// Answers the question about the set with repairs, whose numbers are fitted on all pixels first, if they have any.
    pub(crate) fn fit(self, repairs: Vec<TakenRepair>) {
        self.comparing
            .update_value(|own| own.fitted = Some((repairs, None)));
        if self.has_fit() {
            self.compare_again();
        } else {
            self.finish_fit();
        }
    }

    /// The question about the set is answered: it is right as it is.
    pub(crate) fn keep_as_is(self) {
        let taken = self.examined.with_untracked(|examined| match examined {
            Examined::Found(found) => taken_as_is(found),
            Examined::Nothing | Examined::Underway => Vec::new(),
        });
        repair(self, &taken);
    }
}
