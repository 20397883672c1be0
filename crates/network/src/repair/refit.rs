//! New ranges for quantizers of a gated network: of weights, of biases, and of activations over frames.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use fathom_analysis::calibrators::Calibrator;

use crate::calibrate::{
    ActivationStatistics, CountBuffer, RangeChoice, refitted_activation, refitted_constant,
};
use crate::gating::GatedNetwork;
use crate::graph::Tensor;
use crate::network_error::NetworkError;
use crate::quantization::{CodeType, Granularity, QuantizationParameters, Scales};
use crate::runtime::{Engine, Keep, Plan, RunLimits, Value};

use super::weighted_node::WeightedNode;

/// The frames that ranges come from, and the means of running them.
#[derive(Clone, Copy)]
pub(super) struct Calibration<'a> {
    pub frames: &'a [&'a BTreeMap<String, Value>],
    pub engine: &'a Engine,
    pub limits: RunLimits,
}

impl Calibration<'_> {
    /// A plan of a network for these frames.
    pub(super) fn plan(
        &self,
        gated: &GatedNetwork,
        taps: &HashSet<String>,
    ) -> Result<Plan, NetworkError> {
        let none = BTreeMap::new();
        let first = self.frames.first().copied().unwrap_or(&none);
        Plan::new(
            &gated.graph,
            &gated.quantizers,
            first,
            taps,
            self.engine,
            self.limits,
        )
    }
}

/// Refits weights whose scale is one for all to one a channel, and returns their quantizers.
pub(super) fn per_channel_weights(
    gated: &mut GatedNetwork,
    choice: RangeChoice,
) -> Result<BTreeSet<usize>, NetworkError> {
    let mut out = BTreeSet::new();
    for node in WeightedNode::all(gated) {
        let (Some(quantizer), Some(axis)) = (node.weight.quantizer, node.weight_axis) else {
            continue;
        };
        let parameters = &gated.quantizers[quantizer].parameters;
        let weight = gated.graph.constants.get(&node.weight.name);
        let channels = weight.and_then(|weight| weight.shape.get(axis));
        if parameters.granularity == Granularity::PerTensor
            && channels.is_some_and(|&channels| channels > 1)
            && !out.contains(&quantizer)
            && refit_constant(gated, quantizer, Some(axis), choice)?
        {
            out.insert(quantizer);
        }
    }
    Ok(out)
}

/// Refits a constant's quantizer and rounds the constant anew. Returns false for codes that have no range to choose.
pub(super) fn refit_constant(
    gated: &mut GatedNetwork,
    quantizer: usize,
    axis: Option<usize>,
    choice: RangeChoice,
) -> Result<bool, NetworkError> {
    let Some(constant) = gated.graph.constants.get(&gated.taps[quantizer].0).cloned() else {
        return Ok(false);
    };
    let Some(floats) = constant.as_floats() else {
        return Ok(false);
    };
    let old = &gated.quantizers[quantizer].parameters;
    let Some(found) = refitted_constant(old, floats, &constant.shape, axis, choice) else {
        return Ok(false);
    };
    set_constant(gated, quantizer, found, &constant)?;
    Ok(true)
}

fn set_constant(
    gated: &mut GatedNetwork,
    quantizer: usize,
    parameters: QuantizationParameters,
    constant: &Tensor,
) -> Result<(), NetworkError> {
    let mut values = constant.as_floats().unwrap_or_default().to_vec();
    parameters.round(&mut values, &constant.shape);
    let rounded = Tensor::floats(constant.shape.clone(), values)?;
    let quantizer = &mut gated.quantizers[quantizer];
    quantizer.values = Some(Arc::new(rounded));
    quantizer.parameters = parameters;
    Ok(())
}

/// The axis of a quantizer's channels; `None` for one scale, and for blocks.
pub(super) fn own_axis(parameters: &QuantizationParameters) -> Option<usize> {
    match parameters.granularity {
        Granularity::PerAxis { axis } => Some(axis),
        Granularity::PerTensor | Granularity::Blocked { .. } => None,
    }
}

