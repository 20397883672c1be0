//! A section in words: one answer, then what bears it out.

use std::collections::BTreeMap;

use fathom_analysis::PUBLISHED_CASE;
use fathom_core::i18n::tr;
use fathom_core::units;
use serde::{Deserialize, Serialize};

use super::layer_entries::{DepthChange, GroupEntry, LayerEntry};
use super::network_evidence::{ENOUGH, repair_kind};
use super::network_section::NetworkSection;
use super::quantizer_entry::QuantizerEntry;
use super::remedy_entries::{ParetoEntry, RepairEntry};
use crate::answers::network_verdict;

/// Quantizers that are judged together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkPart {
    /// Weights and biases.
    Weights,
    /// Input and activations.
    Activations,
    /// The output.
    Output,
}

impl NetworkPart {
    /// Its name, translated.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Weights => tr!("Weights"),
            Self::Activations => tr!("Activations"),
            Self::Output => tr!("Output"),
        }
    }
}

/// The share of a part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartShare {
    /// The part.
    pub part: NetworkPart,
    /// Its Shapley share of the squared change, not below 0.
    pub fraction: f64,
    /// The share as text.
    pub share: String,
    /// The 95 % interval over frames; empty with one frame.
    pub interval: String,
    /// The change that it makes alone.
    pub alone: String,
}

/// A layer as a row of a table. What is not measured yet is a dash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
    /// Its place in the order of the network, from 0.
    pub place: u32,
    /// Name of the layer.
    pub name: String,
    /// Its operator.
    pub operator: String,
    /// Shapley share with its standard error.
    pub share: String,
    /// Share that only this layer makes.
    pub only: String,
    /// Share that vanishes without this layer.
    pub all_but: String,
    /// Change of the depth with only this layer rounded.
    pub only_length: String,
    /// Signal to noise of its last quantizer alone.
    pub local: String,
    /// Signal to noise of its last tensor in the INT8 run.
    pub accumulated: String,
    /// Share of the multiplications.
    pub macs: String,
    /// Weights and biases.
    pub parameters: String,
    /// Its tensors without biases. Empty in a link.
    pub tensors: Vec<TensorRow>,
}

/// A tensor of a layer. What is not measured is a dash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TensorRow {
    /// Place of its quantizer.
    pub quantizer: u32,
    /// Name of the tensor.
    pub name: String,
    /// Kind of the rounded values, translated, with the type of the codes.
    pub kind: String,
    /// Smallest and largest value that codes stand for; `None` where scales are made at run time.
    pub ends: Option<[f64; 2]>,
    /// The same as text.
    pub range: String,
    /// Smallest and largest value of all frames.
    pub seen: String,
    /// Shares of the values below and above the range.
    pub clipped: String,
    /// Codes that occur, of those that there are.
    pub codes: String,
}

/// A tensor on the way through the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlongPoint {
    /// Name of the tensor.
    pub name: String,
    /// Noise to signal of its quantizer alone, RMS over RMS; `None` without noise.
    pub local: Option<f64>,
    /// Noise to signal of the tensor in the INT8 run; `None` without noise.
    pub accumulated: Option<f64>,
    /// Places in this list of the tensors that it is computed from.
    pub sources: Vec<u32>,
}

/// A point of the curve of kept layers as a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptRow {
    /// Number of layers that are kept.
    pub kept: u32,
    /// The layer that joined last; empty for the first point.
    pub last: String,
    /// Size of the parameters in MB.
    pub mb: f64,
    /// The change that is left, in metres, or in the unit of the output where that has no metres.
    pub rms: f64,
    /// The same as text.
    pub change: String,
    /// The share of the change that is left.
    pub left: String,
    /// Share of the multiplications in kept layers.
    pub macs: String,
    /// RMSE against ground truth.
    pub rmse: String,
    /// Nodes for a tool to keep.
    pub nodes: Vec<String>,
    /// The change that is left where a tool keeps these whole nodes.
    pub by_nodes: String,
    /// True for the point that is chosen before the reader chooses one.
    pub is_enough: bool,
}

/// A repair as a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RepairRow {
    /// Its name.
    pub name: String,
    /// The number of layers that it changes.
    pub changes: String,
    /// The change of the depth that is left.
    pub change: String,
    /// Share of the squared change that it removes.
    pub removed: String,
    /// RMSE against ground truth.
    pub rmse: String,
}

