//! A model of how rounding errors of layers accumulate along a network. It is not a measurement.
//!
//! Every layer adds the same noise and has the same gain. There are three rules of accumulation, because a few published figures cannot show
//! which one a network follows.

use fathom_core::i18n::tr;
use serde::{Deserialize, Serialize};

/// Largest number of layers of a model: more than any network in use has.
pub const MAX_LAYERS: u32 = 10_000;

/// The rule by which errors of layers accumulate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Accumulation {
    /// Each layer adds independent noise, so variances add: `v_n = g^2 v_(n-1) + sigma^2`. This is the usual assumption. With a gain of 1
    /// the result is the root of the sum of squares.
    #[default]
    Independent,
    /// All errors have the same direction, so amplitudes add: `a_n = g a_(n-1) + sigma`.
    Aligned,
    /// Only the first layer adds an error, and each later one multiplies it: `a_n = g a_(n-1)`, `a_1 = sigma`.
    Growth,
}

impl Accumulation {
    /// All rules, in the order of display.
    pub const ALL: [Self; 3] = [Self::Independent, Self::Aligned, Self::Growth];

    /// Natural logarithm of the error after `layer` layers divided by `sigma`.
    fn log_factor(self, layer: u32, gain: f64) -> f64 {
        match self {
            Self::Independent => 0.5 * log_geometric_sum(layer, gain * gain),
            Self::Aligned => log_geometric_sum(layer, gain),
            Self::Growth if layer == 1 => 0.0,
            Self::Growth => f64::from(layer - 1) * libm::log(gain),
        }
    }

    /// Share of the noise of layer `from` in the error after layer `to`: of the variance where variances add, otherwise of the amplitude.
    fn share(self, from: u32, to: u32, gain: f64) -> f64 {
        let ratio = match self {
            Self::Independent => gain * gain,
            Self::Aligned => gain,
            Self::Growth => return if from == 1 { 1.0 } else { 0.0 },
        };
        let later = f64::from(to - from);
        let log_power = if later == 0.0 {
            0.0
        } else {
            later * libm::log(ratio)
        };
        libm::exp(log_power - log_geometric_sum(to, ratio))
    }
}

/// `ln(1 + x + ... + x^(n-1))`, without overflow.
fn log_geometric_sum(n: u32, x: f64) -> f64 {
    if x > 1.0 {
        return f64::from(n - 1) * libm::log(x) + log_geometric_sum(n, 1.0 / x);
    }
    // Horner's rule. For x <= 1 the sum is at most n.
    libm::log((0..n).fold(0.0, |sum, _| sum * x + 1.0))
}

/// A known error: the RMS after a number of layers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownError {
    /// Number of the layer, from 1.
    pub layer: u32,
    /// RMS of the error after it, in metres.
    pub rms_m: f64,
}

/// The reason why figures make no model.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LayersError {
    /// No layers, or too many.
    #[error("{}", tr!("a model needs 1 to {MAX_LAYERS} layers, not {layers}", MAX_LAYERS, layers = .layers))]
    Layers {
        /// The number given.
        layers: u32,
    },
    /// A noise that is not finite or not above zero.
    #[error("{}", tr!("the noise of a layer must be a length above 0 m"))]
    Noise,
    /// A gain that is negative or not finite.
    #[error(
        "{}",
        tr!("the gain of a layer must be a number of at least 0; 1 passes errors on unchanged")
    )]
    Gain,
    /// A known error that is not finite or not above zero.
    #[error("{}", tr!("the error after layer {layer} must be a length above 0 m", layer = .layer))]
    KnownRms {
        /// Its layer.
        layer: u32,
    },
    /// Two known errors of the same layer.
    #[error("{}", tr!("two figures of the same layer, {layer}, do not show how errors grow: give those of two layers", layer = .layer))]
    SameLayer {
        /// The layer.
        layer: u32,
    },
    /// The error falls, which the rule does not allow.
    #[error("{}", tr!("the error falls from layer {from} to layer {to}; noise of the same size in each layer cannot make it fall, so \
                       this rule does not fit that network", from = .from, to = .to))]
    Falls {
        /// The earlier layer.
        from: u32,
        /// The later layer.
        to: u32,
    },
    /// An error outside the range of floating-point numbers.
    #[error(
        "{}",
        tr!(
            "these figures overflow: take figures that differ less"
        )
    )]
    OutOfNumbers,
}

