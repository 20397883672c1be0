//! A measured network as a link carries it: shares of parts, the guiltiest layers, the chosen point of mixed precision.
//!
//! Sentences are left out: the opening page makes them from the figures. Lengths are in single precision, shares in steps of 0.01 %.

use serde::{Deserialize, Serialize};

use crate::network::{
    DepthChange, EffectEntry, GroupEntry, GroupsEntry, LayerEntry, ModelEntry, NetworkEvidence,
    NetworkSection, OutputEntry, ParetoEntry, ShapleyEntry, StructureEntry,
};

/// Most layers that a link carries.
const MAX_LAYERS: usize = 12;

/// Most names of lost or added nodes.
const MAX_NODES: usize = 4;

/// Longest name, in characters.
const MAX_NAME: usize = 60;

/// Most layers, nodes or frames that a network can have.
const MAX_COUNT: u32 = 10_000;

/// Steps of a share of 1.
const SHARE_STEPS: f64 = 1e4;

/// Encodes a measured network; `None` if it cannot be serialised.
#[must_use]
pub fn encode_network(network: &NetworkEvidence) -> Option<Vec<u8>> {
    postcard::to_allocvec(&SharedNetwork::new(network)).ok()
}

/// Decodes the bytes of [`encode_network`] as a section with the measured parts alone; `None` unless every value is plausible. Layers, nodes and
/// frames that a link counts and does not name have empty names.
#[must_use]
pub fn decode_network(bytes: &[u8]) -> Option<NetworkSection> {
    let shared: SharedNetwork = postcard::from_bytes(bytes).ok()?;
    shared.is_plausible().then(|| shared.section())
}

/// A root mean square in the unit of the output, and in metres.
type Rms = (f32, Option<f32>);

/// A share in steps of 0.01 %.
type Share = i32;

/// RMSE, abs_rel and delta1, of the floating-point network and with quantizers.
type Truth = [f32; 6];

#[derive(Serialize, Deserialize)]
struct SharedNetwork {
    quantity: String,
    is_given: bool,
    frames: u32,
    effect: Rms,
    truth: Option<Truth>,
    /// Weights, activations, output.
    parts: Option<[SharedPart; 3]>,
    interaction: Option<Share>,
    structure: Option<SharedStructure>,
    macs: Option<u64>,
    layers_in_all: u32,
    layers_of_half: Option<u32>,
    layers: Vec<SharedLayer>,
    kept: Option<SharedKept>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct SharedPart {
    alone: Rms,
    shapley: Option<Share>,
    interval: Option<[Share; 2]>,
}

#[derive(Serialize, Deserialize)]
struct SharedStructure {
    lost: SharedNames,
    added: SharedNames,
    effect: Option<Rms>,
}

/// The first names, and how many there are in all.
#[derive(Serialize, Deserialize)]
struct SharedNames(Vec<String>, u32);

#[derive(Serialize, Deserialize)]
struct SharedLayer {
    name: String,
    operator: String,
    only: Option<Rms>,
    only_share: Option<Share>,
    all_but_share: Option<Share>,
    /// Share and standard error.
    shapley: Option<(Share, Share)>,
    macs: Option<u64>,
    parameters: u64,
}

/// Both ends of the curve's part that the reader chose: no layer, and the kept layers.
#[derive(Serialize, Deserialize)]
struct SharedKept {
    bits: u8,
    layers: SharedNames,
    mac_share: Option<Share>,
    none: SharedPoint,
    chosen: SharedPoint,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct SharedPoint {
    mb: f32,
    change: Rms,
    truth: Option<Truth>,
}

fn to_share(share: f64) -> Share {
    (share * SHARE_STEPS).round() as Share
}

fn from_share(share: Share) -> f64 {
    f64::from(share) / SHARE_STEPS
}

fn to_rms(rms: f64, rms_m: Option<f64>) -> Rms {
    (rms as f32, rms_m.map(|metres| metres as f32))
}

fn from_rms((rms, rms_m): Rms) -> (f64, Option<f64>) {
    (f64::from(rms), rms_m.map(f64::from))
}

fn to_truth(change: DepthChange) -> Truth {
    [
        change.rmse_fp32,
        change.rmse,
        change.abs_rel_fp32,
        change.abs_rel,
        change.delta1_fp32,
        change.delta1,
    ]
    .map(|figure| figure as f32)
}

fn from_truth(figures: Truth) -> DepthChange {
    let [rmse_fp32, rmse, abs_rel_fp32, abs_rel, delta1_fp32, delta1] = figures.map(f64::from);
    DepthChange {
        rmse_fp32,
        rmse,
        abs_rel_fp32,
        abs_rel,
        delta1_fp32,
        delta1,
    }
}

fn short(name: &str) -> String {
    name.chars().take(MAX_NAME).collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(MAX_COUNT).min(MAX_COUNT)
}

impl SharedNames {
    fn new(names: &[String], most: usize) -> Self {
        let first = names.iter().take(most).map(|name| short(name)).collect();
        Self(first, count(names.len()))
    }

