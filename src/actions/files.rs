//! Everything about the files of a set: reading them, what they are for, how their samples become depths.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use super::depths::{begin, open_sample, resume, show};
use super::file_store::{joins, remember, restore};
use super::link::forget_section;
use super::network;
use super::notices::notify;
use crate::browser::dom;
use crate::browser::drops::Dropped;
use crate::state::{Dataset, Job, Origin, ReadTask, SetBefore, Severity, State};
use fathom_core::depth::{
    Crop, Encoding, FileUse, MARKERS, Resample, Role, SampleKind, ScalePreset,
};
use fathom_core::i18n::tr;
use fathom_core::stats::DepthWindow;
use fathom_core::units;
use fathom_engine::file_set::{
    build_order, duplicates_warning, encodings_after, ground_truth_sizes, group_of,
    left_out_notice, mask_row, match_rows, member_rows, present_roles, read_options, select_files,
    size_dumps, size_mismatch, stack_warning,
};
use fathom_engine::{
    ArchiveList, Built, BuiltDepths, Event, FileContent, FileRow, FileState, FileTask, ReadFile,
    SetJoin, TakenRepair, example_files, no_maps, role_question, take_choices,
};
use fathom_engine_wasm::JsBuffers;
use fathom_report::link;

/// Where encodings chosen on earlier visits are kept.
const ENCODINGS_KEY: &str = "fathom.encodings";

/// Time that files wait to be taken in after they were read.
const TAKE_IN_AFTER: std::time::Duration = std::time::Duration::from_millis(200);

/// Time of reading before sizes of files are added up: the browser takes a quarter of a millisecond and more for each, and what is read
/// sooner needs no pace.
const WEIGHED_AFTER_MS: i32 = 1000;

/// Files whose sizes are asked in one task.
const WEIGHED_AT_ONCE: usize = 16;

/// Reads what was dropped, folders opened.
pub(crate) fn read_dropped(state: State, dropped: Dropped) {
    read_files(state, dropped.files);
    if dropped.cut {
        let text = tr!(
            "The folder has more than 100,000 files; only the first 100,000 are read. Drop a folder that has only depth maps.",
        );
        notify(state, Severity::Warning, text.to_owned());
    }
    if let [first, rest @ ..] = dropped.lost.as_slice() {
        let others = if rest.is_empty() {
            String::new()
        } else {
            tr!(" and {} others", units::count(rest.len() as f64))
        };
        notify(
            state,
            Severity::Warning,
            tr!(
                "{first}{others} could not be opened: the browser lost access. Drop them again.",
                first,
                others
            ),
        );
    }
}

/// Reads dropped, pasted or chosen files: those of a network, and those of depth.
pub(crate) fn read_files(state: State, files: Vec<(String, File)>) {
    if network::concerns(state, &files) {
        network::drop_plan(state);
        network::take_files(state, files, read_depth_files);
    } else {
        read_depth_files(state, files);
    }
}

/// Reads files of depth.
fn read_depth_files(state: State, files: Vec<(String, File)>) {
    let all = files.len();
    let (files, omitted) = select_files(files);
    if files.is_empty() {
        let text = if all > 0 {
            tr!(
                "Nothing to read: no file in this folder has the extension of a depth map (png, npy, npz, exr, tiff, pfm, pgm, zip).",
            )
        } else {
            tr!("Nothing to read: no file was dropped or pasted.")
        };
        notify(state, Severity::Warning, text.to_owned());
        return;
    }
    remember(state);
    state.notices.set(Vec::new());
    left_out(state, omitted);
    let (join, files) = joined(state, files);
    let stays = |role: Role| join.as_ref().is_some_and(|join| join.kept.contains(&role));
    state
        .encodings
        .update(|all| all.retain(|((role, _), _)| stays(*role)));
    state.reading.update(|r| {
        r.repairs.retain(|taken| stays(taken.repair.role));
        if join.is_none() {
            r.markers = None;
            r.declines_repairs = false;
        }
    });
    let known = if let Some(join) = &join {
        say_joined(state, join);
        state.files.get_untracked()
    } else {
        Vec::new()
    };
    take(state, files, known, join.is_some());
}

