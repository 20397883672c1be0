//! Tests of the planner: synthetic maps against brute force, and its invariants.

use super::error_terms::ErrorTerms;
use super::*;
use crate::IndependenceModel;
use crate::compare::{
    Budget, CompareSettings, Comparison, FrameComparison, FrameMaps, GridQuantity,
};
use crate::diagnosis::requantized::{RequantizedMse, TriedCodes};
use fathom_core::quant::{Bits, OutputRange};
use proptest::prelude::*;

/// Pseudo-random numbers from -1 to 1.
fn noise(i: usize) -> f64 {
    let x = (i as f64 * 12.9898).rem_euclid(1.0) * 43_758.545_3;
    2.0 * (x + (i * i % 97) as f64 * 0.618_034).rem_euclid(1.0) - 1.0
}

struct SyntheticMaps {
    gt_m: Vec<f64>,
    fp32_m: Vec<f64>,
    int8_m: Vec<f64>,
}

const STEP_M: f64 = 0.05;

fn code(depth_m: f64, step_m: f64, max_m: f64) -> f64 {
    (depth_m / step_m).round().clamp(0.0, max_m / step_m) * step_m
}

impl SyntheticMaps {
    /// Depths from 1 m to 9 m with a network error, then a line and inner noise before an output code that ends at 12.75 m.
    fn new(n: usize, f_m: f64, inner_m: f64, slope: f64, shift_m: f64, undone: f64) -> Self {
        let gt_m: Vec<f64> = (0..n)
            .map(|i| 1.0 + 8.0 * (i as f64 + 0.5) / n as f64)
            .collect();
        let f = |i: usize| f_m * noise(i);
        let fp32_m: Vec<f64> = gt_m.iter().enumerate().map(|(i, g)| g + f(i)).collect();
        let int8_m = fp32_m
            .iter()
            .enumerate()
            .map(|(i, p)| slope * p + shift_m + inner_m * noise(i + 7919) + undone * f(i))
            .map(|p| code(p, STEP_M, 12.75))
            .collect();
        Self {
            gt_m,
            fp32_m,
            int8_m,
        }
    }

    fn budget(&self) -> Budget {
        let maps = FrameMaps {
            width: 1,
            gt_m: &self.gt_m,
            fp32_m: &self.fp32_m,
            int8_m: &self.int8_m,
        };
        let frame = FrameComparison::measure(&maps, &CompareSettings::default()).expect("pixels");
        Comparison::from_frames([&frame]).budget().expect("pixels")
    }
}

fn rmse(a: &[f64], b: &[f64]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
    (sum / a.len() as f64).sqrt()
}

fn input(budget: &Budget) -> PlannerInput<'_> {
    PlannerInput {
        step_m: Some(STEP_M),
        parameters: Some(13.5e6),
        ..PlannerInput::new(PlanEvidence::Measured(budget), Bits::EIGHT)
    }
}

fn published() -> IndependenceModel {
    let range = OutputRange::new(0.5, 15.0).expect("a range");
    IndependenceModel::new(0.390, 0.741, range, Bits::EIGHT)
}

#[track_caller]
fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance, "{a} against {b}");
}

