//! The side panel's upper half: what was loaded, in which role, unit and state.

use std::sync::Arc;

use crate::actions;
use crate::state::{Dataset, Origin, State};
use crate::views::controls::FilesAgain;

use fathom_core::depth::{Encoding, FileUse, InvalidCounts, Role, SampleKind, Scale, ScalePreset};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::stats::{MarkerInfo, Resolution, active_markers};
use fathom_core::units;
use fathom_engine::{Built, FileRow, KindInfo};
use leptos::prelude::*;

/// The panel.
#[component]
pub(super) fn DataPanel() -> impl IntoView {
    let state = State::here();
    let is_sample = move || {
        state
            .data
            .with(|d| d.as_ref().is_some_and(|d| d.is_sample()))
    };
    view! {
        <h2>{tr!("Data")}</h2>
        <Show when=move || state.data.with(Option::is_none)>
            <div class="role skeleton first"></div>
        </Show>
        {move || state.data.get().map(|data| view! { <Shown data/> })}
        <FilesAgain/>
        <Show when=move || state.data.with(Option::is_some) && !is_sample()>
            <button class="button small" on:click=move |_| actions::start_over(state)>
                {tr!("Back to the published case")}
            </button>
        </Show>
    }
}

#[component]
fn Shown(data: Arc<Dataset>) -> impl IntoView {
    let resolution = data.resolution;
    let body = match &data.origin {
        Origin::Sample => view! {
            <div class="role">
                <i>"G"</i>
                <span>{tr!("Built-in sample")}</span>
                <span class="n">{units::count(data.summary.count)}</span>
                <small>
                    {tr!("Depths made from the published percentiles of a monocular-depth network on an INT8 accelerator.")}
                </small>
            </div>
        }
        .into_any(),
        Origin::Link { source, .. } => view! {
            <div class="role">
                <i>"\u{2197}"</i>
                <span>{source.clone()}</span>
                <span class="n">{units::count(data.summary.count)}</span>
                <small>
                    {move || match resolution {
                        Resolution::Sketch { relative_error } => tr!(
                            "A summary of the depths from the link, without files. Range figures differ from those of the files by at most about {} %.",
                            format_args!("{:.1}", relative_error * 100.0)
                        ),
                        Resolution::Exact | Resolution::Binned { .. } => tr!("From the link, no files.").to_owned(),
                    }}
                </small>
            </div>
        }
        .into_any(),
        Origin::Files { built } => {
            let role = built.shown;
            let facts = built.roles.iter().find(|r| r.role == role);
            let choices = [SampleKind::Integer, SampleKind::Float]
                .into_iter()
                .filter_map(|kind| {
                    let facts = facts?.of(kind)?.clone();
                    Some(view! { <ScaleChoice role kind facts/> })
                })
                .collect_view();
            view! {
                <Roles built=built.clone()/>
                {choices}
                <Markers markers=built.markers.clone()/>
            }
            .into_any()
        }
    };
    view! {
        {body}
        {binned_text(resolution).map(|text| view! { <p class="hint">{text}</p> })}
    }
}

/// A sentence for depths that are not all kept. Those of a link say it with the link.
fn binned_text(resolution: Resolution) -> Option<String> {
    match resolution {
        Resolution::Exact | Resolution::Sketch { .. } => None,
        Resolution::Binned { relative_error } => Some(tr!(
            "More than 4 million distinct depths: binned, with a relative error of at most {} % each.",
            format_args!("{:.4}", relative_error * 100.0)
        )),
    }
}

/// The files of one role.
struct RoleInfo {
    maps: usize,
    line: String,
    invalid: Option<String>,
    notices: Vec<String>,
}

