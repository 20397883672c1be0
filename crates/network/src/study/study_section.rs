//! The report's section of a study.

use super::quantizer_entries::quantizer_entries;
use super::study_network::StudyNetwork;
use super::study_totals::{ShapleyTotals, StudyTotals};
use crate::measure::{
    Concentration, ErrorSpace, FrameInterval, GroupEffects, GrowthKind, GrowthPoint, OutputError,
    concentration, depths, growth, saturation,
};
use crate::quantization::QuantizerKind;
use fathom_report::network::{
    DepthChange, EffectEntry, GroupEntry, GroupsEntry, GrowthEntry, GrowthPointEntry, LayerEntry,
    ModelEntry, NetworkSection, OutputEntry, PreprocessingEntry, SaturationEntry, ShapleyEntry,
    StructureEntry,
};

/// The caller's description of a study.
#[derive(Clone, Debug, Default)]
pub struct StudyInfo {
    /// The floating-point model.
    pub model: ModelEntry,
    /// The INT8 model, if there is one.
    pub int8_model: Option<ModelEntry>,
    /// The scheme, if the model was quantized here.
    pub quantize: Option<String>,
    /// The preparation of images as inputs.
    pub preprocessing: PreprocessingEntry,
    /// The output.
    pub output: OutputEntry,
    /// Names of the frames.
    pub frames: Vec<String>,
    /// Names of the frames that ranges were calibrated on.
    pub calibration_frames: Vec<String>,
    /// Seed of the orders.
    pub seed: u64,
    /// Runs, counted a frame.
    pub runs: u64,
}

/// The section. Layers are ranked by their Shapley share, or else by the share of only this layer.
#[must_use]
pub fn network_section(
    network: &StudyNetwork<'_>,
    totals: &StudyTotals,
    shapley: Option<&ShapleyTotals>,
    info: StudyInfo,
) -> NetworkSection {
    let shapley = shapley.filter(|totals| totals.pairs() > 0);
    let mut layers = layer_entries(network, totals, shapley);
    let key = |layer: &LayerEntry| layer.shapley.map(|s| s.share).or(layer.only);
    let rank = |layer: &LayerEntry| key(layer).unwrap_or(f64::NEG_INFINITY);
    layers.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    let layers_of_half = shapley.map(|totals| match concentration(&totals.values()) {
        Concentration::OneLayer(_) => 1,
        Concentration::Several(count) => count,
        Concentration::Spread => half_of(&totals.values()),
    });
    NetworkSection {
        model: info.model,
        int8_model: info.int8_model,
        quantize: info.quantize,
        preprocessing: info.preprocessing,
        output: info.output,
        frames: info.frames,
        calibration_frames: info.calibration_frames,
        seed: info.seed,
        runs: info.runs,
        effect: effect(totals),
        quantizers: quantizer_entries(network, totals),
        structure: structure(network, totals),
        groups: groups(network, totals),
        growth: growth_entry(network, totals),
        space: match network.space {
            ErrorSpace::Output => "output",
            ErrorSpace::Metres => "metres",
        }
        .to_owned(),
        layers,
        layers_of_half,
        pareto: Vec::new(),
        kept_nodes: None,
        repairs: Vec::new(),
        repair_frames: Vec::new(),
        saturation: saturation_entry(network, totals),
    }
}

/// Number of the largest values that make half of the sum.
fn half_of(values: &[f64]) -> usize {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let half = values.iter().sum::<f64>() / 2.0;
    let mut sum = 0.0;
    let before = sorted.iter().take_while(|&&value| {
        let is_before = sum < half;
        sum += value;
        is_before
    });
    before.count()
}

/// A root mean square in metres, if any pixel has a depth in both runs.
pub(super) fn rms_m(error: &OutputError) -> Option<f64> {
    (error.change_m.count > 0.0).then(|| error.change_m.rms())
}

