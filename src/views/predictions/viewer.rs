//! The maps of a frame with their differences and raw samples: one zoom and one cursor for all, a slider between two, a profile along a line.

use super::strip::{FrameTools, Strip};
use crate::actions;
use crate::state::{Looked, MapSamples, State};
use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use web_sys::HtmlCanvasElement;

use crate::browser::canvas::{self, View};
use crate::views::ui::chart::TableTwin;
use crate::views::ui::colour_scale::{colour_scale, gradient};
use crate::views::ui::drawn::{Draw, Drawn, Picture};
use crate::views::ui::heading::Heading;
use crate::views::ui::section::{Fold, near};
use crate::views::ui::zoomed::{MIDDLE, ZOOM_STEP, Zoomed, keep_shown};
use fathom_analysis::compare::FramePreview;
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::{
    FramePanes, Pane, ProfileLine, depth_at_pixel, frame_panes, pixel_at, pixel_text, point_at,
    profile, worst_pixel,
};
use fathom_plot::{Staircase, legend, summary_text};

/// Height of the profile in a wide panel, in CSS pixels.
const PROFILE_PX: f64 = 280.0;

/// Colours of the strip of a scale.
const LEGEND_STEPS: usize = 24;

/// Most rows of the profile's table.
const TABLE_ROWS: usize = 40;

/// Signals that all pictures share.
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

/// The section, where there are files: they are read again for it.
#[component]
pub(super) fn ViewerSection() -> impl IntoView {
    let state = State::here();
    let has_files = Memo::new(move |_| {
        state
            .data
            .with(|d| d.as_ref().is_some_and(|d| d.shown_role().is_some()))
    });
    view! { <Show when=move || has_files.get()><Viewer/></Show> }
}

#[component]
fn Viewer() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[]);
    let raw = RwSignal::new(false);
    actions::sync_look(state, near);
    actions::sync_samples(state, raw);
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
    let panes = Memo::new(move |_| {
        let range_m = state.colour_range.get();
        look.get().map(|look| Arc::new(frame_panes(&look, range_m)))
    });
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
    let has_two = Memo::new(move |_| panes.with(|p| p.as_ref().is_none_or(|p| p.panes.len() > 1)));
    let readout = move || {
        let (look, point) = (look.get()?, shared.cursor.get()?);
        let samples = state.samples.with(|all| {
            let at = |own: &MapSamples| {
                let (column, row) = own.info.pixel(point.0, point.1);
                let at = row as usize * own.info.width as usize + column as usize;
                Some((own.role, *own.samples.get(at)?))
            };
            all.iter().filter_map(at).collect::<Vec<_>>()
        });
        Some(pixel_text(&look, pixel_at(&look, point)?, &samples))
    };
    Effect::new(move |_| {
        let depth_m = look.get().zip(shared.cursor.get());
        let depth_m =
            depth_m.and_then(|(look, point)| depth_at_pixel(&look, pixel_at(&look, point)?));
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
                <Strip near/>
                <Tools shared raw worst has_two/>
                <Legend panes/>
                {move || problem().map(|why| view! { <p class="problem">{why}</p> })}
                <p class="readout over"><span>{move || readout().unwrap_or_else(|| "\u{a0}".to_owned())}</span></p>
                <div class="pair even">
                    <Show
                        when=move || has_two.get()
                        fallback=move || view! { <div class="pictures">{pictures}</div> }
                    >
                        <Slider panes shared/>
                    </Show>
                    <Fold title=tr!("Profile of depth along a line") on_phone=true><Cut look shared/></Fold>
                </div>
                <Show when=move || has_two.get()>
                    <div class="pictures small">{pictures}</div>
                </Show>
            </div>
        </section>
    }
}

