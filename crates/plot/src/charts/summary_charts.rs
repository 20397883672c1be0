//! Small charts that stand in tables: bars and dots as fractions of their row, with their texts.

use fathom_analysis::RangeReport;
use fathom_analysis::compare::Budget;
use fathom_analysis::diagnosis::planner::{Basis, Plan};
use fathom_core::i18n::tr;
use fathom_core::units;

/// Origin of a part of the quantization error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorOrigin {
    /// Rounding and clipping of the output code.
    OutputCode,
    /// A shift and a slope of all depths.
    BiasAndScale,
    /// Weights, activations and sums inside the network.
    Inside,
    /// The random part. It includes the output code where INT8's values do not show that code.
    Random,
}

impl ErrorOrigin {
    /// Returns the name, translated.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OutputCode => tr!("output code: rounding and clipping"),
            Self::BiasAndScale => tr!("bias and scale"),
            Self::Inside => tr!("inside the network"),
            Self::Random => tr!("random part"),
        }
    }
}

/// A segment of the bar that divides the mean square of Q - F.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetSegment {
    /// Its origin.
    pub origin: ErrorOrigin,
    /// Its length as a fraction of the bar.
    pub fraction: f64,
    /// The same as text.
    pub share: String,
}

/// Shares below this are not drawn.
const LEAST_SHARE: f64 = 1e-4;

/// Divides the mean square of Q - F by its origins; the segments add up to the bar. Empty where Q equals F.
#[must_use]
pub fn budget_segments(budget: &Budget) -> Vec<BudgetSegment> {
    if budget.mse_quant <= 0.0 {
        return Vec::new();
    }
    let [output, line, rest] = budget.exclusive_parts().map(|mse| mse / budget.mse_quant);
    let rest_is = if budget.output.is_some() {
        ErrorOrigin::Inside
    } else {
        ErrorOrigin::Random
    };
    let parts = [
        (ErrorOrigin::OutputCode, output),
        (ErrorOrigin::BiasAndScale, line),
        (rest_is, rest),
    ];
    parts
        .into_iter()
        .filter(|(_, fraction)| *fraction >= LEAST_SHARE)
        .map(|(origin, fraction)| BudgetSegment {
            origin,
            fraction,
            share: units::share(fraction),
        })
        .collect()
}

/// A remedy's expected RMSE as a dot with its interval.
#[derive(Clone, Debug, PartialEq)]
pub struct RemedyDot {
    /// Place of the remedy in the plan.
    pub index: usize,
    /// Lower end, expectation and upper end as fractions of the axis.
    pub low: f64,
    /// See [`RemedyDot::low`].
    pub at: f64,
    /// See [`RemedyDot::low`].
    pub high: f64,
    /// The expected RMSE with its unit.
    pub expected: String,
    /// The interval with its unit; empty where its ends read the same.
    pub interval: String,
    /// Origin of the expectation.
    pub basis: Basis,
}

/// Remedies that are worth a try on one axis, beside FP32's RMSE and the present one.
#[derive(Clone, Debug, PartialEq)]
pub struct RemedyDots {
    /// Place of the present RMSE as a fraction of the axis.
    pub now: f64,
    /// The present RMSE with its unit.
    pub now_text: String,
    /// Place of FP32's RMSE as a fraction of the axis.
    pub fp32: f64,
    /// FP32's RMSE with its unit.
    pub fp32_text: String,
    /// The remedies, in the order of advice.
    pub dots: Vec<RemedyDot>,
}

