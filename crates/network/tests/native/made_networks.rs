//! Small networks of convolutions of one pixel, and their arithmetic written out once more.

use std::collections::BTreeMap;
use std::sync::Arc;

use fathom_network::gating::{NetworkPair, Placement};
use fathom_network::graph::{NetworkGraph, Node, Tensor, ValueInfo};
use fathom_network::quantization::{CodeType, QuantizationParameters};
use fathom_network::runtime::Value;

/// Pixels of a frame.
pub(crate) const PIXELS: usize = 16;

/// Channels of the input, of the first and of the second layer.
pub(crate) const CHANNELS: [usize; 4] = [2, 4, 3, 1];

/// Numbers of -1 to 1.
pub(crate) fn numbers(count: usize, seed: usize) -> Vec<f32> {
    let mut state = (seed as u32).wrapping_mul(0x9e37_79b9) | 1;
    let mut number = || {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count + 8).map(|_| number()).skip(8).collect()
}

/// Weights and biases of three layers.
pub(crate) struct Layers {
    pub(crate) weights: [Vec<f32>; 3],
    pub(crate) biases: [Vec<f32>; 3],
}

impl Layers {
    /// Layers whose first channel is forty times as large as the others, and the next layer's weights for it forty times smaller.
    pub(crate) fn uneven() -> Self {
        let weights = |i: usize| numbers(CHANNELS[i] * CHANNELS[i + 1], 3 + i);
        let mut out = Self {
            weights: [weights(0), weights(1), weights(2)],
            biases: [0, 1, 2].map(|i| numbers(CHANNELS[i + 1], 11 + i)),
        };
        for weight in &mut out.weights[0][..CHANNELS[0]] {
            *weight *= 40.0;
        }
        out.biases[0][0] *= 40.0;
        for row in out.weights[1].chunks_mut(CHANNELS[1]) {
            row[0] /= 40.0;
        }
        out
    }

    /// Three convolutions with a ReLU behind the first and the second.
    pub(crate) fn graph(&self) -> NetworkGraph {
        let mut graph = NetworkGraph {
            nodes: vec![
                Node::new("first", "Conv", &["x", "w0", "b0"], &["c0"]),
                Node::new("relu0", "Relu", &["c0"], &["r0"]),
                Node::new("second", "Conv", &["r0", "w1", "b1"], &["c1"]),
                Node::new("relu1", "Relu", &["c1"], &["r1"]),
                Node::new("third", "Conv", &["r1", "w2", "b2"], &["y"]),
            ],
            inputs: vec![ValueInfo::named("x")],
            outputs: vec![ValueInfo::named("y")],
            opset: 17,
            ..NetworkGraph::default()
        };
        for i in 0..3 {
            let shape = vec![CHANNELS[i + 1], CHANNELS[i], 1, 1];
            let weight = Tensor::floats(shape, self.weights[i].clone()).expect("a weight");
            graph.constants.insert(format!("w{i}"), Arc::new(weight));
            let bias = Tensor::float_list(self.biases[i].clone());
            graph.constants.insert(format!("b{i}"), Arc::new(bias));
        }
        graph
    }

    /// The network's values without rounding: input, after either activation, output; channel by channel.
    pub(crate) fn run(
        &self,
        x: &[f32],
        round: &dyn Fn(&str, Vec<f32>) -> Vec<f32>,
    ) -> Vec<Vec<f32>> {
        let mut out = vec![round("x", x.to_vec())];
        for i in 0..3 {
            let weight = round(&format!("w{i}"), self.weights[i].clone());
            let bias = round(&format!("b{i}"), self.biases[i].clone());
            let input = &out[i];
            let mut made = Vec::new();
            for (row, bias) in weight.chunks(CHANNELS[i]).zip(bias) {
                for pixel in 0..PIXELS {
                    let terms = row.iter().enumerate();
                    let sum: f32 = terms.map(|(c, w)| w * input[c * PIXELS + pixel]).sum();
                    let value = sum + bias;
                    made.push(if i < 2 { value.max(0.0) } else { value });
                }
            }
            out.push(round(["r0", "r1", "y"][i], made));
        }
        out
    }
}

/// A frame as the network's input, and as numbers.
pub(crate) fn frame(seed: usize) -> (BTreeMap<String, Value>, Vec<f32>) {
    let values = numbers(CHANNELS[0] * PIXELS, seed);
    let value = Value::from_floats(&[1, CHANNELS[0], 4, PIXELS / 4], values.clone());
    (
        BTreeMap::from([("x".to_owned(), value.expect("a frame"))]),
        values,
    )
}

/// ONNX's formula.
pub(crate) fn rounded(values: &[f32], scale: f32, zero: i32, (low, high): (i32, i32)) -> Vec<f32> {
    let code = |v: &f32| ((v / scale).round_ties_even() as i32 + zero).clamp(low, high);
    values
        .iter()
        .map(|v| (code(v) - zero) as f32 * scale)
        .collect()
}

/// Scales and zero points by hand for every tensor but biases, one a tensor.
pub(crate) const GRIDS: [(&str, f32, i32); 7] = [
    ("x", 2.0 / 255.0, 128),
    ("r0", 120.0 / 255.0, 0),
    ("r1", 16.0 / 255.0, 0),
    ("y", 16.0 / 255.0, 128),
    ("w0", 40.0 / 127.0, 0),
    ("w1", 1.0 / 127.0, 0),
    ("w2", 1.0 / 127.0, 0),
];

/// The network with quantizers on those grids.
pub(crate) fn pair(layers: &Layers) -> NetworkPair {
    let placements = GRIDS.map(|(name, scale, zero)| {
        let code_type = if name.starts_with('w') {
            CodeType::INT8
        } else {
            CodeType::UINT8
        };
        Placement::on_value(
            name,
            QuantizationParameters::per_tensor(code_type, scale, zero),
        )
    });
    NetworkPair::from_placements(&layers.graph(), &placements).expect("gates")
}

/// Rounding of one tensor on those grids.
pub(crate) fn on_grid(name: &str, values: &[f32]) -> Vec<f32> {
    match GRIDS.iter().find(|(other, ..)| *other == name) {
        Some(&(_, scale, zero)) if name.starts_with('w') => {
            rounded(values, scale, zero, (-128, 127))
        }
        Some(&(_, scale, zero)) => rounded(values, scale, zero, (0, 255)),
        None => values.to_vec(),
    }
}

/// Mean of the squared differences.
pub(crate) fn mean_square(a: &[f32], b: &[f32]) -> f64 {
    let squares = a
        .iter()
        .zip(b)
        .map(|(a, b)| f64::from(a - b) * f64::from(a - b));
    squares.sum::<f64>() / a.len() as f64
}
