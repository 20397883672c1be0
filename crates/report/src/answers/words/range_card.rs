//! The second answer: would another output range help?

use super::super::answer_input::DepthsSource;
use super::super::card::{Card, Line};
use super::super::cost_finding::is_copy;
use super::super::figures::Quantity as Q;
use super::super::findings::Findings;
use super::super::questions::question;
use super::super::range_finding::{Luck, RangeContext, RangeFinding, RangeMove};
use super::cost_card::ALL_OF_IT;
use super::line_writer::LineWriter;
use fathom_analysis::Policy;
use fathom_analysis::compare::GridQuantity;
use fathom_core::i18n::tr;

/// Share of the pixels beyond an end from which on a sentence names that end.
const NOTABLE_SHARE: f64 = 0.001;

/// Share of the noise under which no other code of the output can help.
const SMALL_SHARE: f64 = 0.1;

/// Writes the second answer.
pub(in crate::answers) fn range_card(findings: &Findings) -> Card {
    Card {
        question: question(1),
        answer: answer(findings),
        size: size(findings),
        action: action(findings),
    }
}

fn answer(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    match &findings.range {
        _ if is_copy(findings.cost) => w.add(tr!("Unknown until INT8's own maps are there.")),
        _ if is_published(findings) => {
            w.add(tr!("Not for the published loss: it is inside the network."))
        }
        RangeFinding::NoDepths { .. } => w.add(tr!("Unknown without depths and a range.")),
        RangeFinding::FiguresOnly => w.fill(
            tr!("Narrowing can win {rounding} at most; what clipping costs needs depths."),
            [("rounding", Q::TypedRounding.into())],
        ),
        RangeFinding::OtherSteps(c) => w.fill(
            match findings.figures.number(Q::OutputShare) {
                Some(share) if share < SMALL_SHARE => tr!(
                    "No: the output code makes only {share} of the noise. Its steps are equal in {quantity}."
                ),
                Some(share) if share >= ALL_OF_IT => tr!(
                    "Perhaps: all of the noise is the output code's. Its steps are equal in {quantity}."
                ),
                Some(_) => tr!(
                    "Perhaps: the output code makes {share} of the noise. Its steps are equal in {quantity}."
                ),
                None => tr!(
                    "INT8's values are equally spaced in {quantity}: no range of depths describes them."
                ),
            },
            [
                ("quantity", name(c.in_use.source.quantity()).into()),
                ("share", Q::OutputShare.into()),
            ],
        ),
        RangeFinding::NoPixels(_) => w.add(tr!("No measured pixel lies inside the range in use.")),
        RangeFinding::OnPaperOnly(_) => w.add(tr!(
            "Only on paper: under this policy clipped pixels cost nothing.",
        )),
        RangeFinding::StartTooFar(_) => w.fill(
            tr!("Yes: start nearer. {below} of the pixels are nearer than the range."),
            [("below", Q::Below.into())],
        ),
        RangeFinding::Searching(_) => w.add(tr!("Searching for the best range.")),
        RangeFinding::Keep(c) if c.is_simulated => w.add(tr!(
            "No: no other range lowers RMSE by more than 1 %."
        )),
        RangeFinding::Keep(_) => w.add(tr!("No: no other range is better by more than 1 %.")),
        RangeFinding::ByLuck(_, Luck::HidesErrors) => w.fill(
            tr!("No: keep {range}. Another range only hides FP32's own errors."),
            [("range", Q::Range.into())],
        ),
        RangeFinding::ByLuck(_, Luck::BeatsFp32 | Luck::MayBeWorse) => w.fill(
            tr!("Not reliably: {range} looks good by luck."),
            [("range", Q::BestRange.into())],
        ),
        RangeFinding::Better(context, how) => {
            let template = match (how, context.is_simulated) {
                (RangeMove::EndNearer, true) => tr!("Yes: a smaller far end helps. Use {range}."),
                (RangeMove::EndFarther, true) => tr!("Yes: a larger far end helps. Use {range}."),
                (RangeMove::StartNearer, true) => tr!("Yes: a nearer start helps. Use {range}."),
                (RangeMove::StartFarther, true) => tr!("Yes: a farther start helps. Use {range}."),
                (RangeMove::Both, true) => tr!("Yes: moving both ends helps. Use {range}."),
                (RangeMove::EndNearer, false) => {
                    tr!("A perfect network: a smaller far end helps, {range}.")
                }
                (RangeMove::EndFarther, false) => {
                    tr!("A perfect network: a larger far end helps, {range}.")
                }
                (RangeMove::StartNearer, false) => {
                    tr!("A perfect network: a nearer start helps, {range}.")
                }
                (RangeMove::StartFarther, false) => {
                    tr!("A perfect network: a farther start helps, {range}.")
                }
                (RangeMove::Both, false) => {
                    tr!("A perfect network: moving both ends helps, {range}.")
                }
            };
            w.fill(template, [("range", Q::BestRange.into())])
        }
    };
    w.finish()
}

fn name(quantity: GridQuantity) -> &'static str {
    match quantity {
        GridQuantity::Depth => tr!("depth"),
        GridQuantity::InverseDepth => tr!("inverse depth"),
        GridQuantity::LogDepth => tr!("log depth"),
    }
}

