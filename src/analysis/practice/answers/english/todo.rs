//! So what should be done? The first remedies of the plan, and what to drop for a better one.

use super::super::findings::{self, TodoFinding};
use super::super::{AnswersInput, Held, Paragraph, Place};
use super::Words;
use crate::analysis::practice::planner::{Basis, Plan, Remedy, RemedyKind, Visibility};
use crate::metrics::Metric;
use crate::units;

/// The third question.
const QUESTION: &str = "So what should be done?";

pub(in crate::analysis::practice::answers) fn todo(
    input: &AnswersInput,
    finding: TodoFinding,
) -> Paragraph {
    let mut words = Words::default();
    let w = &mut words;
    match (finding, input.plan) {
        (TodoFinding::Try | TodoFinding::Perhaps, Some(plan)) => {
            let against = match input.held {
                Held::Predictions { .. } => "RMSE against FP32 now: ",
                _ => "RMSE now: ",
            };
            w.say(against);
            remedies(w, plan);
            if plan.cross < 0.0 {
                w.say(" INT8's noise undoes some of FP32's own error here, so less noise need not mean less error.");
            }
        }
        (TodoFinding::NoLossShown, Some(plan)) if plan.rmse_int8_m > plan.rmse_fp32_m => {
            w.say("Even a remedy that removed all of INT8's noise would take the RMSE from ");
            let [now, then] = units::lengths_apart([plan.rmse_int8_m, plan.rmse_fp32_m]);
            w.figure(now, Place::Planner).say(" to ");
            w.figure(then, Place::Planner);
            w.say(". If it has to be lower, look at the network's own error first.");
            let measured = findings::gains(&plan.remedies)
                .find(|r| r.basis == Basis::Measured && r.visibility == Visibility::Beyond);
            if let Some(r) = measured {
                w.say(" Still, one remedy was tried on these very frames: ");
                remedy(w, r);
            }
        }
        (TodoFinding::NoLossShown, _) => {
            w.say("If the RMSE has to be lower, look at the network's own error first.");
        }
        (TodoFinding::NoGain, Some(plan)) => {
            w.say("All of them leave the RMSE of ")
                .length(plan.rmse_int8_m, Place::Planner);
            w.say(" where it is or raise it.");
        }
        _ => best_output(w, input),
    }
    let missing = missing(&input.held);
    if finding != TodoFinding::Nothing && !missing.is_empty() {
        w.say(" ").say(missing);
    }
    if w.0.is_empty() {
        w.say("Drop ground truth, FP32 and INT8 maps of the same frames, or open the calculator.");
    }
    words.paragraph(QUESTION, todo_headline(finding))
}

fn todo_headline(finding: TodoFinding) -> &'static str {
    match finding {
        TodoFinding::Nothing => "Bring some maps or figures first.",
        TodoFinding::NoPlan => "A plan for the network takes more evidence.",
        TodoFinding::NoLossShown => "Nothing needs doing about INT8 as far as this evidence goes.",
        TodoFinding::Perhaps => {
            "Before acting, make sure of the loss; these would then be worth a try."
        }
        TodoFinding::Try => {
            "These are worth a try, the lowest expected RMSE first; none is a promise."
        }
        TodoFinding::NoGain => "No remedy in the table is expected to lower the RMSE here.",
    }
}

/// What to drop for a better answer to the third question.
fn missing(held: &Held) -> &'static str {
    match held {
        Held::GroundTruth => {
            "Drop the FP32 and the INT8 predictions for a plan that looks inside the network."
        }
        Held::GroundTruthAndFp32 { .. } => {
            "Drop the INT8 predictions for a plan that looks inside the network."
        }
        Held::GroundTruthAndInt8 { .. } => {
            "Drop the FP32 predictions to learn what of the error INT8 made."
        }
        Held::Predictions { .. } => "Drop ground truth to learn whether removing that noise helps.",
        Held::Figures(_) => "Drop maps to have assumptions replaced by measurements.",
        Held::Nothing | Held::All { .. } => "",
    }
}

fn remedies(w: &mut Words, plan: &Plan) {
    w.length(plan.rmse_int8_m, Place::Planner).say(".");
    for r in findings::gains(&plan.remedies) {
        w.say(" ");
        remedy(w, r);
    }
}

fn remedy(w: &mut Words, r: &Remedy) {
    if let RemedyKind::OutputBits(bits) = r.kind {
        w.figure(units::counted(bits.into(), "bit"), Place::Planner)
            .say(" for the output");
    } else {
        let name = r.kind.name();
        let mut letters = name.chars();
        let first: String = letters
            .next()
            .map(|c| c.to_uppercase().collect())
            .unwrap_or_default();
        w.say(&first).say(letters.as_str());
    }
    if let (Some(what), RemedyKind::BestRange | RemedyKind::NarrowerRange) = (&r.what, r.kind) {
        w.say(", ").figure(what.clone(), Place::Ranges).say(",");
    }
    let e = r.expected;
    let now_m = e.rmse_m + r.gain_m;
    let [now, then, low, high] = units::lengths_apart([now_m, e.rmse_m, e.low_m, e.high_m]);
    w.say(" might bring ").figure(then, Place::Planner);
    w.say(" in place of ").figure(now, Place::Planner);
    w.say(" (").figure(low, Place::Planner);
    w.say(" to ").figure(high, Place::Planner);
    w.say(match r.basis {
        Basis::Measured => ", measured",
        Basis::Computed => ", computed",
        Basis::Published => ", by what was published of other networks",
        Basis::Assumed => ", assumed",
    });
    w.say(if r.visibility == Visibility::Within {
        "; less than these frames can show)."
    } else {
        ")."
    });
}

/// What the output code's range could do where no plan can be made.
fn best_output(w: &mut Words, input: &AnswersInput) {
    let Some(facts) = &input.range else {
        return;
    };
    let Some(best) = findings::best_of(facts.best, Metric::Rmse) else {
        return;
    };
    w.say("For the output alone, ");
    w.figure(
        units::range(best.range.min_m(), best.range.max_m()),
        Place::Ranges,
    );
    w.say(" has the lowest RMSE, ")
        .length(best.value, Place::Ranges);
    if let Some(now_m) = facts.current.rmse_m() {
        w.say(", against ").length(now_m, Place::Table).say(" now");
    }
    w.say(".");
}
