//! Every branch of the three answers, and what holds for every text.

use super::findings::MAX_REMEDIES;
use super::*;
use fathom_analysis::compare::{Budget, Change, ChangeVerdict, OutputCodeError};
use fathom_analysis::diagnosis::calculator::{Calculator, CalculatorInput};
use fathom_analysis::diagnosis::planner::{Plan, PlanEvidence, PlannerInput, RemedyKind};
use fathom_analysis::{BestRange, NamedRange, Policy, RangeReport, RangeSettings};
use fathom_core::metrics::{Criterion, Metric};
use fathom_core::quant::{Bits, OutputRange};
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

fn all<'a>(budget: &'a Budget, change: &'a Change) -> AnswerEvidence<'a> {
    AnswerEvidence::All {
        budget,
        step_m: Some(0.05),
        change,
        frames: 91,
    }
}

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
    RangeEvidence {
        current,
        policy: Policy::Count,
        depths_source: DepthsSource::GroundTruth,
        narrower: None,
        best,
        requantized: None,
    }
}

fn only(evidence: AnswerEvidence<'_>) -> AnswersInput<'_> {
    AnswersInput {
        evidence,
        range: None,
        plan: None,
    }
}

fn plan(budget: &Budget) -> Plan {
    let input = PlannerInput {
        step_m: Some(0.05),
        ..PlannerInput::new(PlanEvidence::Measured(budget), Bits::EIGHT)
    };
    Plan::compute(&input).expect("an error")
}

/// Asserts what holds for every text: figures are finite and have a unit, and there is no number among the words.
#[track_caller]
fn assert_well_formed(answers: &Answers) {
    for p in [&answers.why, &answers.range, &answers.todo] {
        let text = p.text();
        assert!(
            !text.contains("NaN") && !text.contains("inf ") && !text.contains(units_missing()),
            "{text}"
        );
        assert!(
            !text.contains("  ") && !text.contains(" .") && !text.contains(" ,"),
            "{text}"
        );
        assert!(p.headline.ends_with('.') && text.ends_with('.'), "{text}");
        assert!(!p.spans.is_empty() && !has_number(&p.headline), "{text}");
        for span in &p.spans {
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
    let names = ["INT8", "FP32", "FP16", "95 %", "delta1"];
    let rest = names
        .iter()
        .fold(words.to_owned(), |text, name| text.replace(name, ""));
    rest.contains(|c: char| c.is_ascii_digit())
}

#[track_caller]
fn check(paragraph: &Paragraph, words: &[&str]) {
    let text = paragraph.text();
    for w in words {
        assert!(text.contains(w), "{w:?} is not in: {text}");
    }
}

#[track_caller]
fn answered(input: &AnswersInput) -> Answers {
    let answers = Answers::new(input);
    assert_well_formed(&answers);
    answers
}

#[test]
fn a_change_that_may_be_chance_is_not_called_a_loss() {
    let budget = budget(Parts {
        cross: -0.0108,
        ..INSIDE
    });
    let verdict = ChangeVerdict::NotSignificant {
        interval: (-0.0011, 0.0019),
    };
    let change = change(0.3890, 0.3894, verdict);
    let plan = plan(&budget);
    let answers = answered(&AnswersInput {
        plan: Some(&plan),
        ..only(all(&budget, &change))
    });
    check(
        &answers.why,
        &[
            "These frames do not show that INT8 is worse.",
            "a change of +0.400 mm (95 % interval \u{2212}1.10 mm to +1.90 mm, 91 frames)",
            "The interval holds zero: the change may be chance.",
            "happens to undo errors that FP32 has anyway",
        ],
    );
    check(
        &answers.todo,
        &["Nothing needs doing about INT8 as far as this evidence goes."],
    );
    for p in [&answers.why, &answers.todo] {
        assert!(!p.text().contains("INT8 is worse on"), "{}", p.text());
    }
}

#[test]
fn the_second_answer_names_what_is_missing() {
    let budget = budget(INSIDE);
    let change = change(0.39, 0.4067, WORSE);
    check(
        &answered(&only(all(&budget, &change))).range,
        &["to tell. Set the range that the output has."],
    );
    let pair = AnswerEvidence::Predictions {
        budget: &budget,
        step_m: None,
    };
    for evidence in [AnswerEvidence::Nothing, pair] {
        check(
            &answered(&only(evidence)).range,
            &["to tell. Drop ground truth maps and set the range"],
        );
    }
}

#[test]
fn a_measured_remedy_is_named_without_a_loss() {
    let budget = budget(INSIDE);
    let verdict = ChangeVerdict::NotSignificant {
        interval: (-0.0002, 0.0003),
    };
    let change = change(0.39, 0.4067, verdict);
    let input = PlannerInput {
        change_interval_m: change.interval(),
        ..PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT)
    };
    let mut plan = Plan::compute(&input).expect("an error");
    plan.remedies
        .retain(|r| r.kind == RemedyKind::Recalibration);
    let answers = answered(&AnswersInput {
        plan: Some(&plan),
        ..only(all(&budget, &change))
    });
    check(
        &answers.todo,
        &[
            "Nothing needs doing",
            "tried on these very frames: Recalibration of bias, scale and shift might bring",
        ],
    );
}

#[test]
fn the_current_rmse_is_formatted_alike_in_every_sentence_of_the_plan() {
    let budget = budget(INSIDE);
    let change = change(0.39, 0.4067, WORSE);
    let input = PlannerInput {
        change_interval_m: change.interval(),
        ..PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT)
    };
    let mut plan = Plan::compute(&input).expect("an error");
    let told = |plan: &Plan| {
        let answers = answered(&AnswersInput {
            plan: Some(plan),
            ..only(all(&budget, &change))
        });
        let words = answers.todo.text();
        let now = words.split("RMSE now: ").nth(1).expect("the RMSE");
        let now = now.split(" mm").next().expect("a length").to_owned();
        let named = words.matches(&format!("in place of {now} mm")).count();
        (named, words.matches("in place of ").count(), words, now)
    };
    let (named, all, words, _) = told(&plan);
    assert!(named == all && all > 1, "{words}");
    // One that takes a hair off needs more digits, and all of them get those.
    let now_m = plan.rmse_int8_m;
    let least = plan.remedies.iter_mut().find(|r| r.gain_m > 0.0);
    let least = least.expect("a remedy that helps");
    least.gain_m = 0.000_4;
    least.expected.rmse_m = now_m - least.gain_m;
    let (named, all, words, fine) = told(&plan);
    assert!(named == all && all > 1, "{words}");
    assert!(fine.len() > "407".len(), "{words}");
}

#[test]
fn every_figure_is_in_its_sentence() {
    let change = change(0.39, 0.4067, WORSE);
    let told = |parts: Parts| {
        let budget = budget(parts);
        answered(&only(all(&budget, &change))).why.text()
    };
    // Of 0.0113 m^2: 0.0003, 0.001 and 0.01.
    let text = told(INSIDE);
    for sentence in [
        "RMSE goes from 390 mm to 407 mm, a change of +16.7 mm (95 % interval +5.00 mm to +30.0 mm, 91 frames).",
        "has an RMS of 106 mm; of its square the output code is 2.7 %, bias, scale and shift are 8.8 %, and the rest, 88.5 %, is noise",
        "predicts 390 mm where 407 mm is measured.",
    ] {
        assert!(text.contains(sentence), "{sentence} is not in {text}");
    }
    // Of 0.01 m^2: 0.009, 0.002 and less than nothing.
    let clipped = told(Parts {
        output: Some(0.009),
        line: 0.002,
        random: -0.001,
        cross: 0.0,
    });
    let sentence = "has an RMS of 100 mm; of its square the output code is 90.0 %, bias, scale and shift are 20.0 %, which its clipping";
    assert!(clipped.contains(sentence), "{clipped}");
    // Of 0.011 m^2: 0.001 and 0.01.
    let unknown = told(Parts {
        output: None,
        ..INSIDE
    });
    let sentence = "of its square bias, scale and shift are 9.1 % and random noise is 90.9 %.";
    assert!(unknown.contains(sentence), "{unknown}");
}

#[test]
fn the_largest_part_is_named() {
    let change = change(0.39, 0.4067, WORSE);
    let rows = [
        (
            INSIDE,
            "mostly from inside the network, not from its output code",
        ),
        (
            Parts {
                output: Some(0.02),
                ..INSIDE
            },
            "mostly its output code",
        ),
        (
            Parts {
                line: 0.02,
                ..INSIDE
            },
            "mostly bias, scale and shift",
        ),
        (
            Parts {
                output: Some(0.004),
                line: 0.004,
                random: 0.006,
                ..INSIDE
            },
            "in no single part by more than half, most of all from inside the network",
        ),
        (
            Parts {
                output: None,
                ..INSIDE
            },
            "mostly random noise, output code and inside together",
        ),
        (
            Parts {
                output: Some(0.02),
                line: 0.004,
                random: -0.003,
                ..INSIDE
            },
            "nothing is left for the inside of the network",
        ),
    ];
    for (parts, words) in rows {
        let budget = budget(parts);
        let plan = plan(&budget);
        let answers = answered(&AnswersInput {
            plan: Some(&plan),
            ..only(all(&budget, &change))
        });
        check(&answers.why, &["INT8 is worse on these frames", words]);
        check(
            &answers.why,
            &["+16.7 mm (95 % interval +5.00 mm to +30.0 mm, 91 frames)."],
        );
        check(
            &answers.why,
            &["Theory, which knows the output step alone, predicts 390 mm where"],
        );
        check(
            &answers.todo,
            &["These are worth a try", "none is a promise", "RMSE now: "],
        );
        assert_eq!(
            answers
                .why
                .text()
                .contains("drop the INT8 maps as the network puts them out"),
            parts.output.is_none()
        );
    }
}

#[test]
fn every_kind_of_change_has_its_words() {
    let budget = budget(INSIDE);
    let rows = [
        (
            change(
                0.39,
                0.38,
                ChangeVerdict::Significant {
                    interval: (-0.02, -0.001),
                },
            ),
            "INT8 is not worse: on these frames its RMSE is lower.",
            "Nothing needs doing",
        ),
        (
            change(0.39, 0.41, ChangeVerdict::TooFewFrames),
            "over 91 frames: an interval takes more. Drop more frames.",
            "Before acting, make sure of the loss",
        ),
        (
            change(0.39, 0.41, ChangeVerdict::NotFinite),
            "choose an evaluator with a floor",
            "A plan for the network takes more evidence.",
        ),
        (
            change(0.39, f64::INFINITY, WORSE),
            "an error figure is not finite",
            "takes more evidence",
        ),
        (
            Change {
                neighbours: Some(0.9),
                few_pixels: None,
                ..change(0.39, 0.41, WORSE)
            },
            "Neighbouring frames are alike",
            "These are worth a try",
        ),
    ];
    let plan = plan(&budget);
    for (change, why, todo) in rows {
        let answers = answered(&AnswersInput {
            plan: Some(&plan),
            ..only(all(&budget, &change))
        });
        check(&answers.why, &[why]);
        check(&answers.todo, &[todo]);
    }
}

#[test]
fn figures_that_are_not_finite_are_not_written() {
    let good = budget(INSIDE);
    let broken = Budget {
        mse_quant: f64::NAN,
        ..good
    };
    let change = change(0.39, 0.41, WORSE);
    let rows = [
        all(&broken, &change),
        AnswerEvidence::Predictions {
            budget: &broken,
            step_m: None,
        },
        AnswerEvidence::GroundTruthAndFp32 {
            rmse_fp32_m: f64::NAN,
        },
        AnswerEvidence::GroundTruthAndInt8 {
            rmse_int8_m: f64::INFINITY,
            step_m: None,
        },
    ];
    for evidence in rows {
        check(
            &answered(&only(evidence)).why,
            &["It cannot be told: an error figure is not finite."],
        );
    }
}

#[test]
fn equal_predictions_need_no_remedy() {
    let equal = budget(Parts {
        output: None,
        line: 0.0,
        random: 0.0,
        cross: 0.0,
    });
    let change = change(
        0.39,
        0.39,
        ChangeVerdict::NotSignificant {
            interval: (0.0, 0.0),
        },
    );
    let answers = answered(&only(all(&equal, &change)));
    check(
        &answers.why,
        &["INT8 and FP32 predict the same depths: both have an RMSE of 390 mm."],
    );
    check(&answers.todo, &["Nothing needs doing"]);
    let pair = AnswerEvidence::Predictions {
        budget: &equal,
        step_m: None,
    };
    check(
        &answered(&only(pair)).why,
        &["INT8 and FP32 predict the same depths."],
    );
}

/// Evidence, ranges; words of the first and of the third answer.
type Row<'a> = (
    AnswerEvidence<'a>,
    Option<RangeEvidence<'a>>,
    &'a [&'a str],
    &'a [&'a str],
);

