//! Paints a scene with any drawing backend of plotters. No decision about a chart is made here.

use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::element::DashedPathElement;
use plotters::prelude::{
    Circle, DrawingArea, DrawingBackend, IntoFont, PathElement, Polygon, RGBAColor, Rectangle,
    ShapeStyle, Text,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, RGBColor, TextStyle};

use super::scene::{Align, Ink, Scene, Shape, Tint, Weight};

/// Size of chart text in CSS pixels.
pub(super) const TEXT_PX: f64 = 12.0;

/// Overlap of a cell under the next cells, in CSS pixels: no gap shows between them.
const UNDERLAP_PX: f64 = 0.6;

/// Length of a dash and of the gap after it, in CSS pixels.
const DASH_PX: (f64, f64) = (5.0, 4.0);

/// Red, green, blue and opacity.
type Colour = (u8, u8, u8, f64);

/// Colours and font of a theme.
#[derive(Clone, Debug, PartialEq)]
pub struct Palette {
    colours: [Colour; Ink::ALL.len()],
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

    fn colour(&self, tint: Tint) -> RGBAColor {
        match tint {
            Tint::Pure(ink) => self.faded(ink, 1.0),
            Tint::Soft(ink, opacity) => self.faded(ink, opacity),
            Tint::Mix(from, to, share) => self.between(from, to, share),
            Tint::Scale(share, opacity) => {
                let c = colorous::VIRIDIS.eval_continuous(share.clamp(0.0, 1.0));
                Self::mixed(
                    self.colours[Ink::Surface as usize],
                    (c.r, c.g, c.b, 1.0),
                    opacity,
                )
            }
        }
    }

    fn faded(&self, ink: Ink, opacity: f64) -> RGBAColor {
        let (r, g, b, alpha) = self.colours[ink as usize];
        RGBColor(r, g, b).mix(alpha * opacity)
    }

    fn between(&self, from: Ink, to: Ink, share: f64) -> RGBAColor {
        Self::mixed(
            self.colours[from as usize],
            self.colours[to as usize],
            share,
        )
    }

    fn mixed(from: Colour, to: Colour, share: f64) -> RGBAColor {
        let share = share.clamp(0.0, 1.0);
        let at = |a: f64, b: f64| a + (b - a) * share;
        let channel = |a: u8, b: u8| at(f64::from(a), f64::from(b)).round() as u8;
        RGBColor(
            channel(from.0, to.0),
            channel(from.1, to.1),
            channel(from.2, to.2),
        )
        .mix(at(from.3, to.3))
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
    area.fill(&palette.colour(Tint::Pure(Ink::Surface)))?;
    let brush = Brush {
        area,
        palette,
        ratio,
        text_px: TEXT_PX * ratio,
    };
    brush.scene(scene)
}

/// Target area, colours and size of a painting.
pub(super) struct Brush<'a, DB: DrawingBackend> {
    pub(super) area: &'a DrawingArea<DB, Shift>,
    pub(super) palette: &'a Palette,
    pub(super) ratio: f64,
    /// Size of text in pixels of the backend.
    pub(super) text_px: f64,
}

type Painted<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

