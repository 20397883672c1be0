//! The colours of the page, read from its tokens.

use std::error::Error;
use std::fs;
use std::path::Path;

use fathom_plot::{Ink, Palette};

/// The light and the dark palette by name.
pub(crate) fn themes() -> Result<Vec<(&'static str, Palette)>, Box<dyn Error>> {
    let tokens = fs::read_to_string(file("style/tokens.css"))?;
    let canvas = fs::read_to_string(file("src/browser/canvas.rs"))?;
    let light = tokens.split("@media").next().unwrap_or_default();
    let dark = tokens
        .rsplit(":root[data-theme=\"dark\"]")
        .next()
        .unwrap_or_default();
    let palette = |block: &str| -> Result<Palette, Box<dyn Error>> {
        for ink in Ink::ALL {
            colour(block, &canvas, ink).ok_or_else(|| format!("{ink:?} has no colour"))?;
        }
        let of = |ink| colour(block, &canvas, ink).unwrap_or((0, 0, 0, 1.0));
        Ok(Palette::new(of, "Inter, \"Noto Sans\", sans-serif"))
    };
    Ok(vec![("light", palette(light)?), ("dark", palette(dark)?)])
}

fn file(name: &str) -> impl AsRef<Path> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name)
}

/// The colour of an ink: its token as the canvas names it, and the token's value.
fn colour(tokens: &str, canvas: &str, ink: Ink) -> Option<(u8, u8, u8, f64)> {
    let arm = format!("Ink::{ink:?} => \"");
    let token = canvas.split(&arm).nth(1)?.split('"').next()?;
    let value = tokens.split(&format!("{token}: #")).nth(1)?;
    let channel = |i: usize| u8::from_str_radix(value.get(2 * i..2 * i + 2)?, 16).ok();
    Some((channel(0)?, channel(1)?, channel(2)?, 1.0))
}