fn ends(interval: FrameInterval) -> Option<[f64; 2]> {
    Some([interval.low?, interval.high?])
}

pub(super) fn depth_change(error: &OutputError) -> Option<DepthChange> {
    let (before, after) = (error.fp32_metrics()?, error.metrics()?);
    Some(DepthChange {
        rmse_fp32: before.rmse,
        rmse: after.rmse,
        abs_rel_fp32: before.abs_rel,
        abs_rel: after.abs_rel,
        delta1_fp32: before.delta1,
        delta1: after.delta1,
    })
}

fn effect(totals: &StudyTotals) -> EffectEntry {
    let all = totals.all_on();
    EffectEntry {
        rms: all.change.rms(),
        rms_m: rms_m(&all),
        interval: ends(totals.mean_square(ErrorSpace::Output).root()),
        bias_m: (all.change_m.count > 0.0).then(|| all.change_m.bias()),
        truth: depth_change(&all),
    }
}

fn structure(network: &StudyNetwork<'_>, totals: &StudyTotals) -> Option<StructureEntry> {
    let structure = &network.pair.structure;
    let own = totals.own.filter(|_| !structure.is_same());
    let entry = StructureEntry {
        lost_nodes: structure.lost_nodes.clone(),
        added_nodes: structure.added_nodes.clone(),
        folded_nodes: structure.folded_nodes.clone(),
        unmatched: structure.unmatched.clone(),
        rms: own.map(|own| own.nodes.rms()),
        rms_m: own
            .filter(|own| own.nodes_m.count > 0.0)
            .map(|own| own.nodes_m.rms()),
        file_rms: own.map(|own| own.file.change.rms()),
    };
    (entry != StructureEntry::default()).then_some(entry)
}

fn groups(network: &StudyNetwork<'_>, totals: &StudyTotals) -> Option<GroupsEntry> {
    if totals.groups.is_empty() {
        return None;
    }
    let effects = GroupEffects::of(&totals.groups, network.space);
    let total = effects.total.mean;
    let share = |square: f64| (total > 0.0).then(|| square / total);
    let group = |kind: QuantizerKind, shared: Option<usize>| {
        let place = QuantizerKind::ALL.iter().position(|&other| other == kind);
        let mut alone = OutputError::default();
        for runs in &totals.groups {
            alone.add(&runs.alone[place.unwrap_or_default()]);
        }
        let quantizers = network.pair.gated.quantizers.iter();
        let shapley = shared.map(|shared| effects.shapley[shared]);
        GroupEntry {
            quantizers: quantizers
                .filter(|quantizer| quantizer.kind == kind)
                .count(),
            alone_rms: alone.change.rms(),
            alone_rms_m: rms_m(&alone),
            shapley: shapley.and_then(|shapley| share(shapley.mean)),
            interval: shapley.and_then(|shapley| {
                let [low, high] = ends(shapley)?;
                Some([share(low)?, share(high)?])
            }),
        }
    };
    Some(GroupsEntry {
        weights: group(QuantizerKind::Weight, Some(0)),
        biases: group(QuantizerKind::Bias, None),
        input: group(QuantizerKind::Input, None),
        activations: group(QuantizerKind::Activation, Some(1)),
        output: group(QuantizerKind::Output, Some(2)),
        interaction: share(effects.interaction),
    })
}

