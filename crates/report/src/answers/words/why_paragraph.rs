//! The first answer: why is INT8 so much worse than theory? The change with its interval, the parts of the noise, the prediction.

use super::super::answer_input::{AnswerEvidence, AnswersInput};
use super::super::findings::{DominantPart, Significance, WhyFinding};
use super::super::paragraph::{Paragraph, SectionId};
use super::paragraph_writer::{
    ParagraphWriter, Value::Figure, add_output_error, length, range_text, share,
};
use fathom_analysis::compare::{Budget, Change};
use fathom_analysis::diagnosis::calculator::{Calculator, Direction, fine_percent};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::units;

/// The first question.
const QUESTION: &str = msgid("Why is INT8 so much worse than the theory?");

/// Correlation of neighbouring frames above which the interval is called too narrow.
const CORRELATED: f64 = 0.3;

/// Prefixes a formatted change with a plus sign where it is positive.
fn signed(metres: f64, text: String) -> String {
    if metres > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

/// Writes the first answer.
pub(in crate::answers) fn why_paragraph(input: &AnswersInput, finding: WhyFinding) -> Paragraph {
    let mut words = ParagraphWriter::default();
    let w = &mut words;
    match (finding, &input.evidence) {
        (
            WhyFinding::Compared(significance, dominant),
            AnswerEvidence::All {
                budget,
                step_m,
                change,
                frames,
            },
        ) => {
            add_change(w, significance, dominant, change, *frames);
            add_noise_parts(w, budget, dominant);
            add_prediction(w, budget, *step_m);
            if budget.cross < 0.0 && dominant != DominantPart::Nothing {
                w.add(tr!(
                    "Part of that noise happens to undo errors that FP32 has anyway.",
                ));
            }
        }
        (WhyFinding::NoGroundTruth(dominant), AnswerEvidence::Predictions { budget, .. }) => {
            add_noise_parts(w, budget, dominant);
            w.add(tr!(
                "Drop the ground truth maps to see whether that makes the depths worse, and by how much.",
            ));
        }
        (WhyFinding::NoInt8, AnswerEvidence::GroundTruthAndFp32 { rmse_fp32_m }) => {
            add_fp32_only(w, input, *rmse_fp32_m);
        }
        (
            WhyFinding::NoFp32,
            AnswerEvidence::GroundTruthAndInt8 {
                rmse_int8_m,
                step_m,
            },
        ) => add_int8_only(w, *rmse_int8_m, *step_m),
        (WhyFinding::OnlyGroundTruth, _) => {
            if let Some(evidence) = &input.range {
                add_output_error(w, evidence);
            }
            w.add(tr!(
                "Drop the FP32 and the INT8 predictions of the same frames to see what the network's inside adds.",
            ));
        }
        (WhyFinding::Figures(direction), AnswerEvidence::Figures(c)) => {
            add_calculator(w, c, direction);
        }
        (WhyFinding::NotFinite, _) => {
            w.add(tr!(
                "An error is infinite or not a number, as it gets where a prediction holds such values or an evaluator takes logarithms \
                 of zeros. Drop files without such values, or choose an evaluator with a floor.",
            ));
        }
        _ => {
            w.add(tr!(
                "Drop ground truth, FP32 and INT8 maps of the same frames, or type two RMSEs and a range into the calculator.",
            ));
        }
    }
    let output_share = match &input.evidence {
        AnswerEvidence::Figures(c) => c.theory.output_share.unwrap_or(0.0),
        _ => 0.0,
    };
    let headline = headline(finding, output_share);
    words.finish(tr_dynamic(QUESTION), &headline)
}

fn headline(finding: WhyFinding, output_share: f64) -> String {
    match finding {
        WhyFinding::Nothing => tr!("There is nothing to compare yet.").to_owned(),
        WhyFinding::NotFinite => tr!("It cannot be told: an error figure is not finite.").to_owned(),
        WhyFinding::OnlyGroundTruth => {
            tr!("Ground truth alone shows what the output code costs, not what the network loses.").to_owned()
        }
        WhyFinding::NoInt8 => tr!("It cannot be told without the INT8 predictions.").to_owned(),
        WhyFinding::NoFp32 => tr!("It cannot be told without the FP32 predictions.").to_owned(),
        WhyFinding::NoGroundTruth(DominantPart::Nothing) => tr!("INT8 and FP32 predict the same depths.").to_owned(),
        WhyFinding::NoGroundTruth(dominant) => tr!("Whether INT8 is worse takes ground truth; how it differs from FP32 is {}.", largest_part(dominant)),
        WhyFinding::Compared(Significance::Worse, dominant) => {
            tr!("INT8 is worse on these frames, and its noise is {}.", largest_part(dominant))
        }
        WhyFinding::Compared(Significance::Better, _) => tr!("INT8 is not worse: on these frames its RMSE is lower.").to_owned(),
        WhyFinding::Compared(Significance::MayBeChance, _) => tr!("These frames do not show that INT8 is worse.").to_owned(),
        WhyFinding::Compared(Significance::TooFewFrames, _) => {
            tr!("These are too few frames to tell whether INT8 is worse.").to_owned()
        }
        WhyFinding::Figures(Direction::Rose) if output_share > 0.5 => {
            tr!("By these figures INT8 is worse, and rounding the output explains most of it.").to_owned()
        }
        WhyFinding::Figures(Direction::Rose) => {
            tr!("By these figures INT8 is worse, and rounding the output explains the smaller part of it.").to_owned()
        }
        WhyFinding::Figures(Direction::Equal) => tr!("By these figures INT8 is not worse.").to_owned(),
        WhyFinding::Figures(Direction::Fell) => tr!("By these figures INT8 is better.").to_owned(),
    }
}

/// Returns the largest part of the noise, as the complement of "is".
fn largest_part(dominant: DominantPart) -> &'static str {
    let is_most = dominant.share() > 0.5;
    match dominant {
        DominantPart::Nothing => tr!("nil"),
        DominantPart::Output(_) if is_most => tr!("mostly its output code"),
        DominantPart::Output(_) => {
            tr!("in no single part by more than half, most of all its output code")
        }
        DominantPart::Line(_) if is_most => tr!("mostly bias, scale and shift"),
        DominantPart::Line(_) => {
            tr!("in no single part by more than half, most of all bias, scale and shift")
        }
        DominantPart::Inside(_) if is_most => {
            tr!("mostly from inside the network, not from its output code")
        }
        DominantPart::Inside(_) => tr!(
            "in no single part by more than half, most of all from inside the network, not from its output code",
        ),
        DominantPart::Rest(_) if is_most => {
            tr!("mostly random noise, output code and inside together")
        }
        DominantPart::Rest(_) => tr!(
            "in no single part by more than half, most of all random noise, output code and inside together",
        ),
    }
}

