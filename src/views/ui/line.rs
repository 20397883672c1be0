//! A chart of curves: hover, keyboard, its table, and its picture to save.

use super::chart::{ChartSize, TableTwin, follow_size, keep_painted};
use super::save::SaveChart;
use super::summary::{Summary, summary_id};
use fathom_core::i18n::tr;
use fathom_plot::{LineChart, LineInput, Readout, Scene, summary_text};
use leptos::prelude::*;
use leptos::{ev, html};

/// Most rows of the table twin.
const TABLE_ROWS: usize = 40;

/// The chart with its readout, its table and the buttons that save it.
#[component]
pub(crate) fn LinePlot(
    /// Its title, for the table, the file's name and screen readers.
    title: &'static str,
    /// The curves; none before they are there.
    input: Signal<Option<LineInput>>,
    /// Height in a wide panel, in CSS pixels.
    tall: f64,
    /// A place that is pointed at elsewhere, read while the pointer is not on this chart.
    #[prop(optional, into)]
    pointed: Signal<Option<f64>>,
) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let size = follow_size(canvas, tall);
    let crosshair = RwSignal::new(None::<f64>);
    let read_at = move || crosshair.get().or(pointed.get());
    // Many places read these: each is made once.
    let input = Signal::from(Memo::new(move |_| input.get()));
    let layout = Memo::new(move |_| layout(size.get(), input));
    let scene = Memo::new(move |_| -> Option<Scene> {
        layout.with(|layout| {
            let layout = layout.as_ref()?;
            input.with(|input| Some(layout.scene(input.as_ref()?, read_at())))
        })
    });
    keep_painted(canvas, move || scene.get());
    let readout = move || -> Option<Readout> {
        let at = read_at()?;
        layout
            .with(|layout| input.with(|input| Some(layout.as_ref()?.readout(input.as_ref()?, at))))
    };
    // A place that is pointed at elsewhere is read out there.
    let live = move || {
        if crosshair.get().is_some() {
            "polite"
        } else {
            "off"
        }
    };
    let moved = move |event: ev::PointerEvent| {
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        let at = layout.with_untracked(|layout| {
            input.with_untracked(|input| layout.as_ref()?.snap(input.as_ref()?, x, y))
        });
        if crosshair.get_untracked() != at {
            crosshair.set(at);
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let forward = match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => true,
            "ArrowLeft" | "ArrowDown" => false,
            "Escape" => {
                crosshair.set(None);
                return;
            }
            _ => return,
        };
        event.prevent_default();
        let next = layout.with_untracked(|layout| {
            input.with_untracked(|input| {
                layout
                    .as_ref()?
                    .step(input.as_ref()?, crosshair.get_untracked(), forward)
            })
        });
        crosshair.set(next);
    };
    let waiting = move || input.with(Option::is_none);
    let summary = Signal::derive(move || {
        input.with(|input| input.as_ref().and_then(|i| summary_text(&i.summary())))
    });
    view! {
        <p class="readout over" aria-live=live>
            <span>{move || readout().map_or_else(|| "\u{a0}".to_owned(), |r| r.text())}</span>
        </p>
        <div class="canvas" class:skeleton=waiting style=move || size.get().style(tall)>
            <canvas
                node_ref=canvas
                tabindex="0"
                role="img"
                aria-label=tr!("{title}. The arrow keys read it point by point; the table below has every value.", title)
                aria-describedby=summary_id(title)
                on:pointermove=moved
                on:pointerdown=moved
                on:pointerleave=move |_| crosshair.set(None)
                on:keydown=key
            ></canvas>
        </div>
        <Summary title text=summary/>
        <div class="chart-foot">
            <Twin title input/>
            <SaveChart name=title canvas waiting=Signal::derive(waiting) scene=move || scene.get()/>
        </div>
    }
}

fn layout(size: ChartSize, input: Signal<Option<LineInput>>) -> Option<LineChart> {
    size.is_known().then(|| {
        input.with(|input| Some(LineChart::new(size.width, size.height, input.as_ref()?)))
    })?
}

/// The same numbers as a table.
#[component]
fn Twin(title: &'static str, input: Signal<Option<LineInput>>) -> impl IntoView {
    let table = move || {
        input.with(|input| {
            let input = input.as_ref()?;
            // The size plays no part in what is read.
            let chart = LineChart::new(600.0, 300.0, input);
            let places = input.places();
            let every = places.len().div_ceil(TABLE_ROWS).max(1);
            let rows = places
                .into_iter()
                .step_by(every)
                .map(|x| {
                    let readout = chart.readout(input, x);
                    let cells = input
                        .series
                        .iter()
                        .map(|series| {
                            let reading = readout.readings.iter().find(|r| r.name == series.name);
                            let text = reading
                                .map_or(fathom_core::units::MISSING.to_owned(), |r| {
                                    r.value.clone()
                                });
                            view! { <td>{text}</td> }
                        })
                        .collect_view();
                    view! { <tr><th scope="row">{readout.at}</th>{cells}</tr> }
                })
                .collect_view();
            let head = input
                .series
                .iter()
                .map(|s| view! { <th scope="col">{s.name.clone()}</th> })
                .collect_view();
            let first = input.x.title.clone();
            Some(view! {
                <thead><tr><th scope="col">{first}</th>{head}</tr></thead>
                <tbody>{rows}</tbody>
            })
        })
    };
    view! { <TableTwin title=tr!("The same as a table") of=title>{table}</TableTwin> }
}