proptest! {
    #[test]
    fn sources_add_up_and_remedies_are_ranked(
        f_m in 0.0_f64..0.5, inner_m in 0.0_f64..0.5, slope in 0.8_f64..1.2, shift_m in -0.3_f64..0.3, undone in -0.9_f64..0.9,
        weights in 0.0_f64..1.0, activations in 0.01_f64..1.0,
    ) {
        let budget = SyntheticMaps::new(400, f_m, inner_m, slope, shift_m, undone).budget();
        let rest = RestShares { weights, activations, ..RestShares::default() };
        let with_grid = PlannerInput { rest, ..input(&budget) };
        let bare = Budget { output: None, ..budget };
        let without = PlannerInput { rest, ..input(&bare) };
        for input in [with_grid, without] {
            let plan = Plan::compute(&input).expect("an error");
            let sum: f64 = plan.sources.iter().map(|s| s.mse).sum();
            prop_assert!((sum - budget.mse_quant).abs() <= 1e-12 * budget.mse_quant, "{sum} {}", budget.mse_quant);
            let shares: f64 = plan.sources.iter().map(|s| s.share).sum();
            prop_assert!((shares - 1.0).abs() < 1e-12);
            for s in &plan.sources {
                prop_assert_eq!(s.mse < 0.0, s.kind == SourceKind::Overlap, "{:?}", s);
            }
            prop_assert_eq!(plan.remedies.len(), RemedyKind::ALL.len());
            for pair in plan.remedies.windows(2) {
                prop_assert!(pair[0].expected.rmse_m <= pair[1].expected.rmse_m);
                prop_assert!(pair[0].expected.rmse_m < pair[1].expected.rmse_m || pair[0].kind < pair[1].kind);
            }
            for r in &plan.remedies {
                let e = r.expected;
                prop_assert!(e.low_m <= e.rmse_m && e.rmse_m <= e.high_m && e.low_m >= 0.0, "{r:?}");
                let text = format!("{} {} {} {} {}", r.kind.name(), r.text(), r.cost_text(), plan.caution(), r.kind.published().unwrap_or_default());
                prop_assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
            }
            prop_assert_eq!(&Plan::compute(&input).expect("again"), &plan);
        }
    }

    #[test]
    fn removing_all_gives_fp32_and_more_is_never_worse_without_a_negative_cross_term(
        f_m in 0.0_f64..0.5, inner_m in 0.01_f64..0.5, undone in -0.9_f64..0.9, a in 0.0_f64..1.0, b in 0.0_f64..1.0,
    ) {
        let budget = SyntheticMaps::new(400, f_m, inner_m, 1.0, 0.0, undone).budget();
        let terms = ErrorTerms::from_evidence(&PlanEvidence::Measured(&budget)).expect("an error");
        let all = terms.expected([0.0; 3]);
        for rmse_m in [all.rmse_m, all.low_m, all.high_m] {
            prop_assert!((rmse_m - budget.rmse_fp32_m()).abs() < 1e-12);
        }
        let none = terms.expected([budget.mse_quant; 3]);
        for rmse_m in [none.rmse_m, none.low_m, none.high_m] {
            prop_assert!((rmse_m - budget.rmse_int8_m()).abs() < 1e-12);
        }
        if budget.cross >= 0.0 {
            let (less, more) = (a.min(b) * budget.mse_quant, a.max(b) * budget.mse_quant);
            let (x, y) = (terms.expected([less; 3]), terms.expected([more; 3]));
            prop_assert!(x.rmse_m <= y.rmse_m && x.low_m <= y.low_m && x.high_m <= y.high_m);
        }
    }

    #[test]
    fn recalibration_gives_the_error_after_undoing_the_line(
        f_m in 0.0_f64..0.5, inner_m in 0.0_f64..0.5, slope in 0.8_f64..1.2, shift_m in -0.3_f64..0.3,
    ) {
        let made = SyntheticMaps::new(400, f_m, inner_m, slope, shift_m, 0.0);
        let budget = made.budget();
        let undone: Vec<f64> = made.int8_m.iter().map(|q| (q - budget.intercept_m) / budget.slope).collect();
        let plan = Plan::compute(&input(&budget)).expect("an error");
        let remedy = plan.remedy(RemedyKind::Recalibration).expect("a remedy");
        prop_assert!((remedy.expected.rmse_m - rmse(&undone, &made.gt_m)).abs() < 1e-9);
        prop_assert_eq!(remedy.basis, Basis::Measured);
    }

    #[test]
    fn an_output_tried_anew_is_near_what_the_network_would_give(
        f_m in 0.05_f64..0.5, inner_m in 0.0_f64..0.3,
    ) {
        let made = SyntheticMaps::new(4000, f_m, inner_m, 1.0, 0.0, 0.0);
        let budget = made.budget();
        // The same inside with an output of 10 bits: four times as fine.
        let fine = STEP_M / 4.0;
        let then: Vec<f64> = made.fp32_m.iter().enumerate()
            .map(|(i, p)| code(p + inner_m * noise(i + 7919), fine, 12.75)).collect();
        let coded: Vec<f64> = made.fp32_m.iter().map(|p| code(*p, fine, 12.75)).collect();
        let square = |x: f64| x * x;
        let requantized = RequantizedMse { mse_code: square(rmse(&coded, &made.fp32_m)), mse_to_gt: square(rmse(&coded, &made.gt_m)) };
        let bits = Bits::new(10).expect("bits");
        let tried = TriedCodes { bits: vec![(bits, requantized)], ..TriedCodes::default() };
        let plan = Plan::compute(&PlannerInput { tried, ..input(&budget) }).expect("an error");
        let remedy = plan.remedy(RemedyKind::OutputBits(10)).expect("a remedy");
        let brute = rmse(&then, &made.gt_m);
        prop_assert_eq!(remedy.basis, Basis::Simulated);
        prop_assert!(remedy.expected.low_m <= remedy.expected.rmse_m && remedy.expected.rmse_m <= remedy.expected.high_m);
        prop_assert!((remedy.expected.rmse_m - brute).abs() < 2e-3, "{} {brute}", remedy.expected.rmse_m);
        // Without trying it, computed from the step.
        let computed = Plan::compute(&input(&budget)).expect("an error");
        let remedy = computed.remedy(RemedyKind::OutputBits(10)).expect("a remedy");
        prop_assert_eq!(remedy.basis, Basis::Computed);
        prop_assert!((remedy.expected.rmse_m - brute).abs() < 4e-3, "{} {brute}", remedy.expected.rmse_m);
    }

    #[test]
    fn removed_inner_noise_has_no_effect(inner_m in 0.1_f64..0.4) {
        let budget = |inner_m| SyntheticMaps::new(4000, 0.3, inner_m, 1.0, 0.0, 0.0).budget();
        let (before, after) = (budget(inner_m), budget(0.0));
        let terms = ErrorTerms::from_evidence(&PlanEvidence::Measured(&before)).expect("an error");
        let e = terms.expected([after.mse_quant; 3]);
        // The pseudo-random errors correlate slightly; the tolerance allows for it.
        prop_assert!((e.rmse_m - after.rmse_int8_m()).abs() < 5e-3, "{e:?} {}", after.rmse_int8_m());
    }
}