/// Returns the part of the shown set that new files join, and all files of the set with them. Without such a part, the files are the new ones.
fn joined(state: State, mut files: Vec<(String, File)>) -> (Option<SetJoin>, Vec<(String, File)>) {
    let paths = files.iter().map(|(path, _)| path.as_str());
    let shown = state.files.get_untracked();
    let join = SetJoin::new(&shown, paths);
    if let Some(join) = &join {
        state.file_store.with_value(|store| {
            let kept = join.rows.iter().map(|&row| &shown[row]);
            files.extend(kept.filter_map(|row| {
                let file = store.set.file(row.source)?;
                Some((row.path.clone(), file.clone()))
            }));
        });
        files.sort_by(|a, b| a.0.cmp(&b.0));
    }
    (join, files)
}

fn say_joined(state: State, join: &SetJoin) {
    let roles: Vec<&str> = join.kept.iter().map(|role| role.title()).collect();
    let text = tr!(
        "Kept: {roles}, with frames of the same names. Drop all files together to start anew.",
        roles = roles.join(", ")
    );
    notify(state, Severity::Info, text);
}

/// Reads the shown set anew from these files, with the settings that it has.
pub(crate) fn read_anew(state: State, files: Vec<(String, File)>) {
    if network::concerns(state, &files) {
        network::take_files(state, files, read_depth_anew);
    } else {
        read_depth_anew(state, files);
    }
}

fn read_depth_anew(state: State, files: Vec<(String, File)>) {
    let (files, _) = select_files(files);
    if files.is_empty() {
        return;
    }
    remember(state);
    state.notices.set(Vec::new());
    take(state, files, state.files.get_untracked(), joins(state));
}

/// Reads these files from the beginning. Files of known paths keep what was chosen for them.
fn take(state: State, files: Vec<(String, File)>, known: Vec<FileRow>, joins: bool) {
    forget_section(state);
    let (paths, files): (Vec<String>, Vec<File>) = files.into_iter().unzip();
    let first_source = state.file_store.write_value().begin(files, joins);
    let row = |(path, source)| FileRow::new(path, None, source, None);
    let mut rows: Vec<FileRow> = paths.into_iter().zip(first_source..).map(row).collect();
    take_choices(&mut rows, &known);
    state.file_store.write_value().set.known = known;
    state.files.set(rows);
    start(state, Event::Choose);
}

/// Reads the made set of three roles.
pub(crate) fn open_example(state: State) {
    let files = example_files().into_iter().filter_map(|file| {
        let made = dom::file_of_bytes(&file.path, &file.bytes)?;
        Some((file.path, made))
    });
    read_depth_files(state, files.collect());
}

/// Reads the example network with its frames, and measures it.
pub(crate) fn open_example_network(state: State) {
    spawn_local(async move {
        match network::example().await {
            Ok(files) => {
                network::plan_everything(state);
                network::take_files(state, files, read_depth_files);
            }
            Err(why) => notify(state, Severity::Warning, why),
        }
    });
}

fn left_out(state: State, count: usize) {
    if let Some(text) = left_out_notice(count) {
        notify(state, Severity::Info, text);
    }
}

/// Reads files that were brought before there were workers; says whether there are any.
pub(super) fn start_waiting(state: State) -> bool {
    let any = state.files.with_untracked(|rows| !rows.is_empty());
    if any {
        start(state, Event::Choose);
    }
    any
}

