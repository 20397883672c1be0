//! Maps of the pinned result beside those of the shown one, in the same colours.

use std::sync::Arc;

use leptos::prelude::*;

use crate::actions;
use crate::browser::canvas::{self, View};
use crate::state::{PinnedFrame, State};
use crate::views::predictions::frame_title;
use crate::views::ui::colour_scale::colour_scale;
use crate::views::ui::zoomed::Zoomed;
use fathom_core::i18n::tr;

/// INT8's map and its change, each pinned and now, of a frame that both results hold; nothing without such a frame.
#[component]
pub(super) fn PinnedMaps() -> impl IntoView {
    let state = State::here();
    let frames = Memo::new(move |_| {
        let mut frames = state.pinned_frames.get();
        state.practice.with(|now| {
            frames.retain(|own| now.rows().iter().any(|row| row.name == own.name));
        });
        frames
    });
    let chosen = RwSignal::new(None::<String>);
    let pinned = Memo::new(move |_| {
        let chosen = chosen.get();
        frames.with(|frames| {
            let own = frames.iter().find(|own| chosen.as_ref() == Some(&own.name));
            own.or(frames.first()).cloned()
        })
    });
    actions::sync_beside_pinned(state, pinned);
    let (view, cursor) = (RwSignal::new(View::default()), RwSignal::new(None));
    let now = move |pinned: &PinnedFrame| {
        let now = state.beside_pinned.get()?;
        (now.name == pinned.name).then_some(now.panes)
    };
    let map = move |pinned: &PinnedFrame, at: usize, is_now: bool| {
        let title = pinned.panes.panes.get(at)?.title;
        let when = if is_now { tr!("now") } else { tr!("pinned") };
        let title = tr!("{map}, {when}", map = title, when);
        let shape = format!(
            "aspect-ratio:{}/{}",
            pinned.panes.width, pinned.panes.height
        );
        let own = pinned.clone();
        let picture = move || {
            let panes = if is_now {
                now(&own)?
            } else {
                Arc::clone(&own.panes)
            };
            canvas::picture(panes.width, panes.height, &panes.panes.get(at)?.colours)
        };
        Some(view! {
            <figure>
                <figcaption>{title.clone()}</figcaption>
                <Zoomed
                    picture=picture
                    view
                    cursor
                    style=Signal::stored(shape)
                    label=tr!("{title}; keys + and - zoom, arrows move, 0 fits", title)
                />
            </figure>
        })
    };
    let pictures = move || {
        let pinned = pinned.get()?;
        let pair = |at| (map(&pinned, at, false), map(&pinned, at, true));
        let scales = [pinned.panes.depth_scale()].into_iter();
        let scales = scales.chain(pinned.panes.scales.clone());
        Some(view! {
            <div class="legend scales">{scales.map(|scale| colour_scale(&scale)).collect_view()}</div>
            <div class="pictures small">{pair(1)} {pair(2)}</div>
        })
    };
    let options = move || {
        let current = pinned.with(|own| own.as_ref().map(|own| own.name.clone()));
        let option = |own: PinnedFrame| {
            let is_current = current.as_ref() == Some(&own.name);
            view! { <option value=own.name.clone() selected=is_current>{frame_title(&own.name)}</option> }
        };
        frames.get().into_iter().map(option).collect_view()
    };
    let has_frames = move || frames.with(|frames| !frames.is_empty());
    let open = RwSignal::new(false);
    view! {
        <Show when=has_frames>
            <details on:toggle=move |_| open.update(|o| *o = !*o)>
                <summary>{tr!("Maps of the pinned result's worst frames")}</summary>
                <Show when=move || open.get()>
                    <div class="tools">
                        <select
                            aria-label=tr!("Frame")
                            on:change=move |e| chosen.set(Some(event_target_value(&e)))
                        >
                            {options}
                        </select>
                    </div>
                    <p class="foot">{tr!("Kept as pictures, without depths. Both results are in the colours of the pinned one.")}</p>
                    {pictures}
                </Show>
            </details>
        </Show>
    }
}
