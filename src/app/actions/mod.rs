//! Everything that changes the page's state: here what concerns the shown depths and the settings, in `files` the set of files, in
//! `pictures` the maps that are looked at.

mod files;
mod pictures;
mod study;

pub(super) use files::{
    as_stored, cancel, move_file, read_dropped, read_files, repair, set_crop, set_encoding,
    set_markers, set_own_encoding, set_part, set_pick, set_preset, set_resize, set_uses,
    set_window, show_role, undo_repairs,
};
pub(super) use pictures::{frames, keep_pictures, look_at};
pub(super) use study::{answer_with, keep_as_is, keep_study};

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::state::{ComparedAnswers, Curve, Dataset, Job, Notice, Origin, Severity, State, Theme};
use crate::bridge::{Form, Word};
use crate::web::pool::{Event, NO_JOB, Pool};
use crate::web::study as browser_study;
use crate::web::{browser, canvas};
use fathom_analysis::{
    BestEndSearch, CODE_FOUND, DistributionSummary, EndSweep, FoundRange, NamedRange, RangeSource,
    own_candidates,
};
use fathom_core::i18n::tr;
use fathom_core::quant::{OutputRange, RangeError};
use fathom_core::stats::{Distribution, Sketch, active_markers};
use fathom_engine::file_set::input_infos;
use fathom_engine::range_settings::default_settings;
use fathom_engine::report_basis::{files_source, sample_source};
use fathom_engine::{Built, JobId, ReadingSettings, ReportBasis};
use fathom_plot::Scene;
use fathom_report::link::{self, MAX_RANGES, SharedDepths};
use fathom_report::report::{InputInfo, ReadingInfo, Searches};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Longest piece of work between two looks at the user's input, in milliseconds: half a frame.
const SLICE_MS: f64 = 8.0;

/// Where the chosen theme is kept.
const THEME_KEY: &str = "fathom.theme";

/// How far the page has come.
enum Stage {
    /// Sections are still mounted, one after the other; what has been made for them meanwhile.
    Mounting(Option<(JobId, Distribution, Option<Built>)>),
    /// Every section is there.
    Whole,
}

thread_local! {
    static STAGE: RefCell<Stage> = const { RefCell::new(Stage::Mounting(None)) };
    static POOL: RefCell<Option<Pool>> = const { RefCell::new(None) };
    static CURVE: Cell<u32> = const { Cell::new(0) };
    /// The depths that the curve was last measured on.
    static MEASURED: Cell<JobId> = const { Cell::new(0) };
    static SEARCH: Cell<u32> = const { Cell::new(0) };
    static NOTICES: Cell<u32> = const { Cell::new(0) };
}

fn next(counter: &'static std::thread::LocalKey<Cell<u32>>) -> u32 {
    counter.with(|c| {
        c.set(c.get().wrapping_add(1));
        c.get()
    })
}

fn pool() -> Option<Pool> {
    POOL.with_borrow(Clone::clone)
}

/// Somebody is about to bring files.
pub(super) fn expect_files() {
    if let Some(pool) = pool() {
        pool.warm();
        browser_study::say(&Word::FilesComing);
    }
}

/// Starts the workers. Where the address bar asks for nothing else, they make the sample while the page's sections are mounted.
pub(super) fn prepare(state: State) {
    match Pool::start(move |event| on_event(state, event)) {
        Ok(pool) => {
            POOL.with_borrow_mut(|slot| *slot = Some(pool));
            if !files::start_waiting(state) && browser::fragment().is_empty() {
                open_sample(state);
            }
        }
        Err(message) => state.job.set(Job::Failed(message)),
    }
}

/// Every section is mounted: shows what was made before that, or opens what the address bar asks for.
pub(super) fn open(state: State) {
    let held = STAGE.replace(Stage::Whole);
    // Without workers the page has said why; files that somebody brought meanwhile come before the link.
    let Some(pool) = pool() else { return };
    if let Stage::Mounting(Some((job, depths, built))) = held
        && pool.is_latest(job)
    {
        on_built(state, job, depths, built);
    } else if pool.is_latest(NO_JOB) {
        open_address(state);
    }
}