/// Reads all rows, from the beginning or again. Before there are workers they wait.
fn start(state: State, event: fn(Vec<FileTask>) -> Event<JsBuffers>) {
    if state.pool().is_none() {
        return;
    }
    state.refused.set(Vec::new());
    state.files.update(|rows| match_rows(rows, dom::NAME_TEXT));
    let sizes = state.files.with_untracked(|rows| ground_truth_sizes(rows));
    state.file_store.update_value(|store| {
        store.reads.clear();
        store.set.task_rows.clear();
    });
    let tasks = tasks_from(state, 0, &sizes);
    state.job.set(Job::Reading {
        done: 0,
        total: tasks.len(),
        bytes_done: 0.0,
        bytes_total: 0.0,
        since_ms: dom::now_ms(),
    });
    begin(state, event(tasks));
    weigh(state);
}

/// The tasks of the rows from one on; rows without a map wait for nothing.
fn tasks_from(state: State, from: usize, sizes: &BTreeMap<String, (u32, u32)>) -> Vec<FileTask> {
    let mut tasks = Vec::new();
    state.files.update(|rows| {
        for index in from..rows.len() {
            if let FileState::Archive(_) = rows[index].state {
                continue;
            }
            let task = task_of(state, rows, index, sizes);
            rows[index].state = match task {
                Some(_) => FileState::Waiting,
                None => FileState::Beside,
            };
            if let Some(task) = task {
                tasks.push(task);
                state.file_store.write_value().set.task_rows.push(index);
            }
        }
    });
    tasks
}

/// Tells the workers' session the sizes of files, where reading them takes its time.
fn weigh(state: State) {
    let mine = state.file_store.try_update_value(|store| {
        store.readings = store.readings.wrapping_add(1);
        store.readings
    });
    spawn_local(async move {
        dom::pause(WEIGHED_AFTER_MS).await;
        let mut from = 0;
        loop {
            let is_last = state
                .file_store
                .with_value(|store| Some(store.readings) == mine);
            if !is_last || !state.job.with_untracked(Job::is_running) {
                return;
            }
            let rows = state.file_store.with_value(|store| {
                let rows = store.set.task_rows.get(from..).unwrap_or_default();
                rows.iter()
                    .copied()
                    .take(WEIGHED_AT_ONCE)
                    .collect::<Vec<_>>()
            });
            if rows.is_empty() {
                return;
            }
            let Some(pool) = state.pool() else { return };
            for (task, row) in (from..).zip(&rows) {
                if let (Ok(task), Some(bytes)) = (u32::try_from(task), bytes_of(state, *row)) {
                    pool.handle(Event::Size(task, bytes));
                }
            }
            from += rows.len();
            dom::breathe().await;
        }
    });
}

/// The size of a row's file on disk; `None` for one in an archive, which tells its sizes.
fn bytes_of(state: State, row: usize) -> Option<f64> {
    let source = state.files.with_untracked(|rows| {
        let row = rows.get(row)?;
        row.member.is_none().then_some(row.source)
    })?;
    Some(state.file_store.write_value().set.size(source))
}

/// The size of a file has become known.
pub(super) fn on_size(state: State, source: u32, bytes: f64) {
    let source = source as usize;
    state
        .file_store
        .write_value()
        .set
        .sizes
        .insert(source, bytes);
    let task = state.files.with_untracked(|rows| {
        state.file_store.with_value(|store| {
            let is_its = |row: &usize| {
                let row = rows.get(*row);
                row.is_some_and(|row| row.source == source && row.member.is_none())
            };
            store.set.task_rows.iter().position(is_its)
        })
    });
    if let (Some(task), Some(pool)) = (task.and_then(|t| u32::try_from(t).ok()), state.pool()) {
        pool.handle(Event::Size(task, bytes));
    }
}

/// Reads all files of the shown set again, because something was changed that only their pixels can tell.
fn read_again(state: State) {
    if state.files.with_untracked(Vec::is_empty) {
        return;
    }
    start(state, Event::ReadAgain);
}