/// Places the remedies in the order of advice, `most` at most, on an axis that holds all their
/// intervals, FP32's RMSE and the present one. All lengths have the digits that tell the expectations from the present RMSE.
#[must_use]
pub fn remedy_dots(plan: &Plan, most: usize) -> RemedyDots {
    let mut worth = plan.advised();
    worth.truncate(most);
    let now_m = plan.rmse_int8_m;
    let fp32_m = plan.rmse_fp32_m;
    let (mut from_m, mut to_m) = (now_m.min(fp32_m), now_m.max(fp32_m));
    for (_, remedy) in &worth {
        from_m = from_m.min(remedy.expected.low_m);
        to_m = to_m.max(remedy.expected.high_m);
    }
    let place = |metres: f64| {
        if to_m > from_m {
            (metres - from_m) / (to_m - from_m)
        } else {
            0.5
        }
    };
    let of_remedies = worth.iter().flat_map(|(_, remedy)| {
        let expected = remedy.expected;
        [[expected.rmse_m, now_m], [expected.low_m, expected.high_m]]
    });
    let groups: Vec<[f64; 2]> = std::iter::once([fp32_m, now_m])
        .chain(of_remedies)
        .collect();
    let groups: Vec<&[f64]> = groups.iter().map(<[f64; 2]>::as_slice).collect();
    let texts = units::distinct_length_groups(&groups);
    let (marks, texts) = texts.split_at(1);
    let dots = worth.iter().zip(texts.chunks_exact(2)).map(|(own, texts)| {
        let (index, remedy) = own;
        let expected = remedy.expected;
        RemedyDot {
            index: *index,
            low: place(expected.low_m),
            at: place(expected.rmse_m),
            high: place(expected.high_m),
            expected: texts[0][0].clone(),
            interval: interval_text(&texts[1]),
            basis: remedy.basis,
        }
    });
    RemedyDots {
        now: place(now_m),
        now_text: marks[0][1].clone(),
        fp32: place(fp32_m),
        fp32_text: marks[0][0].clone(),
        dots: dots.collect(),
    }
}

/// The ends of an interval; nothing where they read the same.
fn interval_text(ends: &[String]) -> String {
    match ends {
        [low, high] if low != high => tr!("{low} to {high}", low, high),
        _ => String::new(),
    }
}

/// A range's RMSE as a bar of rounding and clipping.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeBar {
    /// Index of the report.
    pub index: usize,
    /// The range's name, not translated.
    pub name: String,
    /// Its ends with their unit.
    pub ends: String,
    /// Lengths of rounding and clipping as fractions of the longest bar. Both together have the length of the RMSE, divided as its square is.
    pub rounding: f64,
    /// See [`RangeBar::rounding`].
    pub clipping: f64,
    /// RMSE, its rounding part and its clipping part with their units.
    pub rmse: String,
    /// See [`RangeBar::rmse`].
    pub rounding_text: String,
    /// See [`RangeBar::rmse`].
    pub clipping_text: String,
}