impl<DB: DrawingBackend> Brush<'_, DB> {
    /// Paints the shapes of a scene and presents the area.
    pub(super) fn scene(&self, scene: &Scene) -> Painted<DB> {
        for shape in &scene.shapes {
            self.shape(shape)?;
        }
        self.area.present()
    }

    fn px(&self, v: f64) -> i32 {
        (v * self.ratio).round() as i32
    }

    fn point(&self, p: (f64, f64)) -> (i32, i32) {
        (self.px(p.0), self.px(p.1))
    }

    fn points(&self, points: &[(f64, f64)]) -> Vec<(i32, i32)> {
        points.iter().map(|&p| self.point(p)).collect()
    }

    fn stroke(&self, ink: Tint, width: f64) -> ShapeStyle {
        ShapeStyle {
            color: self.palette.colour(ink),
            filled: false,
            stroke_width: (width * self.ratio).round().max(1.0) as u32,
        }
    }

    fn shape(&self, shape: &Shape) -> Painted<DB> {
        match shape {
            Shape::Path {
                points,
                ink,
                width,
                dashed: false,
            } => {
                let style = self.stroke(*ink, *width);
                self.area
                    .draw(&PathElement::new(self.points(points), style))
            }
            Shape::Path {
                points, ink, width, ..
            } => {
                let (dash, gap) = (self.px(DASH_PX.0), self.px(DASH_PX.1));
                let style = self.stroke(*ink, *width);
                let points = self.points(points);
                let path = DashedPathElement::new(points.iter().copied(), dash, gap, style);
                self.area.draw(&path)
            }
            Shape::Area { from, to, ink } => self.fill(self.point(*from), self.point(*to), *ink),
            Shape::Polygon { points, ink } => {
                let style = self.palette.colour(*ink).filled();
                self.area.draw(&Polygon::new(self.points(points), style))
            }
            Shape::Cells {
                x_edges,
                y_edges,
                tints,
            } => self.cells(x_edges, y_edges, tints),
            Shape::Dot {
                at,
                radius,
                fill,
                ring,
            } => {
                let (at, radius) = (self.point(*at), self.px(*radius));
                let inside = self.palette.colour(*fill).filled();
                self.area.draw(&Circle::new(at, radius, inside))?;
                self.area
                    .draw(&Circle::new(at, radius, self.stroke(*ring, 2.0)))
            }
            Shape::Text {
                at,
                text,
                ink,
                align,
                weight,
            } => {
                let style = self.text_style(*ink, *align, *weight);
                self.area
                    .draw(&Text::new(text.as_str(), self.point(*at), style))
            }
        }
    }

    fn fill(&self, from: (i32, i32), to: (i32, i32), ink: Tint) -> Painted<DB> {
        let style = self.palette.colour(ink).filled();
        self.area.draw(&Rectangle::new([from, to], style))
    }

    /// Neighbours of one colour become one rectangle, along rows or along columns, whichever needs fewer. Each overlaps a little under the
    /// next ones: between edges that only touch, the background shows if they fall between two pixels of the screen.
    fn cells(&self, x_edges: &[f64], y_edges: &[f64], tints: &[Option<Tint>]) -> Painted<DB> {
        let (columns, rows) = (
            x_edges.len().saturating_sub(1),
            y_edges.len().saturating_sub(1),
        );
        let tint = |row: usize, column: usize| {
            let is_inside = row < rows && column < columns;
            is_inside.then(|| *tints.get(row * columns + column)?)?
        };
        let changes = |of: &dyn Fn(usize, usize) -> (usize, usize)| {
            let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
            let differ = |&(row, column): &(usize, usize)| {
                let next = of(row, column);
                tint(row, column) != tint(next.0, next.1)
            };
            places.filter(differ).count()
        };
        let by_rows =
            changes(&|row, column| (row, column + 1)) <= changes(&|row, column| (row + 1, column));
        // Runs go along a lane.
        let (lanes, places, lane_edges, place_edges) = if by_rows {
            (rows, columns, y_edges, x_edges)
        } else {
            (columns, rows, x_edges, y_edges)
        };
        let at = |lane, place| {
            if by_rows {
                tint(lane, place)
            } else {
                tint(place, lane)
            }
        };
        let corner = |lane, place| {
            if by_rows {
                (place, lane)
            } else {
                (lane, place)
            }
        };
        for lane in 0..lanes {
            let mut place = 0;
            while place < places {
                let own = at(lane, place);
                let next = (place..places)
                    .find(|&next| at(lane, next) != own)
                    .unwrap_or(places);
                if let Some(ink) = own {
                    let under = |is_covered| if is_covered { UNDERLAP_PX } else { 0.0 };
                    let end = place_edges[next] + under(at(lane, next).is_some());
                    let is_covered = (place..next).all(|place| at(lane + 1, place).is_some());
                    let side = lane_edges[lane + 1] + under(is_covered);
                    let from = corner(lane_edges[lane], place_edges[place]);
                    self.fill(self.point(from), self.point(corner(side, end)), ink)?;
                }
                place = next;
            }
        }
        Ok(())
    }

    fn text_style(&self, ink: Tint, align: Align, weight: Weight) -> TextStyle<'_> {
        let h_pos = match align {
            Align::Start => HPos::Left,
            Align::Middle => HPos::Center,
            Align::End => HPos::Right,
        };
        let font_style = match weight {
            Weight::Regular => FontStyle::Normal,
            Weight::Bold => FontStyle::Bold,
        };
        (self.palette.font.as_str(), self.text_px)
            .into_font()
            .style(font_style)
            .color(&self.palette.colour(ink))
            .pos(Pos::new(h_pos, VPos::Center))
    }
}
