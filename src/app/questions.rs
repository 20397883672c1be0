//! What the page asks because the files leave a doubt, one question at a time, each answered with one press.

use crate::actions;
use crate::state::{Origin, State};
use fathom_analysis::understanding::{Repair, RoleRepair};
use fathom_core::depth::{Encoding, Resample, Role, SampleKind, ScalePreset};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::{
    Built, FileRow, ReadingSettings, SetAnswer, SetQuestion, SizeMismatch, TakenRepair, TypedAnswer,
};
use leptos::prelude::*;

/// A question and its answers.
#[derive(Clone, PartialEq)]
enum Question {
    /// The maps may not belong together.
    Set(SetQuestion),
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

/// The questions that are open, the one that matters most first.
fn open(state: State) -> Vec<Question> {
    let built = state.data.with(|d| match d.as_ref().map(|d| &d.origin) {
        Some(Origin::Files { built }) => Some(built.clone()),
        _ => None,
    });
    let (Some(built), Some(doubts)) = (built, state.doubts.get()) else {
        return Vec::new();
    };
    let pick = state.files.with(|rows| pick(rows));
    let resizes = |q: &SetQuestion| q.typed == Some(TypedAnswer::Resampling);
    let set = doubts.question.filter(|q| !resizes(q)).map(Question::Set);
    let size = state
        .size_mismatch
        .get()
        .filter(|_| state.reading.with(|r| r.resize.is_none()));
    // Sizes are those of maps that may lie in another way: a question about the set comes first.
    let size = size.map(Question::Size).filter(|_| set.is_none());
    // Roles that agree confirm their units.
    let is_alone = state.roles.with(|roles| roles.len() < 2);
    let scale = is_alone.then(|| scale(&built)).flatten();
    [pick, set, scale, size].into_iter().flatten().collect()
}

/// How many questions are open.
pub(super) fn count(state: State) -> usize {
    open(state).len()
}

/// The question that matters most now, after what was found and what was repaired.
#[component]
pub(super) fn Questions() -> impl IntoView {
    let state = State::here();
    let question = Memo::new(move |_| open(state).into_iter().next());
    let notes = move || {
        let notes = state.doubts.with(|d| d.as_ref().map(|d| d.notes.clone()));
        notes
            .unwrap_or_default()
            .into_iter()
            .map(|note| view! { <p class="notice note">{note}</p> })
            .collect_view()
    };
    let repairs = move || {
        let text = state.reading.with(ReadingSettings::repairs_text)?;
        Some(view! {
            <p class="notice repairs">
                <span>{text}</span>
                <button class="plain-link" on:click=move |_| actions::undo_repairs(state)>{tr!("Undo repairs")}</button>
            </p>
        })
    };
    view! {
        {repairs}
        {notes}
        {move || question.get().map(|q| asked(state, q))}
    }
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
        Question::Set(question) => asked_of_set(state, question).into_any(),
        Question::Scale {
            role,
            kind,
            answers,
        } => {
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
            let text = tr!(
                "Of another size than their ground truth: {} (the first: {} {}\u{d7}{} px against {}\u{d7}{} px). They can be compared only after \
                 resizing.",
                files,
                size_mismatch.role.title(),
                size_mismatch.own.0,
                size_mismatch.own.1,
                size_mismatch.wanted.0,
                size_mismatch.wanted.1
            );
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

/// A question about the set, with its repairs.
fn asked_of_set(state: State, question: SetQuestion) -> impl IntoView {
    let answers = question
        .answers
        .into_iter()
        .map(|SetAnswer { caption, repairs }| {
            view! { <button class="button" on:click=move |_| state.fit(repairs.clone())>{caption}</button> }
        })
        .collect_view();
    let typed = match question.typed {
        Some(TypedAnswer::Product(role)) => Some(asked_product(state, role).into_any()),
        Some(TypedAnswer::Codes(role)) => Some(asked_codes(state, role).into_any()),
        Some(TypedAnswer::Resampling) | None => None,
    };
    view! {
        <div class="notice warning question-bar" role="status">
            <span>{question.text}</span>
            <span class="answers">
                {answers}
                {typed}
                <button class="plain-link" on:click=move |_| state.keep_as_is()>{tr!("It is right as it is")}</button>
            </span>
        </div>
    }
}

/// The product behind a disparity, typed.
fn asked_product(state: State, role: Role) -> impl IntoView {
    let typed = move |event| {
        let number = event_target_value(&event).trim().parse::<f64>();
        if let Some(encoding) = number.ok().and_then(|n| Encoding::inverse(n).ok()) {
            for kind in [SampleKind::Integer, SampleKind::Float] {
                actions::set_encoding(state, role, kind, encoding);
            }
        }
    };
    view! {
        <label class="inline">
            <input class="product" inputmode="decimal" placeholder=tr!("for example 388.8") aria-label=tr!("Baseline times focal length, in metres times pixels") on:change=typed/>
            {tr!(" m\u{b7}px")}
        </label>
    }
}

/// Scale and zero point of codes, typed.
fn asked_codes(state: State, role: Role) -> impl IntoView {
    let typed = move |event| {
        let text = event_target_value(&event);
        let numbers: Vec<f64> = text
            .split([',', ' ', ';'])
            .filter_map(|part| part.trim().parse().ok())
            .collect();
        let [scale, zero_point] = numbers[..] else {
            return;
        };
        if scale > 0.0 && scale.is_finite() && zero_point.is_finite() {
            let repair = Repair::Codes { scale, zero_point };
            let taken = TakenRepair::given(&RoleRepair { role, repair });
            actions::repair(state, &[taken]);
        }
    };
    view! {
        <label class="inline">
            <input class="product" placeholder=tr!("for example 0.0314, -128") aria-label=tr!("Scale in metres per code, and zero point") on:change=typed/>
            {tr!(" m, code")}
        </label>
    }
}
