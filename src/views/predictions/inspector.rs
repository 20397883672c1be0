//! The maps themselves: those of one frame side by side, in one fixed range of colours, with one zoom and one cursor for all roles.

use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

use crate::actions;
use crate::browser::canvas::{self, View};
use crate::state::{Origin, Picture, State};
use crate::views::ui::zoomed::{MIDDLE, ZOOM_STEP, Zoomed};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::legend;

/// Colours of the legend's strip.
const LEGEND_STEPS: usize = 24;

/// The section, closed at first: maps are read again for it.
#[component]
pub(super) fn InspectorSection() -> impl IntoView {
    let state = State::here();
    let open = RwSignal::new(false);
    let has_files = move || {
        state
            .data
            .with(|d| d.as_ref().is_some_and(|d| d.shown_role().is_some()))
    };
    view! {
        <Show when=has_files>
            <details class="panel maps" open=move || open.get() on:toggle=move |e| open.set(event_target::<web_sys::HtmlDetailsElement>(&e).open())>
                <summary>{tr!("Look at the maps")}</summary>
                <Show when=move || open.get()>
                    <Inspector/>
                </Show>
            </details>
        </Show>
    }
}

#[component]
fn Inspector() -> impl IntoView {
    let state = State::here();
    actions::sync_pictures(state);
    let frames = Memo::new(move |_| state.files.with(|rows| actions::frames(rows)));
    // Selects the first frame where none of this set is selected.
    Effect::new(move |_| {
        frames.with(|frames| {
            let known = state.look.with_untracked(|l| frames.contains(&l.frame));
            if let Some(first) = frames.first().filter(|_| !known) {
                actions::look_at(state, first, 0);
            }
        });
    });
    let stack = Memo::new(move |_| {
        let frame = state.look.with(|l| l.frame.clone());
        state.files.with(|rows| {
            let of_frame = rows.iter().filter(|r| r.frame == frame);
            of_frame
                .filter_map(|r| Some(r.facts()?.maps.len()))
                .max()
                .unwrap_or(1)
        })
    });
    let step = move |by: isize| {
        frames.with_untracked(|frames| {
            let at = state
                .look
                .with_untracked(|l| frames.iter().position(|f| *f == l.frame))
                .unwrap_or(0);
            let next = at
                .saturating_add_signed(by)
                .min(frames.len().saturating_sub(1));
            if let Some(frame) = frames.get(next) {
                actions::look_at(state, frame, 0);
            }
        });
    };
    let view = RwSignal::new(View::default());
    let cursor = RwSignal::new(None::<(f64, f64)>);
    let roles = Memo::new(move |_| {
        state
            .pictures
            .with(|p| p.iter().map(|(role, _)| *role).collect::<Vec<_>>())
    });
    let options = move || {
        let current = state.look.with(|l| l.frame.clone());
        frames.with(|frames| {
            frames
                .iter()
                .map(|f| {
                    let shown = if f.is_empty() {
                        tr!("(one)").to_owned()
                    } else {
                        f.clone()
                    };
                    view! { <option value=f.clone() selected=*f == current>{shown}</option> }
                })
                .collect_view()
        })
    };
    view! {
        <div class="card">
            <div class="tools">
                <button class="button" on:click=move |_| step(-1) aria-label=tr!("Previous frame")>"\u{2190}"</button>
                <label class="inline">
                    {tr!("Frame ")}
                    <select on:change=move |e| actions::look_at(state, &event_target_value(&e), 0)>{options}</select>
                </label>
                <button class="button" on:click=move |_| step(1) aria-label=tr!("Next frame")>"\u{2192}"</button>
                <Show when=move || { stack.get() > 1 }>
                    <label class="inline">
                        {tr!("Map ")}
                        <input
                            type="number"
                            min="1"
                            max=move || stack.get()
                            prop:value=move || state.look.with(|l| l.map + 1)
                            on:change=move |e| {
                                if let Ok(map) = event_target_value(&e).parse::<u32>() {
                                    let frame = state.look.with_untracked(|l| l.frame.clone());
                                    actions::look_at(state, &frame, map.saturating_sub(1));
                                }
                            }
                        />
                        {move || tr!(" of {}", stack.get())}
                    </label>
                </Show>
                <span class="grow"></span>
                <button class="button" on:click=move |_| view.update(|v| v.zoom(1.0 / ZOOM_STEP, MIDDLE)) aria-label=tr!("Zoom out")>"\u{2212}"</button>
                <button class="button" on:click=move |_| view.update(|v| v.zoom(ZOOM_STEP, MIDDLE)) aria-label=tr!("Zoom in")>"+"</button>
                <button class="button" on:click=move |_| view.set(View::default())>{tr!("Fit")}</button>
            </div>
            <Legend/>
            <div class="pictures">
                {move || {
                    roles
                        .get()
                        .into_iter()
                        .map(|role| view! { <Map role view cursor/> })
                        .collect_view()
                }}
            </div>
            <p class="readout" aria-live="off">{move || readout(state, cursor.get())}</p>
        </div>
    }
}

