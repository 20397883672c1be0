//! A scene on a canvas, crisp on any screen, in the colours of the page's tokens.

use plotters::drawing::IntoDrawingArea;
use plotters_canvas::CanvasBackend;
use web_sys::HtmlCanvasElement;

use super::browser;
use crate::plot::{Ink, Palette, Scene, paint};

/// Fewest canvas pixels per CSS pixel. The canvas backend draws on whole pixels; twice as many smooth the curves on ordinary
/// screens.
const MIN_RATIO: f64 = 2.0;

/// The custom property that holds an ink's colour.
fn token(ink: Ink) -> &'static str {
    match ink {
        Ink::Primary => "--ink",
        Ink::Muted => "--ink-3",
        Ink::Line => "--line",
        Ink::Surface => "--card",
        Ink::Rounding => "--round",
        Ink::Clipping => "--clip",
        Ink::ClippingSoft => "--clip-soft",
        Ink::Chosen => "--deep",
        Ink::Best => "--good",
    }
}

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

/// Paints a scene; sets the canvas's resolution to the screen's.
///
/// # Errors
/// One sentence where the browser gives no canvas to draw on.
pub fn draw(canvas: &HtmlCanvasElement, scene: &Scene) -> Result<(), String> {
    let ratio = browser::window()
        .map_or(1.0, |w| w.device_pixel_ratio())
        .max(MIN_RATIO);
    canvas.set_width((scene.width * ratio).round() as u32);
    canvas.set_height((scene.height * ratio).round() as u32);
    let palette = Palette::new(
        |ink| parse_colour(&browser::computed_style(canvas, token(ink))),
        browser::computed_style(canvas, "font-family"),
    );
    let backend = CanvasBackend::with_canvas_object(canvas.clone())
        .ok_or("This browser gives the page no canvas to draw on.")?;
    paint(&backend.into_drawing_area(), scene, &palette, ratio)
        .map_err(|e| format!("The chart could not be drawn ({e})."))
}
