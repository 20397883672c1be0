//! The output grid of quantized maps, recovered from their values alone.
//!
//! The values are equally spaced in depth, in inverse depth or in log depth ([`GridQuantity`]). They arrive rounded to single precision, to
//! half precision or to whole millimetres; [`super::grid_fit`] says how a step is found.

use super::eval_protocol::Affine;
use super::grid_fit::{
    GridFit, MAX_RESIDUAL, MAX_STEPS, MIN_VALUES, STEPS_OF_8_BITS, nearest_integer,
};
use super::grid_quantity::GridQuantity;
use super::interpolated_grid;
use super::value_counts::{MAX_VALUES, ValueCounts};
use super::value_rounding::ValueRounding;
use fathom_core::i18n::tr;
use serde::{Deserialize, Serialize};

/// An end code saturates if it has this many times the pixels of the next code and more than [`SATURATED_SHARE`].
const SATURATED_RATIO: f64 = 3.0;

/// Smallest share of pixels of a saturated end code.
const SATURATED_SHARE: f64 = 1e-3;

/// Smallest inverse depth of a code, in steps: one nearer to zero is infinitely far away.
const MIN_INVERSE: f64 = 1e-3;

/// An output grid: values that are equally spaced in a quantity. Codes count from the smallest depth.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputGrid {
    /// The quantity with equal steps.
    pub quantity: GridQuantity,
    /// Distance between neighbouring codes in the unit of the quantity; in metres for [`GridQuantity::Depth`].
    pub step: f64,
    /// Root mean square distance between neighbouring codes over the pixels of the maps, in metres. For [`GridQuantity::Depth`] it equals
    /// the step. Ideal rounding has an RMSE of this over the root of 12.
    pub rms_step_m: f64,
    /// Smallest value in use, in metres.
    pub min_m: f64,
    /// Largest value in use, in metres.
    pub max_m: f64,
    /// Number of steps from the smallest to the largest value.
    pub steps: u32,
    /// Number of codes in use. The others between the ends are [`Self::empty_codes`].
    pub used_codes: u32,
    /// Share of pixels on the smallest value.
    pub at_min: f64,
    /// Share of pixels on the largest value.
    pub at_max: f64,
    /// True if pixels clip at the smallest value.
    pub saturates_at_min: bool,
    /// True if pixels clip at the largest value.
    pub saturates_at_max: bool,
    /// Position of zero depth or zero inverse depth, in steps beyond the smallest depth; `None` where zero is not on the grid, for example
    /// after a shift, and for log depth.
    pub zero_at: Option<i64>,
    /// Largest distance of a value from its grid point, in steps.
    pub residual: f64,
    /// Decimal logarithm of the probability that unrelated values meet a grid as well.
    pub log10_chance: f64,
    /// The quantity at the smallest value, before alignment.
    first: f64,
    /// Alignment of depths; the codes are equally spaced before it.
    alignment: Affine,
}

/// The reason why no grid can be recovered.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum GridError {
    /// More distinct values than one INT8 output has.
    #[error("{}", tr!("more than {MAX_VALUES} distinct values: these are not the codes of one INT8 output", MAX_VALUES))]
    TooManyValues,
    /// All values are equal.
    #[error("{}", tr!("INT8 is one value everywhere"))]
    OneValue,
    /// Too few distinct values.
    #[error("{}", tr!("only {found} distinct values: too few to find a step", found = .found))]
    TooFewValues {
        /// Distinct values.
        found: usize,
    },
    /// The values are not equally spaced.
    #[error("{}", tr!(
        "{found} distinct values that are not equally spaced in depth, inverse depth or log depth: interpolated or filtered after quantization, or not quantized",
        found = .found
    ))]
    NotEquallySpaced {
        /// Distinct values.
        found: usize,
    },
    /// The values are equally spaced, but with more steps than 8 bits have, and files use the same step.
    #[error("{}", tr!(
        "{found} distinct values with the step of the file, {step}, and on no coarser grid: interpolated or filtered after quantization, or not quantized",
        found = .found,
        step = .quantity.step_text(*.step)
    ))]
    FileStep {
        /// Distinct values.
        found: usize,
        /// The quantity with equal steps.
        quantity: GridQuantity,
        /// The step, in the unit of the quantity.
        step: f64,
    },
    /// The values were interpolated between those of a coarser grid, which is the output's.
    #[error("{}", tr!(
        "values between those of a coarser grid with a step of {}, as bilinear resizing makes them after quantization: compare maps of the network's own size, \
         or resized to the nearest pixel",
        .quantity.step_text(*.step)
    ))]
    Interpolated {
        /// The quantity with equal steps.
        quantity: GridQuantity,
        /// Step of the coarser grid, in the unit of the quantity.
        step: f64,
    },
}

