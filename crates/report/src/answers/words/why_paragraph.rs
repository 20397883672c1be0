//! Why is INT8 so much worse than the theory? The change with its interval, the largest part of the noise, the prediction.

use super::super::findings::{Dominant, Tell, WhyFinding};
use super::super::{AnswersInput, Held, Paragraph, Place};
use super::{Filling::Figure, Words, length, output_alone, range_text, share};
use fathom_analysis::compare::{Budget, Change};
use fathom_analysis::practice::calculator::{Calculator, Direction, fine_percent};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::units;

const WHY: &str = msgid("Why is INT8 so much worse than the theory?");

/// Correlation of neighbouring frames above which the interval is called too narrow.
const ALIKE: f64 = 0.3;

/// A change with its sign.
fn signed(metres: f64, text: String) -> String {
    if metres > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

pub(in crate::answers) fn why(input: &AnswersInput, finding: WhyFinding) -> Paragraph {
    let mut words = Words::default();
    let w = &mut words;
    match (finding, &input.held) {
        (
            WhyFinding::Told(tell, dominant),
            Held::All {
                budget,
                step_m,
                change,
                frames,
            },
        ) => {
            told(w, tell, dominant, change, *frames);
            noise(w, budget, dominant);
            theory(w, budget, *step_m);
            if budget.cross < 0.0 && dominant != Dominant::Nothing {
                w.say(tr!(
                    "Part of that noise happens to undo errors that FP32 has anyway.",
                ));
            }
        }
        (WhyFinding::NoGroundTruth(dominant), Held::Predictions { budget, .. }) => {
            noise(w, budget, dominant);
            w.say(tr!(
                "Drop the ground truth maps to see whether that makes the depths worse, and by how much.",
            ));
        }
        (WhyFinding::NoInt8, Held::GroundTruthAndFp32 { rmse_fp32_m }) => {
            no_int8(w, input, *rmse_fp32_m);
        }
        (
            WhyFinding::NoFp32,
            Held::GroundTruthAndInt8 {
                rmse_int8_m,
                step_m,
            },
        ) => no_fp32(w, *rmse_int8_m, *step_m),
        (WhyFinding::OnlyGroundTruth, _) => {
            if let Some(facts) = &input.range {
                output_alone(w, facts);
            }
            w.say(tr!(
                "Drop the FP32 and the INT8 predictions of the same frames to see what the network's inside adds.",
            ));
        }
        (WhyFinding::Figures(direction), Held::Figures(c)) => figures(w, c, direction),
        (WhyFinding::NotFinite, _) => {
            w.say(tr!(
                "An error is infinite or not a number, as it gets where a prediction holds such values or an evaluator takes logarithms \
                 of zeros. Drop files without such values, or choose an evaluator with a floor.",
            ));
        }
        _ => {
            w.say(tr!(
                "Drop ground truth, FP32 and INT8 maps of the same frames, or type two RMSEs and a range into the calculator.",
            ));
        }
    }
    let output_share = match &input.held {
        Held::Figures(c) => c.theory.output_share.unwrap_or(0.0),
        _ => 0.0,
    };
    let headline = why_headline(finding, output_share);
    words.paragraph(tr_dynamic(WHY), &headline)
}

fn why_headline(finding: WhyFinding, output_share: f64) -> String {
    match finding {
        WhyFinding::Nothing => tr!("There is nothing to compare yet.").to_owned(),
        WhyFinding::NotFinite => tr!("It cannot be told: an error figure is not finite.").to_owned(),
        WhyFinding::OnlyGroundTruth => {
            tr!("Ground truth alone shows what the output code costs, not what the network loses.").to_owned()
        }
        WhyFinding::NoInt8 => tr!("It cannot be told without the INT8 predictions.").to_owned(),
        WhyFinding::NoFp32 => tr!("It cannot be told without the FP32 predictions.").to_owned(),
        WhyFinding::NoGroundTruth(Dominant::Nothing) => tr!("INT8 and FP32 predict the same depths.").to_owned(),
        WhyFinding::NoGroundTruth(dominant) => tr!("Whether INT8 is worse takes ground truth; how it differs from FP32 is {}.", mostly(dominant)),
        WhyFinding::Told(Tell::Worse, dominant) => {
            tr!("INT8 is worse on these frames, and its noise is {}.", mostly(dominant))
        }
        WhyFinding::Told(Tell::Better, _) => tr!("INT8 is not worse: on these frames its RMSE is lower.").to_owned(),
        WhyFinding::Told(Tell::MayBeChance, _) => tr!("These frames do not show that INT8 is worse.").to_owned(),
        WhyFinding::Told(Tell::TooFewFrames, _) => {
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

/// Where the noise is from, to follow "is".
fn mostly(dominant: Dominant) -> &'static str {
    let is_most = dominant.share() > 0.5;
    match dominant {
        Dominant::Nothing => tr!("nil"),
        Dominant::Output(_) if is_most => tr!("mostly its output code"),
        Dominant::Output(_) => {
            tr!("in no single part by more than half, most of all its output code")
        }
        Dominant::Line(_) if is_most => tr!("mostly bias, scale and shift"),
        Dominant::Line(_) => {
            tr!("in no single part by more than half, most of all bias, scale and shift")
        }
        Dominant::Inside(_) if is_most => {
            tr!("mostly from inside the network, not from its output code")
        }
        Dominant::Inside(_) => tr!(
            "in no single part by more than half, most of all from inside the network, not from its output code",
        ),
        Dominant::Rest(_) if is_most => {
            tr!("mostly random noise, output code and inside together")
        }
        Dominant::Rest(_) => tr!(
            "in no single part by more than half, most of all random noise, output code and inside together",
        ),
    }
}

fn told(w: &mut Words, tell: Tell, dominant: Dominant, change: &Change, frames: usize) {
    if dominant == Dominant::Nothing {
        w.write(
            tr!("INT8 and FP32 predict the same depths: both have an RMSE of {rmse}."),
            &[("rmse", length(change.int8, Place::Metrics))],
        );
        return;
    }
    let [before, after] = units::lengths_apart([change.fp32, change.int8]);
    let difference_m = change.difference();
    let (low_m, high_m) = change.interval().unwrap_or((difference_m, difference_m));
    let [by, low, high] = units::lengths_apart([difference_m, low_m, high_m]);
    let frames_text = units::counted(frames, units::Noun::Frame);
    let figure = |text| Figure(text, Place::Metrics);
    let before = ("before", figure(before));
    let after = ("after", figure(after));
    let by = ("by", figure(signed(difference_m, by)));
    let frames = ("frames", Figure(frames_text, Place::Frames));
    if change.interval().is_some() {
        let low = ("low", figure(signed(low_m, low)));
        let high = ("high", figure(signed(high_m, high)));
        w.write(
            tr!("RMSE goes from {before} to {after}, a change of {by} (95 % interval {low} to {high}, {frames})."),
            &[before, after, by, low, high, frames],
        );
    } else {
        let template = match tell {
            Tell::TooFewFrames => tr!(
                "RMSE goes from {before} to {after}, a change of {by} over {frames}: an interval takes more. Drop more frames.",
            ),
            Tell::MayBeChance | Tell::Worse | Tell::Better => {
                tr!("RMSE goes from {before} to {after}, a change of {by} over {frames}.")
            }
        };
        w.write(template, &[before, after, by, frames]);
    }
    if tell == Tell::MayBeChance {
        w.say(tr!("The interval holds zero: the change may be chance."));
    }
    if change.interval().is_some() && change.neighbours.is_some_and(|c| c > ALIKE) {
        w.say(tr!(
            "Neighbouring frames are alike, so the interval is rather too narrow.",
        ));
    }
}

fn noise(w: &mut Words, budget: &Budget, dominant: Dominant) {
    if dominant == Dominant::Nothing {
        return;
    }
    let part = |mse: f64| share(mse / budget.mse_quant, Place::Budget);
    let rms = ("rms", length(budget.rms_q_m(), Place::Budget));
    let line = ("line", part(budget.bias_square + budget.scale_square));
    let random = ("random", part(budget.random));
    match budget.output {
        Some(output) if budget.random >= 0.0 => w.write(
            tr!(
                "What INT8 adds to FP32's depths has an RMS of {rms}; of its square the output code is {output}, bias, scale and shift are \
                 {line}, and the rest, {random}, is noise from inside the network.",
            ),
            &[rms, ("output", part(output.mse)), line, random],
        ),
        Some(output) => w.write(
            tr!(
                "What INT8 adds to FP32's depths has an RMS of {rms}; of its square the output code is {output}, bias, scale and shift are \
                 {line}, which its clipping makes in part: nothing is left for the inside of the network.",
            ),
            &[rms, ("output", part(output.mse)), line],
        ),
        None => w.write(
            tr!(
                "What INT8 adds to FP32's depths has an RMS of {rms}; of its square bias, scale and shift are {line} and random noise is \
                 {random}. INT8's values lie on no grid that can be recovered, so the output code's part cannot be told: drop the INT8 \
                 maps as the network puts them out, before any resizing or filtering.",
            ),
            &[rms, line, random],
        ),
    };
}

fn theory(w: &mut Words, budget: &Budget, step_m: Option<f64>) {
    let Some(step_m) = step_m.filter(|s| s.is_finite()) else {
        return;
    };
    let predicted_m = budget.predictions(step_m).ideal_step_m;
    let [predicted, measured] = units::lengths_apart([predicted_m, budget.rmse_int8_m()]);
    w.write(
        tr!("Theory, which knows the output step alone, predicts {predicted} where {measured} is measured."),
        &[
            ("predicted", Figure(predicted, Place::Budget)),
            ("measured", Figure(measured, Place::Budget)),
        ],
    );
}

fn no_fp32(w: &mut Words, rmse_int8_m: f64, step_m: Option<f64>) {
    let rmse = ("rmse", length(rmse_int8_m, Place::Metrics));
    match step_m {
        Some(step_m) => {
            let rounding_m = step_m / 12.0_f64.sqrt();
            w.write(
                tr!("INT8 has an RMSE of {rmse}; its values lie {step} apart, which by itself rounds by {rounding}."),
                &[
                    rmse,
                    ("step", length(step_m, Place::Grid)),
                    ("rounding", length(rounding_m, Place::Grid)),
                ],
            )
        }
        None => w.write(tr!("INT8 has an RMSE of {rmse}."), &[rmse]),
    };
    w.say(tr!(
        "Drop the FP32 predictions of the same frames to see what of it was there before.",
    ));
}

fn no_int8(w: &mut Words, input: &AnswersInput, rmse_fp32_m: f64) {
    let rmse = ("rmse", length(rmse_fp32_m, Place::Metrics));
    match &input.range {
        Some(facts) => {
            let ideal_m = facts.current.ideal_rmse_m;
            let coded_m = (rmse_fp32_m * rmse_fp32_m + ideal_m * ideal_m).sqrt();
            w.write(
                tr!("FP32 has an RMSE of {rmse}; rounding its output to {range} should by theory make that {coded}."),
                &[
                    rmse,
                    ("range", Figure(range_text(facts.current), Place::Table)),
                    ("coded", length(coded_m, Place::Table)),
                ],
            )
        }
        None => w.write(tr!("FP32 has an RMSE of {rmse}."), &[rmse]),
    };
    w.say(tr!(
        "Drop the INT8 predictions of the same frames to see what really becomes of it.",
    ));
}

fn figures(w: &mut Words, c: &Calculator, direction: Direction) {
    let t = &c.theory;
    let texts = units::lengths_apart([t.rmse_fp32_m, t.rmse_int8_m, t.predicted_m]);
    let [before, after, predicted] = texts.map(|text| Figure(text, Place::Calculator));
    w.write(
        tr!("RMSE goes from {before} to {after}; theory, which knows the output step alone, predicts {predicted}."),
        &[("before", before), ("after", after), ("predicted", predicted)],
    );
    if let (Direction::Rose, Some(implied_m), Some(share)) =
        (direction, t.implied_m, t.output_share)
    {
        w.write(
            tr!("The rise implies noise of {implied} if it is independent, of whose square the output is {share}."),
            &[
                ("implied", length(implied_m, Place::Calculator)),
                ("share", Figure(fine_percent(share), Place::Calculator)),
            ],
        );
    }
    w.say(tr!(
        "Figures alone cannot tell bias from noise, nor chance from loss: drop ground truth, FP32 and INT8 maps of the same frames.",
    ));
}
