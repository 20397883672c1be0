//! Laws of the answers, on random sets: one value for a quantity everywhere, no remedy by luck, expectations inside their intervals, and
//! sentences whose signs agree with their figures.

use std::collections::BTreeMap;

use crate::set_answers::{Frame, Measured, measure};
use fathom_analysis::diagnosis::planner::{Basis, RemedyKind};
use fathom_core::quant::{Bits, CodeKind, OutputRange, ScalarCode, UniformCode};
use fathom_report::answers::{
    Answers, Card, CostFinding, Findings, Luck, Quantity, RangeFinding, RangeMove, Significance,
    Value,
};
use proptest::prelude::*;

const PIXELS: usize = 96;

/// A made set: shapes of depths, errors of FP32, and the code of INT8's output.
#[derive(Clone, Copy, Debug)]
struct MadeSet {
    frames: usize,
    copies: usize,
    long_tail: bool,
    farthest_m: f64,
    fp32_error_m: f64,
    /// FP32 is too far by this: a range that ends early then looks good by luck.
    fp32_bias_m: f64,
    inner_noise_m: f64,
    slope: f64,
    bias_m: f64,
    start_m: f64,
    end_m: f64,
    zero_point: bool,
    seed: u64,
}

fn sets() -> impl Strategy<Value = MadeSet> {
    let shape = (3_usize..16, 0_usize..3, any::<bool>(), 2.0_f64..30.0);
    let errors = (0.01_f64..0.5, -0.5_f64..0.8, 0.0_f64..0.3);
    let line = (0.9_f64..1.1, -0.2_f64..0.2);
    let code = (0.0_f64..1.5, 0.4_f64..1.5, any::<bool>(), any::<u64>());
    (shape, errors, line, code).prop_map(|(shape, errors, line, code)| MadeSet {
        frames: shape.0,
        copies: shape.1,
        long_tail: shape.2,
        farthest_m: shape.3,
        fp32_error_m: errors.0,
        fp32_bias_m: errors.1,
        inner_noise_m: errors.2,
        slope: line.0,
        bias_m: line.1,
        start_m: code.0,
        end_m: code.0 + 0.5 + code.1 * shape.3,
        zero_point: code.2,
        seed: code.3,
    })
}

/// Evenly spread pseudo-random numbers in 0..1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

impl MadeSet {
    fn code(&self) -> UniformCode {
        let range = OutputRange::new(self.start_m, self.end_m).expect("a range");
        let kind = if self.zero_point {
            CodeKind::UniformZeroPoint
        } else {
            CodeKind::Uniform
        };
        kind.over(range, Bits::EIGHT)
    }

    fn maps(&self) -> Vec<Frame> {
        let mut random = Random(self.seed);
        let code = self.code();
        let mut frames: Vec<Frame> = (0..self.frames)
            .map(|_| {
                let mut frame: Frame = Default::default();
                for _ in 0..PIXELS {
                    let u = random.next();
                    let spread = if self.long_tail { u * u * u } else { u };
                    // Millimetres, as sensors give them.
                    let gt = ((0.2 + spread * self.farthest_m) * 1e3).round() / 1e3;
                    let fp32 = gt + self.fp32_bias_m + self.fp32_error_m * (random.next() - 0.5);
                    let fp32 = fp32.max(0.05);
                    let inner = self.inner_noise_m * (random.next() - 0.5);
                    let int8 = code.reconstruct_m(self.slope * fp32 + self.bias_m + inner);
                    for (map, depth) in frame.iter_mut().zip([gt, fp32, int8]) {
                        map.push(depth);
                    }
                }
                frame
            })
            .collect();
        for i in 0..self.copies {
            frames.push(frames[i].clone());
        }
        frames
    }
}

fn check_quantities(
    measured: &Measured,
    findings: &Findings,
    answers: &Answers,
) -> Result<(), TestCaseError> {
    // One quantity has one text on all cards, and one value in all inputs.
    let mut texts: BTreeMap<Quantity, String> = BTreeMap::new();
    for (quantity, text) in answers.cards().into_iter().flat_map(Card::figures) {
        let known = texts.entry(quantity).or_insert_with(|| text.to_owned());
        prop_assert_eq!(known.as_str(), text, "{:?}", quantity);
        prop_assert!(!text.is_empty() && !text.contains("NaN"), "{:?}", quantity);
    }
    for card in answers.cards() {
        prop_assert!(!card.text().contains('{'), "{}", card.text());
    }
    let number = |quantity| findings.figures.number(quantity);
    let (rmse, budget) = (measured.rmse(), &measured.budget);
    prop_assert_eq!(number(Quantity::RmseInt8), Some(rmse.int8));
    prop_assert!((rmse.int8 / budget.rmse_int8_m() - 1.0).abs() < 1e-9);
    prop_assert!((rmse.fp32 / budget.rmse_fp32_m() - 1.0).abs() < 1e-9);
    prop_assert_eq!(number(Quantity::PooledInt8), None);
    // "The range" is the one in use.
    let context = findings.range.context().expect("a range");
    prop_assert_eq!(context.in_use, measured.in_use);
    let range = findings.figures.get(Quantity::Range).map(|f| f.value);
    prop_assert_eq!(range, Some(Value::Range(measured.current.effective)));
    Ok(())
}