/// Layers with equal noise and equal gain: a simplification, because real layers differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerModel {
    rule: Accumulation,
    layers: u32,
    noise_m: f64,
    gain: f64,
}

/// One layer of a model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerPoint {
    /// Number of the layer, from 1.
    pub layer: u32,
    /// RMS of the error after it, in metres.
    pub rms_m: f64,
    /// Share of this layer's noise in the error after the last layer: of the variance where variances add, otherwise of the amplitude. The
    /// shares add up to 1.
    pub share_at_end: f64,
}

impl LayerModel {
    /// Creates a model; the noise is in metres.
    ///
    /// # Errors
    /// [`LayersError`] where an argument is invalid or the error after the last layer is not a number.
    pub fn new(
        rule: Accumulation,
        layers: u32,
        noise_m: f64,
        gain: f64,
    ) -> Result<Self, LayersError> {
        check_layer(layers)?;
        if !noise_m.is_finite() || noise_m <= 0.0 {
            return Err(LayersError::Noise);
        }
        if !gain.is_finite() || gain < 0.0 {
            return Err(LayersError::Gain);
        }
        let model = Self {
            rule,
            layers,
            noise_m,
            gain,
        };
        let last = model.rms_m(layers);
        if last.is_finite() && (last > 0.0 || gain == 0.0) {
            Ok(model)
        } else {
            Err(LayersError::OutOfNumbers)
        }
    }

    /// Fits noise and gain of `layers` layers to two known errors, in any order.
    ///
    /// # Errors
    /// [`LayersError`] where a figure is invalid or no noise and gain reproduce both.
    pub fn fit(
        rule: Accumulation,
        layers: u32,
        one: KnownError,
        other: KnownError,
    ) -> Result<Self, LayersError> {
        let (first, second) = if one.layer <= other.layer {
            (one, other)
        } else {
            (other, one)
        };
        check_known(first)?;
        check_known(second)?;
        if first.layer == second.layer {
            return Err(LayersError::SameLayer { layer: first.layer });
        }
        let log_rise = libm::log(second.rms_m) - libm::log(first.rms_m);
        let log_bound = log_rise / f64::from(second.layer - first.layer);
        let gain = match rule {
            Accumulation::Growth => libm::exp(log_bound),
            _ if log_rise < 0.0 => {
                return Err(LayersError::Falls {
                    from: first.layer,
                    to: second.layer,
                });
            }
            // Each rule grows at least by the gain to the power of the distance, which bounds the gain from above.
            _ => bisect(libm::exp(log_bound), |gain| {
                rule.log_factor(second.layer, gain) - rule.log_factor(first.layer, gain) < log_rise
            }),
        };
        let noise_m = libm::exp(libm::log(first.rms_m) - rule.log_factor(first.layer, gain));
        if !gain.is_finite() || !noise_m.is_normal() {
            return Err(LayersError::OutOfNumbers);
        }
        Self::new(rule, layers, noise_m, gain)
    }

    /// Returns the rule of accumulation.
    #[must_use]
    pub fn rule(&self) -> Accumulation {
        self.rule
    }

    /// Returns the number of layers.
    #[must_use]
    pub fn layers(&self) -> u32 {
        self.layers
    }

    /// Returns the noise that a layer adds at its output, in metres.
    #[must_use]
    pub fn noise_m(&self) -> f64 {
        self.noise_m
    }

