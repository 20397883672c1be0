//! The scheme by which a network is quantized here: the form of weights and activations, and the calibrator of the activations' ranges.

use std::fmt;
use std::str::FromStr;

use fathom_core::i18n::{msgid, tr, tr_dynamic};

use super::activation_statistics::ActivationStatistics;
use super::code_form::CodeForm;
use crate::quantization::{Granularity, QuantizationParameters};
use fathom_analysis::calibrators::{AssumedDensity, CalibrationData as _, Calibrator, Sides};
use fathom_core::quant::Bits;
use thiserror::Error;

/// Fewest and most bits of a code.
const BITS: std::ops::RangeInclusive<u8> = 4..=16;

/// The quantization of weights, from their smallest to their largest value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightScheme {
    /// 4 to 16.
    pub bits: u8,
    /// True for the zero point 0 and equal magnitudes on both sides.
    pub is_symmetric: bool,
    /// True for one scale a channel of the output.
    pub is_per_channel: bool,
}

impl WeightScheme {
    /// The parameters of a weight, in signed codes. `axis` is that of the output's channels: 0 for `Conv`, 1 for `ConvTranspose`, the last for
    /// `MatMul`. An axis beyond the shape gives one scale. NaN and infinite weights do not count.
    #[must_use]
    pub fn parameters(
        &self,
        weights: &[f32],
        shape: &[usize],
        axis: usize,
    ) -> QuantizationParameters {
        let form = CodeForm {
            bits: self.bits.clamp(*BITS.start(), *BITS.end()),
            is_signed: true,
            is_symmetric: self.is_symmetric,
        };
        let channels = match shape.get(axis) {
            Some(&channels) if self.is_per_channel && channels > 0 => channels,
            _ => 1,
        };
        let inner: usize = shape.iter().skip(axis + 1).product::<usize>().max(1);
        let mut ranges = vec![(0.0_f64, 0.0_f64); channels];
        for (i, &weight) in weights.iter().enumerate().filter(|(_, w)| w.is_finite()) {
            let (low, high) = &mut ranges[i / inner % channels];
            *low = low.min(f64::from(weight));
            *high = high.max(f64::from(weight));
        }
        let granularity = if channels > 1 {
            Granularity::PerAxis { axis }
        } else {
            Granularity::PerTensor
        };
        form.parameters(&ranges, granularity)
    }
}

/// The quantization of activations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivationScheme {
    /// 4 to 16.
    pub bits: u8,
    /// True for equal magnitudes on both sides of zero.
    pub is_symmetric: bool,
    /// True for two's complement.
    pub is_signed: bool,
    /// The method that chooses each range.
    pub calibrator: Calibrator,
}

/// The parameters of an activation, and how its range was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibrated {
    /// One scale and zero point.
    pub parameters: QuantizationParameters,
    /// The calibrator's range, before it is widened to contain 0.
    pub range: (f64, f64),
    /// True if the calibrator found no range, so that the smallest and largest value serve.
    pub is_fallback: bool,
}

impl ActivationScheme {
    /// The parameters for a tensor. Returns nothing if the statistics have no finite value.
    #[must_use]
    pub fn parameters(&self, statistics: &ActivationStatistics) -> Option<Calibrated> {
        let values = statistics.counted_values()?;
        let (min, max) = (values.min(), values.max());
        let bits = self.bits.clamp(*BITS.start(), *BITS.end());
        let found = Bits::new(bits).and_then(|bits| self.calibrator.range(&values, bits).ok());
        let range = match (found, self.calibrator) {
            // ONNX Runtime clips the threshold to the data (calibrate.py, get_entropy_threshold).
            (Some(range), Calibrator::OnnxEntropy { .. }) => {
                (range.min_m().max(min), range.max_m().min(max))
            }
            (Some(range), _) => (range.min_m(), range.max_m()),
            (None, _) => (min, max),
        };
        let form = CodeForm {
            bits,
            is_signed: self.is_signed,
            is_symmetric: self.is_symmetric,
        };
        Some(Calibrated {
            parameters: form.parameters(&[range], Granularity::PerTensor),
            range,
            is_fallback: found.is_none(),
        })
    }
}

