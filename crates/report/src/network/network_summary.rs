//! A section in words: one answer, then what bears it out.

use fathom_core::i18n::tr;
use fathom_core::units;
use serde::{Deserialize, Serialize};

use super::layer_entries::{GroupEntry, LayerEntry};
use super::network_section::NetworkSection;
use super::quantizer_entry::QuantizerEntry;

/// Most names of nodes in a sentence.
const NAMES: usize = 4;

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
    /// What else a reader should know, a sentence each.
    pub notes: Vec<String>,
}

impl NetworkSummary {
    /// Words a section.
    #[must_use]
    pub fn new(section: &NetworkSection) -> Self {
        Self {
            verdict: verdict(section),
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
            notes: notes(section),
        }
    }
}

/// A change: in metres where the output has a depth in metres, else in the output's own unit.
fn change(section: &NetworkSection, rms: f64, rms_m: Option<f64>) -> String {
    let output = &section.output;
    // Inverse depth that was guessed has no scale.
    let is_relative = output.quantity == "inverse" && !output.is_given;
    match rms_m.filter(|_| !is_relative) {
        Some(metres) => units::length(metres),
        None => tr!("{value} (unit of the output)", value = units::ratio(rms)),
    }
}

fn dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| units::MISSING.to_owned())
}

fn whole(section: &NetworkSection) -> String {
    change(section, section.effect.rms, section.effect.rms_m)
}

fn verdict(section: &NetworkSection) -> String {
    if section.effect.rms == 0.0 {
        return tr!("INT8 changes nothing: both models give the same output on these frames.")
            .to_owned();
    }
    let whole = whole(section);
    let Some(first) = section.layers.first().filter(|layer| layer.only.is_some()) else {
        return tr!(
            "INT8 changes the depth by {whole} (RMS). Layers follow.",
            whole
        );
    };
    let name = &first.name;
    let only = change(
        section,
        first.only_rms.unwrap_or_default(),
        first.only_rms_m,
    );
    let all = section.layers.len();
    match (section.layers_of_half, first.shapley) {
        (Some(1), Some(shapley)) => tr!(
            "Layer {name} costs {only} of {whole} (RMS) when it alone is rounded, and makes {share} of the squared change.",
            name,
            only,
            whole,
            share = units::share(shapley.share)
        ),
        (Some(count), Some(_)) if 4 * count > all => tr!(
            "No single layer is guilty: half of the change of {whole} (RMS) takes {count} of {layers}.",
            whole,
            count,
            layers = units::counted(all, units::Noun::Layer)
        ),
        (Some(count), Some(_)) => {
            let names = section.layers.iter().take(count);
            tr!(
                "{count} of {layers} make half of the change of {whole} (RMS): {names}.",
                count,
                layers = units::counted(all, units::Noun::Layer),
                whole,
                names = listed(names.map(|layer| layer.name.as_str()))
            )
        }
        _ => tr!(
            "Layer {name} costs most: {only} of {whole} (RMS) when it alone is rounded.",
            name,
            only,
            whole
        ),
    }
}

/// The first names, and how many more there are.
fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES);
    let first: Vec<&str> = names.take(NAMES).collect();
    let first = first.join(", ");
    match more {
        0 => first,
        _ => tr!("{first} and {more} more", first, more),
    }
}

fn structure(section: &NetworkSection) -> Vec<String> {
    let Some(structure) = &section.structure else {
        return Vec::new();
    };
    let names = |names: &[String]| listed(names.iter().map(String::as_str));
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
    let decibels = |snr_db: Option<f64>| match snr_db {
        Some(db) => tr!("{db} dB", db = format_args!("{db:.1}")),
        // No error at all.
        None => "\u{221e}".to_owned(),
    };
    let local = last.and_then(|quantizer| quantizer.local);
    let accumulated = last.and_then(|quantizer| quantizer.accumulated);
    LayerRow {
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
        local: dash(local.map(|local| decibels(local.snr_db))),
        accumulated: dash(accumulated.map(|error| decibels(error.snr_db))),
        macs: share(of_all.map(|(own, all)| own as f64 / all as f64)),
        parameters: units::count(layer.parameters as f64),
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

fn notes(section: &NetworkSection) -> Vec<String> {
    let mut out = Vec::new();
    let Some(saturation) = &section.saturation else {
        return out;
    };
    if let Some(floor) = saturation.tie_floor_rms.filter(|&floor| floor > 0.0) {
        out.push(tr!(
            "Ties that round the other way can move the output by some {floor} (in its unit): runtimes that add in another order differ by as much.",
            floor = units::ratio(floor)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{
        AccumulatedError, DepthChange, EffectEntry, GroupsEntry, LocalError, OutputEntry,
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
            verdict(&section)
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
        let mut same = section();
        same.effect.rms = 0.0;
        assert!(verdict(&same).contains("changes nothing"));
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
        assert!(summary.notes[0].contains("0.00210") && summary.notes[1].contains("0.9 %"));
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
        assert!(verdict(&section).contains("0.0138 (unit of the output)"));
        section.output.is_given = true;
        assert!(verdict(&section).contains("13.8 mm"));
    }
}