/// The task of a row; nothing for masks and unused files.
fn task_of(
    state: State,
    rows: &[FileRow],
    index: usize,
    sizes: &BTreeMap<String, (u32, u32)>,
) -> Option<FileTask> {
    let row = &rows[index];
    let options = state
        .reading
        .with_untracked(|reading| read_options(rows, row, reading, sizes))?;
    let number = |source: usize| u32::try_from(source).ok();
    let mut store = state.file_store.write_value();
    let known = store.set.sizes.get(&row.source).copied();
    Some(FileTask {
        frame: row.frame.clone(),
        bytes: row.bytes.or(known).unwrap_or_default(),
        read: ReadFile {
            file: 0,
            group: group_of(&mut store.set.groups, row)?,
            source: number(row.source)?,
            mask: mask_row(rows, row).and_then(|mask| number(mask.source)),
            name: row.file_name().to_owned(),
            options,
        },
    })
}

/// One file was read. Many come in a second, and what follows from them need not be shown for each: they are taken in together, five times
/// a second. Archives at once, as their files have to be read.
pub(super) fn on_read(state: State, task: usize, result: Result<FileContent, String>) {
    let is_archive = matches!(result, Ok(FileContent::Archive(_)));
    let is_first = state.file_store.try_update_value(|store| {
        store.reads.push(ReadTask { task, result });
        store.reads.len() == 1
    });
    if is_archive {
        take_in(state);
    } else if is_first == Some(true) {
        set_timeout(move || take_in(state), TAKE_IN_AFTER);
    }
}

/// Takes in what was read since the last time.
fn take_in(state: State) {
    let reads = std::mem::take(&mut state.file_store.write_value().reads);
    if reads.is_empty() {
        return;
    }
    let mut archives = Vec::new();
    let mut refused = Vec::new();
    state.files.update(|rows| {
        let store = state.file_store.read_value();
        for ReadTask { task, result } in reads {
            let index = store.set.task_rows.get(task).copied();
            let Some((index, row)) = index.and_then(|i| Some((i, rows.get_mut(i)?))) else {
                continue;
            };
            let known = store.set.sizes.get(&row.source).copied();
            row.bytes = row.bytes.or(known);
            row.state = match result {
                Ok(FileContent::Maps(facts)) => FileState::Read(facts),
                Ok(FileContent::Archive(list)) => {
                    let count = list.members.len();
                    archives.push((index, list));
                    FileState::Archive(count)
                }
                Err(why) => {
                    refused.push(format!("{}: {why}.", row.path));
                    FileState::Refused(why)
                }
            };
        }
    });
    if !refused.is_empty() {
        state.refused.update(|all| all.extend(refused));
    }
    show_progress(state);
    for (index, list) in archives {
        add_members(state, index, &list);
    }
}

fn show_progress(state: State) {
    let Some(pool) = state.pool() else { return };
    let progress = pool.progress();
    state.job.update(|job| {
        if let Job::Reading {
            done,
            total,
            bytes_done,
            bytes_total,
            ..
        } = job
        {
            (*done, *total) = (progress.done, progress.total);
            (*bytes_done, *bytes_total) = (progress.bytes_done, progress.bytes_total);
        }
    });
}

/// The files of an archive join the set.
fn add_members(state: State, archive: usize, list: &ArchiveList) {
    let from = state.files.with_untracked(Vec::len);
    let mut notices = Vec::new();
    state.files.update(|rows| {
        let (mut more, about) = member_rows(rows, archive, list, dom::NAME_TEXT);
        notices = about;
        state
            .file_store
            .with_value(|store| take_choices(&mut more, &store.set.known));
        rows.extend(more);
        match_rows(rows, dom::NAME_TEXT);
    });
    for text in notices {
        notify(state, Severity::Info, text);
    }
    let tasks = tasks_from(state, from, &BTreeMap::new());
    if let Some(pool) = state.pool() {
        pool.handle(Event::AddFiles(tasks));
    }
    show_progress(state);
}

