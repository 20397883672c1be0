//! A scene on a canvas, crisp on any screen, in the colours of the page's tokens.

use plotters::drawing::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use super::dom;
use fathom_core::i18n::tr;
use fathom_plot::{Palette, Scene, colour_property, paint};

/// Fewest canvas pixels per CSS pixel. The canvas backend draws on whole pixels; twice as many smooth the curves on ordinary
/// screens.
const MIN_RATIO: f64 = 2.0;

/// Red, green and blue of "#rgb" or "#rrggbb", the two forms that the tokens use; black for anything else.
fn parse_colour(text: &str) -> (u8, u8, u8, f64) {
    let hex = text.strip_prefix('#').unwrap_or_default();
    let digit = |i: usize| hex.get(i..=i).and_then(|d| u8::from_str_radix(d, 16).ok());
    let pair = |i: usize| {
        hex.get(i..i + 2)
            .and_then(|d| u8::from_str_radix(d, 16).ok())
    };
    let channel = |i: usize| match hex.len() {
        3 => digit(i).map(|d| d * 17),
        _ => pair(2 * i),
    };
    let or_black = |c: Option<u8>| c.unwrap_or(0);
    (
        or_black(channel(0)),
        or_black(channel(1)),
        or_black(channel(2)),
        1.0,
    )
}

/// The colours and the font of the page now; `None` without a page. The browser lays down all styles for it that changed since.
#[must_use]
pub(crate) fn page_palette() -> Option<Palette> {
    let body = dom::document()?.body()?;
    let style = dom::window()?.get_computed_style(&body).ok()??;
    let value = |property| style.get_property_value(property).unwrap_or_default();
    Some(Palette::new(
        |ink| parse_colour(value(colour_property(ink)).trim()),
        value("font-family"),
    ))
}

/// Paints a scene; sets the canvas's resolution to the screen's.
///
/// # Errors
/// One sentence where the browser gives no canvas to draw on.
pub(crate) fn draw(
    canvas: &HtmlCanvasElement,
    scene: &Scene,
    palette: &Palette,
) -> Result<(), String> {
    let ratio = dom::window()
        .map_or(1.0, |w| w.device_pixel_ratio())
        .max(MIN_RATIO);
    canvas.set_width((scene.width * ratio).round() as u32);
    canvas.set_height((scene.height * ratio).round() as u32);
    let backend = CanvasBackend::with_canvas_object(canvas.clone());
    let backend = backend.ok_or(tr!("This browser provides no canvas to draw on."))?;
    paint(&backend.into_drawing_area(), scene, palette, ratio)
        .map_err(|e| tr!("The chart could not be drawn ({e}).", e))
}

/// Which part of a picture a canvas shows, in shares of its width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    /// The point in the middle.
    middle: (f64, f64),
    /// Canvas widths per picture width.
    zoom: f64,
}

/// Most canvas widths per picture width: single pixels of the largest maps are seen.
const MAX_ZOOM: f64 = 256.0;

impl Default for View {
    fn default() -> Self {
        Self {
            middle: (0.5, 0.5),
            zoom: 1.0,
        }
    }
}

impl View {
    /// The point of the picture at a point of the canvas.
    #[must_use]
    pub(crate) fn point(&self, at: (f64, f64)) -> (f64, f64) {
        (
            self.middle.0 + (at.0 - 0.5) / self.zoom,
            self.middle.1 + (at.1 - 0.5) / self.zoom,
        )
    }

    /// The point of the canvas at a point of the picture.
    fn place(&self, point: (f64, f64)) -> (f64, f64) {
        (
            0.5 + (point.0 - self.middle.0) * self.zoom,
            0.5 + (point.1 - self.middle.1) * self.zoom,
        )
    }

    /// Zooms about a point of the canvas, which keeps its place.
    pub(crate) fn zoom(&mut self, factor: f64, at: (f64, f64)) {
        let kept = self.point(at);
        self.zoom = (self.zoom * factor).clamp(1.0, MAX_ZOOM);
        self.middle = (
            kept.0 - (at.0 - 0.5) / self.zoom,
            kept.1 - (at.1 - 0.5) / self.zoom,
        );
        self.hold();
    }

    /// Moves by shares of the canvas.
    pub(crate) fn shift(&mut self, x: f64, y: f64) {
        self.middle.0 += x / self.zoom;
        self.middle.1 += y / self.zoom;
        self.hold();
    }

    /// Keeps the picture's edges at or beyond the canvas's.
    fn hold(&mut self) {
        let half = 0.5 / self.zoom;
        let held = |middle: f64| middle.clamp(half, 1.0 - half);
        self.middle = (held(self.middle.0), held(self.middle.1));
    }
}

/// A picture as a canvas of its own size, to draw from; `None` where the browser refuses.
#[must_use]
pub(crate) fn picture(width: u32, height: u32, colours: &[u32]) -> Option<HtmlCanvasElement> {
    let document = dom::window()?.document()?;
    let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
    fill(&canvas, width, height, colours)?;
    Some(canvas)
}

/// Gives a canvas the size and the colours of a picture; `None` where the browser refuses.
pub(crate) fn fill(
    canvas: &HtmlCanvasElement,
    width: u32,
    height: u32,
    colours: &[u32],
) -> Option<()> {
    canvas.set_width(width);
    canvas.set_height(height);
    // The words are pixels in the canvas's own order of bytes.
    let words = js_sys::Uint32Array::from(colours);
    let bytes = js_sys::Uint8ClampedArray::new(&words.buffer());
    let image = ImageData::new_with_js_u8_clamped_array_and_sh(&bytes, width, height).ok()?;
    context(canvas)?.put_image_data(&image, 0.0, 0.0).ok()
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok()??.dyn_into().ok()
}

/// Draws the part of a picture that is in view, pixels as squares, with a cross at the cursor.
pub(crate) fn draw_picture(
    canvas: &HtmlCanvasElement,
    picture: &HtmlCanvasElement,
    view: &View,
    cursor: Option<(f64, f64)>,
) {
    let ratio = dom::window().map_or(1.0, |w| w.device_pixel_ratio());
    let (width, height) = (
        f64::from(canvas.client_width()) * ratio,
        f64::from(canvas.client_height()) * ratio,
    );
    if width < 1.0 || height < 1.0 {
        return;
    }
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let Some(context) = context(canvas) else {
        return;
    };
    context.set_image_smoothing_enabled(false);
    let (x, y) = view.place((0.0, 0.0));
    let drawn = context.draw_image_with_html_canvas_element_and_dw_and_dh(
        picture,
        x * width,
        y * height,
        view.zoom * width,
        view.zoom * height,
    );
    debug_assert!(drawn.is_ok());
    if let Some(cursor) = cursor {
        let (x, y) = view.place(cursor);
        let (x, y) = (x * width, y * height);
        for (colour, thick) in [("#000000", 3.0), ("#ffffff", 1.0)] {
            context.set_stroke_style_str(colour);
            context.set_line_width(thick * ratio);
            context.begin_path();
            let arm = 9.0 * ratio;
            context.move_to(x - arm, y);
            context.line_to(x + arm, y);
            context.move_to(x, y - arm);
            context.line_to(x, y + arm);
            context.stroke();
        }
    }
}
