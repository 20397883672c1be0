//! The range-against-error chart: hover, drag, keyboard, and its table twin.

use crate::actions;
use crate::state::{Curve, QueryGroup, State, keep_answered};
use crate::views::ui::chart::{TableTwin, follow_size, keep_painted};
use crate::views::ui::heading::Heading;
use crate::views::ui::save::SaveChart;
use fathom_analysis::{NamedRange, Policy, RangeSettings, SweepPoint};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::metrics::Metric;
use fathom_core::quant::OutputRange;
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::{DragTarget, RangeCurve, RangeCurveInput, Scene};
use leptos::prelude::*;
use leptos::{ev, html};

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 380.0;

/// Steps of the end for an arrow key and a page key.
const SMALL_STEP: f64 = 1.02;
const LARGE_STEP: f64 = 1.25;

/// Every how manieth point of the curve stands in the table.
const TABLE_EVERY: usize = 10;

/// The chart's input.
const NAME: &str = msgid("Range against error");

/// The section.
#[component]
pub(super) fn CurveSection() -> impl IntoView {
    let state = State::here();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = follow_size(canvas, TALL_PX);
    let layout = Memo::new(move |_| {
        let size = size.get();
        state.curve.with(|c| {
            let c = c.as_ref().filter(|_| size.is_known())?;
            Some(RangeCurve::new(
                size.width,
                size.height,
                c.domain,
                &c.points,
            ))
        })
    });
    let crosshair = crosshair_point(state);
    let picture = move || scene(state, layout.get(), crosshair.get());
    keep_painted(canvas, picture);
    let pointer = Pointer { state, layout };
    let end = move || state.current().map(|r| r.range.max_m());
    let aria =
        move |of: fn(&Curve) -> f64| state.curve.with(|c| c.as_ref().map(|c| of(c).to_string()));
    view! {
        <section class="panel wide" aria-labelledby="curve-title">
            <Heading id="curve-title" title=tr!("Range against error")/>
            <p class="lead">
                {tr!("Drag the end of the range. Rounding grows with it, clipping shrinks; the total is lowest where they balance.")}
            </p>
            <div class="card">
                <p class="readout">{move || readout(state, crosshair.get())}</p>
                <div class="canvas" style=move || size.get().style(TALL_PX)>
                    <canvas
                        node_ref=canvas
                        tabindex="0"
                        role="slider"
                        aria-label=tr!("End of the range in use, in metres")
                        aria-valuemin=move || aria(|c| c.domain.from_m)
                        aria-valuemax=move || aria(|c| c.domain.to_m)
                        aria-valuenow=move || end().map(|e| e.to_string())
                        aria-valuetext=move || spoken(state)
                        class:grabbing=move || state.dragging.get()
                        on:pointerdown=move |e| pointer.down(&e)
                        on:pointermove=move |e| pointer.moved(&e)
                        on:pointerup=move |_| pointer.up()
                        on:pointercancel=move |_| pointer.up()
                        on:pointerleave=move |_| state.crosshair.set(None)
                        on:keydown=move |e| key(state, &e)
                    ></canvas>
                </div>
                <div class="chart-foot">
                    <p class="foot">{move || caption(state)}</p>
                    <SaveChart name=NAME canvas waiting=Signal::derive(move || layout.with(Option::is_none)) scene=picture/>
                </div>
                <BestRanges/>
                <CurveTable/>
            </div>
        </section>
    }
}

/// The point under the crosshair, once it is measured.
fn crosshair_point(state: State) -> Memo<Option<SweepPoint>> {
    let answers = keep_answered(QueryGroup::Crosshair, move || {
        let range = || {
            let end_m = state.crosshair.get()?;
            OutputRange::new(state.current()?.range.min_m(), end_m).ok()
        };
        let query = range().map(|range| Query::Ranges {
            ranges: vec![NamedRange {
                name: String::new(),
                range,
            }],
            how: state.settings.with(|s| s.how),
        });
        query.into_iter().collect()
    });
    Memo::new(move |last: Option<&Option<SweepPoint>>| {
        state.crosshair.get()?;
        let measured = answers.with(|answers| match answers.known().next()? {
            QueryResult::Ranges(reports) => SweepPoint::from_report(reports.first()?),
            _ => None,
        });
        // The last place stays until the next is measured.
        measured.or_else(|| last.copied().flatten())
    })
}

/// The range in use as a point of the curve.
fn chosen(state: State) -> Option<SweepPoint> {
    SweepPoint::from_report(&state.report(state.current_row())?)
}

fn scene(state: State, layout: Option<RangeCurve>, crosshair: Option<SweepPoint>) -> Option<Scene> {
    let layout = layout?;
    let named = state.current()?;
    let chosen = chosen(state);
    let candidates: Vec<SweepPoint> = state.with_reports(|reports| {
        reports
            .iter()
            .filter(|r| r.named.range.min_m() == named.range.min_m())
            .filter_map(SweepPoint::from_report)
            .collect()
    });
    let counted = state.settings.with(|s| s.how.policy == Policy::Count);
    let best = state.best.with(|b| {
        b.iter()
            .find(|b| counted && b.metric == Metric::Rmse)
            .map(|b| (b.range.max_m(), b.value))
    });
    state.curve.with(|curve| {
        let curve = curve.as_ref()?;
        Some(layout.scene(&RangeCurveInput {
            points: &curve.points,
            domain: curve.domain,
            candidates: &candidates,
            chosen,
            best,
            crosshair,
        }))
    })
}

