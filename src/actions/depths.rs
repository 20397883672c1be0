//! Which depths are shown: the sample, a link's, or those of files.

use std::sync::Arc;

use leptos::prelude::*;

use super::notices::notify;
use super::{comparing, file_store, link};
use crate::browser::dom;
use crate::state::{ComparedAnswers, Dataset, DepthInfo, Job, Origin, Severity, State};
use fathom_analysis::{DistributionSummary, FoundRange, RangeSource};
use fathom_core::i18n::tr;
use fathom_core::stats::Sketch;
use fathom_engine::range_settings::default_settings;
use fathom_engine::{BuiltDepths, Event};
use fathom_engine_wasm::JsBuffers;
use fathom_report::link::{self as report_link, SharedDepths};

/// Gives the workers' session an event that has them drop what they have in hand.
pub(super) fn begin(state: State, event: Event<JsBuffers>) {
    comparing::abandon(state);
    if let Some(pool) = state.pool() {
        pool.handle(event);
    }
}

/// Nothing came of what was begun: what is shown stays, and what was dropped for it is asked again.
pub(super) fn resume(state: State) {
    state.ask_again();
    comparing::resume(state);
}

/// Shows what the address bar asks for.
pub(crate) fn open_address(state: State) {
    link::read_address(state);
    match report_link::decode(&dom::fragment()) {
        Ok(None) => open_sample(state),
        Ok(Some(page)) => {
            let mut settings = page.settings;
            if settings.range_in_use().map(|own| own.source) == Some(RangeSource::Typed) {
                settings.found = settings.range_in_use().map(|own| FoundRange {
                    range: own.range,
                    source: RangeSource::Link,
                });
            }
            state.settings.set(settings);
            match page.depths {
                SharedDepths::Sample => open_sample(state),
                SharedDepths::Sketch {
                    source,
                    summary,
                    sketch,
                } => open_sketch(state, source, summary, sketch),
            }
        }
        Err(error) => {
            notify(
                state,
                Severity::Warning,
                tr!("{error} The built-in sample is shown instead.", error),
            );
            open_sample(state);
        }
    }
}

/// Shows the built-in sample.
pub(crate) fn open_sample(state: State) {
    file_store::forget(state);
    state.job.set(Job::Building);
    state.building.set(None);
    state.coming.set_value(Origin::Sample);
    begin(state, Event::Sample);
}

/// The built-in sample with the settings of a first visit.
pub(crate) fn start_over(state: State) {
    state.notices.set(Vec::new());
    state.refused.set(Vec::new());
    state.settings.set(default_settings());
    open_sample(state);
}

fn open_sketch(state: State, source: String, summary: DistributionSummary, sketch: Sketch) {
    file_store::forget(state);
    state.job.set(Job::Building);
    state.building.set(None);
    let origin = Origin::Link {
        source,
        summary: Box::new(summary),
    };
    state.coming.set_value(origin);
    begin(state, Event::Sketch(Box::new(sketch)));
}

/// Shows depths that a worker holds now.
pub(super) fn show(state: State, depths: &BuiltDepths, origin: Origin) {
    let serial = state.serial_untracked() + 1;
    // A link tells the figures of the depths that it sums up.
    let summary = match &origin {
        Origin::Link { summary, .. } => **summary,
        Origin::Sample | Origin::Files { .. } => depths.summary,
    };
    let is_compared = match &origin {
        Origin::Sample => false,
        Origin::Link { .. } => true,
        Origin::Files { built } => {
            file_store::use_own_candidates(state, built, &summary);
            !file_store::frames_to_compare(state, built)
                .frames
                .is_empty()
        }
    };
    state.compared.set(if is_compared {
        ComparedAnswers::Pending
    } else {
        ComparedAnswers::None
    });
    let data = Dataset {
        resolution: depths.resolution,
        summary,
        origin,
        serial,
    };
    let role = data.shown_role();
    let info = DepthInfo {
        serial,
        is_sample: data.is_sample(),
        role,
        maps: role.map_or(0, |role| state.maps_of(role)),
        summary,
    };
    link::on_depths(state, &info);
    state.data.set(Some(Arc::new(data)));
    state.facts.set(Some(info));
    comparing::sync_set(state);
    state.job.set(Job::Idle);
}
