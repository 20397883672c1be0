//! The distribution: histogram with the ranges on it, percentiles, the tail in a sentence.

use crate::state::{QueryGroup, State, keep_answered};
use crate::views::ui::chart::{TableTwin, follow_size, keep_painted};
use crate::views::ui::heading::Heading;
use crate::views::ui::save::SaveChart;
use crate::views::ui::section::Fold;
use fathom_analysis::{DistributionSummary, PERCENTILES, tail_sentence};
use fathom_core::i18n::{msgid, tr};
use fathom_core::quant::OutputRange;
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::DepthHistogram;
use leptos::html;
use leptos::prelude::*;

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 250.0;

/// The chart's input.
const NAME: &str = msgid("Distribution of depths");

/// The section.
#[component]
pub(super) fn DistributionSection() -> impl IntoView {
    let state = State::here();
    let canvas = NodeRef::<html::Canvas>::new();
    let size = follow_size(canvas, TALL_PX);
    let chosen = Memo::new(move |_| state.current().map(|r| r.range));
    let edges_m = Memo::new(move |_| {
        let (size, chosen) = (size.get(), chosen.get()?);
        let summary = state.data.with(|d| d.as_ref().map(|d| d.summary))?;
        let edges = DepthHistogram::edges(summary.min_m, summary.max_m, chosen, size.width);
        size.is_known().then_some(edges)
    });
    let counts = keep_answered(QueryGroup::Histogram, move || {
        edges_m.get().map(Query::Histogram).into_iter().collect()
    });
    let histogram = Memo::new(move |last: Option<&Option<DepthHistogram>>| {
        let size = size.get();
        let counted = counts.with(|counts| match counts.pairs().next()? {
            (Query::Histogram(edges_m), Some(QueryResult::Histogram(counts))) => {
                let (edges_m, counts) = (edges_m.clone(), counts.clone());
                Some(DepthHistogram::new(
                    edges_m,
                    counts,
                    size.width,
                    size.height,
                ))
            }
            _ => None,
        });
        // The last one stays until the next is counted.
        counted.or_else(|| last.cloned().flatten())
    });
    let scene = move || {
        let chosen = chosen.get()?;
        let others: Vec<OutputRange> = state
            .settings
            .with(|s| s.ranges.iter().map(|r| r.range).collect());
        histogram.with(|h| Some(h.as_ref()?.scene(chosen, &others)))
    };
    keep_painted(canvas, scene);
    let waiting = Signal::derive(move || histogram.with(Option::is_none));
    let summary = Memo::new(move |_| state.data.with(|d| d.as_ref().map(|d| d.summary)));
    let described = move || {
        summary
            .get()
            .map(|s| units::with_unbreakable_units(&tail_sentence(&s)))
    };
    view! {
        <section class="panel" aria-labelledby="distribution-title">
            <Heading id="distribution-title" title=tr!("Distribution")/>
            <p class="lead">
                {move || described().unwrap_or_else(|| "\u{a0}".to_owned())}
            </p>
            <div class="card">
                <div class="canvas" style=move || size.get().style(TALL_PX)>
                    <canvas node_ref=canvas role="img" aria-label=move || described().unwrap_or_else(|| tr!("Pixels per depth").to_owned())></canvas>
                </div>
                <p class="foot">
                    {tr!("Pixels per depth, logarithmic axis; inside the range in use ")}
                    <span class="key part-rounding"></span> {tr!(", outside it ")} <span class="key part-clipping"></span>
                    {tr!(", short marks where the other ranges end")}
                </p>
                <SaveChart name=NAME canvas waiting scene/>
                <Fold title=tr!("All figures") on_phone=true>
                    {move || summary.get().map(|summary| view! { <Figures summary/> })}
                    <HistogramTable histogram/>
                </Fold>
            </div>
        </section>
    }
}

#[component]
fn Figures(summary: DistributionSummary) -> impl IntoView {
    let s = summary;
    let mut figures = vec![
        (tr!("Pixels").to_owned(), units::count(s.count), ""),
        (
            tr!("Smallest").to_owned(),
            units::depth_number(s.min_m),
            "m",
        ),
    ];
    let percentiles = PERCENTILES.iter().zip(s.percentiles_m).map(|(p, depth_m)| {
        let name = if *p == 50.0 {
            tr!("Median").to_owned()
        } else {
            tr!("Percentile {p}", p)
        };
        (name, units::depth_number(depth_m), "m")
    });
    figures.extend(percentiles);
    figures.extend([
        (tr!("Largest").to_owned(), units::depth_number(s.max_m), "m"),
        (tr!("Mean").to_owned(), units::depth_number(s.mean_m), "m"),
        (
            tr!("Std. deviation").to_owned(),
            units::depth_number(s.std_m),
            "m",
        ),
    ]);
    let items = figures
        .into_iter()
        .map(|(name, value, unit)| {
            view! {
                <div>
                    <dt>{name}</dt>
                    <dd>{value} " " <small>{unit}</small></dd>
                </div>
            }
        })
        .collect_view();
    view! { <dl class="figures">{items}</dl> }
}

#[component]
fn HistogramTable(histogram: Memo<Option<DepthHistogram>>) -> impl IntoView {
    let rows = move || {
        histogram.with(|h| {
            h.as_ref().map(|h| {
                h.bins()
                    .filter(|bin| bin.2 > 0.0)
                    .map(|(from_m, to_m, n)| {
                        view! {
                            <tr>
                                <th scope="row">
                                    {units::depth_number(from_m)} " \u{2013} " {units::depth(to_m)}
                                </th>
                                <td>{units::count(n)} {tr!(" px")}</td>
                            </tr>
                        }
                    })
                    .collect_view()
            })
        })
    };
    view! {
        <TableTwin title=tr!("The histogram as a table")>
            <thead>
                            <tr>
                                <th scope="col">{tr!("Depth")}</th>
                                <th scope="col">{tr!("Pixels")}</th>
                            </tr>
                        </thead>
            <tbody>{rows}</tbody>
        </TableTwin>
    }
}
