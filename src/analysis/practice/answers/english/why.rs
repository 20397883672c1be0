//! Why is INT8 so much worse than the theory? The change with its interval, the largest part of the noise, the prediction.

use super::super::findings::{Dominant, Tell, WhyFinding};
use super::super::{AnswersInput, Held, Paragraph, Place};
use super::{Words, output_alone, range_text};
use crate::analysis::practice::calculator::{Calculator, Direction, fine_percent};
use crate::compare::{Budget, Change};
use crate::units;

const WHY: &str = "Why is INT8 so much worse than the theory?";

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

pub(in crate::analysis::practice::answers) fn why(
    input: &AnswersInput,
    finding: WhyFinding,
) -> Paragraph {
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
                w.say(" Part of that noise happens to undo errors that FP32 has anyway.");
            }
        }
        (WhyFinding::NoGroundTruth(dominant), Held::Predictions { budget, .. }) => {
            noise(w, budget, dominant);
            w.say(" Drop the ground truth maps to see whether that makes the depths worse, and by how much.");
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
        ) => {
            w.say("INT8 has an RMSE of ")
                .length(*rmse_int8_m, Place::Metrics);
            if let Some(step_m) = step_m {
                w.say("; its values lie ").length(*step_m, Place::Grid);
                w.say(" apart, which by itself rounds by ")
                    .length(step_m / 12.0_f64.sqrt(), Place::Grid);
            }
            w.say(". Drop the FP32 predictions of the same frames to see what of it was there before.");
        }
        (WhyFinding::OnlyGroundTruth, _) => {
            if let Some(facts) = &input.range {
                output_alone(w, facts);
                w.say(" ");
            }
            w.say("Drop the FP32 and the INT8 predictions of the same frames to see what the network's inside adds.");
        }
        (WhyFinding::Figures(direction), Held::Figures(c)) => figures(w, c, direction),
        (WhyFinding::NotFinite, _) => {
            w.say(
                "An error is infinite or not a number, as it gets where a prediction holds such values or an evaluator takes logarithms \
                 of zeros. Drop files without such values, or choose an evaluator with a floor.",
            );
        }
        _ => {
            w.say(
                "Drop ground truth, FP32 and INT8 maps of the same frames, or type two RMSEs and a range into the calculator.",
            );
        }
    }
    let output_share = match &input.held {
        Held::Figures(c) => c.theory.output_share.unwrap_or(0.0),
        _ => 0.0,
    };
    let headline = why_headline(finding, output_share);
    words.paragraph(WHY, &headline)
}

fn why_headline(finding: WhyFinding, output_share: f64) -> String {
    match finding {
        WhyFinding::Nothing => "There is nothing to compare yet.".to_owned(),
        WhyFinding::NotFinite => "It cannot be told: an error figure is not finite.".to_owned(),
        WhyFinding::OnlyGroundTruth => {
            "Ground truth alone shows what the output code costs, not what the network loses.".to_owned()
        }
        WhyFinding::NoInt8 => "It cannot be told without the INT8 predictions.".to_owned(),
        WhyFinding::NoFp32 => "It cannot be told without the FP32 predictions.".to_owned(),
        WhyFinding::NoGroundTruth(Dominant::Nothing) => "INT8 and FP32 predict the same depths.".to_owned(),
        WhyFinding::NoGroundTruth(dominant) => format!(
            "Whether INT8 is worse takes ground truth; how it differs from FP32 is {}.",
            mostly(dominant)
        ),
        WhyFinding::Told(Tell::Worse, dominant) => {
            format!("INT8 is worse on these frames, and its noise is {}.", mostly(dominant))
        }
        WhyFinding::Told(Tell::Better, _) => "INT8 is not worse: on these frames its RMSE is lower.".to_owned(),
        WhyFinding::Told(Tell::MayBeChance, _) => "These frames do not show that INT8 is worse.".to_owned(),
        WhyFinding::Told(Tell::TooFewFrames, _) => {
            "These are too few frames to tell whether INT8 is worse.".to_owned()
        }
        WhyFinding::Figures(Direction::Rose) if output_share > 0.5 => {
            "By these figures INT8 is worse, and rounding the output explains most of it.".to_owned()
        }
        WhyFinding::Figures(Direction::Rose) => {
            "By these figures INT8 is worse, and rounding the output explains the smaller part of it.".to_owned()
        }
        WhyFinding::Figures(Direction::Equal) => "By these figures INT8 is not worse.".to_owned(),
        WhyFinding::Figures(Direction::Fell) => "By these figures INT8 is better.".to_owned(),
    }
}

/// Where the noise is from, to follow "is".
fn mostly(dominant: Dominant) -> String {
    let degree = if dominant.share() > 0.5 {
        "mostly"
    } else {
        "in no single part by more than half, most of all"
    };
    match dominant {
        Dominant::Nothing => "nil".to_owned(),
        Dominant::Output(_) => format!("{degree} its output code"),
        Dominant::Line(_) => format!("{degree} bias, scale and shift"),
        Dominant::Inside(_) => {
            format!("{degree} from inside the network, not from its output code")
        }
        Dominant::Rest(_) => format!("{degree} random noise, output code and inside together"),
    }
}

