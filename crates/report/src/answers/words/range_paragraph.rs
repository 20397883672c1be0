//! The second answer: would a narrower output range help?

use super::super::answer_input::{AnswerEvidence, AnswersInput, DepthsSource, RangeEvidence};
use super::super::findings::{RangeFinding, best_of};
use super::super::paragraph::{Paragraph, SectionId};
use super::paragraph_writer::{
    ParagraphWriter, Value::Figure, add_output_error, length, range_text, share,
};
use fathom_analysis::BestRange;
use fathom_analysis::Policy;
use fathom_analysis::RangeReport;
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::metrics::Metric;
use fathom_core::units;

/// The second question.
const QUESTION: &str = msgid("Would a narrower output range help?");

/// Writes the second answer.
pub(in crate::answers) fn range_paragraph(
    input: &AnswersInput,
    finding: RangeFinding,
) -> Paragraph {
    let mut words = ParagraphWriter::default();
    let w = &mut words;
    match (finding, &input.range, &input.evidence) {
        (RangeFinding::FiguresOnly, _, AnswerEvidence::Figures(c)) => {
            w.fill(
                tr!(
                    "All that narrowing can win is rounding, which by theory raises the RMSE by {rise}. What clipping would cost takes \
                     the depths: drop ground truth maps.",
                ),
                &[("rise", length(c.rise_by_output_m, SectionId::Calculator))],
            );
        }
        (RangeFinding::NoPixels, Some(evidence), _) => {
            let range = Figure(range_text(evidence.current), SectionId::Table);
            w.fill(
                tr!("Choose a range that holds some of the depths, in place of {range}, or count clipped pixels."),
                &[("range", range)],
            );
        }
        (RangeFinding::OnPaperOnly, Some(evidence), _) => add_left_out(w, evidence),
        (RangeFinding::Searching, Some(evidence), _) => {
            add_output_error(w, evidence);
            w.add(tr!("The best ends are still being looked for."));
        }
        (RangeFinding::Narrower | RangeFinding::Wider | RangeFinding::Keep, Some(evidence), _) => {
            add_costs(w, evidence);
        }
        _ => {
            w.add(match input.evidence {
                AnswerEvidence::GroundTruth
                | AnswerEvidence::GroundTruthAndFp32 { .. }
                | AnswerEvidence::GroundTruthAndInt8 { .. }
                | AnswerEvidence::All { .. } => tr!("Set the range that the output has."),
                AnswerEvidence::Nothing
                | AnswerEvidence::Predictions { .. }
                | AnswerEvidence::Figures(_) => {
                    tr!("Drop ground truth maps and set the range that the output has.")
                }
            });
        }
    }
    if let Some(evidence) = &input.range
        && evidence.depths_source == DepthsSource::Prediction
    {
        w.add(tr!(
            "These ranges are judged on a prediction's depths; drop ground truth maps, for the best range against it can differ.",
        ));
    }
    words.finish(tr_dynamic(QUESTION), headline(finding))
}

fn headline(finding: RangeFinding) -> &'static str {
    match finding {
        RangeFinding::NoDepths => tr!("It takes depths and a range to tell."),
        RangeFinding::FiguresOnly => tr!(
            "By these figures there is little to win, and what there is to lose cannot be told.",
        ),
        RangeFinding::NoPixels => tr!("No measured pixel lies inside the range in use."),
        RangeFinding::OnPaperOnly => tr!(
            "Only on paper: under this policy clipped pixels cost nothing, so narrower always looks better.",
        ),
        RangeFinding::Searching => tr!("The best range is not known yet."),
        RangeFinding::Narrower => {
            tr!("Yes, a range that ends nearer would lower the output code's RMSE.")
        }
        RangeFinding::Wider => {
            tr!("No, the output code's RMSE would be lower with a range that ends farther.")
        }
        RangeFinding::Keep => {
            tr!("Hardly: no range lowers the output code's RMSE by more than one per cent.")
        }
    }
}

/// Adds the share of pixels that a policy other than `count` hides.
fn add_left_out(w: &mut ParagraphWriter, evidence: &RangeEvidence) {
    let clipped = evidence.narrower.unwrap_or(evidence.current);
    let template = match evidence.policy {
        Policy::Exclude => {
            tr!("With {range}, {share} of the pixels are left out of the measurement.")
        }
        Policy::Clamp => {
            tr!("With {range}, {share} of the pixels are measured against a clamped truth.")
        }
        Policy::Count => tr!("With {range}, {share} of the pixels clip."),
    };
    let range = Figure(range_text(clipped), SectionId::Table);
    let left_out = share(clipped.clipped.share, SectionId::Table);
    w.fill(template, &[("range", range), ("share", left_out)]);
    w.add(tr!("Count clipped pixels to get an answer."));
}

/// Adds what the range in use, the narrower candidate and the best range cost.
fn add_costs(w: &mut ParagraphWriter, evidence: &RangeEvidence) {
    if let Some(r) = evidence.requantized {
        let [now, then] = units::distinct_lengths([r.now_m, r.best_m]);
        let best = units::range(r.best.min_m(), r.best.max_m());
        w.fill(
            tr!(
                "With FP32's own depths coded, the RMSE against ground truth goes from {now} to {then} at best, with {range}.",
            ),
            &[
                ("now", Figure(now, SectionId::Ranges)),
                ("then", Figure(then, SectionId::Ranges)),
                ("range", Figure(best, SectionId::Ranges)),
            ],
        );
    }
    if let Some(errors) = evidence.current.errors {
        w.fill(
            tr!(
                "The range {range} itself loses {rounding} to rounding and {clipping} to clipping.",
            ),
            &[
                (
                    "range",
                    Figure(range_text(evidence.current), SectionId::Table),
                ),
                ("rounding", length(errors.rounding_m, SectionId::Table)),
                ("clipping", length(errors.clipping_m, SectionId::Table)),
            ],
        );
    }
    let both = evidence
        .current
        .rmse_m()
        .zip(evidence.narrower.and_then(RangeReport::rmse_m));
    if let (Some(narrower), Some((now_m, then_m))) = (evidence.narrower, both) {
        let [now, then] = units::distinct_lengths([now_m, then_m]);
        w.fill(
            tr!("Narrowed to {range} its RMSE would be {then} in place of {now}."),
            &[
                ("range", Figure(range_text(narrower), SectionId::Table)),
                ("then", Figure(then, SectionId::Table)),
                ("now", Figure(now, SectionId::Table)),
            ],
        );
    }
    add_best_ends(w, evidence.best);
}

/// Adds the best end of each metric; they often differ.
fn add_best_ends(w: &mut ParagraphWriter, best: &[BestRange]) {
    let end = |metric| {
        let found = best_of(best, metric)?;
        Some(Figure(units::depth(found.range.max_m()), SectionId::Ranges))
    };
    let [rmse, abs_rel, delta1] = [Metric::Rmse, Metric::AbsRel, Metric::Delta1].map(end);
    match (rmse, abs_rel, delta1) {
        (Some(rmse), Some(abs_rel), Some(delta1)) => w.fill(
            tr!(
                "Ends that are best: {rmse} for RMSE, {abs_rel} for abs_rel, {delta1} for delta1.",
            ),
            &[("rmse", rmse), ("abs_rel", abs_rel), ("delta1", delta1)],
        ),
        (Some(rmse), _, _) => w.fill(
            tr!("The end that is best for RMSE: {rmse}."),
            &[("rmse", rmse)],
        ),
        _ => w,
    };
}