/// Shows what the address bar asks for.
pub(super) fn open_address(state: State) {
    match link::decode(&browser::fragment()) {
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
                } => open_sketch(state, source, summary, &sketch),
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
pub(super) fn open_sample(state: State) {
    files::forget(state);
    state.job.set(Job::Building);
    state.building.set(None);
    if let Some(pool) = pool() {
        pool.sample();
    }
}

/// The built-in sample with the settings of a first visit.
pub(super) fn start_over(state: State) {
    state.notices.set(Vec::new());
    state.refused.set(Vec::new());
    state.settings.set(default_settings());
    open_sample(state);
}

fn open_sketch(state: State, source: String, summary: DistributionSummary, sketch: &Sketch) {
    match sketch.distribution() {
        Ok(depths) => {
            show(state, depths, Some(summary), Origin::Link { source }, 0);
        }
        Err(error) => {
            notify(
                state,
                Severity::Warning,
                tr!("{error}; the built-in sample is shown instead.", error),
            );
            open_sample(state);
        }
    }
}

/// A share in percent, with one decimal.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

fn on_event(state: State, event: Event) {
    match event {
        Event::Read {
            file,
            result,
            bytes,
            ..
        } => files::on_read(state, file as usize, result, bytes),
        Event::Gathered => files::on_gathered(state),
        Event::Built {
            job,
            distribution,
            built,
        } => on_built(state, job, distribution, built),
        Event::Picture { picture, result } => pictures::on_picture(state, picture, result),
        Event::Failed { message, .. } => {
            files::restore(state);
            state.job.set(Job::Failed(message));
        }
        Event::WorkerDied { message } => notify(state, Severity::Warning, message),
    }
}

fn on_built(state: State, job: JobId, depths: Distribution, built: Option<Built>) {
    let is_whole = STAGE.with_borrow(|stage| matches!(stage, Stage::Whole));
    if !is_whole {
        STAGE.set(Stage::Mounting(Some((job, depths, built))));
        return;
    }
    // In a task of its own: taking the buffers over was one already.
    spawn_local(async move {
        browser::breathe().await;
        if state.job.with_untracked(|job| *job != Job::Building) {
            return;
        }
        match built {
            Some(built) => files::on_built(state, job, depths, built),
            None => show(state, depths, None, Origin::Sample, job),
        }
    });
}

fn show(
    state: State,
    depths: Distribution,
    summary: Option<DistributionSummary>,
    origin: Origin,
    job: JobId,
) {
    // A rebuilt set has the job's number too, so the serial counts for itself.
    let serial = state
        .data
        .with_untracked(|d| d.as_ref().map_or(0, |d| d.serial))
        + 1
        + job;
    let summary = summary.unwrap_or_else(|| DistributionSummary::measure(&depths));
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
    state.best.set(Vec::new());
    state.searched.set(None);
    state.data.set(Some(Arc::new(Dataset {
        depths,
        summary,
        origin,
        serial,
    })));
    // Workers compare frames while this thread draws the figures.
    study::say_set(state);
    state.job.set(Job::Idle);
}

/// Measures the curve again whenever what it depends on has changed: the coarse one at once, the rest a slice at a time.
pub(super) fn keep_curve(state: State) {
    let what = Memo::new(move |_| {
        let how = state.settings.with(|s| s.how);
        let serial = state.data.with(|d| d.as_ref().map(|d| d.serial));
        (state.domain.get(), how, serial)
    });
    Effect::new(move |_| {
        let (Some(domain), how, Some(serial)) = what.get() else {
            return;
        };
        let mine = next(&CURVE);
        let Some(data) = state.data.get_untracked() else {
            return;
        };
        let is_new = MEASURED.replace(serial) != serial;
        spawn_local(async move {
            if is_new {
                // The figures of the table are made in the same task.
                browser::breathe().await;
            }
            let mut curve = EndSweep::new(domain, how);
            loop {
                let started = browser::now_ms();
                let was_coarse = curve.is_coarse_done();
                while browser::now_ms() - started < SLICE_MS
                    && curve.step(&data.depths)
                    && curve.is_coarse_done() == was_coarse
                {}
                if CURVE.get() != mine {
                    return;
                }
                if curve.is_coarse_done() {
                    let points = curve.points();
                    state.curve.set(Some(Curve { domain, points }));
                }
                if curve.is_done() {
                    return;
                }
                browser::breathe().await;
            }
        });
    });
}

/// Looks for the best range again whenever what it depends on has changed, a slice at a time.
pub(super) fn keep_searching(state: State) {
    let what = Memo::new(move |_| {
        let how = state
            .settings
            .with(|s| (s.how.code, s.how.bits, s.how.eval_min_m));
        let serial = state.data.with(|d| d.as_ref().map(|d| d.serial));
        (state.domain.get(), how, serial)
    });
    Effect::new(move |_| {
        let (Some(domain), _, Some(_)) = what.get() else {
            return;
        };
        let key = untrack(|| state.search_key());
        let mine = next(&SEARCH);
        let Some(data) = state.data.get_untracked() else {
            return;
        };
        let how = state.settings.with_untracked(|s| s.how);
        spawn_local(async move {
            let mut search = BestEndSearch::new(domain, how);
            loop {
                browser::breathe().await;
                study::make_way().await;
                if SEARCH.get() != mine {
                    return;
                }
                let started = browser::now_ms();
                while search.step(&data.depths) {
                    if browser::now_ms() - started > SLICE_MS {
                        break;
                    }
                }
                if search.is_done() {
                    break;
                }
            }
            state.best.set(search.best());
            state.searched.set(key);
        });
    });
}

/// Has the study copy the link, which it makes.
pub(super) fn copy_link(state: State) {
    if is_study_there(state) {
        browser_study::say(&Word::CopyLink);
    }
}

/// Whether the study is there to be asked; says where it is not.
fn is_study_there(state: State) -> bool {
    let is_there = browser_study::is_there();
    if !is_there {
        let text =
            tr!("The last sections of the page are still being loaded: try again in a moment.");
        notify(state, Severity::Info, text.to_owned());
    }
    is_there
}

/// Has the study save the report: it has sections of its own in it.
pub(super) fn export(state: State, form: Form) {
    let Some(data) = state.data.get_untracked() else {
        return;
    };
    if !is_study_there(state) {
        return;
    }
    let settings = state.settings.get_untracked();
    let page = ReportBasis {
        inputs: input_facts(state, &data),
        source: source_text(state, &data),
        summary: data.summary,
        resolution: data.depths.resolution(),
        how: settings.how,
        reading: reading_facts(state, &data),
        ranges: state.with_reports_untracked(<[_]>::to_vec),
        best: state.best.get_untracked(),
        current: settings.current,
        found: settings.found,
        is_sample: data.is_sample(),
        role: data.shown_role(),
        searches: Searches::default(),
    };
    let page = Box::new(page);
    browser_study::say(&Word::Report { form, page });
}

/// Has the study save a chart as SVG, which it has the program for.
pub(super) fn save_svg(name: &str, scene: Option<Scene>) {
    if let Some(scene) = scene {
        browser_study::say(&Word::Chart {
            name: name.to_owned(),
            scene,
        });
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
        Origin::Link { source } => tr!("link: {source}", source),
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
pub(super) fn set_range(
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
pub(super) fn move_end(state: State, max_m: f64) {
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
pub(super) fn choose_range(state: State, row: usize) {
    state.settings.update(|s| {
        if row < s.ranges.len() {
            s.current = u32::try_from(row).unwrap_or_default();
        }
    });
}

/// Adds a copy of the range in use now, ready to be edited.
pub(super) fn add_range(state: State) {
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

/// Adds a given range and takes it as the one in use now.
pub(super) fn add_named(state: State, name: &str, range: OutputRange) {
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
pub(super) fn remove_range(state: State, row: usize) {
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
pub(super) fn reset_ranges(state: State) {
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
pub(super) fn notify(state: State, severity: Severity, text: String) {
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
pub(super) fn tell_of_new_build(state: State) {
    let text = tr!(
        "A newer version of this page is there. Reload to use it: copy the link first to keep your settings.",
    );
    notify(state, Severity::Info, text.to_owned());
}

/// Takes a notice away.
pub(super) fn dismiss(state: State, id: u32) {
    state
        .notices
        .update(|notices| notices.retain(|n| n.id != id));
}

/// Takes the kept theme.
pub(super) fn restore_theme(state: State) {
    let theme = match browser::stored(THEME_KEY).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    };
    apply_theme(state, theme);
}

/// Goes on to the next theme and keeps it.
pub(super) fn next_theme(state: State) {
    let theme = match state.theme.get_untracked() {
        Theme::System => Theme::Dark,
        Theme::Dark => Theme::Light,
        Theme::Light => Theme::System,
    };
    apply_theme(state, theme);
    browser::store(THEME_KEY, theme.name().unwrap_or("system"));
}

fn apply_theme(state: State, theme: Theme) {
    browser::set_root_attribute("data-theme", theme.name());
    canvas::forget_palette();
    state.theme.set(theme);
}

/// Shows the light theme while the page is printed: paper is white, and ink is dear.
pub(super) fn begin_print(state: State) {
    browser::set_root_attribute("data-theme", Theme::Light.name());
    canvas::forget_palette();
    state.repaint.update(|n| *n += 1);
}

/// Shows the chosen theme again.
pub(super) fn end_print(state: State) {
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
