//! Every metric of both predictions, and whether the change is real.

use super::protocol::OwnProtocol;
use crate::state::{QueryAnswers, QueryGroup, State, keep_answered};
use crate::views::ui::heading::Heading;
use crate::views::ui::table::PlainTable;

use fathom_analysis::compare::{
    ALL_METRICS, Average, Change, EvalProtocol, Evaluator, Evidence, per_frame,
};
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::metrics::Criterion;
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::charts::{
    change_text, pair_texts, protocol_clauses, quantity_under, relative_change, verdict_text,
};
use fathom_report::link::SharedComparison;
use leptos::prelude::*;

/// The choice of a way to measure that no evaluator has.
const OWN: &str = "own";

#[component]
pub(super) fn Metrics() -> impl IntoView {
    let state = State::here();
    let ask = move |frames: Vec<_>| Query::Changes {
        frames,
        protocol: state.protocol(),
        how: state.resampling(),
    };
    let changes = keep_answered(QueryGroup::Changes, move || {
        state.practice.with(|p| {
            let both = p.evidence().is_some_and(Evidence::has_both) && p.is_complete();
            if both {
                vec![ask(p.metric_sums().to_vec())]
            } else {
                Vec::new()
            }
        })
    });
    let board = keep_answered(QueryGroup::BoardChanges, move || {
        state.practice.with(|p| {
            let both = p.board().is_some() && p.is_complete();
            if both {
                vec![ask(p.board_metric_sums().to_vec())]
            } else {
                Vec::new()
            }
        })
    });
    let of = |answers: &QueryAnswers| -> Vec<Change> {
        match answers.known().next() {
            Some(QueryResult::Changes(changes)) => changes.clone(),
            _ => Vec::new(),
        }
    };
    let changed = Memo::new(move |_| changes.with(of));
    Effect::new(move |_| state.changes.set(changed.get()));
    let board_changed = Memo::new(move |_| board.with(of));
    let evidence = move || super::evidence(state);
    let has_board = move || state.practice.with(|p| p.board().is_some());
    let rows = move || {
        let board_changed = board_changed.get();
        let protocol = state.protocol();
        metric_texts(state)
            .into_iter()
            .enumerate()
            .map(|(at, (metric, texts))| {
                let quantity = quantity_under(metric, &protocol);
                let board = board_changed.get(at).map(|c| {
                    view! { <td>{quantity.text(c.int8)}</td><td>{change_text(quantity, c)}</td> }
                });
                metric_row(metric, texts, board)
            })
            .collect_view()
    };
    let board_head = move || {
        has_board().then(|| {
            view! { <th scope="col">{tr!("Board")}</th><th scope="col">{tr!("Board \u{2212} FP32")}</th> }
        })
    };
    let frames = move || {
        units::counted(
            state.practice.with(|p| p.metric_sums().len()),
            units::Noun::Frame,
        )
    };
    view! {
        <section class="panel" id="metrics" aria-labelledby="metrics-title">
            <Heading id="metrics-title" title=tr!("FP32 and INT8 against ground truth")/>
            <p class="lead">
                {move || match evidence() {
                    Some(Evidence::NoGroundTruth) => tr!("Without ground truth, INT8 is measured against FP32."),
                    _ => tr!("Every metric of both predictions, the change with its 95 % interval over frames, and whether it is more than chance."),
                }}
            </p>
            <div class="card">
                <Evaluators/>
                <PlainTable label=tr!("Metrics of both predictions") short=true>
                    <thead>
                        <tr>
                            {metrics_head()}
                            {board_head}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
                <p class="foot">
                    {frames}
                    {tr!("; paired bootstrap over frames, 2,000 replicates, seed 1. Order: fill, mask, align, clamp, measure.")}
                </p>
                <BoardInfo/>
            </div>
        </section>
    }
}

/// A row of the table as text.
pub(in crate::views) struct MetricTexts {
    fp32: String,
    int8: String,
    change: String,
    relative: String,
    verdict: &'static str,
}

/// The rows of the table: of the compared maps, else of the comparison that a link carries.
pub(in crate::views) fn metric_texts(state: State) -> Vec<(Criterion, MetricTexts)> {
    match state.shared_now() {
        Some(shared) => shared_texts(&shared),
        None => compared_texts(state),
    }
}

fn compared_texts(state: State) -> Vec<(Criterion, MetricTexts)> {
    let protocol = state.protocol();
    let average = state.average.get();
    let pair = state.practice.with(|p| match average {
        Average::Pooled => p.pooled(&protocol),
        Average::PerFrame => per_frame(p.metric_sums(), &protocol),
    });
    let changes = state.changes.get();
    let evidence = super::evidence(state);
    let row = |at: usize, metric: Criterion| {
        let quantity = quantity_under(metric, &protocol);
        let texts = pair.map(|pair| {
            let (fp32, int8) = (metric.value_in(&pair.fp32), metric.value_in(&pair.int8));
            pair_texts(quantity, fp32, int8)
        });
        let value = |which: usize, is_known: bool| {
            let text = texts
                .as_ref()
                .filter(|_| is_known)
                .map(|t| t[which].clone());
            text.unwrap_or_else(|| units::MISSING.to_owned())
        };
        let change = changes.get(at);
        MetricTexts {
            fp32: value(0, evidence.is_some_and(Evidence::has_fp32_metrics)),
            int8: value(1, evidence.is_some_and(Evidence::has_int8_metrics)),
            change: change.map(|c| change_text(quantity, c)).unwrap_or_default(),
            relative: change.and_then(relative_change).unwrap_or_default(),
            verdict: change.map(verdict_text).unwrap_or_default(),
        }
    };
    let metrics = ALL_METRICS.into_iter().enumerate();
    metrics
        .map(|(at, metric)| (metric, row(at, metric)))
        .collect()
}

