//! Every branch of the three answers, and what holds for every text.

use super::*;
use crate::network::{
    EffectEntry, LayerEntry, NetworkEvidence, NetworkSection, ParetoEntry, ShapleyEntry,
};
use fathom_analysis::compare::{
    Average, Budget, Change, ChangeVerdict, Evaluator, FewPixels, GridQuantity, OutputCodeError,
};
use fathom_analysis::diagnosis::calculator::{Calculator, CalculatorInput};
use fathom_analysis::diagnosis::planner::{Basis, Plan, PlanEvidence, PlannerInput};
use fathom_analysis::{
    BestRange, FoundRange, IndependenceModel, LogCodeReport, NamedRange, Policy, RangeInUse,
    RangeReport, RangeSettings, RangeSource,
};
use fathom_core::metrics::{Criterion, Metric};
use fathom_core::quant::{Bits, CodeKind, OutputRange};
use fathom_core::stats::{Distribution, Resolution};

/// Parts of the mean of `q^2`, in square metres.
#[derive(Clone, Copy)]
struct Parts {
    output: Option<f64>,
    line: f64,
    random: f64,
    cross: f64,
}

const INSIDE: Parts = Parts {
    output: Some(0.0003),
    line: 0.001,
    random: 0.01,
    cross: 0.002,
};

fn budget(p: Parts) -> Budget {
    let mse_quant = p.output.unwrap_or(0.0) + p.line + p.random;
    Budget {
        count: 1e6,
        mse_fp32: 0.1521,
        mse_quant,
        cross: p.cross,
        mse_int8: 0.1521 + mse_quant + p.cross,
        output: p.output.map(|mse| OutputCodeError {
            mse,
            rmse_to_gt_m: (0.1521 + mse).sqrt(),
            share: mse / mse_quant,
            covered: 1.0,
        }),
        bias_square: 0.6 * p.line,
        scale_square: 0.4 * p.line,
        random: p.random,
        bias_m: (0.6 * p.line).sqrt(),
        slope: 0.98,
        intercept_m: 0.01,
        recalibrated_rmse_m: Some((0.1521 + mse_quant + p.cross - p.line).sqrt()),
        std_q_m: mse_quant.sqrt(),
        skew_q: None,
        kurtosis_q: None,
        sqnr_db: None,
        cosine: None,
        correlation: None,
    }
}

fn change(fp32: f64, int8: f64, verdict: ChangeVerdict) -> Change {
    Change {
        metric: Criterion::Rmse,
        fp32,
        int8,
        verdict,
        neighbours: None,
        few_pixels: None,
    }
}

const WORSE: ChangeVerdict = ChangeVerdict::Significant {
    interval: (0.005, 0.03),
};

fn report(depths: &[f64], min_m: f64, max_m: f64, policy: Policy) -> RangeReport {
    let mut values = depths.to_vec();
    values.sort_by(f64::total_cmp);
    let counts = vec![1; values.len()];
    let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
    let named = NamedRange {
        name: "current".to_owned(),
        range: OutputRange::new(min_m, max_m).expect("a range"),
    };
    let how = RangeSettings {
        policy,
        ..RangeSettings::default()
    };
    RangeReport::measure(&depths, &named, &how)
}

/// Depths spread evenly from 0.6 m to the given end.
fn room(end_m: f64) -> Vec<f64> {
    (0..500)
        .map(|i| 0.6 + (end_m - 0.6) * f64::from(i) / 499.0)
        .collect()
}

fn best(end_m: f64, rmse_m: f64) -> Vec<BestRange> {
    let of = |metric, max_m, value| BestRange {
        metric,
        range: OutputRange::new(0.5, max_m).expect("a range"),
        value,
        rmse_m,
    };
    vec![
        of(Metric::Rmse, end_m, rmse_m),
        of(Metric::AbsRel, end_m * 0.8, 0.004),
        of(Metric::Delta1, end_m * 0.7, 0.99),
    ]
}

