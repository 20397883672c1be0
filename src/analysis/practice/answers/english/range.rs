//! Would a narrower output range help? What coded depths lose, and which ends are best.

use super::super::findings::{self, RangeFinding};
use super::super::{AnswersInput, DepthsOf, Held, Paragraph, Place, RangeFacts};
use super::{Words, output_alone, range_text};
use crate::analysis::policy::Policy;
use crate::analysis::range_report::RangeReport;
use crate::analysis::sweep::BestRange;
use crate::metrics::Metric;
use crate::units;

const RANGE: &str = "Would a narrower output range help?";

pub(in crate::analysis::practice::answers) fn range(
    input: &AnswersInput,
    finding: RangeFinding,
) -> Paragraph {
    let mut words = Words::default();
    let w = &mut words;
    match (finding, &input.range, &input.held) {
        (RangeFinding::FiguresOnly, _, Held::Figures(c)) => {
            w.say("All that narrowing can win is rounding, which by theory raises the RMSE by ");
            w.length(c.rise_by_output_m, Place::Calculator);
            w.say(". What clipping would cost takes the depths: drop ground truth maps.");
        }
        (RangeFinding::NoPixels, Some(facts), _) => {
            w.say("Choose a range that holds some of the depths, in place of ");
            w.figure(range_text(facts.current), Place::Table)
                .say(", or count clipped pixels.");
        }
        (RangeFinding::OnPaperOnly, Some(facts), _) => on_paper(w, facts),
        (RangeFinding::Searching, Some(facts), _) => {
            output_alone(w, facts);
            w.say(" The best ends are still being looked for.");
        }
        (RangeFinding::Narrower | RangeFinding::Wider | RangeFinding::Keep, Some(facts), _) => {
            weighed(w, facts);
        }
        _ => {
            w.say(match input.held {
                Held::GroundTruth
                | Held::GroundTruthAndFp32 { .. }
                | Held::GroundTruthAndInt8 { .. }
                | Held::All { .. } => "Set the range that the output has.",
                Held::Nothing | Held::Predictions { .. } | Held::Figures(_) => {
                    "Drop ground truth maps and set the range that the output has."
                }
            });
        }
    }
    if let Some(facts) = &input.range
        && facts.depths_of == DepthsOf::Prediction
    {
        w.say(
            " These ranges are judged on a prediction's depths; drop ground truth maps, for the best range against it can differ.",
        );
    }
    words.paragraph(RANGE, range_headline(finding))
}

fn range_headline(finding: RangeFinding) -> &'static str {
    match finding {
        RangeFinding::NoDepths => "It takes depths and a range to tell.",
        RangeFinding::FiguresOnly => {
            "By these figures there is little to win, and what there is to lose cannot be told."
        }
        RangeFinding::NoPixels => "No measured pixel lies inside the range in use.",
        RangeFinding::OnPaperOnly => {
            "Only on paper: under this policy clipped pixels cost nothing, so narrower always looks better."
        }
        RangeFinding::Searching => "The best range is not known yet.",
        RangeFinding::Narrower => {
            "Yes, a range that ends nearer would lower the output code's RMSE."
        }
        RangeFinding::Wider => {
            "No, the output code's RMSE would be lower with a range that ends farther."
        }
        RangeFinding::Keep => {
            "Hardly: no range lowers the output code's RMSE by more than one per cent."
        }
    }
}

fn on_paper(w: &mut Words, facts: &RangeFacts) {
    let clipped = facts.narrower.unwrap_or(facts.current);
    w.say("With ")
        .figure(range_text(clipped), Place::Table)
        .say(", ");
    w.share(clipped.clipped.share, Place::Table)
        .say(match facts.policy {
            Policy::Exclude => " of the pixels are left out of the measurement.",
            Policy::Clamp => " of the pixels are measured against a clamped truth.",
            Policy::Count => " of the pixels clip.",
        });
    w.say(" Count clipped pixels to get an answer.");
}

fn weighed(w: &mut Words, facts: &RangeFacts) {
    if let Some(r) = facts.recoded {
        let [now, then] = units::lengths_apart([r.now_m, r.best_m]);
        w.say("With FP32's own depths coded, the RMSE against ground truth goes from ")
            .figure(now, Place::Ranges);
        w.say(" to ").figure(then, Place::Ranges);
        w.say(" at best, with ")
            .figure(units::range(r.best.min_m(), r.best.max_m()), Place::Ranges)
            .say(". ");
    }
    if let Some(errors) = facts.current.errors {
        w.say("The range ")
            .figure(range_text(facts.current), Place::Table);
        w.say(" itself loses ")
            .length(errors.rounding_m, Place::Table);
        w.say(" to rounding and ")
            .length(errors.clipping_m, Place::Table)
            .say(" to clipping.");
    }
    let both = facts
        .current
        .rmse_m()
        .zip(facts.narrower.and_then(RangeReport::rmse_m));
    if let (Some(narrower), Some((now_m, then_m))) = (facts.narrower, both) {
        let [now, then] = units::lengths_apart([now_m, then_m]);
        w.say(" Narrowed to ")
            .figure(range_text(narrower), Place::Table);
        w.say(" its RMSE would be ").figure(then, Place::Table);
        w.say(" in place of ").figure(now, Place::Table).say(".");
    }
    best_ends(w, facts.best);
}

fn metric_name(metric: Metric) -> &'static str {
    match metric {
        Metric::Rmse => "RMSE",
        other => other.name(),
    }
}

/// The best end of each metric; they often differ.
fn best_ends(w: &mut Words, best: &[BestRange]) {
    let metrics = [Metric::Rmse, Metric::AbsRel, Metric::Delta1];
    let found: Vec<&BestRange> = metrics
        .iter()
        .filter_map(|m| findings::best_of(best, *m))
        .collect();
    for (i, b) in found.iter().enumerate() {
        w.say(if i == 0 {
            " Ends that are best: "
        } else {
            ", "
        });
        w.figure(units::depth(b.range.max_m()), Place::Ranges);
        w.say(" for ").say(metric_name(b.metric));
    }
    if !found.is_empty() {
        w.say(".");
    }
}
