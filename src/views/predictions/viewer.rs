//! The maps of a frame with their differences: one zoom and one cursor for all, a slider between two, and a profile along a line.

use crate::state::{Looked, State};
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

use crate::browser::canvas::{self, View};
use crate::views::ui::chart::TableTwin;
use crate::views::ui::drawn::{Draw, Drawn, Picture};
use crate::views::ui::heading::Heading;
use crate::views::ui::section::near;
use crate::views::ui::zoomed::{MIDDLE, ZOOM_STEP, Zoomed, keep_shown};
use fathom_analysis::compare::FramePreview;
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::{
    FramePanes, Pane, ProfileLine, depth_at_pixel, frame_panes, pixel_at, pixel_text, point_at,
    profile, worst_pixel,
};
use fathom_plot::{Staircase, summary_text};

/// Height of the profile in a wide panel, in CSS pixels.
const PROFILE_PX: f64 = 280.0;

/// Most rows of the profile's table.
const TABLE_ROWS: usize = 40;

/// What all pictures share.
#[derive(Clone, Copy)]
struct Shared {
    view: RwSignal<View>,
    cursor: RwSignal<Option<(f64, f64)>>,
    /// The line of the profile.
    line: RwSignal<ProfileLine>,
    down: RwSignal<bool>,
}

impl Shared {
    /// Lays the profile through a pixel.
    fn cut(self, column: usize, row: usize) {
        self.line.set(if self.down.get_untracked() {
            ProfileLine::Column(column)
        } else {
            ProfileLine::Row(row)
        });
    }
}

#[component]
pub(super) fn Viewer() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[]);
    Effect::new(move |_| {
        // Selects the first frame when the viewer comes near the window.
        if near.get() && state.practice.with(|p| !p.indices().is_empty()) {
            state.look_at(untrack(|| state.looked_frame.get()));
        }
    });
    let shared = Shared {
        view: RwSignal::new(View::default()),
        cursor: RwSignal::new(None),
        line: RwSignal::new(ProfileLine::Row(0)),
        down: RwSignal::new(false),
    };
    let look = Memo::new(move |_| match state.looked.get() {
        Looked::There(look) => Some(look),
        _ => None,
    });
    let panes = Memo::new(move |_| look.get().map(|look| Arc::new(frame_panes(&look))));
    Effect::new(move |_| {
        if let Some(look) = look.get() {
            // The profile follows the middle row until the reader chooses a line.
            shared.cut(look.width / 2, look.height / 2);
        }
    });
    let problem = move || match state.looked.get() {
        Looked::Failed(why) => Some(tr!("Not shown: {why}.", why)),
        Looked::Nothing | Looked::There(_) => None,
    };
    let pictures = move || {
        panes.get().map(|panes| {
            let count = panes.panes.len();
            (0..count)
                .map(|at| view! { <Map panes=panes.clone() at shared look/> })
                .collect_view()
        })
    };
    let scales = move || {
        panes.get().map(|panes| {
            panes
                .scales
                .iter()
                .map(|scale| {
                    let strip = format!(
                        "background:linear-gradient(to right,{})",
                        scale.colours.join(",")
                    );
                    view! {
                        <span class="scale">
                            {scale.title} " " {scale.from.clone()}
                            <span class="strip" style=strip aria-hidden="true"></span>
                            {scale.to.clone()}
                        </span>
                    }
                })
                .collect_view()
        })
    };
    let pixel = Memo::new(move |_| {
        let look = look.get()?;
        pixel_at(&look, shared.cursor.get()?)
    });
    let readout = move || Some(pixel_text(&*look.get()?, pixel.get()?));
    Effect::new(move |_| {
        let depth_m = look.get().zip(pixel.get());
        let depth_m = depth_m.and_then(|(look, pixel)| depth_at_pixel(&look, pixel));
        state.pointed_m.set(depth_m);
    });
    on_cleanup(move || state.pointed_m.set(None));
    let worst = Callback::new(move |()| {
        let Some(look) = look.get_untracked() else {
            return;
        };
        if let Some((column, row)) = worst_pixel(&look) {
            shared.cursor.set(Some(point_at(&look, (column, row))));
            shared.cut(column, row);
        }
    });
    view! {
        <section class="panel" id="viewer" node_ref=element aria-labelledby="viewer-title">
            <Heading id="viewer-title" title=tr!("The maps of a frame")/>
            <p class="lead">{tr!("All maps share one colour range; all differences are centred on zero. Point at a pixel to read it in every map. Click to draw a profile through it, which shows INT8's steps.")}</p>
            <div class="card">
                <Tools shared worst/>
                <div class="legend scales">{scales}</div>
                {move || problem().map(|why| view! { <p class="problem">{why}</p> })}
                <p class="readout">{move || readout().unwrap_or_else(|| "\u{a0}".to_owned())}</p>
                <div class="pair even">
                    <Slider panes shared/>
                    <div><Cut look shared/></div>
                </div>
                <div class="pictures small">{pictures}</div>
            </div>
        </section>
    }
}