/// Refits activations over frames, all of a chain like its first one, and returns those that have changed.
pub(super) fn refit_activations(
    gated: &mut GatedNetwork,
    folded: &[Option<(f32, f32)>],
    wanted: &BTreeSet<usize>,
    calibrator: Calibrator,
    calibration: Calibration<'_>,
) -> Result<BTreeSet<usize>, NetworkError> {
    let is_activation = |&q: &usize| !gated.quantizers[q].kind.is_parameter();
    let firsts = wanted.iter().filter(|&q| is_activation(q));
    let firsts: BTreeSet<usize> = firsts.map(|&q| gated.chains[q]).collect();
    let firsts: Vec<usize> = firsts.into_iter().collect();
    if firsts.is_empty() {
        return Ok(BTreeSet::new());
    }
    let plan = calibration.plan(gated, &HashSet::new())?;
    let mut buffer = CountBuffer::default();
    let mut found: Vec<Option<QuantizationParameters>> = vec![None; firsts.len()];
    for batch in batches(gated, &plan, &firsts, calibration.limits.kept_bytes) {
        let mut statistics = vec![ActivationStatistics::default(); batch.len()];
        let names = batch.iter().map(|&i| gated.taps[firsts[i]].0.clone());
        let keep = Keep::Only(names.collect());
        let gates = vec![false; gated.quantizers.len()];
        for frame in calibration.frames {
            let trace = plan.run(frame, &gates, None, &keep)?;
            for (&i, statistics) in batch.iter().zip(&mut statistics) {
                let name = &gated.taps[firsts[i]].0;
                let value = plan.value(&trace, name).map(AsRef::as_ref);
                let Some(values) = value.or_else(|| frame.get(name)).and_then(Value::floats) else {
                    continue;
                };
                match folded.get(firsts[i]).copied().flatten() {
                    Some((low, high)) => {
                        let values = values.iter().map(|v| v.max(low).min(high));
                        statistics.add(&values.collect::<Vec<f32>>(), &mut buffer);
                    }
                    None => statistics.add(&values, &mut buffer),
                }
            }
        }
        for (&i, statistics) in batch.iter().zip(&statistics) {
            let old = &gated.quantizers[firsts[i]].parameters;
            found[i] = refitted_activation(old, statistics, calibrator);
        }
    }
    let mut out = BTreeSet::new();
    for (first, found) in firsts.into_iter().zip(found) {
        let Some(found) = found else { continue };
        for quantizer in 0..gated.quantizers.len() {
            if gated.chains[quantizer] == first && gated.quantizers[quantizer].parameters != found {
                gated.quantizers[quantizer].parameters = found.clone();
                out.insert(quantizer);
            }
        }
    }
    Ok(out)
}

/// Places in `quantizers` whose tensors fit in memory together.
fn batches(
    gated: &GatedNetwork,
    plan: &Plan,
    quantizers: &[usize],
    kept_bytes: u64,
) -> Vec<Vec<usize>> {
    let mut out: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for (i, &quantizer) in quantizers.iter().enumerate() {
        let shape = plan.shape(&gated.taps[quantizer].0).unwrap_or(&[]);
        let needed = 4 * shape.iter().map(|&n| n as u64).product::<u64>();
        match out.last_mut() {
            Some(batch) if bytes + needed <= kept_bytes => {
                batch.push(i);
                bytes += needed;
            }
            _ => {
                out.push(vec![i]);
                bytes = needed;
            }
        }
    }
    out
}

