//! News of the workers' session, and what follows from them.

use leptos::prelude::*;

use super::depths::{open_address, open_sample, resume, show};
use super::notices::notify;
use super::{comparing, file_store, files, pictures};
use crate::browser::worker_pool::{News, WorkerPool};
use crate::state::{self, Job, Origin, Severity, State};
use fathom_core::i18n::tr;
use fathom_engine::{BuiltDepths, Update as SessionUpdate};

/// Starts the workers, then reads files that were dropped earlier, or opens what the address asks for.
pub(crate) fn prepare(state: State) {
    let pool = WorkerPool::start(
        move |source| file_store::file_of(state, source),
        move |news| on_news(state, news),
    );
    match pool {
        Ok(pool) => {
            state.pool.set_value(Some(pool));
            if !files::start_waiting(state) {
                open_address(state);
            }
        }
        Err(message) => state.job.set(Job::Failed(message)),
    }
}

fn on_news(state: State, news: News) {
    match news {
        News::View(key, result) => pictures::on_view(state, key, result),
        News::FileSize(source, bytes) => files::on_size(state, source, bytes),
        News::Update(update) => on_update(state, update),
    }
}

fn on_update(state: State, update: SessionUpdate) {
    match update {
        SessionUpdate::FileRead(file, result) => files::on_read(state, file as usize, result),
        SessionUpdate::AllRead => files::on_all_read(state),
        SessionUpdate::Built(Ok(depths)) => on_built(state, &depths),
        SessionUpdate::Built(Err(why)) => on_not_built(state, why),
        SessionUpdate::Result(key, result) => state::on_result(state, key, *result),
        SessionUpdate::Frame(frame, result, sample, fit) => {
            comparing::on_frame(state, frame, result, sample, fit);
        }
        SessionUpdate::Compared(run) => comparing::on_compared(state, run),
        SessionUpdate::Replaced(text) => notify(state, Severity::Warning, text),
        SessionUpdate::NoWorkers(why) => {
            file_store::restore(state);
            state.job.set(Job::Failed(why));
        }
    }
}

fn on_built(state: State, depths: &BuiltDepths) {
    match &depths.built {
        Some(built) => files::on_built(state, depths, built),
        None => show(state, depths, state.coming.get_value()),
    }
}

fn on_not_built(state: State, why: String) {
    if let Origin::Link { .. } = state.coming.get_value()
        && state.building.get_untracked().is_none()
    {
        let text = tr!(
            "{error}; the built-in sample is shown instead.",
            error = why
        );
        notify(state, Severity::Warning, text);
        open_sample(state);
        return;
    }
    file_store::restore(state);
    state.job.set(Job::Failed(why));
    resume(state);
}
