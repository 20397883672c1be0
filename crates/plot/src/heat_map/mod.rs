//! A quantity over two axes as a map in colours, with contour lines and marked points.
//!
//! A grid may be shown during refinement: cells without a measured value are paler.

mod contour;
mod heat_grid;
mod heat_input;

pub use heat_grid::{HeatCell, HeatGrid};
pub use heat_input::{HeatHit, HeatInput, Level};

use super::axes::{Axis, AxisSpec, Spacing};
use super::labels::LabelPlacer;
use super::line_chart::Spot;
use super::plot_rect::PlotRect;
use super::readout::Readout;
use super::scene::{Align, Ink, Scene, Tint, Weight};
use contour::Field;

/// Space above the plot for the scale of colours and the title of the vertical axis, in CSS pixels.
const TOP: f64 = 80.0;

/// Space under the plot for ticks and title, and at its right for half a tick's label, in CSS pixels.
const BOTTOM: f64 = 52.0;
const RIGHT: f64 = 24.0;

/// Place of the scale of colours, in CSS pixels.
const SCALE: (f64, f64) = (24.0, 34.0);

/// Colours told apart: neighbours of one colour are painted at once.
const COLOURS: f64 = 96.0;

/// Opacity of a colour that is borrowed from a neighbour.
const PALE: f64 = 0.55;

/// Least distances of ticks, in CSS pixels.
const X_GAP: f64 = 52.0;
const Y_GAP: f64 = 34.0;
const SCALE_GAP: f64 = 58.0;

/// A polyline in pixels.
type Line = Vec<(f64, f64)>;

/// The map's geometry.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    width: f64,
    height: f64,
    frame: PlotRect,
    x: Axis,
    y: Axis,
    /// Converts values to positions on the colour scale, 0 to 1.
    colour: Axis,
}

impl HeatMap {
    /// Lays out the map for a panel of this size in CSS pixels.
    #[must_use]
    pub fn new(width: f64, height: f64, input: &HeatInput) -> Self {
        let x_ends = input.x.ends_of(input.grid.xs.iter().copied(), 0.0);
        let y_ends = input.y.ends_of(input.grid.ys.iter().copied(), 0.0);
        let rough = input.y.axis(y_ends, (height - BOTTOM).max(TOP + 1.0), TOP);
        let left = input.y.labels_px(&rough, Y_GAP) + 4.0;
        let frame = PlotRect::inside((width, height), left, RIGHT, TOP, BOTTOM);
        let values = input.grid.values().map(|v| v.2);
        let ends = input.value.ends_of(values, 0.0);
        Self {
            width,
            height,
            x: input.x.axis(x_ends, frame.left, frame.right),
            y: input.y.axis(y_ends, frame.bottom, frame.top),
            colour: input.value.axis(ends, 0.0, 1.0),
            frame,
        }
    }

    /// The rectangle of the plot.
    #[must_use]
    pub fn frame(&self) -> PlotRect {
        self.frame
    }

    /// Everything to paint, with a frame about the cell under the pointer.
    #[must_use]
    pub fn scene(&self, input: &HeatInput, hover: Option<(usize, usize)>) -> Scene {
        let mut scene = Scene::new(self.width, self.height);
        self.cells(&mut scene, input);
        let frame = &self.frame;
        frame.x_ticks(&mut scene, &input.x.ticks(&self.x, X_GAP), &self.x);
        for (tick, label) in input.y.ticks(&self.y, Y_GAP) {
            let (x, y) = (frame.left, self.y.to_px(tick));
            scene.line((x - 5.0, y), (x, y), Ink::Muted, 1.0);
            scene.text((x - 8.0, y), label, Ink::Muted, Align::End, Weight::Regular);
        }
        frame.titles(&mut scene, &input.x.title, &input.y.title, TOP - 14.0);
        self.legend(&mut scene, input);
        let lines = self.level_lines(input);
        for line in lines.iter().flatten() {
            scene.path(line.clone(), Tint::Soft(Ink::OnMapEdge, 0.45), 3.0);
            scene.path(line.clone(), Ink::OnMap, 1.2);
        }
        let mut placer = LabelPlacer::new(self.frame);
        self.dots(&mut scene, input, &mut placer);
        level_names(&mut scene, &input.levels, &lines, &mut placer);
        if let Some((row, column)) = hover {
            self.outline(&mut scene, input, row, column);
        }
        scene
    }