/// The colours with their depths, which can be typed.
#[component]
fn Legend() -> impl IntoView {
    let state = State::here();
    let gradient = format!(
        "background:linear-gradient(to right,{})",
        legend(LEGEND_STEPS).join(",")
    );
    let end = move |which: usize| {
        state
            .picture_range()
            .map(|r| units::depth_number([r.0, r.1][which]))
            .unwrap_or_default()
    };
    let typed = move |which: usize, text: &str| {
        let Some(mut range) = state.picture_range() else {
            return;
        };
        if let Ok(value) = text.trim().parse::<f64>() {
            if which == 0 {
                range.0 = value;
            } else {
                range.1 = value;
            }
            if range.0 > 0.0 && range.1 > range.0 && range.1.is_finite() {
                state.colour_range.set(Some(range));
            }
        }
    };
    view! {
        <div class="legend">
            <input
                aria-label=tr!("Depth of the first colour, in metres")
                inputmode="decimal"
                prop:value=move || end(0)
                on:change=move |e| typed(0, &event_target_value(&e))
            />
            " m"
            <span class="strip" style=gradient aria-hidden="true"></span>
            <input
                aria-label=tr!("Depth of the last colour, in metres")
                inputmode="decimal"
                prop:value=move || end(1)
                on:change=move |e| typed(1, &event_target_value(&e))
            />
            {tr!(" m, logarithmic; ")}
            <span class="invalid" aria-hidden="true"></span>
            {tr!(" no depth")}
            <Show when=move || state.colour_range.with(Option::is_some)>
                <button class="button small" on:click=move |_| state.colour_range.set(None)>{tr!("As the depths")}</button>
            </Show>
        </div>
    }
}

fn picture_of(state: State, role: Role) -> Option<Picture> {
    state
        .pictures
        .with(|p| p.iter().find(|(r, _)| *r == role).map(|(_, p)| p.clone()))
}

#[component]
fn Map(role: Role, view: RwSignal<View>, cursor: RwSignal<Option<(f64, f64)>>) -> impl IntoView {
    let state = State::here();
    let picture = Memo::new(move |_| picture_of(state, role));
    let source = StoredValue::new_local(None::<HtmlCanvasElement>);
    // The picture in its own size, made once; zooming draws from it.
    let fresh = Memo::new(move |previous: Option<&u32>| {
        picture.with(|p| {
            if let Some(Picture::There { info, colours, .. }) = p {
                source.set_value(canvas::picture(info.width, info.height, colours));
            }
        });
        previous.copied().unwrap_or_default().wrapping_add(1)
    });
    let shown = move || {
        // Read, not only tracked: a memo without a reader is never computed.
        fresh.get();
        state.repaint.track();
        source.with_value(Clone::clone)
    };
    let aspect = move || {
        picture.with(|p| match p {
            Some(Picture::There { info, .. }) => {
                format!("aspect-ratio:{}/{}", info.width, info.height)
            }
            _ => "aspect-ratio:4/3".to_owned(),
        })
    };
    let words = move || {
        picture.with(|p| match p {
            Some(Picture::There { info, .. }) if info.every > 1 => {
                tr!(
                    "{}\u{d7}{} px shown, every {}th of each row and column",
                    info.width,
                    info.height,
                    info.every
                )
            }
            Some(Picture::There { info, .. }) => {
                tr!("{}\u{d7}{} px", info.width, info.height)
            }
            Some(Picture::Failed(why)) => tr!("Not shown: {why}.", why),
            Some(Picture::Coming) | None => tr!("Reading \u{2026}").to_owned(),
        })
    };
    view! {
        <figure>
            <figcaption><b>{role.title()}</b> " " <span>{words}</span></figcaption>
            <Zoomed
                picture=shown
                view
                cursor
                style=Signal::derive(aspect)
                label=tr!("Depth map, {}; keys + and - zoom, arrows move, 0 fits", role.title())
            />
        </figure>
    }
}

/// Column, row, and what each role has there: raw sample and metres.
fn readout(state: State, cursor: Option<(f64, f64)>) -> String {
    let Some((x, y)) = cursor.filter(|(x, y)| (0.0..1.0).contains(x) && (0.0..1.0).contains(y))
    else {
        return tr!("Point at a pixel to read it in all roles.").to_owned();
    };
    let markers = state.data.with(|d| match d.as_ref().map(|d| &d.origin) {
        Some(Origin::Files { built }) => fathom_core::stats::active_markers(&built.markers),
        _ => Vec::new(),
    });
    let mut place = None;
    let readings: Vec<String> = state.pictures.with(|pictures| {
        let reading = |(role, picture): &(Role, Picture)| {
            let Picture::There {
                info,
                samples,
                encoding,
                ..
            } = picture
            else {
                return None;
            };
            let (column, row) = info.pixel(x, y);
            place.get_or_insert((column * info.every, row * info.every));
            let raw = *samples.get((row * info.width + column) as usize)?;
            let metres = encoding.metres(raw);
            let is_depth =
                raw > 0.0 && metres > 0.0 && metres.is_finite() && !markers.contains(&raw);
            let depth = if is_depth {
                units::depth(metres)
            } else {
                tr!("no depth").to_owned()
            };
            Some(tr!(
                "{} {depth} (sample {})",
                role.letter(),
                units::depth_number(raw),
                depth
            ))
        };
        pictures.iter().filter_map(reading).collect()
    });
    match place {
        Some((column, row)) => tr!(
            "Column {column}, row {row}: {}",
            readings.join(" \u{b7} "),
            column,
            row
        ),
        None => tr!("Reading \u{2026}").to_owned(),
    }
}
