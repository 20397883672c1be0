//! The error budget as a waterfall: each part of INT8's squared error is a bar that starts at the end of the previous one. Rows below
//! compare theoretical predictions with the measured value.
//!
//! The parts add up because those of the error budget do. Bars are drawn in squared error, in which parts
//! add up; labels give the RMSE of a part alone, and its share.

mod budget_rows;

pub use budget_rows::{BudgetInput, BudgetPart, BudgetRow, PredictedRow};

use super::axes::{AxisSpec, Quantity};
use super::labels::{LINE_PX, widest_px};
use super::plot_rect::PlotRect;
use super::readout::Readout;
use super::scene::{Align, Ink, Scene, Tint, Weight};
use fathom_core::i18n::tr;
use fathom_core::units;

/// A bar's height, and that of a row with it, in CSS pixels.
const BAR_PX: f64 = 16.0;
const ROW_PX: f64 = 26.0;

/// Panels narrower than this have names above their bars, in CSS pixels.
const NARROW_PX: f64 = 560.0;

/// Share of the axis that the bars of the totals keep where it is broken, and that from which it begins at zero.
const BROKEN_SHARE: f64 = 0.25;
const UNBROKEN: f64 = 0.2;

/// Place of the break in a bar, and the width of its gap, in CSS pixels.
const BREAK_PX: f64 = 16.0;
const GAP_PX: f64 = 4.0;

/// Space at the top, and for the axis under the parts, in CSS pixels.
const TOP: f64 = 8.0;
const AXIS_PX: f64 = 52.0;

/// The chart's geometry.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetBar {
    width: f64,
    row_px: f64,
    narrow: bool,
    parts: PlotRect,
    predicted: PlotRect,
    input: BudgetInput,
}

impl BudgetBar {
    /// Lays out the chart for a panel of this width in CSS pixels; its height follows from the rows.
    #[must_use]
    pub fn new(width: f64, input: BudgetInput) -> Self {
        let narrow = width < NARROW_PX;
        let (names, texts) = (column(&input, true), column(&input, false));
        let (left, right) = if narrow {
            (8.0, 8.0)
        } else {
            (names + 16.0, texts + 16.0)
        };
        let row_px = if narrow { ROW_PX + LINE_PX } else { ROW_PX };
        let frame = |top: f64, rows: usize| PlotRect {
            left,
            top,
            right: (width - right).max(left + 1.0),
            bottom: top + rows as f64 * row_px,
        };
        let parts = frame(TOP, input.rows.len());
        let predicted = frame(parts.bottom + AXIS_PX, input.predicted.len());
        Self {
            width,
            row_px,
            narrow,
            parts,
            predicted,
            input,
        }
    }

    /// The height that the chart needs, in CSS pixels.
    #[must_use]
    pub fn height(&self) -> f64 {
        let last = if self.input.predicted.is_empty() {
            self.parts
        } else {
            self.predicted
        };
        last.bottom + AXIS_PX
    }

    /// Everything to paint.
    #[must_use]
    pub fn scene(&self) -> Scene {
        let mut scene = Scene::new(self.width, self.height());
        self.waterfall(&mut scene);
        if !self.input.predicted.is_empty() {
            self.predictions(&mut scene);
        }
        scene
    }

    fn waterfall(&self, scene: &mut Scene) {
        let rows = &self.input.rows;
        let total = rows.last().map_or(1.0, |row| row.mse);
        let unit = if total > 0.0 { total } else { 1.0 };
        let reach = |row: &BudgetRow| [row.from / unit, (row.from + row.mse) / unit];
        let ends = |rows: &[BudgetRow]| {
            let ends = rows.iter().flat_map(reach);
            ends.fold((1.0_f64, 1.0_f64), |(l, h), v| (l.min(v), h.max(v)))
        };
        // The parts of quantization fill the chart, however large FP32's own error is.
        let parts = rows.iter().filter(|row| row.part.is_of_quantization());
        let (first, last) = ends(&parts.copied().collect::<Vec<_>>());
        let broken = first - (last - first) * BROKEN_SHARE / (1.0 - BROKEN_SHARE);
        let is_broken = broken > UNBROKEN && last > first;
        let (low, high) = if is_broken {
            (broken, last)
        } else {
            let (low, high) = ends(rows);
            (low.min(0.0), high)
        };
        let spec = AxisSpec::linear(Quantity::Share, tr!("share of INT8's mean squared error"));
        let axis = spec.axis((low, high), self.parts.left, self.parts.right);
        self.grid(scene, &self.parts, &spec, (low, high));
        let mut before: Option<f64> = None;
        for (i, row) in rows.iter().enumerate() {
            let [from, to] = reach(row).map(|share| axis.to_px(share.max(low)));
            let y = self.bar_top(&self.parts, i);
            if let Some(x) = before.filter(|_| row.part != BudgetPart::Total) {
                let above = self.bar_top(&self.parts, i - 1) + BAR_PX;
                scene.dashes(vec![(x, above), (x, y)], Ink::Muted, 1.0);
            }
            // A part of next to nothing is still seen.
            let (left, right) = (from.min(to), from.max(to).max(from.min(to) + 1.5));
            let right = right.min(self.parts.right + 1.5);
            scene.area((left, y), (right, y + BAR_PX), row.part.ink());
            if is_broken && !row.part.is_of_quantization() {
                self.break_bar(scene, y);
            }
            let text = row.text();
            self.words(
                scene,
                &self.parts,
                i,
                (row.part.name(), &text),
                row.part.ink(),
            );
            before = Some(to);
        }
    }

