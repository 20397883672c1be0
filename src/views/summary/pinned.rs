//! The change from the pinned result to the shown one, such as before and after recalibration.

use leptos::prelude::*;

use super::pinned_maps::PinnedMaps;
use crate::actions::{pin, unpin};
use crate::state::{QueryGroup, State, keep_answered};
use crate::views::predictions::{change_row, metric_row};
use crate::views::ui::heading::Heading;
use crate::views::ui::table::PlainTable;
use fathom_analysis::compare::{Change, ComparedSet, FrameMetricSums, RunErrors};
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};

/// The metrics that most papers print, in the order of a table.
pub(super) const KEY_METRICS: [Criterion; 3] =
    [Criterion::Rmse, Criterion::AbsRel, Criterion::Delta1];

/// The button that pins what is shown.
#[component]
pub(super) fn PinButton() -> impl IntoView {
    let state = State::here();
    let is_shown = move || {
        let is_complete = state.practice.with(ComparedSet::is_complete);
        state.pinned.with(Option::is_none) && state.has_budget() && is_complete
    };
    view! {
        <Show when=is_shown>
            <button
                class="plain-link"
                title=tr!("The next files are compared with this result")
                on:click=move |_| pin(state)
            >
                {tr!("Pin this result")}
            </button>
        </Show>
    }
}

/// Frames of the shown result, each beside one of the pinned result; `None` without a pinned result.
pub(super) type PairedFrames = Memo<Option<Vec<FrameMetricSums>>>;

/// Pairs the frames of the shown result with those of the pinned one.
pub(super) fn paired_frames(state: State) -> PairedFrames {
    Memo::new(move |_| {
        let pinned = state.pinned.get()?;
        let is_complete = state.practice.with(ComparedSet::is_complete);
        let is_other = state.comparing.with_value(|own| own.intake) != pinned.intake;
        let is_alike = state.protocol() == pinned.protocol;
        let now = state.practice.with(RunErrors::new);
        Some(if is_complete && is_other && is_alike {
            now.paired_with(&pinned.errors)
        } else {
            Vec::new()
        })
    })
}

/// Returns true if frames stand beside pinned ones.
pub(super) fn has_pairs(frames: PairedFrames) -> bool {
    frames.with(|frames| frames.as_ref().is_some_and(|f| !f.is_empty()))
}

/// The section; nothing without a pinned result.
#[component]
pub(super) fn Pinned(frames: PairedFrames) -> impl IntoView {
    let state = State::here();
    let answers = keep_answered(QueryGroup::Pinned, move || {
        let frames = frames.get().filter(|frames| !frames.is_empty());
        let query = frames.map(|frames| Query::Changes {
            frames,
            protocol: state.protocol(),
            how: state.resampling(),
        });
        query.into_iter().collect()
    });
    let lead = move || {
        let pinned = state.pinned.get()?;
        let count = frames.with(|frames| frames.as_ref().map_or(0, Vec::len));
        // Tracked: the choice of files is no signal, and the frames may stay none.
        let is_complete = state.practice.with(ComparedSet::is_complete);
        let is_same = state.comparing.with_value(|own| own.intake) == pinned.intake;
        Some(if is_same || !is_complete || !state.has_budget() {
            tr!("Drop the next files: they are compared with this result.").to_owned()
        } else if state.protocol() != pinned.protocol {
            tr!("The pinned result was measured in another way: choose the same evaluator.")
                .to_owned()
        } else if count == 0 {
            tr!("No frame of the pinned result has the same name and pixels.").to_owned()
        } else {
            let frames = units::counted(count, units::Noun::Frame);
            tr!(
                "{frames} of the same name; the interval is over these frames.",
                frames
            )
        })
    };
    let all = RwSignal::new(false);
    let rows = move || {
        let protocol = state.protocol();
        answers.with(|answers| match answers.known().next() {
            Some(QueryResult::Changes(changes)) => {
                let is_shown = |change: &&Change| all.get() || KEY_METRICS.contains(&change.metric);
                let rows = changes.iter().filter(is_shown).map(|change| {
                    let (metric, texts) = change_row(&protocol, change);
                    metric_row(metric, texts, ())
                });
                rows.collect_view()
            }
            _ => Vec::new(),
        })
    };
    view! {
        <Show when=move || state.pinned.with(Option::is_some)>
            <section class="panel" aria-labelledby="summary-pinned">
                <Heading id="summary-pinned" title=tr!("INT8 against the pinned result")/>
                <p class="lead">
                    {lead} " "
                    <button class="plain-link" on:click=move |_| unpin(state)>{tr!("Unpin")}</button>
                </p>
                <Show when=move || has_pairs(frames)>
                    <div class="card">
                        <PlainTable label=tr!("Metrics, pinned and now")>
                            <thead>
                                <tr>
                                    <th scope="col">{tr!("Metric")}</th>
                                    <th scope="col">{tr!("pinned")}</th>
                                    <th scope="col">{tr!("now")}</th>
                                    <th scope="col">{tr!("Change")}</th>
                                    <th scope="col">{tr!("in percent")}</th>
                                    <th scope="col">{tr!("The change is")}</th>
                                </tr>
                            </thead>
                            <tbody>{rows}</tbody>
                        </PlainTable>
                        <Show when=move || !all.get()>
                            <p class="foot">
                                <button class="plain-link" on:click=move |_| all.set(true)>{tr!("All metrics")}</button>
                            </p>
                        </Show>
                        <PinnedMaps/>
                    </div>
                </Show>
            </section>
        </Show>
    }
}