fn check_remedies(measured: &Measured, findings: &Findings) -> Result<(), TestCaseError> {
    let Some(plan) = &measured.plan else {
        return Ok(());
    };
    for remedy in &plan.remedies {
        let e = remedy.expected;
        prop_assert!(e.low_m <= e.rmse_m && e.rmse_m <= e.high_m, "{:?}", remedy);
        let is_tried = remedy.basis == Basis::Simulated;
        prop_assert!(!is_tried || remedy.kind.changes_output(), "{:?}", remedy);
        prop_assert!(remedy.basis != Basis::Measured || !remedy.kind.changes_output());
    }
    if let Some(chosen) = findings.remedies.remedy() {
        let remedy = plan.remedy(chosen.kind).expect("a row of the plan");
        prop_assert!(remedy.gain_m > 0.0);
        if chosen.kind.changes_output() {
            let e = remedy.expected;
            prop_assert!(e.rmse_m >= plan.rmse_fp32_m * (1.0 - 1e-9), "{:?}", remedy);
            prop_assert!(e.high_m <= plan.rmse_int8_m * (1.0 + 1e-9), "{:?}", remedy);
        }
        let figure = findings
            .figures
            .get(Quantity::Expected(chosen.kind))
            .expect("a figure");
        prop_assert_eq!(figure.basis, remedy.basis);
        prop_assert_eq!(figure.value, Value::Length(remedy.expected.rmse_m));
    }
    Ok(())
}