/// A section in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkSummary {
    /// The answer in one sentence.
    pub verdict: String,
    /// What is no quantization: lost and added nodes, a sentence each.
    pub structure: Vec<String>,
    /// What all quantizers do, a sentence each.
    pub effect: Vec<String>,
    /// Shares of weights, activations and output. They add up to the whole.
    pub parts: Vec<PartShare>,
    /// How the parts act together; empty where nothing changes.
    pub interaction: String,
    /// The layers, the largest effect first.
    pub layers: Vec<LayerRow>,
    /// Tensors of a frame in the order of the network.
    pub along: Vec<AlongPoint>,
    /// How noise grows along the network; empty where that is unknown.
    pub growth: String,
    /// What else a reader should know, a sentence each.
    pub notes: Vec<String>,
    /// Points on the curve of kept layers. Empty unless measured.
    pub kept: Vec<KeptRow>,
    /// Bits of kept layers; 32 for float.
    pub kept_bits: u8,
    /// True if changes are in metres, false if they are in the unit of the output.
    pub is_in_metres: bool,
    /// The repairs. Empty unless measured.
    pub repairs: Vec<RepairRow>,
    /// Frames that repairs were fitted and measured on, in a sentence.
    pub repair_frames: String,
}

impl NetworkSummary {
    /// Words a section.
    #[must_use]
    pub fn new(section: &NetworkSection) -> Self {
        Self {
            verdict: network_verdict(section),
            structure: structure(section),
            effect: effect(section),
            parts: parts(section),
            interaction: interaction(section),
            layers: section
                .layers
                .iter()
                .filter(|layer| layer.only.is_some())
                .map(|layer| row(section, layer))
                .collect(),
            along: along(section),
            growth: growth(section),
            notes: notes(section),
            kept: kept_rows(section),
            kept_bits: section.pareto.last().map_or(0, |point| point.kept_bits),
            is_in_metres: section.effect.rms_m.is_some() && !section.has_no_scale(),
            repairs: section
                .repairs
                .iter()
                .map(|repair| repair_row(section, repair))
                .collect(),
            repair_frames: repair_frames(section),
        }
    }
}

/// A change: in metres where the output has a depth in metres, else in the output's own unit.
fn change(section: &NetworkSection, rms: f64, rms_m: Option<f64>) -> String {
    match rms_m.filter(|_| !section.has_no_scale()) {
        Some(metres) => units::length(metres),
        None => tr!("{value} (unit of the output)", value = units::ratio(rms)),
    }
}

/// A change of the output, which is a length where the output is a depth in metres.
fn in_output(section: &NetworkSection, rms: f64) -> String {
    let is_metres = section.output.quantity == "metres";
    change(section, rms, is_metres.then_some(rms))
}

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| units::MISSING.to_owned())
}

fn whole(section: &NetworkSection) -> String {
    change(section, section.effect.rms, section.effect.rms_m)
}

fn structure(section: &NetworkSection) -> Vec<String> {
    let Some(structure) = &section.structure else {
        return Vec::new();
    };
    let names = |names: &[String]| units::listed(names.iter().map(String::as_str));
    let mut out = Vec::new();
    if !structure.lost_nodes.is_empty() {
        out.push(tr!(
            "This is not quantization: the INT8 model lacks {nodes}.",
            nodes = names(&structure.lost_nodes)
        ));
    }
    if !structure.added_nodes.is_empty() {
        out.push(tr!(
            "This is not quantization: the INT8 model adds {nodes}.",
            nodes = names(&structure.added_nodes)
        ));
    }
    if let Some(rms) = structure.rms {
        out.push(tr!(
            "These nodes alone change the depth by {change} (RMS). The figures below are those of the quantizers in the intact network.",
            change = change(section, rms, structure.rms_m)
        ));
    }
    out
}

fn effect(section: &NetworkSection) -> Vec<String> {
    let effect = &section.effect;
    let frames = units::counted(section.frames.len(), units::Noun::Frame);
    let mut out = vec![tr!(
        "All quantizers together change the depth by {whole} (RMS) over {frames}.",
        whole = whole(section),
        frames
    )];
    if let Some(truth) = effect.truth {
        let [before, after] = units::distinct_lengths([truth.rmse_fp32, truth.rmse]);
        out.push(tr!(
            "Against ground truth: RMSE {before} → {after}, abs_rel {rel_before} → {rel_after}, delta1 {share_before} → {share_after}.",
            before,
            after,
            rel_before = format_args!("{:.4}", truth.abs_rel_fp32),
            rel_after = format_args!("{:.4}", truth.abs_rel),
            share_before = format_args!("{:.4}", truth.delta1_fp32),
            share_after = format_args!("{:.4}", truth.delta1)
        ));
    }
    out
}

