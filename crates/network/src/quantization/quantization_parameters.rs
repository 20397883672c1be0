//! Scale, zero point, type and axis of a quantizer, and rounding by them.
//!
//! Source: ONNX operators `QuantizeLinear`, `DequantizeLinear` and `DynamicQuantizeLinear`. A code is
//! `saturate(round_half_even(x / scale) + zero_point)`, its value `(code - zero_point) * scale`, all in `f32`. The scale divides: its
//! reciprocal rounds one in eight exact ties to the other side.

use fathom_core::i18n::tr;

use crate::network_error::NetworkError;

use super::code_type::CodeType;

/// Which values share a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// All.
    PerTensor,
    /// Those at one place along an axis.
    PerAxis {
        /// The axis, counted from the first.
        axis: usize,
    },
    /// Those in one block along an axis, at one place of the other axes.
    Blocked {
        /// The axis, counted from the first.
        axis: usize,
        /// Values of a block along it.
        size: usize,
    },
}

/// The origin of the scale.
#[derive(Clone, Debug, PartialEq)]
pub enum Scales {
    /// Numbers in the file.
    Fixed {
        /// One, or one for each place or block.
        scales: Vec<f32>,
        /// As many as scales.
        zero_points: Vec<i32>,
    },
    /// From the least and the greatest value of each tensor (ONNX `DynamicQuantizeLinear`, `uint8`).
    Dynamic,
}

/// The conversion of values to codes and back.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizationParameters {
    /// Type of the codes.
    pub code_type: CodeType,
    /// Which values share a scale.
    pub granularity: Granularity,
    /// Scale and zero point.
    pub scales: Scales,
}

/// Rounded values and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClippedCounts {
    /// Values beyond the low end.
    pub low: u64,
    /// Values beyond the high end.
    pub high: u64,
}

/// One channel of a tensor that has a scale for each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChannelRange {
    /// Smallest and largest value that a code stands for.
    pub range: [f32; 2],
    /// Smallest and largest value.
    pub seen: [f32; 2],
}

/// Adding and subtracting this rounds a number of less than 2^22 to the nearest integer, ties to even.
const ROUNDER: f32 = 12_582_912.0;

impl QuantizationParameters {
    /// One scale for all values.
    #[must_use]
    pub fn per_tensor(code_type: CodeType, scale: f32, zero_point: i32) -> Self {
        Self {
            code_type,
            granularity: Granularity::PerTensor,
            scales: Scales::Fixed {
                scales: vec![scale],
                zero_points: vec![zero_point],
            },
        }
    }

    /// One scale for each place along an axis; zero points are 0.
    #[must_use]
    pub fn per_axis(code_type: CodeType, axis: usize, scales: Vec<f32>) -> Self {
        let zero_points = vec![0; scales.len()];
        Self {
            code_type,
            granularity: Granularity::PerAxis { axis },
            scales: Scales::Fixed {
                scales,
                zero_points,
            },
        }
    }

    /// ONNX `DynamicQuantizeLinear`.
    #[must_use]
    pub fn dynamic() -> Self {
        Self {
            code_type: CodeType::UINT8,
            granularity: Granularity::PerTensor,
            scales: Scales::Dynamic,
        }
    }

    /// Checks that the scales fit a shape.
    ///
    /// # Errors
    /// The mismatch, as part of a sentence.
    pub fn check(&self, shape: &[usize]) -> Result<(), String> {
        let Scales::Fixed {
            scales,
            zero_points,
        } = &self.scales
        else {
            return Ok(());
        };
        let needed = match self.granularity {
            Granularity::PerTensor => 1,
            Granularity::PerAxis { axis } => *shape.get(axis).ok_or_else(|| {
                tr!(
                    "its axis {axis} is beyond the shape {shape}",
                    axis,
                    shape = format_args!("{shape:?}")
                )
            })?,
            Granularity::Blocked { axis, size } => {
                let length = *shape.get(axis).ok_or_else(|| {
                    tr!(
                        "its axis {axis} is beyond the shape {shape}",
                        axis,
                        shape = format_args!("{shape:?}")
                    )
                })?;
                let others: usize = shape.iter().product::<usize>() / length.max(1);
                others * length.div_ceil(size.max(1))
            }
        };
        if scales.len() != needed || zero_points.len() != needed {
            return Err(tr!(
                "it has {} scales and {} zero points for the shape {shape}, which needs {needed}",
                scales.len(),
                zero_points.len(),
                shape = format_args!("{shape:?}"),
                needed
            ));
        }
        if let Some(scale) = scales.iter().find(|s| !s.is_finite() || **s <= 0.0) {
            return Err(tr!("its scale {scale} is not positive", scale));
        }
        Ok(())
    }