fn shared_texts(shared: &SharedComparison) -> Vec<(Criterion, MetricTexts)> {
    let evaluator = shared.compared().evaluator;
    let protocol = evaluator.map(Evaluator::protocol).unwrap_or_default();
    let changes = shared.changes();
    changes
        .iter()
        .map(|change| change_row(&protocol, change))
        .collect()
}

/// A row of the table from a change alone.
pub(in crate::views) fn change_row(
    protocol: &EvalProtocol,
    change: &Change,
) -> (Criterion, MetricTexts) {
    let quantity = quantity_under(change.metric, protocol);
    let [fp32, int8] = pair_texts(quantity, change.fp32, change.int8);
    let texts = MetricTexts {
        fp32,
        int8,
        change: change_text(quantity, change),
        relative: relative_change(change).unwrap_or_default(),
        verdict: verdict_text(change),
    };
    (change.metric, texts)
}

/// The heads of the columns that every comparison has.
pub(in crate::views) fn metrics_head() -> impl IntoView {
    view! {
        <th scope="col">{tr!("Metric")}</th>
        <th scope="col">"FP32"</th>
        <th scope="col">"INT8"</th>
        <th scope="col">{tr!("Change")}</th>
        <th scope="col">{tr!("in percent")}</th>
        <th scope="col">{tr!("The change is")}</th>
    }
}

/// A row, with the board's cells where there is one.
pub(in crate::views) fn metric_row(
    figure: Criterion,
    texts: MetricTexts,
    board: impl IntoView,
) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{figure.name()}</th>
            <td>{texts.fp32}</td>
            <td>{texts.int8}</td>
            <td class="change">{texts.change}</td>
            <td>{texts.relative}</td>
            <td class="verdict-word">{texts.verdict}</td>
            {board}
        </tr>
    }
}

/// Whose way of measuring, and which average.
#[component]
fn Evaluators() -> impl IntoView {
    let state = State::here();
    let is_own = Memo::new(move |_| state.own_protocol.with(Option::is_some));
    let options = Evaluator::ALL
        .into_iter()
        .map(|evaluator| {
            let chosen = move || !is_own.get() && state.evaluator.get() == evaluator;
            view! { <option value=evaluator.name() prop:selected=chosen>{evaluator.name()}</option> }
        })
        .collect_view();
    let choose = move |event| {
        let name = event_target_value(&event);
        if name == OWN {
            // It begins as what was in use.
            state.own_protocol.set(Some(untrack(|| state.protocol())));
        } else if let Some(evaluator) = Evaluator::ALL.into_iter().find(|e| e.name() == name) {
            state.measure_as(evaluator);
        }
    };
    let average = move |average: Average, text: &'static str| {
        view! {
            <button
                class:on=move || state.average.get() == average
                aria-pressed=move || (state.average.get() == average).to_string()
                on:click=move |_| state.average.set(average)
            >
                {text}
            </button>
        }
    };
    let differences = move || {
        let own = state.own_protocol.get();
        let clauses = match own {
            Some(own) => protocol_clauses(&own),
            None => {
                let clauses = state.evaluator.get().differences().iter();
                clauses
                    .map(|clause| tr_dynamic(clause).to_owned())
                    .collect()
            }
        };
        clauses
            .into_iter()
            .map(|clause| view! { <li>{clause}</li> })
            .collect_view()
    };
    view! {
        <div class="tools">
            <label class="inline">{tr!("As measured by ")} <select on:change=choose>
                {options}
                <option value=OWN prop:selected=move || is_own.get()>{tr!("my own")}</option>
            </select></label>
            <div class="seg" role="group" aria-label=tr!("Average")>
                {average(Average::Pooled, tr!("all pixels together"))}
                {average(Average::PerFrame, tr!("per frame, then mean"))}
            </div>
        </div>
        <Show when=move || is_own.get()><OwnProtocol/></Show>
        <ul class="clauses">{differences}</ul>
    }
}

/// The board's difference from the simulator.
#[component]
fn BoardInfo() -> impl IntoView {
    let state = State::here();
    let text = move || {
        state.practice.with(|p| {
            let (_, sums) = p.board()?;
            let missing = || units::MISSING.to_owned();
            Some(tr!("Board against simulator: {} of the pixels are equal; the others differ by {} RMS, at most {}. Bias {}, signal to noise {}.", sums.equal_share().map_or_else(missing, units::share), sums.difference.rms_m().map_or_else(missing, units::length), units::length(sums.largest_m), sums.difference.bias_m().map_or_else(missing, units::length), sums.sqnr_db().map_or_else(missing, |db| tr!("{db} dB", db = format_args!("{db:.1}")))))
        })
    };
    view! { <p>{text}</p> }
}