#[test]
fn missing_maps_are_named() {
    let with = budget(INSIDE);
    let depths = room(30.0);
    let current = report(&depths, 0.5, 15.0, Policy::Count);
    let best = best(40.0, 0.05);
    let range = Some(evidence(&current, &best));
    let rows: [Row; 9] = [
        (
            AnswerEvidence::Nothing,
            None,
            &[
                "There is nothing to compare yet.",
                "Drop ground truth, FP32 and INT8 maps",
            ],
            &["Bring some maps or figures first."],
        ),
        (
            AnswerEvidence::GroundTruth,
            range,
            &[
                "Ground truth alone shows",
                "With [0.5, 15] m rounding has by theory an RMSE of 16.4 mm",
                "Drop the FP32 and the INT8 predictions",
            ],
            &[
                "For the output alone, [0.5, 40] m has the lowest RMSE, 50.0 mm",
                "Drop the FP32 and the INT8 predictions for a plan",
            ],
        ),
        (
            AnswerEvidence::GroundTruth,
            None,
            &["Drop the FP32 and the INT8 predictions"],
            &["takes more evidence"],
        ),
        (
            AnswerEvidence::GroundTruthAndFp32 { rmse_fp32_m: 0.39 },
            range,
            &[
                "without the INT8 predictions",
                "should by theory make that 390 mm",
                "Drop the INT8 predictions",
            ],
            &["Drop the INT8 predictions for a plan"],
        ),
        (
            AnswerEvidence::GroundTruthAndFp32 { rmse_fp32_m: 0.39 },
            None,
            &["FP32 has an RMSE of 390 mm. Drop the INT8"],
            &["Drop the INT8"],
        ),
        (
            AnswerEvidence::GroundTruthAndInt8 {
                rmse_int8_m: 0.741,
                step_m: Some(0.0569),
            },
            None,
            &[
                "without the FP32 predictions",
                "its values lie 56.9 mm apart, which by itself rounds by 16.4 mm. Drop the FP32",
            ],
            &["Drop the FP32 predictions to learn what of the error INT8 made."],
        ),
        (
            AnswerEvidence::GroundTruthAndInt8 {
                rmse_int8_m: 0.741,
                step_m: None,
            },
            None,
            &["INT8 has an RMSE of 741 mm. Drop the FP32"],
            &["Drop the FP32"],
        ),
        (
            AnswerEvidence::Predictions {
                budget: &with,
                step_m: Some(0.05),
            },
            None,
            &[
                "Whether INT8 is worse takes ground truth",
                "mostly from inside the network",
                "Drop the ground truth maps",
            ],
            &["Drop ground truth to learn whether removing that noise helps."],
        ),
        (
            AnswerEvidence::Predictions {
                budget: &with,
                step_m: None,
            },
            range,
            &["What INT8 adds to FP32's depths has an RMS of"],
            &["Drop ground truth"],
        ),
    ];
    for (evidence, range, why, todo) in rows {
        let answers = answered(&AnswersInput {
            evidence,
            range,
            plan: None,
        });
        check(&answers.why, why);
        check(&answers.todo, todo);
    }
}

