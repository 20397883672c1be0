//! What the page asks because the files leave a doubt, one question at a time, each answered with one press.

use super::actions;
use super::state::{Origin, State};

use fathom_core::depth::{
    Encoding, Resample, Role, SampleKind, ScalePreset, better_scale, is_disparity_name,
};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::{Built, FileRow, KindInfo, SizeMismatch};
use leptos::prelude::*;

/// A question and its answers.
#[derive(Clone, PartialEq)]
enum Question {
    /// A role lies in another unit than the one it is compared with.
    Mismatch {
        /// The prediction it is about.
        about: Role,
        /// What is read in the wrong unit.
        role: Role,
        kind: SampleKind,
        in_use: Encoding,
        fit: ScalePreset,
        text: String,
    },
    /// By their names the files of a role are disparities.
    Disparity { role: Role, kind: SampleKind },
    /// The scale of a role is in doubt.
    Scale {
        role: Role,
        kind: SampleKind,
        answers: Vec<(ScalePreset, String)>,
    },
    /// Which array or channel is depth.
    Pick {
        row: usize,
        text: String,
        names: Vec<String>,
    },
    /// Sizes differ in a frame.
    Size(SizeMismatch),
}

/// The question that matters most now.
#[component]
pub(super) fn Questions() -> impl IntoView {
    let state = State::here();
    let question = Memo::new(move |_| {
        let built = state.data.with(|d| match d.as_ref().map(|d| &d.origin) {
            Some(Origin::Files { built }) => Some(built.clone()),
            _ => None,
        })?;
        let pick = state.files.with(|rows| pick(rows));
        let size = state
            .size_mismatch
            .get()
            .filter(|_| state.reading.with(|r| r.resize.is_none()));
        let disparity = state.files.with(|rows| disparity(rows, &built));
        pick.or(disparity)
            .or_else(|| state.settled.with(|settled| mismatch(&built, settled)))
            .or_else(|| scale(&built))
            .or(size.map(Question::Size))
    });
    move || question.get().map(|q| asked(state, q))
}

/// Files in which several arrays or channels could be depth.
fn pick(rows: &[FileRow]) -> Option<Question> {
    let (row, file) = rows.iter().enumerate().find(|(_, r)| {
        let unsure = r
            .facts()
            .and_then(|f| f.choice.as_ref())
            .is_some_and(|c| !c.is_certain);
        unsure && r.pick.is_none() && r.part.role().is_some()
    })?;
    let choice = file.facts()?.choice.as_ref()?;
    let taken = choice.candidates.get(choice.selected)?;
    Some(Question::Pick {
        row,
        text: tr!(
            "{} holds several arrays or channels, and their names do not tell which is depth. {} ({}) was taken. Which is it?",
            file.path,
            taken.name,
            taken.description
        ),
        names: choice.candidates.iter().map(|o| o.name.clone()).collect(),
    })
}

/// A role whose files are disparities by their names, and are not read as such.
fn disparity(rows: &[FileRow], built: &Built) -> Option<Question> {
    rows.iter()
        .filter(|r| is_disparity_name(&r.path))
        .find_map(|row| {
            let (role, kind) = row.part.role().zip(row.facts().map(|f| f.dtype.kind()))?;
            let facts = built.roles.iter().find(|r| r.role == role)?.of(kind)?;
            (!facts.given && row.encoding.is_none()).then_some(Question::Disparity { role, kind })
        })
}

fn median_m(facts: &KindInfo) -> f64 {
    facts.encoding.metres(facts.median)
}

/// The kind of samples that a role mostly has.
fn main_kind(built: &Built, role: Role) -> Option<(SampleKind, &KindInfo)> {
    let facts = built.roles.iter().find(|r| r.role == role)?;
    [SampleKind::Integer, SampleKind::Float]
        .into_iter()
        .find_map(|kind| Some((kind, facts.of(kind)?)))
}

fn mismatch(built: &Built, settled: &[Role]) -> Option<Question> {
    let (g_kind, g) = main_kind(built, Role::GroundTruth)?;
    built.roles.iter().filter(|r| r.role != Role::GroundTruth && !settled.contains(&r.role))
        .find_map(|other| {
        let (kind, facts) = main_kind(built, other.role)?;
        // Whichever of the two is in doubt is the wrong one; in doubt itself, the prediction.
        let g_is_wrong = !g.guess.confident && !g.given && (facts.guess.confident || facts.given);
        let (role, kind, wrong, right) = if g_is_wrong {
            (Role::GroundTruth, g_kind, g, facts)
        } else {
            (other.role, kind, facts, g)
        };
        let fit = better_scale(median_m(right), wrong.median, wrong.encoding)?;
        let (wrong_m, right_m) = (median_m(wrong), median_m(right));
        let ratio = if wrong_m > right_m { wrong_m / right_m } else { right_m / wrong_m };
        let by = if wrong_m > right_m { tr!("too far") } else { tr!("too near") };
        let against = if g_is_wrong { other.role } else { Role::GroundTruth };
        Some(Question::Mismatch {
            about: other.role,
            role,
            kind,
            in_use: wrong.encoding,
            fit,
            text: tr!("{} looks {} times {by}: its median is {} against {} ({}). With one unit of {} they would fit.", role.title(), units::ratio(ratio), units::depth(wrong_m), units::depth(right_m), against.title(), fit.title(), by),
        })
    })
}

