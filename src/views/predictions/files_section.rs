//! The understanding of the files: frames against roles, and every file with its facts. Both can be corrected.

use crate::actions;
use crate::state::{Origin, State};
use crate::views::ui::heading::Heading;
use crate::views::ui::section::Fold;
use crate::views::ui::table::PlainTable;

use fathom_core::depth::{Encoding, FileUse, Role, ScalePreset};
use fathom_core::i18n::tr;
use fathom_core::stats::active_markers;
use fathom_core::units;
use fathom_engine::{Built, FileRow, FileState};
use leptos::prelude::*;

/// Rows of a table that are drawn before the reader asks for all.
const SHOWN: usize = 4;

/// The kind of data that a dragged file carries: its row.
const DRAGGED: &str = "application/x-fathom-row";

/// The section; nothing for depths that come from no file.
#[component]
pub(super) fn FilesSection() -> impl IntoView {
    let state = State::here();
    let has_files = move || state.files.with(|f| !f.is_empty());
    let title = move || {
        state.files.with(|rows| {
            let read = rows.iter().filter(|r| r.facts().is_some()).count();
            let frames = actions::frames(rows).len();
            tr!(
                "{} in {}",
                units::counted(read, units::Noun::File),
                units::counted(frames, units::Noun::Frame)
            )
        })
    };
    view! {
        <Show when=has_files>
            <section class="panel" id="files" aria-labelledby="files-title">
                <Heading id="files-title" title=tr!("Files")/>
                <p class="lead">
                    {title}
                    {tr!(". Names and folders give role and frame. To correct one, drag the file to another cell or choose its role in the list.")}
                </p>
                <Fold title=tr!("Show") on_phone=true>
                    <div class="card">
                        <Frames/>
                        <FileList/>
                    </div>
                </Fold>
            </section>
        </Show>
    }
}

/// The choice of drawing all rows, and its button.
#[component]
fn More(total: Signal<usize>, all: RwSignal<bool>) -> impl IntoView {
    view! {
        <Show when=move || { !all.get() && total.get() > SHOWN }>
            <button class="button small" on:click=move |_| all.set(true)>
                {move || tr!("Show all {}", units::count(total.get() as f64))}
            </button>
        </Show>
    }
}

/// A frame with the row of each role.
#[derive(Clone, PartialEq)]
struct Frame {
    name: String,
    files: Vec<(FileUse, Option<(usize, String)>)>,
    problem: Option<&'static str>,
}

/// Parts that have a column.
fn columns(rows: &[FileRow]) -> Vec<FileUse> {
    let mut parts: Vec<FileUse> = [Role::GroundTruth, Role::Float, Role::Quantized]
        .map(FileUse::Map)
        .to_vec();
    for part in [FileUse::Map(Role::Board), FileUse::Mask] {
        if rows.iter().any(|r| r.part == part) {
            parts.push(part);
        }
    }
    parts
}

fn frames_of(rows: &[FileRow]) -> Vec<Frame> {
    let columns = columns(rows);
    let present: Vec<FileUse> = columns
        .iter()
        .copied()
        .filter(|part| {
            rows.iter()
                .any(|r| r.part == *part && r.part != FileUse::Mask)
        })
        .collect();
    let names = {
        let mut names = actions::frames(rows);
        let masks = rows
            .iter()
            .filter(|r| r.part == FileUse::Mask)
            .map(|r| r.frame.clone());
        let more: Vec<String> = masks.filter(|m| !names.contains(m)).collect();
        names.extend(more);
        names
    };
    let mut by_place: std::collections::HashMap<(&str, FileUse), usize> =
        std::collections::HashMap::new();
    for (index, row) in rows.iter().enumerate() {
        if row.facts().is_some() || row.part == FileUse::Mask {
            by_place
                .entry((row.frame.as_str(), row.part))
                .or_insert(index);
        }
    }
    let frame = |name: &String| {
        let files: Vec<_> = columns
            .iter()
            .map(|part| {
                let at = by_place.get(&(name.as_str(), *part));
                (*part, at.map(|&i| (i, rows[i].file_name().to_owned())))
            })
            .collect();
        let lacks = |part: FileUse| {
            present.contains(&part) && files.iter().any(|(p, f)| *p == part && f.is_none())
        };
        let problem = if lacks(FileUse::Map(Role::GroundTruth)) {
            Some(tr!("no ground truth of this name"))
        } else if lacks(FileUse::Map(Role::Float)) {
            Some(tr!("no FP32 prediction of this name"))
        } else if lacks(FileUse::Map(Role::Quantized)) {
            Some(tr!("no INT8 prediction of this name"))
        } else {
            None
        };
        Frame {
            name: name.clone(),
            files,
            problem,
        }
    };
    names.iter().map(frame).collect()
}

