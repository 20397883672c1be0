//! The ranges that calibration methods of quantization tools would pick for a distribution.
//!
//! Each is written from its published description and says where that is. Knows distributions and codes; must not know policies:
//! what a range costs is measured in `cost`, the same for all.

mod aciq;
mod aimet;
mod cost;
mod entropy;
mod pytorch;

use super::coding::SquaredErrors;
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, CodeKind, OutputRange, RangeError};
use fathom_core::stats::Distribution;
use serde::{Deserialize, Serialize};

pub use aciq::{aciq_gauss_ratio, aciq_laplace_ratio};
pub use cost::{CalibratorComparison, CalibratorRow};

/// Which ends a method cuts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sides {
    /// The far end alone.
    One,
    /// Both.
    Two,
}

/// How a method places its range about zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ZeroRule {
    /// As the data are. A runtime that needs an integer zero point widens the range afterwards.
    Free,
    /// Zero is forced into the range.
    Contained,
    /// The range is symmetric about zero: half of it holds no depth, which costs one bit.
    Symmetric,
}

impl ZeroRule {
    /// What it means, for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Free => tr!("The range follows the data."),
            Self::Contained => tr!("The range is made to contain 0."),
            Self::Symmetric => {
                tr!("The range is symmetric about 0: the half under 0 is lost on depths.")
            }
        }
    }
}

/// The density that the analytic method assumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AssumedDensity {
    /// `exp(-|d - mean| / b)`.
    Laplace,
    /// The normal one.
    Gauss,
}

/// A calibration method with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Calibrator {
    /// Smallest and largest depth.
    MinMax,
    /// A percentile as the end, and with two sides its counterpart as the start: each side loses half of the rest.
    Percentile {
        /// In percent, 50 to 100.
        percent: f64,
        /// Which ends are cut.
        sides: Sides,
    },
    /// Least KL divergence of the coded histogram, as TensorRT describes it.
    TensorRtEntropy,
    /// The same idea as ONNX Runtime has it.
    OnnxEntropy {
        /// Bins of the histogram; ONNX Runtime's default is 128, which leaves one candidate: the whole range.
        bins: usize,
    },
    /// Least squared error over ranges that shrink in hundredths.
    MseSearch,
    /// PyTorch's histogram observer.
    PyTorchHistogram,
    /// AIMET's search with clipping weighted by 3.
    AimetTfEnhanced,
    /// The analytic optimum for an assumed density.
    Aciq {
        /// The density.
        density: AssumedDensity,
        /// One side for data that are not negative.
        sides: Sides,
    },
}

/// Why a method gives no range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
pub enum CalibrationError {
    /// A percentile that is none, or cuts away more than it keeps.
    #[error("{}", tr!("a percentile must be from 50 to 100, not {}", .0))]
    Percent(f64),
    /// A histogram too coarse for the method.
    #[error("{}", tr!("this method needs a histogram of 128 to 65,536 bins, not {}", .0))]
    Bins(usize),
    /// What the method computes is no range.
    #[error(transparent)]
    Range(#[from] RangeError),
}

impl Calibrator {
    /// All of them with their tools' parameters, in the order they are shown.
    #[must_use]
    pub fn shown() -> Vec<Self> {
        let mut all = vec![Self::MinMax];
        for sides in [Sides::One, Sides::Two] {
            all.extend(
                [99.0, 99.9, 99.99, 99.999].map(|percent| Self::Percentile { percent, sides }),
            );
        }
        all.extend([
            Self::TensorRtEntropy,
            Self::OnnxEntropy { bins: 128 },
            Self::MseSearch,
            Self::PyTorchHistogram,
            Self::AimetTfEnhanced,
        ]);
        for density in [AssumedDensity::Laplace, AssumedDensity::Gauss] {
            all.extend([Sides::One, Sides::Two].map(|sides| Self::Aciq { density, sides }));
        }
        all
    }

    /// Those that are marked on curves: one of each idea, as near neighbours hide each other.
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

    /// The name in reports and on the page.
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
            Self::PyTorchHistogram => tr!("PyTorch histogram").to_owned(),
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