fn size(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    let Some(context) = findings.range.context() else {
        return w.finish();
    };
    if is_published(findings) {
        return published_size(findings);
    }
    if let RangeFinding::OtherSteps(_) = findings.range {
        w.fill(
            tr!("INT8's values: {range}. The ends of their code are unknown."),
            [("range", Q::Range.into())],
        );
        return w.finish();
    }
    let is_assumed = context.in_use.source.is_assumed();
    if findings.figures.get(Q::Coded).is_some() {
        w.fill(
            if is_assumed {
                tr!("Assumed: {range} ({source}); perfect network: rounding {rounding}, clipping {clipping}.")
            } else {
                tr!("In use: {range} ({source}); perfect network: rounding {rounding}, clipping {clipping}.")
            },
            [
                ("range", Q::Range.into()),
                ("source", context.in_use.source.name().into()),
                ("rounding", Q::Rounding.into()),
                ("clipping", Q::Clipping.into()),
            ],
        );
    } else {
        w.fill(
            tr!("In use: {range} ({source})."),
            [
                ("range", Q::Range.into()),
                ("source", context.in_use.source.name().into()),
            ],
        );
    }
    match &findings.range {
        _ if is_copy(findings.cost) => {}
        RangeFinding::Better(c, _) | RangeFinding::ByLuck(c, _) if c.is_simulated => {
            w.fill(
                tr!("FP32's own maps, requantized: {now} with it, {then} with {best} (simulated)."),
                [
                    ("then", Q::BestRecoded.into()),
                    ("now", Q::Recoded.into()),
                    ("best", Q::BestRange.into()),
                ],
            );
        }
        RangeFinding::Better(..) => {
            w.fill(
                tr!("{best} gives {then} instead of {now}."),
                [
                    ("best", Q::BestRange.into()),
                    ("then", Q::BestCoded.into()),
                    ("now", Q::Coded.into()),
                ],
            );
        }
        _ => {}
    }
    w.finish()
}

/// Returns true for the published case where every pixel counts, and no more than the best range is in question.
fn is_published(findings: &Findings) -> bool {
    let is_best_in_question = matches!(
        findings.range,
        RangeFinding::Searching(_) | RangeFinding::Better(..) | RangeFinding::Keep(_)
    );
    let context = findings.range.context();
    is_best_in_question && context.is_some_and(|c| c.is_published && c.policy == Policy::Count)
}

/// Writes what the output costs a perfect network whose clipped pixels count, beside the published case.
fn published_size(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    if findings.figures.get(Q::Coded).is_some() {
        w.fill(
            tr!("A perfect network whose clipped pixels count: RMSE {now} with {range}."),
            [("range", Q::Range.into()), ("now", Q::Coded.into())],
        );
    }
    if matches!(findings.range, RangeFinding::Better(..)) {
        w.fill(
            tr!("With {best}: {then}."),
            [("best", Q::BestRange.into()), ("then", Q::BestCoded.into())],
        );
    }
    w.finish()
}

fn action(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    match &findings.range {
        _ if is_copy(findings.cost) => {}
        RangeFinding::ByLuck(_, Luck::BeatsFp32) => {
            w.add(tr!("Its estimate beats FP32: other images may not gain."));
        }
        RangeFinding::NoDepths { has_depths: true } => {
            w.add(tr!("Type the range of your output."));
        }
        RangeFinding::NoDepths { has_depths: false } | RangeFinding::FiguresOnly => {
            w.add(tr!("Drop ground truth maps."));
        }
        RangeFinding::NoPixels(_) => {
            w.add(tr!(
                "Choose a range that holds some of the depths, or count clipped pixels."
            ));
        }
        RangeFinding::OnPaperOnly(c) => {
            let template = match c.policy {
                Policy::Exclude => {
                    tr!("{share} of the pixels are left out: count them to get an answer.")
                }
                Policy::Clamp | Policy::Count => {
                    tr!(
                        "{share} of the pixels are measured against a clamped truth: count them to get an answer."
                    )
                }
            };
            w.fill(template, [("share", Q::Outside.into())]);
        }
        RangeFinding::ByLuck(_, Luck::MayBeWorse) => {
            w.add(tr!("Its interval reaches above today's RMSE."));
        }
        RangeFinding::Better(c, _) | RangeFinding::Keep(c) => add_ends(&mut w, findings, c),
        RangeFinding::OtherSteps(_) => {
            w.add(tr!("Compare codes of that kind under Codes."));
        }
        RangeFinding::StartTooFar(_) => {
            w.add(tr!("Move the start in the map of both ends."));
        }
        RangeFinding::ByLuck(_, Luck::HidesErrors) | RangeFinding::Searching(_) => {}
    }
    w.finish()
}

/// Adds the pixels beyond each end, what is fixed, and whose depths these are.
fn add_ends(w: &mut LineWriter, findings: &Findings, context: &RangeContext) {
    let beyond = |quantity| {
        findings
            .figures
            .number(quantity)
            .is_some_and(|share| share >= NOTABLE_SHARE)
    };
    let (is_below, is_above) = (beyond(Q::Below), beyond(Q::Above));
    match (is_below, is_above) {
        (true, true) => {
            w.fill(
                tr!("{below} of the pixels are nearer than the range, {above} farther."),
                [("below", Q::Below.into()), ("above", Q::Above.into())],
            );
        }
        (true, false) => {
            w.fill(
                tr!("{below} of the pixels are nearer than the range."),
                [("below", Q::Below.into())],
            );
        }
        (false, true) => {
            w.fill(
                tr!("{above} of the pixels are farther than the range."),
                [("above", Q::Above.into())],
            );
        }
        (false, false) => {}
    }
    if context.is_partly_luck {
        w.add(tr!(
            "Part of the gain is luck: the depths have steps of their own."
        ));
    }
    if context.is_published {
        if is_below || is_above {
            w.add(tr!("The published RMSE leaves these pixels out."));
        }
    } else if context.start_held {
        w.add(tr!(
            "The start was kept fixed; move it in the map of both ends."
        ));
    } else if !context.in_use.has_free_start() {
        w.add(tr!("With a zero point the range starts at zero."));
    }
    if context.depths_source == DepthsSource::Prediction {
        w.add(tr!("Judged on predicted depths: drop ground truth."));
    }
}
