//! The first answer: the change with its interval, the parts of the noise, and what to mind.

use super::super::card::{Card, Line};
use super::super::cost_finding::{CostFinding, DominantPart, Significance, is_copy};
use super::super::figures::Quantity as Q;
use super::super::findings::{Findings, MissingInput};
use super::super::questions::question;
use super::depth_cards::depth_cost_card;
use super::line_writer::LineWriter;
use super::network_lines::add_guilty;
use fathom_analysis::compare::{Average, Evaluator};
use fathom_analysis::diagnosis::calculator::Direction;
use fathom_core::i18n::tr;

/// Share of the noise from which on the output code is all of it.
pub(super) const ALL_OF_IT: f64 = 0.99;

/// Writes the first answer.
pub(in crate::answers) fn cost_card(findings: &Findings) -> Card {
    if matches!(
        findings.cost,
        CostFinding::Published | CostFinding::OnlyDepths | CostFinding::Nothing
    ) {
        return depth_cost_card(findings);
    }
    Card {
        question: question(0),
        answer: answer(findings),
        size: size(findings),
        action: action(findings),
    }
}

fn answer(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    match findings.cost {
        CostFinding::NotFinite => w.add(tr!("Unknown: an error is infinite or not a number.")),
        CostFinding::NoInt8 => w.add(tr!("Unknown: the INT8 predictions are missing.")),
        CostFinding::NoFp32 => w.add(tr!("Unknown: the FP32 predictions are missing.")),
        CostFinding::NoGroundTruth(DominantPart::Nothing)
        | CostFinding::Compared(_, DominantPart::Nothing) => {
            w.add(tr!("INT8's maps equal FP32's: no cost can be measured."))
        }
        CostFinding::NoGroundTruth(dominant) => w.fill(
            tr!("INT8 differs from FP32 by {noise}, {part}."),
            [
                ("noise", Q::NoiseRms.into()),
                ("part", origin(dominant).into()),
            ],
        ),
        CostFinding::Compared(Significance::Worse, dominant) => w.fill(
            tr!("INT8 costs {change} of RMSE, {part}."),
            [
                ("change", Q::RmseChange.into()),
                ("part", origin(dominant).into()),
            ],
        ),
        CostFinding::Compared(Significance::Better, _) => w.fill(
            tr!("INT8 costs nothing here: RMSE changes by {change}."),
            [("change", Q::RmseChange.into())],
        ),
        CostFinding::Compared(Significance::Mixed, dominant) => w.fill(
            tr!("Mixed: RMSE {rmse}, abs_rel {abs_rel}. The noise is {part}."),
            [
                ("rmse", Q::RmseRelative.into()),
                ("abs_rel", Q::AbsRelRelative.into()),
                ("part", origin(dominant).into()),
            ],
        ),
        CostFinding::Compared(Significance::MayBeChance, dominant) => w.fill(
            if findings.remedies.remedy().is_none() {
                tr!("No loss shown: the change of RMSE, {change}, may be chance.")
            } else {
                tr!("RMSE changes by {change}, {part}. On these frames it may be chance.")
            },
            [
                ("change", Q::RmseChange.into()),
                ("part", origin(dominant).into()),
            ],
        ),
        CostFinding::Compared(Significance::TooFewFrames, dominant) => w.fill(
            tr!("RMSE changes by {change}, {part}. Too few frames to tell loss from chance."),
            [
                ("change", Q::RmseChange.into()),
                ("part", origin(dominant).into()),
            ],
        ),
        CostFinding::Figures(Direction::Rose) => w.fill(
            tr!("By these figures INT8 is worse; rounding the output is {share} of the implied noise."),
            [("share", Q::TypedOutputShare.into())],
        ),
        CostFinding::Figures(Direction::Equal) => w.add(tr!("By these figures INT8 costs nothing.")),
        CostFinding::Figures(Direction::Fell) => w.add(tr!("By these figures INT8 is better.")),
        CostFinding::Nothing | CostFinding::Published | CostFinding::OnlyDepths => &mut w,
    };
    w.finish()
}

/// Returns the origin of the noise, as a complement.
fn origin(dominant: DominantPart) -> &'static str {
    let is_most = dominant.share() > 0.5;
    match dominant {
        DominantPart::Nothing => tr!("from no known source"),
        DominantPart::Clipping(share) if share >= ALL_OF_IT => {
            tr!("all of it from clipping by the output's range")
        }
        DominantPart::Clipping(_) if is_most => {
            tr!("mostly from clipping by the output's range")
        }
        DominantPart::Clipping(_) => {
            tr!("the largest part from clipping by the output's range")
        }
        DominantPart::Output(share) if share >= ALL_OF_IT => tr!("all of it from the output code"),
        DominantPart::Output(_) if is_most => tr!("mostly from the output code"),
        DominantPart::Output(_) => tr!("the largest part from the output code"),
        DominantPart::Line(_) if is_most => tr!("mostly bias and scale"),
        DominantPart::Line(_) => tr!("the largest part bias and scale"),
        DominantPart::Inside(_) if is_most => tr!("mostly from inside the network"),
        DominantPart::Inside(_) => tr!("the largest part from inside the network"),
        DominantPart::Rest(_) if is_most => {
            tr!("mostly random: output code and network together")
        }
        DominantPart::Rest(_) => {
            tr!("the largest part random: output code and network together")
        }
    }
}