/// The reading at the crosshair, or else at the chosen end.
fn readout(state: State, crosshair: Option<SweepPoint>) -> String {
    let Some(point) = crosshair.or_else(|| chosen(state)) else {
        return "\u{a0}".to_owned();
    };
    tr!(
        "End {}: RMSE {} = rounding {} and clipping {}",
        units::depth(point.max_m),
        units::length(point.rmse_m),
        units::length(point.rounding_m),
        units::length(point.clipping_m)
    )
}

fn spoken(state: State) -> Option<String> {
    let point = chosen(state)?;
    Some(tr!(
        "{}, RMSE {}",
        units::depth(point.max_m),
        units::length(point.rmse_m)
    ))
}

fn caption(state: State) -> String {
    let RangeSettings {
        bits, code, policy, ..
    } = state.settings.with(|s| s.how);
    let start = state
        .current()
        .map_or(String::new(), |r| units::depth(r.range.min_m()));
    tr!(
        "RMSE against the end of the range, both axes logarithmic; start {start}, {} bits, {}, policy {}",
        bits.get(),
        tr_dynamic(code.name()),
        tr_dynamic(policy.name()),
        start
    )
}

/// The pointer over the chart.
#[derive(Clone, Copy)]
struct Pointer {
    state: State,
    layout: Memo<Option<RangeCurve>>,
}

impl Pointer {
    fn down(self, event: &ev::PointerEvent) {
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let Some(layout) = self.layout.get_untracked() else {
            return;
        };
        let end = untrack(|| self.state.current()).map(|r| r.range.max_m());
        let Some(grab) = end.and_then(|end| layout.grab(x, y, end)) else {
            return;
        };
        // A mouse may also press beside the end to bring it there; a finger there wants to scroll.
        if grab == DragTarget::Plot && event.pointer_type() != "mouse" {
            self.state.crosshair.set(Some(layout.end_at(x)));
            return;
        }
        let canvas: web_sys::HtmlCanvasElement = event_target(event);
        // Without capture a drag merely ends at the edge.
        drop(canvas.set_pointer_capture(event.pointer_id()));
        self.state.dragging.set(true);
        self.state.crosshair.set(None);
        actions::move_end(self.state, layout.end_at(x));
    }

    fn moved(self, event: &ev::PointerEvent) {
        let x = f64::from(event.offset_x());
        let Some(layout) = self.layout.get_untracked() else {
            return;
        };
        if self.state.dragging.get_untracked() {
            actions::move_end(self.state, layout.end_at(x));
        } else if event.pointer_type() == "mouse" {
            self.state.crosshair.set(Some(layout.end_at(x)));
        }
    }

    fn up(self) {
        self.state.dragging.set(false);
    }
}

fn key(state: State, event: &ev::KeyboardEvent) {
    let Some(named) = untrack(|| state.current()) else {
        return;
    };
    let Some((from_m, to_m)) = state
        .curve
        .with_untracked(|c| c.as_ref().map(|c| (c.domain.from_m, c.domain.to_m)))
    else {
        return;
    };
    let end = named.range.max_m();
    let moved = match event.key().as_str() {
        "ArrowRight" | "ArrowUp" => end * SMALL_STEP,
        "ArrowLeft" | "ArrowDown" => end / SMALL_STEP,
        "PageUp" => end * LARGE_STEP,
        "PageDown" => end / LARGE_STEP,
        "Home" => from_m,
        "End" => to_m,
        _ => return,
    };
    event.prevent_default();
    actions::move_end(state, moved.clamp(from_m, to_m));
}

/// The best end under each metric, each with a button that takes it.
#[component]
fn BestRanges() -> impl IntoView {
    let state = State::here();
    let items = move || {
        state.best.with(|best| {
            best.iter()
                .map(|b| {
                    let (range, metric) = (b.range, b.metric);
                    let value = match metric {
                        Metric::Rmse => units::length(b.value),
                        Metric::AbsRel => units::ratio(b.value),
                        Metric::Delta1 => units::share(b.value),
                    };
                    let name = tr!("best {}", metric.name());
                    view! {
                        <button
                            class="best"
                            title=tr!("Add this range to the table")
                            on:click=move |_| actions::add_named(state, &name, range)
                        >
                            <span>{tr!("Best {}", metric.name())}</span>
                            <b>{units::range(range.min_m(), range.max_m())}</b>
                            <span>{value}</span>
                        </button>
                    }
                })
                .collect_view()
        })
    };
    let searching = move || state.best.with(Vec::is_empty);
    view! {
        <div class="bests">
            <Show when=searching>
                <span class="best skeleton"></span>
                <span class="best skeleton"></span>
                <span class="best skeleton"></span>
            </Show>
            {items}
        </div>
        <p class="foot">
            {tr!("The best end is searched from the same start, with every pixel counted. Under the other policies the narrowest range always wins.")}
        </p>
    }
}

#[component]
fn CurveTable() -> impl IntoView {
    let state = State::here();
    let rows = move || {
        state.curve.with(|c| {
            let points = c.as_ref().map_or(&[][..], |c| &c.points);
            points
                .iter()
                .step_by(TABLE_EVERY)
                .map(|p| {
                    view! {
                        <tr>
                            <th scope="row">{units::depth(p.max_m)}</th>
                            <td>{units::length(p.rmse_m)}</td>
                            <td>{units::length(p.rounding_m)}</td>
                            <td>{units::length(p.clipping_m)}</td>
                        </tr>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <TableTwin title=tr!("The curve as a table")>
            <thead>
                            <tr>
                                <th scope="col">{tr!("End")}</th>
                                <th scope="col">"RMSE"</th>
                                <th scope="col">{tr!("Rounding part")}</th>
                                <th scope="col">{tr!("Clipping part")}</th>
                            </tr>
                        </thead>
            <tbody>{rows}</tbody>
        </TableTwin>
    }
}
