//! The histogram of depths on a logarithmic axis, with ranges drawn on it.

use super::scale::{LogScale, length_ticks};
use super::scene::{Align, Ink, Scene, Weight};
use fathom_core::quant::OutputRange;
use fathom_core::units;

/// Space around the plot, in CSS pixels.
const SIDE: f64 = 10.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 30.0;

/// Half the width of a tick's label, in CSS pixels: nearer to the edge it would be cut.
const HALF_LABEL: f64 = 28.0;

/// Width of a bar with its gap, in CSS pixels.
const BAR_PX: f64 = 4.5;

/// Bins of equal ratio over the depths and the chosen range.
#[derive(Clone, Debug, PartialEq)]
pub struct DepthHistogram {
    edges_m: Vec<f64>,
    counts: Vec<f64>,
    width: f64,
    height: f64,
}

impl DepthHistogram {
    /// Edges of the bins, in metres, for a panel of this width in CSS pixels. The axis holds all depths, which lie between `min_m` and
    /// `max_m`, and the whole of `chosen`.
    #[must_use]
    pub fn edges(min_m: f64, max_m: f64, chosen: OutputRange, width: f64) -> Vec<f64> {
        let low = if chosen.min_m() > 0.0 {
            min_m.min(chosen.min_m())
        } else {
            min_m
        };
        let high = max_m.max(chosen.max_m());
        // A little air on both sides, and an axis even for a single depth.
        let (low, high) = (low * 0.9, (high * 1.1).max(low * 1.2));
        let bins = (((width - 2.0 * SIDE) / BAR_PX) as usize).clamp(8, 160);
        let axis = LogScale::new(low, high, 0.0, bins as f64);
        (0..=bins).map(|i| axis.to_value(i as f64)).collect()
    }

    /// The pixels between every two edges, in a panel of this size in CSS pixels.
    #[must_use]
    pub fn new(edges_m: Vec<f64>, counts: Vec<f64>, width: f64, height: f64) -> Self {
        Self {
            edges_m,
            counts,
            width,
            height,
        }
    }

    /// The bins as (from, to, pixels), depths in metres: the chart's table twin.
    pub fn bins(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        self.edges_m
            .windows(2)
            .zip(&self.counts)
            .map(|(edge, &n)| (edge[0], edge[1], n))
    }

    fn scale(&self) -> LogScale {
        let (low, high) = match self.edges_m.as_slice() {
            [low, .., high] => (*low, *high),
            _ => (0.1, 1.0),
        };
        LogScale::new(low, high, SIDE, (self.width - SIDE).max(SIDE + 1.0))
    }

    /// Everything to paint: bars inside the chosen range in the colour of rounding, the others in that of clipping; the chosen
    /// ends labelled, those of other ranges as short marks.
    #[must_use]
    pub fn scene(&self, chosen: OutputRange, others: &[OutputRange]) -> Scene {
        let mut scene = Scene::new(self.width, self.height);
        let x = self.scale();
        let bottom = self.height - BOTTOM;
        let tallest = self.counts.iter().copied().fold(1.0, f64::max);
        for (from_m, to_m, n) in self.bins().filter(|bin| bin.2 > 0.0) {
            // A bin with a single pixel stays visible: clipping concerns the far tail.
            let height = (n / tallest * (bottom - TOP - 8.0)).max(1.5);
            let middle = (from_m * to_m).sqrt();
            let ink = if chosen.contains(middle) {
                Ink::Rounding
            } else {
                Ink::Clipping
            };
            let (left, right) = (x.to_px(from_m), x.to_px(to_m));
            scene.area((left + 0.5, bottom - height), (right - 0.5, bottom), ink);
        }
        scene.line((SIDE, bottom), (self.width - SIDE, bottom), Ink::Line, 1.0);
        for tick in x.ticks(48.0) {
            let at = (x.to_px(tick), bottom + 18.0);
            scene.line((at.0, bottom), (at.0, bottom + 5.0), Ink::Muted, 1.0);
            let label = length_ticks(tick);
            if at.0 > HALF_LABEL && at.0 < self.width - HALF_LABEL {
                scene.text(at, label, Ink::Muted, Align::Middle, Weight::Regular);
            }
        }
        for other in others {
            let at = x.to_px(other.max_m());
            scene.line((at, bottom - 14.0), (at, bottom), Ink::Primary, 1.0);
        }
        self.chosen_ends(&mut scene, &x, chosen);
        scene
    }

    fn chosen_ends(&self, scene: &mut Scene, x: &LogScale, chosen: OutputRange) {
        let bottom = self.height - BOTTOM;
        let ends = [
            (chosen.min_m(), -5.0, Align::End),
            (chosen.max_m(), 5.0, Align::Start),
        ];
        for (end_m, offset, align) in ends {
            if end_m <= 0.0 {
                continue;
            }
            let at = x.to_px(end_m);
            scene.line((at, TOP - 14.0), (at, bottom), Ink::Chosen, 1.5);
            // Near the edge of the panel the label stands on the inner side of its line.
            let outside = at + offset * 10.0 < 0.0 || at + offset * 10.0 > self.width;
            let (offset, align) = match (outside, align) {
                (true, Align::End) => (5.0, Align::Start),
                (true, _) => (-5.0, Align::End),
                (false, align) => (offset, align),
            };
            let at = (at + offset, TOP - 10.0);
            scene.text(at, units::depth(end_m), Ink::Chosen, align, Weight::Bold);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::{Distribution, Resolution};

    fn range(min_m: f64, max_m: f64) -> OutputRange {
        OutputRange::new(min_m, max_m).expect("a range")
    }

    #[test]
    fn every_pixel_is_in_a_bar_and_the_range_is_on_the_axis() {
        for depths in [
            vec![2.0],
            vec![0.004, 1.6, 230.0],
            vec![0.8, 0.9, 1.5, 2.93],
        ] {
            let counts = vec![7; depths.len()];
            let total = 7.0 * depths.len() as f64;
            let d = Distribution::new(depths, counts, Resolution::Exact).expect("depths");
            let edges_m = DepthHistogram::edges(d.min_m(), d.max_m(), range(0.5, 15.0), 480.0);
            let h = DepthHistogram::new(edges_m.clone(), d.histogram(&edges_m), 480.0, 250.0);
            assert_eq!(h.bins().map(|b| b.2).sum::<f64>(), total);
            let x = h.scale();
            assert!(x.low() < 0.5 && x.high() > 15.0);
            let scene = h.scene(range(0.5, 15.0), &[range(0.5, 7.5)]);
            assert!(scene.shapes.len() > 5);
        }
    }
}