    /// Two slanted edges in a bar that begins left of the axis.
    fn break_bar(&self, scene: &mut Scene, y: f64) {
        let x = self.parts.left + BREAK_PX;
        let (above, below) = (y - 1.0, y + BAR_PX + 1.0);
        let gap = [
            (x + GAP_PX, above),
            (x + 2.0 * GAP_PX, above),
            (x + GAP_PX, below),
            (x, below),
        ];
        scene.polygon(gap.to_vec(), Ink::Surface);
    }

    fn predictions(&self, scene: &mut Scene) {
        let rows = &self.input.predicted;
        let most = rows.iter().map(|row| row.rmse_m).fold(0.0, f64::max);
        let ends = (0.0, if most > 0.0 { most * 1.04 } else { 1.0 });
        let spec = AxisSpec::linear(Quantity::Length, tr!("RMSE of INT8 against ground truth"));
        let axis = spec.axis(ends, self.predicted.left, self.predicted.right);
        self.grid(scene, &self.predicted, &spec, ends);
        for (i, row) in rows.iter().enumerate() {
            let y = self.bar_top(&self.predicted, i);
            let (tint, ink) = if row.measured {
                (Tint::Pure(Ink::Primary), Ink::Primary)
            } else {
                (Tint::Soft(Ink::Series1, 0.65), Ink::Series1)
            };
            let right = axis.to_px(row.rmse_m);
            scene.area((self.predicted.left, y), (right, y + BAR_PX), tint);
            self.words(scene, &self.predicted, i, (row.name, &row.text), ink);
        }
    }

    /// Vertical lines at the ticks, with labels and title under them.
    fn grid(&self, scene: &mut Scene, frame: &PlotRect, spec: &AxisSpec, ends: (f64, f64)) {
        let axis = spec.axis(ends, frame.left, frame.right);
        for (tick, label) in spec.ticks(&axis, 70.0) {
            let x = axis.to_px(tick);
            let strong = if tick == 0.0 { Ink::Muted } else { Ink::Line };
            scene.line((x, frame.top), (x, frame.bottom + 3.0), strong, 1.0);
            let half = widest_px([label.as_str()], Weight::Regular) / 2.0 + 2.0;
            let at = x.clamp(half, (self.width - half).max(half));
            let at = (at, frame.bottom + 13.0);
            scene.text(at, label, Ink::Muted, Align::Middle, Weight::Regular);
        }
        let at = ((frame.left + frame.right) / 2.0, frame.bottom + 31.0);
        let title = spec.title.as_str();
        scene.text(at, title, Ink::Muted, Align::Middle, Weight::Regular);
    }

    fn bar_top(&self, frame: &PlotRect, row: usize) -> f64 {
        let above = if self.narrow { LINE_PX + 3.0 } else { 5.0 };
        frame.top + row as f64 * self.row_px + above
    }