fn evidence<'a>(current: &'a RangeReport, best: &'a [BestRange]) -> RangeEvidence<'a> {
    let range = current.named.range;
    let found = FoundRange {
        range,
        source: RangeSource::EndsSeen {
            step: 0.05,
            quantity: GridQuantity::Depth,
        },
    };
    RangeEvidence {
        in_use: RangeInUse::new(range, Some(found), CodeKind::Uniform),
        current,
        policy: Policy::Count,
        depths_source: DepthsSource::GroundTruth,
        best,
        requantized: None,
        log_code: None,
    }
}

fn plan(budget: &Budget) -> Plan {
    let input = PlannerInput {
        step_m: Some(0.05),
        ..PlannerInput::new(PlanEvidence::Measured(budget), Bits::EIGHT)
    };
    Plan::compute(&input).expect("an error")
}

/// Asserts what holds for every text: figures are finite and have a unit, there is no number among the words, and a card is short.
#[track_caller]
fn assert_well_formed(answers: &Answers) {
    for card in answers.cards() {
        let text = card.text();
        assert!(
            !text.contains("NaN") && !text.contains("inf ") && !text.contains(units_missing()),
            "{text}"
        );
        assert!(
            !text.contains("  ") && !text.contains(" .") && !text.contains(" ,"),
            "{text}"
        );
        assert!(
            card.headline().ends_with('.') && text.ends_with('.'),
            "{text}"
        );
        for span in [&card.answer, &card.size, &card.action]
            .into_iter()
            .flatten()
        {
            match span {
                Span::Text(words) => assert!(!has_number(words), "{words}"),
                Span::Figure { text, .. } => {
                    let unit = text.rsplit(' ').next().unwrap_or_default();
                    let units = ["m", "mm", "\u{b5}m", "%", "bits", "frames", "frame"];
                    assert!(units.contains(&unit), "a figure without a unit: {text}");
                    assert!(text.contains(|c: char| c.is_ascii_digit()), "{text}");
                }
            }
        }
    }
}

fn units_missing() -> &'static str {
    fathom_core::units::MISSING
}

fn has_number(words: &str) -> bool {
    let names = [
        "(ends of INT8's values, step 50.0 mm)",
        "INT8",
        "FP32",
        "FP16",
        "95 %",
        "1 %",
        "10 bits",
        "12 bits",
        "16 bits",
    ];
    let rest = names
        .iter()
        .fold(words.to_owned(), |text, name| text.replace(name, ""));
    rest.contains(|c: char| c.is_ascii_digit())
}

#[track_caller]
fn check(card: &Card, words: &[&str]) {
    let text = card.text();
    for w in words {
        assert!(text.contains(w), "{w:?} is not in: {text}");
    }
}

fn compared<'a>(budget: &'a Budget, changes: &'a [Change]) -> ComparedMaps<'a> {
    ComparedMaps {
        budget,
        // The output code rounds, and clips nothing.
        step_m: budget.output.map(|output| (12.0 * output.mse).sqrt()),
        changes,
        average: Average::Pooled,
        evaluator: Some(Evaluator::Plain),
        frames: 91,
        copies: 0,
    }
}

#[track_caller]
fn answered(
    evidence: AnswerEvidence,
    range: Option<RangeEvidence>,
    plan: Option<&Plan>,
) -> Answers {
    let answers = Answers::new(&AnswersInput {
        evidence,
        range,
        plan,
        network: None,
    });
    assert_well_formed(&answers);
    answers
}

#[test]
fn a_loss_is_told_with_its_interval_and_its_origin() {
    let rows: [(Parts, &str); 6] = [
        (INSIDE, "mostly from inside the network"),
        (
            Parts {
                output: Some(0.02),
                ..INSIDE
            },
            "mostly from the output code",
        ),
        (
            Parts {
                output: Some(0.02),
                line: 1e-9,
                random: 1e-9,
                ..INSIDE
            },
            "all of it from the output code",
        ),
        (
            Parts {
                line: 0.02,
                ..INSIDE
            },
            "mostly bias and scale",
        ),
        (
            Parts {
                output: None,
                ..INSIDE
            },
            "mostly random: output code and network together",
        ),
        (
            Parts {
                output: Some(0.008),
                line: 0.008,
                ..INSIDE
            },
            "the largest part from inside the network",
        ),
    ];
    for (parts, words) in rows {
        let budget = budget(parts);
        let changes = [change(0.39, 0.41, WORSE)];
        let maps = compared(&budget, &changes);
        let plan = plan(&budget);
        let answers = answered(AnswerEvidence::All(&maps), None, Some(&plan));
        check(
            &answers.cost,
            &[
                "INT8 costs +20.0 mm of RMSE",
                words,
                "95 % interval of the change +5.00 mm to +30.0 mm, 91 frames",
            ],
        );
        let is_inside = words.contains("inside the network") || words.contains("random");
        let asks = [&answers.cost, &answers.action]
            .iter()
            .any(|card| card.text().contains("Add both ONNX models"));
        assert_eq!(asks, is_inside, "{words}");
    }
}

