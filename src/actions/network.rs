//! The network: its files, its workers, and what they measure.

use std::collections::VecDeque;
use std::collections::btree_map::Entry;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use super::file_store;
use super::navigation::show_view;
use crate::browser::dom;
use crate::browser::network_pool::{NetworkNews, NetworkPool};
use crate::state::{Job, NetworkPhase, Origin, PageView, ReadDepth, State};
use fathom_core::depth::{Encoding, FileUse, Role};
use fathom_core::i18n::tr;
use fathom_engine::FileRow;
use fathom_engine::network::{
    EXAMPLE_MODELS, HEAD_BYTES, NetworkEvent, NetworkFile, NetworkFileKind, NetworkUpdate,
    NetworkUse, StudyOrder, TAIL_BYTES, UsedFile, example_frames, is_archive, network_use,
    split_files,
};
use fathom_report::network::{NetworkReport, NetworkSection};

/// The name of the saved figures.
const FILE_NAME: &str = "network.json";

/// Numbers of a network's files begin here: files of depth have small ones.
const FIRST_SOURCE: u32 = 1 << 31;

/// Returns true if these files have to be sorted: there is a model, here or among them, or files before them are still sorted. An archive may
/// hold a model.
pub(super) fn concerns(state: State, files: &[(String, File)]) -> bool {
    let may_be_model = |(path, _): &(String, File)| {
        is_archive(path) || network_use(path, &[]) == Some(NetworkUse::Model)
    };
    let is_sorting = state.network.work.with_value(|work| work.is_sorting);
    is_sorting || untrack(|| state.network.has_model()) || files.iter().any(may_be_model)
}

/// Takes the files of a network, and gives the rest to `read_depth`.
pub(super) fn take_files(
    state: State,
    files: Vec<(String, File)>,
    read_depth: fn(State, Vec<(String, File)>),
) {
    let read_depth: ReadDepth = Rc::new(move |files| read_depth(state, files));
    let work = state.network.work;
    let is_sorting = work.try_update_value(|work| {
        work.chosen.push_back((files, read_depth));
        std::mem::replace(&mut work.is_sorting, true)
    });
    if is_sorting != Some(false) {
        return;
    }
    spawn_local(async move {
        let next = || work.try_update_value(|work| work.chosen.pop_front());
        while let Some(Some((files, read_depth))) = next() {
            sort_files(state, files, read_depth).await;
        }
        work.update_value(|work| work.is_sorting = false);
    });
}

/// The bytes of a file that tell its use.
async fn head_of(path: &str, file: &File) -> Vec<u8> {
    if is_archive(path) {
        dom::tail_of(file, TAIL_BYTES).await
    } else {
        dom::head_of(file, HEAD_BYTES).await
    }
}

/// Returns true if there is a model: here, among these files, or in an archive among them.
async fn has_model(state: State, files: &[(String, File)]) -> bool {
    let is_model = |(path, _): &(String, File)| network_use(path, &[]) == Some(NetworkUse::Model);
    if untrack(|| state.network.has_model()) || files.iter().any(is_model) {
        return true;
    }
    for (path, file) in files.iter().filter(|(path, _)| is_archive(path)) {
        if network_use(path, &head_of(path, file).await).is_some() {
            return true;
        }
    }
    false
}

async fn sort_files(state: State, files: Vec<(String, File)>, read_depth: ReadDepth) {
    if !has_model(state, &files).await {
        return read_depth(files);
    }
    let mut with_heads = Vec::new();
    for (path, file) in files {
        let head = head_of(&path, &file).await;
        with_heads.push((path, head, file));
    }
    state.network.work.write_value().read_depth = Some(Rc::clone(&read_depth));
    let (own, rest) = split_files(with_heads);
    if !own.is_empty() {
        add_files(state, own);
    }
    if !rest.is_empty() {
        read_depth(rest);
    }
}