fn size(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    let figures = &findings.figures;
    match findings.cost {
        _ if is_copy(findings.cost) => {
            w.fill(
                tr!("Network RMSE of both: {before}."),
                [("before", Q::RmseFp32.into())],
            );
        }
        CostFinding::Compared(..) => {
            let template = match (figures.get(Q::RmseChangeLow), findings.protocol) {
                (Some(_), Some((_, Average::PerFrame))) => tr!(
                    "Network RMSE, mean of frames: {before} to {after} (95 % interval of the change {low} to {high}, {frames})."
                ),
                (Some(_), _) => {
                    tr!(
                        "Network RMSE: {before} to {after} (95 % interval of the change {low} to {high}, {frames})."
                    )
                }
                (None, Some((_, Average::PerFrame))) => {
                    tr!("Network RMSE, mean of frames: {before} to {after} ({frames}).")
                }
                (None, _) => tr!("Network RMSE: {before} to {after} ({frames})."),
            };
            w.fill(
                template,
                [
                    ("before", Q::RmseFp32.into()),
                    ("after", Q::RmseInt8.into()),
                    ("low", Q::RmseChangeLow.into()),
                    ("high", Q::RmseChangeHigh.into()),
                    ("frames", Q::Frames.into()),
                ],
            );
            match findings.protocol {
                Some((Some(Evaluator::Plain), _)) | None => {}
                Some((Some(evaluator), _)) => {
                    w.fill(
                        tr!("Measured as {evaluator} does."),
                        [("evaluator", evaluator.name().into())],
                    );
                }
                Some((None, _)) => {
                    w.add(tr!("Measured by your own protocol."));
                }
            }
        }
        CostFinding::NoGroundTruth(_) => add_parts(&mut w, findings),
        CostFinding::NoInt8 => {
            w.fill(
                tr!("FP32 alone: network RMSE {rmse}."),
                [("rmse", Q::RmseFp32.into())],
            );
        }
        CostFinding::NoFp32 => {
            w.fill(
                tr!("INT8 alone: network RMSE {rmse}."),
                [("rmse", Q::RmseInt8.into())],
            );
        }
        CostFinding::Figures(_) => {
            w.fill(
                tr!("RMSE {before} to {after}; rounding alone predicts {predicted}."),
                [
                    ("before", Q::TypedFp32.into()),
                    ("after", Q::TypedInt8.into()),
                    ("predicted", Q::TypedPredicted.into()),
                ],
            );
        }
        CostFinding::NotFinite
        | CostFinding::Nothing
        | CostFinding::Published
        | CostFinding::OnlyDepths => {}
    }
    if let Some(network) = &findings.network {
        add_guilty(&mut w, &network.guilty);
    }
    w.finish()
}

/// Adds the shares of the noise.
fn add_parts(w: &mut LineWriter, findings: &Findings) {
    let figures = &findings.figures;
    let parts = [
        ("noise", Q::NoiseRms.into()),
        ("output", Q::OutputShare.into()),
        ("line", Q::LineShare.into()),
        ("rest", Q::RestShare.into()),
    ];
    if figures.get(Q::LineShare).is_none() {
        return;
    }
    let template = match (figures.get(Q::OutputShare), figures.number(Q::RestShare)) {
        (None, _) => tr!("Noise {noise}, by mean square {line} bias and scale, {rest} random."),
        // Bias that the output's clipping makes is counted in both parts.
        (Some(_), Some(rest)) if rest < 0.0 => {
            tr!(
                "Noise {noise}, by mean square {output} output code, {line} bias and scale, partly the same."
            )
        }
        _ => tr!(
            "Noise {noise}, by mean square {output} output code, {line} bias and scale, {rest} inside the network."
        ),
    };
    w.fill(template, parts);
}

/// Returns true for a loss from inside of a network that was not measured.
pub(super) fn needs_network(findings: &Findings) -> bool {
    let is_inside = matches!(
        findings.cost,
        CostFinding::Compared(
            Significance::Worse,
            DominantPart::Inside(_) | DominantPart::Rest(_)
        )
    );
    is_inside && findings.network.is_none()
}

fn action(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    let figures = &findings.figures;
    if figures.get(Q::FewPixels).is_some() {
        w.fill(
            tr!("Note: {pixels} of the pixels carry {share} of the change."),
            [
                ("pixels", Q::FewPixels.into()),
                ("share", Q::FewPixelsShare.into()),
            ],
        );
    }
    if figures.get(Q::Copies).is_some() {
        w.fill(
            tr!("{copies} more are copies: counted in RMSE, not as evidence."),
            [("copies", Q::Copies.into())],
        );
    }
    if needs_network(findings) && !findings.remedies.is_unmeasured() {
        w.add(tr!("Add both ONNX models to see which layers."));
    }
    match (findings.missing, findings.cost) {
        (_, CostFinding::NotFinite) => w.add(tr!(
            "Drop files without infinite values, or choose an evaluator with a floor."
        )),
        (MissingInput::AllMaps, _) => w.add(tr!(
            "Drop ground truth, FP32 and INT8 maps: figures alone cannot tell bias from noise."
        )),
        (MissingInput::Int8, _) => w.add(tr!("Drop the INT8 predictions of the same frames.")),
        (MissingInput::Fp32, _) => w.add(tr!("Drop the FP32 predictions of the same frames.")),
        (MissingInput::GroundTruth, _) => w.add(tr!(
            "Drop ground truth to see whether that makes depths worse."
        )),
        (_, CostFinding::Compared(Significance::TooFewFrames, _)) => {
            w.add(tr!("Add frames: an interval needs ten."))
        }
        (_, CostFinding::Compared(_, DominantPart::Rest(_))) => w.add(tr!(
            "Drop INT8 maps from before resizing or filtering to identify the output code."
        )),
        _ => &mut w,
    };
    w.finish()
}