/// All files were read.
pub(super) fn on_all_read(state: State) {
    take_in(state);
    let roles = state.files.with_untracked(|rows| present_roles(rows));
    let Some(&first) = roles.first() else {
        begin(state, Event::Cancel);
        restore(state);
        state.job.set(Job::Failed(no_maps().to_owned()));
        resume(state);
        return;
    };
    if state.files.try_update(|rows| size_dumps(rows)) == Some(true) {
        start(state, Event::ReadAgain);
        return;
    }
    let is_resized = state.reading.with_untracked(|r| r.resize.is_some());
    if is_resized
        && state
            .files
            .with_untracked(|rows| size_mismatch(rows).is_some())
    {
        // Only now the sizes are known.
        start(state, Event::ReadAgain);
        return;
    }
    let warnings = state.files.with_untracked(|rows| {
        let is_asked = role_question(rows, dom::NAME_TEXT).is_some();
        let duplicates = duplicates_warning(rows).filter(|_| !is_asked);
        [duplicates, stack_warning(rows)]
    });
    for text in warnings.into_iter().flatten() {
        notify(state, Severity::Warning, text);
    }
    let shown = state
        .data
        .with_untracked(|d| d.as_ref().and_then(|d| d.shown_role()))
        .filter(|role| {
            let is_known = |before: &SetBefore| same_files(before, state);
            roles.contains(role)
                && state
                    .file_store
                    .with_value(|store| store.before.as_ref().is_some_and(is_known))
        })
        .unwrap_or(first);
    state.roles.set(roles);
    build(state, shown);
}

/// True if the files are those that are shown already, read again.
fn same_files(before: &SetBefore, state: State) -> bool {
    state.files.with_untracked(|rows| {
        let paths = |rows: &[FileRow]| rows.iter().map(|r| r.path.clone()).collect::<Vec<_>>();
        paths(&before.rows) == paths(rows)
    })
}

/// Builds the distribution of a role from what was gathered.
fn build(state: State, shown: Role) {
    let Some(pool) = state.pool() else { return };
    let order = state.files.with_untracked(|rows| {
        state.file_store.with_value(|store| {
            state.reading.with_untracked(|reading| {
                state.encodings.with_untracked(|chosen| {
                    build_order(rows, &store.set.groups, reading, chosen, shown)
                })
            })
        })
    });
    state.job.set(Job::Building);
    state.building.set(Some(shown));
    pool.handle(Event::Build(Box::new(order)));
}

/// A distribution of files is there.
pub(super) fn on_built(state: State, depths: &BuiltDepths, built: &Built) {
    if take_remembered(state, built) {
        return;
    }
    state.file_store.write_value().before = None;
    let built = built.clone();
    show(state, depths, Origin::Files { built });
}

/// Where the data leave a doubt, takes the encoding that was chosen on an earlier visit, if it fits; says so and builds again.
fn take_remembered(state: State, built: &Built) -> bool {
    let mut taken = Vec::new();
    for facts in &built.roles {
        for kind in [SampleKind::Integer, SampleKind::Float] {
            let Some(k) = facts.of(kind).filter(|k| !k.given && !k.guess.confident) else {
                continue;
            };
            let remembered = remembered(facts.role, kind);
            let fits = |e: &Encoding| k.guess.others.iter().any(|p| p.encoding() == *e);
            if let Some(encoding) = remembered.filter(fits) {
                taken.push(((facts.role, kind), encoding));
            }
        }
    }
    if taken.is_empty() {
        return false;
    }
    for (key, encoding) in taken {
        state.encodings.update(|e| e.push((key, encoding)));
        notify(
            state,
            Severity::Info,
            tr!(
                "{}: one unit is {}, as you chose last time.",
                key.0.title(),
                encoding.title()
            ),
        );
    }
    build(state, built.shown);
    true
}

fn remembered(role: Role, kind: SampleKind) -> Option<Encoding> {
    all_remembered()
        .into_iter()
        .find(|(key, _)| *key == (role, kind))
        .map(|(_, e)| e)
}

fn all_remembered() -> Vec<((Role, SampleKind), Encoding)> {
    dom::stored(ENCODINGS_KEY)
        .and_then(|text| link::decode_checked(&text))
        .unwrap_or_default()
}