#[component]
fn Frames() -> impl IntoView {
    let state = State::here();
    let frames = Memo::new(move |_| state.files.with(|rows| frames_of(rows)));
    let all = RwSignal::new(false);
    let total = Signal::derive(move || frames.with(Vec::len));
    let unmatched = move || {
        let count = frames.with(|f| f.iter().filter(|f| f.problem.is_some()).count());
        (count > 0).then(|| {
            tr!(
                "{} without a partner in another role: listed first in red.",
                units::counted(count, units::Noun::Frame)
            )
        })
    };
    let head = move || {
        state.files.with(|rows| {
            columns(rows)
                .into_iter()
                .map(|part| view! { <th scope="col">{part.title()}</th> })
                .collect_view()
        })
    };
    let body = move || {
        frames.with(|frames| {
            let mut sorted: Vec<&Frame> = frames.iter().collect();
            // A stable sort: each half keeps the order of the files.
            sorted.sort_by_key(|f| f.problem.is_none());
            let shown = if all.get() {
                sorted.len()
            } else {
                SHOWN.min(sorted.len())
            };
            sorted[..shown]
                .iter()
                .map(|f| frame_row(state, (*f).clone()))
                .collect_view()
        })
    };
    view! {
        {move || unmatched().map(|text| view! { <p class="foot">{text}</p> })}
        <PlainTable label=tr!("Frames and roles") long=true class="frames">
            <thead><tr><th scope="col">{tr!("Frame")}</th>{head}<th scope="col">{tr!("Matched")}</th></tr></thead>
            <tbody>{body}</tbody>
        </PlainTable>
        <More total all/>
    }
}

fn frame_row(state: State, frame: Frame) -> impl IntoView {
    let name = if frame.name.is_empty() {
        tr!("(one)").to_owned()
    } else {
        frame.name.clone()
    };
    let looked = {
        let name = frame.name.clone();
        move |_| state.show(&name)
    };
    let is_looked_at = {
        let name = frame.name.clone();
        move || state.look.with(|l| l.frame == name)
    };
    let cells = frame
        .files
        .into_iter()
        .map(|(part, file)| {
            let target = frame.name.clone();
            let over = RwSignal::new(false);
            let dropped = move |event: leptos::ev::DragEvent| {
                over.set(false);
                let row = event
                    .data_transfer()
                    .and_then(|t| t.get_data(DRAGGED).ok())
                    .and_then(|text| text.parse().ok());
                if let Some(row) = row {
                    event.prevent_default();
                    event.stop_propagation();
                    actions::move_file(state, row, part, &target);
                }
            };
            let entered = move |event: leptos::ev::DragEvent| {
                let ours = event.data_transfer().is_some_and(|t| t.types().includes(&DRAGGED.into(), 0));
                if ours {
                    event.prevent_default();
                    over.set(true);
                }
            };
            view! {
                <td class:over=move || over.get() on:dragover=entered on:dragleave=move |_| over.set(false) on:drop=dropped>
                    {match file {
                        Some((row, name)) => {
                            let drag = move |event: leptos::ev::DragEvent| {
                                if let Some(transfer) = event.data_transfer() {
                                    drop(transfer.set_data(DRAGGED, &row.to_string()));
                                }
                            };
                            view! { <span class="file" draggable="true" title=tr!("Drag to another role or frame") on:dragstart=drag>{name}</span> }.into_any()
                        }
                        None => view! { <span class="none">{units::MISSING}</span> }.into_any(),
                    }}
                </td>
            }
        })
        .collect_view();
    let problem = frame.problem;
    view! {
        <tr class:bad=problem.is_some() class:current=is_looked_at>
            <th scope="row"><button class="link" on:click=looked title=tr!("Look at this frame")>{name}</button></th>
            {cells}
            <td>{problem.unwrap_or(tr!("yes"))}</td>
        </tr>
    }
}

#[component]
fn FileList() -> impl IntoView {
    let state = State::here();
    let open = RwSignal::new(false);
    let all = RwSignal::new(false);
    let total = Signal::derive(move || state.files.with(Vec::len));
    let body = move || {
        let data = state.data.get();
        let built = data.as_ref().and_then(|d| match &d.origin {
            Origin::Files { built } => Some(built.clone()),
            Origin::Sample | Origin::Link { .. } => None,
        });
        state.files.with(|rows| {
            let shown = if all.get() {
                rows.len()
            } else {
                SHOWN.min(rows.len())
            };
            rows[..shown]
                .iter()
                .enumerate()
                .map(|(index, row)| file_row(state, index, row, built.as_ref()))
                .collect_view()
        })
    };
    view! {
        <details on:toggle=move |_| open.update(|o| *o = !*o)>
            <summary>{tr!("Every file: role, unit, size, type, valid pixels, depths")}</summary>
            <Show when=move || open.get()>
                <PlainTable label=tr!("Every file") long=true class="list">
                    <thead>
                        <tr>
                            <th scope="col">{tr!("File")}</th>
                            <th scope="col">{tr!("Role")}</th>
                            <th scope="col">{tr!("Unit")}</th>
                            <th scope="col">{tr!("Size, px")}</th>
                            <th scope="col">{tr!("Type")}</th>
                            <th scope="col">{tr!("Valid")}</th>
                            <th scope="col">{tr!("Min")}</th>
                            <th scope="col">{tr!("Median")}</th>
                            <th scope="col">{tr!("Max")}</th>
                        </tr>
                    </thead>
                    <tbody>{body}</tbody>
                </PlainTable>
                <More total all/>
            </Show>
        </details>
    }
}