    /// Smallest and largest value that a code stands for; `None` if that depends on the values or on the place.
    #[must_use]
    pub fn range(&self) -> Option<(f32, f32)> {
        let Scales::Fixed {
            scales,
            zero_points,
        } = &self.scales
        else {
            return None;
        };
        let (&[scale], &[zero_point]) = (&scales[..], &zero_points[..]) else {
            return None;
        };
        let cell = Cell::new(self.code_type, scale, zero_point);
        Some((cell.low * scale, cell.high * scale))
    }

    /// Rounds values in place. `shape` is theirs; it has been checked by [`check`](Self::check).
    pub fn round(&self, values: &mut [f32], shape: &[usize]) {
        self.for_each_run(values, shape, Cell::round);
    }

    /// Values beyond the range at either end: beyond half a step outside, where the code saturates.
    #[must_use]
    pub fn clipped(&self, values: &[f32], shape: &[usize]) -> ClippedCounts {
        let mut counts = ClippedCounts::default();
        let mut copy = values.to_vec();
        self.for_each_run(&mut copy, shape, |cell, run| {
            for &value in run.iter() {
                let step = (value / cell.scale).round_ties_even();
                counts.low += u64::from(step < cell.low);
                counts.high += u64::from(step > cell.high);
            }
        });
        counts
    }

    /// The channels of values with a scale for each; empty for other granularities.
    #[must_use]
    pub fn channel_ranges(&self, values: &[f32], shape: &[usize]) -> Vec<ChannelRange> {
        let Granularity::PerAxis { axis } = self.granularity else {
            return Vec::new();
        };
        let count = shape.get(axis).copied().unwrap_or(0);
        let mut out: Vec<ChannelRange> = Vec::new();
        let mut copy = values.to_vec();
        let mut place = 0;
        self.for_each_run(&mut copy, shape, |cell, run| {
            let ends = run
                .iter()
                .fold([f32::INFINITY, f32::NEG_INFINITY], |ends, &v| {
                    [ends[0].min(v), ends[1].max(v)]
                });
            match out.get_mut(place % count.max(1)) {
                Some(own) => own.seen = [own.seen[0].min(ends[0]), own.seen[1].max(ends[1])],
                None => out.push(ChannelRange {
                    range: [cell.low * cell.scale, cell.high * cell.scale],
                    seen: ends,
                }),
            }
            place += 1;
        });
        out
    }

    /// Codes of rounded values as integers; for [`Minifloat`](super::Minifloat) types their value before scaling.
    #[must_use]
    pub fn codes(&self, values: &[f32], shape: &[usize]) -> Vec<f32> {
        let mut out = values.to_vec();
        self.for_each_run(&mut out, shape, |cell, run| {
            for value in run {
                *value = cell.code(*value);
            }
        });
        out
    }

    /// Calls `act` on each run of neighbouring values that share a scale.
    fn for_each_run(
        &self,
        values: &mut [f32],
        shape: &[usize],
        mut act: impl FnMut(&Cell, &mut [f32]),
    ) {
        let (scales, zero_points) = match &self.scales {
            Scales::Fixed {
                scales,
                zero_points,
            } => (&scales[..], &zero_points[..]),
            Scales::Dynamic => {
                let (scale, zero_point) = dynamic_scale(values);
                return act(&Cell::new(self.code_type, scale, zero_point), values);
            }
        };
        let cell = |i: usize| {
            let scale = scales.get(i).copied().unwrap_or(1.0);
            let zero_point = zero_points.get(i).copied().unwrap_or(0);
            Cell::new(self.code_type, scale, zero_point)
        };
        match self.granularity {
            Granularity::PerTensor => act(&cell(0), values),
            Granularity::PerAxis { axis } => {
                let inner: usize = shape.iter().skip(axis + 1).product();
                let length = shape.get(axis).copied().unwrap_or(1);
                let cells: Vec<Cell> = (0..length).map(cell).collect();
                for (run, cell) in values.chunks_mut(inner.max(1)).zip(cells.iter().cycle()) {
                    act(cell, run);
                }
            }
            Granularity::Blocked { axis, size } => {
                let inner: usize = shape.iter().skip(axis + 1).product::<usize>().max(1);
                let length = shape.get(axis).copied().unwrap_or(1).max(1);
                let blocks = length.div_ceil(size.max(1));
                for (i, value) in values.iter_mut().enumerate() {
                    let (outer, along) = (i / (inner * length), i / inner % length);
                    let at = (outer * blocks + along / size.max(1)) * inner + i % inner;
                    act(&cell(at), std::slice::from_mut(value));
                }
            }
        }
    }