fn check_signs(
    measured: &Measured,
    findings: &Findings,
    answers: &Answers,
) -> Result<(), TestCaseError> {
    let change_m = measured.rmse().difference();
    if let CostFinding::Compared(significance, _) = findings.cost {
        match significance {
            Significance::Worse => prop_assert!(change_m > 0.0),
            Significance::Better => prop_assert!(change_m < 0.0),
            Significance::Mixed => {
                let relative = |q| findings.figures.number(q).expect("a figure");
                prop_assert!(
                    relative(Quantity::RmseRelative) * relative(Quantity::AbsRelRelative) < 0.0
                );
            }
            Significance::MayBeChance | Significance::TooFewFrames => {}
        }
    }
    // "No other range is better" stands beside no range that looks better, and luck is named with a range that does.
    if let (Some(context), Some(found)) = (findings.range.context(), &measured.requantized)
        && context.is_simulated
    {
        let now_m = found.curve.current_m;
        let named_m = findings.figures.number(Quantity::BestRecoded);
        match findings.range {
            RangeFinding::Keep(_) => {
                let lowest_m = found.curve.best.1;
                let fp32_m = measured.budget.rmse_fp32_m();
                prop_assert!(lowest_m >= 0.99 * now_m || lowest_m >= 0.999 * fp32_m);
                let plan = measured.plan.as_ref();
                let remedy = plan.and_then(|p| p.remedy(RemedyKind::BestRange));
                let least_gain_m = 0.01 * measured.rmse().int8 * (1.0 + 1e-9);
                let gains = remedy.is_some_and(|r| r.gain_m > least_gain_m);
                prop_assert!(!gains || found.best().1 >= now_m);
            }
            RangeFinding::ByLuck(_, luck) => {
                prop_assert!(named_m.is_some_and(|m| m < now_m && m <= found.curve.best.1));
                let fp32_m = measured.budget.rmse_fp32_m() * (1.0 + 1e-9);
                let plan = measured.plan.as_ref();
                let remedy = plan.and_then(|p| p.remedy(RemedyKind::BestRange));
                let expected_m = remedy.map(|r| r.expected.rmse_m);
                let beats_fp32 =
                    named_m.is_some_and(|m| m < fp32_m) || expected_m.is_some_and(|m| m < fp32_m);
                match luck {
                    Luck::HidesErrors => {
                        // Keeping the range in use costs nothing that FP32 could give.
                        let best_m = found.best().1;
                        let gain_m = remedy.map_or(now_m - best_m, |r| r.gain_m);
                        let is_small = gain_m <= 0.01 * measured.rmse().int8 * (1.0 + 1e-9);
                        prop_assert!(is_small || best_m >= now_m, "{best_m}, {now_m}");
                        prop_assert!(beats_fp32, "{named_m:?}, {expected_m:?}");
                    }
                    Luck::BeatsFp32 => prop_assert!(beats_fp32, "{named_m:?}, {expected_m:?}"),
                    Luck::MayBeWorse => prop_assert!(remedy.is_some_and(|r| r.may_be_worse)),
                }
            }
            _ => {}
        }
    }
    for (quantity, text) in answers.cards().into_iter().flat_map(Card::figures) {
        if quantity == Quantity::RmseChange && change_m != 0.0 {
            prop_assert_eq!(text.starts_with('+'), change_m > 0.0, "{}", text);
        }
    }
    if let RangeFinding::Better(context, how) = &findings.range {
        let Some(Value::Range(best)) = findings.figures.get(Quantity::BestRange).map(|f| f.value)
        else {
            return Err(TestCaseError::fail("no best range"));
        };
        let now = context.in_use.range;
        match how {
            RangeMove::EndNearer => prop_assert!(best.max_m() < now.max_m()),
            RangeMove::EndFarther => prop_assert!(best.max_m() >= now.max_m()),
            RangeMove::StartNearer => prop_assert!(best.min_m() < now.min_m()),
            RangeMove::StartFarther => prop_assert!(best.min_m() > now.min_m()),
            RangeMove::Both => prop_assert!(best != now),
        }
        // A code with a zero point keeps its start.
        prop_assert!(context.in_use.has_free_start() || best.min_m() == now.min_m());
        prop_assert!(context.is_simulated);
        let then_m = findings
            .figures
            .number(Quantity::BestRecoded)
            .expect("a figure");
        prop_assert!(
            then_m
                < findings
                    .figures
                    .number(Quantity::Recoded)
                    .expect("a figure")
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn answers_obey_their_laws(set in sets()) {
        let measured = measure(&set.maps(), 12);
        let findings = measured.findings();
        let answers = Answers::from_findings(&findings);
        check_quantities(&measured, &findings, &answers)?;
        check_remedies(&measured, &findings)?;
        check_signs(&measured, &findings, &answers)?;
    }
}

#[test]
fn a_range_that_hides_the_networks_bias_is_not_recommended() {
    // FP32 predicts too far; a smaller far end clips that away and beats FP32 itself.
    let set = MadeSet {
        frames: 12,
        copies: 0,
        long_tail: false,
        farthest_m: 6.0,
        fp32_error_m: 0.1,
        fp32_bias_m: 0.7,
        inner_noise_m: 0.2,
        slope: 1.0,
        bias_m: 0.0,
        start_m: 0.0,
        end_m: 9.0,
        zero_point: true,
        seed: 3,
    };
    let measured = measure(&set.maps(), 12);
    let found = measured.requantized.as_ref().expect("pixels");
    let fp32_m = measured.budget.rmse_fp32_m();
    assert!(found.curve.best.1 < fp32_m, "{:?}", found.curve.best);
    assert!(
        found.best().1 >= fp32_m * (1.0 - 1e-3),
        "{:?}",
        found.best()
    );
    let findings = measured.findings();
    assert!(
        matches!(findings.range, RangeFinding::ByLuck(..)),
        "{:?}",
        findings.range
    );
    // The range that hides the bias is named with what it seems to gain.
    let lucky = findings.figures.get(Quantity::BestRange).map(|f| f.value);
    assert_eq!(lucky, Some(Value::Range(found.curve.best.0)));
    let named = findings.remedies.remedy();
    assert!(named.is_none_or(|r| !r.kind.changes_output()), "{named:?}");
}

#[test]
fn an_output_that_clips_is_told_to_reach_farther() {
    let set = MadeSet {
        frames: 12,
        copies: 0,
        long_tail: false,
        farthest_m: 8.0,
        fp32_error_m: 0.3,
        fp32_bias_m: 0.0,
        inner_noise_m: 0.0,
        slope: 1.0,
        bias_m: 0.0,
        start_m: 0.0,
        end_m: 5.1,
        zero_point: true,
        seed: 4,
    };
    let measured = measure(&set.maps(), 12);
    let findings = measured.findings();
    let RangeFinding::Better(_, RangeMove::EndFarther) = findings.range else {
        panic!(
            "{:?} {:?}",
            findings.range,
            measured.requantized.map(|r| r.best())
        );
    };
    let expected_m = findings
        .figures
        .number(Quantity::BestRecoded)
        .expect("a figure");
    let fp32_m = measured.budget.rmse_fp32_m();
    assert!(
        (expected_m / fp32_m - 1.0).abs() < 0.01,
        "{expected_m} {fp32_m}"
    );
}