fn parts(section: &NetworkSection) -> Vec<PartShare> {
    let Some(groups) = &section.groups else {
        return Vec::new();
    };
    let part = |part: NetworkPart, group: &GroupEntry| {
        // A part without quantizers changes nothing.
        let share = group
            .shapley
            .filter(|&share| share != 0.0 || group.alone_rms != 0.0)?;
        Some(PartShare {
            part,
            fraction: share.max(0.0),
            share: units::signed_share(share),
            interval: group.interval.map_or_else(String::new, |[low, high]| {
                tr!(
                    "{low} to {high}",
                    low = units::signed_share(low),
                    high = units::signed_share(high)
                )
            }),
            alone: change(section, group.alone_rms, group.alone_rms_m),
        })
    };
    [
        part(NetworkPart::Weights, &groups.weights),
        part(NetworkPart::Activations, &groups.activations),
        part(NetworkPart::Output, &groups.output),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn interaction(section: &NetworkSection) -> String {
    let interaction = section
        .groups
        .as_ref()
        .and_then(|groups| groups.interaction);
    match interaction {
        None => String::new(),
        Some(share) if share.abs() < 0.005 => {
            tr!("Weights, activations and output add up: their interaction is below 0.5 %.")
                .to_owned()
        }
        Some(share) if share > 0.0 => tr!(
            "Interaction {share}: together they cost more than the sum of each alone.",
            share = units::signed_share(share)
        ),
        Some(share) => tr!(
            "Interaction {share}: together they cost less than the sum of each alone.",
            share = units::signed_share(share)
        ),
    }
}

fn row(section: &NetworkSection, layer: &LayerEntry) -> LayerRow {
    let share = |share: Option<f64>| dash(share.map(units::signed_share));
    let macs: Option<u64> = section.model.macs.filter(|&macs| macs > 0);
    let of_all = layer.macs.zip(macs);
    let last = last_quantizer(section, layer);
    let decibels = |rms: f64, snr_db: Option<f64>| match snr_db {
        Some(db) => tr!("{db} dB", db = format_args!("{db:.1}")),
        None if rms == 0.0 => tr!("no error").to_owned(),
        // An error without a signal.
        None => units::MISSING.to_owned(),
    };
    let local = last.and_then(|quantizer| quantizer.local);
    let accumulated = last.and_then(|quantizer| quantizer.accumulated);
    LayerRow {
        place: u32::try_from(layer.place).unwrap_or(u32::MAX),
        name: layer.name.clone(),
        operator: layer.operator.clone(),
        share: dash(layer.shapley.map(|shapley| {
            format!(
                "{} \u{b1} {}",
                units::signed_share(shapley.share),
                units::share(shapley.standard_error)
            )
        })),
        only: share(layer.only),
        all_but: share(layer.all_but),
        only_length: dash(
            layer
                .only_rms
                .map(|rms| change(section, rms, layer.only_rms_m)),
        ),
        local: dash(local.map(|local| decibels(local.rms, local.snr_db))),
        accumulated: dash(accumulated.map(|error| decibels(error.rms, error.snr_db))),
        macs: share(of_all.map(|(own, all)| own as f64 / all as f64)),
        parameters: units::count(layer.parameters as f64),
        tensors: tensors(section, layer),
    }
}

fn tensors(section: &NetworkSection, layer: &LayerEntry) -> Vec<TensorRow> {
    let quantizers = section.quantizers.iter().zip(0_u32..);
    let own = quantizers.filter(|(entry, _)| entry.layer == layer.name && entry.kind != "bias");
    own.map(|(entry, quantizer)| tensor_row(entry, quantizer))
        .collect()
}

fn tensor_row(entry: &QuantizerEntry, quantizer: u32) -> TensorRow {
    let ends = |ends: [f64; 2]| {
        let [low, high] = ends.map(units::ratio);
        tr!("{low} to {high}", low, high)
    };
    let kind = match entry.kind.as_str() {
        "weight" => tr!("weight"),
        "input" => tr!("input"),
        "output" => tr!("output"),
        _ => tr!("activation"),
    };
    let clipped = entry.clipped_low.zip(entry.clipped_high);
    TensorRow {
        quantizer,
        name: entry.name.clone(),
        kind: format!("{kind}, {}", entry.code),
        ends: entry.range,
        range: match entry.range {
            Some(range) => ends(range),
            None => tr!("made at run time").to_owned(),
        },
        seen: dash(entry.seen.map(ends)),
        clipped: dash(clipped.map(|(low, high)| {
            tr!(
                "{low} below, {high} above",
                low = units::share(low),
                high = units::share(high)
            )
        })),
        codes: dash(entry.codes_used.map(|used| {
            tr!(
                "{used} of {all}",
                used = units::count(used as f64),
                all = units::count(libm::exp2(f64::from(entry.bits)))
            )
        })),
    }
}

/// The last quantizer of a layer that rounds values of a frame, or else its last one.
fn last_quantizer<'a>(
    section: &'a NetworkSection,
    layer: &LayerEntry,
) -> Option<&'a QuantizerEntry> {
    let own = || {
        let quantizers = section.quantizers.iter();
        quantizers.filter(|quantizer| quantizer.layer == layer.name)
    };
    let mut of_frame = own().filter(|quantizer| quantizer.accumulated.is_some());
    of_frame.next_back().or_else(|| own().next_back())
}

