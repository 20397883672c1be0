//! The map of a metric over both ends of the range.

use crate::actions;
use crate::state::{QueryGroup, State, keep_answered};
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::Controls;
use crate::browser::dom;
use crate::views::ui::chart::TableTwin;
use crate::views::ui::drawn::{Draw, Drawn, Picture};
use crate::views::ui::section::{Section, near};
use fathom_analysis::range_space::RangeMapRow;
use fathom_analysis::range_space::SumKind;
use fathom_analysis::{Policy, RangeSettings};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::JobId;
use fathom_engine::query::{Query, QueryResult};
use fathom_plot::charts::{map_range, range_map};
use fathom_plot::{HeatInput, HeatMap, summary_text};

/// Starts and ends of the map.
const SIDE: u32 = 64;

/// Rows of the first look.
const COARSE: u32 = 8;

/// Time that the map rests, in milliseconds, before those of other metrics are made: sections below it come first.
const REST_MS: i32 = 1000;

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 460.0;

/// A map: of which depths, measured how, for which metrics.
#[derive(Clone, Copy, PartialEq)]
struct Shown {
    serial: Option<JobId>,
    how: RangeSettings,
    sums: SumKind,
}

impl Shown {
    /// All rows, every eighth first: the map is whole from the beginning and becomes finer.
    fn rows(self) -> Vec<Query> {
        let mut rows: Vec<u32> = (0..SIDE).collect();
        rows.sort_by_key(|row| (row % COARSE != 0, *row));
        let ask = |row| Query::RangeMapRow {
            row,
            side: SIDE,
            how: self.how,
            sums: self.sums,
        };
        rows.into_iter().map(ask).collect()
    }

    /// True if a question is one of its rows.
    fn asks(&self, ask: &Query) -> bool {
        matches!(ask, Query::RangeMapRow { how, sums, .. } if (*how, *sums) == (self.how, self.sums))
    }

    /// True if it differs from another in nothing but the metrics, if in anything.
    fn is_beside(&self, other: Self) -> bool {
        (self.serial, self.how) == (other.serial, other.how)
    }
}

#[component]
pub(super) fn Map() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[QueryGroup::Map]);
    // The policy plays no part in what is measured, and another one needs no new map.
    let now = move || {
        let policy = Policy::Count;
        Some(Shown {
            serial: state.serial(),
            how: state.how().map(|how| RangeSettings { policy, ..how })?,
            sums: SumKind::for_criterion(state.criterion.get()),
        })
    };
    let whole = RwSignal::new(None::<Shown>);
    let whole_of = move |now: Shown| whole.get().filter(|whole| whole.is_beside(now));
    let answers = keep_answered(QueryGroup::Map, move || {
        let Some(now) = now().filter(|_| near.get()) else {
            return Vec::new();
        };
        // Another metric of a whole map has its sums from those that are made ready.
        whole_of(now).unwrap_or(now).rows()
    });
    // Once the map is there, the sums of all other metrics are made ready.
    let ahead = keep_answered(QueryGroup::MapAhead, move || {
        let sums = SumKind::All;
        let every = now()
            .and_then(whole_of)
            .map(|whole| Shown { sums, ..whole });
        every.map(Shown::rows).unwrap_or_default()
    });
    Effect::new(move |_| {
        let Some(shown) = now() else { return };
        let is_there = answers.with(|answers| {
            answers.is_complete() && answers.pairs().all(|(ask, _)| shown.asks(ask))
        });
        if !is_there || untrack(|| whole_of(shown)).is_some() {
            return;
        }
        spawn_local(async move {
            dom::pause(REST_MS).await;
            // Other settings meanwhile have their own turn.
            if untrack(now) == Some(shown) {
                whole.set(Some(shown));
            }
        });
    });
    let input = Memo::new(move |_| -> Option<HeatInput> {
        let how = state.how()?;
        let current = state.current().map(|named| named.range);
        let criterion = state.criterion.get();
        let (own, every) = (answers.read(), ahead.read());
        let rows: Vec<&RangeMapRow> = own
            .pairs()
            .chain(every.pairs())
            .filter_map(|pair| match pair {
                (Query::RangeMapRow { sums, .. }, Some(QueryResult::RangeMapRow(row)))
                    if sums.covers(criterion) =>
                {
                    Some(row)
                }
                _ => None,
            })
            .collect();
        range_map(
            &rows,
            criterion,
            how.policy,
            state.clipping_weight.get(),
            current,
        )
    });
    let draw: Draw = Arc::new(move |width, height, at| {
        input.with(|input| {
            let input = input.as_ref()?;
            let map = HeatMap::new(width, height, input);
            let hit = at.and_then(|(x, y)| map.hit(input, x, y));
            Some(Picture {
                scene: map.scene(input, hit.map(|hit| hit.cell)),
                readout: hit.map(|hit| HeatMap::readout(input, &hit).text()),
            })
        })
    });
    let summary =
        Signal::derive(move || input.with(|input| summary_text(&input.as_ref()?.summary())));
    let size = RwSignal::new((0.0, 0.0));
    let sized: Draw = Arc::new(move |width, height, at| {
        if size.get_untracked() != (width, height) {
            size.set((width, height));
        }
        draw(width, height, at)
    });
    let take = Callback::new(move |(x, y): (f64, f64)| {
        let (width, height) = size.get_untracked();
        let range = input.with_untracked(|input| {
            let input = input.as_ref()?;
            map_range(&HeatMap::new(width, height, input).hit(input, x, y)?)
        });
        if let Some(range) = range {
            actions::use_range(state, tr!("from the map"), range);
        }
    });
    view! {
        <Section
            id="map"
            title=tr!("Both ends at once")
            lead=tr!("The metric for every start and end, with contour lines around the best. Click, or press Enter after the arrow keys, to add a range to the table.")
            theory="the-best-range"
            element
            folded=true
        >
            <div class="card">
                <Controls/>
                <Drawn title=tr!("Metric over both ends of the range") draw=sized summary tall=TALL_PX click=take/>
                <Twin input/>
            </div>
        </Section>
    }
}

/// Every so manieth start and end stands in the table.
const TABLE_EVERY: usize = 8;

/// The map as a table.
#[component]
fn Twin(input: Memo<Option<HeatInput>>) -> impl IntoView {
    let table = move || {
        input.with(|input| {
            let input = input.as_ref()?;
            let ends = || input.grid.xs.iter().enumerate().step_by(TABLE_EVERY);
            let head = ends()
                .map(|(_, end)| view! { <th scope="col">{units::depth(*end)}</th> })
                .collect_view();
            let rows = input
                .grid
                .ys
                .iter()
                .enumerate()
                .step_by(TABLE_EVERY)
                .map(|(row, start)| {
                    let cells = ends()
                        .map(|(column, _)| {
                            let value = input.grid.cell(row, column).value();
                            let text = value.map_or(units::MISSING.to_owned(), |v| {
                                input.value.quantity.text(v)
                            });
                            view! { <td>{text}</td> }
                        })
                        .collect_view();
                    view! { <tr><th scope="row">{units::depth(*start)}</th>{cells}</tr> }
                })
                .collect_view();
            Some(view! {
                <thead><tr><th scope="col">{tr!("start \\ end")}</th>{head}</tr></thead>
                <tbody>{rows}</tbody>
            })
        })
    };
    view! { <TableTwin title=tr!("Every eighth cell as a table")>{table}</TableTwin> }
}
