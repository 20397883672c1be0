//! So what should be done? The first remedies of the plan, and what to drop for a better one.

use super::super::findings::{self, TodoFinding};
use super::super::{AnswersInput, Held, Paragraph, Place};
use super::Filling::{self, Figure};
use super::{Words, length};
use fathom_analysis::practice::planner::{Basis, Plan, Remedy, RemedyKind, Setting, Visibility};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::metrics::Metric;
use fathom_core::units;

/// The third question.
const QUESTION: &str = msgid("So what should be done?");

pub(in crate::answers) fn todo(input: &AnswersInput, finding: TodoFinding) -> Paragraph {
    let mut words = Words::default();
    let w = &mut words;
    match (finding, input.plan) {
        (TodoFinding::Try | TodoFinding::Perhaps, Some(plan)) => {
            let now = match input.held {
                Held::Predictions { .. } => tr!("RMSE against FP32 now: {now}."),
                _ => tr!("RMSE now: {now}."),
            };
            let remedies: Vec<&Remedy> = findings::gains(&plan.remedies).collect();
            let ([own], each) = told_together([plan.rmse_int8_m], &remedies);
            w.write(now, &[("now", Figure(own, Place::Planner))]);
            for (r, told) in remedies.iter().zip(each) {
                remedy(w, r, told);
            }
            if plan.cross < 0.0 {
                w.say(tr!(
                    "INT8's noise undoes some of FP32's own error here, so less noise need not mean less error.",
                ));
            }
        }
        (TodoFinding::NoLossShown, Some(plan)) if plan.rmse_int8_m > plan.rmse_fp32_m => {
            little_to_win(w, plan);
        }
        (TodoFinding::NoLossShown, _) => {
            w.say(tr!(
                "If the RMSE has to be lower, look at the network's own error first.",
            ));
        }
        (TodoFinding::NoGain, Some(plan)) => {
            w.write(
                tr!("All of them leave the RMSE of {now} where it is or raise it."),
                &[("now", length(plan.rmse_int8_m, Place::Planner))],
            );
        }
        _ => best_output(w, input),
    }
    if let Some(missing) = missing(&input.held)
        && finding != TodoFinding::Nothing
    {
        w.say(missing);
    }
    if w.0.is_empty() {
        w.say(tr!(
            "Drop ground truth, FP32 and INT8 maps of the same frames, or open the calculator.",
        ));
    }
    words.paragraph(tr_dynamic(QUESTION), todo_headline(finding))
}

/// Where even a perfect INT8 would gain nothing that counts.
fn little_to_win(w: &mut Words, plan: &Plan) {
    let measured = findings::gains(&plan.remedies)
        .find(|r| r.basis == Basis::Measured && r.visibility == Visibility::Beyond);
    let tried = measured.as_slice();
    let ([now, then], told) = told_together([plan.rmse_int8_m, plan.rmse_fp32_m], tried);
    w.write(
        tr!("Even a remedy that removed all of INT8's noise would take the RMSE from {now} to {then}."),
        &[
            ("now", Figure(now, Place::Planner)),
            ("then", Figure(then, Place::Planner)),
        ],
    );
    w.say(tr!(
        "If it has to be lower, look at the network's own error first.",
    ));
    for (r, told) in tried.iter().zip(told) {
        w.say(tr!("Still, one remedy was tried on these very frames:"));
        remedy(w, r, told);
    }
}

/// What is said of a remedy: the RMSE now, expected, and the ends of its interval.
type RemedyLengths = [String; 4];

/// Lengths of a sentence and those of the remedies named behind it, written alike.
fn told_together<const N: usize>(
    first: [f64; N],
    remedies: &[&Remedy],
) -> ([String; N], Vec<RemedyLengths>) {
    let each: Vec<[f64; 4]> = remedies
        .iter()
        .map(|r| {
            let e = r.expected;
            [e.rmse_m + r.gain_m, e.rmse_m, e.low_m, e.high_m]
        })
        .collect();
    let groups: Vec<&[f64]> = std::iter::once(first.as_slice())
        .chain(each.iter().map(<[f64; 4]>::as_slice))
        .collect();
    let mut told = units::groups_apart(&groups).into_iter();
    let own = told.next().unwrap_or_default();
    (in_places(own), told.map(in_places).collect())
}

