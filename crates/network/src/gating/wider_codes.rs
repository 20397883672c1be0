//! A gated network in which quantizers can round to 16 bits in place of their own.
//!
//! A step of 16 bits is the own step divided by a power of two, so that every value on the old grid is on the new one, and the range stays.
//! Each quantizer is followed by its wider one, whose gate is closed unless the quantizer is kept.

use std::collections::HashMap;
use std::sync::Arc;

use crate::graph::{FreshNames, Node, Tensor};
use crate::network_error::NetworkError;
use crate::quantization::{CodeType, QuantizationParameters, Quantizer, Scales};

use super::gated_network::GatedNetwork;

/// Bits of the wider codes.
const WIDER_BITS: u8 = 16;

/// The effect of keeping a quantizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhenKept {
    /// Its gate stays open: its codes have 16 bits or more.
    Same,
    /// Its gate closes: floating-point codes, and scales that are made at run time, have no wider ones.
    Passes,
    /// Its gate closes, and the gate of this quantizer opens.
    Wider(usize),
}

/// A network with a second quantizer behind each one of fewer than 16 bits.
#[derive(Clone, Debug)]
pub struct WiderNetwork {
    /// The network. Its first quantizers and its layers are those of the network that it was made of.
    pub gated: GatedNetwork,
    when_kept: Vec<WhenKept>,
}

impl WiderNetwork {
    /// Puts a quantizer of 16 bits behind each one of fewer bits.
    ///
    /// # Errors
    /// If a constant cannot be rounded.
    pub fn new(narrow: &GatedNetwork) -> Result<Self, NetworkError> {
        let mut gated = narrow.clone();
        let mut names = FreshNames::beside(&narrow.graph);
        let mut when_kept = Vec::new();
        let mut renamed: HashMap<String, String> = HashMap::new();
        let mut added = Vec::new();
        for (index, quantizer) in narrow.quantizers.iter().enumerate() {
            let Some(parameters) = wider(&quantizer.parameters) else {
                when_kept.push(unchanged(&quantizer.parameters));
                continue;
            };
            let (source, made) = &narrow.taps[index];
            let values = match &quantizer.values {
                None => None,
                Some(_) => match rounded(narrow, source, &parameters)? {
                    Some(values) => Some(values),
                    None => {
                        when_kept.push(WhenKept::Passes);
                        continue;
                    }
                },
            };
            let output = names.fresh(&format!("{made}_16"));
            let place = gated.quantizers.len();
            added.push(Node::fake_quantize(place, made, &output));
            gated.taps.push((made.clone(), output.clone()));
            gated.chains.push(place);
            gated.quantizers.push(Quantizer {
                parameters,
                values,
                ..quantizer.clone()
            });
            renamed.insert(made.clone(), output);
            when_kept.push(WhenKept::Wider(place));
        }
        for node in &mut gated.graph.nodes {
            for input in &mut node.inputs {
                if let Some(output) = renamed.get(input) {
                    input.clone_from(output);
                }
            }
        }
        for output in &mut gated.graph.outputs {
            if let Some(name) = renamed.get(&output.name) {
                output.name.clone_from(name);
            }
        }
        gated.graph.nodes.extend(added);
        gated.graph.sort()?;
        Ok(Self { gated, when_kept })
    }

    /// The gates of the network where some quantizers, by index, are kept at 16 bits and all others round as they do.
    #[must_use]
    pub fn gates(&self, is_kept: &[bool]) -> Vec<bool> {
        let mut out = vec![false; self.gated.quantizers.len()];
        for (index, when_kept) in self.when_kept.iter().enumerate() {
            let is_kept = is_kept.get(index).copied().unwrap_or(false);
            match when_kept {
                _ if !is_kept => out[index] = true,
                WhenKept::Same => out[index] = true,
                WhenKept::Passes => {}
                WhenKept::Wider(place) => out[*place] = true,
            }
        }
        out
    }
}

/// The same range with 16 bits. `None` for codes of 16 bits or more, floating-point codes, and scales that are made at run time.
fn wider(parameters: &QuantizationParameters) -> Option<QuantizationParameters> {
    let CodeType::Integer { bits, is_signed } = parameters.code_type else {
        return None;
    };
    let Scales::Fixed {
        scales,
        zero_points,
    } = &parameters.scales
    else {
        return None;
    };
    let factor = 1_i32 << WIDER_BITS.checked_sub(bits).filter(|&more| more > 0)?;
    let scales: Vec<f32> = scales.iter().map(|s| s / factor as f32).collect();
    let zero_points = zero_points.iter().map(|z| z.checked_mul(factor));
    let zero_points: Option<Vec<i32>> = zero_points.collect();
    if scales.iter().any(|scale| !scale.is_normal()) {
        return None;
    }
    Some(QuantizationParameters {
        code_type: CodeType::Integer {
            bits: WIDER_BITS,
            is_signed,
        },
        granularity: parameters.granularity,
        scales: Scales::Fixed {
            scales,
            zero_points: zero_points?,
        },
    })
}

fn unchanged(parameters: &QuantizationParameters) -> WhenKept {
    match (parameters.code_type, &parameters.scales) {
        (CodeType::Integer { bits, .. }, Scales::Fixed { .. }) if bits >= WIDER_BITS => {
            WhenKept::Same
        }
        _ => WhenKept::Passes,
    }
}

/// An FP32 constant rounded; `None` if that name is no constant of fractions.
fn rounded(
    narrow: &GatedNetwork,
    name: &str,
    parameters: &QuantizationParameters,
) -> Result<Option<Arc<Tensor>>, NetworkError> {
    let Some(constant) = narrow.graph.constants.get(name) else {
        return Ok(None);
    };
    let Some(floats) = constant.as_floats() else {
        return Ok(None);
    };
    let mut values = floats.to_vec();
    parameters.round(&mut values, &constant.shape);
    let tensor = Tensor::floats(constant.shape.clone(), values)?;
    Ok(Some(Arc::new(tensor)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_grid_lies_on_the_new_one() {
        for (code_type, zero_point) in [
            (CodeType::UINT8, 0),
            (CodeType::UINT8, 255),
            (CodeType::INT8, 0),
            (CodeType::INT8, -128),
        ] {
            let narrow = QuantizationParameters::per_tensor(code_type, 0.037, zero_point);
            let wide = wider(&narrow).expect("eight bits");
            let (low, high) = narrow.range().expect("one scale");
            let (wide_low, wide_high) = wide.range().expect("one scale");
            assert_eq!(low, wide_low);
            assert!(wide_high >= high && wide_high < high + 0.037, "{wide_high}");
            let mut values: Vec<f32> = (-300..300).map(|i| i as f32 * 0.0371).collect();
            narrow.round(&mut values, &[600]);
            let mut again = values.clone();
            wide.round(&mut again, &[600]);
            assert_eq!(values, again);
        }
    }

    #[test]
    fn what_is_wide_already_stays() {
        let wide = CodeType::Integer {
            bits: 32,
            is_signed: true,
        };
        let bias = QuantizationParameters::per_tensor(wide, 1e-6, 0);
        assert_eq!((wider(&bias), unchanged(&bias)), (None, WhenKept::Same));
        let dynamic = QuantizationParameters::dynamic();
        assert_eq!(
            (wider(&dynamic), unchanged(&dynamic)),
            (None, WhenKept::Passes)
        );
    }
}