    fn cells(&self, scene: &mut Scene, input: &HeatInput) {
        let columns = input.grid.xs.len().max(1);
        let tint = |cell: Option<(f64, bool)>| {
            let (value, own) = cell?;
            self.tint(value, own)
        };
        let tints: Vec<Option<Tint>> = input.grid.painted().into_iter().map(tint).collect();
        // The first row of the grid is at the bottom of the panel.
        let rows: Vec<&[Option<Tint>]> = tints.chunks(columns).rev().collect();
        let mut y_edges = self.y_edges(input);
        y_edges.reverse();
        if !tints.is_empty() {
            scene.cells(self.x_edges(input), y_edges, rows.concat());
        }
    }

    fn tint(&self, value: f64, own: bool) -> Option<Tint> {
        if !self.colour.can_show(value) {
            return None;
        }
        let share = self.colour.to_px(value).clamp(0.0, 1.0);
        let share = (share * COLOURS).round() / COLOURS;
        Some(Tint::Scale(share, if own { 1.0 } else { PALE }))
    }

    fn x_edges(&self, input: &HeatInput) -> Vec<f64> {
        let places: Vec<f64> = input.grid.xs.iter().map(|&x| self.x.to_px(x)).collect();
        edges(&places, self.frame.left, self.frame.right)
    }

    /// Edges of the rows of the grid, from the bottom of the panel up.
    fn y_edges(&self, input: &HeatInput) -> Vec<f64> {
        let places: Vec<f64> = input.grid.ys.iter().map(|&y| self.y.to_px(y)).collect();
        edges(&places, self.frame.bottom, self.frame.top)
    }

    fn legend(&self, scene: &mut Scene, input: &HeatInput) {
        let (left, right) = (self.frame.left, self.frame.right);
        let title = input.value.title.as_str();
        let at = (4.0, SCALE.0 - 12.0);
        scene.text(at, title, Ink::Primary, Align::Start, Weight::Bold);
        let steps = COLOURS as usize;
        let edge = |i: usize| left + (right - left) * i as f64 / steps as f64;
        let tints = (0..steps).map(|i| Some(Tint::Scale(i as f64 / COLOURS, 1.0)));
        let edges = (0..=steps).map(edge).collect();
        scene.cells(edges, vec![SCALE.0, SCALE.1], tints.collect());
        let values = input.grid.values().map(|v| v.2);
        let axis = input
            .value
            .axis(input.value.ends_of(values, 0.0), left, right);
        for (tick, label) in input.value.ticks(&axis, SCALE_GAP) {
            let x = axis.to_px(tick);
            scene.line((x, SCALE.1), (x, SCALE.1 + 4.0), Ink::Muted, 1.0);
            let at = (x, SCALE.1 + 13.0);
            scene.text(at, label, Ink::Muted, Align::Middle, Weight::Regular);
        }
    }

    /// The lines of each level, in pixels.
    fn level_lines(&self, input: &HeatInput) -> Vec<Vec<Line>> {
        let xs: Vec<f64> = input.grid.xs.iter().map(|&x| self.x.to_px(x)).collect();
        let ys: Vec<f64> = input.grid.ys.iter().map(|&y| self.y.to_px(y)).collect();
        let values = input.grid.with_gaps();
        let field = Field {
            xs: &xs,
            ys: &ys,
            values: &values,
        };
        let ruler = match input.value.spacing {
            Spacing::Log => libm::log,
            Spacing::Linear => |v: f64| v,
        };
        let lines_of = |level: &Level| {
            let lines = field.lines(level.value, ruler).into_iter();
            let clipped = lines.flat_map(|line| self.frame.runs(line.into_iter().map(Some)));
            clipped.collect()
        };
        input.levels.iter().map(lines_of).collect()
    }

    fn dots(&self, scene: &mut Scene, input: &HeatInput, placer: &mut LabelPlacer) {
        let place = |spot: &Spot| {
            let shown = self.x.can_show(spot.at.0) && self.y.can_show(spot.at.1);
            shown.then(|| (self.x.to_px(spot.at.0), self.y.to_px(spot.at.1)))
        };
        let shown: Vec<(&Spot, (f64, f64))> = input
            .spots
            .iter()
            .filter_map(|spot| Some((spot, place(spot)?)))
            .filter(|(_, at)| self.frame.holds(at.0, at.1))
            .collect();
        for (spot, at) in &shown {
            placer.reserve(PlotRect::around(*at, 6.0));
            scene.dot(*at, 6.0, spot.tint, Ink::OnMap);
        }
        for (spot, at) in shown {
            let ink = (spot.tint, Tint::Soft(Ink::Surface, 0.9));
            placer.paint(scene, at, &spot.label, ink, Weight::Bold);
        }
    }