/// Adds the change of the RMSE with its interval.
fn add_change(
    w: &mut ParagraphWriter,
    significance: Significance,
    dominant: DominantPart,
    change: &Change,
    frames: usize,
) {
    if dominant == DominantPart::Nothing {
        w.fill(
            tr!("INT8 and FP32 predict the same depths: both have an RMSE of {rmse}."),
            &[("rmse", length(change.int8, SectionId::Metrics))],
        );
        return;
    }
    let [before, after] = units::distinct_lengths([change.fp32, change.int8]);
    let difference_m = change.difference();
    let (low_m, high_m) = change.interval().unwrap_or((difference_m, difference_m));
    let [by, low, high] = units::distinct_lengths([difference_m, low_m, high_m]);
    let frames_text = units::counted(frames, units::Noun::Frame);
    let figure = |text| Figure(text, SectionId::Metrics);
    let before = ("before", figure(before));
    let after = ("after", figure(after));
    let by = ("by", figure(signed(difference_m, by)));
    let frames = ("frames", Figure(frames_text, SectionId::Frames));
    if change.interval().is_some() {
        let low = ("low", figure(signed(low_m, low)));
        let high = ("high", figure(signed(high_m, high)));
        w.fill(
            tr!("RMSE goes from {before} to {after}, a change of {by} (95 % interval {low} to {high}, {frames})."),
            &[before, after, by, low, high, frames],
        );
    } else {
        let template = match significance {
            Significance::TooFewFrames => tr!(
                "RMSE goes from {before} to {after}, a change of {by} over {frames}: an interval takes more. Drop more frames.",
            ),
            Significance::MayBeChance | Significance::Worse | Significance::Better => {
                tr!("RMSE goes from {before} to {after}, a change of {by} over {frames}.")
            }
        };
        w.fill(template, &[before, after, by, frames]);
    }
    if significance == Significance::MayBeChance {
        w.add(tr!("The interval holds zero: the change may be chance."));
    }
    if change.interval().is_some() && change.neighbours.is_some_and(|c| c > CORRELATED) {
        w.add(tr!(
            "Neighbouring frames are alike, so the interval is rather too narrow.",
        ));
    }
}