/// Returns the bars of ranges in their order; those without measured pixels are left out.
#[must_use]
pub fn range_bars(reports: &[RangeReport]) -> Vec<RangeBar> {
    let measured = reports
        .iter()
        .enumerate()
        .filter_map(|(index, report)| Some((index, report, report.errors.as_ref()?)));
    let longest_m = measured
        .clone()
        .map(|(_, _, errors)| errors.metrics.rmse)
        .fold(0.0, f64::max);
    measured
        .map(|(index, report, errors)| {
            let (rounding, clipping) = (errors.rounding_m, errors.clipping_m);
            let square = rounding * rounding + clipping * clipping;
            let part = |own: f64| {
                if square > 0.0 && longest_m > 0.0 {
                    own * own / square * errors.metrics.rmse / longest_m
                } else {
                    0.0
                }
            };
            let range = report.named.range;
            RangeBar {
                index,
                name: report.named.name.clone(),
                ends: units::range(range.min_m(), range.max_m()),
                rounding: part(rounding),
                clipping: part(clipping),
                rmse: units::length(errors.metrics.rmse),
                rounding_text: units::length(rounding),
                clipping_text: units::length(clipping),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_analysis::compare::{
        CompareSettings, Comparison, FrameComparison, FrameMaps, OutputCodeError,
    };
    use fathom_analysis::diagnosis::planner::{PlanEvidence, PlannerInput};
    use fathom_analysis::{RangeSettings, published_candidates};
    use fathom_core::quant::Bits;
    use fathom_core::stats::{Distribution, Resolution};

    fn budget() -> Budget {
        let gt: Vec<f64> = (0..2000).map(|i| 1.0 + 0.002 * f64::from(i)).collect();
        let fp32: Vec<f64> = gt.iter().map(|g| 1.01 * g).collect();
        let int8: Vec<f64> = fp32
            .iter()
            .map(|f| ((0.98 * f + 0.1) / 0.05).round() * 0.05)
            .collect();
        let (maps, _) =
            FrameMaps::with_stand_ins(40, Some(&gt), Some(&fp32), Some(&int8)).expect("maps");
        let frame = FrameComparison::measure(&maps, &CompareSettings::default()).expect("pixels");
        Comparison::from_frames([&frame]).budget().expect("pixels")
    }

    #[test]
    fn segments_fill_the_bar_in_proportion_to_their_mean_squares() {
        let mse = budget().mse_quant;
        let budget = Budget {
            output: budget().output.map(|own| OutputCodeError {
                mse: 0.2 * mse,
                ..own
            }),
            bias_square: 0.1 * mse,
            scale_square: 0.2 * mse,
            random: 0.5 * mse,
            ..budget()
        };
        let fractions: Vec<f64> = budget_segments(&budget)
            .iter()
            .map(|s| s.fraction)
            .collect();
        assert_eq!(fractions.len(), 3);
        for (fraction, expected) in fractions.iter().zip([0.2, 0.3, 0.5]) {
            assert!((fraction - expected).abs() < 1e-12, "{fractions:?}");
        }
        assert_eq!(budget_segments(&budget)[1].share, "30.0 %");
        // Clipping that makes all of the bias: one segment.
        let clipped = Budget {
            output: budget.output.map(|own| OutputCodeError { mse, ..own }),
            bias_square: 0.7 * mse,
            scale_square: 0.0,
            random: -0.7 * mse,
            ..budget
        };
        let segments = budget_segments(&clipped);
        assert_eq!(segments.len(), 1);
        assert_eq!(segments[0].origin, ErrorOrigin::OutputCode);
        assert!((segments[0].fraction - 1.0).abs() < 1e-12);
        let equal = Budget {
            mse_quant: 0.0,
            ..budget
        };
        assert_eq!(budget_segments(&equal), []);
    }

    #[test]
    fn dots_lie_in_their_intervals_and_the_axis_holds_the_present_rmse() {
        let budget = budget();
        let bits = Bits::new(8).expect("bits");
        let input = PlannerInput::new(PlanEvidence::Measured(&budget), bits);
        let plan = Plan::compute(&input).expect("an error");
        let shown = remedy_dots(&plan, 3);
        assert!((0.0..=1.0).contains(&shown.now));
        assert!(!shown.dots.is_empty() && shown.dots.len() <= 3);
        for dot in &shown.dots {
            let remedy = &plan.remedies[dot.index];
            assert!(remedy.is_worth_trying());
            assert!(0.0 <= dot.low && dot.low <= dot.at && dot.at <= dot.high && dot.high <= 1.0);
            let is_better = remedy.expected.rmse_m < plan.rmse_int8_m;
            assert_eq!(dot.at < shown.now, is_better);
        }
    }

    #[test]
    fn the_longest_bar_is_one_and_parts_divide_as_their_squares() {
        let depths: Vec<f64> = (1..=400).map(|i| 0.05 * f64::from(i)).collect();
        let distribution =
            Distribution::new(depths, vec![1; 400], Resolution::Exact).expect("depths");
        let settings = RangeSettings::default();
        let reports: Vec<RangeReport> = published_candidates()
            .expect("ranges")
            .iter()
            .map(|named| RangeReport::measure(&distribution, named, &settings))
            .collect();
        let bars = range_bars(&reports);
        assert_eq!(bars.len(), reports.len());
        let lengths = bars.iter().map(|bar| bar.rounding + bar.clipping);
        assert!((lengths.fold(0.0, f64::max) - 1.0).abs() < 1e-12);
        for (bar, report) in bars.iter().zip(&reports) {
            let errors = report.errors.expect("pixels");
            let ratio = errors.rounding_m / errors.clipping_m;
            let squared = ratio * ratio;
            assert!((bar.rounding / bar.clipping - squared).abs() < 1e-9 * squared);
        }
    }
}