#[test]
fn figures_alone_give_the_published_plan() {
    let theory = published();
    let plan = Plan::compute(&PlannerInput {
        parameters: Some(13.5e6),
        ..PlannerInput::new(PlanEvidence::Figures(&theory), Bits::EIGHT)
    })
    .expect("a rise");
    let kinds: Vec<_> = plan.sources.iter().map(|s| (s.kind, s.basis)).collect();
    assert_eq!(
        kinds,
        [
            (SourceKind::Output, Basis::Computed),
            (SourceKind::Weights, Basis::Assumed),
            (SourceKind::Activations, Basis::Assumed),
            (SourceKind::Interactions, Basis::Assumed),
        ]
    );
    // The part without the output divides as 50 : 40 : 2.
    close(plan.sources[1].share, 50.0 / 92.0 * (1.0 - 0.000_679), 1e-6);
    close(plan.sources[3].share, 2.0 / 92.0 * (1.0 - 0.000_679), 1e-6);
    let sixteen = plan.remedy(RemedyKind::OutputBits(16)).expect("a remedy");
    close(
        sixteen.expected.rmse_m,
        (0.741_f64 * 0.741 - 0.0164 * 0.0164).sqrt(),
        1e-5,
    );
    let fp16 = plan.remedy(RemedyKind::AllFp16).expect("a remedy");
    assert_eq!(fp16.cost.weights_mb, Some((27.0, 27.0)));
    assert_eq!(plan.remedies[0].kind, RemedyKind::AllFp16);
    let narrower = plan.remedy(RemedyKind::NarrowerRange).expect("a remedy");
    assert!(narrower.clipping_unknown && narrower.gain_m.abs() < 1e-12);
    assert!(narrower.text().ends_with(
        "No gain is expected. The cost of clipping is not counted: that needs the depths."
    ));
    let trained = plan.remedy(RemedyKind::Training).expect("a remedy");
    assert!(
        trained
            .text()
            .starts_with("With the effect published for other networks: an RMSE near")
    );
    assert_eq!(
        trained.cost_text(),
        "13.5 MB of weights, 8 bits per depth, a training run"
    );
    // The worst case is worse than the 0.741 m of INT8.
    assert!(trained.expected.low_m > 0.39 && trained.expected.high_m > 0.741);
}

