//! A picture that the pointer moves and zooms. Pictures with the same signals show the same part, with one cursor.

use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

use super::chart::follow_size;
use crate::browser::canvas::{self, View};

/// Steps of zoom and movement for a key, a button or a turn of the wheel.
pub(in crate::views) const ZOOM_STEP: f64 = 1.25;
const MOVE_STEP: f64 = 0.1;

/// The middle of the picture, which keys and buttons zoom at.
pub(in crate::views) const MIDDLE: (f64, f64) = (0.5, 0.5);

/// Keeps a canvas showing a picture in a view.
pub(in crate::views) fn keep_shown(
    node: NodeRef<html::Canvas>,
    picture: impl Fn() -> Option<HtmlCanvasElement> + 'static,
    view: RwSignal<View>,
    cursor: RwSignal<Option<(f64, f64)>>,
) {
    let size = follow_size(node, 0.0);
    // The picture is made once, whatever the pointer does.
    let made = RwSignal::new_local(None);
    Effect::new(move |_| made.set(picture()));
    Effect::new(move |_| {
        size.track();
        let (view, cursor) = (view.get(), cursor.get());
        made.with(|picture: &Option<HtmlCanvasElement>| {
            if let (Some(picture), Some(node)) = (picture, node.get()) {
                canvas::draw_picture(&node, picture, &view, cursor);
            }
        });
    });
}

/// The picture.
#[component]
pub(in crate::views) fn Zoomed<Made>(
    /// Makes the picture in its own size.
    picture: Made,
    /// The part that is shown.
    view: RwSignal<View>,
    /// The point under the pointer, in shares of width and height.
    cursor: RwSignal<Option<(f64, f64)>>,
    /// The aspect as a style.
    #[prop(into)]
    style: Signal<String>,
    /// Its content and keys, for screen readers.
    label: String,
    /// Called with the point of a click.
    #[prop(optional, into)]
    click: Option<Callback<(f64, f64)>>,
) -> impl IntoView
where
    Made: Fn() -> Option<HtmlCanvasElement> + 'static,
{
    let node = NodeRef::<html::Canvas>::new();
    keep_shown(node, picture, view, cursor);
    let place = move |x: i32, y: i32| {
        let rect = node.get_untracked()?.get_bounding_client_rect();
        let inside = |at: i32, from: f64, size: f64| (f64::from(at) - from) / size.max(1.0);
        Some((
            inside(x, rect.left(), rect.width()),
            inside(y, rect.top(), rect.height()),
        ))
    };
    let held = RwSignal::new(None::<(f64, f64)>);
    let moved = move |event: web_sys::PointerEvent| {
        let Some(at) = place(event.client_x(), event.client_y()) else {
            return;
        };
        if let Some(from) = held.get_untracked() {
            view.update(|v| v.shift(from.0 - at.0, from.1 - at.1));
            held.set(Some(at));
        }
        cursor.set(Some(view.with_untracked(|v| v.point(at))));
    };
    let wheel = move |event: web_sys::WheelEvent| {
        event.prevent_default();
        let factor = if event.delta_y() < 0.0 {
            ZOOM_STEP
        } else {
            1.0 / ZOOM_STEP
        };
        if let Some(at) = place(event.client_x(), event.client_y()) {
            view.update(|v| v.zoom(factor, at));
        }
    };
    let clicked = move |event: web_sys::MouseEvent| {
        if let (Some(click), Some(at)) = (click, place(event.client_x(), event.client_y())) {
            click.run(view.with_untracked(|v| v.point(at)));
        }
    };
    let key = move |event: web_sys::KeyboardEvent| {
        match event.key().as_str() {
            "+" | "=" => view.update(|v| v.zoom(ZOOM_STEP, MIDDLE)),
            "-" => view.update(|v| v.zoom(1.0 / ZOOM_STEP, MIDDLE)),
            "0" => view.set(View::default()),
            "ArrowLeft" => view.update(|v| v.shift(-MOVE_STEP, 0.0)),
            "ArrowRight" => view.update(|v| v.shift(MOVE_STEP, 0.0)),
            "ArrowUp" => view.update(|v| v.shift(0.0, -MOVE_STEP)),
            "ArrowDown" => view.update(|v| v.shift(0.0, MOVE_STEP)),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <canvas
            node_ref=node
            tabindex="0"
            style=style
            role="img"
            aria-label=label
            on:pointerdown=move |e| held.set(place(e.client_x(), e.client_y()))
            on:pointermove=moved
            on:pointerup=move |_| held.set(None)
            on:pointerleave=move |_| {
                held.set(None);
                cursor.set(None);
            }
            on:click=clicked
            on:wheel=wheel
            on:keydown=key
        ></canvas>
    }
}
