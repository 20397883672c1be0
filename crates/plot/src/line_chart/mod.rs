//! Curves over one axis: any number of named series with bands, marks, points and a crosshair.
//!
//! Names stand at the ends of their curves, or above the plot if the panel is too narrow.

mod line_input;
mod mark_rows;
mod series_names;

pub use line_input::{Band, LineInput, Mark, Series, Spot};

use super::axes::Axis;
use super::labels::{LINE_PX, LabelPlacer};
use super::plot_rect::PlotRect;
use super::readout::Readout;
use super::scene::{Ink, Scene, Tint, Weight};
use fathom_core::i18n::tr;
use mark_rows::MarkRows;
use series_names::{SeriesNames, TOP};

/// Space under the plot for ticks and the axis's title, in CSS pixels.
const BOTTOM: f64 = 52.0;

/// Least distances of ticks, in CSS pixels.
const X_GAP: f64 = 52.0;
const Y_GAP: f64 = 26.0;

/// Air around the data, as a share of the axis.
const AIR: f64 = 0.06;

/// Largest share of the height that the labels of marks may take.
const MARKS: f64 = 0.25;

/// Largest distance of a mark from the crosshair that reads it, in CSS pixels.
const NEAR: f64 = 6.0;

/// Height of the arcs over the plot, in CSS pixels.
const ARCS_PX: f64 = 44.0;

/// Straight pieces of an arc.
const ARC_PIECES: usize = 24;

/// Opacity of curves without the focus.
const PALE: f64 = 0.25;

/// Opacity of a band.
const BAND: f64 = 0.18;

/// The chart's geometry.
#[derive(Clone, Debug, PartialEq)]
pub struct LineChart {
    width: f64,
    height: f64,
    frame: PlotRect,
    x: Axis,
    y: Axis,
    names: SeriesNames,
    marks: MarkRows,
}

impl LineChart {
    /// Lays out the chart for a panel of this size in CSS pixels.
    #[must_use]
    pub fn new(width: f64, height: f64, input: &LineInput) -> Self {
        let y_ends = input.y.ends_of(input.all_y(), AIR);
        let x_ends = input.x.ends_of(input.all_x(), 0.0);
        let rough = input.y.axis(y_ends, (height - BOTTOM).max(60.0), 40.0);
        let labels_px = |axis: &Axis| input.y.labels_px(axis, Y_GAP) + 4.0;
        let (ends, rough_px) = ((x_ends, y_ends), labels_px(&rough));
        let chart = Self::with_labels((width, height), input, ends, rough_px);
        // The height of the plot, and with it the ticks, are known now.
        let left_px = labels_px(&chart.y);
        if left_px > rough_px {
            Self::with_labels((width, height), input, ends, left_px)
        } else {
            chart
        }
    }

    /// Lays out the chart with so much room for the labels of the vertical axis.
    fn with_labels(
        (width, height): (f64, f64),
        input: &LineInput,
        (x_ends, y_ends): ((f64, f64), (f64, f64)),
        left: f64,
    ) -> Self {
        let names = SeriesNames::new(&input.series, width, left);
        let right = names.right_px();
        // The names stand over the title of the vertical axis, that over the marks, those over the plot.
        let title = if input.y.title.is_empty() { 0.0 } else { 18.0 };
        let marks_top = TOP + names.rows_px() + title;
        let sides = PlotRect::inside((width, height), left, right, 0.0, 0.0);
        let x = input.x.axis(x_ends, sides.left, sides.right);
        let most = ((height * MARKS / LINE_PX) as usize).max(1);
        let marks = MarkRows::new(&input.marks, &x, &sides, (width, most), marks_top);
        let arcs = if input.arcs.is_empty() { 0.0 } else { ARCS_PX };
        let top = marks_top + marks.height_px() + arcs + 4.0;
        let frame = PlotRect::inside((width, height), left, right, top, BOTTOM);
        Self {
            width,
            height,
            frame,
            x,
            y: input.y.axis(y_ends, frame.bottom, frame.top),
            names,
            marks,
        }
    }

    /// The rectangle of the plot.
    #[must_use]
    pub fn frame(&self) -> PlotRect {
        self.frame
    }

    /// The horizontal axis.
    #[must_use]
    pub fn x(&self) -> &Axis {
        &self.x
    }

