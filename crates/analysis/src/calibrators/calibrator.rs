//! The calibration methods with their parameters, names and sources.

use serde::{Deserialize, Serialize};

use super::aciq::{self, AssumedDensity};
use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use super::percentile::{self, Sides};
use super::{aimet, entropy, mse_search, pytorch};
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, OutputRange};

/// The relation of a method's range to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ZeroRule {
    /// The range follows the data. A runtime that needs an integer zero point widens it afterwards.
    Free,
    /// The range is extended to contain zero.
    Contained,
    /// The range is symmetric about zero. Its negative half holds no depth, which costs one bit.
    Symmetric,
}

impl ZeroRule {
    /// Returns the rule as a sentence.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Free => tr!("The range follows the data."),
            Self::Contained => tr!("The range is extended to contain 0."),
            Self::Symmetric => {
                tr!("The range is symmetric about 0: depths do not use the half below 0.")
            }
        }
    }
}

/// A calibration method with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Calibrator {
    /// From the smallest to the largest depth.
    MinMax,
    /// The far end at a percentile. With two sides, each side loses half of the remaining share.
    Percentile {
        /// In percent, 50 to 100.
        percent: f64,
        /// The ends that are cut.
        sides: Sides,
    },
    /// Smallest KL divergence of the coded histogram, in TensorRT's form.
    TensorRtEntropy,
    /// Smallest KL divergence, in ONNX Runtime's form.
    OnnxEntropy {
        /// Bins of the histogram. ONNX Runtime's default of 128 leaves one candidate, the whole range.
        bins: usize,
    },
    /// Smallest squared error over ranges that shrink in hundredths.
    MseSearch,
    /// PyTorch's histogram observer.
    PyTorchHistogram,
    /// AIMET's search with clipping weighted by 3.
    AimetTfEnhanced,
    /// The analytic optimum for an assumed density.
    Aciq {
        /// The density.
        density: AssumedDensity,
        /// One side suits data without negative values.
        sides: Sides,
    },
}