impl OutputGrid {
    /// Detects the grid of the values.
    ///
    /// # Errors
    /// [`GridError`] where the values lie on no grid or on one that interpolation or a file made.
    pub(super) fn detect(value_counts: &ValueCounts) -> Result<Self, GridError> {
        if value_counts.overflow() {
            return Err(GridError::TooManyValues);
        }
        let counts = value_counts.values().iter();
        let values_m: Vec<(f64, f64)> = counts.map(|&(v, count)| (v, count as f64)).collect();
        let found = values_m.len();
        if found == 1 {
            return Err(GridError::OneValue);
        }
        if found < MIN_VALUES {
            return Err(GridError::TooFewValues { found });
        }
        let rounding = ValueRounding::detect(values_m.iter().map(|v| v.0));
        let interpolated = |(quantity, step)| GridError::Interpolated { quantity, step };
        let Some(fit) = GridFit::best(&values_m, rounding) else {
            let coarser = interpolated_grid::between_codes(&values_m, rounding);
            return Err(match (coarser, rounding) {
                (Some(coarser), _) => interpolated(coarser),
                (None, ValueRounding::Unit(unit_m)) => GridError::FileStep {
                    found,
                    quantity: GridQuantity::Depth,
                    step: unit_m,
                },
                (None, _) => GridError::NotEquallySpaced { found },
            });
        };
        if let Some(parts) = interpolated_grid::subdivisions(&fit.codes) {
            return Err(interpolated((fit.quantity, fit.step * parts as f64)));
        }
        // Files with disparities in whole units have equal steps in inverse depth, as many as the format allows.
        if fit.quantity != GridQuantity::Depth && fit.steps() as f64 > STEPS_OF_8_BITS {
            return Err(GridError::FileStep {
                found,
                quantity: fit.quantity,
                step: fit.step,
            });
        }
        Ok(Self::from_fit(&fit))
    }

    fn from_fit(fit: &GridFit) -> Self {
        let (quantity, step) = (fit.quantity, fit.step);
        let last = fit.steps();
        // The codes of a fit fall with depth in other quantities than depth.
        let rises = quantity == GridQuantity::Depth;
        let codes: Vec<(usize, f64)> = if rises {
            fit.codes.clone()
        } else {
            let reversed = fit.codes.iter().rev();
            reversed
                .map(|&(code, count)| (last - code, count))
                .collect()
        };
        let value = |code: usize| fit.value(if rises { code } else { last - code });
        let total: f64 = codes.iter().map(|c| c.1).sum();
        let saturates = |end: (usize, f64), beside: (usize, f64)| {
            let is_next = end.0.abs_diff(beside.0) == 1;
            let neighbour = if is_next { beside.1 } else { 0.0 };
            end.1 > SATURATED_RATIO * neighbour && end.1 > SATURATED_SHARE * total
        };
        let at_step = |code: usize| step / quantity.per_metre(quantity.to_depth_m(value(code)));
        let square = |&(code, count): &(usize, f64)| count * at_step(code) * at_step(code);
        let rms_step_m = if rises {
            step
        } else {
            (codes.iter().map(square).sum::<f64>() / total).sqrt()
        };
        let first = value(0);
        let zero = match quantity {
            GridQuantity::Depth => Some(-first / step),
            GridQuantity::InverseDepth => Some(first / step),
            GridQuantity::LogDepth => None,
        };
        // The error of the origin is a fraction of the residual; the error at zero grows with the distance to it.
        let zero_error = MAX_RESIDUAL.min(0.02 + fit.residual);
        let is_on_grid =
            |zero: &f64| (zero - zero.round()).abs() <= zero_error && zero.abs() <= MAX_STEPS;
        let ends = (codes[0], codes[codes.len() - 1]);
        Self {
            quantity,
            step,
            rms_step_m,
            min_m: quantity.to_depth_m(first),
            max_m: quantity.to_depth_m(value(last)),
            steps: last as u32,
            used_codes: codes.len() as u32,
            at_min: ends.0.1 / total,
            at_max: ends.1.1 / total,
            saturates_at_min: saturates(ends.0, codes[1]),
            saturates_at_max: saturates(ends.1, codes[codes.len() - 2]),
            zero_at: zero.filter(is_on_grid).map(|zero| zero.round() as i64),
            residual: fit.residual,
            log10_chance: fit.log10_chance,
            first,
            alignment: Affine::IDENTITY,
        }
    }

    /// Returns the number of codes between the ends that are not in use.
    #[must_use]
    pub fn empty_codes(&self) -> u32 {
        (self.steps + 1).saturating_sub(self.used_codes)
    }

    /// Returns the number of bits for all codes from end to end.
    #[must_use]
    pub fn bits(&self) -> u32 {
        u32::BITS - self.steps.leading_zeros()
    }