    fn names(&self) -> Vec<String> {
        let mut names = self.0.clone();
        names.resize(self.1 as usize, String::new());
        names
    }

    fn is_plausible(&self, most: usize) -> bool {
        let are_short = self.0.iter().all(|name| name.chars().count() <= MAX_NAME);
        are_short && self.0.len() <= most && self.1 <= MAX_COUNT && self.0.len() <= self.1 as usize
    }
}

impl SharedPart {
    fn new(group: &GroupEntry) -> Self {
        Self {
            alone: to_rms(group.alone_rms, group.alone_rms_m),
            shapley: group.shapley.map(to_share),
            interval: group.interval.map(|ends| ends.map(to_share)),
        }
    }

    fn group(self) -> GroupEntry {
        let (alone_rms, alone_rms_m) = from_rms(self.alone);
        GroupEntry {
            quantizers: 0,
            alone_rms,
            alone_rms_m,
            shapley: self.shapley.map(from_share),
            interval: self.interval.map(|ends| ends.map(from_share)),
        }
    }
}

impl SharedPoint {
    fn new(point: &ParetoEntry) -> Self {
        Self {
            mb: point.mb as f32,
            change: to_rms(point.rms, point.rms_m),
            truth: point.truth.map(to_truth),
        }
    }

    fn entry(self, kept: Vec<String>, kept_bits: u8, mac_share: Option<f64>) -> ParetoEntry {
        let (rms, rms_m) = from_rms(self.change);
        ParetoEntry {
            kept,
            kept_bits,
            mb: f64::from(self.mb),
            mac_share,
            rms,
            rms_m,
            is_dominated: false,
            truth: self.truth.map(from_truth),
        }
    }
}

impl SharedNetwork {
    fn new(network: &NetworkEvidence) -> Self {
        let section = network.section;
        let layer = |layer: &LayerEntry| SharedLayer {
            name: short(&layer.name),
            operator: short(&layer.operator),
            only: layer.only_rms.map(|rms| to_rms(rms, layer.only_rms_m)),
            only_share: layer.only.map(to_share),
            all_but_share: layer.all_but.map(to_share),
            shapley: layer
                .shapley
                .map(|shapley| (to_share(shapley.share), to_share(shapley.standard_error))),
            macs: layer.macs,
            parameters: layer.parameters,
        };
        let structure = |structure: &StructureEntry| SharedStructure {
            lost: SharedNames::new(&structure.lost_nodes, MAX_NODES),
            added: SharedNames::new(&structure.added_nodes, MAX_NODES),
            effect: structure.rms.map(|rms| to_rms(rms, structure.rms_m)),
        };
        let groups = section.groups.as_ref();
        let kept = network.kept_point().zip(section.pareto.first());
        Self {
            quantity: short(&section.output.quantity),
            is_given: section.output.is_given,
            frames: count(section.frames.len()),
            effect: to_rms(section.effect.rms, section.effect.rms_m),
            truth: section.effect.truth.map(to_truth),
            parts: groups.map(|groups| {
                [&groups.weights, &groups.activations, &groups.output].map(SharedPart::new)
            }),
            interaction: groups.and_then(|groups| groups.interaction.map(to_share)),
            structure: section.structure.as_ref().map(structure),
            macs: section.model.macs,
            layers_in_all: count(section.layers.len()),
            layers_of_half: section.layers_of_half.map(count),
            layers: section.layers.iter().take(MAX_LAYERS).map(layer).collect(),
            kept: kept.map(|(point, none)| SharedKept {
                bits: point.kept_bits,
                layers: SharedNames::new(&point.kept, MAX_LAYERS),
                mac_share: point.mac_share.map(to_share),
                none: SharedPoint::new(none),
                chosen: SharedPoint::new(point),
            }),
        }
    }