    /// Returns the factor by which a layer multiplies its input error.
    #[must_use]
    pub fn gain(&self) -> f64 {
        self.gain
    }

    /// Returns the RMS of the error after a layer, in metres; 0 m for layer 0.
    #[must_use]
    pub fn rms_m(&self, layer: u32) -> f64 {
        if layer == 0 {
            return 0.0;
        }
        libm::exp(libm::log(self.noise_m) + self.rule.log_factor(layer, self.gain))
    }

    /// Returns all layers with their errors.
    #[must_use]
    pub fn series(&self) -> Vec<LayerPoint> {
        (1..=self.layers)
            .map(|layer| LayerPoint {
                layer,
                rms_m: self.rms_m(layer),
                share_at_end: self.rule.share(layer, self.layers, self.gain),
            })
            .collect()
    }

    /// Returns the number of layers, with a fraction, after which the error is `rms_m` metres; `None` where it never is.
    #[must_use]
    pub(super) fn layers_until(&self, rms_m: f64) -> Option<f64> {
        let factor = rms_m / self.noise_m;
        if !factor.is_finite() || factor < 1.0 {
            return None;
        }
        let (goal, ratio) = match self.rule {
            Accumulation::Independent => (factor * factor, self.gain * self.gain),
            Accumulation::Aligned => (factor, self.gain),
            Accumulation::Growth => {
                let layers = 1.0 + libm::log(factor) / libm::log(self.gain);
                return (layers.is_finite() && layers >= 1.0).then_some(layers);
            }
        };
        // 1 + x + ... + x^(n-1) = (x^n - 1) / (x - 1), solved for n; n itself for x = 1.
        let above = ratio - 1.0;
        let layers = if above.abs() < 1e-12 {
            goal
        } else {
            libm::log1p(goal * above) / libm::log1p(above)
        };
        layers.is_finite().then_some(layers)
    }

    /// Describes the model in a sentence, translated.
    #[must_use]
    pub fn text(&self) -> String {
        text::model(self)
    }
}

fn check_layer(layers: u32) -> Result<(), LayersError> {
    if (1..=MAX_LAYERS).contains(&layers) {
        Ok(())
    } else {
        Err(LayersError::Layers { layers })
    }
}

fn check_known(known: KnownError) -> Result<(), LayersError> {
    check_layer(known.layer)?;
    if known.rms_m.is_finite() && known.rms_m > 0.0 {
        Ok(())
    } else {
        Err(LayersError::KnownRms { layer: known.layer })
    }
}