impl Calibrator {
    /// Returns all methods with the parameters of their tools, in display order.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut methods = vec![Self::MinMax];
        for sides in [Sides::One, Sides::Two] {
            methods.extend(
                [99.0, 99.9, 99.99, 99.999].map(|percent| Self::Percentile { percent, sides }),
            );
        }
        methods.extend([
            Self::TensorRtEntropy,
            Self::OnnxEntropy { bins: 128 },
            Self::MseSearch,
            Self::PyTorchHistogram,
            Self::AimetTfEnhanced,
        ]);
        for density in [AssumedDensity::Laplace, AssumedDensity::Gauss] {
            methods.extend([Sides::One, Sides::Two].map(|sides| Self::Aciq { density, sides }));
        }
        methods
    }

    /// Returns the methods that curves mark: one of each kind, because markers close together overlap.
    #[must_use]
    pub fn marked() -> Vec<Self> {
        vec![
            Self::MinMax,
            Self::Percentile {
                percent: 99.9,
                sides: Sides::One,
            },
            Self::TensorRtEntropy,
            Self::PyTorchHistogram,
            Self::AimetTfEnhanced,
        ]
    }

    /// Returns the name in reports and on the page.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::MinMax => "min-max".to_owned(),
            Self::Percentile {
                percent,
                sides: Sides::One,
            } => tr!("percentile {percent}, far end", percent),
            Self::Percentile {
                percent,
                sides: Sides::Two,
            } => tr!("percentile {percent}, both ends", percent),
            Self::TensorRtEntropy => tr!("entropy, TensorRT").to_owned(),
            Self::OnnxEntropy { .. } => tr!("entropy, ONNX Runtime").to_owned(),
            Self::MseSearch => tr!("squared error, shrinking").to_owned(),
            Self::PyTorchHistogram => tr!("PyTorch histogram, one pass").to_owned(),
            Self::AimetTfEnhanced => tr!("AIMET tf_enhanced").to_owned(),
            Self::Aciq { density, sides } => {
                let density = match density {
                    AssumedDensity::Laplace => "Laplace",
                    AssumedDensity::Gauss => "Gauss",
                };
                match sides {
                    Sides::One => tr!("ACIQ {density}, one-sided", density),
                    Sides::Two => tr!("ACIQ {density}", density),
                }
            }
        }
    }

    /// Returns the parameters as text; empty where the name already holds them.
    #[must_use]
    pub fn parameters(&self) -> String {
        match self {
            Self::MinMax | Self::Percentile { .. } => String::new(),
            Self::TensorRtEntropy => {
                tr!("2,048 bins, half of the values coded, from bin 128").to_owned()
            }
            Self::OnnxEntropy { bins } => tr!("{bins} bins, 128 coded", bins),
            Self::MseSearch => tr!("100 % to 6 % in steps of 1 %, exponent 2").to_owned(),
            Self::PyTorchHistogram => {
                tr!("2,048 bins, greedy, stops at the first increase").to_owned()
            }
            Self::AimetTfEnhanced => {
                tr!("512 bins, clipping weighted by 3, 17 steps and 21 offsets").to_owned()
            }
            Self::Aciq {
                sides: Sides::One, ..
            } => tr!("bits + 1, from 0").to_owned(),
            Self::Aciq {
                sides: Sides::Two, ..
            } => tr!("about the mean").to_owned(),
        }
    }

    /// Returns the citation of the method's description.
    #[must_use]
    pub fn source(&self) -> &'static str {
        match self {
            Self::MinMax => tr!("B. Jacob et al., CVPR 2018; the default of most tools"),
            Self::Percentile { .. } => tr!(
                "H. Wu et al., arXiv 2004.09602; ONNX Runtime's PercentileCalibrater rounds to 2,048 bins",
            ),
            Self::TensorRtEntropy => tr!(
                "S. Migacz, 8-bit Inference with TensorRT, GTC 2017; NVIDIA's HistogramCalibrator",
            ),
            Self::OnnxEntropy { .. } => tr!("ONNX Runtime, calibrate.py, get_entropy_threshold"),
            Self::MseSearch => tr!("MQBench, observer.py, MSEObserver"),
            Self::PyTorchHistogram => {
                tr!("PyTorch, torch/ao/quantization/observer.py, HistogramObserver")
            }
            Self::AimetTfEnhanced => tr!("AIMET, TfEnhancedEncodingAnalyzer.cpp"),
            Self::Aciq { .. } => {
                tr!("R. Banner, Y. Nahshan, D. Soudry, NeurIPS 2019, and their int_quantizer.py")
            }
        }
    }

    /// Returns the relation of the method's range to zero.
    #[must_use]
    pub fn zero_rule(&self) -> ZeroRule {
        match self {
            Self::MinMax
            | Self::Percentile { .. }
            | Self::OnnxEntropy { .. }
            | Self::Aciq {
                sides: Sides::Two, ..
            } => ZeroRule::Free,
            Self::TensorRtEntropy => ZeroRule::Symmetric,
            Self::MseSearch
            | Self::PyTorchHistogram
            | Self::AimetTfEnhanced
            | Self::Aciq {
                sides: Sides::One, ..
            } => ZeroRule::Contained,
        }
    }

    /// Computes the range that the method chooses for a code of `bits` bits. The samples are depths or values of either sign.
    ///
    /// # Errors
    /// [`CalibrationError`] where the parameters are out of bounds, and where the ends form no range. The second happens when
    /// all samples are equal and the range does not contain zero.
    pub fn range(
        &self,
        data: &dyn CalibrationData,
        bits: Bits,
    ) -> Result<OutputRange, CalibrationError> {
        match *self {
            Self::MinMax => Ok(OutputRange::new(data.min(), data.max())?),
            Self::Percentile { percent, sides } => percentile::range(data, percent, sides),
            Self::TensorRtEntropy => entropy::tensor_rt(data, bits),
            Self::OnnxEntropy { bins } => entropy::onnx_runtime(data, bins),
            Self::MseSearch => mse_search::range(data, bits),
            Self::PyTorchHistogram => pytorch::histogram_observer(data, bits),
            Self::AimetTfEnhanced => aimet::tf_enhanced(data, bits),
            Self::Aciq { density, sides } => aciq::range(data, bits, density, sides),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::{Distribution, Resolution};

    fn distribution(mut values: Vec<f64>) -> Distribution {
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn every_range_follows_its_zero_rule() {
        let depths = distribution(
            (0..5000)
                .map(|i| 0.7 + 9.0 * libm::pow(f64::from(i) / 5000.0, 3.0))
                .collect(),
        );
        for method in Calibrator::all() {
            let range = method.range(&depths, Bits::EIGHT).expect("a range");
            match method.zero_rule() {
                ZeroRule::Free => assert!(range.min_m() >= depths.min_m(), "{}", method.name()),
                ZeroRule::Contained => assert!(range.min_m() <= 0.0, "{}", method.name()),
                ZeroRule::Symmetric => {
                    assert!(
                        (range.min_m() + range.max_m()).abs() < 1e-9,
                        "{}",
                        method.name()
                    );
                }
            }
            assert!(!method.source().is_empty() && range.max_m() > 0.0);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<String> = Calibrator::all().iter().map(Calibrator::name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn degenerate_depths_give_a_range_or_an_error_message() {
        for values in [
            vec![2.5],
            vec![2.5, 2.5],
            vec![1.0, 2.0],
            vec![5e-324],
            vec![5e-324, 1e-320, 3.0],
            vec![1e-3, 1e8],
        ] {
            let depths = distribution(values.clone());
            for method in Calibrator::all() {
                for bits in [1, 4, 8, 16] {
                    match method.range(&depths, Bits::new(bits).expect("a width")) {
                        Ok(range) => assert!(range.width_m() > 0.0),
                        Err(error) => {
                            assert!(!error.to_string().contains("NaN"), "{values:?}: {error}");
                        }
                    }
                }
            }
        }
        let out_of_bounds = [
            Calibrator::Percentile {
                percent: 49.0,
                sides: Sides::One,
            },
            Calibrator::Percentile {
                percent: f64::NAN,
                sides: Sides::Two,
            },
            Calibrator::OnnxEntropy { bins: 0 },
        ];
        let depths = distribution(vec![1.0, 2.0]);
        for method in out_of_bounds {
            assert!(method.range(&depths, Bits::EIGHT).is_err(), "{method:?}");
        }
    }
}