#[test]
fn a_change_that_few_pixels_make_says_so() {
    let budget = budget(INSIDE);
    let few = |share| Change {
        few_pixels: Some(FewPixels {
            share,
            pixels: 16.0,
            of: 2e6,
        }),
        ..change(0.39, 0.41, WORSE)
    };
    let answers = |share| {
        let changes = [few(share)];
        let maps = compared(&budget, &changes);
        answered(AnswerEvidence::All(&maps), None, None)
    };
    check(
        &answers(0.42).cost,
        &["Note: 0.000800 % of the pixels carry 42.0 % of the change."],
    );
    let text = answers(0.05).cost.text();
    assert!(!text.contains("Note:"), "{text}");
}

#[test]
fn opposite_changes_of_rmse_and_abs_rel_are_mixed() {
    let budget = budget(INSIDE);
    let abs_rel = Change {
        metric: Criterion::AbsRel,
        ..change(
            0.1,
            0.0939,
            ChangeVerdict::Significant {
                interval: (-0.008, -0.004),
            },
        )
    };
    let changes = [change(0.39, 0.394_68, WORSE), abs_rel];
    let maps = compared(&budget, &changes);
    let answers = answered(AnswerEvidence::All(&maps), None, None);
    check(
        &answers.cost,
        &["Mixed: RMSE +1.2 %, abs_rel \u{2212}6.1 %."],
    );
    // A change that may be chance contradicts nothing.
    let chance = Change {
        verdict: ChangeVerdict::NotSignificant {
            interval: (-0.008, 0.004),
        },
        ..abs_rel
    };
    let changes = [change(0.39, 0.394_68, WORSE), chance];
    let maps = compared(&budget, &changes);
    let answers = answered(AnswerEvidence::All(&maps), None, None);
    check(&answers.cost, &["INT8 costs"]);
}

#[test]
fn chance_gain_and_few_frames_are_no_loss() {
    let budget = budget(INSIDE);
    let rows = [
        (
            change(
                0.39,
                0.391,
                ChangeVerdict::NotSignificant {
                    interval: (-0.01, 0.02),
                },
            ),
            "No loss shown",
            "Nothing about INT8",
        ),
        (
            change(
                0.39,
                0.37,
                ChangeVerdict::Significant {
                    interval: (-0.03, -0.01),
                },
            ),
            "INT8 costs nothing here: RMSE changes by \u{2212}20.0 mm.",
            "Nothing about INT8",
        ),
        (
            change(0.39, 0.37, ChangeVerdict::TooFewFrames),
            "Too few frames to tell loss from chance",
            "Nothing about INT8",
        ),
        (
            change(0.39, 0.41, ChangeVerdict::TooFewFrames),
            "mostly from inside the network. Too few frames to tell loss from chance",
            "Add frames first; then try",
        ),
        (
            change(
                0.39,
                0.40,
                ChangeVerdict::NotSignificant {
                    interval: (-0.02, 0.04),
                },
            ),
            "On these frames it may be chance.",
            "About 820 frames like these would tell this change from chance.",
        ),
    ];
    for (change, cost, action) in rows {
        let changes = [change];
        let maps = compared(&budget, &changes);
        let plan = plan(&budget);
        let answers = answered(AnswerEvidence::All(&maps), None, Some(&plan));
        check(&answers.cost, &[cost]);
        check(&answers.action, &[action]);
    }
    let changes = [change(0.39, f64::INFINITY, ChangeVerdict::NotFinite)];
    let maps = compared(&budget, &changes);
    let answers = answered(AnswerEvidence::All(&maps), None, None);
    check(&answers.cost, &["Unknown: an error is infinite"]);
}

