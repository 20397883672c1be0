//! Everything that changes the page's state: here what concerns the shown depths and the settings, in `files` the set of files, in
//! `figures` what workers measure on the depths, in `pictures` the maps of the selected frame.

mod comparing;
mod conclusions;
mod doubts;
pub(crate) mod export;
mod figures;
mod files;
pub(crate) mod link;
mod navigation;
mod pictures;

pub(crate) use conclusions::{sync_answers, sync_recoded};
pub(crate) use doubts::sync_doubts;
pub(crate) use figures::sync_figures;
pub(crate) use files::{
    as_stored, cancel, move_file, read_dropped, read_files, repair, set_crop, set_encoding,
    set_markers, set_own_encoding, set_part, set_pick, set_preset, set_resize, set_uses,
    set_window, show_role, undo_repairs,
};
pub(crate) use navigation::{go_to, show_view};
pub(crate) use pictures::{Viewer, frames, look, look_at, sync_pictures};

use std::cell::Cell;
use std::sync::Arc;

use crate::browser::worker_pool::{News, WorkerPool};
use crate::browser::{canvas, dom};
use crate::state::{
    self, ComparedAnswers, Dataset, DepthInfo, Job, Notice, Origin, ReportForm, Severity, State,
    Theme,
};
use fathom_analysis::{
    CODE_FOUND, DistributionSummary, FoundRange, NamedRange, RangeSource, own_candidates,
};
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, CodeKind, OutputRange, RangeError};
use fathom_core::stats::{Sketch, active_markers};
use fathom_engine::file_set::input_infos;
use fathom_engine::range_settings::default_settings;
use fathom_engine::report_basis::{files_source, sample_source};
use fathom_engine::{BuiltDepths, Event, ReadingSettings, ReportBasis, Update as SessionUpdate};
use fathom_engine_wasm::JsBuffers;
use fathom_report::link::{self as report_link, MAX_RANGES, SharedDepths};
use fathom_report::report::{InputInfo, ReadingInfo, Searches};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Where the chosen theme is kept.
const THEME_KEY: &str = "fathom.theme";

thread_local! {
    static NOTICES: Cell<u32> = const { Cell::new(0) };
}

fn next(counter: &'static std::thread::LocalKey<Cell<u32>>) -> u32 {
    counter.with(|c| {
        c.set(c.get().wrapping_add(1));
        c.get()
    })
}