/// The gain between 0 and `high` at which `is_low` changes from true to false.
fn bisect(high: f64, is_low: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, high);
    // 200 halvings reach neighbouring doubles for any gain.
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if is_low(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Texts of the model.
mod text {
    use super::{Accumulation, LayerModel};
    use fathom_core::i18n::tr;
    use fathom_core::units;

    pub(super) fn model(model: &LayerModel) -> String {
        let how = match model.rule {
            Accumulation::Independent => tr!("independent of the others', so that variances add"),
            Accumulation::Aligned => {
                tr!("in the same direction as the others', so that amplitudes add")
            }
            Accumulation::Growth => tr!("only in the first layer, which the later ones multiply"),
        };
        tr!(
            "A model, not a measurement: {} with a noise of {} each, {how}, and a gain of {} per layer, end at {}. Real layers differ; \
             only the maps between them show it.",
            units::counted(model.layers as usize, units::Noun::Layer),
            units::length(model.noise_m),
            units::ratio(model.gain),
            units::length(model.rms_m(model.layers)),
            how
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Standard normal numbers from a linear congruence of 64 bits (D. E. Knuth's constants) by Box and Muller.
    struct Normal(u64);

    impl Normal {
        fn uniform(&mut self) -> f64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
        }

        fn next(&mut self) -> f64 {
            let radius = (-2.0 * libm::log(self.uniform())).sqrt();
            radius * libm::cos(std::f64::consts::TAU * self.uniform())
        }
    }

    /// RMS after each layer over many networks with random noise by the rule.
    fn simulated(model: &LayerModel, networks: usize) -> Vec<f64> {
        let mut normal = Normal(7);
        let mut squares = vec![0.0; model.layers as usize];
        for _ in 0..networks {
            let mut error = 0.0;
            let common = normal.next();
            for (i, square) in squares.iter_mut().enumerate() {
                let own = match model.rule {
                    Accumulation::Independent => normal.next(),
                    Accumulation::Aligned => common,
                    Accumulation::Growth if i == 0 => common,
                    Accumulation::Growth => 0.0,
                };
                error = model.gain * error + model.noise_m * own;
                *square += error * error;
            }
        }
        squares
            .iter()
            .map(|s| (s / networks as f64).sqrt())
            .collect()
    }

    #[test]
    fn simulated_networks_agree_with_the_model() {
        for rule in Accumulation::ALL {
            for gain in [0.7, 1.0, 1.3] {
                let model = LayerModel::new(rule, 12, 1e-3, gain).expect("a model");
                for (point, rms_m) in model.series().iter().zip(simulated(&model, 40_000)) {
                    // Four standard errors of an RMS over 40,000 draws.
                    assert!(
                        (rms_m / point.rms_m - 1.0).abs() < 0.0142,
                        "{rule:?} {gain} {point:?} {rms_m}"
                    );
                }
            }
        }
    }

    /// RMS after each layer by the recursion of the rule.
    fn recursion(rule: Accumulation, layers: u32, noise: f64, gain: f64) -> Vec<f64> {
        let mut at = 0.0;
        (0..layers)
            .map(|i| match rule {
                Accumulation::Independent => {
                    at = gain * gain * at + noise * noise;
                    f64::sqrt(at)
                }
                Accumulation::Aligned => {
                    at = gain * at + noise;
                    at
                }
                Accumulation::Growth => {
                    at = if i == 0 { noise } else { gain * at };
                    at
                }
            })
            .collect()
    }

    proptest! {
        #[test]
        fn the_series_is_the_recursion(
            // A smaller gain would take the error of the last layer below the least number.
            layers in 1_u32..80, noise in 1e-5_f64..1.0, gain in 1e-3_f64..3.0,
        ) {
            for rule in Accumulation::ALL {
                let Ok(model) = LayerModel::new(rule, layers, noise, gain) else {
                    return Err(TestCaseError::fail("no model"));
                };
                let series = model.series();
                for (point, rms) in series.iter().zip(recursion(rule, layers, noise, gain)) {
                    prop_assert!((point.rms_m - rms).abs() <= 1e-11 * rms, "{point:?} {rms}");
                }
                let shares: f64 = series.iter().map(|p| p.share_at_end).sum();
                prop_assert!((shares - 1.0).abs() < 1e-11, "{shares}");
            }
        }

        #[test]
        fn a_fit_recovers_the_model(
            layers in 2_u32..200, noise in 1e-5_f64..1.0, gain in 0.3_f64..1.5, first in 1_u32..50, apart in 1_u32..50,
        ) {
            for rule in Accumulation::ALL {
                let known = |layer| {
                    let rms_m = *recursion(rule, layer, noise, gain).last().expect("a layer");
                    KnownError { layer, rms_m }
                };
                let (one, other) = (known(first), known(first + apart));
                let fitted = LayerModel::fit(rule, layers, other, one).expect("a model");
                for k in [one, other] {
                    prop_assert!((fitted.rms_m(k.layer) / k.rms_m - 1.0).abs() < 1e-9, "{rule:?} {fitted:?} {k:?}");
                }
                // With a gain below 1 the error soon stops growing, so late layers hardly determine the gain.
                if gain > 0.9 || rule == Accumulation::Growth || first == 1 && apart == 1 {
                    prop_assert!((fitted.gain() - gain).abs() < 1e-5, "{rule:?} {fitted:?}");
                }
            }
        }

        #[test]
        fn the_number_of_layers_inverts_the_error(noise in 1e-5_f64..1.0, gain in 0.5_f64..2.0, n in 2_u32..40) {
            prop_assume!((gain - 1.0).abs() > 1e-6);
            for rule in Accumulation::ALL {
                let model = LayerModel::new(rule, n, noise, gain).expect("a model");
                if let Some(layers) = model.layers_until(model.rms_m(n)) {
                    prop_assert!((libm::log(model.rms_m(n)) - libm::log(noise) - rule_at(rule, layers, gain)).abs() < 1e-6);
                } else {
                    prop_assert!(gain < 1.0);
                }
            }
        }
    }

    /// The closed form of the logarithm at a fractional number of layers.
    fn rule_at(rule: Accumulation, n: f64, gain: f64) -> f64 {
        let sum = |x: f64| (libm::pow(x, n) - 1.0) / (x - 1.0);
        match rule {
            Accumulation::Independent => 0.5 * libm::log(sum(gain * gain)),
            Accumulation::Aligned => libm::log(sum(gain)),
            Accumulation::Growth => (n - 1.0) * libm::log(gain),
        }
    }

    #[test]
    fn without_gain_it_is_the_root_of_the_sum_of_squares() {
        let model = LayerModel::new(Accumulation::Independent, 100, 1e-4, 1.0).expect("a model");
        assert!((model.rms_m(100) - 1e-3).abs() < 1e-15);
        let until = model.layers_until(0.351).expect("layers");
        assert!((until / 12_320_100.0 - 1.0).abs() < 1e-9, "{until}");
        assert!(
            model.text().starts_with(
                "A model, not a measurement: 100 layers with a noise of 0.100 mm each"
            )
        );
    }

    #[test]
    fn invalid_figures_have_an_error_message() {
        use Accumulation::{Aligned, Growth, Independent};
        let known = |layer, rms_m| KnownError { layer, rms_m };
        let through = |rule, one, other| LayerModel::fit(rule, 10, one, other);
        let rows: [(Result<LayerModel, LayersError>, &str); 10] = [
            (
                LayerModel::new(Independent, 0, 1.0, 1.0),
                "1 to 10000 layers, not 0",
            ),
            (LayerModel::new(Independent, 10_001, 1.0, 1.0), "not 10001"),
            (LayerModel::new(Independent, 3, f64::NAN, 1.0), "above 0 m"),
            (LayerModel::new(Aligned, 3, 1.0, -1.0), "at least 0"),
            (
                LayerModel::new(Growth, 9999, 1.0, 2.0),
                "these figures overflow",
            ),
            (
                through(Aligned, known(1, 0.0), known(2, 1.0)),
                "after layer 1",
            ),
            (
                through(Aligned, known(2, 1.0), known(2, 1.0)),
                "same layer, 2",
            ),
            (
                through(Aligned, known(1, 2.0), known(5, 1.0)),
                "falls from layer 1 to layer 5",
            ),
            (
                through(Independent, known(5, 1.0), known(1, 2.0)),
                "falls from layer 1 to layer 5",
            ),
            (
                through(Aligned, known(9999, 1e-3), known(10_000, 1e3)),
                "these figures overflow",
            ),
        ];
        for (model, words) in rows {
            let error = model.expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
        let falling = through(Growth, known(1, 2.0), known(2, 1.0)).expect("a factor of a half");
        assert!((falling.gain() - 0.5).abs() < 1e-12);
        let flat = through(Independent, known(1, 2.0), known(9, 2.0)).expect("a gain near zero");
        assert!(flat.gain() < 1e-6 && (flat.rms_m(5) - 2.0).abs() < 1e-9);
    }
}