fn along(section: &NetworkSection) -> Vec<AlongPoint> {
    let ratio = |snr_db: Option<f64>| snr_db.map(|db| libm::pow(10.0, -db / 20.0));
    let is_on_way = |entry: &QuantizerEntry| entry.local.is_some() && entry.accumulated.is_some();
    let quantizers = section.quantizers.iter().enumerate();
    let on_way = quantizers.filter(|(_, entry)| is_on_way(entry));
    let places: BTreeMap<usize, u32> = on_way.map(|(place, _)| place).zip(0..).collect();
    let quantizers = section.quantizers.iter();
    quantizers
        .filter_map(|quantizer| {
            let sources = quantizer.sources.iter();
            Some(AlongPoint {
                name: quantizer.name.clone(),
                local: ratio(quantizer.local?.snr_db),
                accumulated: ratio(quantizer.accumulated?.snr_db),
                sources: sources.filter_map(|own| places.get(own).copied()).collect(),
            })
        })
        .collect()
}

fn growth(section: &NetworkSection) -> String {
    let Some(growth) = &section.growth else {
        return String::new();
    };
    let explained = units::share(growth.explained);
    match (growth.kind.as_str(), growth.rate) {
        _ if growth.explained < 0.5 => {
            tr!("Noise to signal follows no simple law of depth in the network.").to_owned()
        }
        ("exponential", Some(rate)) => tr!(
            "Noise to signal is multiplied by {rate} from layer to layer, which explains {explained} of it.",
            rate = units::ratio(rate),
            explained
        ),
        ("power", Some(rate)) => tr!(
            "Noise to signal grows with the number of layers to the power {rate}, which explains {explained} of it; independent errors have 0.5.",
            rate = units::ratio(rate),
            explained
        ),
        _ => tr!("Noise to signal does not grow along the network.").to_owned(),
    }
}

/// The published errors of a few layers of another network, in a sentence.
#[must_use]
pub fn published_growth() -> String {
    let [first, second, third, last] = PUBLISHED_CASE.accumulated_m;
    tr!(
        "Published for one network: {first} after the first three layers, {last} after the last. Nothing was published between.",
        first = units::lengths(&[first, second, third]),
        last = units::length(last)
    )
}

/// The published division of another network's error, in a sentence.
#[must_use]
pub fn published_split() -> String {
    let split = &PUBLISHED_CASE.split;
    tr!(
        "Published for one network, without a measurement: weights {weights}, activations {activations}, output {output}, interactions {interactions}.",
        weights = units::share(split.weights),
        activations = units::share(split.activations),
        output = units::share(split.output),
        interactions = units::share(split.interactions)
    )
}