#[test]
fn without_ground_truth_remedies_lower_the_difference_to_fp32() {
    let with = Budget {
        mse_fp32: 0.0,
        cross: 0.0,
        mse_int8: 0.0113,
        ..budget(INSIDE)
    };
    let plan = plan(&with);
    let answers = answered(&AnswersInput {
        plan: Some(&plan),
        ..only(AnswerEvidence::Predictions {
            budget: &with,
            step_m: None,
        })
    });
    check(
        &answers.todo,
        &["make sure of the loss", "RMSE against FP32 now: 106 mm."],
    );
}

#[test]
fn figures_alone_give_partial_answers() {
    let of = |rmse_int8_m| {
        let input = CalculatorInput {
            rmse_int8_m,
            ..CalculatorInput::published()
        };
        Calculator::new(&input).expect("figures")
    };
    let (rose, equal, fell) = (of(0.741), of(0.39), of(0.3));
    check(
        &answered(&only(AnswerEvidence::Figures(&of(0.3903)))).why,
        &["rounding the output explains most of it"],
    );
    let input = PlannerInput::new(PlanEvidence::Figures(&rose.theory), Bits::EIGHT);
    let plan = Plan::compute(&input).expect("a rise");
    let answers = answered(&AnswersInput {
        plan: Some(&plan),
        ..only(AnswerEvidence::Figures(&rose))
    });
    check(
        &answers.why,
        &[
            "By these figures INT8 is worse, and rounding the output explains the smaller part",
            "implies noise of 630 mm if it is independent",
            "0.0679 %",
            "drop ground truth",
        ],
    );
    check(
        &answers.range,
        &["raises the RMSE by 0.345 mm", "drop ground truth maps"],
    );
    check(
        &answers.todo,
        &[
            "These are worth a try",
            "FP16 everywhere might bring",
            "Drop maps to have assumptions replaced",
        ],
    );
    check(
        &answered(&only(AnswerEvidence::Figures(&rose))).todo,
        &["A plan for the network takes more evidence."],
    );
    check(
        &answered(&only(AnswerEvidence::Figures(&equal))).why,
        &["By these figures INT8 is not worse."],
    );
    let fell = answered(&only(AnswerEvidence::Figures(&fell)));
    check(&fell.why, &["By these figures INT8 is better."]);
    check(&fell.todo, &["Nothing needs doing"]);
}