fn keep_encoding(key: (Role, SampleKind), encoding: Encoding) {
    let mut all = all_remembered();
    all.retain(|(k, _)| *k != key);
    all.push((key, encoding));
    if let Some(text) = link::encode_checked(&all) {
        dom::store(ENCODINGS_KEY, &text);
    }
}

/// Shows a role of the files that were read.
pub(crate) fn show_role(state: State, role: Role) {
    build(state, role);
}

/// The role that is shown or about to be.
fn shown_role(state: State) -> Option<Role> {
    state
        .building
        .get_untracked()
        .filter(|_| state.job.with_untracked(|j| *j == Job::Building))
        .or_else(|| {
            state.data.with_untracked(|d| {
                d.as_ref()
                    .and_then(|d: &std::sync::Arc<Dataset>| d.shown_role())
            })
        })
}

fn rebuild(state: State) {
    if let Some(role) = shown_role(state) {
        build(state, role);
    }
}

/// Takes an encoding for one kind of samples of a role, and keeps it for the next visit.
pub(crate) fn set_encoding(state: State, role: Role, kind: SampleKind, encoding: Encoding) {
    state.encodings.update(|all| {
        all.retain(|(key, _)| *key != (role, kind));
        all.push(((role, kind), encoding));
    });
    keep_encoding((role, kind), encoding);
    rebuild(state);
}

/// The same by the name of a preset.
pub(crate) fn set_preset(state: State, role: Role, kind: SampleKind, preset: ScalePreset) {
    set_encoding(state, role, kind, preset.encoding());
}

/// Takes repairs of whole roles and reads the files anew.
pub(crate) fn repair(state: State, repairs: &[TakenRepair]) {
    // A statement that maps are right changes no pixel.
    let is_read_again = repairs.iter().any(|taken| taken.settles().is_none());
    if is_read_again {
        remember(state);
    }
    for taken in repairs {
        state.data.with_untracked(|data| {
            let built = match data.as_ref().map(|d| &d.origin) {
                Some(Origin::Files { built }) => Some(built),
                _ => None,
            };
            state
                .encodings
                .update(|all| encodings_after(all, built, taken.repair));
        });
        state.reading.update(|r| r.repairs.push(taken.clone()));
    }
    if is_read_again {
        read_again(state);
    }
}

/// Takes back all repairs, with the encodings that came with them.
pub(crate) fn undo_repairs(state: State) {
    remember(state);
    let repairs = state.reading.try_update(|r| {
        r.declines_repairs = true;
        std::mem::take(&mut r.repairs)
    });
    for taken in repairs.unwrap_or_default() {
        state
            .encodings
            .update(|all| all.retain(|(key, _)| key.0 != taken.repair.role));
    }
    read_again(state);
}

/// Takes an encoding for one file alone, or that of its role again.
pub(crate) fn set_own_encoding(state: State, row: usize, encoding: Option<Encoding>) {
    change_row(state, row, |r| r.encoding = encoding);
}

/// Sets what a file is for.
pub(crate) fn set_part(state: State, row: usize, part: FileUse) {
    change_row(state, row, |r| r.chosen_part = Some(part));
}

/// Sets what several files are for.
pub(crate) fn set_uses(state: State, uses: &[(usize, FileUse)]) {
    change_rows(state, |rows| {
        for &(row, chosen) in uses {
            if let Some(row) = rows.get_mut(row) {
                row.chosen_part = Some(chosen);
            }
        }
    });
}

/// Pairs the files of all roles in their order.
pub(crate) fn pair_by_order(state: State) {
    change_rows(state, |rows| {
        fathom_engine::file_set::pair_by_order(rows);
    });
}

/// Puts a file into a role and a frame: what dragging it does.
pub(crate) fn move_file(state: State, row: usize, part: FileUse, frame: &str) {
    change_row(state, row, |r| {
        r.chosen_part = Some(part);
        r.set_frames(vec![frame.to_owned()]);
    });
}