    /// Its parameters, for people.
    #[must_use]
    pub fn parameters(&self) -> String {
        match self {
            Self::MinMax | Self::Percentile { .. } => String::new(),
            Self::TensorRtEntropy => tr!("2,048 bins, 128 coded, from bin 128").to_owned(),
            Self::OnnxEntropy { bins } => tr!("{bins} bins, 128 coded", bins),
            Self::MseSearch => tr!("100 % to 21 % in steps of 1 %, exponent 2").to_owned(),
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

    /// Where it is described.
    #[must_use]
    pub fn source(&self) -> &'static str {
        match self {
            Self::MinMax => tr!("B. Jacob et al., CVPR 2018; the default of most tools"),
            Self::Percentile { .. } => tr!(
                "ONNX Runtime, calibrate.py, PercentileCalibrator; H. Wu et al., arXiv 2004.09602",
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

    /// How it places the range about zero.
    #[must_use]
    pub fn zero_rule(&self) -> ZeroRule {
        match self {
            Self::MinMax
            | Self::Percentile { .. }
            | Self::Aciq {
                sides: Sides::Two, ..
            } => ZeroRule::Free,
            Self::TensorRtEntropy | Self::OnnxEntropy { .. } => ZeroRule::Symmetric,
            Self::MseSearch
            | Self::PyTorchHistogram
            | Self::AimetTfEnhanced
            | Self::Aciq {
                sides: Sides::One, ..
            } => ZeroRule::Contained,
        }
    }

    /// The range it picks for a code of `bits` bits.
    ///
    /// # Errors
    /// [`CalibrationError`] for senseless parameters, and where depths are all equal and the method does not reach to zero.
    pub fn range(
        &self,
        depths: &Distribution,
        bits: Bits,
    ) -> Result<OutputRange, CalibrationError> {
        match *self {
            Self::MinMax => Ok(OutputRange::new(depths.min_m(), depths.max_m())?),
            Self::Percentile { percent, sides } => percentile(depths, percent, sides),
            Self::TensorRtEntropy => entropy::tensor_rt(depths),
            Self::OnnxEntropy { bins } => entropy::onnx_runtime(depths, bins),
            Self::MseSearch => mse_search(depths, bits),
            Self::PyTorchHistogram => pytorch::histogram_observer(depths, bits),
            Self::AimetTfEnhanced => aimet::tf_enhanced(depths, bits),
            Self::Aciq { density, sides } => aciq::range(depths, bits, density, sides),
        }
    }
}

fn percentile(
    depths: &Distribution,
    percent: f64,
    sides: Sides,
) -> Result<OutputRange, CalibrationError> {
    if !(50.0..=100.0).contains(&percent) {
        return Err(CalibrationError::Percent(percent));
    }
    let (low, high) = match sides {
        Sides::One => (depths.min_m(), depths.quantile_m(percent / 100.0)),
        Sides::Two => {
            let cut = (100.0 - percent) / 200.0;
            (depths.quantile_m(cut), depths.quantile_m(1.0 - cut))
        }
    };
    Ok(OutputRange::new(low, high)?)
}

/// Ranges tried by the shrinking search.
const SHRINKS: u32 = 80;

/// Both ends times 1.00, 0.99, ... 0.21, zero contained; the first of the least squared errors. Measured over every depth, where the
/// tool takes a batch.
fn mse_search(depths: &Distribution, bits: Bits) -> Result<OutputRange, CalibrationError> {
    let mut best: Option<(f64, OutputRange)> = None;
    for i in 0..SHRINKS {
        let share = 1.0 - f64::from(i) * 0.01;
        let range = OutputRange::new(0.0, depths.max_m() * share)?;
        let code = CodeKind::UniformZeroPoint.over(range, bits);
        let errors = SquaredErrors::measure(depths, &code);
        let square = errors.inside_square + errors.outside_square;
        if best.is_none_or(|(least, _)| square < least) {
            best = Some((square, range));
        }
    }
    let whole = OutputRange::new(0.0, depths.max_m())?;
    Ok(best.map_or(whole, |(_, range)| range))
}

/// Edges of equal bins, computed as numpy's `linspace` computes them.
fn equal_edges(from: f64, to: f64, bins: usize) -> Vec<f64> {
    let step = (to - from) / bins as f64;
    let mut edges: Vec<f64> = (0..bins).map(|i| i as f64 * step + from).collect();
    edges.push(to);
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::Resolution;

    fn distribution(mut values: Vec<f64>) -> Distribution {
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn every_method_keeps_its_word_about_zero() {
        let depths = distribution(
            (0..5000)
                .map(|i| 0.7 + 9.0 * libm::pow(f64::from(i) / 5000.0, 3.0))
                .collect(),
        );
        for method in Calibrator::shown() {
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
    fn names_are_all_different() {
        let mut names: Vec<String> = Calibrator::shown().iter().map(Calibrator::name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn degenerate_depths_give_a_range_or_a_sentence() {
        for values in [
            vec![2.5],
            vec![2.5, 2.5],
            vec![1.0, 2.0],
            vec![5e-324],
            vec![5e-324, 1e-320, 3.0],
            vec![1e-3, 1e8],
        ] {
            let depths = distribution(values.clone());
            for method in Calibrator::shown() {
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
        let senseless = [
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
        for method in senseless {
            assert!(method.range(&depths, Bits::EIGHT).is_err(), "{method:?}");
        }
    }
}
