//! Every figure of every range, a column each.

use leptos::prelude::*;

use super::state::State;
use super::table::{error, published};
use crate::analysis::{Clipped, RangeReport};
use crate::units;

type Figure = (&'static str, fn(&RangeReport) -> String);

fn length_or_dash(value: Option<f64>) -> String {
    value.map_or(units::MISSING.to_owned(), units::length)
}

fn depth_or_dash(value: Option<f64>) -> String {
    value.map_or(units::MISSING.to_owned(), units::depth)
}

const FIGURES: [Figure; 37] = [
    ("Valid pixels", |r| units::count(r.count)),
    ("Inside (coverage)", |r| units::share(r.coverage)),
    ("Below the start", |r| units::share(r.below.share)),
    ("Beyond the end", |r| units::share(r.above.share)),
    ("Far-side coverage (up to the end)", |r| {
        units::share(r.far_coverage)
    }),
    ("Ends of the code", |r| {
        units::range(r.effective.min_m(), r.effective.max_m())
    }),
    ("Step", |r| units::length(r.step_m)),
    ("Half step: largest rounding error", |r| {
        units::length(r.half_step_m)
    }),
    ("Ideal rounding RMSE, step/\u{221a}12", |r| {
        units::length(r.ideal_rmse_m)
    }),
    ("Pixels measured under the policy", |r| {
        error(r, |e| units::count(e.count))
    }),
    ("RMSE", |r| error(r, |e| units::length(e.metrics.rmse))),
    ("\u{2003}rounding part", |r| {
        error(r, |e| units::length(e.rounding_m))
    }),
    ("\u{2003}clipping part", |r| {
        error(r, |e| units::length(e.clipping_m))
    }),
    ("Mean depth of clipped pixels", |r| {
        depth_or_dash(r.clipped.mean_depth_m)
    }),
    ("Mean error of clipped pixels", |r| {
        length_or_dash(r.clipped.mean_error_m)
    }),
    ("Their contribution to RMSE", |r| contribution(&r.clipped)),
    ("\u{2003}beyond the end: mean depth", |r| {
        depth_or_dash(r.above.mean_depth_m)
    }),
    ("\u{2003}beyond the end: mean error", |r| {
        length_or_dash(r.above.mean_error_m)
    }),
    ("\u{2003}beyond the end: contribution", |r| {
        contribution(&r.above)
    }),
    ("\u{2003}below the start: mean depth", |r| {
        depth_or_dash(r.below.mean_depth_m)
    }),
    ("\u{2003}below the start: mean error", |r| {
        length_or_dash(r.below.mean_error_m)
    }),
    ("\u{2003}below the start: contribution", |r| {
        contribution(&r.below)
    }),
    ("MAE", |r| error(r, |e| units::length(e.metrics.mae))),
    ("Bias", |r| error(r, |e| units::length(e.metrics.bias))),
    ("abs_rel", |r| error(r, |e| units::ratio(e.metrics.abs_rel))),
    ("sq_rel", |r| error(r, |e| units::length(e.metrics.sq_rel))),
    ("rmse_log", |r| {
        error(r, |e| units::ratio(e.metrics.rmse_log))
    }),
    ("log10", |r| error(r, |e| units::ratio(e.metrics.log10))),
    ("silog", |r| error(r, |e| units::ratio(e.metrics.silog))),
    ("irmse", |r| {
        error(r, |e| format!("{} /km", units::ratio(e.metrics.irmse)))
    }),
    ("imae", |r| {
        error(r, |e| format!("{} /km", units::ratio(e.metrics.imae)))
    }),
    ("delta1, ratio under 1.25", |r| {
        error(r, |e| units::share(e.metrics.delta1))
    }),
    ("delta2, under 1.25\u{b2}", |r| {
        error(r, |e| units::share(e.metrics.delta2))
    }),
    ("delta3, under 1.25\u{b3}", |r| {
        error(r, |e| units::share(e.metrics.delta3))
    }),
    ("Raised to 1 mm for ratios and logs", |r| {
        error(r, |e| units::share(e.floored))
    }),
    ("Published RMSE", |r| {
        published(r).map_or(units::MISSING.to_owned(), |p| units::length(p.rmse_m))
    }),
    ("Published abs_rel", |r| {
        published(r).map_or(units::MISSING.to_owned(), |p| units::ratio(p.abs_rel))
    }),
];

/// Rows at the end of [`FIGURES`] that only the sample has.
const PUBLISHED_ROWS: usize = 2;

fn contribution(clipped: &Clipped) -> String {
    units::length(clipped.contribution_m)
}

/// The section, closed at first.
#[component]
pub(super) fn DetailsSection() -> impl IntoView {
    let state = State::here();
    let open = RwSignal::new(false);
    let head = move || {
        state.with_reports(|reports| {
            reports
                .iter()
                .map(|r| {
                    let ends = units::range(r.named.range.min_m(), r.named.range.max_m());
                    view! { <th scope="col">{ends} <small>{r.named.name.clone()}</small></th> }
                })
                .collect_view()
        })
    };
    let body = move || {
        let sample = state
            .data
            .with(|d| d.as_ref().is_some_and(|d| d.is_sample()));
        let rows = if sample {
            FIGURES.len()
        } else {
            FIGURES.len() - PUBLISHED_ROWS
        };
        state.with_reports(|reports| {
            FIGURES[..rows]
                .iter()
                .map(|(name, of)| {
                    let cells = reports
                        .iter()
                        .map(|r| view! { <td>{of(r)}</td> })
                        .collect_view();
                    view! { <tr><th scope="row">{*name}</th>{cells}</tr> }
                })
                .collect_view()
        })
    };
    view! {
        <details class="panel all-figures" on:toggle=move |_| open.update(|o| *o = !*o)>
            <summary>"All figures of the ranges"</summary>
            <Show when=move || open.get()>
                <div class="card">
                    <div class="scroll" tabindex="0" role="region" aria-label="All figures of the ranges">
                        <table class="plain-table">
                            <thead><tr><th scope="col">"Figure"</th>{head}</tr></thead>
                            <tbody>{body}</tbody>
                        </table>
                    </div>
                </div>
            </Show>
        </details>
    }
}