fn notes(section: &NetworkSection) -> Vec<String> {
    let mut out = Vec::new();
    let Some(saturation) = &section.saturation else {
        return out;
    };
    if let Some(floor) = saturation.tie_floor_rms.filter(|&floor| floor > 0.0) {
        out.push(tr!(
            "Ties that round the other way can move the output by some {floor}: runtimes that add in another order differ by as much.",
            floor = in_output(section, floor)
        ));
    }
    if saturation.saturating > 0 {
        let share = saturation.saturating as f64 / saturation.pairs.max(1) as f64;
        out.push(tr!(
            "{share} of the pairs of weights can saturate on CPUs without VNNI, which then give other depths.",
            share = units::share(share)
        ));
    }
    out
}

/// RMSE against ground truth.
fn rmse(truth: Option<DepthChange>) -> String {
    dash(truth.map(|truth| units::length(truth.rmse)))
}

fn kept_rows(section: &NetworkSection) -> Vec<KeptRow> {
    let whole = section.pareto.first().map_or(0.0, |point| point.rms);
    let enough = section.kept_point(ENOUGH).map(|point| point.kept.len());
    let row = |point: &ParetoEntry| KeptRow {
        kept: u32::try_from(point.kept.len()).unwrap_or(u32::MAX),
        last: point.kept.last().cloned().unwrap_or_default(),
        mb: point.mb,
        rms: point
            .rms_m
            .filter(|_| !section.has_no_scale())
            .unwrap_or(point.rms),
        change: change(section, point.rms, point.rms_m),
        left: dash((whole > 0.0).then(|| units::share(point.rms / whole))),
        macs: dash(point.mac_share.map(units::share)),
        rmse: rmse(point.truth),
        nodes: Vec::new(),
        by_nodes: String::new(),
        is_enough: enough == Some(point.kept.len()),
    };
    let on_curve = section.pareto.iter().filter(|point| !point.is_dominated);
    on_curve.map(row).collect()
}

/// The name of a repair, translated.
#[must_use]
pub fn repair_name(name: &str) -> String {
    match repair_kind(name) {
        Some(kind) => kind.name(),
        None if name == "all" => tr!("all together").to_owned(),
        None => name.to_owned(),
    }
}

fn repair_row(section: &NetworkSection, repair: &RepairEntry) -> RepairRow {
    RepairRow {
        name: repair_name(&repair.name),
        changes: match repair.changed.len() {
            0 => tr!("nothing to change").to_owned(),
            some => units::counted(some, units::Noun::Layer),
        },
        change: change(section, repair.rms, repair.rms_m),
        removed: units::signed_share(repair.removed),
        rmse: rmse(repair.truth),
    }
}