    /// Returns true if a page can have written these values. They are shown without being measured again.
    fn is_plausible(&self) -> bool {
        let is_short = |text: &str| text.chars().count() <= MAX_NAME;
        let is_length = |figure: f32| figure.is_finite() && figure >= 0.0;
        let is_rms = |(rms, rms_m): Rms| is_length(rms) && rms_m.is_none_or(is_length);
        let is_truth = |truth: Option<Truth>| {
            truth.is_none_or(|figures| figures.iter().all(|figure| figure.is_finite()))
        };
        let is_layer = |layer: &SharedLayer| {
            is_short(&layer.name) && is_short(&layer.operator) && layer.only.is_none_or(is_rms)
        };
        let is_point = |point: SharedPoint| {
            is_length(point.mb) && is_rms(point.change) && is_truth(point.truth)
        };
        let is_structure = |structure: &SharedStructure| {
            structure.lost.is_plausible(MAX_NODES)
                && structure.added.is_plausible(MAX_NODES)
                && structure.effect.is_none_or(is_rms)
        };
        let is_kept = |kept: &SharedKept| {
            kept.layers.is_plausible(MAX_LAYERS) && is_point(kept.none) && is_point(kept.chosen)
        };
        let parts = self.parts.as_ref();
        is_short(&self.quantity)
            && self.frames <= MAX_COUNT
            && is_rms(self.effect)
            && is_truth(self.truth)
            && parts.is_none_or(|parts| parts.iter().all(|part| is_rms(part.alone)))
            && self.structure.as_ref().is_none_or(is_structure)
            && self.layers_in_all <= MAX_COUNT
            && self.layers.len() <= MAX_LAYERS.min(self.layers_in_all as usize)
            && self.layers.iter().all(is_layer)
            && self.kept.as_ref().is_none_or(is_kept)
    }