    /// The scene, with a crosshair at an x of the horizontal axis.
    #[must_use]
    pub fn scene(&self, input: &LineInput, crosshair: Option<f64>) -> Scene {
        let mut scene = Scene::new(self.width, self.height);
        self.axes(&mut scene, input);
        for band in &input.bands {
            self.band(&mut scene, band);
        }
        self.marks
            .paint(&mut scene, &input.marks, &self.x, &self.frame);
        self.arcs(&mut scene, &input.arcs, crosshair);
        let is_pale = |i: usize| input.focus.is_some_and(|focus| focus != i);
        let order = (0..input.series.len()).filter(|&i| is_pale(i));
        for i in order.chain((0..input.series.len()).filter(|&i| !is_pale(i))) {
            let series = &input.series[i];
            let tint = if is_pale(i) {
                series.tint.soft(PALE)
            } else {
                series.tint
            };
            for run in self.runs(series) {
                scene.stroke(run, tint, series.width, series.dashed);
            }
        }
        let ends: Vec<Option<f64>> = input.series.iter().map(|s| self.end_of(s)).collect();
        self.names
            .paint(&mut scene, &input.series, &ends, &self.frame);
        self.spots(&mut scene, input);
        if let Some(x) = crosshair {
            self.crosshair(&mut scene, input, x);
        }
        scene
    }

    fn axes(&self, scene: &mut Scene, input: &LineInput) {
        let frame = &self.frame;
        frame.y_ticks(scene, &input.y.ticks(&self.y, Y_GAP), &self.y);
        frame.x_ticks(scene, &input.x.ticks(&self.x, X_GAP), &self.x);
        let above = TOP + self.names.rows_px() + 6.0;
        frame.titles(scene, &input.x.title, &input.y.title, above);
    }

    fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let shown = self.x.can_show(x) && self.y.can_show(y);
        shown.then(|| (self.x.to_px(x), self.y.to_px(y)))
    }

    fn runs(&self, series: &Series) -> Vec<Vec<(f64, f64)>> {
        let points = series.points.iter();
        self.frame.runs(points.map(|&(x, y)| self.place(x, y)))
    }

    /// Height of the last visible point of a curve: its name stands there.
    fn end_of(&self, series: &Series) -> Option<f64> {
        let runs = self.runs(series);
        runs.last().and_then(|run| run.last()).map(|p| p.1)
    }

    fn band(&self, scene: &mut Scene, band: &Band) {
        let held = |y: f64| y.clamp(self.frame.top, self.frame.bottom);
        let edge = |&(x, low, high): &(f64, f64, f64)| {
            let (x, low) = self.place(x, low)?;
            let inside = (self.frame.left..=self.frame.right).contains(&x);
            (inside && self.y.can_show(high)).then(|| (x, held(low), held(self.y.to_px(high))))
        };
        let edges: Vec<_> = band.edges.iter().map(edge).collect();
        for run in edges.split(Option::is_none) {
            let run = || run.iter().flatten();
            let lower = run().map(|e| (e.0, e.1));
            let upper = run().rev().map(|e| (e.0, e.2));
            scene.polygon(lower.chain(upper).collect(), band.tint.soft(BAND));
        }
    }

    /// Arcs whose height grows with the root of their width. Those that begin or end at the crosshair stand out.
    fn arcs(&self, scene: &mut Scene, arcs: &[(f64, f64)], crosshair: Option<f64>) {
        let width = |&(from, to): &(f64, f64)| (self.x.to_px(to) - self.x.to_px(from)).abs();
        let widest = arcs.iter().map(width).fold(1.0, f64::max);
        for arc in arcs {
            let (middle, half) = (
                (self.x.to_px(arc.0) + self.x.to_px(arc.1)) / 2.0,
                width(arc) / 2.0,
            );
            let height = (ARCS_PX - 4.0) * libm::sqrt(width(arc) / widest);
            let point = |piece: usize| {
                let angle = std::f64::consts::PI * piece as f64 / ARC_PIECES as f64;
                (
                    middle - half * libm::cos(angle),
                    self.frame.top - height * libm::sin(angle),
                )
            };
            let is_read = crosshair.is_some_and(|x| arc.0 == x || arc.1 == x);
            let (ink, px) = if is_read {
                (Ink::Primary, 2.0)
            } else {
                (Ink::Muted, 1.0)
            };
            scene.path((0..=ARC_PIECES).map(point).collect(), ink, px);
        }
    }

    fn spots(&self, scene: &mut Scene, input: &LineInput) {
        let spots = &input.spots;
        let place = |spot: &Spot| self.place(spot.at.0, spot.at.1);
        let shown = || {
            let placed = spots.iter().filter_map(|spot| Some((spot, place(spot)?)));
            placed.filter(|(_, at)| self.frame.holds(at.0, at.1))
        };
        let mut placer = LabelPlacer::new(self.frame);
        for (_, at) in shown() {
            placer.reserve(PlotRect::around(at, 5.0));
        }
        for series in &input.series {
            for run in self.runs(series) {
                placer.avoid(&run);
            }
        }
        for (spot, at) in shown() {
            scene.dot(at, 5.0, spot.tint, Ink::Surface);
            let label = spot.label.as_str();
            // Curves run behind the label, so it brings its own ground.
            let ground = Tint::Soft(Ink::Surface, 0.85);
            placer.paint(scene, at, label, (spot.tint, ground), Weight::Bold);
        }
    }

    fn crosshair(&self, scene: &mut Scene, input: &LineInput, x: f64) {
        let px = self.x.to_px(x);
        if !(self.frame.left - 0.5..=self.frame.right + 0.5).contains(&px) {
            return;
        }
        scene.line(
            (px, self.frame.top),
            (px, self.frame.bottom),
            Ink::Muted,
            1.0,
        );
        for series in &input.series {
            let place = self.value_of(series, x).and_then(|y| self.place(x, y));
            if let Some(at) = place.filter(|at| self.frame.holds(at.0, at.1)) {
                scene.dot(at, 3.5, series.tint, Ink::Surface);
            }
        }
    }

    /// The y of a curve at x: the value of a point, or interpolated on the painted line between two points; `None`
    /// where no line is painted.
    fn value_of(&self, series: &Series, x: f64) -> Option<f64> {
        let next = series.points.partition_point(|p| p.0 < x);
        let &(x1, y1) = series.points.get(next)?;
        if x1 == x {
            return self.y.can_show(y1).then_some(y1);
        }
        let &(x0, y0) = series.points.get(next.checked_sub(1)?)?;
        let (a, b) = (self.place(x0, y0)?, self.place(x1, y1)?);
        let share = (self.x.to_px(x) - a.0) / (b.0 - a.0);
        let between = |from: f64, to: f64| from + share * (to - from);
        Some(match self.y {
            Axis::Linear(_) => between(y0, y1),
            Axis::Log(_) => libm::exp(between(libm::log(y0), libm::log(y1))),
        })
    }

    /// The x of the point of a series that is nearest to a pixel; `None` outside the plot.
    #[must_use]
    pub fn snap(&self, input: &LineInput, x_px: f64, y_px: f64) -> Option<f64> {
        if !self.frame.holds(x_px, y_px) {
            return None;
        }
        let shown = |x: &f64| self.x.can_show(*x) && self.is_on_axis(*x);
        let far = |x: &f64| (self.x.to_px(*x) - x_px).abs();
        let places = input.places().into_iter().filter(shown);
        places.min_by(|a, b| far(a).total_cmp(&far(b)))
    }

    fn is_on_axis(&self, x: f64) -> bool {
        (self.frame.left - 0.5..=self.frame.right + 0.5).contains(&self.x.to_px(x))
    }

    /// The next or previous x with a point, for a step by keyboard. Without a crosshair it returns the first or last.
    #[must_use]
    pub fn step(&self, input: &LineInput, from: Option<f64>, forward: bool) -> Option<f64> {
        let places = input.places();
        let mut shown = places
            .into_iter()
            .filter(|&x| self.x.can_show(x) && self.is_on_axis(x));
        match (from, forward) {
            (None, true) => shown.next(),
            (None, false) => shown.next_back(),
            (Some(from), true) => shown.find(|&x| x > from).or(Some(from)),
            (Some(from), false) => shown.rev().find(|&x| x < from).or(Some(from)),
        }
    }

    /// All curves, bands and marks at an x.
    #[must_use]
    pub fn readout(&self, input: &LineInput, x: f64) -> Readout {
        let mut readout = Readout::new(input.place_text(x));
        for series in &input.series {
            if let Some(y) = self.value_of(series, x) {
                let value = input.y.quantity.text(y);
                readout = readout.with(series.name.as_str(), value, series.tint);
            }
        }
        for band in &input.bands {
            let nearest = band
                .edges
                .iter()
                .min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs()));
            if let Some(&(_, low, high)) = nearest.filter(|e| e.0 == x) {
                let text = |v: f64| input.y.quantity.text(v);
                let value = tr!("{} to {}", text(low), text(high));
                readout = readout.with(band.name.as_str(), value, band.tint);
            }
        }
        let near = |mark: &&Mark| (self.x.to_px(mark.x) - self.x.to_px(x)).abs() <= NEAR;
        for mark in input.marks.iter().filter(near) {
            let place = input.x.quantity.text(mark.x);
            readout = readout.with(mark.label.as_str(), place, mark.tint);
        }
        readout
    }

    /// The curves at the point nearest to a pixel; `None` outside the plot.
    #[must_use]
    pub fn at(&self, input: &LineInput, x_px: f64, y_px: f64) -> Option<Readout> {
        let x = self.snap(input, x_px, y_px)?;
        Some(self.readout(input, x))
    }
}

#[cfg(test)]
mod tests;