#[test]
fn every_range_finding_has_its_words() {
    let (far, near) = (room(30.0), room(3.0));
    let wide = report(&far, 0.5, 15.0, Policy::Count);
    let narrow = report(&far, 0.5, 7.5, Policy::Count);
    let small = report(&near, 0.5, 15.0, Policy::Count);
    let excluded = report(&far, 0.5, 15.0, Policy::Exclude);
    let clamped = report(&far, 0.5, 15.0, Policy::Clamp);
    let beside = report(&near, 5.0, 15.0, Policy::Exclude);
    let (farther, nearer) = (best(40.0, 0.05), best(3.1, 0.003));
    let same = best(15.0, small.rmse_m().expect("pixels"));
    let requantized = |best_m| RequantizedRange {
        now_m: 0.4,
        best: OutputRange::new(0.5, 9.0).expect("a range"),
        best_m,
    };
    let rows: [(RangeEvidence, &[&str]); 10] = [
        (
            RangeEvidence {
                narrower: Some(&narrow),
                ..evidence(&wide, &farther)
            },
            &[
                "No, the output code's RMSE would be lower with a range that ends farther.",
                "Narrowed to [0.5, 7.5] m",
                "40 m for RMSE, 32 m for abs_rel, 28 m for delta1.",
            ],
        ),
        (
            evidence(&small, &nearer),
            &["Yes, a range that ends nearer", "3.1 m for RMSE"],
        ),
        (evidence(&small, &same), &["Hardly: no range lowers"]),
        (
            evidence(&small, &[]),
            &["The best range is not known yet.", "still being looked for"],
        ),
        (
            RangeEvidence {
                policy: Policy::Exclude,
                narrower: Some(&narrow),
                ..evidence(&excluded, &farther)
            },
            &["Only on paper", "left out of the measurement"],
        ),
        (
            RangeEvidence {
                policy: Policy::Clamp,
                ..evidence(&clamped, &farther)
            },
            &["Only on paper", "against a clamped truth"],
        ),
        (
            RangeEvidence {
                policy: Policy::Exclude,
                ..evidence(&beside, &farther)
            },
            &["No measured pixel lies inside", "in place of [5, 15] m"],
        ),
        (
            RangeEvidence {
                requantized: Some(requantized(0.38)),
                ..evidence(&wide, &farther)
            },
            &[
                "Yes, a range that ends nearer",
                "against ground truth goes from 400 mm to 380 mm at best, with [0.5, 9] m.",
            ],
        ),
        (
            RangeEvidence {
                requantized: Some(requantized(0.399)),
                ..evidence(&wide, &farther)
            },
            &["Hardly"],
        ),
        (
            RangeEvidence {
                depths_source: DepthsSource::Prediction,
                ..evidence(&small, &nearer)
            },
            &["judged on a prediction's depths; drop ground truth maps"],
        ),
    ];
    for (evidence, words) in rows {
        let answers = answered(&AnswersInput {
            range: Some(evidence),
            ..only(AnswerEvidence::GroundTruth)
        });
        check(&answers.range, words);
    }
    check(
        &answered(&only(AnswerEvidence::GroundTruth)).range,
        &[
            "It takes depths and a range to tell.",
            "Set the range that the output has.",
        ],
    );
}