#[test]
fn missing_maps_are_asked_for() {
    let budget = budget(INSIDE);
    let rows = [
        (
            AnswerEvidence::Nothing,
            "nothing to compare yet",
            "Drop ground truth, FP32 and INT8",
        ),
        (
            AnswerEvidence::GroundTruth,
            "what the output code costs",
            "Drop the FP32 and INT8 predictions",
        ),
        (
            AnswerEvidence::GroundTruthAndFp32 { rmse_fp32_m: 0.39 },
            "FP32 alone: network RMSE 390 mm",
            "Drop the INT8 predictions",
        ),
        (
            AnswerEvidence::GroundTruthAndInt8 { rmse_int8_m: 0.41 },
            "INT8 alone: network RMSE 410 mm",
            "Drop the FP32 predictions",
        ),
        (
            AnswerEvidence::Predictions { budget: &budget },
            "INT8 differs from FP32 by 106 mm, mostly from inside the network",
            "Drop ground truth",
        ),
    ];
    for (evidence, size, missing) in rows {
        let answers = answered(evidence, None, None);
        check(&answers.cost, &[size, missing]);
    }
}

#[test]
fn typed_figures_are_answered_without_maps() {
    let calculator = Calculator::new(&CalculatorInput::published()).expect("figures");
    let plan_of = PlannerInput::new(PlanEvidence::Figures(&calculator.theory), Bits::EIGHT);
    let plan = Plan::compute(&plan_of).expect("a rise");
    let answers = answered(AnswerEvidence::Figures(&calculator), None, Some(&plan));
    check(
        &answers.cost,
        &[
            "rounding the output is 0.0679 % of the implied noise",
            "RMSE 390.0 mm to 741.0 mm",
        ],
    );
    check(&answers.range, &["Narrowing can win"]);
    check(&answers.action, &["Try first"]);
}

#[test]
fn the_published_case_is_one_ordered_story_that_no_setting_changes() {
    let range = OutputRange::new(0.5, 15.0).expect("a range");
    let model = IndependenceModel::new(0.390, 0.741, range, Bits::EIGHT);
    let published = AnswerEvidence::Published(&model);
    let current = report(&room(30.0), 0.5, 15.0, Policy::Count);
    let best = best(31.0, 0.035);
    let log_code = LogCodeReport {
        range: OutputRange::new(0.05, 230.0).expect("a range"),
        levels: 256,
        rmse_m: 0.01,
        abs_rel: 0.001,
        equal_steps: (0.2, 0.1),
    };
    let ranges = RangeEvidence {
        log_code: Some(&log_code),
        ..evidence(&current, &best)
    };
    let answers = Answers::from_depths(&published, &ranges).expect("a finished search");
    assert_well_formed(&answers);
    check(
        &answers.cost,
        &[
            "Published: RMSE rose from 390 mm to 741 mm",
            "inside the network",
            "Ideal rounding is 16.4 mm: 0.0679 % of its mean square.",
            "+351 mm",
        ],
    );
    check(
        &answers.range,
        &[
            "Not for the published loss: it is inside the network.",
            "A perfect network whose clipped pixels count",
            "leaves these pixels out",
        ],
    );
    check(
        &answers.action,
        &[
            "First the network's inside",
            "log code over [0.05, 230] m gives 10.0 mm",
        ],
    );
    assert_eq!(
        answers,
        Answers::new(&AnswersInput {
            evidence: published,
            range: Some(ranges),
            plan: None,
            network: None,
        })
    );
    let other = report(&room(30.0), 0.5, 20.0, Policy::Exclude);
    let ranges = RangeEvidence {
        policy: Policy::Exclude,
        ..evidence(&other, &best)
    };
    let again = Answers::from_depths(&published, &ranges).expect("a finished search");
    assert_eq!(again.cost, answers.cost);
}

