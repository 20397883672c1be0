//! Quantizers for the report.

use super::study_network::StudyNetwork;
use super::study_totals::StudyTotals;
use crate::measure::{PairSums, TensorStatistics, sources};
use crate::quantization::{Granularity, QuantizationParameters, Quantizer, QuantizerKind, Scales};
use fathom_report::network::{AccumulatedError, LocalError, QuantizerEntry};

/// The entry of each quantizer, in the order of their gates.
pub(super) fn quantizer_entries(
    network: &StudyNetwork<'_>,
    totals: &StudyTotals,
) -> Vec<QuantizerEntry> {
    let gated = &network.pair.gated;
    let mut layer_of = vec![""; gated.quantizers.len()];
    for layer in &gated.layers {
        for &quantizer in &layer.quantizers {
            if let Some(place) = layer_of.get_mut(quantizer) {
                *place = &layer.name;
            }
        }
    }
    let places = gated.quantizers.iter().zip(layer_of).zip(sources(gated));
    places
        .enumerate()
        .map(|(i, ((quantizer, layer), sources))| QuantizerEntry {
            sources,
            ..entry(quantizer, layer, totals.tensors.get(i))
        })
        .collect()
}

fn entry(
    quantizer: &Quantizer,
    layer: &str,
    statistics: Option<&TensorStatistics>,
) -> QuantizerEntry {
    let parameters = &quantizer.parameters;
    let measured = statistics.filter(|statistics| statistics.local.count > 0.0);
    let share = |count: fn(&TensorStatistics) -> u64| {
        measured.map(|statistics| count(statistics) as f64 / statistics.local.count)
    };
    let (scales, zero_points) = match &parameters.scales {
        Scales::Fixed {
            scales,
            zero_points,
        } => (
            scales.iter().copied().map(f64::from).collect(),
            zero_points.iter().copied().map(i64::from).collect(),
        ),
        Scales::Dynamic => (Vec::new(), Vec::new()),
    };
    QuantizerEntry {
        name: quantizer.name.clone(),
        kind: kind_name(quantizer.kind).to_owned(),
        layer: layer.to_owned(),
        sources: Vec::new(),
        code: parameters.code_type.to_string(),
        bits: parameters.code_type.bits(),
        axis: match parameters.granularity {
            Granularity::PerTensor => None,
            Granularity::PerAxis { axis } | Granularity::Blocked { axis, .. } => Some(axis),
        },
        scales,
        zero_points,
        range: range(parameters),
        seen: measured.map(|s| [f64::from(s.seen_low), f64::from(s.seen_high)]),
        clipped_low: share(|statistics| statistics.clipped_low),
        clipped_high: share(|statistics| statistics.clipped_high),
        codes_used: measured.and_then(|s| s.codes_used().map(u64::from)),
        local: measured.map(|s| LocalError {
            rms: s.local.rms(),
            snr_db: s.local.snr_db(),
        }),
        accumulated: measured
            .filter(|_| !quantizer.kind.is_parameter())
            .map(|s| accumulated(&s.accumulated)),
    }
}

fn accumulated(sums: &PairSums) -> AccumulatedError {
    AccumulatedError {
        rms: sums.rms(),
        snr_db: sums.snr_db(),
        cosine: sums.cosine(),
        bias: sums.bias(),
    }
}

fn kind_name(kind: QuantizerKind) -> &'static str {
    match kind {
        QuantizerKind::Weight => "weight",
        QuantizerKind::Bias => "bias",
        QuantizerKind::Input => "input",
        QuantizerKind::Activation => "activation",
        QuantizerKind::Output => "output",
    }
}

/// Smallest and largest value over all scales; `null` where scales are made at run time.
pub(super) fn range(parameters: &QuantizationParameters) -> Option<[f64; 2]> {
    let Scales::Fixed {
        scales,
        zero_points,
    } = &parameters.scales
    else {
        return None;
    };
    let (first, last) = parameters.code_type.ends();
    let mut out = [f64::INFINITY, f64::NEG_INFINITY];
    for (&scale, &zero_point) in scales.iter().zip(zero_points) {
        let value = |code: f64| (code - f64::from(zero_point)) * f64::from(scale);
        out = [out[0].min(value(first)), out[1].max(value(last))];
    }
    (out[0] <= out[1]).then_some(out)
}
