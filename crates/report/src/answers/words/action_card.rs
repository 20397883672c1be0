//! The third answer: what should I do? The first remedy of the plan, and the files to add for a better plan.

use super::super::card::{Card, Line};
use super::super::cost_finding::{CostFinding, Significance, is_copy};
use super::super::figures::Quantity as Q;
use super::super::findings::{Findings, MissingInput};
use super::super::questions::question;
use super::super::remedy_finding::{ChosenRemedy, RemedyFinding};
use super::cost_card::needs_network;
use super::depth_cards::depth_action_card;
use super::line_writer::{Filling, LineWriter, capitalised};
use super::network_lines::{add_advice, add_kept};
use fathom_analysis::diagnosis::planner::{Basis, RemedyKind, RemedySetting};
use fathom_core::i18n::tr;

/// Writes the third answer.
pub(in crate::answers) fn action_card(findings: &Findings) -> Card {
    if matches!(
        findings.cost,
        CostFinding::Published | CostFinding::OnlyDepths
    ) {
        return depth_action_card(findings);
    }
    Card {
        question: question(2),
        answer: answer(findings),
        size: size(findings),
        action: action(findings),
    }
}

fn answer(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    match &findings.remedies {
        RemedyFinding::Nothing => w.add(tr!("Drop maps or type figures first.")),
        RemedyFinding::NoPlan => match &findings.network {
            Some(network) => {
                add_advice(&mut w, network);
                &mut w
            }
            None => w.add(tr!("A plan needs more evidence.")),
        },
        RemedyFinding::NoLossShown(_) if is_copy(findings.cost) => {
            w.add(tr!("Check the files: INT8's maps equal FP32's."))
        }
        RemedyFinding::NoLossShown(None) => {
            w.add(tr!("Nothing about INT8: these frames show no loss."))
        }
        RemedyFinding::NoLossShown(Some(remedy)) => w.fill(
            tr!("These frames show no loss, yet {remedy} lowers RMSE."),
            [("remedy", name(remedy).into())],
        ),
        RemedyFinding::Perhaps(remedy) => w.fill(
            match findings.cost {
                CostFinding::Compared(Significance::Mixed, _) => {
                    tr!("Decide which metric counts. For RMSE, try first: {remedy}.")
                }
                CostFinding::Compared(Significance::TooFewFrames, _) => {
                    tr!("Add frames first; then try {remedy}.")
                }
                _ => tr!("Confirm the loss first; then try {remedy}."),
            },
            [("remedy", name(remedy).into())],
        ),
        RemedyFinding::Try(remedy) => w.fill(
            if needs_network(findings) && findings.remedies.is_unmeasured() {
                tr!("Add both ONNX models to find the layers; then try {remedy}.")
            } else if remedy.is_within_chance {
                tr!("Try first: {remedy}. More frames must show whether it helps.")
            } else {
                tr!("Try first: {remedy}.")
            },
            [("remedy", name(remedy).into())],
        ),
        RemedyFinding::NoGain => w.add(tr!("No remedy is expected to lower RMSE here.")),
    };
    w.finish()
}

/// Returns the name of a remedy with its new range or code.
fn name(remedy: &ChosenRemedy) -> String {
    let name = remedy.kind.name();
    match &remedy.setting {
        Some(setting @ (RemedySetting::Range(_) | RemedySetting::Layers(_))) => {
            format!("{name}, {}", setting.text())
        }
        _ => name,
    }
}

/// Returns the quantity of the RMSE that remedies are compared with.
fn reference(findings: &Findings) -> Q {
    let known = [Q::PooledInt8, Q::RmseInt8, Q::TypedInt8, Q::NoiseRms];
    known
        .into_iter()
        .find(|quantity| findings.figures.get(*quantity).is_some())
        .unwrap_or(Q::RmseInt8)
}

