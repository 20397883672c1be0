//! Errors along the network: every quantized tensor of one frame, taken in batches that fit a memory budget.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::gating::NetworkPair;
use crate::network_error::NetworkError;
use crate::runtime::{Keep, Plan, Trace, Value};

use super::tensor_statistics::TensorStatistics;

/// The INT8 file's own graph, where it differs from the FP32 graph with gates.
#[derive(Clone, Copy, Debug)]
pub struct OwnPlan<'a> {
    /// Its plan.
    pub plan: &'a Plan,
    /// Number of its quantizers.
    pub quantizers: usize,
}

/// Statistics of every quantizer on one frame.
///
/// The accumulated error is that of the file's own graph if `own` is given, else that of the FP32 graph with all gates on.
///
/// # Errors
/// If an operator cannot run.
pub fn tensor_statistics(
    pair: &NetworkPair,
    plan: &Plan,
    own: Option<OwnPlan<'_>>,
    inputs: &BTreeMap<String, Value>,
    kept_bytes: u64,
) -> Result<Vec<TensorStatistics>, NetworkError> {
    let count = pair.gated.quantizers.len();
    let mut out = vec![TensorStatistics::default(); count];
    for batch in batches(pair, plan, kept_bytes) {
        let names = |index: &usize| pair.gated.taps[*index].clone();
        let reads: HashSet<String> = batch.iter().map(|i| names(i).0).collect();
        let makes: HashSet<String> = batch.iter().map(|i| names(i).1).collect();
        let float = plan.run(inputs, &vec![false; count], None, &Keep::Only(reads))?;
        let rounded = plan.run(inputs, &vec![true; count], None, &Keep::Only(makes))?;
        let own_trace = match own {
            Some(own) => {
                let names = batch.iter().filter_map(|&i| pair.own_values[i].clone());
                let keep = Keep::Only(names.collect());
                let gates = vec![true; own.quantizers];
                Some((own.plan, own.plan.run(inputs, &gates, None, &keep)?))
            }
            None => None,
        };
        for &index in &batch {
            let made = &pair.gated.taps[index].1;
            let quantizer = &pair.gated.quantizers[index];
            let own_value = own_trace.as_ref().and_then(|(plan, trace)| {
                let name = pair.own_values[index].as_ref()?;
                plan.value(trace, name)
            });
            let int8 = own_value.or_else(|| plan.value(&rounded, made));
            let int8 = int8.and_then(|value| value.floats());
            let (Some((shape, values)), Some(int8)) =
                (float_values(pair, plan, &float, index), int8)
            else {
                continue;
            };
            let constant = quantizer.values.as_ref().and_then(|t| t.as_floats());
            out[index] =
                TensorStatistics::of(&quantizer.parameters, &shape, &values, constant, &int8);
        }
    }
    Ok(out)
}

/// Shape and values that a quantizer reads in a run, a folded Relu or Clip applied.
pub(crate) fn float_values<'t>(
    pair: &NetworkPair,
    plan: &'t Plan,
    trace: &'t Trace,
    index: usize,
) -> Option<(Vec<usize>, Cow<'t, [f32]>)> {
    let value = plan.value(trace, &pair.gated.taps[index].0)?;
    let values = value.floats()?;
    let folded = pair.folded.get(index).copied().flatten();
    let values = match folded {
        Some((low, high)) => values.iter().map(|v| v.max(low).min(high)).collect(),
        None => values,
    };
    Some((value.shape().to_vec(), values))
}

/// Quantizers whose tensors fit in memory together, in the order of computation.
fn batches(pair: &NetworkPair, plan: &Plan, kept_bytes: u64) -> Vec<Vec<usize>> {
    let mut out = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for (index, (read, _)) in pair.gated.taps.iter().enumerate() {
        let shape = plan.shape(read).unwrap_or(&[]);
        // The value of three runs.
        let needed = 12 * shape.iter().map(|&d| d as u64).product::<u64>();
        if bytes + needed > kept_bytes && !batch.is_empty() {
            out.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        batch.push(index);
        bytes += needed;
    }
    out.push(batch);
    out
}

/// Outputs of the INT8 file's own graph on one frame.
///
/// # Errors
/// If an operator cannot run.
pub fn own_outputs(
    own: OwnPlan<'_>,
    inputs: &BTreeMap<String, Value>,
) -> Result<Vec<Arc<Value>>, NetworkError> {
    let gates = vec![true; own.quantizers];
    let trace = own.plan.run(inputs, &gates, None, &Keep::outputs())?;
    Ok(own
        .plan
        .output_values(&trace)
        .into_iter()
        .cloned()
        .collect())
}