    fn outline(&self, scene: &mut Scene, input: &HeatInput, row: usize, column: usize) {
        let (xs, ys) = (self.x_edges(input), self.y_edges(input));
        let (Some(x), Some(y)) = (xs.get(column..column + 2), ys.get(row..row + 2)) else {
            return;
        };
        let corners = [(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])];
        let ring: Vec<_> = corners.into_iter().chain([corners[0]]).collect();
        scene.path(ring.clone(), Ink::OnMapEdge, 4.0);
        scene.path(ring, Ink::OnMap, 2.0);
    }

    /// The cell under a pointer; `None` outside the plot.
    #[must_use]
    pub fn hit(&self, input: &HeatInput, x_px: f64, y_px: f64) -> Option<HeatHit> {
        if !self.frame.holds(x_px, y_px) {
            return None;
        }
        let inside = |edges: &[f64], px: f64| {
            edges
                .windows(2)
                .position(|e| (e[0].min(e[1])..=e[0].max(e[1])).contains(&px))
        };
        let column = inside(&self.x_edges(input), x_px)?;
        let row = inside(&self.y_edges(input), y_px)?;
        Self::cell(input, row, column)
    }

    fn cell(input: &HeatInput, row: usize, column: usize) -> Option<HeatHit> {
        Some(HeatHit {
            cell: (row, column),
            x: *input.grid.xs.get(column)?,
            y: *input.grid.ys.get(row)?,
            value: input.grid.cell(row, column).value(),
        })
    }

    /// The cell `right` columns and `up` rows further, for a step by keyboard, clamped to the grid. Without a cell it returns the
    /// first cell.
    #[must_use]
    pub fn step(
        &self,
        input: &HeatInput,
        from: Option<(usize, usize)>,
        right: isize,
        up: isize,
    ) -> Option<HeatHit> {
        let Some((row, column)) = from else {
            return Self::cell(input, 0, 0);
        };
        let held = |at: usize, by: isize, count: usize| {
            at.saturating_add_signed(by).min(count.saturating_sub(1))
        };
        let row = held(row, up, input.grid.ys.len());
        let column = held(column, right, input.grid.xs.len());
        Self::cell(input, row, column)
    }

    /// A cell in words.
    #[must_use]
    pub fn readout(input: &HeatInput, hit: &HeatHit) -> Readout {
        let place =
            |axis: &AxisSpec, value: f64| format!("{} {}", axis.title, axis.quantity.text(value));
        let at = format!("{}, {}", place(&input.x, hit.x), place(&input.y, hit.y));
        let text = match hit.value {
            Some(value) => input.value.quantity.text(value),
            None => fathom_core::units::MISSING.to_owned(),
        };
        Readout::new(at.trim()).with(input.value.title.as_str(), text, Ink::Primary)
    }

    /// The cell under a pointer in words; `None` outside the plot.
    #[must_use]
    pub fn at(&self, input: &HeatInput, x_px: f64, y_px: f64) -> Option<Readout> {
        let hit = self.hit(input, x_px, y_px)?;
        Some(Self::readout(input, &hit))
    }
}

/// A label at the middle of the longest line of each level, if there is room and the line is long enough.
fn level_names(scene: &mut Scene, levels: &[Level], lines: &[Vec<Line>], placer: &mut LabelPlacer) {
    for (level, lines) in levels.iter().zip(lines) {
        let longest = lines.iter().max_by_key(|line| line.len());
        if let Some(line) = longest.filter(|line| length(line) > 40.0) {
            let at = line[line.len() / 2];
            let ink = (Ink::OnMap.into(), Tint::Soft(Ink::OnMapEdge, 0.6));
            placer.paint(scene, at, &level.label, ink, Weight::Regular);
        }
    }
}

/// Edges of cells about their middles, from one end to the other.
fn edges(middles: &[f64], first: f64, last: f64) -> Vec<f64> {
    let between = middles.windows(2).map(|m| (m[0] + m[1]) / 2.0);
    std::iter::once(first)
        .chain(between)
        .chain([last])
        .collect()
}

