//! Questions about files that leave a doubt, one at a time, each answered with one press.

use crate::actions;
use crate::browser::dom;
use crate::state::{Job, Origin, State};
use fathom_analysis::understanding::{Quantity, Repair, RoleRepair};
use fathom_core::depth::{Encoding, Resample, Role, SampleKind};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::{
    OpenQuestion, ReadingSettings, RoleAnswer, RoleQuestion, SetAnswer, SetQuestion, TakenRepair,
    TypedAnswer, confidence_offer, open_questions,
};
use leptos::prelude::*;

/// The questions that are open, the one that matters most first.
fn open(state: State) -> Vec<OpenQuestion> {
    let built = state.data.with(|d| match d.as_ref().map(|d| &d.origin) {
        Some(Origin::Files { built }) => Some(built.clone()),
        _ => None,
    });
    // Rows whose files are being read say nothing yet.
    let is_reading = state.job.with(|job| matches!(job, Job::Reading { .. }));
    let Some(doubts) = state.doubts.get().filter(|_| !is_reading) else {
        return Vec::new();
    };
    state.files.with(|rows| {
        let reading = state.reading;
        reading
            .with(|reading| open_questions(rows, built.as_ref(), &doubts, reading, dom::NAME_TEXT))
    })
}

/// Number of open questions.
pub(super) fn count(state: State) -> usize {
    open(state).len()
}

/// The question that matters most now, after what was found and what was repaired.
#[component]
pub(super) fn Questions() -> impl IntoView {
    let state = State::here();
    let question = Memo::new(move |_| open(state).into_iter().next());
    let offer = Memo::new(move |_| state.doubts.with(|d| d.as_ref()?.offer.clone()));
    let notes = move || {
        let doubts = state.doubts.get().unwrap_or_default();
        // An offer holds its finding.
        let offered = |note: &String| doubts.offer.as_ref().is_some_and(|o| o.text.contains(note));
        let notes = doubts.notes.iter().filter(|note| !offered(note)).cloned();
        notes
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
    let confidence = Memo::new(move |_| state.files.with(|rows| confidence_offer(rows)));
    view! {
        {repairs}
        {notes}
        {move || confidence.get().map(|offer| asked_roles(state, offer, false))}
        {move || offer.get().map(|offer| asked_of_set(state, offer, false))}
        {move || question.get().map(|q| asked(state, q))}
    }
}

fn asked(state: State, question: OpenQuestion) -> AnyView {
    match question {
        OpenQuestion::Roles(question) => asked_roles(state, question, true).into_any(),
        OpenQuestion::Set(question) => asked_of_set(state, question, true).into_any(),
        OpenQuestion::Unit {
            role,
            kind,
            median,
            units,
        } => {
            let buttons = units
                .into_iter()
                .map(|preset| {
                    let median = units::depth(preset.encoding().metres(median));
                    let label = tr!("{}: median {}", preset.title(), median);
                    view! {
                        <button class="button" on:click=move |_| actions::set_preset(state, role, kind, preset)>{label}</button>
                    }
                })
                .collect_view();
            view! {
                <div class="notice warning question-bar" role="status">
                    <span>{tr!("{}: what is one unit? Several fit the data; the first is used until you choose.", role.title())}</span>
                    <span class="answers">{buttons}</span>
                </div>
            }
            .into_any()
        }
        OpenQuestion::Array {
            row,
            path,
            role: _,
            taken: (name, description),
            names,
        } => {
            let text = tr!(
                "{} has several arrays or channels, and no name tells which one is depth. {} ({}) is used. Which one is depth?",
                path,
                name,
                description
            );
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
        OpenQuestion::Size(size_mismatch) => {
            let files = units::counted(size_mismatch.files, units::Noun::Prediction);
            let text = tr!(
                "Size differs from ground truth: {} (the first: {} {}\u{d7}{} px against {}\u{d7}{} px). Resize them to compare.",
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

/// Which files are what, or an offer, which needs no answer.
fn asked_roles(state: State, question: RoleQuestion, is_open: bool) -> impl IntoView {
    let answers = question
        .answers
        .into_iter()
        .map(|RoleAnswer { caption, uses }| {
            view! { <button class="button" on:click=move |_| actions::set_uses(state, &uses)>{caption}</button> }
        })
        .collect_view();
    view! {
        <div class="notice question-bar" class:warning=is_open role="status">
            <span>{question.text}</span>
            <span class="answers">{answers}</span>
        </div>
    }
}

/// A question about the set with its repairs, or an offer, which needs no answer.
fn asked_of_set(state: State, question: SetQuestion, is_open: bool) -> impl IntoView {
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
        Some(TypedAnswer::Focal(role)) => Some(asked_focal(state, role).into_any()),
        Some(TypedAnswer::Order) => Some(
            view! { <button class="button" on:click=move |_| actions::pair_by_order(state)>{tr!("Pair files in their order")}</button> }
                .into_any(),
        ),
        Some(TypedAnswer::Resampling | TypedAnswer::Names) | None => None,
    };
    let keep = is_open.then(|| {
        view! { <button class="plain-link" on:click=move |_| state.keep_as_is()>{tr!("Keep it as it is")}</button> }
    });
    view! {
        <div class="notice question-bar" class:warning=is_open role="status">
            <span>{question.text}</span>
            <span class="answers">{answers} {typed} {keep}</span>
        </div>
    }
}

/// The focal length of distances along the ray, typed. Predictions that are like the role are of the same camera.
fn asked_focal(state: State, role: Role) -> impl IntoView {
    let typed = move |event| {
        let number = event_target_value(&event).trim().parse::<f64>();
        let Some(focal) = number.ok().filter(|f| f.is_finite() && *f > 0.0) else {
            return;
        };
        let repair = Repair::Quantity(Quantity::Ray { focal });
        let all = state.roles.get_untracked();
        let taken: Vec<TakenRepair> = all
            .into_iter()
            .filter(|other| (*other == Role::GroundTruth) == (role == Role::GroundTruth))
            .map(|role| TakenRepair::given(&RoleRepair { role, repair }))
            .collect();
        actions::repair(state, &taken);
    };
    number_field(
        tr!("Focal length in pixels"),
        tr!("for example 525"),
        tr!(" px"),
        typed,
    )
}

/// A field for one number, or several, with its unit.
fn number_field(
    label: &'static str,
    example: &'static str,
    unit: &'static str,
    typed: impl Fn(leptos::ev::Event) + 'static,
) -> impl IntoView {
    view! {
        <label class="inline">
            <input class="product" inputmode="decimal" placeholder=example aria-label=label on:change=typed/>
            {unit}
        </label>
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
    number_field(
        tr!("Baseline times focal length, in metres times pixels"),
        tr!("for example 388.8"),
        tr!(" m\u{b7}px"),
        typed,
    )
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
    number_field(
        tr!("Scale in metres per code, and zero point"),
        tr!("for example 0.0314, -128"),
        tr!(" m, code"),
        typed,
    )
}
