//! A chart whose picture and readout depend on its size and on where the pointer is: everything that is no line chart.

use std::sync::Arc;

use super::chart::{follow_size, keep_painted};
use super::save::SaveChart;
use super::summary::{Summary, summary_id};
use fathom_core::i18n::tr;
use fathom_plot::{Scene, crosshair_step};
use leptos::prelude::*;
use leptos::{ev, html};

/// A picture with what it says about the place under the pointer.
#[derive(Clone, PartialEq)]
pub(crate) struct Picture {
    /// The picture.
    pub(crate) scene: Scene,
    /// The reading under the pointer.
    pub(crate) readout: Option<String>,
}

/// Draws for a panel of this width and height, with the pointer at a place, all in CSS pixels.
pub(crate) type Draw = Arc<dyn Fn(f64, f64, Option<(f64, f64)>) -> Option<Picture> + Send + Sync>;

/// The chart with its readout and the buttons that save it.
#[component]
pub(crate) fn Drawn(
    /// Its title, for the file's name and screen readers.
    title: &'static str,
    /// Makes the picture; none before there is anything to show.
    draw: Draw,
    /// Height in a wide panel, in CSS pixels, until the picture has its own.
    tall: f64,
    /// Called with the place of a click.
    #[prop(optional, into)]
    click: Option<Callback<(f64, f64)>>,
    /// Its summary, for those who cannot see it.
    summary: Signal<Option<String>>,
) -> impl IntoView {
    let canvas = NodeRef::<html::Canvas>::new();
    let size = follow_size(canvas, tall);
    let pointer = RwSignal::new(None::<(f64, f64)>);
    // Many places read it: it is made once.
    let picture = Memo::new(move |_| {
        let size = size.get();
        size.is_known()
            .then(|| draw(size.width, size.height, pointer.get()))?
    });
    let scene = move || picture.with(|picture| picture.as_ref().map(|p| p.scene.clone()));
    keep_painted(canvas, scene);
    let readout = move || picture.with(|picture| picture.as_ref()?.readout.clone());
    let place =
        |event: &ev::PointerEvent| (f64::from(event.offset_x()), f64::from(event.offset_y()));
    let key = move |event: ev::KeyboardEvent| {
        let size = size.get_untracked();
        let at = pointer.get_untracked();
        let next = crosshair_step(&event.key(), at, (size.width, size.height));
        match (event.key().as_str(), at, click) {
            _ if next.is_some() => pointer.set(next),
            ("Enter", Some(at), Some(click)) => click.run(at),
            ("Escape", Some(_), _) => pointer.set(None),
            _ => return,
        }
        event.prevent_default();
    };
    let label = tr!(
        "{title}. The arrow keys read it point by point{}",
        if click.is_some() {
            tr!(", Enter selects the point.")
        } else {
            "."
        },
        title
    );
    // The picture says how high it is.
    let style = move || {
        let own = picture.with(|picture| picture.as_ref().map(|p| p.scene.height));
        match own {
            Some(height) => format!("height:{height}px"),
            None => size.get().style(tall),
        }
    };
    let waiting = move || picture.with(Option::is_none);
    view! {
        <p class="readout over" aria-live="polite">
            <span>{move || readout().unwrap_or_else(|| "\u{a0}".to_owned())}</span>
        </p>
        <div class="canvas" class:skeleton=waiting style=style>
            <canvas
                node_ref=canvas
                tabindex="0"
                role="img"
                class:clickable=click.is_some()
                aria-label=label
                aria-describedby=summary_id(title)
                on:pointermove=move |e| pointer.set(Some(place(&e)))
                on:pointerdown=move |e| pointer.set(Some(place(&e)))
                on:pointerleave=move |_| pointer.set(None)
                on:click=move |e| {
                    if let Some(click) = click {
                        click.run((f64::from(e.offset_x()), f64::from(e.offset_y())));
                    }
                }
                on:keydown=key
            ></canvas>
        </div>
        <Summary title text=summary/>
        <div class="chart-foot"><span></span><SaveChart name=title canvas waiting=Signal::derive(waiting) scene/></div>
    }
}
