//! The side panel's upper half: what was loaded, in which role, unit and state.

use std::sync::Arc;

use leptos::prelude::*;

use super::actions;
use super::shell::FileButton;
use super::state::{Dataset, FileRow, FileState, Origin, State};
use crate::depth::{InvalidCounts, Role, SampleKind, Scale, ScalePreset};
use crate::protocol::GuessedScale;
use crate::stats::Resolution;
use crate::units;

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
        <FileButton/>
        <h2>"Data"</h2>
        {move || state.data.get().map(|data| view! { <Shown data/> })}
        <Show when=move || state.data.with(Option::is_some) && !is_sample()>
            <button class="button small" on:click=move |_| actions::start_over(state)>
                "Back to the published case"
            </button>
        </Show>
    }
}

#[component]
fn Shown(data: Arc<Dataset>) -> impl IntoView {
    let resolution = resolution_text(data.depths.resolution());
    let body = match &data.origin {
        Origin::Sample => view! {
            <div class="role">
                <i>"G"</i>
                <span>"Built-in sample"</span>
                <span class="n">{units::count(data.summary.count)}</span>
                <small>
                    "Depths made from the published percentiles of a monocular-depth network on an INT8 accelerator."
                </small>
            </div>
        }
        .into_any(),
        Origin::Link { source, .. } => view! {
            <div class="role">
                <i>"\u{2197}"</i>
                <span>{source.clone()}</span>
                <span class="n">{units::count(data.summary.count)}</span>
                <small>"Compact summary from the link; no files."</small>
            </div>
        }
        .into_any(),
        Origin::Files {
            role,
            scales,
            guesses,
        } => view! {
            <Roles shown=*role/>
            {guesses
                .integer
                .clone()
                .map(|guess| {
                    view! { <ScaleChoice kind=SampleKind::Integer scale=scales.integer guess/> }
                })}
            {guesses
                .float
                .clone()
                .map(|guess| view! { <ScaleChoice kind=SampleKind::Float scale=scales.float guess/> })}
        }
        .into_any(),
    };
    view! {
        {body}
        {resolution.map(|text| view! { <p class="hint">{text}</p> })}
    }
}

fn resolution_text(resolution: Resolution) -> Option<String> {
    match resolution {
        Resolution::Exact => None,
        Resolution::Binned { relative_error } => Some(format!(
            "More than 4 million distinct depths: binned, each off by at most {:.4} % of itself.",
            relative_error * 100.0
        )),
        Resolution::Sketch => {
            Some("Figures are within about 0.5 % of those of the files.".to_owned())
        }
    }
}

/// What is known of the files of one role.
struct RoleFacts {
    maps: usize,
    line: String,
    invalid: Option<String>,
    notices: Vec<String>,
}

fn role_facts(files: &[FileRow], role: Role) -> RoleFacts {
    let read: Vec<_> = files
        .iter()
        .filter(|f| f.name.role == role)
        .filter_map(|f| match &f.state {
            FileState::Read(facts) => Some(facts),
            _ => None,
        })
        .collect();
    let mut kinds: Vec<String> = Vec::new();
    let mut notices: Vec<String> = Vec::new();
    let mut invalid = InvalidCounts::default();
    let mut valid = 0;
    for facts in &read {
        let kind = format!(
            "{} {}, {}\u{d7}{}",
            facts.format.name(),
            facts.dtype.name(),
            facts.width,
            facts.height
        );
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
        for notice in &facts.notices {
            if !notices.contains(notice) {
                notices.push(notice.clone());
            }
        }
        invalid.add(&facts.invalid);
        valid += facts.valid;
    }
    let total = (valid + invalid.total()).max(1);
    let shown = kinds.len().min(3);
    let more = if kinds.len() > shown {
        format!(" and {} more kinds", kinds.len() - shown)
    } else {
        String::new()
    };
    RoleFacts {
        maps: read.len(),
        line: format!(
            "{}{more} \u{b7} {} valid",
            kinds[..shown].join("; "),
            units::share(valid as f64 / total as f64)
        ),
        invalid: invalid_text(&invalid),
        notices,
    }
}

fn invalid_text(invalid: &InvalidCounts) -> Option<String> {
    let reasons: Vec<String> = [
        (invalid.zero, "zero"),
        (invalid.saturated, "65535"),
        (invalid.negative, "negative"),
        (invalid.nan, "not a number"),
        (invalid.infinite, "infinite"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, why)| format!("{} {why}", units::count(n as f64)))
    .collect();
    (!reasons.is_empty()).then(|| format!("Left out: {} px", reasons.join(", ")))
}

#[component]
fn Roles(shown: Role) -> impl IntoView {
    let state = State::here();
    let row = move |role: Role| {
        let facts = state.files.with(|files| role_facts(files, role));
        let is_shown = role == shown;
        view! {
            <button
                class="role"
                class:on=is_shown
                aria-pressed=is_shown.to_string()
                title="Analyse these maps"
                on:click=move |_| {
                    if !is_shown {
                        actions::show_role(state, role);
                    }
                }
            >
                <i>{role.letter()}</i>
                <span>{role.title()}</span>
                <span class="n">{units::counted(facts.maps, "map")}</span>
                <small>
                    {facts.line} {facts.invalid.map(|text| view! { <br/> {text} })}
                    {facts
                        .notices
                        .into_iter()
                        .map(|n| view! { <br/> {format!("Note: {n}.")} })
                        .collect_view()}
                </small>
            </button>
        }
    };
    view! { <div class="roles">{move || state.roles.get().into_iter().map(row).collect_view()}</div> }
}

#[component]
fn ScaleChoice(kind: SampleKind, scale: Scale, guess: GuessedScale) -> impl IntoView {
    let state = State::here();
    let changed = move |event| {
        let chosen = event_target_value(&event);
        if let Some(preset) = ScalePreset::ALL.into_iter().find(|p| p.title() == chosen) {
            actions::set_scale(state, kind, preset);
        }
    };
    let label = match kind {
        SampleKind::Integer => "One unit of integer files is",
        SampleKind::Float => "One unit of float files is",
    };
    let guessed = guess.preset.scale() == scale;
    let options = ScalePreset::ALL
        .into_iter()
        .map(|preset| {
            view! {
                <option value=preset.title() selected=preset.scale() == scale>
                    {preset.title()}
                </option>
            }
        })
        .collect_view();
    view! {
        <label class="field">
            <span>{label}</span>
            <select on:change=changed>{options}</select>
        </label>
        <p class="hint">
            {if guessed { "Guessed " } else { "Chosen by you; the guess was " }} {guess.reason} "."
        </p>
    }
}