/// The frame, map of a stack, worst pixel, raw samples, zoom.
#[component]
fn Tools(
    shared: Shared,
    raw: RwSignal<bool>,
    worst: Callback<()>,
    has_two: Memo<bool>,
) -> impl IntoView {
    let state = State::here();
    let is_stack = Memo::new(move |_| state.looked_map.get().1 > 1);
    view! {
        <div class="tools">
            <FrameTools/>
            <Show when=move || is_stack.get()>
                <label class="inline">
                    {tr!("Map ")}
                    <input
                        type="number"
                        min="1"
                        max=move || state.looked_map.get().1.to_string()
                        prop:value=move || (state.looked_map.get().0 + 1).to_string()
                        on:change=move |e| {
                            if let Ok(map) = event_target_value(&e).parse::<u32>() {
                                state.look.update(|look| look.map = map.saturating_sub(1));
                            }
                        }
                    />
                    {move || tr!(" of {}", units::count(f64::from(state.looked_map.get().1)))}
                </label>
            </Show>
            <Show when=move || has_two.get()>
                <button class="button" title=tr!("Where INT8 differs most from FP32 in this frame") on:click=move |_| worst.run(())>{tr!("Worst pixel")}</button>
            </Show>
            <label class="marker" title=tr!("Read the samples of the files too, before unit and scale")>
                <input type="checkbox" prop:checked=move || raw.get() on:change=move |e| raw.set(event_target_checked(&e))/>
                <span>{tr!("Raw samples")}</span>
            </label>
            <span class="grow"></span>
            <span class="zoom">
                <button class="button" on:click=move |_| shared.view.update(|v| v.zoom(1.0 / ZOOM_STEP, MIDDLE)) aria-label=tr!("Zoom out")>"\u{2212}"</button>
                <button class="button" on:click=move |_| shared.view.update(|v| v.zoom(ZOOM_STEP, MIDDLE)) aria-label=tr!("Zoom in")>"+"</button>
                <button class="button" on:click=move |_| shared.view.set(View::default())>{tr!("Fit")}</button>
            </span>
        </div>
    }
}

/// The scales of colours; the ends of that of the maps can be typed.
#[component]
fn Legend(panes: Memo<Option<Arc<FramePanes>>>) -> impl IntoView {
    let state = State::here();
    let range_m = Memo::new(move |_| panes.with(|panes| panes.as_ref().map(|p| p.range_m)));
    let end = move |which: usize, label: &'static str| {
        let shown = move || {
            let range_m = range_m.get();
            range_m.map_or(String::new(), |r| units::depth_number([r.0, r.1][which]))
        };
        let typed = move |event| {
            let typed = event_target_value(&event).trim().parse::<f64>().ok();
            let Some((typed, range)) = typed.zip(range_m.get_untracked()) else {
                return;
            };
            let range = if which == 0 {
                (typed, range.1)
            } else {
                (range.0, typed)
            };
            if range.0 > 0.0 && range.1 > range.0 && range.1.is_finite() {
                state.colour_range.set(Some(range));
            }
        };
        view! { <input aria-label=label inputmode="decimal" prop:value=shown on:change=typed/> }
    };
    let differences = move || {
        let panes = panes.get()?;
        Some(panes.scales.iter().map(colour_scale).collect_view())
    };
    view! {
        <div class="legend scales">
            <span class="scale">
                {end(0, tr!("Depth of the first colour, in metres"))}
                " m"
                <span class="strip" style=gradient(&legend(LEGEND_STEPS)) aria-hidden="true"></span>
                {end(1, tr!("Depth of the last colour, in metres"))}
                {tr!(" m, logarithmic; ")}
                <span class="invalid" aria-hidden="true"></span>
                {tr!(" no depth")}
                <Show when=move || state.colour_range.with(Option::is_some)>
                    <button class="button small" on:click=move |_| state.colour_range.set(None)>{tr!("As the depths")}</button>
                </Show>
            </span>
            {differences}
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
    let title = move || match shared.line.get() {
        ProfileLine::Row(row) => tr!("Profile across row {row}", row),
        ProfileLine::Column(column) => tr!("Profile down column {column}", column),
    };
    view! {
        <div class="tools">
            <h3>{title}</h3>
            <span class="grow"></span>
            <div class="seg" role="group" aria-label=tr!("Direction of the profile")>
                {side(false, tr!("across"))} {side(true, tr!("down"))}
            </div>
        </div>
        <Drawn title=tr!("Profile of depth along a line") draw summary tall=PROFILE_PX/>
        <TableTwin title=tr!("The profile as a table")>{table}</TableTwin>
    }
}