/// Scales of biases follow those of data and weights, of which they are the product in integer kernels, and all biases that changed are
/// rounded anew. `before` are the quantizers before the repairs.
pub(super) fn follow_with_biases(
    gated: &mut GatedNetwork,
    before: &GatedNetwork,
    scaled: &BTreeSet<String>,
) -> Result<(), NetworkError> {
    let mut seen = BTreeSet::new();
    for node in WeightedNode::all(gated) {
        let Some((name, quantizer)) = node.bias.and_then(|b| Some((b.name, b.quantizer?))) else {
            continue;
        };
        let Some(constant) = gated.graph.constants.get(&name).cloned() else {
            continue;
        };
        if !seen.insert(quantizer) {
            continue;
        }
        let ratios = |index: Option<usize>| match index {
            Some(index) => scale_ratios(
                &before.quantizers[index].parameters,
                &gated.quantizers[index].parameters,
            ),
            None => vec![1.0],
        };
        let (weight, data) = (ratios(node.weight.quantizer), ratios(node.data));
        let is_same = |ratios: &[f64]| ratios.iter().all(|&ratio| ratio == 1.0);
        let is_scaled = scaled.contains(&name);
        if is_same(&weight) && is_same(&data) && !is_scaled {
            continue;
        }
        let old = &gated.quantizers[quantizer].parameters;
        let is_wide = matches!(old.code_type, CodeType::Integer { bits, .. } if bits > 16);
        if !is_wide {
            if is_scaled {
                let axis = own_axis(old);
                refit_constant(gated, quantizer, axis, RangeChoice::MinMax)?;
            }
            continue;
        }
        let data = data.first().copied().unwrap_or(1.0);
        let factors: Vec<f64> = weight.iter().map(|ratio| ratio * data).collect();
        let followed = times(old, &factors);
        let followed = followed.filter(|found| found.check(&constant.shape).is_ok());
        let parameters = followed.unwrap_or_else(|| old.clone());
        set_constant(gated, quantizer, parameters, &constant)?;
    }
    Ok(())
}

/// The change of scales: one ratio, or one a channel.
fn scale_ratios(before: &QuantizationParameters, after: &QuantizationParameters) -> Vec<f64> {
    let (Scales::Fixed { scales: old, .. }, Scales::Fixed { scales: new, .. }) =
        (&before.scales, &after.scales)
    else {
        return vec![1.0];
    };
    let count = old.len().max(new.len());
    let at = |scales: &[f32], i: usize| f64::from(scales[i % scales.len().max(1)]);
    (0..count).map(|i| at(new, i) / at(old, i)).collect()
}

/// Parameters with scales times factors, per channel of axis 0 if there are several.
fn times(parameters: &QuantizationParameters, factors: &[f64]) -> Option<QuantizationParameters> {
    let Scales::Fixed {
        scales,
        zero_points,
    } = &parameters.scales
    else {
        return None;
    };
    let count = scales.len().max(factors.len());
    if count == 0 || scales.is_empty() || factors.is_empty() {
        return None;
    }
    let scale =
        |i: usize| (f64::from(scales[i % scales.len()]) * factors[i % factors.len()]) as f32;
    let zero = |i: usize| zero_points[i % zero_points.len().max(1)];
    Some(QuantizationParameters {
        code_type: parameters.code_type,
        granularity: if count > 1 {
            Granularity::PerAxis { axis: 0 }
        } else {
            parameters.granularity
        },
        scales: Scales::Fixed {
            scales: (0..count).map(scale).collect(),
            zero_points: (0..count).map(zero).collect(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_of_biases_follow_each_channel() {
        let weight = |scales: Vec<f32>| QuantizationParameters::per_axis(CodeType::INT8, 0, scales);
        let one = QuantizationParameters::per_tensor(CodeType::INT8, 0.5, 0);
        let ratios = scale_ratios(&one, &weight(vec![0.25, 1.0]));
        assert_eq!(ratios, [0.5, 2.0]);
        let wide = CodeType::Integer {
            bits: 32,
            is_signed: true,
        };
        let bias = QuantizationParameters::per_tensor(wide, 0.125, 0);
        let expected = QuantizationParameters::per_axis(wide, 0, vec![0.0625, 0.25]);
        assert_eq!(times(&bias, &ratios), Some(expected));
        assert_eq!(
            scale_ratios(&QuantizationParameters::dynamic(), &one),
            [1.0]
        );
    }
}
