//! Painting a scene with plotters, on whatever it draws to.
//!
//! Knows scenes and plotters' drawing interface. Decides nothing about a chart.

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{
    Circle, DrawingArea, DrawingBackend, IntoFont, PathElement, RGBAColor, Rectangle, ShapeStyle,
    Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor, TextStyle};

use super::scene::{Align, Ink, Scene, Shape, Weight};

/// Size of chart text in CSS pixels.
const TEXT_PX: f64 = 12.0;

/// Colours and font of a theme.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    colours: [(u8, u8, u8, f64); Ink::ALL.len()],
    font: String,
}

impl Palette {
    /// A palette from a lookup of each ink's red, green, blue (0 to 255) and opacity (0 to 1), and a CSS font family.
    pub fn new(of: impl Fn(Ink) -> (u8, u8, u8, f64), font: impl Into<String>) -> Self {
        Self {
            colours: Ink::ALL.map(of),
            font: font.into(),
        }
    }

    fn colour(&self, ink: Ink) -> RGBAColor {
        let (r, g, b, alpha) = self.colours[ink as usize];
        RGBColor(r, g, b).mix(alpha)
    }
}

/// Paints a scene over the whole area, each CSS pixel as `ratio` pixels of the backend.
///
/// # Errors
/// Whatever the backend reports.
pub fn paint<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    scene: &Scene,
    palette: &Palette,
    ratio: f64,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    area.fill(&palette.colour(Ink::Surface))?;
    let px = |v: f64| (v * ratio).round() as i32;
    let point = |p: (f64, f64)| (px(p.0), px(p.1));
    let stroke = |ink: Ink, width: f64| ShapeStyle {
        color: palette.colour(ink),
        filled: false,
        stroke_width: (width * ratio).round().max(1.0) as u32,
    };
    for shape in &scene.shapes {
        match shape {
            Shape::Path { points, ink, width } => {
                let points: Vec<_> = points.iter().map(|&p| point(p)).collect();
                area.draw(&PathElement::new(points, stroke(*ink, *width)))?;
            }
            Shape::Area { from, to, ink } => {
                let style = palette.colour(*ink).filled();
                area.draw(&Rectangle::new([point(*from), point(*to)], style))?;
            }
            Shape::Dot {
                at,
                radius,
                fill,
                ring,
            } => {
                let inside = palette.colour(*fill).filled();
                area.draw(&Circle::new(point(*at), px(*radius), inside))?;
                area.draw(&Circle::new(point(*at), px(*radius), stroke(*ring, 2.0)))?;
            }
            Shape::Text {
                at,
                text,
                ink,
                align,
                weight,
            } => {
                let style = text_style(palette, *ink, *align, *weight, ratio);
                area.draw(&Text::new(text.as_str(), point(*at), style))?;
            }
        }
    }
    area.present()
}

fn text_style<'a>(
    palette: &'a Palette,
    ink: Ink,
    align: Align,
    weight: Weight,
    ratio: f64,
) -> TextStyle<'a> {
    let h_pos = match align {
        Align::Start => HPos::Left,
        Align::Middle => HPos::Center,
        Align::End => HPos::Right,
    };
    let font_style = match weight {
        Weight::Regular => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    (palette.font.as_str(), TEXT_PX * ratio)
        .into_font()
        .style(font_style)
        .color(&palette.colour(ink))
        .pos(Pos::new(h_pos, VPos::Center))
}
