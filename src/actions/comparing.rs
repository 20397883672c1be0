//! The set of frames that is compared: what is asked of the workers, and how their results are taken in.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::file_store;
use crate::browser::dom;
use crate::state::{Examined, Origin, Recoded, State, WorstMaps};
use fathom_analysis::compare::{
    Average, CompareSettings, ComparedSet, EvalProtocol, Evaluator, FrameResult, Resampling,
};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::understanding::{FrameSample, RepairFit};
use fathom_engine::{Event, FitOrder, JobId};

/// Milliseconds between two intakes of frames, at least, and how many times as long as the last one took: it must leave the processor to
/// the workers.
const INTAKE_MS: f64 = 250.0;
const INTAKE_REST: f64 = 8.0;

/// Compares the frames of the shown files, if they are others than those that are compared.
pub(crate) fn sync_set(state: State) {
    let set = state.data.with_untracked(|data| {
        data.as_ref().and_then(|data| match &data.origin {
            Origin::Files { built } => Some(file_store::frames_to_compare(state, built)),
            Origin::Sample | Origin::Link { .. } => None,
        })
    });
    let mut set = set.unwrap_or_default();
    let intake = if set.sampled().next().is_none() {
        0
    } else {
        file_store::intake(state)
    };
    let is_same = state.comparing.with_value(|own| {
        set.serial = own.set.serial;
        own.intake == intake && set == own.set
    });
    if is_same {
        resume(state);
        return;
    }
    set.serial += 1;
    let examined = if set.sampled().next().is_some() {
        Examined::Underway
    } else {
        Examined::Nothing
    };
    state.comparing.update_value(|own| {
        own.intake = intake;
        own.set = set;
    });
    state.examined.set(examined);
    state.compare_again();
}

/// The workers drop what they have in hand: a comparison that is not complete is lost.
pub(crate) fn abandon(state: State) {
    let is_gathered = state.gathered.with_untracked(Option::is_some);
    if !is_gathered {
        state.comparing.update_value(|own| own.is_abandoned = true);
    }
}

/// Compares the set once more, if its comparison was abandoned.
pub(crate) fn resume(state: State) {
    if state.comparing.with_value(|own| own.is_abandoned) {
        state.compare_again();
    }
}

/// All frames are compared, and a worker holds their predictions.
pub(crate) fn on_compared(state: State, run: JobId) {
    state.gathered.set(Some(run));
}

/// A frame was compared. Every section is made anew with each intake, on the thread that workers share a processor with: so frames are
/// taken in together from time to time, and at once only the first and, when it is there, the rest.
pub(crate) fn on_frame(
    state: State,
    frame: u32,
    result: FrameResult,
    sample: FrameSample,
    fit: Option<RepairFit>,
) {
    state.add_fit(fit);
    state.add_sample(frame, sample);
    let (taken, all) = state.practice.with_untracked(ComparedSet::progress);
    let mut waiting = 0;
    let mut run = 0;
    let mut took_ms = 0.0;
    let mut is_compared = false;
    state.comparing.update_value(|own| {
        is_compared = (frame as usize) < own.set.frames.len();
        if is_compared {
            own.came.push((frame, result));
        }
        (waiting, run, took_ms) = (own.came.len(), own.run, own.took_ms);
    });
    let is_urgent = taken == 0 || taken + waiting == all;
    if !is_compared || (waiting > 1 && !is_urgent) {
        return;
    }
    spawn_local(async move {
        if is_urgent {
            dom::next_frame().await;
        } else {
            let rest_ms = INTAKE_MS.max(INTAKE_REST * took_ms);
            dom::pause(rest_ms as i32).await;
        }
        if state.comparing.with_value(|own| own.run) != run {
            return;
        }
        let from_ms = dom::now_ms();
        state.take_in_frames();
        // The sections are made anew before the next task.
        dom::breathe().await;
        let took_ms = dom::now_ms() - from_ms;
        state.comparing.update_value(|own| own.took_ms = took_ms);
    });
}

impl State {
    /// True if there are frames to compare.
    pub(crate) fn has_practice(self) -> bool {
        self.practice.with(|p| p.evidence().is_some())
    }

    /// The fit that frames are asked for.
    fn fit_order(self) -> Option<FitOrder> {
        self.comparing.with_value(|own| {
            let (repairs, _) = own.fitted.as_ref()?;
            let repairs: Vec<_> = repairs.iter().map(|taken| taken.repair).collect();
            FitOrder::new(&repairs)
        })
    }

    /// True if a fit has to be made before the repairs are known.
    pub(crate) fn has_fit(self) -> bool {
        self.fit_order().is_some()
    }

    /// Compares the set once more, with other settings.
    pub(crate) fn compare_again(self) {
        let Some(pool) = self.pool() else { return };
        let set = self.comparing.with_value(|own| own.set.clone());
        self.gathered.set(None);
        self.worst_maps.set(WorstMaps::Unknown);
        self.recoded.set(Recoded::Underway);
        let practice = ComparedSet::new(set.members());
        let mut places = practice.indices().to_vec();
        let lone = set.frames.len()..set.sampled().count();
        places.extend(lone.filter_map(|place| u32::try_from(place).ok()));
        self.comparing.update_value(|own| {
            own.run = own.run.wrapping_add(1);
            own.is_abandoned = false;
            own.came.clear();
            own.samples.clear();
            own.sampled = places.len();
        });
        self.practice.set(practice);
        let settings = Box::new(self.compare_settings());
        let fit = self.fit_order();
        pool.handle(Event::Compare(Box::new(set), places, settings, fit));
    }

    fn take_in_frames(self) {
        let mut came = Vec::new();
        self.comparing
            .update_value(|own| came = std::mem::take(&mut own.came));
        if came.is_empty() {
            return;
        }
        self.practice.update(|practice| {
            for (frame, result) in came {
                practice.add_result(frame, result);
            }
        });
    }

    /// The protocol of measuring predictions.
    pub(crate) fn protocol(self) -> EvalProtocol {
        self.own_protocol
            .get()
            .unwrap_or_else(|| self.evaluator.get().protocol())
    }

    /// Measures as an evaluator does, with its average.
    pub(crate) fn measure_as(self, evaluator: Evaluator) {
        self.average.set(if evaluator.averages_frames() {
            Average::PerFrame
        } else {
            Average::Pooled
        });
        self.evaluator.set(evaluator);
        self.own_protocol.set(None);
        self.compare_again();
    }

    /// The predictions over other ranges and codes, where they are measured on the pixels that the evaluator measures.
    pub(crate) fn comparable_recodings(self) -> Option<Arc<Requantized>> {
        self.protocol().is_plain().then_some(())?;
        self.recoded.with(|recoded| match recoded {
            Recoded::There(found) => Some(Arc::clone(found)),
            Recoded::Nothing | Recoded::Underway => None,
        })
    }

    /// True if figures on other ranges for the predictions are still to come.
    pub(crate) fn awaits_recodings(self) -> bool {
        self.recoded.with(|recoded| *recoded == Recoded::Underway)
    }

    /// Settings of the comparison now.
    pub(crate) fn compare_settings(self) -> CompareSettings {
        CompareSettings {
            protocol: untrack(|| self.protocol()),
            band_edges_m: self.band_edges_m.get_untracked(),
            ..CompareSettings::default()
        }
    }

    /// Resampling of frames for intervals.
    pub(crate) fn resampling(self) -> Resampling {
        Resampling::with_average(self.average.get())
    }
}