fn growth_entry(network: &StudyNetwork<'_>, totals: &StudyTotals) -> Option<GrowthEntry> {
    let gated = &network.pair.gated;
    let depths = depths(gated);
    let with_depth = depths.iter().enumerate();
    let points: Vec<GrowthPoint> = with_depth
        .filter_map(|(quantizer, &depth)| {
            let statistics = totals.tensors.get(quantizer)?;
            Some(GrowthPoint {
                quantizer,
                depth: depth?,
                relative: libm::sqrt(statistics.accumulated.noise_to_signal()),
            })
        })
        .collect();
    let found = growth(&points)?;
    let (kind, rate) = match found.kind {
        GrowthKind::Exponential { factor } => ("exponential", Some(factor)),
        GrowthKind::RandomWalk { power } => ("power", Some(power)),
        GrowthKind::Flat => ("flat", None),
    };
    let name = |quantizer: usize| {
        let quantizer = gated.quantizers.get(quantizer);
        quantizer.map(|q| q.name.clone()).unwrap_or_default()
    };
    Some(GrowthEntry {
        kind: kind.to_owned(),
        rate,
        explained: found.explained,
        points: points
            .iter()
            .filter(|point| point.relative.is_finite())
            .map(|point| GrowthPointEntry {
                tensor: name(point.quantizer),
                depth: point.depth,
                noise_to_signal: point.relative,
            })
            .collect(),
    })
}

fn layer_entries(
    network: &StudyNetwork<'_>,
    totals: &StudyTotals,
    shapley: Option<&ShapleyTotals>,
) -> Vec<LayerEntry> {
    let gated = &network.pair.gated;
    let all = totals.all_on();
    let whole = network.space.mean_square(&all);
    let share = |square: f64| (whole > 0.0).then(|| square / whole);
    let errors = shapley.map(ShapleyTotals::standard_errors);
    let total = shapley.map(|totals| totals.values().iter().sum::<f64>());
    let shapley_entry = |layer: usize| {
        let (totals, total) = (shapley?, total.filter(|&total| total > 0.0)?);
        let error = errors.as_ref()?.get(layer)?;
        Some(ShapleyEntry {
            share: totals.values().get(layer)? / total,
            standard_error: error / total,
            interval: ends(totals.over_frames(layer)).map(|ends| ends.map(|end| end / total)),
        })
    };
    let layers = gated.layers.iter().enumerate();
    layers
        .map(|(place, layer)| {
            let runs = totals.layers.get(place);
            let square = |error: fn(&crate::measure::PlayerRuns) -> &OutputError| {
                runs.map(|runs| network.space.mean_square(error(runs)))
            };
            let names = layer.quantizers.iter();
            let names = names.filter_map(|&quantizer| gated.quantizers.get(quantizer));
            LayerEntry {
                name: layer.name.clone(),
                operator: layer.operator.clone().unwrap_or_default(),
                place,
                nodes: layer.nodes.clone(),
                readers: layer.readers.clone(),
                quantizers: names.map(|quantizer| quantizer.name.clone()).collect(),
                only_rms: runs.map(|runs| runs.only.change.rms()),
                all_but_rms: runs.map(|runs| runs.all_but.change.rms()),
                only: square(|runs| &runs.only).and_then(share),
                all_but: square(|runs| &runs.all_but)
                    .and_then(|square| share(square).map(|left| 1.0 - left)),
                shapley: shapley_entry(place),
                only_rms_m: runs.and_then(|runs| rms_m(&runs.only)),
                macs: network.plan.multiplications().get(&layer.name).copied(),
                parameters: layer.parameters,
            }
        })
        .collect()
}

fn saturation_entry(network: &StudyNetwork<'_>, totals: &StudyTotals) -> Option<SaturationEntry> {
    let counts = saturation(&network.pair.gated);
    let pairs: u64 = counts.iter().map(|count| count.pairs).sum();
    (pairs > 0).then(|| SaturationEntry {
        pairs,
        saturating: counts.iter().map(|count| count.can_saturate).sum(),
        tie_floor_rms: (totals.ties.count > 0.0).then(|| totals.ties.rms()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_reached_by_the_largest() {
        for (values, expected) in [
            (&[0.6, 0.3, 0.1][..], 1),
            (&[0.2, 0.2, 0.2, 0.2, 0.2], 3),
            (&[-0.1, 0.4, 0.7], 1),
            (&[], 0),
        ] {
            assert_eq!(half_of(values), expected, "{values:?}");
        }
    }
}