fn in_places<const N: usize>(texts: Vec<String>) -> [String; N] {
    let mut texts = texts.into_iter();
    std::array::from_fn(|_| texts.next().unwrap_or_default())
}

fn todo_headline(finding: TodoFinding) -> &'static str {
    match finding {
        TodoFinding::Nothing => tr!("Bring some maps or figures first."),
        TodoFinding::NoPlan => tr!("A plan for the network takes more evidence."),
        TodoFinding::NoLossShown => {
            tr!("Nothing needs doing about INT8 as far as this evidence goes.")
        }
        TodoFinding::Perhaps => {
            tr!("Before acting, make sure of the loss; these would then be worth a try.")
        }
        TodoFinding::Try => {
            tr!("These are worth a try, the lowest expected RMSE first; none is a promise.")
        }
        TodoFinding::NoGain => tr!("No remedy in the table is expected to lower the RMSE here."),
    }
}

/// What to drop for a better answer to the third question.
fn missing(held: &Held) -> Option<&'static str> {
    Some(match held {
        Held::GroundTruth => {
            tr!("Drop the FP32 and the INT8 predictions for a plan that looks inside the network.")
        }
        Held::GroundTruthAndFp32 { .. } => {
            tr!("Drop the INT8 predictions for a plan that looks inside the network.")
        }
        Held::GroundTruthAndInt8 { .. } => {
            tr!("Drop the FP32 predictions to learn what of the error INT8 made.")
        }
        Held::Predictions { .. } => {
            tr!("Drop ground truth to learn whether removing that noise helps.")
        }
        Held::Figures(_) => tr!("Drop maps to have assumptions replaced by measurements."),
        Held::Nothing | Held::All { .. } => return None,
    })
}

fn remedy(w: &mut Words, r: &Remedy, told: RemedyLengths) {
    let name = match r.kind {
        RemedyKind::OutputBits(bits) => Figure(
            units::counted(bits.into(), units::Noun::Bit),
            Place::Planner,
        ),
        kind => Filling::Words(capitalised(&kind.name())),
    };
    let template = match (r.kind, &r.setting) {
        (RemedyKind::OutputBits(_), _) => tr!(
            "{name} for the output might bring {then} in place of {now} ({low} to {high}, {known}).",
        ),
        (RemedyKind::BestRange | RemedyKind::NarrowerRange, Some(_)) => {
            tr!("{name}, {range}, might bring {then} in place of {now} ({low} to {high}, {known}).",)
        }
        _ => tr!("{name} might bring {then} in place of {now} ({low} to {high}, {known})."),
    };
    let known = match r.basis {
        Basis::Measured => tr!("measured"),
        Basis::Computed => tr!("computed"),
        Basis::Published => tr!("by what was published of other networks"),
        Basis::Assumed => tr!("assumed"),
    };
    let known = if r.visibility == Visibility::Within {
        tr!("{known}; less than these frames can show", known)
    } else {
        known.to_owned()
    };
    let [now, then, low, high] = told;
    let range = r.setting.as_ref().map(Setting::text).unwrap_or_default();
    w.write(
        template,
        &[
            ("name", name),
            ("range", Figure(range, Place::Ranges)),
            ("then", Figure(then, Place::Planner)),
            ("now", Figure(now, Place::Planner)),
            ("low", Figure(low, Place::Planner)),
            ("high", Figure(high, Place::Planner)),
            ("known", Filling::Words(known)),
        ],
    );
}

/// With a capital letter in front, where the script has them.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.clone()).collect()
}

/// What the output code's range could do where no plan can be made.
fn best_output(w: &mut Words, input: &AnswersInput) {
    let Some(facts) = &input.range else {
        return;
    };
    let Some(best) = findings::best_of(facts.best, Metric::Rmse) else {
        return;
    };
    let range = units::range(best.range.min_m(), best.range.max_m());
    let range = ("range", Figure(range, Place::Ranges));
    let then = ("then", length(best.value, Place::Ranges));
    if let Some(now_m) = facts.current.rmse_m() {
        w.write(
            tr!("For the output alone, {range} has the lowest RMSE, {then}, against {now} now."),
            &[range, then, ("now", length(now_m, Place::Table))],
        );
    } else {
        w.write(
            tr!("For the output alone, {range} has the lowest RMSE, {then}."),
            &[range, then],
        );
    }
}