#[test]
fn both_ends_of_the_range_are_known() {
    let depths = room(30.0);
    let current = report(&depths, 2.0, 15.0, Policy::Count);
    let best = best(31.0, 0.035);
    let ranges = evidence(&current, &best);
    let answers = Answers::from_depths(&AnswerEvidence::GroundTruth, &ranges).expect("a search");
    assert_well_formed(&answers);
    check(
        &answers.range,
        &[
            "moving both ends helps",
            "are nearer than the range",
            "farther",
            "The start was kept fixed",
        ],
    );
    check(&answers.action, &["For the output alone, use [0.5, 31] m."]);
    let zero = RangeEvidence {
        in_use: RangeInUse::new(current.named.range, None, CodeKind::UniformZeroPoint),
        ..ranges
    };
    let answers = Answers::from_depths(&AnswerEvidence::GroundTruth, &zero).expect("a search");
    check(
        &answers.range,
        &["(typed)", "With a zero point the range starts at zero."],
    );
}

#[test]
fn steps_in_another_quantity_have_no_range_in_depth() {
    let current = report(&room(3.0), 0.5, 3.0, Policy::Count);
    let best = best(3.0, 0.001);
    let found = FoundRange {
        range: current.named.range,
        source: RangeSource::EndsSeen {
            step: 0.007_25,
            quantity: GridQuantity::InverseDepth,
        },
    };
    let ranges = RangeEvidence {
        in_use: RangeInUse::new(found.range, Some(found), CodeKind::Uniform),
        ..evidence(&current, &best)
    };
    let answers = Answers::from_depths(&AnswerEvidence::GroundTruth, &ranges).expect("an answer");
    check(
        &answers.range,
        &[
            "equally spaced in inverse depth",
            "INT8's values: [0.5, 3] m. The ends of their code are unknown.",
        ],
    );
    assert!(
        !answers.range.text().contains("rounding"),
        "{}",
        answers.range.text()
    );
    let changes = [change(0.39, 0.4066, WORSE)];
    let rows = [
        (
            INSIDE.output,
            "No: the output code makes only 2.7 % of the noise. Its steps are equal in inverse depth.",
        ),
        (
            Some(0.02),
            "Perhaps: the output code makes 64.5 % of the noise. Its steps are equal in inverse depth.",
        ),
        (
            Some(10.0),
            "Perhaps: all of the noise is the output code's. Its steps are equal in inverse depth.",
        ),
    ];
    for (output, words) in rows {
        let budget = budget(Parts { output, ..INSIDE });
        let maps = compared(&budget, &changes);
        let answers = answered(AnswerEvidence::All(&maps), Some(ranges), None);
        check(&answers.range, &[words]);
    }
}

#[test]
fn a_gain_beyond_that_of_finer_steps_is_partly_luck() {
    let current = report(&room(15.0), 0.0, 15.0, Policy::Count);
    let now_m = current.rmse_m().expect("an error");
    // The end of 12 m has steps of four fifths.
    for (rmse_m, is_luck) in [(0.79 * now_m, false), (0.7 * now_m, true)] {
        let best = [BestRange {
            range: OutputRange::new(0.0, 12.0).expect("a range"),
            ..best(12.0, rmse_m)[0]
        }];
        let ranges = evidence(&current, &best);
        let answers = Answers::from_depths(&AnswerEvidence::GroundTruth, &ranges);
        let words = answers.expect("a search").range.text();
        assert_eq!(
            words.contains("Part of the gain is luck"),
            is_luck,
            "{words}"
        );
    }
}

#[test]
fn the_fitted_line_of_a_recalibration_is_told() {
    let mut budget = budget(Parts {
        line: 0.05,
        ..INSIDE
    });
    budget.slope = 1.08;
    budget.intercept_m = 0.12;
    let plan = plan(&budget);
    let changes = [change(0.39, 0.4066, WORSE)];
    let maps = compared(&budget, &changes);
    let answers = answered(AnswerEvidence::All(&maps), None, Some(&plan));
    check(
        &answers.action,
        &[
            "recalibration of the output's scale and shift",
            "INT8 is 108.0 % of FP32, shifted by +120 mm.",
        ],
    );
}

