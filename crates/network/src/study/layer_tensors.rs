//! The tensors of one layer on one frame: how their values lie over the range of their quantizer.

use std::collections::HashSet;

use fathom_core::i18n::tr;

use super::quantizer_entries::range;
use super::study_network::{StudyFrame, StudyNetwork};
use crate::measure::float_values;
use crate::network_error::NetworkError;
use crate::quantization::{ChannelRange, QuantizerKind};
use crate::runtime::Keep;

/// Bins of a histogram.
const BINS: usize = 96;

/// The values that a quantizer reads in the FP32 run.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorHistogram {
    /// Index of the quantizer.
    pub quantizer: usize,
    /// Ends of the bins, which have equal widths. They hold all values, and the range of the quantizer.
    pub ends: [f64; 2],
    /// Values in each bin.
    pub counts: Vec<u64>,
    /// The channels of a tensor with a scale for each; else empty.
    pub channels: Vec<ChannelRange>,
}

impl TensorHistogram {
    /// Of values, over a range that is shown whole.
    fn new(quantizer: usize, values: &[f32], range: Option<[f64; 2]>) -> Self {
        let finite = || {
            values
                .iter()
                .map(|&v| f64::from(v))
                .filter(|v| v.is_finite())
        };
        let shown = || finite().chain(range.into_iter().flatten());
        let low = shown().fold(f64::INFINITY, f64::min);
        let high = shown().fold(f64::NEG_INFINITY, f64::max);
        let ends = match low < high {
            true => [low, high],
            // One value, or none.
            false if low.is_finite() => [low - 0.5, low + 0.5],
            false => [0.0, 1.0],
        };
        let mut counts = vec![0; BINS];
        for value in finite() {
            let bin = (value - ends[0]) / (ends[1] - ends[0]) * BINS as f64;
            counts[(bin as usize).min(BINS - 1)] += 1;
        }
        Self {
            quantizer,
            ends,
            counts,
            channels: Vec::new(),
        }
    }
}

impl StudyNetwork<'_> {
    /// The tensors of a layer on a frame, in the order of its quantizers. Biases are left out.
    ///
    /// # Errors
    /// If an operator cannot run, or there is no such layer.
    pub fn layer_tensors(
        &self,
        frame: &StudyFrame,
        layer: usize,
    ) -> Result<Vec<TensorHistogram>, NetworkError> {
        let gated = &self.pair.gated;
        let Some(layer) = gated.layers.get(layer) else {
            let problem = tr!("the network has no such layer").to_owned();
            return Err(NetworkError::Mismatch { problem });
        };
        let kind = |index: usize| gated.quantizers[index].kind;
        let quantizers = layer.quantizers.iter().copied();
        let shown: Vec<usize> = quantizers
            .filter(|&index| kind(index) != QuantizerKind::Bias)
            .collect();
        let reads: HashSet<String> = shown.iter().map(|&i| gated.taps[i].0.clone()).collect();
        let off = vec![false; gated.quantizers.len()];
        let trace = self
            .plan
            .run(&frame.inputs, &off, None, &Keep::Only(reads))?;
        let histogram = |&index: &usize| {
            let (shape, values) = float_values(self.pair, self.plan, &trace, index)?;
            let parameters = &gated.quantizers[index].parameters;
            Some(TensorHistogram {
                channels: parameters.channel_ranges(&values, &shape),
                ..TensorHistogram::new(index, &values, range(parameters))
            })
        };
        Ok(shown.iter().filter_map(histogram).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_hold_every_value_and_the_whole_range() {
        let own = TensorHistogram::new(3, &[-1.0, 0.5, 0.5, 9.0], Some([-2.0, 6.0]));
        assert_eq!((own.ends, own.counts.len()), ([-2.0, 9.0], BINS));
        assert_eq!(own.counts.iter().sum::<u64>(), 4);
        assert_eq!(own.counts[BINS - 1], 1);
        let at = |value: f64| ((value + 2.0) / 11.0 * BINS as f64) as usize;
        assert_eq!((own.counts[at(-1.0)], own.counts[at(0.5)]), (1, 2));
        let one = TensorHistogram::new(0, &[4.0], None);
        assert_eq!((one.ends, one.counts[BINS / 2]), ([3.5, 4.5], 1));
        assert_eq!(TensorHistogram::new(0, &[], None).ends, [0.0, 1.0]);
    }
}
