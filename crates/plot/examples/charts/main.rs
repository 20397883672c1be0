//! Renders every chart on the built-in sample and on made-up frames, as SVG files in both themes and two widths:
//! `cargo run --example charts -- FOLDER`.
//!
//! The frames are a smooth scene with a network's error on it, coded by 8 bits with some bias, gain and noise: enough to fill every
//! chart, and no measurement of anything.

mod frames;
mod palettes;
mod ranges;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use fathom_plot::{Palette, Scene, to_svg};

/// Widths of the panels, in CSS pixels: a wide one and a phone's.
const WIDTHS: [f64; 2] = [700.0, 340.0];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/charts"),
        PathBuf::from,
    );
    fs::create_dir_all(&folder)?;
    let themes = palettes::themes()?;
    let ranges = ranges::Ranges::measured()?;
    let frames = frames::Frames::compared()?;
    for width in WIDTHS {
        let mut charts = ranges.scenes(width)?;
        charts.extend(frames.scenes(width)?);
        for (name, scene) in &charts {
            for (theme, palette) in &themes {
                let file = folder.join(format!("{name}-{width}-{theme}.svg"));
                write(&file, scene, palette)?;
            }
        }
    }
    println!("{}", folder.display());
    Ok(())
}

fn write(file: &Path, scene: &Scene, palette: &Palette) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(file, to_svg(scene, palette)?)?)
}