#[test]
fn a_start_behind_most_pixels_is_said_first() {
    let current = report(&room(3.0), 4.0, 15.0, Policy::Count);
    let best = best(15.0, 2.0);
    let ranges = evidence(&current, &best);
    let answers = Answers::from_depths(&AnswerEvidence::GroundTruth, &ranges).expect("a search");
    check(
        &answers.range,
        &["Yes: start nearer. 100.0 % of the pixels"],
    );
    let zero = RangeEvidence {
        in_use: RangeInUse::new(current.named.range, None, CodeKind::UniformZeroPoint),
        ..ranges
    };
    let answers = Answers::from_depths(&AnswerEvidence::GroundTruth, &zero).expect("a search");
    assert!(
        !answers.range.text().contains("start nearer"),
        "{}",
        answers.range.text()
    );
}

#[test]
fn a_policy_that_hides_clipped_pixels_gives_no_range() {
    for (policy, words) in [
        (Policy::Exclude, "left out"),
        (Policy::Clamp, "clamped truth"),
    ] {
        let current = report(&room(30.0), 0.5, 15.0, policy);
        let best = best(31.0, 0.035);
        let ranges = RangeEvidence {
            policy,
            ..evidence(&current, &best)
        };
        let answers = answered(AnswerEvidence::GroundTruth, Some(ranges), None);
        check(&answers.range, &["Only on paper", words]);
    }
    let nothing = report(&room(3.0), 5.0, 15.0, Policy::Exclude);
    let ranges = RangeEvidence {
        policy: Policy::Exclude,
        ..evidence(&nothing, &[])
    };
    let answers = answered(AnswerEvidence::GroundTruth, Some(ranges), None);
    check(&answers.range, &["No measured pixel lies inside"]);
}

#[test]
fn there_is_no_answer_from_depths_while_the_search_runs() {
    let current = report(&room(3.0), 0.5, 15.0, Policy::Count);
    let ranges = evidence(&current, &[]);
    assert_eq!(
        Answers::from_depths(&AnswerEvidence::GroundTruth, &ranges),
        None
    );
}

#[test]
fn another_average_names_the_reference_of_the_remedies() {
    let budget = budget(INSIDE);
    let changes = [change(0.30, 0.31, WORSE)];
    let maps = ComparedMaps {
        average: Average::PerFrame,
        ..compared(&budget, &changes)
    };
    let plan = plan(&budget);
    let answers = answered(AnswerEvidence::All(&maps), None, Some(&plan));
    check(
        &answers.cost,
        &["Network RMSE, mean of frames: 300 mm to 310 mm"],
    );
    check(&answers.action, &["RMSE over all pixels now: 407 mm."]);
}

#[test]
fn the_remedy_is_marked_by_how_it_is_known() {
    let budget = budget(INSIDE);
    let changes = [change(0.39, 0.4066, WORSE)];
    let maps = compared(&budget, &changes);
    let plan = plan(&budget);
    let input = AnswersInput {
        evidence: AnswerEvidence::All(&maps),
        range: None,
        plan: Some(&plan),
        network: None,
    };
    let findings = Findings::new(&input);
    let remedy = findings.remedies.remedy().expect("a remedy");
    let figure = findings.figures.get(Quantity::Expected(remedy.kind));
    assert_eq!(figure.map(|f| f.basis), Some(remedy.basis));
    assert_ne!(remedy.basis, Basis::Simulated);
}

#[test]
fn a_cross_term_below_zero_is_a_caution() {
    let budget = budget(Parts {
        cross: -0.002,
        ..INSIDE
    });
    let changes = [change(0.39, 0.4015, WORSE)];
    let maps = compared(&budget, &changes);
    let plan = plan(&budget);
    let answers = answered(AnswerEvidence::All(&maps), None, Some(&plan));
    check(
        &answers.action,
        &["INT8 noise partly cancels FP32's error here"],
    );
}

#[test]
fn clipping_is_named_as_the_origin() {
    let budget = budget(Parts {
        output: Some(0.02),
        ..INSIDE
    });
    let changes = [change(0.39, 0.41, WORSE)];
    let rounding = compared(&budget, &changes);
    let clipping = ComparedMaps {
        step_m: Some(0.05),
        ..rounding
    };
    // Depths beyond the range are not the output's clipping: FP32 may not predict them.
    let current = report(&room(30.0), 0.5, 15.0, Policy::Count);
    let best = best(31.0, 0.035);
    for (maps, origin) in [
        (clipping, "mostly from clipping by the output's range"),
        (rounding, "mostly from the output code"),
    ] {
        let ranges = evidence(&current, &best);
        let answers = answered(AnswerEvidence::All(&maps), Some(ranges), None);
        check(&answers.cost, &[origin]);
    }
}