#[test]
fn an_output_of_as_many_bits_gains_nothing() {
    let theory = published();
    let twelve = Bits::new(12).expect("bits");
    let plan =
        Plan::compute(&PlannerInput::new(PlanEvidence::Figures(&theory), twelve)).expect("a rise");
    for bits in [10, 12] {
        let r = plan.remedy(RemedyKind::OutputBits(bits)).expect("a remedy");
        close(r.gain_m, 0.0, 1e-12);
    }
}

#[test]
fn the_surest_remedies_are_advised_first() {
    let budget = SyntheticMaps::new(4000, 0.3, 0.1, 0.98, 0.05, -0.1).budget();
    let input = PlannerInput {
        step_m: Some(STEP_M),
        ..PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT)
    };
    let plan = Plan::compute(&input).expect("an error");
    let advised = plan.advised();
    assert!(
        advised
            .iter()
            .all(|(index, r)| plan.remedies[*index] == **r && r.is_worth_trying())
    );
    let keys: Vec<_> = advised
        .iter()
        .map(|(_, r)| {
            let is_ours = !matches!(r.basis, Basis::Published | Basis::Assumed);
            let is_notable = r.gain_m >= 0.01 * plan.rmse_int8_m;
            [
                !r.kind.keeps_int8(),
                r.may_be_worse,
                !(is_ours && is_notable),
            ]
        })
        .collect();
    assert!(keys.is_sorted(), "{keys:?}");
    for key in [
        [false, false, false],
        [false, false, true],
        [false, true, true],
    ] {
        assert!(keys.contains(&key), "{keys:?}");
    }
    for pair in advised.windows(2).zip(keys.windows(2)) {
        let ([(_, a), (_, b)], [x, y]) = pair else {
            continue;
        };
        let (a_m, b_m) = (a.expected.rmse_m, b.expected.rmse_m);
        assert!(x != y || a_m <= b_m || (a.kind < b.kind && a_m <= 1.01 * b_m));
    }
    for (_, r) in advised {
        assert_eq!(
            r.may_be_worse,
            r.expected.high_m > plan.rmse_int8_m * (1.0 + 1e-9)
        );
    }
}

#[test]
fn the_simpler_of_equal_remedies_is_advised_first() {
    let budget = SyntheticMaps::new(4000, 0.3, 0.0, 1.0, 0.0, 0.0).budget();
    let input = PlannerInput {
        step_m: Some(0.8 * STEP_M),
        steps: GridQuantity::InverseDepth,
        ..PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT)
    };
    let plan = Plan::compute(&input).expect("an error");
    let advised = plan.advised().into_iter();
    let bits: Vec<_> = advised
        .filter(|(_, r)| matches!(r.kind, RemedyKind::OutputBits(_)))
        .collect();
    let widths: Vec<_> = bits.iter().map(|(_, r)| r.kind).collect();
    assert_eq!(widths, [10, 12].map(RemedyKind::OutputBits));
    // More bits expect a little less each.
    assert!(
        bits.windows(2)
            .all(|w| w[0].1.expected.rmse_m > w[1].1.expected.rmse_m)
    );
}