/// Models join those that are there; frames and encodings replace those before.
fn add_files(state: State, mut added: Vec<UsedFile<File>>) {
    added.sort_by(|a, b| a.1.cmp(&b.1));
    let has = |wanted: NetworkUse| added.iter().any(|(found, ..)| *found == wanted);
    let replaces = [
        (
            NetworkFileKind::Frame,
            has(NetworkUse::Frame) || has(NetworkUse::Archive),
        ),
        (NetworkFileKind::Archive, has(NetworkUse::Archive)),
        (NetworkFileKind::Encodings, has(NetworkUse::Encodings)),
        // Encodings stand for an INT8 model, and the other way round.
        (
            NetworkFileKind::Encodings,
            has(NetworkUse::Model) || has(NetworkUse::Archive),
        ),
    ];
    state.network.files.update(|files| {
        files.retain(|file| {
            let is_replaced = replaces.iter().any(|&(kind, is)| is && file.kind == kind);
            let has_its_name = added
                .iter()
                .any(|(_, path, _)| file_name(path) == file.name);
            !is_replaced && !has_its_name
        });
        for (found, path, file) in added {
            let all = &mut state.network.work.write_value().files;
            let last = all.last_key_value().map(|(last, _)| last + 1);
            let source = last.unwrap_or_default().max(FIRST_SOURCE);
            all.insert(source, file);
            files.push(NetworkFile {
                source,
                name: file_name(&path).to_owned(),
                kind: found.kind(),
            });
        }
    });
    show_view(state, PageView::Network);
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The example network with its frames and their ground truth.
///
/// # Errors
/// One sentence where a model cannot be fetched.
pub(super) async fn example() -> Result<Vec<(String, File)>, String> {
    let mut files = Vec::new();
    for (place, name) in EXAMPLE_MODELS {
        let file = dom::fetched_file(place, name).await;
        files.push((name.to_owned(), file.ok_or_else(lost_example)?));
    }
    for made in example_frames() {
        let file = dom::file_of_bytes(&made.path, &made.bytes).ok_or_else(lost_example)?;
        files.push((made.path, file));
    }
    Ok(files)
}

fn lost_example() -> String {
    tr!("The example network could not be fetched: check the connection and try again.").to_owned()
}

/// Forgets the network.
pub(crate) fn drop_network(state: State) {
    drop_plan(state);
    state.network.files.set(Vec::new());
    state.network.work.write_value().files.clear();
}

/// Has a network prepared whenever its files, its settings or its ground truth change.
pub(crate) fn sync_network(state: State) {
    let order = Memo::new(move |previous: Option<&Option<StudyOrder>>| {
        if !state.network.has_model() {
            return None;
        }
        // Rows of files that are being read say nothing yet, and the network's own maps are no other truth.
        state.files.track();
        let is_kept = state.job.with(Job::is_running) || has_outputs(state);
        let before = previous.and_then(Option::as_ref).filter(|_| is_kept);
        let (truths, truth_encoding) = match before {
            Some(before) => {
                let truths = before.files.iter();
                let truths = truths.filter(|file| file.kind == NetworkFileKind::Truth);
                (truths.cloned().collect(), before.truth_encoding)
            }
            None => truths(state),
        };
        let mut files = state.network.files.get();
        files.extend(truths);
        Some(StudyOrder {
            files,
            settings: state.network.settings.get(),
            truth_encoding,
        })
    });
    Effect::new(move |_| {
        state.network.attempts.track();
        let order = order.get();
        if order.is_none() && state.network.work.with_value(|work| work.pool.is_none()) {
            return;
        }
        forget_figures(state);
        state.network.phase.set(if order.is_some() {
            NetworkPhase::Preparing
        } else {
            state.network.study.set(None);
            NetworkPhase::Empty
        });
        tell_pool(state, NetworkEvent::Order(order.map(Box::new)));
    });
}

/// Prepares a network that failed anew, with workers that fetch their program again.
pub(crate) fn retry_network(state: State) {
    let failed = state.network.work.write_value().pool.take();
    drop(failed);
    state.network.attempts.update(|n| *n += 1);
}

/// Files of ground truth that are on the page, and their unit if it is known.
fn truths(state: State) -> (Vec<NetworkFile>, Option<Encoding>) {
    let is_truth = |row: &&FileRow| {
        row.part == FileUse::Map(Role::GroundTruth) && row.member.is_none() && row.facts().is_some()
    };
    let files: Vec<NetworkFile> = state.files.with(|rows| {
        let rows = rows.iter().filter(is_truth);
        rows.filter_map(|row| {
            Some(NetworkFile {
                source: u32::try_from(row.source).ok()?,
                name: row.file_name().to_owned(),
                kind: NetworkFileKind::Truth,
            })
        })
        .collect()
    });
    let encoding = state.data.with(|data| {
        let Origin::Files { built } = &data.as_ref()?.origin else {
            return None;
        };
        state.files.with(|rows| {
            let mut rows = rows.iter().filter(is_truth);
            rows.next()?.encoding_in(built)
        })
    });
    (files, encoding)
}

fn tell_pool(state: State, event: NetworkEvent) {
    let work = state.network.work;
    if let NetworkEvent::Order(Some(order)) = &event {
        // Other files of depth may replace the ground truth of the page; the network keeps its own.
        for file in &order.files {
            let found = file_store::file_of(state, file.source);
            let files = &mut work.write_value().files;
            if let (Entry::Vacant(place), Some(found)) = (files.entry(file.source), found) {
                place.insert(found);
            }
        }
    }
    let pool = work.with_value(|work| work.pool.clone()).map_or_else(
        || {
            let file = move |source| work.with_value(|work| work.files.get(&source).cloned());
            NetworkPool::new(file, move |news| on_news(state, news))
        },
        Ok,
    );
    match pool {
        Ok(pool) => {
            work.write_value().pool.get_or_insert_with(|| pool.clone());
            pool.handle(event);
        }
        Err(why) => state.network.phase.set(NetworkPhase::Failed(why)),
    }
}

fn on_news(state: State, news: NetworkNews) {
    let network = state.network;
    let work = network.work;
    match news {
        NetworkNews::Progress(progress) => {
            if network
                .progress
                .with_untracked(|old| old.stage != progress.stage)
            {
                network.since_ms.set(dom::now_ms());
            }
            network.progress.set(progress);
        }
        NetworkNews::Update(NetworkUpdate::Prepared(study)) => {
            let ready = study.ready.as_ref();
            let is_whole = ready.is_some_and(|ready| ready.truths as usize == ready.frames.len());
            network.study.set(Some(Arc::new(*study)));
            network.phase.set(NetworkPhase::Waiting);
            let begins = |event: &NetworkEvent| is_whole && *event == NetworkEvent::Begin;
            let begun =
                work.try_update_value(|work| work.planned.pop_front_if(|event| begins(event)));
            if begun.flatten().is_some() {
                begin_study(state);
            }
        }
        NetworkNews::Update(NetworkUpdate::Result(result)) => {
            network.result.set(Some(Arc::new(*result)));
        }
        NetworkNews::Update(NetworkUpdate::Complete) => {
            let result = network.result.get_untracked();
            let section = result
                .as_ref()
                .and_then(|result| serde_json::from_str(&result.outline).ok());
            network.section.set(section.map(Arc::new));
            let is_in_metres = result.is_some_and(|result| result.summary.is_in_metres);
            if is_in_metres && !has_predictions(state) {
                // The other views have nothing to lose.
                go_on(state, NetworkEvent::Outputs);
            } else {
                on_done(state);
            }
        }
        NetworkNews::Update(NetworkUpdate::Outputs(files)) => {
            let files = files.into_iter().filter_map(|file| {
                let made = dom::file_of_bytes(&file.path, &file.bytes)?;
                Some((file.path, made))
            });
            let read_depth = work.with_value(|work| work.read_depth.clone());
            if let Some(read_depth) = read_depth {
                read_depth(files.collect());
                let intake = file_store::intake(state);
                let shows = work.try_update_value(|work| {
                    work.outputs_intake = Some(intake);
                    std::mem::take(&mut work.shows_outputs)
                });
                if shows == Some(true) {
                    show_view(state, PageView::Predictions);
                }
            }
            on_done(state);
        }
        NetworkNews::Update(NetworkUpdate::Picture(picture)) => {
            network.picture.set(Some(Arc::new(*picture)));
        }
        NetworkNews::Update(NetworkUpdate::Failed(why)) => {
            if network.phase.get_untracked() == NetworkPhase::Preparing {
                // The study on the page is one of other files or settings.
                network.study.set(None);
            }
            network.phase.set(NetworkPhase::Failed(why));
        }
    }
}

/// Forgets what was measured.
fn forget_figures(state: State) {
    state.network.result.set(None);
    state.network.section.set(None);
    state.network.kept_layers.set(None);
    state.network.opened_layer.set(None);
    state.network.picture.set(None);
}

/// Returns true if the page shows predictions.
fn has_predictions(state: State) -> bool {
    let is_prediction = |row: &FileRow| {
        matches!(
            row.part,
            FileUse::Map(Role::Float | Role::Quantized | Role::Board)
        )
    };
    state
        .files
        .with_untracked(|rows| rows.iter().any(is_prediction))
}

/// Returns true if the page shows the network's own depths.
fn has_outputs(state: State) -> bool {
    let has_files = state.files.with_untracked(|rows| !rows.is_empty());
    let outputs = state.network.work.with_value(|work| work.outputs_intake);
    has_files && outputs == Some(file_store::intake(state))
}

/// Shows the network of a link, or none. A network of the reader's own stays.
pub(super) fn show_shared(state: State, section: Option<NetworkSection>) {
    if !untrack(|| state.network.has_model()) {
        forget_figures(state);
        state.network.section.set(section.map(Arc::new));
    }
}

/// Measures the network.
pub(crate) fn begin_study(state: State) {
    forget_figures(state);
    state.network.since_ms.set(dom::now_ms());
    state.network.phase.set(NetworkPhase::Measuring);
    tell_pool(state, NetworkEvent::Begin);
}

/// Measures which layers are worth 16 bits.
pub(crate) fn measure_kept(state: State) {
    go_on(state, NetworkEvent::Keep(16));
}

/// Measures repairs.
pub(crate) fn measure_repairs(state: State) {
    go_on(state, NetworkEvent::Repair);
}

/// Shows the depths of both models in the other views.
pub(crate) fn use_outputs(state: State) {
    if has_outputs(state) {
        show_view(state, PageView::Predictions);
    } else {
        state.network.work.write_value().shows_outputs = true;
        go_on(state, NetworkEvent::Outputs);
    }
}

/// Opens the picture of a layer, or closes it.
pub(crate) fn toggle_layer(state: State, place: u32) {
    let network = state.network;
    let is_open = network.opened_layer.get_untracked() == Some(place);
    network.picture.set(None);
    network.opened_layer.set((!is_open).then_some(place));
    look_at_layer(state);
}

/// Shows another frame in the picture of a layer.
pub(crate) fn show_layer_in(state: State, frame: u32) {
    state.network.picture_frame.set(frame);
    look_at_layer(state);
}

fn look_at_layer(state: State) {
    if let Some(place) = state.network.opened_layer.get_untracked() {
        let frame = state.network.picture_frame.get_untracked();
        tell_pool(state, NetworkEvent::Picture(frame, place));
    }
}

/// Plans to measure a network whole as soon as it is ready with the ground truth of all frames.
pub(super) fn plan_everything(state: State) {
    state.network.work.write_value().planned = VecDeque::from([
        NetworkEvent::Begin,
        NetworkEvent::Keep(16),
        NetworkEvent::Repair,
    ]);
}

/// Drops what is planned.
pub(super) fn drop_plan(state: State) {
    state.network.work.write_value().planned.clear();
}

/// Goes on with what is planned.
fn on_done(state: State) {
    let next = state.network.work.write_value().planned.pop_front();
    match next {
        Some(event) => go_on(state, event),
        None => state.network.phase.set(NetworkPhase::Complete),
    }
}

fn go_on(state: State, event: NetworkEvent) {
    state.network.since_ms.set(dom::now_ms());
    state.network.phase.set(NetworkPhase::Measuring);
    tell_pool(state, event);
}

/// Ends measuring at once. Measured figures stay.
pub(crate) fn cancel_study(state: State) {
    drop_plan(state);
    // A ranking that is complete comes again, as the first worker sums it up anew.
    state.network.phase.set(NetworkPhase::Waiting);
    tell_pool(state, NetworkEvent::Cancel);
}

/// The report's section on the network, once everything is measured.
pub(super) fn measured_section(state: State) -> Option<NetworkSection> {
    if state.network.phase.get_untracked() != NetworkPhase::Complete {
        return None;
    }
    let result = state.network.result.get_untracked()?;
    let report: NetworkReport = serde_json::from_str(&result.json).ok()?;
    Some(report.network)
}

/// Saves every figure.
pub(crate) fn save_study(state: State) {
    if let Some(result) = state.network.result.get_untracked() {
        // A browser that refuses leaves the figures on the page.
        drop(dom::download(
            FILE_NAME,
            "application/json",
            result.json.as_bytes(),
        ));
    }
}