    /// Name and figure: on both sides of the bar, or above it in a narrow panel.
    fn words(
        &self,
        scene: &mut Scene,
        frame: &PlotRect,
        row: usize,
        (name, text): (&str, &str),
        ink: Ink,
    ) {
        let bar = self.bar_top(frame, row);
        let y = if self.narrow {
            bar - 9.0
        } else {
            bar + BAR_PX / 2.0
        };
        if self.narrow {
            // The words stand on the lines of the grid.
            let (above, below) = (y - 7.0, y + 7.0);
            for (left, right) in self.word_ends(name, text) {
                scene.area((left, above), (right, below), Ink::Surface);
            }
        }
        let right = self.width - 8.0;
        scene.text((8.0, y), name, ink, Align::Start, Weight::Bold);
        scene.text((right, y), text, Ink::Primary, Align::End, Weight::Regular);
    }

    fn word_ends(&self, name: &str, text: &str) -> [(f64, f64); 2] {
        let name = widest_px([name], Weight::Bold);
        let text = widest_px([text], Weight::Regular);
        let right = self.width - 8.0;
        [(8.0, 8.0 + name), (right - text, right)]
    }

    /// Describes the bar under a pointer; `None` outside the bars.
    #[must_use]
    pub fn at(&self, x_px: f64, y_px: f64) -> Option<Readout> {
        if !(0.0..=self.width).contains(&x_px) {
            return None;
        }
        let row_of = |frame: &PlotRect| {
            let row = (y_px - frame.top) / self.row_px;
            (row >= 0.0).then_some(row as usize)
        };
        if let Some(row) = row_of(&self.parts).and_then(|i| self.input.rows.get(i)) {
            let square = Quantity::Square.text(row.mse);
            let readout = Readout::new(row.part.name())
                .with(tr!("as RMSE"), units::length(row.rmse_m()), row.part.ink())
                .with(tr!("squared"), square, row.part.ink());
            let share = units::signed_share(row.share);
            return Some(readout.with(tr!("share"), share, row.part.ink()));
        }
        let row = row_of(&self.predicted).and_then(|i| self.input.predicted.get(i))?;
        Some(Readout::new(row.name).with("RMSE", row.text.clone(), Ink::Primary))
    }
}

/// Width of the widest name, or of the widest figure.
fn column(input: &BudgetInput, names: bool) -> f64 {
    if names {
        let parts = input.rows.iter().map(|row| row.part.name());
        return widest_px(
            parts.chain(input.predicted.iter().map(|r| r.name)),
            Weight::Bold,
        );
    }
    let texts: Vec<String> = input.rows.iter().map(BudgetRow::text).collect();
    widest_px(texts.iter().map(String::as_str), Weight::Regular)
}

#[cfg(test)]
mod tests {
    use super::super::check::assert_tidy;
    use super::super::scene::Shape;
    use super::*;
    use fathom_analysis::compare::{Budget, OutputCodeError};
    use proptest::prelude::*;

    fn budget(parts: [f64; 6], output: bool) -> Budget {
        let [mse_fp32, out, bias_square, scale_square, random, cross] = parts;
        let out = if output { out } else { 0.0 };
        let mse_quant = out + bias_square + scale_square + random;
        Budget {
            count: 9.0,
            mse_fp32,
            mse_quant,
            cross,
            mse_int8: mse_fp32 + mse_quant + cross,
            output: output.then_some(OutputCodeError {
                mse: out,
                rmse_to_gt_m: (mse_fp32 + out).sqrt(),
                share: 0.1,
                covered: 1.0,
            }),
            bias_square,
            scale_square,
            random,
            bias_m: bias_square.sqrt(),
            slope: 1.0,
            intercept_m: 0.0,
            recalibrated_rmse_m: Some(0.0),
            std_q_m: 0.0,
            skew_q: None,
            kurtosis_q: None,
            sqnr_db: None,
            cosine: None,
            correlation: None,
        }
    }

    fn usual() -> Budget {
        budget([0.152, 0.0003, 0.05, 0.02, 0.31, -0.08], true)
    }

