//! RMSE of every frame as a strip of bars: floating point and INT8, in order or worst first.
//!
//! The caller decides the order of the frames; a hit test returns the number of a frame in its set.

use super::axes::{Axis, AxisSpec, Quantity};
use super::labels::text_px;
use super::plot_rect::PlotRect;
use super::readout::Readout;
use super::scene::{Align, Ink, Scene, Tint, Weight};
use fathom_analysis::compare::FrameRow;
use fathom_core::i18n::tr;
use fathom_core::units;

/// Space above and under the plot and at its right, in CSS pixels.
const TOP: f64 = 30.0;
const BOTTOM: f64 = 34.0;
const RIGHT: f64 = 10.0;

/// Least distance of ticks, in CSS pixels.
const Y_GAP: f64 = 30.0;

/// Bars narrower than this have no gap, in CSS pixels.
const GAP_FROM: f64 = 4.0;

/// The strip's geometry.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameStrip {
    width: f64,
    height: f64,
    frame: PlotRect,
    y: Axis,
    rows: Vec<FrameRow>,
}

fn spec() -> AxisSpec {
    AxisSpec::linear(Quantity::Length, tr!("RMSE per frame"))
}

/// Opacity of a bar: the line of the other prediction lies over it.
const BAR: f64 = 0.55;

impl FrameStrip {
    /// Lays out the strip for a panel of this size in CSS pixels, the rows from left to right.
    #[must_use]
    pub fn new(width: f64, height: f64, rows: Vec<FrameRow>) -> Self {
        let each = rows.iter().flat_map(|r| [r.rmse_fp32_m, r.rmse_int8_m]);
        let most = each.filter(|v| v.is_finite()).fold(0.0, f64::max);
        let ends = (0.0, if most > 0.0 { most * 1.05 } else { 1.0 });
        let rough = spec().axis(ends, (height - BOTTOM).max(TOP + 1.0), TOP);
        let left = spec().labels_px(&rough, Y_GAP) + 4.0;
        let frame = PlotRect::inside((width, height), left, RIGHT, TOP, BOTTOM);
        Self {
            width,
            height,
            y: spec().axis(ends, frame.bottom, frame.top),
            frame,
            rows,
        }
    }

    pub(super) fn rows(&self) -> &[FrameRow] {
        &self.rows
    }

    fn place(&self, frame: usize) -> Option<usize> {
        self.rows.iter().position(|row| row.frame == frame)
    }

    /// Left and right edge of a bar with its gap.
    fn slot(&self, place: usize) -> (f64, f64) {
        let wide = (self.frame.right - self.frame.left) / self.rows.len().max(1) as f64;
        let left = self.frame.left + wide * place as f64;
        (left, left + wide)
    }

    /// Everything to paint; the frame with this number is marked.
    #[must_use]
    pub fn scene(&self, chosen: Option<usize>) -> Scene {
        let mut scene = Scene::new(self.width, self.height);
        let frame = &self.frame;
        frame.y_ticks(&mut scene, &spec().ticks(&self.y, Y_GAP), &self.y);
        for (place, row) in self.rows.iter().enumerate() {
            let (left, right) = self.slot(place);
            let gap = if right - left >= GAP_FROM { 1.0 } else { 0.0 };
            if row.rmse_int8_m.is_finite() {
                let top = self.y.to_px(row.rmse_int8_m);
                let ink = Tint::Soft(Ink::Series2, BAR);
                scene.area((left + gap, top), (right - gap, frame.bottom), ink);
            }
            // A line over the bar, so that both are seen whichever is larger.
            if row.rmse_fp32_m.is_finite() {
                let y = self.y.to_px(row.rmse_fp32_m);
                scene.line((left, y), (right, y), Ink::Series1, 2.0);
            }
        }
        if let Some(place) = chosen.and_then(|frame| self.place(frame)) {
            let (left, right) = self.slot(place);
            let (left, right) = (left - 1.0, right.max(left + 2.0) + 1.0);
            let (above, below) = (frame.top, frame.bottom + 4.0);
            let ring = [(left, above), (right, above), (right, below), (left, below)];
            let ring = ring.into_iter().chain([(left, above)]);
            scene.path(ring.collect(), Ink::Primary, 1.5);
        }
        let (left, right) = ((frame.left, frame.bottom), (frame.right, frame.bottom));
        scene.line(left, right, Ink::Muted, 1.0);
        self.words(&mut scene, chosen);
        scene
    }

