//! All frames in a strip of thumbnails, with the choice of their order, and the frames one after the other.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::actions;
use crate::browser::{canvas, dom};
use crate::state::{FrameSelection, PageView, State};
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::short_names;

/// Width of a thumbnail with the space beside it, in CSS pixels, as in the style sheet.
const STEP_PX: f64 = 92.0;

/// Width of a name under its thumbnail, in letters of the charts' size.
const NAME_PX: f64 = 86.0;

/// Milliseconds that each frame stays when all are played.
const PLAY_MS: i32 = 500;

/// The frame, its neighbours, play, and the order, where there are several frames.
#[component]
pub(super) fn FrameTools() -> impl IntoView {
    let state = State::here();
    let names = Memo::new(move |_| state.frame_names());
    let many = move || names.with(|names| names.len() > 1);
    view! { <Show when=many><Several names/></Show> }
}

#[component]
fn Several(names: Memo<Vec<String>>) -> impl IntoView {
    let state = State::here();
    let playing = RwSignal::new(false);
    // The next frame is asked for when this one has been there for a while.
    let rounds = StoredValue::new(0_u32);
    Effect::new(move |_| {
        state.looked.track();
        let is_played = playing.get();
        rounds.update_value(|round| *round = round.wrapping_add(1));
        let mine = rounds.get_value();
        if !is_played {
            return;
        }
        spawn_local(async move {
            dom::pause(PLAY_MS).await;
            let is_latest = rounds.try_get_value() == Some(mine);
            let is_seen = state.view.get_untracked() == PageView::Predictions;
            if is_latest && !(is_seen && state.look_beside(true)) {
                playing.set(false);
            }
        });
    });
    let options = move || {
        let current = state.look.with(|look| look.frame.clone());
        names.with(|names| {
            let option = |name: &String| {
                let is_current = *name == current;
                view! { <option value=name.clone() selected=is_current>{frame_title(name)}</option> }
            };
            names.iter().map(option).collect_view()
        })
    };
    let order = move |by_loss: bool, text: &'static str| {
        view! {
            <button
                title=by_loss.then(|| tr!("What INT8 adds to the RMSE, the most first"))
                class:on=move || state.frames_by_loss.get() == by_loss
                aria-pressed=move || (state.frames_by_loss.get() == by_loss).to_string()
                on:click=move |_| state.frames_by_loss.set(by_loss)
            >
                {text}
            </button>
        }
    };
    let has_losses = Memo::new(move |_| state.has_practice());
    view! {
            <button class="button" on:click=move |_| { state.look_beside(false); } aria-label=tr!("Previous frame")>"\u{2190}"</button>
            <select
                aria-label=tr!("Frame")
                on:change=move |e| {
                    state.look_at(FrameSelection { frame: event_target_value(&e), map: 0 });
                }
            >
                {options}
            </select>
            <button class="button" on:click=move |_| { state.look_beside(true); } aria-label=tr!("Next frame")>"\u{2192}"</button>
            <button class="button" aria-pressed=move || playing.get().to_string() on:click=move |_| playing.update(|p| *p = !*p)>
                {move || if playing.get() { tr!("Stop") } else { tr!("Play") }}
            </button>
            <Show when=move || has_losses.get()>
                <div class="seg" role="group" aria-label=tr!("Order of the frames")>
                    {order(false, tr!("by name"))} {order(true, tr!("by loss"))}
                </div>
            </Show>
    }
}

/// The name of a frame; that of a single file without one says so.
pub(in crate::views) fn frame_title(name: &str) -> String {
    if name.is_empty() {
        tr!("(one)").to_owned()
    } else {
        name.to_owned()
    }
}

/// The thumbnails of several frames, once a reader is near. Those in view are drawn.
#[component]
pub(super) fn Strip(near: ReadSignal<bool>) -> impl IntoView {
    let state = State::here();
    let names = Memo::new(move |_| state.frame_names());
    let many = move || near.get() && names.with(|names| names.len() > 1);
    view! { <Show when=many><Thumbnails names/></Show> }
}

#[component]
fn Thumbnails(names: Memo<Vec<String>>) -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Div>::new();
    let scrolled_px = RwSignal::new(0.0_f64);
    let losses = Memo::new(move |_| state.frame_losses());
    let in_view = Memo::new(move |_| {
        let first = (scrolled_px.get() / STEP_PX) as usize;
        let count = (dom::width_px() / STEP_PX) as usize + 1;
        let serial = state.serial();
        names.with(|names| {
            let short = short_names(names, NAME_PX);
            let seen = names.iter().zip(short).enumerate().skip(first).take(count);
            seen.map(|(at, (name, short))| (serial, at, name.clone(), short))
                .collect::<Vec<_>>()
        })
    });
    // The selected frame is brought into the strip.
    Effect::new(move |_| {
        let at = state
            .look
            .with(|look| names.with(|names| names.iter().position(|name| *name == look.frame)));
        let (Some(at), Some(strip)) = (at, element.get()) else {
            return;
        };
        let (left, width) = (at as f64 * STEP_PX, f64::from(strip.client_width()));
        let from = f64::from(strip.scroll_left());
        if left < from || left + STEP_PX > from + width {
            strip.set_scroll_left((left - (width - STEP_PX) / 2.0) as i32);
        }
    });
    let thumb = move |(_, at, name, short): (_, usize, String, String)| {
        let loss = {
            let name = name.clone();
            move || {
                losses.with(|all| {
                    all.get(&name).map_or(String::new(), |m| {
                        units::with_sign(*m, &units::length(m.abs()))
                    })
                })
            }
        };
        view! { <Thumbnail at name short loss=Signal::derive(loss)/> }
    };
    let width = move || {
        let count = names.with(Vec::len);
        format!("width:{}px", count as f64 * STEP_PX)
    };
    view! {
        <div
            class="thumbnails"
            node_ref=element
            on:scroll=move |_| {
                if let Some(strip) = element.get_untracked() {
                    scrolled_px.set(f64::from(strip.scroll_left()));
                }
            }
        >
            <div style=width>
                <For each=move || in_view.get() key=Clone::clone children=thumb/>
            </div>
        </div>
    }
}

/// A frame in the strip: its picture and what INT8 adds to its error.
#[component]
fn Thumbnail(at: usize, name: String, short: String, loss: Signal<String>) -> impl IntoView {
    let state = State::here();
    let node = NodeRef::<html::Canvas>::new();
    let wanted = name.clone();
    Effect::new(move |_| {
        node.track();
        actions::thumbnail(state, at, &wanted, move |info, colours| {
            if let Some(node) = node.get_untracked() {
                let drawn = canvas::fill(&node, info.width, info.height, &colours);
                debug_assert!(drawn.is_some());
            }
        });
    });
    on_cleanup(move || actions::drop_thumbnail(state, at));
    let own = name.clone();
    let is_current = Memo::new(move |_| state.look.with(|look| look.frame == own));
    let title = frame_title(&name);
    let words = frame_title(&short);
    let frame = name.clone();
    view! {
        <button
            class="thumbnail"
            class:on=move || is_current.get()
            aria-current=move || is_current.get().then_some("true")
            style=format!("left:{}px", at as f64 * STEP_PX)
            title=title
            on:click=move |_| state.look_at(FrameSelection { frame: frame.clone(), map: 0 })
        >
            <canvas node_ref=node aria-hidden="true"></canvas>
            <span>{words}</span>
            <small>{loss}</small>
        </button>
    }
}
