//! RMSE of every frame as a strip of bars: floating point and INT8, with the names of frames under the axis.
//!
//! The caller decides the order of the frames; a hit test returns the number of a frame in its set.

use super::axes::{Axis, AxisSpec, Quantity};
use super::labels::{short_names, text_px};
use super::plot_rect::PlotRect;
use super::readout::Readout;
use super::scene::{Align, Ink, Scene, Tint, Weight};
use fathom_analysis::compare::{ComparedFrame, FrameRow};
use fathom_core::i18n::tr;
use fathom_core::units;

/// Space above and under the plot and at its right, in CSS pixels.
const TOP: f64 = 30.0;
const BOTTOM: f64 = 34.0;
const RIGHT: f64 = 10.0;

/// Least distance of ticks, in CSS pixels.
const Y_GAP: f64 = 30.0;

/// Least distance of names, in CSS pixels.
const NAME_GAP: f64 = 14.0;

/// Width of a name, at most, in CSS pixels.
const NAME_PX: f64 = 104.0;

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
    /// The name of each row's frame.
    names: Vec<String>,
    /// The same names as wide as the axis has room.
    short_names: Vec<String>,
}

fn spec() -> AxisSpec {
    AxisSpec::linear(Quantity::Length, tr!("RMSE per frame"))
}

/// Opacity of a bar: the line of the other prediction lies over it.
const BAR: f64 = 0.55;

impl FrameStrip {
    /// Lays out the strip for a panel of this size in CSS pixels, the frames from left to right.
    #[must_use]
    pub fn new(width: f64, height: f64, frames: Vec<ComparedFrame>) -> Self {
        let (names, rows): (Vec<String>, Vec<FrameRow>) = frames
            .into_iter()
            .map(|frame| (frame.name, frame.row))
            .unzip();
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
            short_names: short_names(&names, NAME_PX),
            names,
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
        let marked = chosen.and_then(|frame| self.place(frame));
        if let Some(place) = marked {
            self.name(scene, place, Ink::Chosen, Weight::Bold);
        }
        let marked = marked.map(|place| self.name_ends(place, Weight::Bold));
        let mut last = f64::NEG_INFINITY;
        for place in self.named_places() {
            let (left, right) = self.name_ends(place, Weight::Regular);
            let is_free =
                marked.is_none_or(|(from, to)| right + NAME_GAP < from || to + NAME_GAP < left);
            // Names at the borders of the chart are moved inwards.
            if is_free && left > last {
                self.name(scene, place, Ink::Muted, Weight::Regular);
                last = right + NAME_GAP;
            }
        }
    }

    /// The places whose names fit beside each other.
    fn named_places(&self) -> impl Iterator<Item = usize> + use<> {
        let names = self.short_names.iter();
        let widths = names.map(|name| text_px(name, Weight::Regular));
        let longest = widths.fold(0.0, f64::max) + NAME_GAP;
        let room = (self.frame.right - self.frame.left) / longest;
        let every = (self.names.len() as f64 / room.max(1.0)).ceil().max(1.0);
        (0..self.names.len()).step_by(every as usize)
    }

    /// Left and right end of a name, centred under its bar within the chart.
    fn name_ends(&self, place: usize, weight: Weight) -> (f64, f64) {
        let half = self
            .short_names
            .get(place)
            .map_or(0.0, |name| text_px(name, weight) / 2.0 + 2.0);
        let (left, right) = self.slot(place);
        let most = (self.width - half).max(half);
        let middle = f64::midpoint(left, right).clamp(half, most);
        (middle - half, middle + half)
    }

