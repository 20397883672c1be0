//! The curve of RMSE against the end of the range, with its rounding and clipping parts: where everything lies.

use super::axes::{Axis, AxisSpec, Quantity};
use super::labels::{LINE_PX, LabelPlacer, spread};
use super::plot_rect::PlotRect;
use super::scale::LogScale;
use super::scene::{Align, Ink, Scene, Tint, Weight};
use fathom_analysis::{SweepDomain, SweepPoint};
use fathom_core::i18n::tr;
use fathom_core::units;

/// Space around the plot for labels, in CSS pixels.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 78.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 40.0;

/// Largest distance of a pointer that grabs the chosen end, in CSS pixels: half the width of a fingertip.
const GRAB_PX: f64 = 22.0;

/// Decades shown under the largest RMSE: smaller parts do not change the total visibly.
const DECADES: f64 = 3.2;

/// Room for text where the panel is this narrow, in CSS pixels: shorter labels below it.
const NARROW_PX: f64 = 520.0;

/// One of the three curves as a reading of a point, in metres.
type Part = fn(&SweepPoint) -> f64;

/// Rounding, clipping and their total.
const PARTS: [Part; 3] = [|p| p.rounding_m, |p| p.clipping_m, |p| p.rmse_m];

/// Input of the chart.
#[derive(Clone, Debug)]
pub struct RangeCurveInput<'a> {
    /// The curve.
    pub points: &'a [SweepPoint],
    /// Its domain.
    pub domain: SweepDomain,
    /// The other ranges of the table that start where the curve's does.
    pub candidates: &'a [SweepPoint],
    /// The chosen range.
    pub chosen: Option<SweepPoint>,
    /// End and RMSE of the best range.
    pub best: Option<(f64, f64)>,
    /// The point under the crosshair.
    pub crosshair: Option<SweepPoint>,
}

/// Target of a drag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DragTarget {
    /// The end of the chosen range.
    End,
    /// Nothing, but the pointer is over the plot.
    Plot,
}

/// The chart's geometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RangeCurve {
    width: f64,
    height: f64,
    x: LogScale,
    y: LogScale,
}

impl RangeCurve {
    /// Lays out the chart for a panel of this size in CSS pixels.
    #[must_use]
    pub fn new(width: f64, height: f64, domain: SweepDomain, points: &[SweepPoint]) -> Self {
        let largest = points.iter().map(|p| p.rmse_m).fold(0.0, f64::max);
        let floor = largest * libm::exp10(-DECADES);
        let least = points
            .iter()
            .flat_map(|p| [p.rounding_m, p.clipping_m, p.rmse_m])
            .filter(|&v| v > floor)
            .fold(largest, f64::min);
        Self {
            width,
            height,
            x: LogScale::new(
                domain.from_m,
                domain.to_m,
                LEFT,
                (width - RIGHT).max(LEFT + 1.0),
            ),
            y: LogScale::new(
                least * 0.8,
                largest * 1.3,
                (height - BOTTOM).max(TOP + 1.0),
                TOP,
            ),
        }
    }

    /// The end of the range under a pointer, in metres, clamped to the axis.
    #[must_use]
    pub fn end_at(&self, x_px: f64) -> f64 {
        self.x.to_value(x_px)
    }

    /// Position of an end of the range, in CSS pixels from the left.
    #[must_use]
    pub fn x_of(&self, end_m: f64) -> f64 {
        self.x.to_px(end_m)
    }

    /// Returns the drag target under a pointer, with the chosen end at `end_m` metres.
    #[must_use]
    pub fn grab(&self, x_px: f64, y_px: f64, end_m: f64) -> Option<DragTarget> {
        let inside = (LEFT - GRAB_PX..=self.width - RIGHT + GRAB_PX).contains(&x_px)
            && (0.0..=self.height).contains(&y_px);
        if !inside {
            return None;
        }
        let near = (self.x_of(end_m) - x_px).abs() <= GRAB_PX;
        Some(if near {
            DragTarget::End
        } else {
            DragTarget::Plot
        })
    }

    /// Everything to paint.
    #[must_use]
    pub fn scene(&self, input: &RangeCurveInput) -> Scene {
        let mut scene = Scene::new(self.width, self.height);
        self.candidates_band(&mut scene, input);
        self.axes(&mut scene);
        let curves = self.curves(input.points);
        self.paint_curves(&mut scene, &curves);
        for candidate in input.candidates {
            let at = (self.x_of(candidate.max_m), self.y.to_px(candidate.rmse_m));
            scene.dot(at, 4.0, Ink::Surface, Ink::Primary);
        }
        self.chosen(&mut scene, input.chosen);
        self.best(&mut scene, input, &curves);
        self.crosshair(&mut scene, input.crosshair);
        scene
    }

