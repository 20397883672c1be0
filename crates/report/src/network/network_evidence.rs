//! A measured network as evidence for the answers and the plan.

use fathom_analysis::diagnosis::planner::{MeasuredNetwork, NetworkRemedy, RemedyKind, RestShares};

use super::network_section::NetworkSection;
use super::remedy_entries::{ParetoEntry, RepairEntry};

/// Share of the change that the chosen point leaves, where the reader chose none.
pub const ENOUGH: f64 = 0.5;

/// A section with the reader's choice.
#[derive(Clone, Copy, Debug)]
pub struct NetworkEvidence<'a> {
    /// What was measured.
    pub section: &'a NetworkSection,
    /// Number of layers that the reader keeps at more bits; `None` before a choice.
    pub kept: Option<usize>,
}

impl<'a> NetworkEvidence<'a> {
    /// The chosen point of mixed precision, with at least one kept layer; `None` where it was not measured.
    #[must_use]
    pub fn kept_point(&self) -> Option<&'a ParetoEntry> {
        let section = self.section;
        let chosen = self.kept.and_then(|kept| {
            let mut points = section.pareto.iter();
            points.find(|point| point.kept.len() == kept && !point.is_dominated)
        });
        let point = chosen.or_else(|| section.kept_point(ENOUGH))?;
        (!point.kept.is_empty()).then_some(point)
    }

    /// What a plan takes from it: shares of parts, the chosen point, and repairs that change something.
    #[must_use]
    pub fn for_plan(&self) -> MeasuredNetwork {
        let repairs = self.section.repairs.iter();
        let repairs = repairs.filter_map(|repair| self.repair(repair));
        MeasuredNetwork {
            shares: self.shares(),
            remedies: self.mixed_precision().into_iter().chain(repairs).collect(),
        }
    }

    fn shares(&self) -> Option<RestShares> {
        let groups = self.section.groups.as_ref()?;
        // A part whose rounding undoes others' has a share below 0, and nothing of the variance.
        let share = |share: Option<f64>| share.map(|share| share.max(0.0));
        let shares = RestShares {
            weights: share(groups.weights.shapley)?,
            activations: share(groups.activations.shapley)?,
            output: share(groups.output.shapley)?,
            interactions: 0.0,
        };
        (shares.weights + shares.activations > 0.0).then_some(shares)
    }

    /// Share of a mean square that is left: in metres, or in the unit of the output where that has no metres.
    fn left(&self, before: (f64, Option<f64>), after: (f64, Option<f64>)) -> Option<f64> {
        let is_in_metres = !self.section.has_no_scale();
        let in_metres = before.1.zip(after.1).filter(|_| is_in_metres);
        let (before, after) = in_metres.unwrap_or((before.0, after.0));
        (before > 0.0).then(|| (after / before) * (after / before))
    }

    fn mixed_precision(&self) -> Option<NetworkRemedy> {
        let (first, point) = (self.section.pareto.first()?, self.kept_point()?);
        let square = |rmse_m: f64| rmse_m * rmse_m;
        let truths = first.truth.zip(point.truth);
        Some(NetworkRemedy {
            kind: RemedyKind::SensitiveLayers,
            remaining: self.left((first.rms, first.rms_m), (point.rms, point.rms_m))?,
            mse_to_gt: truths.map(|(now, then)| (square(now.rmse), square(then.rmse))),
            weights_mb: (first.mb, point.mb),
            kept: point.kept.clone(),
        })
    }

    fn repair(&self, repair: &RepairEntry) -> Option<NetworkRemedy> {
        let kind = repair_kind(&repair.name).filter(|_| !repair.changed.is_empty())?;
        let mb = self.section.model.mb_8_bits;
        let is_kept = |name: &String| repair.changed.contains(name);
        let kept: u64 = match kind {
            RemedyKind::EndsInFloat => {
                let layers = self.section.layers.iter();
                let kept = layers.filter(|layer| is_kept(&layer.name));
                kept.map(|layer| layer.parameters).sum()
            }
            _ => 0,
        };
        Some(NetworkRemedy {
            kind,
            remaining: 1.0 - repair.removed,
            mse_to_gt: None,
            // Three bytes more for each parameter in float.
            weights_mb: (mb, mb + 3.0 * kept as f64 / 1e6),
            kept: Vec::new(),
        })
    }
}