    fn name(&self, scene: &mut Scene, place: usize, ink: Ink, weight: Weight) {
        let (left, right) = self.name_ends(place, weight);
        let at = (f64::midpoint(left, right), self.frame.bottom + 16.0);
        let name = self.short_names.get(place).cloned().unwrap_or_default();
        scene.text(at, name, ink, Align::Middle, weight);
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
        let place = self.place(frame)?;
        let row = self.rows.get(place)?;
        let readout = Readout::new(self.names.get(place)?.clone());
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
    use fathom_analysis::compare::ArtefactScores;

    fn frames(n: usize) -> Vec<ComparedFrame> {
        let row = |frame: usize| FrameRow {
            frame,
            count: 10.0,
            rmse_fp32_m: 0.3 + 0.01 * ((frame * 7) % 11) as f64,
            rmse_int8_m: 0.35 + 0.03 * ((frame * 5) % 13) as f64,
            rms_q_m: 0.1,
            bias_m: 0.0,
            artefacts: ArtefactScores::default(),
        };
        (0..n)
            .map(|frame| ComparedFrame {
                name: format!("room_{frame:03}"),
                place: (0, 0),
                row: row(frame),
            })
            .collect()
    }

    fn names(scene: &Scene) -> Vec<String> {
        let texts = scene.texts().map(ToOwned::to_owned);
        texts.filter(|text| text.starts_with("room_")).collect()
    }

    #[test]
    fn strips_are_tidy_at_every_width() {
        for width in [300.0, 340.0, 700.0] {
            for n in [0, 1, 91, 1000] {
                let strip = FrameStrip::new(width, 200.0, frames(n));
                for chosen in [None, Some(0), Some(n.saturating_sub(1))] {
                    assert_tidy(&strip.scene(chosen));
                }
            }
        }
    }

    #[test]
    fn names_stand_under_the_axis_as_far_as_they_fit() {
        let strip = FrameStrip::new(700.0, 200.0, frames(91));
        let all = names(&strip.scene(None));
        assert!(all.len() > 4 && all[0] == "room_000", "{all:?}");
        let chosen = names(&strip.scene(Some(1)));
        assert!(chosen.contains(&"room_001".to_owned()), "{chosen:?}");
        assert!(!chosen.contains(&"room_000".to_owned()), "{chosen:?}");
        let few = FrameStrip::new(700.0, 200.0, frames(3));
        assert_eq!(names(&few.scene(None)).len(), 3);
    }

    #[test]
    fn wide_names_lose_what_all_have() {
        let mut rows = frames(40);
        for (number, own) in rows.iter_mut().enumerate() {
            own.name = format!("2011_09_26_drive_0002_sync_image_{number:010}_image_02");
        }
        let strip = FrameStrip::new(700.0, 200.0, rows.clone());
        for chosen in [None, Some(7), Some(39)] {
            let scene = strip.scene(chosen);
            assert_tidy(&scene);
            let texts = scene.texts().filter(|text| text.starts_with('\u{2026}'));
            let texts: Vec<&str> = texts.collect();
            assert!(texts.len() > 4, "{texts:?}");
            let own = chosen.unwrap_or(0);
            let own = format!("\u{2026}{own:02}\u{2026}");
            assert!(texts.contains(&own.as_str()), "{own} in {texts:?}");
        }
        let text = strip.readout(7).map(|r| r.text());
        assert!(text.is_some_and(|text| text.contains("sync_image_0000000007")));
        // A frame alone, and frames of one name, are cut.
        for count in [1, 2] {
            rows.truncate(count);
            rows.iter_mut().for_each(|own| own.name = "n".repeat(400));
            assert_tidy(&FrameStrip::new(700.0, 200.0, rows.clone()).scene(Some(0)));
        }
    }

    #[test]
    fn a_bar_gives_its_own_frame_in_any_order() {
        let mut sorted = frames(91);
        sorted.sort_by(|a, b| b.row.rmse_int8_m.total_cmp(&a.row.rmse_int8_m));
        let strip = FrameStrip::new(700.0, 200.0, sorted.clone());
        let sorted: Vec<FrameRow> = sorted.into_iter().map(|own| own.row).collect();
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
            Some("room_000: FP32 300 mm, INT8 350 mm, change 50.0 mm")
        );
        assert_eq!(strip.hit(2.0, 100.0), None);
    }
}
