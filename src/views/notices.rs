//! Notices: failures, warnings and questions above the views; progress and confirmations over the page.

use super::questions::Questions;
use crate::actions;
use crate::browser::dom;
use crate::state::{Job, Severity, State};
use fathom_core::i18n::tr;
use fathom_core::units::{self, Pace};
use leptos::prelude::*;

/// Refused files that are listed one by one before the rest is only counted.
const LISTED: usize = 20;

/// The region over the verdict.
#[component]
pub(super) fn Notices() -> impl IntoView {
    let state = State::here();
    view! {
        <div class="toasts">
            <Progress/>
            <div aria-live="polite"><List severity=Severity::Info/></div>
        </div>
        <div class="notices" aria-live="polite">
            {move || {
                state.job.with(|job| match job {
                    Job::Failed(message) => {
                        Some(view! { <p class="notice error" role="alert">{message.clone()}</p> })
                    }
                    _ => None,
                })
            }}
            <List severity=Severity::Warning/>
            <Questions/>
            <RefusedFiles/>
        </div>
    }
}

/// The notices of a severity.
#[component]
fn List(severity: Severity) -> impl IntoView {
    let state = State::here();
    let own = move || {
        let all = state.notices.get().into_iter();
        all.filter(|n| n.severity == severity).collect::<Vec<_>>()
    };
    let class = match severity {
        Severity::Info => "notice",
        Severity::Warning => "notice warning",
    };
    view! {
        <For each=own key=|n| n.id let(notice)>
            <p class=class>
                <span>{notice.text}</span>
                <button
                    class="plain"
                    aria-label=tr!("Dismiss")
                    on:click=move |_| actions::dismiss(state, notice.id)
                >
                    "\u{d7}"
                </button>
            </p>
        </For>
    }
}

#[component]
fn Progress() -> impl IntoView {
    let state = State::here();
    let words = move || {
        state.job.with(|job| match job {
            Job::Reading {
                done,
                total,
                bytes_done,
                bytes_total,
                since_ms,
            } => {
                let (files, all) = (
                    units::count(*done as f64),
                    units::counted(*total, units::Noun::File),
                );
                let read = units::bytes(*bytes_done);
                // Sizes are added up where reading takes its time.
                if *bytes_total < *bytes_done || *bytes_total <= 0.0 {
                    return tr!("Reading {} of {}, {}", files, all, read);
                }
                let pace = Pace::measure(*bytes_done, *bytes_total, dom::now_ms() - since_ms);
                tr!(
                    "Reading {} of {}, {} of {}{}",
                    files,
                    all,
                    read,
                    units::bytes(*bytes_total),
                    pace.map_or(String::new(), Pace::text)
                )
            }
            Job::Building => tr!("Putting the results together").to_owned(),
            _ => String::new(),
        })
    };
    let share = move || {
        state.job.with(|job| match job {
            Job::Reading { done, total, .. } => (*done as f64 / (*total).max(1) as f64).to_string(),
            _ => "1".to_owned(),
        })
    };
    // The first analysis of a visit fills the page itself; a bar over it would only flash.
    let shown = move || {
        state.job.with(Job::is_running)
            && (state.data.with(Option::is_some) || state.files.with(|f| !f.is_empty()))
    };
    view! {
        <Show when=shown>
            <div class="progress" role="status">
                <span>{words}</span>
                <progress value=share max="1" aria-label=tr!("Progress")></progress>
                <button class="button" on:click=move |_| actions::cancel(state)>{tr!("Cancel")}</button>
            </div>
        </Show>
    }
}

#[component]
fn RefusedFiles() -> impl IntoView {
    let state = State::here();
    let refused = state.refused;
    let more = move || refused.with(|r| r.len().saturating_sub(LISTED));
    view! {
        <Show when=move || refused.with(|r| !r.is_empty())>
            <div class="notice error refused" role="alert" tabindex="0">
                <b>
                    {move || {
                        refused.with(|r| tr!("{} could not be read", units::counted(r.len(), units::Noun::File)))
                    }}
                </b>
                <ul>
                    {move || {
                        refused
                            .get()
                            .into_iter()
                            .take(LISTED)
                            .map(|line| view! { <li>{line}</li> })
                            .collect_view()
                    }}
                    <Show when=move || { more() > 0 }>
                        <li>{move || tr!("and {} more", units::counted(more(), units::Noun::File))}</li>
                    </Show>
                </ul>
            </div>
        </Show>
    }
}
