//! Repairs on frames that they were not fitted on.

use std::collections::HashSet;

use fathom_core::i18n::tr;

use super::study_network::{StudyFrame, StudyNetwork, in_metres};
use super::study_section::{depth_change, rms_m};
use crate::measure::{ErrorSpace, OutputError};
use crate::network_error::NetworkError;
use crate::repair::{Repair, RepairedNetwork};
use crate::runtime::{Engine, Keep, Plan, RunLimits};
use fathom_report::network::RepairEntry;

/// A set of repairs that is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairSet {
    /// Its name in the report.
    pub name: &'static str,
    /// The repairs.
    pub repairs: Vec<Repair>,
}

impl RepairSet {
    /// No repair, each alone, and all.
    #[must_use]
    pub fn standard() -> Vec<Self> {
        let set = |name, repairs| Self { name, repairs };
        let mut out = vec![set("none", Vec::new())];
        out.extend(Repair::ALL.map(|repair| set(repair.name(), vec![repair])));
        out.push(set("all", Repair::ALL.to_vec()));
        out
    }

    /// The repairs that alone lower the mean square by more than a hundredth. `squares` are those of [`Self::standard`]. `None` where these
    /// are fewer than two, or all.
    #[must_use]
    pub fn helpful(squares: &[f64]) -> Option<Self> {
        let (&before, alone) = squares.split_first()?;
        let helps = |square: &f64| *square < (1.0 - HELPFUL) * before;
        let repairs = Repair::ALL.into_iter().zip(alone);
        let repairs: Vec<Repair> = repairs
            .filter(|(_, square)| helps(square))
            .map(|(repair, _)| repair)
            .collect();
        (2..Repair::ALL.len())
            .contains(&repairs.len())
            .then_some(Self {
                name: "helpful",
                repairs,
            })
    }
}

/// Share of the mean square by which a repair must lower it to count as helpful.
const HELPFUL: f64 = 0.01;

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
        values.ok_or_else(|| NetworkError::invalid(tr!("The output"), tr!("it holds integers")))
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

/// The entries of the report: one for each set but the first, which has no repair. `errors` are summed over frames.
#[must_use]
pub(super) fn repair_entries(
    space: ErrorSpace,
    sets: &[RepairSet],
    repaired: &[RepairedNetwork],
    errors: &[OutputError],
) -> Vec<RepairEntry> {
    let Some(before) = errors.first() else {
        return Vec::new();
    };
    let whole = space.mean_square(before);
    let sets = sets.iter().zip(repaired).zip(errors).skip(1);
    sets.map(|((set, repaired), error)| RepairEntry {
        name: set.name.to_owned(),
        repairs: set.repairs.iter().map(|r| r.name().to_owned()).collect(),
        changed: repaired.changed.clone(),
        before_rms: before.change.rms(),
        rms: error.change.rms(),
        rms_m: rms_m(error),
        removed: if whole > 0.0 {
            1.0 - space.mean_square(error) / whole
        } else {
            0.0
        },
        truth: depth_change(error),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repairs_that_make_it_worse_are_left_out() {
        let names = |squares: &[f64]| {
            let set = RepairSet::helpful(squares)?;
            Some(
                set.repairs
                    .iter()
                    .map(|r| r.name())
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        };
        let found = names(&[1.0, 0.995, 0.5, 1.2, 0.3, 1.0, 0.4]);
        assert_eq!(found.as_deref(), Some("per-channel-weights ends-in-float"));
        assert_eq!(names(&[1.0, 1.0, 1.0, 1.0, 0.3, 1.0, 0.4]), None);
        assert_eq!(names(&[1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4]), None);
        assert_eq!(RepairSet::standard().len(), 7);
    }
}