fn size(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    let first = findings.remedies.remedy();
    let now = reference(findings);
    if first.is_some() {
        let template = match (now, findings.missing) {
            (Q::PooledInt8, _) => tr!("RMSE over all pixels now: {now}."),
            (_, MissingInput::GroundTruth) => tr!("RMSE against FP32 now: {now}."),
            _ => tr!("RMSE now: {now}."),
        };
        w.fill(template, [("now", now.into())]);
    }
    if let Some(remedy) = first {
        let has_interval = findings.figures.number(Q::ExpectedLow(remedy.kind))
            < findings.figures.number(Q::ExpectedHigh(remedy.kind));
        let template = if !has_interval {
            tr!("{name}: {then} ({basis}).")
        } else if remedy.is_within_chance {
            tr!(
                "{name}: {then} ({low} to {high}, {basis}; a gain too small for these frames to show)."
            )
        } else if is_best_case(findings, remedy.kind) {
            tr!("{name}: {then} at best, {high} at worst ({basis}).")
        } else {
            tr!("{name}: {then} ({low} to {high}, {basis}).")
        };
        let kind = remedy.kind;
        let basis = match remedy.basis {
            Basis::Published => tr!("from published results of other networks"),
            basis => basis.name(),
        };
        w.fill(
            template,
            [
                ("name", Filling::Words(capitalised(&kind.name()))),
                ("then", Q::Expected(kind).into()),
                ("low", Q::ExpectedLow(kind).into()),
                ("high", Q::ExpectedHigh(kind).into()),
                ("basis", basis.into()),
            ],
        );
    }
    let kept = findings
        .network
        .as_ref()
        .and_then(|network| network.kept.as_ref());
    let is_asked = first.is_some() || findings.remedies == RemedyFinding::NoPlan;
    if let Some(kept) = kept.filter(|_| is_asked) {
        add_kept(&mut w, kept);
    }
    w.finish()
}

/// Share of an interval's width within which its lower end and the expectation are one figure.
const SAME_END: f64 = 0.02;

/// Returns true if a remedy is expected to do as well as its interval allows.
fn is_best_case(findings: &Findings, kind: RemedyKind) -> bool {
    let number = |quantity| findings.figures.number(quantity).unwrap_or_default();
    let low_m = number(Q::ExpectedLow(kind));
    let width_m = number(Q::ExpectedHigh(kind)) - low_m;
    number(Q::Expected(kind)) - low_m < SAME_END * width_m
}

/// Relative difference of two RMSEs below which they are shown as one figure.
const SAME_RMSE: f64 = 1e-3;

/// Returns true if the interval of the first remedy reaches the RMSE of now.
fn may_fail(findings: &Findings) -> bool {
    let number = |quantity| findings.figures.number(quantity);
    let first = findings.remedies.remedy();
    let high_m = first.and_then(|r| number(Q::ExpectedHigh(r.kind)));
    let now_m = number(reference(findings));
    high_m
        .zip(now_m)
        .is_some_and(|(high_m, now_m)| high_m >= now_m * (1.0 - SAME_RMSE))
}

fn action(findings: &Findings) -> Line {
    let mut w = LineWriter::new(&findings.figures);
    if may_fail(findings) {
        w.add(if findings.noise_cancels_errors {
            tr!(
                "INT8 noise partly cancels FP32's error here: removing a part of it can raise RMSE."
            )
        } else {
            tr!("It may not help: its interval reaches today's RMSE.")
        });
    }
    let is_line =
        |r: &ChosenRemedy| r.kind == RemedyKind::Recalibration && r.basis == Basis::Measured;
    if findings.remedies.remedy().is_some_and(is_line) {
        w.fill(
            tr!("INT8 is {scale} of FP32, shifted by {shift}. Check the export's scale and zero point; else subtract the shift, then divide."),
            [
                ("scale", Q::LineScale.into()),
                ("shift", Q::LineShift.into()),
            ],
        );
    }
    match &findings.remedies {
        RemedyFinding::NoLossShown(_) if is_copy(findings.cost) => w.add(tr!(
            "Quantization leaves no trace: FP32's files may have been dropped twice.",
        )),
        RemedyFinding::Perhaps(_) if findings.figures.get(Q::FramesToShow).is_some() => w.fill(
            tr!("About {frames} like these would tell this change from chance."),
            [("frames", Q::FramesToShow.into())],
        ),
        RemedyFinding::NoLossShown(_) => w.add(tr!(
            "To lower RMSE, improve the network itself: nearly all of the error is FP32's own.",
        )),
        _ => &mut w,
    };
    match findings.missing {
        MissingInput::AllMaps | MissingInput::BothPredictions => {
            w.add(tr!("Drop maps to replace assumptions by measurements."))
        }
        MissingInput::Int8 => w.add(tr!("Drop the INT8 predictions for a plan.")),
        MissingInput::Fp32 => w.add(tr!("Drop the FP32 predictions for a plan.")),
        MissingInput::GroundTruth => w.add(tr!(
            "Drop ground truth to see whether removing that noise helps."
        )),
        MissingInput::Nothing => &mut w,
    };
    w.finish()
}