fn told(w: &mut Words, tell: Tell, dominant: Dominant, change: &Change, frames: usize) {
    if dominant == Dominant::Nothing {
        w.say("INT8 and FP32 predict the same depths: both have an RMSE of ")
            .length(change.int8, Place::Metrics);
        w.say(".");
        return;
    }
    let [before, after] = units::lengths_apart([change.fp32, change.int8]);
    w.say("RMSE goes from ").figure(before, Place::Metrics);
    w.say(" to ").figure(after, Place::Metrics);
    let difference_m = change.difference();
    let (low_m, high_m) = change.interval().unwrap_or((difference_m, difference_m));
    let [by, low, high] = units::lengths_apart([difference_m, low_m, high_m]);
    w.say(", a change of ")
        .figure(signed(difference_m, by), Place::Metrics);
    let frames_text = units::counted(frames, "frame");
    if change.interval().is_some() {
        w.say(" (95 % interval ")
            .figure(signed(low_m, low), Place::Metrics);
        w.say(" to ").figure(signed(high_m, high), Place::Metrics);
        w.say(", ").figure(frames_text, Place::Frames).say(")");
    } else {
        w.say(" over ").figure(frames_text, Place::Frames);
    }
    w.say(match tell {
        Tell::MayBeChance => ". The interval holds zero: the change may be chance.",
        Tell::TooFewFrames => ": an interval takes more. Drop more frames.",
        Tell::Worse | Tell::Better => ".",
    });
    if change.interval().is_some() && change.neighbours.is_some_and(|c| c > ALIKE) {
        w.say(" Neighbouring frames are alike, so the interval is rather too narrow.");
    }
}

fn noise(w: &mut Words, budget: &Budget, dominant: Dominant) {
    if dominant == Dominant::Nothing {
        return;
    }
    let share = |mse: f64| mse / budget.mse_quant;
    w.say(" What INT8 adds to FP32's depths has an RMS of ")
        .length(budget.rms_q_m(), Place::Budget);
    let line = share(budget.bias_square + budget.scale_square);
    match budget.output {
        Some(output) => {
            w.say("; of its square the output code is ")
                .share(share(output.mse), Place::Budget);
            w.say(", bias, scale and shift are ")
                .share(line, Place::Budget);
            if budget.random >= 0.0 {
                w.say(", and the rest, ")
                    .share(share(budget.random), Place::Budget);
                w.say(", is noise from inside the network.");
            } else {
                w.say(", which its clipping makes in part: nothing is left for the inside of the network.");
            }
        }
        None => {
            w.say("; of its square bias, scale and shift are ")
                .share(line, Place::Budget);
            w.say(" and random noise is ")
                .share(share(budget.random), Place::Budget);
            w.say(
                ". INT8's values lie on no grid that can be recovered, so the output code's part cannot be told: drop the INT8 maps as the \
                 network puts them out, before any resizing or filtering.",
            );
        }
    }
}

fn theory(w: &mut Words, budget: &Budget, step_m: Option<f64>) {
    let Some(step_m) = step_m.filter(|s| s.is_finite()) else {
        return;
    };
    let predicted_m = budget.predictions(step_m).ideal_step_m;
    let [predicted, measured] = units::lengths_apart([predicted_m, budget.rmse_int8_m()]);
    w.say(" Theory, which knows the output step alone, predicts ")
        .figure(predicted, Place::Budget);
    w.say(" where ")
        .figure(measured, Place::Budget)
        .say(" is measured.");
}

fn no_int8(w: &mut Words, input: &AnswersInput, rmse_fp32_m: f64) {
    w.say("FP32 has an RMSE of ")
        .length(rmse_fp32_m, Place::Metrics);
    if let Some(facts) = &input.range {
        let ideal_m = facts.current.ideal_rmse_m;
        w.say("; rounding its output to ")
            .figure(range_text(facts.current), Place::Table);
        w.say(" should by theory make that ");
        w.length(
            (rmse_fp32_m * rmse_fp32_m + ideal_m * ideal_m).sqrt(),
            Place::Table,
        );
    }
    w.say(". Drop the INT8 predictions of the same frames to see what really becomes of it.");
}

fn figures(w: &mut Words, c: &Calculator, direction: Direction) {
    let t = &c.theory;
    let [before, after, predicted] =
        units::lengths_apart([t.rmse_fp32_m, t.rmse_int8_m, t.predicted_m]);
    w.say("RMSE goes from ").figure(before, Place::Calculator);
    w.say(" to ").figure(after, Place::Calculator);
    w.say("; theory, which knows the output step alone, predicts ")
        .figure(predicted, Place::Calculator);
    if let (Direction::Rose, Some(implied_m), Some(share)) =
        (direction, t.implied_m, t.output_share)
    {
        w.say(". The rise implies noise of ")
            .length(implied_m, Place::Calculator);
        w.say(" if it is independent, of whose square the output is ")
            .figure(fine_percent(share), Place::Calculator);
    }
    w.say(
        ". Figures alone cannot tell bias from noise, nor chance from loss: drop ground truth, FP32 and INT8 maps of the same frames.",
    );
}