fn change_row(state: State, row: usize, change: impl FnOnce(&mut FileRow)) {
    change_rows(state, |rows| {
        if let Some(row) = rows.get_mut(row) {
            change(row);
        }
    });
}

fn change_rows(state: State, change: impl FnOnce(&mut Vec<FileRow>)) {
    remember(state);
    state.files.update(change);
    state.file_store.write_value().set.groups.clear();
    read_again(state);
}

/// Takes an array or channel from a file, and from all others that offer the same.
pub(crate) fn set_pick(state: State, row: usize, name: &str) {
    remember(state);
    state.files.update(|rows| {
        let offers = |r: &FileRow| {
            r.facts()
                .and_then(|f| f.choice.as_ref())
                .map(|c| c.candidates.clone())
        };
        let Some(wanted) = rows.get(row).and_then(offers) else {
            return;
        };
        let names: Vec<&str> = wanted.iter().map(|o| o.name.as_str()).collect();
        for row in rows.iter_mut() {
            let same = offers(row)
                .is_some_and(|o| o.iter().map(|o| o.name.as_str()).eq(names.iter().copied()));
            if same {
                row.pick = Some(name.to_owned());
            }
        }
    });
    read_again(state);
}

/// Takes another crop.
pub(crate) fn set_crop(state: State, crop: Crop) {
    remember(state);
    state.reading.update(|r| r.crop = crop);
    read_again(state);
}

/// Brings predictions to the size of their ground truth, or leaves them.
pub(crate) fn set_resize(state: State, how: Option<Resample>) {
    remember(state);
    state.reading.update(|r| r.resize = how);
    read_again(state);
}

/// Looks at depths within a window only.
pub(crate) fn set_window(state: State, window: DepthWindow) {
    state.reading.update(|r| r.window = window);
    rebuild(state);
}

/// A typed number as the files have it: once for every floating-point type among them, for "1.0025" is another number in each.
pub(crate) fn as_stored(state: State, typed: f64) -> Vec<f64> {
    let mut stored: Vec<f64> = state.files.with_untracked(|rows| {
        let types = rows.iter().filter_map(|r| Some(r.facts()?.dtype));
        types
            .filter(|dtype| dtype.kind() == SampleKind::Float)
            .map(|dtype| dtype.stored(typed))
            .collect()
    });
    stored.sort_by(f64::total_cmp);
    stored.dedup();
    if stored.is_empty() {
        stored.push(typed);
    }
    stored
}

/// Takes these numbers for "no depth", or those that the data speak for.
pub(crate) fn set_markers(state: State, markers: Option<Vec<f64>>) {
    let known = |value: &f64| {
        let by_file = state.files.with_untracked(|rows| {
            rows.iter()
                .any(|r| r.facts().and_then(|f| f.nodata) == Some(*value))
        });
        by_file || MARKERS.iter().any(|m| m.value == *value)
    };
    let new = markers.iter().flatten().any(|m| !known(m));
    let floats = state.files.with_untracked(|rows| {
        let kinds = rows.iter().filter_map(|r| Some(r.facts()?.dtype.kind()));
        kinds.into_iter().any(|k| k == SampleKind::Float)
    });
    if new && floats {
        // Floats may be binned already: only their files can tell how often this one occurs.
        remember(state);
        state.reading.update(|r| r.markers = markers);
        read_again(state);
    } else {
        state.reading.update(|r| r.markers = markers);
        rebuild(state);
    }
}

/// Stops what is going on; what was shown before stays.
pub(crate) fn cancel(state: State) {
    begin(state, Event::Cancel);
    state.file_store.write_value().reads.clear();
    restore(state);
    state.job.set(Job::Idle);
    resume(state);
    let text = tr!("Stopped. The previous result stays.").to_owned();
    if state.data.with_untracked(Option::is_some) {
        notify(state, Severity::Info, text);
    } else {
        open_sample(state);
    }
}