    fn bottom(&self) -> f64 {
        self.height - BOTTOM
    }

    fn right(&self) -> f64 {
        self.width - RIGHT
    }

    fn axes(&self, scene: &mut Scene) {
        let (frame, ends) = (self.frame(), AxisSpec::log(Quantity::Length, ""));
        let (x, y) = (Axis::Log(self.x), Axis::Log(self.y));
        frame.y_ticks(scene, &ends.ticks(&y, 34.0), &y);
        frame.x_ticks(scene, &ends.ticks(&x, 46.0), &x);
    }

    fn frame(&self) -> PlotRect {
        PlotRect {
            left: LEFT,
            top: TOP,
            right: self.right(),
            bottom: self.bottom(),
        }
    }

    fn candidates_band(&self, scene: &mut Scene, input: &RangeCurveInput) {
        let ends = || input.candidates.iter().map(|c| self.x_of(c.max_m));
        let (low, high) = (
            ends().fold(f64::INFINITY, f64::min),
            ends().fold(0.0, f64::max),
        );
        if high - low > 2.0 {
            scene.area((low, TOP), (high, self.bottom()), Ink::ClippingSoft);
            if high - low > 70.0 {
                let at = ((low + high) / 2.0, self.bottom() - 10.0);
                scene.text(
                    at,
                    tr!("candidates"),
                    Ink::Clipping,
                    Align::Middle,
                    Weight::Regular,
                );
            }
        }
    }

    /// The visible run of each part.
    fn curves(&self, points: &[SweepPoint]) -> [Vec<(f64, f64)>; 3] {
        PARTS.map(|part| self.visible_run(points, part))
    }

    fn paint_curves(&self, scene: &mut Scene, curves: &[Vec<(f64, f64)>; 3]) {
        let mut labels = Vec::new();
        let styles = [
            (Ink::Rounding, 2.0, tr!("rounding")),
            (Ink::Clipping, 2.0, tr!("clipping")),
            (Ink::Primary, 2.5, tr!("total")),
        ];
        for (path, (ink, width, name)) in curves.iter().zip(styles) {
            if let Some(&(_, y)) = path.last() {
                labels.push((y, name, ink));
            }
            scene.path(path.clone(), ink, width);
        }
        // Below the axis a part's curve ends early; its label stays at the right, at the height it left.
        let heights: Vec<f64> = labels.iter().map(|label| label.0).collect();
        let heights = spread(&heights, TOP + 6.0, self.bottom() - 8.0);
        for (y, (_, name, ink)) in heights.into_iter().zip(labels) {
            let at = (self.right() + 8.0, y);
            scene.text(at, name, ink, Align::Start, Weight::Bold);
        }
    }

    /// The part of a curve that lies over the bottom of the axis.
    fn visible_run(&self, points: &[SweepPoint], value: Part) -> Vec<(f64, f64)> {
        points
            .iter()
            .filter(|p| value(p) >= self.y.low())
            .map(|p| (self.x_of(p.max_m), self.y.to_px(value(p))))
            .collect()
    }

    fn chosen(&self, scene: &mut Scene, chosen: Option<SweepPoint>) {
        let Some(point) = chosen else { return };
        let x = self.x_of(point.max_m);
        scene.line((x, TOP), (x, self.bottom()), Ink::Chosen, 2.0);
        scene.dot(
            (x, self.y.to_px(point.rmse_m)),
            4.0,
            Ink::Chosen,
            Ink::Surface,
        );
        scene.dot((x, self.bottom()), 8.0, Ink::Chosen, Ink::Surface);
        let headline = format!(
            "{}: {}",
            units::depth(point.max_m),
            units::length(point.rmse_m)
        );
        let mut lines = vec![(headline, Weight::Bold, Ink::Chosen)];
        if self.width >= NARROW_PX {
            let parts = tr!(
                "{} rounding, {} clipping",
                units::length(point.rounding_m),
                units::length(point.clipping_m)
            );
            lines.push((parts, Weight::Regular, Ink::Muted));
        }
        let (at, align) = self.beside(x, 190.0);
        for (i, (text, weight, ink)) in lines.into_iter().enumerate() {
            scene.text(
                (at, TOP + 8.0 + i as f64 * LINE_PX),
                text,
                ink,
                align,
                weight,
            );
        }
    }

