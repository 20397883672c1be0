//! A canvas that fills its panel and repaints when what it shows, its width or the colours change.

use super::table::PlainTable;
use std::cell::RefCell;
use std::rc::Rc;

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::ResizeObserver;

use crate::browser::{canvas, dom};
use crate::state::State;
use fathom_engine::JobId;
use fathom_plot::{Palette, Scene};

/// Width below which a chart is drawn lower, in CSS pixels.
pub(crate) const NARROW_PX: f64 = 520.0;

/// Signals that all charts follow besides their own scenes.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    /// The colours and the font of the page; `None` without a page.
    pub(crate) palette: Memo<Option<Palette>>,
    /// Tells the shown depths apart.
    pub(crate) serial: Signal<Option<JobId>>,
}

/// The size a chart has in its panel, in CSS pixels; zero until it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ChartSize {
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Look {
    /// The look of the page's charts.
    pub(crate) fn new(state: State) -> Self {
        Self {
            palette: Memo::new(move |_| {
                state.theme.track();
                state.repaint.track();
                canvas::page_palette()
            }),
            serial: Signal::derive(move || state.serial()),
        }
    }
}

impl ChartSize {
    fn of(width: f64, tall: f64) -> Self {
        let height = if width < NARROW_PX { tall * 0.8 } else { tall };
        Self { width, height }
    }

    /// The style that keeps the chart's place, of height `tall` until the size is known.
    pub(crate) fn style(self, tall: f64) -> String {
        let height = if self.is_known() { self.height } else { tall };
        format!("height:{height}px")
    }

    pub(crate) fn is_known(self) -> bool {
        self.width > 0.0
    }
}

/// Watches the size of an element until it is dropped.
struct SizeWatch {
    observer: ResizeObserver,
    /// The callback of the browser.
    _told: Closure<dyn Fn()>,
}

impl SizeWatch {
    fn of(element: &web_sys::Element, told: impl Fn() + 'static) -> Option<Self> {
        let told = Closure::<dyn Fn()>::new(told);
        let observer = ResizeObserver::new(told.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self {
            observer,
            _told: told,
        })
    }
}

impl Drop for SizeWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Follows the width of a canvas's panel.
pub(crate) fn follow_size(canvas: NodeRef<html::Canvas>, tall: f64) -> RwSignal<ChartSize> {
    let size = RwSignal::new(ChartSize::default());
    Effect::new(move |_| {
        let Some(panel) = canvas.get().and_then(|c| c.parent_element()) else {
            return;
        };
        let measured = panel.clone();
        let update = move || {
            let width = f64::from(measured.client_width());
            let new = ChartSize::of(width, tall);
            if width > 0.0 && size.get_untracked() != new {
                size.set(new);
            }
        };
        // It reports the first size as well, after the browser's own layout: asking now would force one. It goes with the chart, whose
        // place in the page may stay for the next one.
        StoredValue::new_local(SizeWatch::of(&panel, update));
    });
    size
}

/// Paints a scene whenever it changes: an edit at once, other depths in a task of their own, as everything follows them at once.
pub(crate) fn keep_painted(
    canvas: NodeRef<html::Canvas>,
    scene: impl Fn() -> Option<Scene> + 'static,
) {
    let look: Look = expect_context();
    let latest = Rc::new(RefCell::new(None));
    Effect::new(move |painted: Option<Option<JobId>>| {
        look.palette.track();
        let painted = painted.flatten();
        let (Some(canvas), Some(scene)) = (canvas.get(), scene()) else {
            return painted;
        };
        let serial = look.serial.get();
        if serial == painted && latest.borrow().is_none() {
            paint(&canvas, &scene, look);
        } else if latest.borrow_mut().replace(scene).is_none() {
            let latest = Rc::clone(&latest);
            spawn_local(async move {
                dom::breathe().await;
                if let Some(scene) = latest.take() {
                    paint(&canvas, &scene, look);
                }
            });
        }
        serial
    });
}

fn paint(canvas: &web_sys::HtmlCanvasElement, scene: &Scene, look: Look) {
    look.palette.with_untracked(|palette| {
        let Some(palette) = palette else { return };
        // A browser without a canvas still has the table below it.
        if let Err(message) = canvas::draw(canvas, scene, palette) {
            leptos::logging::warn!("{message}");
        }
    });
}

/// A chart's table twin, closed at first; `children` are the table's head and body.
#[component]
pub(crate) fn TableTwin(
    /// The text of the button that opens it.
    title: &'static str,
    /// The chart, where the title does not name it.
    #[prop(optional)]
    of: Option<&'static str>,
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let label = of.map_or_else(|| title.to_owned(), |of| format!("{title}: {of}"));
    let children = StoredValue::new(children);
    view! {
        <details on:toggle=move |_| open.update(|o| *o = !*o)>
            <summary>{title}{of.map(|of| view! { <span class="hidden">": " {of}</span> })}</summary>
            <Show when=move || open.get()>
                <PlainTable label=label.clone() long=true>{children.with_value(|children| children())}</PlainTable>
            </Show>
        </details>
    }
}
