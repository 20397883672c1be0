//! The third answer: what should be done? The first remedies of the plan, and the files to add for a better plan.

use super::super::answer_input::{AnswerEvidence, AnswersInput};
use super::super::findings::{TodoFinding, best_of, gains};
use super::super::paragraph::{Paragraph, SectionId};
use super::paragraph_writer::{
    ParagraphWriter,
    Value::{self, Figure},
    length,
};
use fathom_analysis::diagnosis::planner::{
    Basis, GainVisibility, OutputSetting, Plan, Remedy, RemedyKind,
};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::metrics::Metric;
use fathom_core::units;

/// The third question.
const QUESTION: &str = msgid("So what should be done?");

/// Writes the third answer.
pub(in crate::answers) fn todo_paragraph(input: &AnswersInput, finding: TodoFinding) -> Paragraph {
    let mut words = ParagraphWriter::default();
    let w = &mut words;
    match (finding, input.plan) {
        (TodoFinding::Try | TodoFinding::Perhaps, Some(plan)) => {
            let now = match input.evidence {
                AnswerEvidence::Predictions { .. } => tr!("RMSE against FP32 now: {now}."),
                _ => tr!("RMSE now: {now}."),
            };
            let remedies: Vec<&Remedy> = gains(&plan.remedies).collect();
            let ([own], lengths) = distinct_texts([plan.rmse_int8_m], &remedies);
            w.fill(now, &[("now", Figure(own, SectionId::Planner))]);
            for (r, texts) in remedies.iter().zip(lengths) {
                add_remedy(w, r, texts);
            }
            if plan.cross < 0.0 {
                w.add(tr!(
                    "INT8's noise undoes some of FP32's own error here, so less noise need not mean less error.",
                ));
            }
        }
        (TodoFinding::NoLossShown, Some(plan)) if plan.rmse_int8_m > plan.rmse_fp32_m => {
            add_best_possible(w, plan);
        }
        (TodoFinding::NoLossShown, _) => {
            w.add(tr!(
                "If the RMSE has to be lower, look at the network's own error first.",
            ));
        }
        (TodoFinding::NoGain, Some(plan)) => {
            w.fill(
                tr!("All of them leave the RMSE of {now} where it is or raise it."),
                &[("now", length(plan.rmse_int8_m, SectionId::Planner))],
            );
        }
        _ => add_best_range(w, input),
    }
    if let Some(sentence) = missing_files(&input.evidence)
        && finding != TodoFinding::Nothing
    {
        w.add(sentence);
    }
    if w.is_empty() {
        w.add(tr!(
            "Drop ground truth, FP32 and INT8 maps of the same frames, or open the calculator.",
        ));
    }
    words.finish(tr_dynamic(QUESTION), headline(finding))
}

/// Adds the RMSE that INT8 without any noise would have, and a measured remedy that helps nevertheless.
fn add_best_possible(w: &mut ParagraphWriter, plan: &Plan) {
    let measured = gains(&plan.remedies)
        .find(|r| r.basis == Basis::Measured && r.visibility == GainVisibility::Beyond);
    let tried = measured.as_slice();
    let ([now, then], lengths) = distinct_texts([plan.rmse_int8_m, plan.rmse_fp32_m], tried);
    w.fill(
        tr!("Even a remedy that removed all of INT8's noise would take the RMSE from {now} to {then}."),
        &[
            ("now", Figure(now, SectionId::Planner)),
            ("then", Figure(then, SectionId::Planner)),
        ],
    );
    w.add(tr!(
        "If it has to be lower, look at the network's own error first.",
    ));
    for (r, texts) in tried.iter().zip(lengths) {
        w.add(tr!("Still, one remedy was tried on these very frames:"));
        add_remedy(w, r, texts);
    }
}

/// Formatted lengths of a remedy: the RMSE now, the expected RMSE, and the ends of its interval.
type RemedyTexts = [String; 4];

/// Formats the lengths of a sentence and of the remedies after it with enough digits to tell them apart.
fn distinct_texts<const N: usize>(
    first: [f64; N],
    remedies: &[&Remedy],
) -> ([String; N], Vec<RemedyTexts>) {
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
    let mut texts = units::distinct_length_groups(&groups).into_iter();
    let own = texts.next().unwrap_or_default();
    (to_array(own), texts.map(to_array).collect())
}

/// Converts a list to an array; missing texts are empty.
fn to_array<const N: usize>(texts: Vec<String>) -> [String; N] {
    let mut texts = texts.into_iter();
    std::array::from_fn(|_| texts.next().unwrap_or_default())
}

fn headline(finding: TodoFinding) -> &'static str {
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

/// Returns the sentence that names the files to add for a better plan; `None` where none are missing.
fn missing_files(evidence: &AnswerEvidence) -> Option<&'static str> {
    Some(match evidence {
        AnswerEvidence::GroundTruth => {
            tr!("Drop the FP32 and the INT8 predictions for a plan that looks inside the network.")
        }
        AnswerEvidence::GroundTruthAndFp32 { .. } => {
            tr!("Drop the INT8 predictions for a plan that looks inside the network.")
        }
        AnswerEvidence::GroundTruthAndInt8 { .. } => {
            tr!("Drop the FP32 predictions to learn what of the error INT8 made.")
        }
        AnswerEvidence::Predictions { .. } => {
            tr!("Drop ground truth to learn whether removing that noise helps.")
        }
        AnswerEvidence::Figures(_) => {
            tr!("Drop maps to have assumptions replaced by measurements.")
        }
        AnswerEvidence::Nothing | AnswerEvidence::All { .. } => return None,
    })
}

/// Adds the expected RMSE of a remedy.
fn add_remedy(w: &mut ParagraphWriter, r: &Remedy, texts: RemedyTexts) {
    let name = match r.kind {
        RemedyKind::OutputBits(bits) => Figure(
            units::counted(bits.into(), units::Noun::Bit),
            SectionId::Planner,
        ),
        kind => Value::Words(capitalised(&kind.name())),
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
    let known = if r.visibility == GainVisibility::Within {
        tr!("{known}; less than these frames can show", known)
    } else {
        known.to_owned()
    };
    let [now, then, low, high] = texts;
    let range = r
        .setting
        .as_ref()
        .map(OutputSetting::text)
        .unwrap_or_default();
    w.fill(
        template,
        &[
            ("name", name),
            ("range", Figure(range, SectionId::Ranges)),
            ("then", Figure(then, SectionId::Planner)),
            ("now", Figure(now, SectionId::Planner)),
            ("low", Figure(low, SectionId::Planner)),
            ("high", Figure(high, SectionId::Planner)),
            ("known", Value::Words(known)),
        ],
    );
}

/// Capitalises the first letter, in scripts that have capitals.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.clone()).collect()
}

/// Adds the best range of the output code, where no plan can be made.
fn add_best_range(w: &mut ParagraphWriter, input: &AnswersInput) {
    let Some(evidence) = &input.range else {
        return;
    };
    let Some(best) = best_of(evidence.best, Metric::Rmse) else {
        return;
    };
    let range = units::range(best.range.min_m(), best.range.max_m());
    let range = ("range", Figure(range, SectionId::Ranges));
    let then = ("then", length(best.value, SectionId::Ranges));
    if let Some(now_m) = evidence.current.rmse_m() {
        w.fill(
            tr!("For the output alone, {range} has the lowest RMSE, {then}, against {now} now."),
            &[range, then, ("now", length(now_m, SectionId::Table))],
        );
    } else {
        w.fill(
            tr!("For the output alone, {range} has the lowest RMSE, {then}."),
            &[range, then],
        );
    }
}