#[test]
fn more_bits_in_another_quantity_remove_the_rounding() {
    let budget = SyntheticMaps::new(4000, 0.3, 0.0, 1.0, 0.0, 0.0).budget();
    let in_depth = PlannerInput {
        step_m: Some(0.8 * STEP_M),
        ..PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT)
    };
    let inverse = PlannerInput {
        steps: GridQuantity::InverseDepth,
        ..in_depth.clone()
    };
    let sixteen = |input: &PlannerInput| {
        let plan = Plan::compute(input).expect("an error");
        plan.remedy(RemedyKind::OutputBits(16))
            .expect("a remedy")
            .expected
    };
    let (depth, inverse) = (sixteen(&in_depth), sixteen(&inverse));
    assert!(inverse.rmse_m < depth.rmse_m, "{inverse:?} {depth:?}");
    assert_eq!(
        inverse.high_m, depth.high_m,
        "the worst case goes by the steps"
    );
}

#[test]
fn clipping_stays_with_more_bits() {
    let mut made = SyntheticMaps::new(2000, 0.1, 0.0, 1.0, 0.0, 0.0);
    for q in &mut made.int8_m {
        *q = q.min(5.0);
    }
    let budget = made.budget();
    assert!(budget.output.expect("a grid").mse > 0.5, "{budget:?}");
    let plan = Plan::compute(&input(&budget)).expect("an error");
    let r = plan.remedy(RemedyKind::OutputBits(16)).expect("a remedy");
    close(r.expected.rmse_m, budget.rmse_int8_m(), 1e-3);
    let overlap = plan.sources.iter().find(|s| s.kind == SourceKind::Overlap);
    assert!(overlap.expect("clipping makes a bias").mse < 0.0);
}

#[test]
fn gains_smaller_than_the_interval_are_marked() {
    let theory = published();
    let plan = |interval| {
        Plan::compute(&PlannerInput {
            change_interval_m: interval,
            ..PlannerInput::new(PlanEvidence::Figures(&theory), Bits::EIGHT)
        })
        .expect("a rise")
    };
    let seen = |p: &Plan, kind| p.remedy(kind).expect("a remedy").visibility;
    let (known, unknown) = (plan(Some((0.33, 0.37))), plan(None));
    assert_eq!(seen(&known, RemedyKind::AllFp16), GainVisibility::Beyond);
    assert_eq!(
        seen(&known, RemedyKind::OutputBits(16)),
        GainVisibility::Within
    );
    assert_eq!(
        seen(&known, RemedyKind::NarrowerRange),
        GainVisibility::None
    );
    assert_eq!(seen(&unknown, RemedyKind::AllFp16), GainVisibility::Unknown);
    let text = known
        .remedy(RemedyKind::OutputBits(16))
        .expect("a remedy")
        .text();
    assert!(
        text.contains("smaller than what these frames can show"),
        "{text}"
    );
}

#[test]
fn a_negative_cross_term_has_a_caution() {
    let budget = SyntheticMaps::new(400, 0.3, 0.05, 1.0, 0.0, -0.5).budget();
    let plan = Plan::compute(&input(&budget)).expect("an error");
    assert!(plan.cross < 0.0 && plan.caution().contains("partly cancels FP32's own error"));
}

#[test]
fn every_error_of_a_plan_is_returned() {
    let range = OutputRange::new(0.5, 15.0).expect("a range");
    let fell = IndependenceModel::new(0.5, 0.4, range, Bits::EIGHT);
    let budget = SyntheticMaps::new(400, 0.3, 0.05, 1.0, 0.0, 0.0).budget();
    let equal = Budget {
        mse_quant: 0.0,
        cross: 0.0,
        ..budget
    };
    let broken = Budget {
        cross: f64::NAN,
        ..budget
    };
    let of = |evidence, rest| {
        let input = PlannerInput {
            rest,
            ..PlannerInput::new(evidence, Bits::EIGHT)
        };
        Plan::compute(&input).expect_err("no plan")
    };
    let rest = RestShares::default();
    let none = RestShares {
        weights: 0.0,
        activations: 0.0,
        output: 1.0,
        interactions: 0.0,
    };
    let negative = RestShares {
        weights: -0.1,
        ..rest
    };
    assert_eq!(of(PlanEvidence::Figures(&fell), rest), PlanError::NotWorse);
    assert_eq!(of(PlanEvidence::Measured(&equal), rest), PlanError::NoError);
    assert_eq!(
        of(PlanEvidence::Measured(&broken), rest),
        PlanError::NotFinite
    );
    assert_eq!(of(PlanEvidence::Measured(&budget), none), PlanError::Shares);
    assert_eq!(
        of(PlanEvidence::Measured(&budget), negative),
        PlanError::Shares
    );
}

