//! The finding on a measured network: the layers that make the change, and what is left with some of them at more bits.

use super::figures::{Figures, Quantity, Value};
use super::section_id::SectionId;
use crate::network::{LayerEntry, NetworkEvidence, NetworkSection};
use fathom_analysis::diagnosis::planner::Basis;

/// The layers that make the change of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuiltyLayers {
    /// INT8 changes nothing.
    NoChange,
    /// Layers are not measured yet.
    Unranked,
    /// This layer alone makes more than the whole: errors of others cancel a part of it.
    Cancelled(String),
    /// This layer makes half.
    One(String),
    /// These layers make half together.
    Few(Vec<String>),
    /// More than a quarter of all layers are needed for half.
    NoSingle,
    /// This layer alone makes most; shares are not sampled.
    Largest(String),
}

/// Layers that are kept at more bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptLayers {
    /// Their names.
    pub names: Vec<String>,
    /// Their bits; 32 for float.
    pub bits: u8,
}

/// The finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkFinding {
    /// The layers that make the change.
    pub guilty: GuiltyLayers,
    /// The chosen point of mixed precision; `None` where it was not measured.
    pub kept: Option<KeptLayers>,
}

impl NetworkFinding {
    /// Builds the finding from the evidence, and sets the quantities that sentences name.
    pub(super) fn new(evidence: &NetworkEvidence, figures: &mut Figures) -> Self {
        let section = evidence.section;
        let mut set = |quantity, value, id| figures.set(quantity, value, Basis::Measured, id);
        let layers = SectionId::NetworkLayers;
        set(
            Quantity::NetworkChange,
            change(section, section.effect.rms, section.effect.rms_m),
            layers,
        );
        let guilty = guilty(section);
        let count = section.layers_of_half.unwrap_or_default();
        set(Quantity::LayersOfHalf, Value::Count(count), layers);
        set(
            Quantity::NetworkLayers,
            Value::Layers(section.layers.len()),
            layers,
        );
        if let Some(first) = section.layers.first() {
            let alone = first
                .only_rms
                .map(|rms| change(section, rms, first.only_rms_m));
            if let Some(alone) = alone {
                set(Quantity::LayerAlone, alone, layers);
            }
            if let Some(shapley) = first.shapley {
                set(Quantity::LayerShare, Value::Share(shapley.share), layers);
            }
        }
        let kept = evidence.kept_point().zip(section.pareto.first());
        let kept = kept.map(|(point, first)| {
            let place = SectionId::NetworkKept;
            set(
                Quantity::KeptChange,
                change(section, point.rms, point.rms_m),
                place,
            );
            set(Quantity::Int8Weights, Value::Megabytes(first.mb), place);
            set(Quantity::KeptWeights, Value::Megabytes(point.mb), place);
            KeptLayers {
                names: point.kept.clone(),
                bits: point.kept_bits,
            }
        });
        Self { guilty, kept }
    }
}

/// A change: in metres where the output has a depth in metres, else in the output's own unit.
fn change(section: &NetworkSection, rms: f64, rms_m: Option<f64>) -> Value {
    match rms_m.filter(|_| !section.has_no_scale()) {
        Some(metres) => Value::Length(metres),
        None => Value::Output(rms),
    }
}

fn guilty(section: &NetworkSection) -> GuiltyLayers {
    if section.effect.rms == 0.0 {
        return GuiltyLayers::NoChange;
    }
    let Some(first) = section.layers.first().filter(|layer| layer.only.is_some()) else {
        return GuiltyLayers::Unranked;
    };
    let name = first.name.clone();
    // Errors of other layers can cancel a part of it.
    let is_over = first.only_rms.is_some_and(|rms| rms > section.effect.rms);
    match (section.layers_of_half, first.shapley) {
        (Some(1) | None, _) if is_over => GuiltyLayers::Cancelled(name),
        (Some(1), Some(_)) => GuiltyLayers::One(name),
        (Some(count), Some(_)) if 4 * count > section.layers.len() => GuiltyLayers::NoSingle,
        (Some(count), Some(_)) => {
            let names = section.layers.iter().take(count);
            GuiltyLayers::Few(names.map(|layer: &LayerEntry| layer.name.clone()).collect())
        }
        _ => GuiltyLayers::Largest(name),
    }
}