    /// Returns one minus the probability that unrelated values meet a grid as well.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        1.0 - libm::exp10(self.log10_chance)
    }

    /// Returns the step where it is one length for all depths, in metres.
    #[must_use]
    pub fn uniform_step_m(&self) -> Option<f64> {
        (self.quantity == GridQuantity::Depth).then_some(self.step)
    }

    /// Returns the distance between neighbouring codes at a depth, both in metres.
    #[must_use]
    pub fn step_at_m(&self, depth_m: f64) -> f64 {
        match self.quantity {
            GridQuantity::Depth => self.step,
            other => {
                let Affine { scale, shift_m } = self.alignment;
                (scale * self.step / other.per_metre((depth_m - shift_m) / scale)).abs()
            }
        }
    }

    /// Returns the step as text with its unit, translated.
    #[must_use]
    pub fn step_text(&self) -> String {
        self.quantity.step_text(self.step)
    }

    /// Returns the depth of every code from the smallest to the largest value in use, in metres.
    pub fn levels_m(&self) -> impl Iterator<Item = f64> {
        let grid = *self;
        (0..=grid.steps).map(move |code| grid.level_m(f64::from(code)))
    }

    /// Returns the depth of a code, in metres. Codes count from the smallest depth in use.
    pub(super) fn level_m(&self, code: f64) -> f64 {
        let quantity = self.quantity;
        match quantity {
            GridQuantity::Depth => self.min_m + code * self.step,
            GridQuantity::InverseDepth => {
                let value = self.first - code * self.step;
                self.alignment.apply(quantity.to_depth_m(value))
            }
            GridQuantity::LogDepth => {
                let value = self.first + code * self.step;
                self.alignment.apply(quantity.to_depth_m(value))
            }
        }
    }

    /// Codes one depth in metres, as [`Self::coded_m`].
    #[cfg(test)]
    pub(super) fn code_m(&self, depth_m: f64) -> f64 {
        if self.quantity == GridQuantity::Depth {
            self.uniform_code_m(depth_m)
        } else {
            self.other_code_m(depth_m)
        }
    }

    fn uniform_code_m(&self, depth_m: f64) -> f64 {
        let index = self.clipped(nearest_integer((depth_m - self.min_m) / self.step));
        self.min_m + index * self.step
    }

    fn other_code_m(&self, depth_m: f64) -> f64 {
        let Affine { scale, shift_m } = self.alignment;
        let value = self.quantity.from_depth_m((depth_m - shift_m) / scale);
        let rise = (value - self.first) / self.step;
        let index = if self.quantity == GridQuantity::InverseDepth {
            (-rise).min(self.last_inverse())
        } else {
            rise
        };
        self.level_m(self.clipped(nearest_integer(index)))
    }

    fn clipped(&self, mut index: f64) -> f64 {
        if self.saturates_at_min {
            index = index.max(0.0);
        }
        if self.saturates_at_max {
            index = index.min(f64::from(self.steps));
        }
        index
    }

    /// The code of the smallest inverse depth above zero.
    fn last_inverse(&self) -> f64 {
        let smallest = MIN_INVERSE.max(self.residual);
        libm::floor(self.first / self.step - smallest)
    }

    /// Codes every depth of a map in metres, ties to even.
    ///
    /// A depth clips only at an end where the maps saturate. At other ends the output's range may reach beyond the codes in use. Inverse depth
    /// also ends at its last code above zero.
    #[must_use]
    pub fn coded_m(&self, map_m: &[f64]) -> Vec<f64> {
        if self.alignment.scale == 0.0 || self.step == 0.0 {
            // All depths are aligned to one, so coding changes none.
            return map_m.to_vec();
        }
        let map = map_m.iter();
        // One loop per rule, so that the common one vectorises.
        if self.quantity == GridQuantity::Depth {
            map.map(|&depth_m| self.uniform_code_m(depth_m)).collect()
        } else {
            map.map(|&depth_m| self.other_code_m(depth_m)).collect()
        }
    }

    /// Returns the grid of the maps after an alignment.
    #[must_use]
    pub fn aligned(&self, fit: Affine) -> Self {
        let step = match self.quantity {
            GridQuantity::Depth => self.step * fit.scale,
            GridQuantity::InverseDepth | GridQuantity::LogDepth => self.step,
        };
        Self {
            step,
            rms_step_m: self.rms_step_m * fit.scale.abs(),
            min_m: fit.apply(self.min_m),
            max_m: fit.apply(self.max_m),
            alignment: Affine {
                scale: self.alignment.scale * fit.scale,
                shift_m: fit.apply(self.alignment.shift_m),
            },
            ..*self
        }
    }
}