#[test]
fn a_measured_network_takes_the_place_of_assumptions() {
    let budget = SyntheticMaps::new(400, 0.3, 0.2, 1.0, 0.0, 0.0).budget();
    let now = budget.mse_int8;
    let measured = |kind, remaining, mse_to_gt, kept: &[&str]| NetworkRemedy {
        kind,
        remaining,
        mse_to_gt,
        weights_mb: (0.5, 0.75),
        kept: kept.iter().map(|&name| name.to_owned()).collect(),
    };
    let network = |mse_to_gt| MeasuredNetwork {
        shares: Some(RestShares {
            weights: 0.75,
            activations: 0.25,
            output: 0.0,
            interactions: 0.0,
        }),
        remedies: vec![
            measured(RemedyKind::SensitiveLayers, 0.25, mse_to_gt, &["a", "b"]),
            measured(RemedyKind::BiasCorrection, 1.0, None, &[]),
        ],
    };
    let plan = |network| {
        let input = PlannerInput {
            network,
            ..input(&budget)
        };
        Plan::compute(&input).expect("an error")
    };
    let assumed = plan(MeasuredNetwork::default());
    assert_eq!(assumed.remedy(RemedyKind::BiasCorrection), None);
    // On the maps' own frames the measured RMSE is exact.
    let same = plan(network(Some((now, 0.09))));
    let of = |kind| same.sources.iter().find(|source| source.kind == kind);
    let (weights, activations) = (of(SourceKind::Weights), of(SourceKind::Activations));
    let (weights, activations) = (weights.expect("weights"), activations.expect("activations"));
    assert_eq!(
        (weights.basis, activations.basis),
        (Basis::Measured, Basis::Measured)
    );
    close(weights.mse, 3.0 * activations.mse, 1e-12);
    assert_eq!(of(SourceKind::Interactions), None);
    let sum: f64 = same.sources.iter().map(|source| source.mse).sum();
    close(sum, same.mse_quant, 1e-12);
    let remedy = same.remedy(RemedyKind::SensitiveLayers).expect("a remedy");
    assert_eq!(remedy.basis, Basis::Measured);
    let ends = [
        remedy.expected.low_m,
        remedy.expected.rmse_m,
        remedy.expected.high_m,
    ];
    assert!(ends.iter().all(|m| (m - 0.3).abs() < 1e-9), "{ends:?}");
    assert_eq!(remedy.cost.weights_mb, Some((0.75, 0.75)));
    assert_eq!(remedy.name(), "16 bits for the most sensitive layers: a, b");
    assert!(
        remedy
            .text()
            .starts_with("Measured by running the network: an RMSE near 300 mm")
    );
    let bias = same.remedy(RemedyKind::BiasCorrection).expect("a remedy");
    close(bias.gain_m, 0.0, 1e-12);
    assert!(
        same.caution()
            .starts_with("Remedies that this network was not run with")
    );
    // On other frames, what is left of the noise widens the interval.
    let other = plan(network(Some((2.0 * now, now + 0.09))));
    let expected = other
        .remedy(RemedyKind::SensitiveLayers)
        .expect("a remedy")
        .expected;
    close(expected.rmse_m, 0.3, 1e-9);
    assert!(expected.low_m < expected.high_m, "{expected:?}");
    let alone = plan(network(None));
    let expected = alone
        .remedy(RemedyKind::SensitiveLayers)
        .expect("a remedy")
        .expected;
    close(
        expected.rmse_m * expected.rmse_m,
        budget.mse_fp32 + 0.25 * budget.mse_quant + 0.5 * budget.cross,
        1e-9,
    );
}
