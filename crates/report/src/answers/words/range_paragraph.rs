//! Would a narrower output range help? What coded depths lose, and which ends are best.

use super::super::findings::{self, RangeFinding};
use super::super::{AnswersInput, DepthsOf, Held, Paragraph, Place, RangeFacts};
use super::{Filling::Figure, Words, length, output_alone, range_text, share};
use fathom_analysis::BestRange;
use fathom_analysis::Policy;
use fathom_analysis::RangeReport;
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::metrics::Metric;
use fathom_core::units;

const RANGE: &str = msgid("Would a narrower output range help?");

pub(in crate::answers) fn range(input: &AnswersInput, finding: RangeFinding) -> Paragraph {
    let mut words = Words::default();
    let w = &mut words;
    match (finding, &input.range, &input.held) {
        (RangeFinding::FiguresOnly, _, Held::Figures(c)) => {
            w.write(
                tr!(
                    "All that narrowing can win is rounding, which by theory raises the RMSE by {rise}. What clipping would cost takes \
                     the depths: drop ground truth maps.",
                ),
                &[("rise", length(c.rise_by_output_m, Place::Calculator))],
            );
        }
        (RangeFinding::NoPixels, Some(facts), _) => {
            let range = Figure(range_text(facts.current), Place::Table);
            w.write(
                tr!("Choose a range that holds some of the depths, in place of {range}, or count clipped pixels."),
                &[("range", range)],
            );
        }
        (RangeFinding::OnPaperOnly, Some(facts), _) => on_paper(w, facts),
        (RangeFinding::Searching, Some(facts), _) => {
            output_alone(w, facts);
            w.say(tr!("The best ends are still being looked for."));
        }
        (RangeFinding::Narrower | RangeFinding::Wider | RangeFinding::Keep, Some(facts), _) => {
            weighed(w, facts);
        }
        _ => {
            w.say(match input.held {
                Held::GroundTruth
                | Held::GroundTruthAndFp32 { .. }
                | Held::GroundTruthAndInt8 { .. }
                | Held::All { .. } => tr!("Set the range that the output has."),
                Held::Nothing | Held::Predictions { .. } | Held::Figures(_) => {
                    tr!("Drop ground truth maps and set the range that the output has.")
                }
            });
        }
    }
    if let Some(facts) = &input.range
        && facts.depths_of == DepthsOf::Prediction
    {
        w.say(tr!(
            "These ranges are judged on a prediction's depths; drop ground truth maps, for the best range against it can differ.",
        ));
    }
    words.paragraph(tr_dynamic(RANGE), range_headline(finding))
}

fn range_headline(finding: RangeFinding) -> &'static str {
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

fn on_paper(w: &mut Words, facts: &RangeFacts) {
    let clipped = facts.narrower.unwrap_or(facts.current);
    let template = match facts.policy {
        Policy::Exclude => {
            tr!("With {range}, {share} of the pixels are left out of the measurement.")
        }
        Policy::Clamp => {
            tr!("With {range}, {share} of the pixels are measured against a clamped truth.")
        }
        Policy::Count => tr!("With {range}, {share} of the pixels clip."),
    };
    let range = Figure(range_text(clipped), Place::Table);
    let left_out = share(clipped.clipped.share, Place::Table);
    w.write(template, &[("range", range), ("share", left_out)]);
    w.say(tr!("Count clipped pixels to get an answer."));
}

fn weighed(w: &mut Words, facts: &RangeFacts) {
    if let Some(r) = facts.recoded {
        let [now, then] = units::lengths_apart([r.now_m, r.best_m]);
        let best = units::range(r.best.min_m(), r.best.max_m());
        w.write(
            tr!(
                "With FP32's own depths coded, the RMSE against ground truth goes from {now} to {then} at best, with {range}.",
            ),
            &[
                ("now", Figure(now, Place::Ranges)),
                ("then", Figure(then, Place::Ranges)),
                ("range", Figure(best, Place::Ranges)),
            ],
        );
    }
    if let Some(errors) = facts.current.errors {
        w.write(
            tr!(
                "The range {range} itself loses {rounding} to rounding and {clipping} to clipping.",
            ),
            &[
                ("range", Figure(range_text(facts.current), Place::Table)),
                ("rounding", length(errors.rounding_m, Place::Table)),
                ("clipping", length(errors.clipping_m, Place::Table)),
            ],
        );
    }
    let both = facts
        .current
        .rmse_m()
        .zip(facts.narrower.and_then(RangeReport::rmse_m));
    if let (Some(narrower), Some((now_m, then_m))) = (facts.narrower, both) {
        let [now, then] = units::lengths_apart([now_m, then_m]);
        w.write(
            tr!("Narrowed to {range} its RMSE would be {then} in place of {now}."),
            &[
                ("range", Figure(range_text(narrower), Place::Table)),
                ("then", Figure(then, Place::Table)),
                ("now", Figure(now, Place::Table)),
            ],
        );
    }
    best_ends(w, facts.best);
}

/// The best end of each metric; they often differ.
fn best_ends(w: &mut Words, best: &[BestRange]) {
    let end = |metric| {
        let found = findings::best_of(best, metric)?;
        Some(Figure(units::depth(found.range.max_m()), Place::Ranges))
    };
    let [rmse, abs_rel, delta1] = [Metric::Rmse, Metric::AbsRel, Metric::Delta1].map(end);
    match (rmse, abs_rel, delta1) {
        (Some(rmse), Some(abs_rel), Some(delta1)) => w.write(
            tr!(
                "Ends that are best: {rmse} for RMSE, {abs_rel} for abs_rel, {delta1} for delta1.",
            ),
            &[("rmse", rmse), ("abs_rel", abs_rel), ("delta1", delta1)],
        ),
        (Some(rmse), _, _) => w.write(
            tr!("The end that is best for RMSE: {rmse}."),
            &[("rmse", rmse)],
        ),
        _ => w,
    };
}