    /// Position of a label of this width beside a vertical line: right of it if there is room, else left.
    fn beside(&self, x: f64, label_px: f64) -> (f64, Align) {
        let middle = (LEFT + self.right()) / 2.0;
        if x + label_px > self.width && x > middle {
            (x - 9.0, Align::End)
        } else {
            (x + 9.0, Align::Start)
        }
    }

    fn best(&self, scene: &mut Scene, input: &RangeCurveInput, curves: &[Vec<(f64, f64)>; 3]) {
        let Some((end_m, rmse_m)) = input.best else {
            return;
        };
        let (x, y) = (self.x_of(end_m), self.y.to_px(rmse_m));
        scene.dot((x, y), 5.0, Ink::Best, Ink::Surface);
        let text = tr!(
            "best {} \u{b7} {}",
            units::depth(end_m),
            units::length(rmse_m)
        );
        // The words of the chosen end stand at the top, those of the candidates at the bottom.
        let bounds = PlotRect {
            top: TOP + 2.5 * LINE_PX,
            bottom: self.bottom() - LINE_PX - 4.0,
            ..self.frame()
        };
        let mut placer = LabelPlacer::new(bounds);
        if let Some(chosen) = input.chosen {
            let x = self.x_of(chosen.max_m);
            placer.avoid(&[(x, TOP), (x, self.bottom())]);
        }
        for curve in curves {
            placer.avoid(curve);
        }
        let ground = Tint::Soft(Ink::Surface, 0.85);
        placer.paint(
            scene,
            (x, y),
            &text,
            (Ink::Best.into(), ground),
            Weight::Bold,
        );
    }

    fn crosshair(&self, scene: &mut Scene, point: Option<SweepPoint>) {
        let Some(point) = point else { return };
        let x = self.x_of(point.max_m);
        scene.line((x, TOP), (x, self.bottom()), Ink::Muted, 1.0);
        for (value, ink) in [
            (point.rounding_m, Ink::Rounding),
            (point.clipping_m, Ink::Clipping),
            (point.rmse_m, Ink::Primary),
        ] {
            if value >= self.y.low() {
                scene.dot((x, self.y.to_px(value)), 3.5, ink, Ink::Surface);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<SweepPoint> {
        (0..50)
            .map(|i| {
                let max_m = 2.0 * libm::exp(f64::from(i) * 0.1);
                let (rounding_m, clipping_m) = (max_m * 1e-3, 5.0 / max_m);
                SweepPoint {
                    max_m,
                    rmse_m: (rounding_m * rounding_m + clipping_m * clipping_m).sqrt(),
                    rounding_m,
                    clipping_m,
                }
            })
            .collect()
    }

    fn curve() -> RangeCurve {
        let domain = SweepDomain {
            min_m: 0.5,
            from_m: 2.0,
            to_m: 268.0,
        };
        RangeCurve::new(760.0, 380.0, domain, &points())
    }

    #[test]
    fn pixels_and_ends_are_inverse_both_ways() {
        let curve = curve();
        for end_m in [2.0, 5.0, 15.0, 100.0, 268.0] {
            assert!((curve.end_at(curve.x_of(end_m)) / end_m - 1.0).abs() < 1e-12);
        }
        for px in [60.0, 300.0, 680.0] {
            assert!((curve.x_of(curve.end_at(px)) - px).abs() < 1e-9);
        }
        assert_eq!(curve.end_at(-50.0), 2.0);
    }

    #[test]
    fn a_pointer_near_the_end_grabs_it() {
        let curve = curve();
        let x = curve.x_of(15.0);
        assert_eq!(curve.grab(x + 10.0, 100.0, 15.0), Some(DragTarget::End));
        assert_eq!(curve.grab(x + 60.0, 100.0, 15.0), Some(DragTarget::Plot));
        assert_eq!(curve.grab(x, 1000.0, 15.0), None);
        assert_eq!(curve.grab(2.0, 100.0, 15.0), None);
    }

    #[test]
    fn every_shape_stays_inside_the_panel() {
        let points = points();
        for (width, height) in [(760.0, 380.0), (330.0, 280.0)] {
            let domain = SweepDomain {
                min_m: 0.5,
                from_m: 2.0,
                to_m: 268.0,
            };
            let scene = RangeCurve::new(width, height, domain, &points).scene(&RangeCurveInput {
                points: &points,
                domain,
                candidates: &points[10..20],
                chosen: Some(points[49]),
                best: Some((71.0, 0.1)),
                crosshair: Some(points[0]),
            });
            super::super::check::assert_inside(&scene);
        }
    }
}
