//! The first and the third answer for depths without compared predictions: the published case of the sample, or a user's own depths.

use super::super::card::{Card, Line};
use super::super::cost_finding::CostFinding;
use super::super::figures::Quantity as Q;
use super::super::findings::Findings;
use super::super::questions::question;
use super::super::range_finding::RangeFinding;
use super::line_writer::LineWriter;
use fathom_core::i18n::tr;

/// Writes the first answer.
pub(in crate::answers) fn depth_cost_card(findings: &Findings) -> Card {
    let w = || LineWriter::new(&findings.figures);
    let (answer, size, action) = match findings.cost {
        CostFinding::Published => (
            w().fill(
                tr!("Published: RMSE rose from {before} to {after}, almost all of it inside the network."),
                [
                    ("before", Q::PublishedFp32.into()),
                    ("after", Q::PublishedInt8.into()),
                ],
            )
            .finish(),
            w().fill(
                tr!("The rise of {rise} implies noise of {noise}. Ideal rounding is {rounding}: {share} of its mean square."),
                [
                    ("rise", Q::PublishedRise.into()),
                    ("noise", Q::PublishedNoise.into()),
                    ("rounding", Q::PublishedRounding.into()),
                    ("share", Q::PublishedOutputShare.into()),
                ],
            )
            .finish(),
            w().add(tr!("Drop your own ground truth, FP32 and INT8 maps to see yours."))
                .finish(),
        ),
        CostFinding::OnlyDepths => (
            w().add(tr!("These depths show what the output code costs, not what the network loses."))
                .finish(),
            output_error(findings),
            w().add(tr!("Drop the FP32 and INT8 predictions of the same frames."))
                .finish(),
        ),
        _ => (
            w().add(tr!("There is nothing to compare yet.")).finish(),
            Vec::new(),
            w().add(tr!("Drop ground truth, FP32 and INT8 maps of the same frames, or type two RMSEs into the calculator."))
                .finish(),
        ),
    };
    Card {
        question: question(0),
        answer,
        size,
        action,
    }
}

/// Writes the errors of the range in use for a perfect network.
fn output_error(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    if findings.figures.get(Q::Coded).is_some() {
        w.fill(
            tr!("A perfect network with {range}: rounding {rounding}, clipping {clipping}."),
            [
                ("range", Q::Range.into()),
                ("rounding", Q::Rounding.into()),
                ("clipping", Q::Clipping.into()),
            ],
        );
    }
    w.finish()
}

/// Writes the third answer.
pub(in crate::answers) fn depth_action_card(findings: &Findings) -> Card {
    let w = || LineWriter::new(&findings.figures);
    let published = matches!(findings.cost, CostFinding::Published);
    let answer = if published {
        w().add(tr!("First the network's inside: recalibrate, use per-channel weights, then train with quantization."))
            .finish()
    } else {
        match &findings.range {
            RangeFinding::Better(context, _) if context.is_partly_luck => w()
                .fill(
                    tr!("Keep {range} until predictions are there: part of that gain is luck."),
                    [("range", Q::Range.into())],
                )
                .finish(),
            RangeFinding::Better(..) => w()
                .fill(
                    tr!("For the output alone, use {range}."),
                    [("range", Q::BestRange.into())],
                )
                .finish(),
            RangeFinding::Keep(_) => w()
                .fill(
                    tr!("Keep {range}: no other range is better by more than 1 %."),
                    [("range", Q::Range.into())],
                )
                .finish(),
            RangeFinding::OnPaperOnly(_) => w()
                .add(tr!("Decide first whether clipped pixels count."))
                .finish(),
            _ => w().add(tr!("A plan needs predictions.")).finish(),
        }
    };
    let size = if findings.figures.get(Q::LogCoded).is_some() {
        w().fill(
            tr!("For the output of a perfect network, a log code over {log} gives {then}; equal steps give {best} at best."),
            [
                ("log", Q::LogRange.into()),
                ("then", Q::LogCoded.into()),
                ("best", Q::BestCoded.into()),
            ],
        )
        .finish()
    } else if matches!(findings.range, RangeFinding::Better(..)) {
        w().fill(
            tr!("A perfect network: {then} instead of {now}."),
            [("then", Q::BestCoded.into()), ("now", Q::Coded.into())],
        )
        .finish()
    } else {
        Vec::new()
    };
    let action = if published {
        Vec::new()
    } else {
        w().add(tr!(
            "Drop FP32 and INT8 predictions for a plan that knows your network."
        ))
        .finish()
    };
    Card {
        question: question(2),
        answer,
        size,
        action,
    }
}