fn file_row(
    state: State,
    index: usize,
    row: &FileRow,
    built: Option<&Built>,
) -> impl IntoView + use<> {
    let parts = FileUse::ALL
        .into_iter()
        .map(|part| view! { <option value=part.title() selected=part == row.part>{part.title()}</option> })
        .collect_view();
    let chosen = move |event| {
        let title = event_target_value(&event);
        if let Some(part) = FileUse::ALL.into_iter().find(|p| p.title() == title) {
            actions::set_part(state, index, part);
        }
    };
    let label = tr!("Role of {}", row.path);
    let figures = figures(row, built);
    view! {
        <tr>
            <th scope="row">{row.path.clone()} {pick(state, index, row)}</th>
            <td><select aria-label=label on:change=chosen disabled=matches!(row.state, FileState::Archive(_))>{parts}</select></td>
            <td>{own_unit(state, index, row, built)}</td>
            {figures.into_iter().map(|text| view! { <td>{text}</td> }).collect_view()}
        </tr>
    }
}

/// The encoding that a file's samples are read with.
fn encoding_of(row: &FileRow, built: Option<&Built>) -> Option<Encoding> {
    row.facts()?;
    row.encoding_in(built?)
}

/// Size, type, valid share, smallest, median and largest depth.
fn figures(row: &FileRow, built: Option<&Built>) -> Vec<String> {
    let facts = match &row.state {
        FileState::Read(facts) => facts,
        FileState::Waiting => return vec![tr!("waiting").to_owned()],
        FileState::Refused(why) => return vec![tr!("not read: {why}", why)],
        FileState::Archive(n) => {
            return vec![tr!("archive of {}", units::counted(*n, units::Noun::File))];
        }
        FileState::Beside => return vec![tr!("no map").to_owned()],
    };
    let markers = built
        .map(|b| active_markers(&b.markers))
        .unwrap_or_default();
    let first = &facts.maps[0];
    let frames = if facts.maps.len() > 1 {
        format!(", {}", units::counted(facts.maps.len(), units::Noun::Frame))
    } else {
        String::new()
    };
    let pixels: u64 = facts
        .maps
        .iter()
        .map(|m| u64::from(m.width) * u64::from(m.height))
        .sum();
    let valid: u64 = facts.maps.iter().map(|m| m.valid(&markers)).sum();
    let mut out = vec![
        format!("{}\u{d7}{}{frames}", first.width, first.height),
        format!("{} {}", facts.format.name(), facts.dtype.name()),
        units::share(valid as f64 / pixels.max(1) as f64),
    ];
    let encoding = encoding_of(row, built).unwrap_or(Encoding::METRES);
    match first.spread {
        // Samples of another order have no smallest depth at their smallest sample.
        Some(_) if !encoding.is_monotone() => out.extend([units::MISSING; 3].map(str::to_owned)),
        Some(spread) => {
            let mut ends = [encoding.metres(spread.min), encoding.metres(spread.max)];
            ends.sort_by(f64::total_cmp);
            out.extend([ends[0], encoding.metres(spread.median), ends[1]].map(units::depth));
        }
        None => out.extend([units::MISSING; 3].map(str::to_owned)),
    }
    out
}

/// The choice of an array or channel.
fn pick(state: State, index: usize, row: &FileRow) -> Option<impl IntoView + use<>> {
    let choice = row.facts()?.choice.clone()?;
    let options = choice
        .candidates
        .iter()
        .enumerate()
        .map(|(i, offer)| {
            view! { <option value=offer.name.clone() selected=i == choice.selected>{format!("{} ({})", offer.name, offer.description)}</option> }
        })
        .collect_view();
    let label = tr!("Array or channel of {}", row.path);
    Some(view! {
        <select aria-label=label on:change=move |e| actions::set_pick(state, index, &event_target_value(&e))>{options}</select>
    })
}

/// The unit of one file alone.
fn own_unit(
    state: State,
    index: usize,
    row: &FileRow,
    built: Option<&Built>,
) -> Option<impl IntoView + use<>> {
    row.part.role()?;
    row.facts()?;
    let of_role = {
        let mut plain = row.clone();
        plain.encoding = None;
        encoding_of(&plain, built)
    };
    let as_role = of_role.map_or_else(
        || "as its role".to_owned(),
        |e| tr!("{}, as its role", e.title()),
    );
    let own = row.encoding;
    let options = ScalePreset::ALL
        .into_iter()
        .map(|p| view! { <option value=p.title() selected=own == Some(p.encoding())>{p.title()}</option> })
        .collect_view();
    let changed = move |event| {
        let title = event_target_value(&event);
        let preset = ScalePreset::ALL.into_iter().find(|p| p.title() == title);
        actions::set_own_encoding(state, index, preset.map(ScalePreset::encoding));
    };
    let label = tr!("Unit of {}", row.path);
    Some(view! {
        <select aria-label=label on:change=changed>
            <option value="" selected=own.is_none()>{as_role}</option>
            {options}
        </select>
    })
}