/// Adds the RMS of `q` and the shares of its parts.
fn add_noise_parts(w: &mut ParagraphWriter, budget: &Budget, dominant: DominantPart) {
    if dominant == DominantPart::Nothing {
        return;
    }
    let part = |mse: f64| share(mse / budget.mse_quant, SectionId::Budget);
    let rms = ("rms", length(budget.rms_q_m(), SectionId::Budget));
    if budget.int8_is_constant() {
        w.add(tr!(
            "INT8 is one value everywhere: look for a dead output before any remedy.",
        ));
        return;
    }
    let line = ("line", part(budget.bias_square + budget.scale_square));
    let random = ("random", part(budget.random));
    match budget.output {
        Some(output) if budget.random >= 0.0 => w.fill(
            tr!(
                "What INT8 adds to FP32's depths has an RMS of {rms}; of its square the output code is {output}, bias, scale and shift are \
                 {line}, and the rest, {random}, is noise from inside the network.",
            ),
            &[rms, ("output", part(output.mse)), line, random],
        ),
        Some(output) => w.fill(
            tr!(
                "What INT8 adds to FP32's depths has an RMS of {rms}; of its square the output code is {output}, bias, scale and shift are \
                 {line}, which its clipping makes in part: nothing is left for the inside of the network.",
            ),
            &[rms, ("output", part(output.mse)), line],
        ),
        None => w.fill(
            tr!(
                "What INT8 adds to FP32's depths has an RMS of {rms}; of its square bias, scale and shift are {line} and random noise is \
                 {random}. INT8's values lie on no grid that can be recovered, so the output code's part cannot be told: drop the INT8 \
                 maps as the network puts them out, before any resizing or filtering.",
            ),
            &[rms, line, random],
        ),
    };
}

/// Adds the RMSE that theory predicts from the output step.
fn add_prediction(w: &mut ParagraphWriter, budget: &Budget, step_m: Option<f64>) {
    let Some(step_m) = step_m.filter(|s| s.is_finite()) else {
        return;
    };
    let predicted_m = budget.predictions(step_m).ideal_step_m;
    let [predicted, measured] = units::distinct_lengths([predicted_m, budget.rmse_int8_m()]);
    w.fill(
        tr!("Theory, which knows the output step alone, predicts {predicted} where {measured} is measured."),
        &[
            ("predicted", Figure(predicted, SectionId::Budget)),
            ("measured", Figure(measured, SectionId::Budget)),
        ],
    );
}

/// Adds the RMSE of `Q` and the ideal rounding RMSE of its grid.
fn add_int8_only(w: &mut ParagraphWriter, rmse_int8_m: f64, step_m: Option<f64>) {
    let rmse = ("rmse", length(rmse_int8_m, SectionId::Metrics));
    match step_m {
        Some(step_m) => {
            let rounding_m = step_m / 12.0_f64.sqrt();
            w.fill(
                tr!("INT8 has an RMSE of {rmse}; its values lie {step} apart, which by itself rounds by {rounding}."),
                &[
                    rmse,
                    ("step", length(step_m, SectionId::Grid)),
                    ("rounding", length(rounding_m, SectionId::Grid)),
                ],
            )
        }
        None => w.fill(tr!("INT8 has an RMSE of {rmse}."), &[rmse]),
    };
    w.add(tr!(
        "Drop the FP32 predictions of the same frames to see what of it was there before.",
    ));
}

/// Adds the RMSE of `F` and what rounding should make of it.
fn add_fp32_only(w: &mut ParagraphWriter, input: &AnswersInput, rmse_fp32_m: f64) {
    let rmse = ("rmse", length(rmse_fp32_m, SectionId::Metrics));
    match &input.range {
        Some(evidence) => {
            let ideal_m = evidence.current.ideal_rmse_m;
            let coded_m = (rmse_fp32_m * rmse_fp32_m + ideal_m * ideal_m).sqrt();
            w.fill(
                tr!("FP32 has an RMSE of {rmse}; rounding its output to {range} should by theory make that {coded}."),
                &[
                    rmse,
                    ("range", Figure(range_text(evidence.current), SectionId::Table)),
                    ("coded", length(coded_m, SectionId::Table)),
                ],
            )
        }
        None => w.fill(tr!("FP32 has an RMSE of {rmse}."), &[rmse]),
    };
    w.add(tr!(
        "Drop the INT8 predictions of the same frames to see what really becomes of it.",
    ));
}

/// Adds the figures of the calculator.
fn add_calculator(w: &mut ParagraphWriter, c: &Calculator, direction: Direction) {
    let t = &c.theory;
    let texts = units::distinct_lengths([t.rmse_fp32_m, t.rmse_int8_m, t.predicted_m]);
    let [before, after, predicted] = texts.map(|text| Figure(text, SectionId::Calculator));
    w.fill(
        tr!("RMSE goes from {before} to {after}; theory, which knows the output step alone, predicts {predicted}."),
        &[("before", before), ("after", after), ("predicted", predicted)],
    );
    if let (Direction::Rose, Some(implied_m), Some(share)) =
        (direction, t.implied_m, t.output_share)
    {
        w.fill(
            tr!("The rise implies noise of {implied} if it is independent, of whose square the output is {share}."),
            &[
                ("implied", length(implied_m, SectionId::Calculator)),
                ("share", Figure(fine_percent(share), SectionId::Calculator)),
            ],
        );
    }
    w.add(tr!(
        "Figures alone cannot tell bias from noise, nor chance from loss: drop ground truth, FP32 and INT8 maps of the same frames.",
    ));
}