    /// Values of codes: `(code - zero_point) * scale`.
    ///
    /// # Errors
    /// If the scales do not fit the shape.
    pub fn dequantize(&self, codes: &[f32], shape: &[usize]) -> Result<Vec<f32>, NetworkError> {
        self.check(shape)
            .map_err(|problem| NetworkError::invalid(tr!("A quantizer"), problem))?;
        let mut out = codes.to_vec();
        self.for_each_run(&mut out, shape, |cell, run| {
            for value in run {
                *value = (*value - cell.zero_point) * cell.scale;
            }
        });
        Ok(out)
    }
}

/// Scale and zero point of ONNX `DynamicQuantizeLinear`. 0 is always within the range.
fn dynamic_scale(values: &[f32]) -> (f32, i32) {
    let low = values.iter().copied().fold(0.0, f32::min);
    let high = values.iter().copied().fold(0.0, f32::max);
    let scale = (high - low) / 255.0;
    if !scale.is_finite() || scale == 0.0 {
        return (1.0, 0);
    }
    let zero_point = (-low / scale).clamp(0.0, 255.0).round_ties_even();
    (scale, zero_point as i32)
}

/// One scale with its ends, ready to round.
struct Cell {
    scale: f32,
    zero_point: f32,
    /// Ends of the codes less the zero point.
    low: f32,
    high: f32,
    code_type: CodeType,
}

impl Cell {
    fn new(code_type: CodeType, scale: f32, zero_point: i32) -> Self {
        let (low, high) = code_type.ends();
        let zero = f64::from(zero_point);
        Self {
            scale,
            zero_point: zero_point as f32,
            low: (low - zero) as f32,
            high: (high - zero) as f32,
            code_type,
        }
    }

    fn round(&self, values: &mut [f32]) {
        match self.code_type {
            CodeType::Integer { bits, .. } if bits <= 16 => {
                let (scale, low, high) = (self.scale, self.low, self.high);
                for value in values {
                    // Clamping to integers before rounding gives the same as after; what is not a number becomes the lowest code.
                    let step = (*value / scale).max(low).min(high);
                    *value = ((step + ROUNDER) - ROUNDER) * scale;
                }
            }
            CodeType::Integer { .. } => {
                for value in values {
                    let step = (*value / self.scale).round_ties_even();
                    *value = step.max(self.low).min(self.high) * self.scale;
                }
            }
            CodeType::Minifloat(format) => {
                for value in values {
                    *value = format.round(*value / self.scale) * self.scale;
                }
            }
        }
    }