/// The scheme by which Fathom quantizes a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantizeScheme {
    /// Weights.
    pub weights: WeightScheme,
    /// Activations.
    pub activations: ActivationScheme,
}

impl Default for QuantizeScheme {
    /// 8 bits: symmetric weights per channel, unsigned activations from smallest to largest, as ONNX Runtime's `quantize_static` with
    /// `per_channel=True`.
    fn default() -> Self {
        Self {
            weights: WeightScheme {
                bits: 8,
                is_symmetric: true,
                is_per_channel: true,
            },
            activations: ActivationScheme {
                bits: 8,
                is_symmetric: false,
                is_signed: false,
                calibrator: Calibrator::MinMax,
            },
        }
    }
}

/// A text of `--quantize` that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", tr!("`{item}` cannot be read: {expected}", item = .item, expected = .expected))]
pub struct QuantizeTextError {
    item: String,
    expected: String,
}

const KEYS: &str = msgid(
    "the keys are bits, weight-bits, activation-bits (4 to 16), weights (per-channel or per-tensor), \
                    weight-range and activation-range (symmetric or asymmetric), activation-type (signed or unsigned), calibrator",
);

/// The calibrators by their names in `--quantize`.
fn calibrators() -> Vec<(String, Calibrator)> {
    Calibrator::all()
        .into_iter()
        .map(|method| (calibrator_name(&method), method))
        .collect()
}

fn calibrator_name(method: &Calibrator) -> String {
    let suffix = |sides: &Sides| match sides {
        Sides::One => "-one-sided",
        Sides::Two => "",
    };
    match method {
        Calibrator::MinMax => "min-max".to_owned(),
        Calibrator::Percentile { percent, sides } => {
            format!("percentile-{percent}{}", suffix(sides))
        }
        Calibrator::TensorRtEntropy => "entropy-tensorrt".to_owned(),
        Calibrator::OnnxEntropy { .. } => "entropy-onnxruntime".to_owned(),
        Calibrator::MseSearch => "mse".to_owned(),
        Calibrator::PyTorchHistogram => "pytorch-histogram".to_owned(),
        Calibrator::AimetTfEnhanced => "aimet-tf-enhanced".to_owned(),
        Calibrator::Aciq { density, sides } => {
            let density = match density {
                AssumedDensity::Laplace => "laplace",
                AssumedDensity::Gauss => "gauss",
            };
            format!("aciq-{density}{}", suffix(sides))
        }
    }
}

impl FromStr for QuantizeScheme {
    type Err = QuantizeTextError;

    /// Reads `key=value` separated by commas; keys that are left out keep their default.
    fn from_str(text: &str) -> Result<Self, QuantizeTextError> {
        let mut scheme = Self::default();
        for item in text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            let refuse = |expected: &str| QuantizeTextError {
                item: item.to_owned(),
                expected: tr_dynamic(expected).to_owned(),
            };
            let (key, value) = item.split_once('=').ok_or_else(|| refuse(KEYS))?;
            let value = value.trim();
            let bits = || {
                let bits = value.parse().ok().filter(|bits| BITS.contains(bits));
                bits.ok_or_else(|| refuse(tr!("4 to 16 bits")))
            };
            let either = |yes: &str, no: &str| match value {
                _ if value == yes => Ok(true),
                _ if value == no => Ok(false),
                _ => Err(refuse(&tr!("{yes} or {no}", yes, no))),
            };
            let Self {
                weights,
                activations,
            } = &mut scheme;
            match key.trim() {
                "bits" => {
                    weights.bits = bits()?;
                    activations.bits = weights.bits;
                }
                "weight-bits" => weights.bits = bits()?,
                "activation-bits" => activations.bits = bits()?,
                "weights" => weights.is_per_channel = either("per-channel", "per-tensor")?,
                "weight-range" => weights.is_symmetric = either("symmetric", "asymmetric")?,
                "activation-range" => {
                    activations.is_symmetric = either("symmetric", "asymmetric")?;
                }
                "activation-type" => activations.is_signed = either("signed", "unsigned")?,
                "calibrator" => {
                    let all = calibrators();
                    let found = all.iter().find(|(name, _)| name == value);
                    activations.calibrator = found.map(|(_, method)| *method).ok_or_else(|| {
                        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
                        refuse(&tr!("one of {}", names.join(", ")))
                    })?;
                }
                _ => return Err(refuse(KEYS)),
            }
        }
        Ok(scheme)
    }
}

