//! The map of a metric over both ends of the range.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;

use super::super::desk::{Desk, keep_answered};
use super::super::frame::{Section, near};
use super::super::state::State;
use super::super::wish;
use super::Controls;
use crate::analysis::landscape::MapSums;
use crate::bridge::Wish;
use crate::charts::{map_range, range_map};
use crate::inquiry::{Answer, Ask, MapRow};
use crate::language::said;
use crate::plot::{HeatInput, HeatMap, summary_text};
use crate::ui::chart::TableTwin;
use crate::ui::drawn::{Draw, Drawn, Picture};
use crate::units;

/// Starts and ends of the map.
const SIDE: u32 = 64;

/// Rows of the first look.
const COARSE: u32 = 8;

/// Height of the chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 460.0;

#[component]
pub(super) fn Map() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element);
    let answers = keep_answered(Desk::Map, move || {
        let Some(how) = state.how().filter(|_| near.get()) else {
            return Vec::new();
        };
        let sums = MapSums::of(state.criterion.get());
        // Every eighth row first: the map is whole from the beginning and becomes finer.
        let mut rows: Vec<u32> = (0..SIDE).collect();
        rows.sort_by_key(|row| (row % COARSE != 0, *row));
        rows.into_iter()
            .map(|row| Ask::MapRow {
                row,
                side: SIDE,
                how,
                sums,
            })
            .collect()
    });
    let input = Memo::new(move |_| -> Option<HeatInput> {
        let how = state.how()?;
        let current = state.current().map(|named| named.range);
        answers.with(|answers| {
            let rows: Vec<&MapRow> = answers
                .known()
                .filter_map(|answer| match answer {
                    Answer::MapRow(row) => Some(row),
                    _ => None,
                })
                .collect();
            range_map(
                &rows,
                state.criterion.get(),
                how.policy,
                state.clipping_weight.get(),
                current,
            )
        })
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
            wish(&Wish::UseRange {
                name: said("from the map").to_owned(),
                range,
            });
        }
    });
    view! {
        <Section
            id="map"
            title=said("Both ends at once")
            lead=said("The metric over every start and end, with lines of equal value around the best. A click, or Enter after the arrow keys, takes the range into the table.")
            theory="the-best-range"
            element
        >
            <div class="card">
                <Controls/>
                <Drawn title=said("Metric over both ends of the range") draw=sized summary tall=TALL_PX click=take/>
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
                <thead><tr><th scope="col">{said("start \\ end")}</th>{head}</tr></thead>
                <tbody>{rows}</tbody>
            })
        })
    };
    view! { <TableTwin title=said("Every eighth cell as a table")>{table}</TableTwin> }
}