    fn words(&self, scene: &mut Scene, chosen: Option<usize>) {
        let mut x = self.width - RIGHT;
        for (name, ink) in [("INT8", Ink::Series2), ("FP32", Ink::Series1)] {
            scene.text((x, 14.0), name, ink, Align::End, Weight::Bold);
            x -= text_px(name, Weight::Bold) + 12.0;
        }
        let title = spec().title;
        scene.text(
            (4.0, 14.0),
            title,
            Ink::Muted,
            Align::Start,
            Weight::Regular,
        );
        let y = self.frame.bottom + 16.0;
        let marked = chosen.and_then(|frame| self.place(frame));
        let text = match marked.and_then(|place| self.rows.get(place)) {
            Some(row) => tr!("frame {}", row.frame + 1),
            None => units::counted(self.rows.len(), units::Noun::Frame),
        };
        let half = text_px(&text, Weight::Bold) / 2.0 + 2.0;
        let (at, ink) = match marked {
            Some(place) => {
                let (left, right) = self.slot(place);
                let middle = f64::midpoint(left, right);
                let most = (self.width - half).max(half);
                (middle.clamp(half, most), Ink::Chosen)
            }
            None => (f64::midpoint(self.frame.left, self.frame.right), Ink::Muted),
        };
        scene.text((at, y), text, ink, Align::Middle, Weight::Bold);
    }

    /// The number of the frame whose bar is under a pointer; `None` outside the bars. The whole height of the plot counts.
    #[must_use]
    pub fn hit(&self, x_px: f64, y_px: f64) -> Option<usize> {
        if !self.frame.holds(x_px, y_px) {
            return None;
        }
        let share = (x_px - self.frame.left) / (self.frame.right - self.frame.left);
        let place = (share * self.rows.len() as f64) as usize;
        let last = self.rows.len().checked_sub(1)?;
        self.rows.get(place.min(last)).map(|row| row.frame)
    }

    /// The next or previous frame in the order shown, for a step by keyboard. Without a frame it returns the first.
    #[must_use]
    pub fn step(&self, from: Option<usize>, forward: bool) -> Option<usize> {
        let here = from.and_then(|frame| self.place(frame));
        let place = match (here, forward) {
            (None, _) => 0,
            (Some(place), true) => (place + 1).min(self.rows.len() - 1),
            (Some(place), false) => place.saturating_sub(1),
        };
        self.rows.get(place).map(|row| row.frame)
    }

    /// Describes a frame; `None` for an unknown frame.
    #[must_use]
    pub fn readout(&self, frame: usize) -> Option<Readout> {
        let row = self.rows.iter().find(|row| row.frame == frame)?;
        let readout = Readout::new(tr!("frame {}", frame + 1));
        let readout = readout
            .with("FP32", units::length(row.rmse_fp32_m), Ink::Series1)
            .with("INT8", units::length(row.rmse_int8_m), Ink::Series2);
        Some(readout.with(tr!("change"), units::length(row.change_m()), Ink::Primary))
    }

    /// Describes the frame under a pointer; `None` outside the bars.
    #[must_use]
    pub fn at(&self, x_px: f64, y_px: f64) -> Option<Readout> {
        self.readout(self.hit(x_px, y_px)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::assert_tidy;
    use super::*;
    use fathom_analysis::compare::{ArtefactScores, worst_first};

    fn rows(n: usize) -> Vec<FrameRow> {
        (0..n)
            .map(|frame| FrameRow {
                frame,
                count: 10.0,
                rmse_fp32_m: 0.3 + 0.01 * ((frame * 7) % 11) as f64,
                rmse_int8_m: 0.35 + 0.03 * ((frame * 5) % 13) as f64,
                rms_q_m: 0.1,
                bias_m: 0.0,
                artefacts: ArtefactScores::default(),
            })
            .collect()
    }

    #[test]
    fn strips_are_tidy_at_every_width() {
        for width in [300.0, 340.0, 700.0] {
            for n in [0, 1, 91, 1000] {
                let strip = FrameStrip::new(width, 200.0, rows(n));
                for chosen in [None, Some(0), Some(n.saturating_sub(1))] {
                    assert_tidy(&strip.scene(chosen));
                }
            }
        }
    }

    #[test]
    fn a_bar_gives_its_own_frame_in_any_order() {
        let sorted = worst_first(&rows(91), |r| Some(r.rmse_int8_m));
        let strip = FrameStrip::new(700.0, 200.0, sorted.clone());
        for place in [0, 40, 90] {
            let (left, right) = strip.slot(place);
            let frame = sorted[place].frame;
            assert_eq!(strip.hit(f64::midpoint(left, right), 100.0), Some(frame));
        }
        assert_eq!(
            strip.step(Some(sorted[3].frame), true),
            Some(sorted[4].frame)
        );
        assert_eq!(
            strip.step(Some(sorted[0].frame), false),
            Some(sorted[0].frame)
        );
        assert_eq!(strip.step(None, true), Some(sorted[0].frame));
        assert_eq!(
            FrameStrip::new(700.0, 200.0, Vec::new()).step(Some(3), true),
            None
        );
        let text = strip.readout(0).map(|r| r.text());
        assert_eq!(
            text.as_deref(),
            Some("frame 1: FP32 300 mm, INT8 350 mm, change 50.0 mm")
        );
        assert_eq!(strip.hit(2.0, 100.0), None);
    }
}