    fn section(&self) -> NetworkSection {
        let (rms, rms_m) = from_rms(self.effect);
        let layer = |layer: &SharedLayer| {
            let only = layer.only.map(from_rms);
            LayerEntry {
                name: layer.name.clone(),
                operator: layer.operator.clone(),
                only_rms: only.map(|only| only.0),
                only_rms_m: only.and_then(|only| only.1),
                only: layer.only_share.map(from_share),
                all_but: layer.all_but_share.map(from_share),
                shapley: layer.shapley.map(|(share, error)| ShapleyEntry {
                    share: from_share(share),
                    standard_error: from_share(error),
                    interval: None,
                }),
                macs: layer.macs,
                parameters: layer.parameters,
                ..LayerEntry::default()
            }
        };
        let mut layers: Vec<LayerEntry> = self.layers.iter().map(layer).collect();
        layers.resize_with(self.layers_in_all as usize, LayerEntry::default);
        let structure = |structure: &SharedStructure| {
            let effect = structure.effect.map(from_rms);
            StructureEntry {
                lost_nodes: structure.lost.names(),
                added_nodes: structure.added.names(),
                rms: effect.map(|effect| effect.0),
                rms_m: effect.and_then(|effect| effect.1),
                ..StructureEntry::default()
            }
        };
        NetworkSection {
            model: ModelEntry {
                macs: self.macs,
                ..ModelEntry::default()
            },
            output: OutputEntry {
                quantity: self.quantity.clone(),
                is_given: self.is_given,
                ..OutputEntry::default()
            },
            frames: vec![String::new(); self.frames as usize],
            effect: EffectEntry {
                rms,
                rms_m,
                truth: self.truth.map(from_truth),
                ..EffectEntry::default()
            },
            structure: self.structure.as_ref().map(structure),
            groups: self.parts.map(|parts| {
                let [weights, activations, output] = parts.map(SharedPart::group);
                GroupsEntry {
                    weights,
                    activations,
                    output,
                    interaction: self.interaction.map(from_share),
                    ..GroupsEntry::default()
                }
            }),
            layers,
            layers_of_half: self.layers_of_half.map(|count| count as usize),
            pareto: self.kept.as_ref().map_or_else(Vec::new, |kept| {
                let mac_share = kept.mac_share.map(from_share);
                vec![
                    kept.none.entry(Vec::new(), kept.bits, Some(0.0)),
                    kept.chosen.entry(kept.layers.names(), kept.bits, mac_share),
                ]
            }),
            ..NetworkSection::default()
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::network::NetworkSummary;
    use proptest::prelude::*;

    /// A section with every part that a link carries, and more layers than it names.
    pub(crate) fn full() -> NetworkSection {
        let truth = |rmse| DepthChange {
            rmse_fp32: 0.25,
            rmse,
            abs_rel_fp32: 0.125,
            abs_rel: 0.25,
            delta1_fp32: 0.875,
            delta1: 0.75,
        };
        let group = |share: f64| GroupEntry {
            quantizers: 0,
            alone_rms: 0.25 * share,
            alone_rms_m: Some(0.25 * share),
            shapley: Some(share),
            interval: Some([share - 0.125, share + 0.125]),
        };
        let layer = |place: usize| LayerEntry {
            name: format!("/decoder/convs.{place}/Conv"),
            operator: "Conv".to_owned(),
            only_rms: Some(0.125),
            only_rms_m: Some(0.125),
            only: Some(0.5),
            all_but: Some(-0.25),
            macs: Some(1 << 40),
            parameters: 1_308,
            shapley: Some(ShapleyEntry {
                share: 0.625,
                standard_error: 0.0125,
                interval: None,
            }),
            ..LayerEntry::default()
        };
        let point = |kept: usize, mb: f64, rms: f64| ParetoEntry {
            kept: (0..kept).map(|place| layer(place).name).collect(),
            kept_bits: 16,
            mb,
            mac_share: Some(0.25 * kept as f64),
            rms,
            rms_m: Some(rms),
            is_dominated: false,
            truth: Some(truth(0.5)),
        };
        NetworkSection {
            model: ModelEntry {
                macs: Some(1 << 41),
                ..ModelEntry::default()
            },
            output: OutputEntry {
                quantity: "metres".to_owned(),
                ..OutputEntry::default()
            },
            frames: vec![String::new(); 6],
            effect: EffectEntry {
                rms: 0.25,
                rms_m: Some(0.25),
                truth: Some(truth(0.5)),
                ..EffectEntry::default()
            },
            structure: Some(StructureEntry {
                lost_nodes: vec!["relu".to_owned()],
                rms: Some(0.5),
                rms_m: None,
                ..StructureEntry::default()
            }),
            groups: Some(GroupsEntry {
                weights: group(0.5),
                activations: group(0.375),
                output: group(0.125),
                interaction: Some(-0.0625),
                ..GroupsEntry::default()
            }),
            layers: (0..20).map(layer).collect(),
            layers_of_half: Some(1),
            pareto: vec![
                point(0, 0.5, 0.25),
                point(1, 0.5625, 0.1875),
                point(2, 0.625, 0.0625),
            ],
            ..NetworkSection::default()
        }
    }

    #[test]
    fn shares_layers_and_the_chosen_point_round_trip() {
        let whole = full();
        for (kept, expected) in [(None, 2), (Some(1), 1)] {
            let evidence = NetworkEvidence {
                section: &whole,
                kept,
            };
            let bytes = encode_network(&evidence).expect("bytes");
            assert!(bytes.len() < 1_000, "{} bytes", bytes.len());
            let read = decode_network(&bytes).expect("a section");
            let named = &read.layers[..MAX_LAYERS];
            assert_eq!(named, &whole.layers[..MAX_LAYERS]);
            let mut points = whole.pareto.clone();
            points.retain(|point| point.kept.is_empty() || point.kept.len() == expected);
            let rest = NetworkSection {
                layers: read.layers.clone(),
                pareto: points,
                ..whole.clone()
            };
            assert_eq!(read, rest);
            // The page says the same, of all layers.
            let (own, shared) = (NetworkSummary::new(&whole), NetworkSummary::new(&read));
            assert_eq!(shared.verdict, own.verdict);
            assert_eq!((shared.parts, shared.effect), (own.parts, own.effect));
            assert_eq!(shared.layers.len(), MAX_LAYERS);
            assert_eq!(read.layers.len(), 20);
        }
    }

    #[test]
    fn impossible_figures_are_refused() {
        let spoil: [fn(&mut NetworkSection); 4] = [
            |s| s.effect.rms = f64::NAN,
            |s| s.pareto[2].mb = -1.0,
            |s| s.layers[3].only_rms = Some(f64::INFINITY),
            |s| s.layers.truncate(0),
        ];
        for (row, spoil) in spoil.into_iter().enumerate() {
            let mut section = full();
            spoil(&mut section);
            let evidence = NetworkEvidence {
                section: &section,
                kept: None,
            };
            let bytes = encode_network(&evidence).expect("bytes");
            // A network without layers is possible.
            assert_eq!(decode_network(&bytes).is_some(), row == 3, "row {row}");
        }
    }

    proptest! {
        #[test]
        fn decoding_never_panics(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let _ = decode_network(&bytes);
            let section = full();
            let evidence = NetworkEvidence { section: &section, kept: None };
            let mut bytes = encode_network(&evidence).expect("bytes");
            for (at, byte) in spoilt {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Some(section) = decode_network(&bytes) {
                let _ = NetworkSummary::new(&section);
            }
        }
    }
}