/// Frame, zoom, direction of the profile.
#[component]
fn Tools(shared: Shared, worst: Callback<()>) -> impl IntoView {
    let state = State::here();
    let names = Memo::new(move |_| {
        state.practice.with(|p| {
            let names = p.names();
            p.indices()
                .iter()
                .map(|place| (*place, names[*place as usize].clone()))
                .collect::<Vec<_>>()
        })
    });
    let options = move || {
        let current = state.looked_frame.get();
        names.with(|names| {
            names
                .iter()
                .map(|(place, name)| {
                    let shown = if name.is_empty() { tr!("(one)").to_owned() } else { name.clone() };
                    view! { <option value=place.to_string() selected=*place == current>{shown}</option> }
                })
                .collect_view()
        })
    };
    let side = move |down: bool, text: &'static str| {
        view! {
            <button
                class:on=move || shared.down.get() == down
                aria-pressed=move || (shared.down.get() == down).to_string()
                on:click=move |_| shared.down.set(down)
            >
                {text}
            </button>
        }
    };
    view! {
        <div class="tools">
            <button class="button" on:click=move |_| state.look_beside(false) aria-label=tr!("Previous frame")>"\u{2190}"</button>
            <label class="inline">
                {tr!("Frame ")}
                <select on:change=move |e| {
                    if let Ok(place) = event_target_value(&e).parse() {
                        state.look_at(place);
                    }
                }>{options}</select>
            </label>
            <button class="button" on:click=move |_| state.look_beside(true) aria-label=tr!("Next frame")>"\u{2192}"</button>
            <Show when=move || { state.looked_map.get().1 > 1 }>
                <label class="inline">
                    {tr!("Map ")}
                    <input
                        type="number"
                        min="1"
                        max=move || state.looked_map.get().1.to_string()
                        prop:value=move || (state.looked_map.get().0 + 1).to_string()
                        on:change=move |e| {
                            if let Ok(map) = event_target_value(&e).parse::<u32>() {
                                state.look_at_map(state.looked_frame.get_untracked(), map.saturating_sub(1));
                            }
                        }
                    />
                    {move || tr!(" of {}", units::count(f64::from(state.looked_map.get().1)))}
                </label>
            </Show>
            <div class="seg" role="group" aria-label=tr!("Direction of the profile")>
                {side(false, tr!("profile across"))} {side(true, tr!("profile down"))}
            </div>
            <button class="button" title=tr!("Where INT8 differs most from FP32 in this frame") on:click=move |_| worst.run(())>{tr!("Worst pixel")}</button>
            <span class="grow"></span>
            <button class="button" on:click=move |_| shared.view.update(|v| v.zoom(1.0 / ZOOM_STEP, MIDDLE)) aria-label=tr!("Zoom out")>"\u{2212}"</button>
            <button class="button" on:click=move |_| shared.view.update(|v| v.zoom(ZOOM_STEP, MIDDLE)) aria-label=tr!("Zoom in")>"+"</button>
            <button class="button" on:click=move |_| shared.view.set(View::default())>{tr!("Fit")}</button>
        </div>
    }
}

fn aspect(panes: &FramePanes) -> String {
    format!("aspect-ratio:{}/{}", panes.width, panes.height)
}

fn made(panes: &FramePanes, pane: &Pane) -> Option<HtmlCanvasElement> {
    canvas::picture(panes.width, panes.height, &pane.colours)
}

#[component]
fn Map(
    panes: Arc<FramePanes>,
    at: usize,
    shared: Shared,
    look: Memo<Option<Arc<FramePreview>>>,
) -> impl IntoView {
    let picture = panes.panes.get(at).and_then(|pane| made(&panes, pane));
    let title = panes.panes.get(at).map_or("", |pane| pane.title);
    let cut = move |point: (f64, f64)| {
        let pixel = look.get_untracked().and_then(|look| pixel_at(&look, point));
        if let Some((column, row)) = pixel {
            shared.cut(column, row);
        }
    };
    let shape = aspect(&panes);
    view! {
        <figure>
            <figcaption><b>{title}</b></figcaption>
            <Zoomed
                picture=move || picture.clone()
                view=shared.view
                cursor=shared.cursor
                style=Signal::stored(shape)
                label=tr!("{title}; keys + and - zoom, arrows move, 0 fits", title)
                click=cut
            />
        </figure>
    }
}

