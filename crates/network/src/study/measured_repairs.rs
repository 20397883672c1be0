//! Repairs on frames that they were not fitted on.

use std::collections::HashSet;

use super::study_network::{StudyFrame, StudyNetwork, in_metres};
use super::study_section::{change, rms_m};
use crate::measure::OutputError;
use crate::network_error::NetworkError;
use crate::repair::{Repair, RepairedNetwork};
use crate::runtime::{Engine, Keep, Plan, RunLimits};
use fathom_report::network::RepairEntry;

/// The sets of repairs that are measured, with their names: none, each alone, and all.
#[must_use]
pub fn repair_sets() -> Vec<(&'static str, Vec<Repair>)> {
    let mut out = vec![("none", Vec::new())];
    out.extend(Repair::ALL.map(|repair| (repair.name(), vec![repair])));
    out.push(("all", Repair::ALL.to_vec()));
    out
}

/// The effect of repaired networks on a frame, against the FP32 network.
///
/// # Errors
/// If an operator cannot run.
pub fn repaired_errors(
    network: &StudyNetwork<'_>,
    repaired: &[RepairedNetwork],
    frame: &StudyFrame,
    engine: &Engine,
    limits: RunLimits,
    mut on_run: impl FnMut(u64),
) -> Result<Vec<OutputError>, NetworkError> {
    let off = vec![false; network.pair.gated.quantizers.len()];
    let output = |plan: &Plan, gates: &[bool]| {
        let trace = plan.run(&frame.inputs, gates, None, &Keep::outputs())?;
        let outputs = plan.output_values(&trace);
        let values = outputs.get(network.output).and_then(|value| value.floats());
        let values = values.map(std::borrow::Cow::into_owned);
        values.ok_or_else(|| NetworkError::invalid("The output", "it holds integers"))
    };
    let reference = output(network.plan, &off)?;
    on_run(1);
    let reference_m = in_metres(network.quantity, &reference);
    let to_metres = |values: &[f32]| in_metres(network.quantity, values);
    let mut out = Vec::new();
    for repaired in repaired {
        let gated = &repaired.gated;
        let plan = Plan::new(
            &gated.graph,
            &gated.quantizers,
            &frame.inputs,
            &HashSet::new(),
            engine,
            limits,
        )?;
        out.push(OutputError::of(
            &output(&plan, &repaired.gates)?,
            &reference,
            &reference_m,
            &to_metres,
            frame.truth_m.as_deref(),
        ));
        // Preparing a network is a run too.
        on_run(2);
    }
    Ok(out)
}

/// The entries of the report: one for each set but the first, which has no repair. `errors` are summed over frames, and `fp32` is the network
/// without rounding against ground truth on the same frames.
#[must_use]
pub fn repair_entries(
    network: &StudyNetwork<'_>,
    names: &[&str],
    repaired: &[RepairedNetwork],
    fp32: &OutputError,
    errors: &[OutputError],
) -> Vec<RepairEntry> {
    let Some(before) = errors.first() else {
        return Vec::new();
    };
    let whole = network.space.mean_square(before);
    let sets = names.iter().zip(repaired).zip(errors).skip(1);
    sets.map(|((name, repaired), error)| RepairEntry {
        name: (*name).to_owned(),
        changed: repaired.changed.clone(),
        before_rms: before.change.rms(),
        rms: error.change.rms(),
        rms_m: rms_m(error),
        removed: if whole > 0.0 {
            1.0 - network.space.mean_square(error) / whole
        } else {
            0.0
        },
        truth: change(fp32, error),
    })
    .collect()
}