    fn code(&self, value: f32) -> f32 {
        match self.code_type {
            CodeType::Integer { .. } => {
                let step = (value / self.scale).round_ties_even();
                step.max(self.low).min(self.high) + self.zero_point
            }
            CodeType::Minifloat(format) => format.round(value / self.scale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ONNX's formula, literally, in `f64` where it cannot differ.
    fn literal(code_type: CodeType, scale: f32, zero_point: i32, x: f32) -> f32 {
        let (low, high) = code_type.ends();
        let rounded = f64::from((x / scale).round_ties_even());
        let code = (rounded + f64::from(zero_point)).clamp(low, high);
        ((code - f64::from(zero_point)) as f32) * scale
    }

    #[test]
    fn rounding_is_the_formula() {
        let rows = [
            (CodeType::UINT8, 0.1, 3),
            (CodeType::INT8, 0.037, -12),
            (
                CodeType::Integer {
                    bits: 16,
                    is_signed: false,
                },
                1e-4,
                1000,
            ),
            (
                CodeType::Integer {
                    bits: 4,
                    is_signed: true,
                },
                0.5,
                0,
            ),
            (
                CodeType::Integer {
                    bits: 32,
                    is_signed: true,
                },
                1e-6,
                0,
            ),
        ];
        for (code_type, scale, zero_point) in rows {
            let parameters = QuantizationParameters::per_tensor(code_type, scale, zero_point);
            let values: Vec<f32> = (-3000..3000)
                .map(|i| i as f32 * scale / 4.0)
                .chain([1e9, -1e9])
                .collect();
            let mut rounded = values.clone();
            parameters.round(&mut rounded, &[values.len()]);
            for (x, y) in values.iter().zip(&rounded) {
                assert_eq!(
                    *y,
                    literal(code_type, scale, zero_point, *x),
                    "{code_type} {x}"
                );
            }
            let codes = parameters.codes(&values, &[values.len()]);
            let back = parameters.dequantize(&codes, &[values.len()]);
            assert_eq!(back.expect("scales fit"), rounded);
            let clipped = parameters.clipped(&values, &[values.len()]);
            assert!(clipped.low > 0 && clipped.high > 0);
        }
    }

    #[test]
    fn exact_ties_go_to_even() {
        let mut values = [0.5, 1.5, 2.5, -0.5, -1.5];
        QuantizationParameters::per_tensor(CodeType::INT8, 1.0, 0).round(&mut values, &[5]);
        assert_eq!(values, [0.0, 2.0, 2.0, 0.0, -2.0]);
    }

    #[test]
    fn each_place_has_its_scale() {
        let per_axis = QuantizationParameters::per_axis(CodeType::INT8, 1, vec![1.0, 10.0]);
        let mut values = [1.4, 1.6, 14.0, 16.0, 2.4, 2.6, 24.0, 26.0];
        per_axis.round(&mut values, &[2, 2, 2]);
        assert_eq!(values, [1.0, 2.0, 10.0, 20.0, 2.0, 3.0, 20.0, 30.0]);
        let blocked = QuantizationParameters {
            granularity: Granularity::Blocked { axis: 0, size: 2 },
            scales: Scales::Fixed {
                scales: vec![1.0, 10.0, 100.0, 1000.0],
                zero_points: vec![0; 4],
            },
            code_type: CodeType::INT8,
        };
        // Three rows in blocks of two, two columns: the first two rows share their scales.
        let mut values = [1.4, 14.0, 2.6, 26.0, 140.0, 1400.0];
        assert!(blocked.check(&[3, 2]).is_ok());
        blocked.round(&mut values, &[3, 2]);
        assert_eq!(values, [1.0, 10.0, 3.0, 30.0, 100.0, 1000.0]);
    }

    #[test]
    fn scales_that_do_not_fit_are_refused() {
        let per_axis = QuantizationParameters::per_axis(CodeType::INT8, 1, vec![1.0, 2.0]);
        assert!(per_axis.check(&[5, 2]).is_ok());
        assert!(per_axis.check(&[2, 5]).is_err());
        assert!(per_axis.check(&[2]).is_err());
        let zero = QuantizationParameters::per_tensor(CodeType::INT8, 0.0, 0);
        assert!(zero.check(&[1]).is_err());
    }

    #[test]
    fn dynamic_scales_follow_the_values() {
        let mut values = [0.0, 2.0, -3.0, -2.5, 1.34, 0.5];
        // The example of ONNX's DynamicQuantizeLinear: scale 0.0196078438, zero point 153.
        assert_eq!(dynamic_scale(&values), (0.019_607_844, 153));
        let codes = QuantizationParameters::dynamic().codes(&values, &[6]);
        assert_eq!(codes, [153.0, 255.0, 0.0, 26.0, 221.0, 179.0]);
        QuantizationParameters::dynamic().round(&mut values, &[6]);
        assert_eq!(values[0], 0.0);
        assert_eq!(dynamic_scale(&[0.0, 0.0]), (1.0, 0));
    }
}
