//! Depth along a line of pixels: the prediction as a curve, the quantized one as the steps that it is, ground truth as dots.

use super::axes::{Axis, AxisSpec, Quantity};
use super::labels::{LINE_PX, text_px};
use super::plot_rect::PlotRect;
use super::readout::Readout;
use super::scene::{Align, Ink, Scene, Tint, Weight};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::units;

/// Space above and under the plot and at its right, in CSS pixels.
const TOP: f64 = 44.0;
const BOTTOM: f64 = 52.0;
const RIGHT: f64 = 24.0;

/// Least distances of ticks, in CSS pixels.
const X_GAP: f64 = 52.0;
const Y_GAP: f64 = 34.0;

/// Lines of a code's values are drawn where they are this far apart, in CSS pixels.
const LEVEL_GAP: f64 = 7.0;

/// Air around the depths, as a share of the axis.
const AIR: f64 = 0.06;

/// Input of the chart: the depth at each position along the line, in metres; `None` where a map has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Ground truth.
    pub gt_m: Vec<Option<f64>>,
    /// Floating-point prediction.
    pub fp32_m: Vec<Option<f64>>,
    /// Quantized prediction.
    pub int8_m: Vec<Option<f64>>,
    /// Depths that the quantized map can have, where its grid is known.
    pub levels_m: Vec<f64>,
}

/// One of the three maps as the chart shows it.
struct Trace {
    name: &'static str,
    ink: Ink,
    depths_m: fn(&Profile) -> &[Option<f64>],
}

const TRACES: [Trace; 3] = [
    Trace {
        name: msgid("ground truth"),
        ink: Ink::Muted,
        depths_m: |p| &p.gt_m,
    },
    Trace {
        name: "FP32",
        ink: Ink::Series1,
        depths_m: |p| &p.fp32_m,
    },
    Trace {
        name: "INT8",
        ink: Ink::Series2,
        depths_m: |p| &p.int8_m,
    },
];

impl Profile {
    /// Number of positions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.gt_m
            .len()
            .max(self.fp32_m.len())
            .max(self.int8_m.len())
    }

    /// Returns true if the line has no position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names and depths of the three maps.
    pub(super) fn traces(&self) -> [(&'static str, &[Option<f64>]); 3] {
        TRACES
            .each_ref()
            .map(|trace| (tr_dynamic(trace.name), (trace.depths_m)(self)))
    }

    fn depths(&self) -> impl Iterator<Item = f64> + '_ {
        let all = TRACES.iter().flat_map(|trace| (trace.depths_m)(self));
        all.flatten().copied()
    }
}

/// The chart's geometry.
#[derive(Clone, Debug, PartialEq)]
pub struct Staircase {
    width: f64,
    height: f64,
    places: usize,
    frame: PlotRect,
    x: Axis,
    y: Axis,
}

impl Staircase {
    /// Lays out the chart for a panel of this size in CSS pixels.
    #[must_use]
    pub fn new(width: f64, height: f64, profile: &Profile) -> Self {
        let (x, y) = specs();
        let ends = y.ends_of(profile.depths(), AIR);
        let rough = y.axis(ends, (height - BOTTOM).max(TOP + 1.0), TOP);
        let left = y.labels_px(&rough, Y_GAP) + 4.0;
        let frame = PlotRect::inside((width, height), left, RIGHT, TOP, BOTTOM);
        let places = profile.len();
        Self {
            width,
            height,
            places,
            // A position is a pixel wide: its middle lies half a pixel further.
            x: x.axis((0.0, places.max(1) as f64), frame.left, frame.right),
            y: y.axis(ends, frame.bottom, frame.top),
            frame,
        }
    }