    proptest! {
        #[test]
        fn bars_follow_each_other_to_the_total(
            parts in proptest::array::uniform5(0.0_f64..1.0), cross in -0.5_f64..0.5, output in any::<bool>(),
        ) {
            let [a, b, c, d, e] = parts;
            prop_assume!(a + c + d + e + cross > 1e-3);
            let input = BudgetInput::new(&budget([a, b, c, d, e, cross], output), None);
            let rows = input.rows();
            prop_assert_eq!(rows.len(), 6 + usize::from(output));
            for w in rows[..rows.len() - 1].windows(2) {
                prop_assert_eq!(w[1].from, w[0].from + w[0].mse);
            }
            let (last, total) = (rows[rows.len() - 2], rows[rows.len() - 1]);
            prop_assert!((last.from + last.mse - total.mse).abs() < 1e-12);
            let shares: f64 = rows[..rows.len() - 1].iter().map(|r| r.share).sum();
            prop_assert!((shares - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn charts_are_tidy_at_every_width() {
        let with_negatives = budget([0.152, 0.4, 0.05, 0.02, -0.31, -0.2], true);
        let cases = [usual(), with_negatives, budget([0.0; 6], false)];
        for budget in cases {
            for width in [300.0, 340.0, 560.0, 700.0, 1100.0] {
                let predictions = budget.predictions(14.5 / 255.0);
                for predictions in [None, Some(&predictions)] {
                    let chart = BudgetBar::new(width, BudgetInput::new(&budget, predictions));
                    assert_tidy(&chart.scene());
                }
            }
        }
    }

    #[test]
    fn a_large_error_of_fp32_is_broken_so_that_the_parts_are_seen() {
        let areas = |budget: &Budget| -> Vec<(f64, f64, f64)> {
            let chart = BudgetBar::new(700.0, BudgetInput::new(budget, None));
            let scene = chart.scene();
            assert_tidy(&scene);
            let wide = chart.parts.right - chart.parts.left;
            let share = |x: f64| (x - chart.parts.left) / wide;
            let breaks = scene.shapes.iter().filter(
                |shape| matches!(shape, Shape::Polygon { ink, .. } if *ink == Ink::Surface.into()),
            );
            let breaks = breaks.count() as f64;
            let areas = scene.shapes.iter().filter_map(|shape| match shape {
                Shape::Area { from, to, .. } => Some((share(from.0), share(to.0), breaks)),
                _ => None,
            });
            areas.collect()
        };
        let large = areas(&budget([0.99, 0.001, 0.002, 0.001, 0.006, 0.0], true));
        let (fp32, parts) = (large[0], &large[1..large.len() - 1]);
        assert!(
            (fp32.0, fp32.2) == (0.0, 2.0) && (fp32.1 - 0.25).abs() < 1e-9,
            "{fp32:?}"
        );
        let random = parts[3];
        assert!(random.1 - random.0 > 0.4, "{random:?}");
        let whole = areas(&usual());
        assert_eq!((whole[0].0, whole[0].2), (0.0, 0.0), "no break");
    }

    #[test]
    fn a_negative_part_goes_back_and_has_a_minus() {
        let chart = BudgetBar::new(700.0, BudgetInput::new(&usual(), None));
        let scene = chart.scene();
        let bar = |ink: Ink| {
            scene.shapes.iter().find_map(|shape| match shape {
                Shape::Area { from, to, ink: i } if *i == ink.into() => Some((from.0, to.0)),
                _ => None,
            })
        };
        let random = bar(BudgetPart::Random.ink()).expect("a bar");
        let cross = bar(BudgetPart::Cross.ink()).expect("a bar");
        let total = bar(BudgetPart::Total.ink()).expect("a bar");
        assert!(
            (cross.1 - random.1).abs() < 0.01,
            "begins where the one before ended"
        );
        assert!(
            (cross.0 - total.1).abs() < 0.01,
            "and ends where the total does"
        );
        assert!(
            scene
                .texts()
                .any(|t| t.starts_with("\u{2212}283 mm \u{b7} \u{2212}17.7 %"))
        );
    }

    #[test]
    fn every_row_can_be_pointed_at() {
        let budget = usual();
        let predictions = budget.predictions(14.5 / 255.0);
        let input = BudgetInput::new(&budget, Some(&predictions));
        let chart = BudgetBar::new(700.0, input.clone());
        let at = |frame: &PlotRect, i: usize| {
            chart.at(300.0, chart.bar_top(frame, i) + 2.0).map(|r| r.at)
        };
        for (i, row) in input.rows().iter().enumerate() {
            assert_eq!(at(&chart.parts, i).as_deref(), Some(row.part.name()));
        }
        for (i, row) in input.predicted().iter().enumerate() {
            assert_eq!(at(&chart.predicted, i).as_deref(), Some(row.name));
        }
        assert_eq!(chart.at(300.0, 1.0), None);
        let text = chart
            .at(300.0, chart.bar_top(&chart.parts, 0))
            .map(|r| r.text());
        assert_eq!(
            text.as_deref(),
            Some("FP32 error: as RMSE 390 mm, squared 0.152 m\u{b2}, share 33.6 %")
        );
    }
}