#[test]
fn remedies_without_gain_are_not_named() {
    let budget = budget(INSIDE);
    let change = change(0.39, 0.4067, WORSE);
    let mut nothing = plan(&budget);
    for r in &mut nothing.remedies {
        r.gain_m = 0.0;
    }
    let answers = answered(&AnswersInput {
        plan: Some(&nothing),
        ..only(all(&budget, &change))
    });
    check(
        &answers.todo,
        &["No remedy in the table is expected to lower the RMSE here."],
    );
    let undoing = Budget {
        cross: -0.001,
        ..budget
    };
    let plan = plan(&undoing);
    let answers = answered(&AnswersInput {
        plan: Some(&plan),
        ..only(all(&undoing, &change))
    });
    check(
        &answers.todo,
        &[
            "These are worth a try",
            "less noise need not mean less error",
        ],
    );
    let named = answers.todo.text().matches(" might bring ").count();
    assert!((1..=MAX_REMEDIES).contains(&named), "{named}");
}

#[test]
fn tried_codes_and_gains_below_the_interval_are_marked() {
    use fathom_analysis::diagnosis::requantized::{RequantizedMse, TriedCodes};
    let budget = budget(INSIDE);
    let change = change(0.39, 0.4067, WORSE);
    let range = OutputRange::new(0.5, 9.0).expect("a range");
    let tried = TriedCodes {
        best_range: Some((
            range,
            RequantizedMse {
                mse_code: 1e-4,
                mse_to_gt: 0.13,
            },
        )),
        bits: vec![(
            Bits::SIXTEEN,
            RequantizedMse {
                mse_code: 0.0,
                mse_to_gt: 0.131,
            },
        )],
        ..TriedCodes::default()
    };
    let input = PlannerInput {
        tried,
        change_interval_m: Some((-0.4, 0.4)),
        ..PlannerInput::new(PlanEvidence::Measured(&budget), Bits::EIGHT)
    };
    let plan = Plan::compute(&input).expect("an error");
    let answers = answered(&AnswersInput {
        plan: Some(&plan),
        ..only(all(&budget, &change))
    });
    check(
        &answers.todo,
        &[
            "The best output range, [0.5, 9] m, might bring ",
            "16 bits for the output might bring",
            ", measured; less than these frames can show).",
        ],
    );
}

#[test]
fn every_section_has_its_own_anchor() {
    let mut ids: Vec<_> = SectionId::ALL.iter().map(|p| p.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), SectionId::ALL.len());
}