    /// The scene, with a crosshair at a position.
    #[must_use]
    pub fn scene(&self, profile: &Profile, crosshair: Option<usize>) -> Scene {
        let mut scene = Scene::new(self.width, self.height);
        let (x, y) = specs();
        let frame = &self.frame;
        frame.y_ticks(&mut scene, &y.ticks(&self.y, Y_GAP), &self.y);
        frame.x_ticks(&mut scene, &x.ticks(&self.x, X_GAP), &self.x);
        frame.titles(&mut scene, &x.title, &y.title, TOP - 16.0);
        self.levels(&mut scene, profile);
        let traces = self.dots(profile);
        for at in traces {
            scene.dot(at, 1.5, Ink::Muted, Tint::Soft(Ink::Muted, 0.0));
        }
        for run in frame.runs(self.middles(&profile.fp32_m)) {
            scene.path(run, Ink::Series1, 2.0);
        }
        for run in frame.runs(self.steps(&profile.int8_m)) {
            scene.path(run, Ink::Series2, 2.0);
        }
        self.names(&mut scene, profile);
        if let Some(place) = crosshair.filter(|place| *place < self.places) {
            let x = self.x.to_px(place as f64 + 0.5);
            scene.line((x, frame.top), (x, frame.bottom), Ink::Muted, 1.0);
            for trace in &TRACES {
                let depth_m = (trace.depths_m)(profile).get(place).copied().flatten();
                let y = depth_m.map(|depth_m| self.y.to_px(depth_m));
                if let Some(y) = y.filter(|y| (frame.top..=frame.bottom).contains(y)) {
                    scene.dot((x, y), 3.5, trace.ink, Ink::Surface);
                }
            }
        }
        scene
    }

    /// Faint lines at the values of the code, where they can be told apart.
    fn levels(&self, scene: &mut Scene, profile: &Profile) {
        let heights = profile.levels_m.iter().map(|&m| self.y.to_px(m));
        let seen: Vec<f64> = heights
            .filter(|y| (self.frame.top..=self.frame.bottom).contains(y))
            .collect();
        let apart = seen.windows(2).all(|w| (w[1] - w[0]).abs() >= LEVEL_GAP);
        for y in seen.into_iter().filter(|_| apart) {
            let ends = ((self.frame.left, y), (self.frame.right, y));
            scene.line(ends.0, ends.1, Tint::Soft(Ink::Series2, 0.22), 1.0);
        }
    }

    fn middles<'a>(
        &'a self,
        depths_m: &'a [Option<f64>],
    ) -> impl Iterator<Item = Option<(f64, f64)>> + 'a {
        depths_m.iter().enumerate().map(|(i, depth_m)| {
            let depth_m = depth_m.filter(|v| v.is_finite())?;
            Some((self.x.to_px(i as f64 + 0.5), self.y.to_px(depth_m)))
        })
    }

    /// Ground truth, no denser than it can be told apart.
    fn dots(&self, profile: &Profile) -> Vec<(f64, f64)> {
        let mut last = f64::NEG_INFINITY;
        let seen = self.middles(&profile.gt_m).flatten();
        seen.filter(|at| {
            let shown = self.frame.holds(at.0, at.1) && at.0 - last >= 2.5;
            if shown {
                last = at.0;
            }
            shown
        })
        .collect()
    }

    /// Each position as wide as its pixel, with a riser to the next.
    fn steps(&self, depths_m: &[Option<f64>]) -> Vec<Option<(f64, f64)>> {
        let place = |(i, depth_m): (usize, &Option<f64>)| {
            let y = depth_m
                .filter(|v| v.is_finite())
                .map(|depth_m| self.y.to_px(depth_m));
            let at = |x: f64| y.map(|y| (self.x.to_px(x), y));
            [at(i as f64), at(i as f64 + 1.0)]
        };
        depths_m.iter().enumerate().flat_map(place).collect()
    }

    /// Names of the maps that are there, from the right on the first line.
    fn names(&self, scene: &mut Scene, profile: &Profile) {
        let mut x = self.width - 8.0;
        for trace in TRACES.iter().rev() {
            if (trace.depths_m)(profile).iter().any(Option::is_some) {
                let at = (x, TOP - 16.0 - LINE_PX);
                scene.text(
                    at,
                    tr_dynamic(trace.name),
                    trace.ink,
                    Align::End,
                    Weight::Bold,
                );
                x -= text_px(tr_dynamic(trace.name), Weight::Bold) + 14.0;
            }
        }
    }

    /// The position under a pointer; `None` outside the plot.
    #[must_use]
    pub fn hit(&self, x_px: f64, y_px: f64) -> Option<usize> {
        let inside = self.places > 0 && self.frame.holds(x_px, y_px);
        inside.then(|| (self.x.to_value(x_px) as usize).min(self.places - 1))
    }

    /// The depths of the maps at a position.
    #[must_use]
    pub fn readout(profile: &Profile, place: usize) -> Readout {
        let mut readout = Readout::new(Quantity::Pixels.text(place as f64));
        let depth_m = |trace: &Trace| (trace.depths_m)(profile).get(place).copied().flatten();
        for trace in &TRACES {
            if let Some(depth_m) = depth_m(trace) {
                readout = readout.with(tr_dynamic(trace.name), units::depth(depth_m), trace.ink);
            }
        }
        if let [_, Some(fp32_m), Some(int8_m)] = TRACES.each_ref().map(depth_m) {
            let change = units::length(int8_m - fp32_m);
            readout = readout.with(tr!("INT8 \u{2212} FP32"), change, Ink::Primary);
        }
        readout
    }

    /// The depths of the maps at the position under a pointer; `None` outside the plot.
    #[must_use]
    pub fn at(&self, profile: &Profile, x_px: f64, y_px: f64) -> Option<Readout> {
        let place = self.hit(x_px, y_px)?;
        Some(Self::readout(profile, place))
    }
}