impl fmt::Display for QuantizeScheme {
    /// Every key, so that the text gives the same scheme again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            weights,
            activations,
        } = self;
        let range = |is_symmetric| {
            if is_symmetric {
                "symmetric"
            } else {
                "asymmetric"
            }
        };
        write!(
            f,
            "weight-bits={},weights={},weight-range={},activation-bits={},activation-range={},activation-type={},calibrator={}",
            weights.bits,
            if weights.is_per_channel {
                "per-channel"
            } else {
                "per-tensor"
            },
            range(weights.is_symmetric),
            activations.bits,
            range(activations.is_symmetric),
            if activations.is_signed {
                "signed"
            } else {
                "unsigned"
            },
            calibrator_name(&activations.calibrator),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::activation_statistics::CountBuffer;
    use super::*;
    use crate::quantization::Scales;

    fn statistics(values: &[f32]) -> ActivationStatistics {
        let mut statistics = ActivationStatistics::default();
        statistics.add(values, &mut CountBuffer::default());
        statistics
    }

    fn values() -> Vec<f32> {
        (0..3000)
            .map(|i| {
                let x = (i * 7919 % 2003 - 1001) as f32 / 500.0;
                x * x * x - 0.3
            })
            .collect()
    }

    fn places(parameters: &QuantizationParameters) -> (&[f32], &[i32]) {
        match &parameters.scales {
            Scales::Fixed {
                scales,
                zero_points,
            } => (scales, zero_points),
            Scales::Dynamic => panic!("fixed scales"),
        }
    }

    #[test]
    fn channels_of_weights_have_their_own_ranges() {
        let scheme = WeightScheme {
            bits: 8,
            is_symmetric: true,
            is_per_channel: true,
        };
        // Shape (2, 3, 2): channels of axis 1 hold {0, 1, 6, 7}, {2, 3, 8, 9}, {4, 5, 10, 11}, less 6.
        let weights: Vec<f32> = (0..12).map(|i| i as f32 - 6.0).collect();
        let shape = [2, 3, 2];
        let found = scheme.parameters(&weights, &shape, 1);
        let largest = [6.0, 4.0, 5.0_f64];
        let scales = largest.map(|largest| (2.0 * largest / 254.0) as f32);
        assert_eq!(places(&found), (&scales[..], &[0, 0, 0][..]));
        assert_eq!(found.granularity, Granularity::PerAxis { axis: 1 });
        assert_eq!(found.check(&shape), Ok(()));
        let whole = WeightScheme {
            is_per_channel: false,
            ..scheme
        };
        let found = whole.parameters(&weights, &shape, 1);
        assert_eq!(
            (places(&found).0.len(), found.granularity),
            (1, Granularity::PerTensor)
        );
        let flat = scheme.parameters(&weights, &[12], 1);
        assert_eq!(flat.granularity, Granularity::PerTensor);
        assert_eq!(places(&scheme.parameters(&[f32::NAN], &[1], 0)).0, [1.0]);
    }

    #[test]
    fn every_calibrator_gives_a_range_for_values_of_either_sign() {
        let values = values();
        let statistics = statistics(&values);
        for (name, calibrator) in calibrators() {
            for bits in [4, 8, 16] {
                let scheme = ActivationScheme {
                    bits,
                    calibrator,
                    ..QuantizeScheme::default().activations
                };
                let found = scheme.parameters(&statistics).expect("values");
                assert!(!found.is_fallback, "{name}");
                let (low, high) = found.parameters.range().expect("a scale");
                let wanted = (found.range.0.min(0.0) as f32, found.range.1.max(0.0) as f32);
                let step = places(&found.parameters).0[0];
                // The zero point moves both ends by up to half a step.
                assert!(
                    (high - low - (wanted.1 - wanted.0)).abs() < 1e-3 * step + 1e-5,
                    "{name}"
                );
                assert!(
                    (low - wanted.0).abs() <= 0.51 * step,
                    "{name}: {low} {wanted:?}"
                );
            }
        }
    }

    #[test]
    fn the_mse_search_beats_min_max_where_one_value_lies_far_out() {
        let mut values = values();
        values[7] = 60.0;
        let statistics = statistics(&values);
        let error = |calibrator| {
            let scheme = ActivationScheme {
                bits: 4,
                calibrator,
                ..QuantizeScheme::default().activations
            };
            let found = scheme.parameters(&statistics).expect("values");
            let mut rounded = values.clone();
            found.parameters.round(&mut rounded, &[values.len()]);
            let errors = rounded.iter().zip(&values).map(|(r, v)| f64::from(r - v));
            errors.map(|e| e * e).sum::<f64>()
        };
        assert!(error(Calibrator::MseSearch) < 0.9 * error(Calibrator::MinMax));
    }

    #[test]
    fn entropy_of_onnx_runtime_is_clipped_to_the_data() {
        let relu: Vec<f32> = values().into_iter().map(|v| v.max(0.0)).collect();
        let scheme = ActivationScheme {
            calibrator: Calibrator::OnnxEntropy { bins: 128 },
            ..QuantizeScheme::default().activations
        };
        let found = scheme.parameters(&statistics(&relu)).expect("values");
        assert_eq!(
            (found.range.0, places(&found.parameters).1),
            (0.0, &[0][..])
        );
    }

    #[test]
    fn constant_tensors_have_a_scale() {
        for value in [0.0_f32, 2.5, -3e-12, 1e30] {
            let constant = statistics(&[value; 20]);
            for (name, calibrator) in calibrators() {
                let scheme = ActivationScheme {
                    calibrator,
                    ..QuantizeScheme::default().activations
                };
                let found = scheme.parameters(&constant).expect("a value");
                assert_eq!(found.parameters.check(&[20]), Ok(()), "{name} {value}");
            }
        }
        let empty = QuantizeScheme::default()
            .activations
            .parameters(&statistics(&[]));
        assert_eq!(empty, None);
    }

    #[test]
    fn texts_are_read_and_written() {
        let text = "bits=4,activation-bits=16,weights=per-tensor,weight-range=asymmetric,activation-type=signed,\
                    activation-range=symmetric,calibrator=percentile-99.99";
        let scheme: QuantizeScheme = text.parse().expect("a scheme");
        assert_eq!((scheme.weights.bits, scheme.activations.bits), (4, 16));
        assert_eq!(scheme.to_string().parse(), Ok(scheme));
        assert_eq!("".parse(), Ok(QuantizeScheme::default()));
        for (name, method) in calibrators() {
            let scheme: QuantizeScheme = format!("calibrator={name}").parse().expect("a scheme");
            assert_eq!(scheme.activations.calibrator, method);
        }
        for (text, quoted) in [
            ("bits=3", "4 to 16"),
            ("8", "the keys are"),
            ("weights=all", "per-channel or per-tensor"),
            ("calibrator=best", "min-max"),
            ("size=8", "the keys are"),
        ] {
            let error = text.parse::<QuantizeScheme>().expect_err(text).to_string();
            assert!(
                error.contains(quoted) && error.contains("cannot be read"),
                "{error}"
            );
        }
    }
}
