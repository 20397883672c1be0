//! The network: its files, its workers, and what they measure.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::File;

use super::file_store;
use super::navigation::show_view;
use crate::browser::dom;
use crate::browser::network_pool::{NetworkNews, NetworkPool};
use crate::state::{Job, NetworkPhase, Origin, PageView, State};
use fathom_core::depth::{Encoding, FileUse, Role};
use fathom_engine::FileRow;
use fathom_engine::network::{
    HEAD_BYTES, NetworkEvent, NetworkFile, NetworkFileKind, NetworkUpdate, NetworkUse,
    OUTPUTS_FOLDER, StudyOrder, UsedFile, network_use, split_files,
};
use fathom_report::network::{NetworkReport, NetworkSection};

/// The name of the saved figures.
const FILE_NAME: &str = "network.json";

/// Numbers of a network's files begin here: files of depth have small ones.
const FIRST_SOURCE: u32 = 1 << 31;

thread_local! {
    /// The files by their numbers.
    static FILES: RefCell<BTreeMap<u32, File>> = const { RefCell::new(BTreeMap::new()) };
    /// Reads what a network computes.
    static READ_DEPTH: Cell<Option<ReadDepth>> = const { Cell::new(None) };
    /// The workers, once there was a model.
    static POOL: RefCell<Option<NetworkPool>> = const { RefCell::new(None) };
}

/// Whether some of these files belong to a network: there is a model, here or among them.
pub(super) fn concerns(state: State, files: &[(String, File)]) -> bool {
    let is_model = |(path, _): &(String, File)| network_use(path, &[]) == Some(NetworkUse::Model);
    untrack(|| state.network.has_model()) || files.iter().any(is_model)
}

/// Reads files of depth.
type ReadDepth = fn(State, Vec<(String, File)>);

/// Takes the files of a network, and gives the rest to `read_depth`.
pub(super) fn take_files(state: State, files: Vec<(String, File)>, read_depth: ReadDepth) {
    READ_DEPTH.set(Some(read_depth));
    spawn_local(async move {
        let mut with_heads = Vec::new();
        for (path, file) in files {
            let head = dom::head_of(&file, HEAD_BYTES).await;
            with_heads.push((path, head, file));
        }
        let (own, rest) = split_files(with_heads);
        if !own.is_empty() {
            add_files(state, own);
        }
        if !rest.is_empty() {
            read_depth(state, rest);
        }
    });
}

/// Models join those that are there; frames and encodings replace those before.
fn add_files(state: State, mut added: Vec<UsedFile<File>>) {
    added.sort_by(|a, b| a.1.cmp(&b.1));
    let has = |wanted: NetworkUse| added.iter().any(|(found, ..)| *found == wanted);
    let replaces = [
        (NetworkFileKind::Frame, has(NetworkUse::Frame)),
        (NetworkFileKind::Encodings, has(NetworkUse::Encodings)),
        // Encodings stand for an INT8 model, and the other way round.
        (NetworkFileKind::Encodings, has(NetworkUse::Model)),
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
            let kind = match found {
                NetworkUse::Model => NetworkFileKind::Model,
                NetworkUse::Weights => NetworkFileKind::Weights,
                NetworkUse::Encodings => NetworkFileKind::Encodings,
                NetworkUse::Frame => NetworkFileKind::Frame,
            };
            let source = FILES.with_borrow_mut(|all| {
                let last = all.last_key_value().map(|(last, _)| last + 1);
                let next = last.unwrap_or_default().max(FIRST_SOURCE);
                all.insert(next, file);
                next
            });
            files.push(NetworkFile {
                source,
                name: file_name(&path).to_owned(),
                kind,
            });
        }
    });
    show_view(state, PageView::Network);
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Forgets the network.
pub(crate) fn drop_network(state: State) {
    state.network.files.set(Vec::new());
    FILES.take();
}

/// Has a network prepared whenever its files, its settings or its ground truth change.
pub(crate) fn sync_network(state: State) {
    let order = Memo::new(move |previous: Option<&Option<StudyOrder>>| {
        if !state.network.has_model() {
            return None;
        }
        // Rows of files that are being read say nothing yet, and the network's own maps are no other truth.
        let is_own = |row: &FileRow| row.path.starts_with(OUTPUTS_FOLDER);
        let is_kept =
            state.job.with(Job::is_running) || state.files.with(|rows| rows.iter().any(is_own));
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
        let order = order.get();
        if order.is_none() && POOL.with_borrow(Option::is_none) {
            return;
        }
        state.network.result.set(None);
        state.network.phase.set(if order.is_some() {
            NetworkPhase::Preparing
        } else {
            state.network.study.set(None);
            NetworkPhase::Empty
        });
        tell_pool(state, NetworkEvent::Order(order.map(Box::new)));
    });
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
    if let NetworkEvent::Order(Some(order)) = &event {
        // Other files of depth may replace the ground truth of the page; the network keeps its own.
        for file in &order.files {
            let is_known = FILES.with_borrow(|files| files.contains_key(&file.source));
            if let Some(found) = file_store::file_of(file.source).filter(|_| !is_known) {
                FILES.with_borrow_mut(|files| files.insert(file.source, found));
            }
        }
    }
    let pool = POOL.with_borrow(Clone::clone).map_or_else(
        || {
            let file = |source| FILES.with_borrow(|files| files.get(&source).cloned());
            NetworkPool::new(file, move |news| on_news(state, news))
        },
        Ok,
    );
    match pool {
        Ok(pool) => {
            POOL.with_borrow_mut(|own| own.get_or_insert_with(|| pool.clone()).clone());
            pool.handle(event);
        }
        Err(why) => state.network.phase.set(NetworkPhase::Failed(why)),
    }
}

fn on_news(state: State, news: NetworkNews) {
    let network = state.network;
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
            if let Some(ready) = study.ready.as_ref().filter(|ready| ready.parameters > 0.0) {
                // The plan computes sizes from it.
                state.parameters.set(Some(ready.parameters));
            }
            network.study.set(Some(Arc::new(*study)));
            network.phase.set(NetworkPhase::Waiting);
        }
        NetworkNews::Update(NetworkUpdate::Result(result)) => {
            network.result.set(Some(Arc::new(*result)));
        }
        NetworkNews::Update(NetworkUpdate::Complete) => network.phase.set(NetworkPhase::Complete),
        NetworkNews::Update(NetworkUpdate::Outputs(files)) => {
            network.phase.set(NetworkPhase::Complete);
            let files = files.into_iter().filter_map(|file| {
                let made = dom::file_of_bytes(&file.path, &file.bytes)?;
                Some((file.path, made))
            });
            if let Some(read) = READ_DEPTH.get() {
                read(state, files.collect());
                show_view(state, PageView::Predictions);
            }
        }
        NetworkNews::Update(NetworkUpdate::Failed(why)) => {
            network.phase.set(NetworkPhase::Failed(why));
        }
    }
}

/// Measures the network.
pub(crate) fn begin_study(state: State) {
    state.network.result.set(None);
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
    go_on(state, NetworkEvent::Outputs);
}

fn go_on(state: State, event: NetworkEvent) {
    state.network.since_ms.set(dom::now_ms());
    state.network.phase.set(NetworkPhase::Measuring);
    tell_pool(state, event);
}

/// Ends measuring at once. What was measured stays.
pub(crate) fn cancel_study(state: State) {
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