fn specs() -> (AxisSpec, AxisSpec) {
    (
        AxisSpec::linear(Quantity::Pixels, tr!("position along the line")),
        AxisSpec::linear(Quantity::Depth, tr!("depth")),
    )
}

#[cfg(test)]
mod tests {
    use super::super::check::assert_tidy;
    use super::super::scene::Shape;
    use super::*;

    fn profile(n: usize) -> Profile {
        let depth_m = |i: usize| 2.0 + 0.01 * i as f64;
        let hole = |i: usize| (10..13).contains(&i);
        Profile {
            gt_m: (0..n)
                .map(|i| (!hole(i)).then(|| depth_m(i) + 0.03))
                .collect(),
            fp32_m: (0..n).map(|i| (!hole(i)).then(|| depth_m(i))).collect(),
            int8_m: (0..n)
                .map(|i| (!hole(i)).then(|| (depth_m(i) / 0.0586).round() * 0.0586))
                .collect(),
            levels_m: (0..256).map(|k| f64::from(k) * 0.0586).collect(),
        }
    }

    #[test]
    fn profiles_are_tidy_at_every_width_and_length() {
        for width in [300.0, 340.0, 700.0] {
            for n in [0, 1, 20, 176, 2000] {
                let profile = profile(n);
                let chart = Staircase::new(width, 300.0, &profile);
                assert_tidy(&chart.scene(&profile, Some(5)));
            }
        }
    }

    #[test]
    fn steps_are_flat_and_break_at_holes() {
        let profile = profile(60);
        let chart = Staircase::new(700.0, 300.0, &profile);
        let scene = chart.scene(&profile, None);
        let steps: Vec<_> = scene
            .shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Path {
                    points, ink, width, ..
                } if *ink == Ink::Series2.into() && *width > 1.5 => Some(points),
                _ => None,
            })
            .collect();
        assert_eq!(steps.len(), 2, "before and after the hole");
        for points in steps {
            assert!(
                points
                    .windows(2)
                    .all(|w| w[0].0 == w[1].0 || w[0].1 == w[1].1)
            );
        }
    }

    #[test]
    fn the_position_under_the_pointer_is_read() {
        let profile = profile(60);
        let chart = Staircase::new(700.0, 300.0, &profile);
        let x = chart.x.to_px(20.4);
        assert_eq!(chart.hit(x, 150.0), Some(20));
        let text = chart.at(&profile, x, 150.0).expect("in the plot").text();
        assert_eq!(
            text,
            "20 px: ground truth 2.23 m, FP32 2.2 m, INT8 2.227 m, INT8 \u{2212} FP32 26.8 mm"
        );
        assert_eq!(chart.hit(1.0, 150.0), None);
        let hole = Staircase::readout(&profile, 11);
        assert_eq!(hole.readings, []);
    }
}