fn repair_frames(section: &NetworkSection) -> String {
    let Some(first) = section.repairs.first() else {
        return String::new();
    };
    let judged = section.frames.iter();
    let judged = judged.filter(|name| !section.repair_frames.contains(name));
    tr!(
        "Fitted on {fitted}. Measured on {judged} not used for fitting, where INT8 changes the output by {before}.",
        fitted = units::counted(section.repair_frames.len(), units::Noun::Frame),
        judged = units::counted(judged.count(), units::Noun::Frame),
        before = in_output(section, first.before_rms)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{
        AccumulatedError, EffectEntry, GroupsEntry, GrowthEntry, LocalError, OutputEntry,
        SaturationEntry, ShapleyEntry, StructureEntry,
    };

    fn layer(name: &str, share: f64) -> LayerEntry {
        LayerEntry {
            name: name.to_owned(),
            operator: "Conv".to_owned(),
            only_rms: Some(0.009),
            only_rms_m: Some(0.009),
            only: Some(share / 2.0),
            all_but: Some(-0.1),
            shapley: Some(ShapleyEntry {
                share,
                standard_error: 0.01,
                interval: None,
            }),
            macs: Some(250),
            parameters: 1027,
            ..LayerEntry::default()
        }
    }

    fn section() -> NetworkSection {
        let quantizer = |name: &str, snr_db: Option<f64>, accumulated| QuantizerEntry {
            name: name.to_owned(),
            layer: "/first".to_owned(),
            local: Some(LocalError { rms: 0.1, snr_db }),
            accumulated,
            ..QuantizerEntry::default()
        };
        let accumulated = AccumulatedError {
            snr_db: Some(21.26),
            ..AccumulatedError::default()
        };
        let mut section = NetworkSection {
            output: OutputEntry {
                name: "depth".to_owned(),
                quantity: "metres".to_owned(),
                ..OutputEntry::default()
            },
            frames: vec!["a".to_owned(), "b".to_owned()],
            effect: EffectEntry {
                rms: 0.0138,
                rms_m: Some(0.0138),
                interval: None,
                bias_m: None,
                truth: Some(DepthChange {
                    rmse_fp32: 0.25,
                    rmse: 1.25,
                    abs_rel_fp32: 0.1166,
                    abs_rel: 0.1169,
                    delta1_fp32: 0.886,
                    delta1: 0.8861,
                }),
            },
            groups: Some(GroupsEntry {
                weights: GroupEntry {
                    quantizers: 3,
                    alone_rms: 0.0098,
                    alone_rms_m: Some(0.0098),
                    shapley: Some(0.515),
                    interval: Some([0.4, 0.6]),
                },
                output: GroupEntry {
                    shapley: Some(-0.004),
                    ..GroupEntry::default()
                },
                interaction: Some(-0.069),
                ..GroupsEntry::default()
            }),
            quantizers: vec![
                quantizer("x", Some(30.0), Some(accumulated)),
                quantizer("w", Some(44.0), None),
            ],
            layers: vec![layer("/first", 0.3), layer("/second", 0.2)],
            saturation: Some(SaturationEntry {
                pairs: 1000,
                saturating: 9,
                tie_floor_rms: Some(0.0021),
            }),
            ..NetworkSection::default()
        };
        section.model.macs = Some(1000);
        section
    }

    #[test]
    fn the_answer_names_the_layer_or_says_that_there_is_none() {
        let with = |half: Option<usize>, layers: usize| {
            let mut section = section();
            section.layers_of_half = half;
            section.layers = (0..layers).map(|i| layer(&format!("/l{i}"), 0.3)).collect();
            network_verdict(&section)
        };
        for (half, layers, expected) in [
            (
                Some(1),
                20,
                "Layer /l0 costs 9.00 mm of 13.8 mm (RMS) when it alone is rounded, and makes 30.0 % of the squared change.",
            ),
            (
                Some(6),
                20,
                "No single layer is guilty: half of the change of 13.8 mm (RMS) takes 6 of 20 layers.",
            ),
            (
                Some(5),
                20,
                "5 of 20 layers make half of the change of 13.8 mm (RMS): /l0, /l1, /l2, /l3 and 1 more.",
            ),
            (
                None,
                20,
                "Layer /l0 costs most: 9.00 mm of 13.8 mm (RMS) when it alone is rounded.",
            ),
            (
                None,
                0,
                "INT8 changes the depth by 13.8 mm (RMS). Layers follow.",
            ),
        ] {
            assert_eq!(with(half, layers), expected);
        }
        let mut over = section();
        over.layers[0].only_rms = Some(0.0143);
        over.layers[0].only_rms_m = Some(0.0143);
        for half in [None, Some(1)] {
            over.layers_of_half = half;
            let said = network_verdict(&over);
            assert!(
                said.contains("14.3 mm (RMS)") && said.ends_with("13.8 mm is left."),
                "{said}"
            );
        }
        let mut same = section();
        same.effect.rms = 0.0;
        assert!(network_verdict(&same).contains("changes nothing"));
    }

    #[test]
    fn rows_say_what_each_figure_is() {
        let summary = NetworkSummary::new(&section());
        let row = &summary.layers[0];
        assert_eq!(
            [&row.share, &row.only, &row.all_but, &row.only_length],
            ["30.0 % \u{b1} 1.0 %", "15.0 %", "\u{2212}10.0 %", "9.00 mm"]
        );
        // The tensor of a frame, not the weight.
        assert_eq!([&row.local, &row.accumulated], ["30.0 dB", "21.3 dB"]);
        assert_eq!([&row.macs, &row.parameters], ["25.0 %", "1,027"]);
        // 30 dB and 21.26 dB; the weight is no tensor of a frame.
        assert_eq!(summary.along.len(), 1);
        let point = &summary.along[0];
        assert!((point.local.expect("noise") - 0.031_622_776).abs() < 1e-8);
        assert!((point.accumulated.expect("noise") - 0.086_496_8).abs() < 1e-6);
        assert_eq!(summary.layers[1].local, units::MISSING);
        let weights = &summary.parts[0];
        assert_eq!(
            (weights.part, weights.fraction),
            (NetworkPart::Weights, 0.515)
        );
        assert_eq!(weights.interval, "40.0 % to 60.0 %");
        // The bar has no negative parts.
        assert_eq!(
            (summary.parts[1].fraction, summary.parts[1].share.as_str()),
            (0.0, "\u{2212}0.4 %")
        );
        assert!(summary.interaction.contains("cost less"));
        assert!(
            summary.effect[1].contains("RMSE 0.250 m \u{2192} 1.25 m"),
            "{:?}",
            summary.effect
        );
        assert!(
            summary.notes[0].contains("by some 2.10 mm:") && summary.notes[1].contains("0.9 %")
        );
    }

    #[test]
    fn growth_is_a_law_where_one_explains_it() {
        let with = |kind: &str, rate: Option<f64>, explained: f64| {
            let mut section = section();
            section.growth = Some(GrowthEntry {
                kind: kind.to_owned(),
                rate,
                explained,
                points: Vec::new(),
            });
            growth(&section)
        };
        assert_eq!(growth(&section()), "");
        for (kind, rate, explained, expected) in [
            ("exponential", Some(1.25), 0.9, "multiplied by 1.25"),
            ("power", Some(0.5), 0.9, "to the power 0.500"),
            ("power", Some(0.5), 0.4, "no simple law"),
            ("flat", None, 0.9, "does not grow"),
        ] {
            let said = with(kind, rate, explained);
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn lost_nodes_come_first_and_relative_depth_has_no_metres() {
        let mut section = section();
        section.structure = Some(StructureEntry {
            lost_nodes: vec!["/relu".to_owned(); 10],
            rms: Some(0.18),
            rms_m: Some(0.18),
            ..StructureEntry::default()
        });
        let said = NetworkSummary::new(&section).structure;
        assert_eq!(said.len(), 2);
        assert!(
            said[0].contains("lacks /relu, /relu, /relu, /relu and 6 more"),
            "{said:?}"
        );
        assert!(said[1].contains("180 mm"), "{said:?}");
        section.output.quantity = "inverse".to_owned();
        assert!(network_verdict(&section).contains("0.0138 (unit of the output)"));
        section.output.is_given = true;
        assert!(network_verdict(&section).contains("13.8 mm"));
    }

    #[test]
    fn remedies_are_rows_of_the_curve_and_of_repairs() {
        let mut section = section();
        let point = |kept: &[&str], rms: f64, is_dominated: bool| ParetoEntry {
            kept: kept.iter().map(|&name| name.to_owned()).collect(),
            kept_bits: 16,
            mb: 13.5,
            mac_share: Some(0.125),
            rms,
            rms_m: Some(rms),
            is_dominated,
            truth: None,
        };
        section.pareto = vec![
            point(&[], 0.2, false),
            point(&["a"], 0.3, true),
            point(&["a", "b"], 0.05, false),
        ];
        section.repairs = vec![RepairEntry {
            name: "bias-correction".to_owned(),
            before_rms: 0.2,
            rms: 0.1,
            rms_m: Some(0.1),
            removed: -0.75,
            ..RepairEntry::default()
        }];
        section.repair_frames = vec!["b".to_owned()];
        let enough = section.kept_point(0.5).expect("a point");
        assert_eq!(enough.kept.len(), 2);
        assert_eq!(
            section.kept_point(0.1),
            Some(enough),
            "the last on the curve"
        );
        let summary = NetworkSummary::new(&section);
        assert_eq!((summary.kept.len(), summary.kept_bits), (2, 16));
        assert!(summary.is_in_metres);
        let row = &summary.kept[1];
        assert_eq!((row.kept, row.last.as_str(), row.rms), (2, "b", 0.05));
        assert_eq!(
            [&row.change, &row.left, &row.macs],
            ["50.0 mm", "25.0 %", "12.5 %"]
        );
        let row = &summary.repairs[0];
        assert_eq!(
            [&row.name, &row.changes, &row.change, &row.removed],
            [
                "bias correction",
                "nothing to change",
                "100 mm",
                "\u{2212}75.0 %"
            ]
        );
        assert!(
            summary
                .repair_frames
                .starts_with("Fitted on 1 frame. Measured on 1 frame not used for fitting"),
            "{}",
            summary.repair_frames
        );
    }
}