fn scale(built: &Built) -> Option<Question> {
    built.roles.iter().find_map(|role| {
        [SampleKind::Integer, SampleKind::Float]
            .into_iter()
            .find_map(|kind| {
                let facts = role.of(kind)?;
                if facts.given || facts.guess.confident || facts.guess.others.is_empty() {
                    return None;
                }
                let median = |p: ScalePreset| units::depth(p.encoding().metres(facts.median));
                let answers = std::iter::once(facts.guess.preset)
                    .chain(facts.guess.others.iter().copied())
                    .map(|p| (p, tr!("{}: median {}", p.title(), median(p))))
                    .collect();
                Some(Question::Scale {
                    role: role.role,
                    kind,
                    answers,
                })
            })
    })
}

fn asked(state: State, question: Question) -> AnyView {
    match question {
        Question::Mismatch { about, role, kind, in_use, fit, text } => view! {
            <div class="notice warning question-bar" role="status">
                <span>{text}</span>
                <button class="button" on:click=move |_| actions::set_preset(state, role, kind, fit)>
                    {tr!("Read it as {}", fit.title())}
                </button>
                <button class="plain-link" on:click=move |_| actions::keep_mismatch(state, about, role, kind, in_use)>{tr!("Keep it")}</button>
            </div>
        }
        .into_any(),
        Question::Disparity { role, kind } => asked_disparity(state, role, kind).into_any(),
        Question::Scale { role, kind, answers } => {
            let buttons = answers
                .into_iter()
                .map(|(preset, label)| {
                    view! {
                        <button class="button" on:click=move |_| actions::set_preset(state, role, kind, preset)>{label}</button>
                    }
                })
                .collect_view();
            view! {
                <div class="notice warning question-bar" role="status">
                    <span>{tr!("{}: what is one unit? Several fit the data; the first is taken until you say.", role.title())}</span>
                    <span class="answers">{buttons}</span>
                </div>
            }
            .into_any()
        }
        Question::Pick { row, text, names } => {
            let buttons = names
                .into_iter()
                .take(8)
                .map(|name| {
                    let own = name.clone();
                    view! { <button class="button" on:click=move |_| actions::set_pick(state, row, &own)>{name}</button> }
                })
                .collect_view();
            view! {
                <div class="notice warning question-bar" role="status">
                    <span>{text}</span>
                    <span class="answers">{buttons}</span>
                </div>
            }
            .into_any()
        }
        Question::Size(size_mismatch) => {
            let files = units::counted(size_mismatch.files, units::Noun::Prediction);
            let text = tr!("Of another size than their ground truth: {} (the first: {} {}\u{d7}{} px against {}\u{d7}{} px). They can be compared only after \
                 resizing.", files, size_mismatch.role.title(), size_mismatch.own.0, size_mismatch.own.1, size_mismatch.wanted.0, size_mismatch.wanted.1);
            let buttons = [Resample::Nearest, Resample::Bilinear]
                .map(|how| {
                    view! {
                        <button class="button" on:click=move |_| actions::set_resize(state, Some(how))>
                            {tr!("Resize, {}", how.title())}
                        </button>
                    }
                })
                .collect_view();
            view! {
                <div class="notice warning question-bar" role="status">
                    <span>{text}</span>
                    <span class="answers">{buttons}</span>
                </div>
            }
            .into_any()
        }
    }
}

/// The product behind a disparity, typed.
fn asked_disparity(state: State, role: Role, kind: SampleKind) -> impl IntoView {
    let typed = move |event| {
        let number = event_target_value(&event).trim().parse::<f64>();
        if let Some(encoding) = number.ok().and_then(|n| Encoding::inverse(n).ok()) {
            actions::set_encoding(state, role, kind, encoding);
        }
    };
    view! {
        <div class="notice warning question-bar" role="status">
            <span>
                {tr!("{}: by their names these files hold disparities. Depth is baseline \u{d7} focal length / disparity: type that product.", role.title())}
            </span>
            <label class="inline">
                <input class="product" inputmode="decimal" placeholder=tr!("for example 388.8") aria-label=tr!("Baseline times focal length, in metres times pixels") on:change=typed/>
                {tr!(" m\u{b7}px")}
            </label>
            <button class="plain-link" on:click=move |_| keep_as_read(state, role, kind)>{tr!("They are depths")}</button>
        </div>
    }
}

/// The encoding in use is the right one.
fn keep_as_read(state: State, role: Role, kind: SampleKind) {
    let in_use = state
        .data
        .with_untracked(|d| match d.as_ref().map(|d| &d.origin) {
            Some(Origin::Files { built }) => Some(
                built
                    .roles
                    .iter()
                    .find(|r| r.role == role)?
                    .of(kind)?
                    .encoding,
            ),
            _ => None,
        });
    if let Some(encoding) = in_use {
        actions::set_encoding(state, role, kind, encoding);
    }
}