fn role_facts(files: &[FileRow], role: Role, markers: &[f64]) -> RoleInfo {
    let read = files
        .iter()
        .filter(|f| f.part == FileUse::Map(role))
        .filter_map(FileRow::facts);
    let mut kinds: Vec<String> = Vec::new();
    let mut notices: Vec<String> = Vec::new();
    let mut invalid = InvalidCounts::default();
    let (mut maps, mut valid) = (0, 0);
    for facts in read {
        for map in &facts.maps {
            let kind = format!(
                "{} {}, {}\u{d7}{}",
                facts.format.name(),
                facts.dtype.name(),
                map.width,
                map.height
            );
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
            maps += 1;
            invalid.add(&map.invalid);
            valid += map.valid(markers);
        }
        for notice in &facts.notices {
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
    }
    let total = (valid + invalid.total(markers)).max(1);
    let shown = kinds.len().min(3);
    let more = if kinds.len() > shown {
        tr!(" and {} more kinds", kinds.len() - shown)
    } else {
        String::new()
    };
    RoleInfo {
        maps,
        line: tr!(
            "{}{more} \u{b7} {} valid",
            kinds[..shown].join("; "),
            units::share(valid as f64 / total as f64),
            more
        ),
        invalid: invalid_text(&invalid, markers),
        notices,
    }
}

fn invalid_text(invalid: &InvalidCounts, markers: &[f64]) -> Option<String> {
    let named = [
        (invalid.zero, tr!("zero")),
        (invalid.negative, tr!("negative")),
        (invalid.nan, tr!("not a number")),
        (invalid.infinite, tr!("infinite")),
        (invalid.outside, tr!("outside the crop or mask")),
    ];
    let marked = invalid
        .marked
        .iter()
        .filter(|(value, _)| markers.contains(value))
        .map(|(value, n)| (*n, tr!("equal to {}", units::sample(*value))));
    let reasons: Vec<String> = named
        .into_iter()
        .map(|(n, why)| (n, why.to_owned()))
        .chain(marked)
        .filter(|(n, _)| *n > 0)
        .map(|(n, why)| tr!("{count} {why}", count = units::count(n as f64), why))
        .collect();
    (!reasons.is_empty()).then(|| tr!("No depth: {} px", reasons.join(", ")))
}

#[component]
fn Roles(built: Built) -> impl IntoView {
    let state = State::here();
    let shown = built.shown;
    let markers = active_markers(&built.markers);
    let outside = (built.outside_window > 0).then(|| {
        let count = units::count(built.outside_window as f64);
        view! { <p class="hint">{tr!("{count} px are outside the evaluation window.", count)}</p> }
    });
    let row = move |role: Role| {
        let facts = state.files.with(|files| role_facts(files, role, &markers));
        let is_shown = role == shown;
        view! {
            <button
                class="role"
                class:on=is_shown
                aria-pressed=is_shown.to_string()
                title=tr!("Analyse these maps")
                on:click=move |_| {
                    if !is_shown {
                        actions::show_role(state, role);
                    }
                }
            >
                <i>{role.letter()}</i>
                <span>{role.title()}</span>
                <span class="n">{units::counted(facts.maps, units::Noun::Map)}</span>
                <small>
                    {facts.line} {facts.invalid.map(|text| view! { <br/> {text} })}
                    {facts
                        .notices
                        .into_iter()
                        .map(|n| view! { <br/> {tr!("Note: {n}.", n)} })
                        .collect_view()}
                </small>
            </button>
        }
    };
    view! {
        <div class="roles">{move || state.roles.get().into_iter().map(&row).collect_view()}</div>
        {outside}
    }
}

/// The option for a scale that has no name, and the one for disparities.
const TYPED: &str = msgid("typed: metres per unit");
const DISPARITY: &str = msgid("disparity or inverse depth");

#[component]
fn ScaleChoice(role: Role, kind: SampleKind, facts: KindInfo) -> impl IntoView {
    let state = State::here();
    let current = facts.encoding;
    let preset = ScalePreset::ALL
        .into_iter()
        .find(|p| p.encoding() == current);
    let extra = RwSignal::new(match current {
        Encoding::Inverse { .. } => DISPARITY,
        _ if preset.is_none() => TYPED,
        _ => "",
    });
    let changed = move |event| {
        let chosen = event_target_value(&event);
        match ScalePreset::ALL.into_iter().find(|p| p.title() == chosen) {
            Some(preset) => actions::set_preset(state, role, kind, preset),
            // The number is asked for before anything changes.
            None => extra.set(if chosen == DISPARITY {
                DISPARITY
            } else {
                TYPED
            }),
        }
    };
    let label = match kind {
        SampleKind::Integer => tr!("One unit of integer files is"),
        SampleKind::Float => tr!("One unit of float files is"),
    };
    let options = ScalePreset::ALL
        .into_iter()
        .map(|p| view! { <option value=p.title() selected=preset == Some(p)>{p.title()}</option> })
        .collect_view();
    let guess = facts.guess;
    let runner_up = guess
        .others
        .first()
        .map(|p| tr!(" Next best: {}.", p.title()));
    view! {
        <label class="field">
            <span>{label}</span>
            <select on:change=changed>
                {options}
                <option value=TYPED selected=move || extra.get() == TYPED>{tr_dynamic(TYPED)}</option>
                <option value=DISPARITY selected=move || extra.get() == DISPARITY>{tr_dynamic(DISPARITY)}</option>
            </select>
        </label>
        <Show when=move || !extra.get().is_empty()>
            <TypedEncoding role kind current inverse=Signal::derive(move || extra.get() == DISPARITY)/>
        </Show>
        <p class="hint">
            {if facts.given { tr!("Chosen by you; the guess was ") } else { tr!("Guessed ") }} {guess.reason} "." {runner_up}
        </p>
    }
}

/// The number behind a scale or a disparity.
#[component]
fn TypedEncoding(
    role: Role,
    kind: SampleKind,
    current: Encoding,
    inverse: Signal<bool>,
) -> impl IntoView {
    let state = State::here();
    let refused = RwSignal::new(None::<String>);
    let value = match current {
        Encoding::Inverse { product } => product.to_string(),
        Encoding::Linear(scale) => scale.metres_per_unit().to_string(),
        Encoding::SunRotated | Encoding::KinectRaw => String::new(),
    };
    let changed = move |event| {
        let number = event_target_value(&event)
            .trim()
            .parse::<f64>()
            .unwrap_or(f64::NAN);
        // A browser reports what is half typed in a field as the field goes.
        let Some(is_inverse) = inverse.try_get_untracked() else {
            return;
        };
        let encoding = if is_inverse {
            Encoding::inverse(number)
        } else {
            Scale::from_metres_per_unit(number).map(Encoding::Linear)
        };
        match encoding {
            Ok(encoding) => {
                refused.set(None);
                actions::set_encoding(state, role, kind, encoding);
            }
            Err(why) => refused.set(Some(why.to_string())),
        }
    };
    let label = move || {
        if inverse.get() {
            tr!("Baseline \u{d7} focal length, m\u{b7}px (1 for inverse depth in 1/m)")
        } else {
            tr!("Metres per unit")
        }
    };
    view! {
        <label class="field">
            <span>{label}</span>
            <input inputmode="decimal" value=value aria-invalid=move || refused.with(Option::is_some).to_string() on:change=changed/>
        </label>
        {move || refused.get().map(|why| view! { <p class="hint bad">{why} "."</p> })}
    }
}

/// Numbers that mean "no depth": found ones with their evidence, and others that are typed.
#[component]
fn Markers(markers: Vec<MarkerInfo>) -> impl IntoView {
    let state = State::here();
    let all: Vec<f64> = markers.iter().map(|m| m.value).collect();
    let taken = active_markers(&markers);
    let rows = markers
        .iter()
        .map(|marker| {
            let value = marker.value;
            let taken = taken.clone();
            let toggled = move |event| {
                let mut next: Vec<f64> = taken.iter().copied().filter(|v| *v != value).collect();
                if event_target_checked(&event) {
                    next.push(value);
                }
                actions::set_markers(state, Some(next));
            };
            let why = if marker.habit.is_empty() {
                String::new()
            } else {
                format!(": {}", marker.habit)
            };
            view! {
                <label class="marker">
                    <input type="checkbox" prop:checked=marker.is_active on:change=toggled/>
                    <span>
                        <b>{units::sample(value)}</b>
                        {format!(" \u{d7} {}{why}", units::count(marker.count as f64))}
                    </span>
                </label>
            }
        })
        .collect_view();
    let added = move |event| {
        let typed = event_target_value(&event).trim().parse::<f64>();
        if let Ok(value) = typed
            && value > 0.0
            && value.is_finite()
        {
            let mut more = actions::as_stored(state, value);
            more.retain(|value| !all.contains(value));
            if !more.is_empty() {
                actions::set_markers(state, Some([taken.clone(), more].concat()));
            }
        }
    };
    let edited = move || state.reading.with(|r| r.markers.is_some());
    view! {
        <fieldset class="markers">
            <legend>{tr!("Samples that mean \u{201c}no depth\u{201d}, besides 0 and NaN")}</legend>
            {rows}
            <input class="add" inputmode="decimal" placeholder=tr!("another one") aria-label=tr!("Another sample that means no depth") on:change=added/>
            <Show when=edited>
                <button class="button small" on:click=move |_| actions::set_markers(state, None)>{tr!("As guessed")}</button>
            </Show>
        </fieldset>
    }
}