/// Starts the workers, then reads files that were dropped earlier, or opens what the address asks for.
pub(crate) fn prepare(state: State) {
    let pool = WorkerPool::start(files::file_of, move |news| on_news(state, news));
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

/// Gives the workers' session an event that has them drop what they have in hand.
fn begin(state: State, event: Event<JsBuffers>) {
    comparing::abandon(state);
    if let Some(pool) = state.pool() {
        pool.handle(event);
    }
}

/// Nothing came of what was begun: what is shown stays, and what was dropped for it is asked again.
fn resume(state: State) {
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
    files::forget(state);
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
    files::forget(state);
    state.job.set(Job::Building);
    state.building.set(None);
    let origin = Origin::Link {
        source,
        summary: Box::new(summary),
    };
    state.coming.set_value(origin);
    begin(state, Event::Sketch(Box::new(sketch)));
}

/// A share in percent, with one decimal.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn on_news(state: State, news: News) {
    match news {
        News::View(key, result) => pictures::on_view(key, result),
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
        SessionUpdate::Result(key, result) => state::on_result(key, *result),
        SessionUpdate::Frame(frame, result, sample, fit) => {
            comparing::on_frame(state, frame, result, sample, fit);
        }
        SessionUpdate::Compared(run) => comparing::on_compared(state, run),
        SessionUpdate::Replaced(text) => notify(state, Severity::Warning, text),
        SessionUpdate::NoWorkers(why) => {
            files::restore(state);
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
    files::restore(state);
    state.job.set(Job::Failed(why));
    resume(state);
}

/// Shows depths that a worker holds now.
fn show(state: State, depths: &BuiltDepths, origin: Origin) {
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
            files::use_own_candidates(state, built, &summary);
            !files::frames_to_compare(state, built).frames.is_empty()
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

/// Saves the report, once the shown ranges are measured.
pub(crate) fn export(state: State, form: ReportForm) {
    spawn_local(async move {
        let serial = state.serial_untracked();
        while !untrack(|| state.is_measured()) {
            if state.serial_untracked() != serial {
                return;
            }
            dom::next_frame().await;
        }
        if let Some(data) = state.data.get_untracked() {
            export::start(state, form, report_basis(state, &data));
        }
    });
}

/// The figures of the shown depths that a report needs before any query is answered.
fn report_basis(state: State, data: &Dataset) -> ReportBasis {
    let settings = state.settings.get_untracked();
    ReportBasis {
        inputs: input_facts(state, data),
        source: source_text(state, data),
        summary: data.summary,
        resolution: data.resolution,
        how: settings.how,
        reading: reading_facts(state, data),
        ranges: state.reports.with_untracked(|r| r.reports.clone()),
        best: state.best.get_untracked(),
        current: settings.current,
        found: settings.found,
        is_sample: data.is_sample(),
        role: data.shown_role(),
        searches: Searches::default(),
    }
}

/// How the files of the shown depths were read; nothing for what comes from none.
fn reading_facts(state: State, data: &Dataset) -> ReadingInfo {
    let Origin::Files { built } = &data.origin else {
        return ReadingInfo::default();
    };
    state.reading.with_untracked(|reading| ReadingInfo {
        crop: reading.crop,
        window: reading.window,
        markers: active_markers(&built.markers),
        repairs: reading.repair_infos(),
    })
}

fn source_text(state: State, data: &Dataset) -> String {
    match &data.origin {
        Origin::Sample => sample_source(),
        Origin::Link { source, .. } => tr!("link: {source}", source),
        Origin::Files { built } => {
            let files = files_source(built.shown);
            let repairs = state.reading.with_untracked(ReadingSettings::repairs_text);
            repairs.map_or(files.clone(), |repairs| format!("{files}. {repairs}"))
        }
    }
}

fn input_facts(state: State, data: &Dataset) -> Vec<InputInfo> {
    match &data.origin {
        Origin::Files { built } => state.files.with_untracked(|rows| input_infos(rows, built)),
        Origin::Sample | Origin::Link { .. } => Vec::new(),
    }
}

/// Sets both ends of a row.
///
/// # Errors
/// The sentence of [`RangeError`]; the row stays as it was.
pub(crate) fn set_range(
    state: State,
    row: usize,
    min_m: f64,
    max_m: f64,
) -> Result<(), RangeError> {
    let range = OutputRange::new(min_m, max_m)?;
    state.settings.update(|s| {
        if let Some(named) = s.ranges.get_mut(row) {
            named.range = range;
        }
    });
    Ok(())
}

/// Moves the end of the range in use now; an end that makes no range is ignored.
pub(crate) fn move_end(state: State, max_m: f64) {
    let row = state.settings.with_untracked(|s| s.current as usize);
    let Some(named) = state
        .settings
        .with_untracked(|s| s.ranges.get(row).cloned())
    else {
        return;
    };
    // Three digits are what a hand can aim at, and what the table shows.
    let rounded = round_to_digits(max_m);
    let moved = set_range(state, row, named.range.min_m(), rounded);
    debug_assert!(moved.is_ok() || rounded <= named.range.min_m());
}

fn round_to_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// Takes another row as the range in use now.
pub(crate) fn choose_range(state: State, row: usize) {
    state.settings.update(|s| {
        if row < s.ranges.len() {
            s.current = u32::try_from(row).unwrap_or_default();
        }
    });
}

/// Adds a copy of the range in use now, ready to be edited.
pub(crate) fn add_range(state: State) {
    state.settings.update(|s| {
        if s.ranges.len() >= MAX_RANGES {
            return;
        }
        let taken = |name: &str| s.ranges.iter().any(|r| r.name == name);
        let name = (1..).map(|i| tr!("mine {i}", i)).find(|n| !taken(n));
        if let (Some(name), Some(current)) = (name, s.ranges.get(s.current as usize)) {
            let range = current.range;
            s.ranges.push(NamedRange { name, range });
            s.current = u32::try_from(s.ranges.len() - 1).unwrap_or_default();
        }
    });
}

/// Takes a range from a section into the table. More digits than these are noise of the data, and cannot be read.
pub(crate) fn use_range(state: State, name: &str, range: OutputRange) {
    add_named(state, name, range.rounded(6));
}

/// Measures with another code.
pub(crate) fn use_code(state: State, code: CodeKind) {
    state.settings.update(|s| s.how.code = code);
}

/// Measures with another bit width.
pub(crate) fn use_bits(state: State, bits: Bits) {
    state.settings.update(|s| s.how.bits = bits);
}

/// Adds a given range and takes it as the one in use now.
pub(crate) fn add_named(state: State, name: &str, range: OutputRange) {
    state.settings.update(|s| {
        if let Some(row) = s.ranges.iter().position(|r| r.name == name) {
            s.ranges[row].range = range;
            s.current = u32::try_from(row).unwrap_or_default();
        } else if s.ranges.len() < MAX_RANGES {
            s.ranges.push(NamedRange {
                name: name.to_owned(),
                range,
            });
            s.current = u32::try_from(s.ranges.len() - 1).unwrap_or_default();
        }
    });
}

/// Removes a row; the last one stays.
pub(crate) fn remove_range(state: State, row: usize) {
    state.settings.update(|s| {
        if s.ranges.len() > 1 && row < s.ranges.len() {
            s.ranges.remove(row);
            if s.current as usize > row || s.current as usize >= s.ranges.len() {
                s.current = s.current.saturating_sub(1);
            }
        }
    });
}

/// The first candidates again: the published ones, or those of the user's own depths with the found code.
pub(crate) fn reset_ranges(state: State) {
    let own = state.data.with_untracked(|data| {
        let data = data.as_ref()?;
        (!data.is_sample()).then_some(data.summary)
    });
    let fresh = default_settings();
    state.settings.update(|s| match own {
        None => {
            s.ranges = fresh.ranges;
            s.current = fresh.current;
            s.found = fresh.found;
        }
        Some(summary) => {
            let found = s.found.map(|found| NamedRange {
                name: CODE_FOUND.to_owned(),
                range: found.range,
            });
            let own = own_candidates(&summary, s.how.code);
            let known = own
                .iter()
                .any(|own| Some(own.range) == s.found.map(|f| f.range));
            s.ranges = found.filter(|_| !known).into_iter().chain(own).collect();
            s.current = 0;
        }
    });
}

/// Says something; the same sentence is not said twice.
pub(crate) fn notify(state: State, severity: Severity, text: String) {
    state.notices.update(|notices| {
        notices.retain(|n| n.text != text);
        notices.push(Notice {
            id: next(&NOTICES),
            severity,
            text,
        });
    });
}

/// Says that the host has another build of the page.
pub(crate) fn tell_of_new_build(state: State) {
    let text = tr!(
        "A newer version of this page is there. Reload to use it: copy the link first to keep your settings.",
    );
    notify(state, Severity::Info, text.to_owned());
}

/// Takes a notice away.
pub(crate) fn dismiss(state: State, id: u32) {
    state
        .notices
        .update(|notices| notices.retain(|n| n.id != id));
}

/// Takes the kept theme.
pub(crate) fn restore_theme(state: State) {
    let theme = match dom::stored(THEME_KEY).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    };
    apply_theme(state, theme);
}

/// Goes on to the next theme and keeps it.
pub(crate) fn next_theme(state: State) {
    let theme = match state.theme.get_untracked() {
        Theme::System => Theme::Dark,
        Theme::Dark => Theme::Light,
        Theme::Light => Theme::System,
    };
    apply_theme(state, theme);
    dom::store(THEME_KEY, theme.name().unwrap_or("system"));
}

fn apply_theme(state: State, theme: Theme) {
    dom::set_root_attribute("data-theme", theme.name());
    canvas::forget_palette();
    state.theme.set(theme);
}

/// Shows the light theme while the page is printed: paper is white, and ink is dear.
pub(crate) fn begin_print(state: State) {
    dom::set_root_attribute("data-theme", Theme::Light.name());
    canvas::forget_palette();
    state.repaint.update(|n| *n += 1);
}

/// Shows the chosen theme again.
pub(crate) fn end_print(state: State) {
    apply_theme(state, state.theme.get_untracked());
    state.repaint.update(|n| *n += 1);
}

impl Theme {
    /// The attribute's value; none for the system's theme.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}