/// Two maps over each other with a slider between them.
#[component]
fn Slider(panes: Memo<Option<Arc<FramePanes>>>, shared: Shared) -> impl IntoView {
    let share = RwSignal::new(50.0_f64);
    let left = RwSignal::new(0_usize);
    let right = RwSignal::new(1_usize);
    // A frame with the same maps keeps what was chosen.
    let titles = Memo::new(move |_| {
        panes.with(|panes| {
            let panes = panes.as_ref().map_or(&[][..], |panes| &panes.panes);
            panes.iter().map(|pane| pane.title).collect::<Vec<_>>()
        })
    });
    Effect::new(move |_| {
        let titles = titles.get();
        let place = |role: Role| titles.iter().position(|title| *title == role.title());
        let int8 = place(Role::Quantized).or_else(|| place(Role::Board));
        if let Some((fp32, int8)) = place(Role::Float).zip(int8) {
            left.set(fp32);
            right.set(int8);
        }
    });
    let below = NodeRef::<html::Canvas>::new();
    let above = NodeRef::<html::Canvas>::new();
    let picture = move |which: RwSignal<usize>| {
        move || {
            let panes = panes.get()?;
            made(&panes, panes.panes.get(which.get())?)
        }
    };
    keep_shown(below, picture(left), shared.view, shared.cursor);
    keep_shown(above, picture(right), shared.view, shared.cursor);
    let choice = move |which: RwSignal<usize>, label: &'static str| {
        let options = move || {
            panes.get().map(|panes| {
                panes
                    .panes
                    .iter()
                    .enumerate()
                    .map(|(at, pane)| {
                        view! { <option value=at.to_string() selected=which.get() == at>{pane.title}</option> }
                    })
                    .collect_view()
            })
        };
        view! {
            <select
                aria-label=label
                on:change=move |e| which.set(event_target_value(&e).parse().unwrap_or(0))
            >
                {options}
            </select>
        }
    };
    let shape = move || panes.get().map(|panes| aspect(&panes));
    let clip = move || format!("clip-path:inset(0 0 0 {}%)", share.get());
    view! {
        <div class="two-maps">
            <div class="tools">{choice(left, tr!("On the left"))} {choice(right, tr!("On the right"))}</div>
            <div class="swipe" style=shape>
                <canvas node_ref=below aria-hidden="true"></canvas>
                <canvas node_ref=above aria-hidden="true" style=clip></canvas>
            </div>
            <input
                type="range"
                min="0"
                max="100"
                aria-label=tr!("Where the two maps meet, in percent")
                prop:value=move || share.get().to_string()
                on:input=move |e| share.set(event_target_value(&e).parse().unwrap_or(50.0))
            />
        </div>
    }
}

/// The profile.
#[component]
fn Cut(look: Memo<Option<Arc<FramePreview>>>, shared: Shared) -> impl IntoView {
    let state = State::here();
    let cut = move || {
        let look = look.get()?;
        let grid = state.practice.with(|p| p.merged().grid().ok());
        Some(profile(&look, shared.line.get(), grid.as_ref()))
    };
    let summary = Signal::derive(move || summary_text(&cut()?.summary()));
    let draw: Draw = Arc::new(move |width, height, at| {
        let cut = cut()?;
        let chart = Staircase::new(width, height, &cut);
        let hit = at.and_then(|(x, y)| chart.hit(x, y));
        Some(Picture {
            scene: chart.scene(&cut, hit),
            readout: hit.map(|place| Staircase::readout(&cut, place).text()),
        })
    });
    let table = move || {
        let cut = cut()?;
        let every = cut.len().div_ceil(TABLE_ROWS).max(1);
        let rows = (0..cut.len())
            .step_by(every)
            .map(|place| {
                let readout = Staircase::readout(&cut, place);
                let cells: Vec<String> = readout
                    .readings
                    .iter()
                    .map(|r| format!("{} {}", r.name, r.value))
                    .collect();
                view! { <tr><th scope="row">{readout.at}</th><td>{cells.join(", ")}</td></tr> }
            })
            .collect_view();
        Some(view! {
            <thead><tr><th scope="col">{tr!("Position")}</th><th scope="col">{tr!("Depths")}</th></tr></thead>
            <tbody>{rows}</tbody>
        })
    };
    let title = move || match shared.line.get() {
        ProfileLine::Row(row) => tr!("Profile across row {row}", row),
        ProfileLine::Column(column) => tr!("Profile down column {column}", column),
    };
    view! {
        <h3>{title}</h3>
        <Drawn title=tr!("Profile of depth along a line") draw summary tall=PROFILE_PX/>
        <TableTwin title=tr!("The profile as a table")>{table}</TableTwin>
    }
}