fn length(line: &[(f64, f64)]) -> f64 {
    line.windows(2)
        .map(|w| libm::hypot(w[1].0 - w[0].0, w[1].1 - w[0].1))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::Quantity;
    use super::super::check::assert_tidy;
    use super::*;

    fn input(n: usize) -> HeatInput {
        let xs: Vec<f64> = (0..n)
            .map(|i| 2.0 * libm::exp(i as f64 * 5.0 / n as f64))
            .collect();
        let ys: Vec<f64> = (0..n).map(|i| i as f64 * 4.0 / n as f64).collect();
        let value = |x: f64, y: f64| {
            if y >= x {
                HeatCell::Blank
            } else {
                HeatCell::Value(0.1 + (y - 1.0) * (y - 1.0) + 0.2 * (libm::log(x / 30.0)).abs())
            }
        };
        let cells = ys
            .iter()
            .flat_map(|&y| xs.iter().map(move |&x| value(x, y)));
        let spot = |at, label: &str, ink: Ink| Spot {
            at,
            label: label.to_owned(),
            tint: ink.into(),
        };
        HeatInput {
            x: AxisSpec::log(Quantity::Depth, "end"),
            y: AxisSpec::linear(Quantity::Depth, "start"),
            value: AxisSpec::log(Quantity::Length, "RMSE"),
            levels: Level::around_least(0.1),
            spots: vec![
                spot((30.0, 1.0), "best", Ink::Best),
                spot((15.0, 0.5), "current", Ink::Chosen),
                spot((12.5, 0.5), "conservative", Ink::Primary),
            ],
            grid: HeatGrid {
                cells: cells.collect(),
                xs,
                ys,
            },
        }
    }

    #[test]
    fn maps_are_tidy_at_every_width() {
        for width in [300.0, 340.0, 700.0] {
            for n in [0, 1, 2, 8, 32] {
                let input = input(n);
                let map = HeatMap::new(width, 380.0, &input);
                assert_tidy(&map.scene(&input, Some((0, 0))));
            }
        }
    }

    #[test]
    fn the_cell_under_the_pointer_is_the_painted_one() {
        let input = input(16);
        let map = HeatMap::new(700.0, 400.0, &input);
        for (row, column) in [(0, 0), (3, 9), (15, 15)] {
            let (x, y) = (input.grid.xs[column], input.grid.ys[row]);
            let hit = map
                .hit(&input, map.x.to_px(x), map.y.to_px(y))
                .expect("a cell");
            assert_eq!(hit.cell, (row, column));
            assert_eq!(hit.value, input.grid.cell(row, column).value());
        }
        assert_eq!(map.hit(&input, 2.0, 200.0), None);
        let best = map
            .at(&input, map.x.to_px(30.0), map.y.to_px(1.0))
            .expect("a cell");
        assert!(
            best.at.starts_with("end ")
                && best.text().contains("RMSE ")
                && best.text().ends_with("mm"),
            "{best:?}"
        );
    }

    #[test]
    fn the_keyboard_stays_in_the_grid() {
        let input = input(8);
        let map = HeatMap::new(700.0, 400.0, &input);
        let cell = |from, right, up| map.step(&input, from, right, up).map(|hit| hit.cell);
        assert_eq!(cell(None, 1, 0), Some((0, 0)));
        assert_eq!(cell(Some((2, 3)), 1, 0), Some((2, 4)));
        assert_eq!(cell(Some((2, 7)), 1, 1), Some((3, 7)));
        assert_eq!(cell(Some((0, 0)), -1, -1), Some((0, 0)));
    }

    #[test]
    fn measured_cells_have_full_colour_and_pending_ones_are_pale() {
        let mut input = input(8);
        input.grid.cells[9] = HeatCell::Pending;
        let map = HeatMap::new(700.0, 400.0, &input);
        let scene = map.scene(&input, None);
        let tints = scene.shapes.iter().find_map(|shape| match shape {
            super::super::Shape::Cells { tints, .. } => Some(tints.clone()),
            _ => None,
        });
        let tints = tints.expect("cells");
        let pale = |t: &&Option<Tint>| matches!(t, Some(Tint::Scale(_, opacity)) if *opacity < 1.0);
        assert_eq!(tints.iter().filter(pale).count(), 1);
        let blank = input.grid.cells.iter().filter(|c| **c == HeatCell::Blank);
        assert_eq!(tints.iter().filter(|t| t.is_none()).count(), blank.count());
    }
}