/// The remedy that a repair is; `None` for all of them together.
pub(super) fn repair_kind(name: &str) -> Option<RemedyKind> {
    Some(match name {
        "cross-layer-equalisation" => RemedyKind::CrossLayerEqualisation,
        "per-channel-weights" => RemedyKind::PerChannelWeights,
        "clip-search" => RemedyKind::ClipSearch,
        "ends-in-float" => RemedyKind::EndsInFloat,
        "bias-correction" => RemedyKind::BiasCorrection,
        "helpful" => RemedyKind::HelpfulRepairs,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{
        DepthChange, GroupEntry, GroupsEntry, LayerEntry, ModelEntry, OutputEntry,
    };

    fn section() -> NetworkSection {
        let group = |share| GroupEntry {
            shapley: Some(share),
            ..GroupEntry::default()
        };
        let point = |kept: &[&str], rms: f64, rmse: f64| ParetoEntry {
            kept: kept.iter().map(|&name| name.to_owned()).collect(),
            kept_bits: 16,
            mb: 0.1 * (1 + kept.len()) as f64,
            rms,
            rms_m: Some(2.0 * rms),
            truth: Some(DepthChange {
                rmse,
                ..DepthChange::default()
            }),
            ..ParetoEntry::default()
        };
        let repair = |name: &str, changed: &[&str], removed| RepairEntry {
            name: name.to_owned(),
            changed: changed.iter().map(|&name| name.to_owned()).collect(),
            removed,
            ..RepairEntry::default()
        };
        NetworkSection {
            model: ModelEntry {
                mb_8_bits: 0.1,
                ..ModelEntry::default()
            },
            output: OutputEntry {
                quantity: "metres".to_owned(),
                ..OutputEntry::default()
            },
            groups: Some(GroupsEntry {
                weights: group(0.7),
                activations: group(0.4),
                output: group(-0.1),
                ..GroupsEntry::default()
            }),
            layers: vec![LayerEntry {
                name: "b".to_owned(),
                parameters: 20_000,
                ..LayerEntry::default()
            }],
            pareto: vec![
                point(&[], 0.4, 0.5),
                point(&["a"], 0.3, 0.45),
                point(&["a", "b"], 0.1, 0.4),
            ],
            repairs: vec![
                repair("bias-correction", &["a"], 0.25),
                repair("clip-search", &[], 0.0),
                repair("ends-in-float", &["b"], -0.5),
                repair("all", &["a"], 0.75),
            ],
            ..NetworkSection::default()
        }
    }

    #[test]
    fn a_plan_takes_what_was_measured() {
        let section = section();
        let evidence = |kept| NetworkEvidence {
            section: &section,
            kept,
        };
        let measured = evidence(None).for_plan();
        let shares = measured.shares.expect("shares");
        assert_eq!(
            [
                shares.weights,
                shares.activations,
                shares.output,
                shares.interactions
            ],
            [0.7, 0.4, 0.0, 0.0]
        );
        let [kept, bias, ends] = &measured.remedies[..] else {
            panic!("{:?}", measured.remedies);
        };
        assert_eq!(
            (kept.kind, &kept.kept[..]),
            (RemedyKind::SensitiveLayers, &section.pareto[2].kept[..])
        );
        assert!((kept.remaining - 1.0 / 16.0).abs() < 1e-12);
        assert_eq!(kept.mse_to_gt, Some((0.5 * 0.5, 0.4 * 0.4)));
        assert!((kept.weights_mb.1 - 0.3).abs() < 1e-12);
        assert_eq!(
            (bias.kind, bias.remaining),
            (RemedyKind::BiasCorrection, 0.75)
        );
        assert_eq!(bias.weights_mb, (0.1, 0.1));
        assert_eq!((ends.kind, ends.remaining), (RemedyKind::EndsInFloat, 1.5));
        assert!((ends.weights_mb.1 - 0.16).abs() < 1e-12);
        // The reader's choice, and one that is no point of the curve.
        let kept = |kept| {
            evidence(Some(kept))
                .kept_point()
                .map(|point| point.kept.len())
        };
        assert_eq!([kept(1), kept(2), kept(7)], [Some(1), Some(2), Some(2)]);
    }
}