#[test]
fn equal_predictions_are_a_matter_of_the_files() {
    let budget = budget(Parts {
        output: Some(0.0),
        line: 0.0,
        random: 0.0,
        cross: 0.0,
    });
    let changes = [change(
        0.39,
        0.39,
        ChangeVerdict::NotSignificant {
            interval: (0.0, 0.0),
        },
    )];
    let maps = compared(&budget, &changes);
    let answers = answered(AnswerEvidence::All(&maps), None, None);
    check(
        &answers.cost,
        &["INT8's maps equal FP32's: no cost can be measured."],
    );
    check(
        &answers.range,
        &["Unknown until INT8's own maps are there."],
    );
    check(
        &answers.action,
        &[
            "Check the files: INT8's maps equal FP32's.",
            "dropped twice",
        ],
    );
}

/// A network of which two layers make half, with one of them kept at 16 bits.
fn network() -> NetworkSection {
    let layer = |name: &str, share| LayerEntry {
        name: name.to_owned(),
        only_rms: Some(0.004),
        only_rms_m: Some(0.004),
        only: Some(share),
        shapley: Some(ShapleyEntry {
            share,
            standard_error: 0.01,
            interval: None,
        }),
        ..LayerEntry::default()
    };
    let point = |kept: &[&str], mb, rms| ParetoEntry {
        kept: kept.iter().map(|&name| name.to_owned()).collect(),
        kept_bits: 16,
        mb,
        rms,
        rms_m: Some(rms),
        ..ParetoEntry::default()
    };
    let mut layers = vec![layer("head", 0.4), layer("stem", 0.2)];
    layers.resize(9, layer("other", 0.05));
    NetworkSection {
        effect: EffectEntry {
            rms: 0.1,
            rms_m: Some(0.1),
            ..EffectEntry::default()
        },
        layers,
        layers_of_half: Some(2),
        pareto: vec![point(&[], 13.5, 0.1), point(&["head"], 14.5, 0.0401)],
        ..NetworkSection::default()
    }
}

#[test]
fn a_measured_network_names_its_layers_and_what_to_keep() {
    let budget = budget(INSIDE);
    let changes = [change(0.39, 0.4066, WORSE)];
    let maps = compared(&budget, &changes);
    let section = network();
    let evidence = NetworkEvidence {
        section: &section,
        kept: None,
    };
    let answers = |evidence_of, plan, network| {
        Answers::new(&AnswersInput {
            evidence: evidence_of,
            range: None,
            plan,
            network,
        })
    };
    let input = PlannerInput {
        network: evidence.for_plan(),
        ..PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT)
    };
    let plan = Plan::compute(&input).expect("an error");
    let all = answers(AnswerEvidence::All(&maps), Some(&plan), Some(evidence));
    check(
        &all.cost,
        &["2 of 9 layers make half of the change of 100 mm (RMS): head, stem."],
    );
    check(
        &all.action,
        &["Measured: with head at 16 bits, 40.1 mm of 100 mm is left; weights 13.5 MB to 14.5 MB."],
    );
    // Without ground truth there is no plan, and the network alone says what to do.
    let predictions = AnswerEvidence::Predictions { budget: &budget };
    let alone = answers(predictions, None, Some(evidence));
    check(
        &alone.cost,
        &["mostly from inside the network", "head, stem"],
    );
    check(
        &alone.action,
        &[
            "Try first: 16 bits for head.",
            "40.1 mm of 100 mm is left",
            "Drop ground truth",
        ],
    );
    let unkept = NetworkSection {
        pareto: Vec::new(),
        ..section.clone()
    };
    let evidence = NetworkEvidence {
        section: &unkept,
        kept: None,
    };
    let ranked = answers(predictions, None, Some(evidence));
    check(
        &ranked.action,
        &["Measure in the Network view what to keep at 16 bits."],
    );
    let without = answers(predictions, None, None);
    check(&without.action, &["A plan needs more evidence."]);
}
