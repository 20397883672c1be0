//! The values that a quantizer may write: `(code - zero point) * scale`, for one range or one a channel.
//!
//! Source: ONNX Runtime, `python/tools/quantization/quant_utils.py`, `compute_scale_zp` and `get_qmin_qmax_for_qType`.

/// Scales and zero points of a quantizer.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantizerGrid {
    /// One scale, or one a channel.
    pub scales: Vec<f32>,
    /// One zero point a scale.
    pub zero_points: Vec<i32>,
    /// The axis of the channels; `None` for one scale.
    pub axis: Option<usize>,
    /// Bits of a code.
    pub bits: u8,
    /// True for two's complement.
    pub is_signed: bool,
    /// Smallest and largest code in use. Symmetric signed codes leave out the smallest of their type.
    pub ends: (i32, i32),
}

/// The form of the codes, without ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeForm {
    pub bits: u8,
    pub is_signed: bool,
    pub is_symmetric: bool,
}

impl CodeForm {
    fn ends(self) -> (i32, i32) {
        let half = 1 << (self.bits - 1);
        match (self.is_signed, self.is_symmetric) {
            (true, true) => (1 - half, half - 1),
            (true, false) => (-half, half - 1),
            (false, _) => (0, 2 * half - 1),
        }
    }

    /// Scale and zero point of a range, which is widened to contain 0. A range of zeros only has the scale 1.
    fn scale_and_zero_point(self, low: f64, high: f64) -> (f32, i32) {
        let (first, last) = self.ends();
        let (mut low, mut high) = (low.min(0.0), high.max(0.0));
        if self.is_symmetric {
            high = high.max(-low);
            low = -high;
        }
        let scale = (high - low) / f64::from(last - first);
        if !(scale as f32).is_normal() {
            let middle = if self.is_signed || !self.is_symmetric {
                0
            } else {
                1 << (self.bits - 1)
            };
            return (1.0, middle);
        }
        let zero_point = (f64::from(first) - low / scale).round_ties_even();
        let zero_point = zero_point.clamp(f64::from(first), f64::from(last)) as i32;
        (scale as f32, zero_point)
    }

    pub(super) fn grid(
        self,
        ranges: impl IntoIterator<Item = (f64, f64)>,
        axis: Option<usize>,
    ) -> QuantizerGrid {
        let (scales, zero_points) = ranges
            .into_iter()
            .map(|(low, high)| self.scale_and_zero_point(low, high))
            .unzip();
        QuantizerGrid {
            scales,
            zero_points,
            axis,
            bits: self.bits,
            is_signed: self.is_signed,
            ends: self.ends(),
        }
    }
}

impl QuantizerGrid {
    /// The code of a value in a channel: divided by the scale, rounded half to even, plus the zero point, saturated. A channel beyond the
    /// last, or a NaN, has the zero point's code.
    #[must_use]
    pub fn code(&self, value: f32, channel: usize) -> i32 {
        let Some((&scale, &zero_point)) =
            self.scales.get(channel).zip(self.zero_points.get(channel))
        else {
            return 0;
        };
        let quotient = (value / scale).round_ties_even();
        let quotient = if quotient.is_nan() { 0.0 } else { quotient };
        // In f64, the sum is exact: codes have at most 16 bits where the quotient is not saturated.
        let code = f64::from(quotient) + f64::from(zero_point);
        code.clamp(f64::from(self.ends.0), f64::from(self.ends.1)) as i32
    }

    /// The value that a quantizer passes on for a value in a channel.
    #[must_use]
    pub fn round(&self, value: f32, channel: usize) -> f32 {
        let Some((&scale, &zero_point)) =
            self.scales.get(channel).zip(self.zero_points.get(channel))
        else {
            return value;
        };
        (self.code(value, channel) - zero_point) as f32 * scale
    }

    /// Smallest and largest value of a channel.
    #[must_use]
    pub fn range(&self, channel: usize) -> Option<(f32, f32)> {
        let (&scale, &zero_point) = self
            .scales
            .get(channel)
            .zip(self.zero_points.get(channel))?;
        let value = |code: i32| (code - zero_point) as f32 * scale;
        Some((value(self.ends.0), value(self.ends.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(bits: u8, is_signed: bool, is_symmetric: bool) -> CodeForm {
        CodeForm {
            bits,
            is_signed,
            is_symmetric,
        }
    }

    #[test]
    fn scales_and_zero_points_are_those_of_onnx_runtime() {
        // compute_scale_zp(rmin, rmax, *get_qmin_qmax_for_qType(type, symmetric=symmetric), symmetric) of ONNX Runtime 1.32.
        for (form, low, high, scale, zero_point) in [
            (form(8, false, false), 0.0, 6.0, 6.0 / 255.0, 0),
            (form(8, false, false), -1.0, 3.0, 4.0 / 255.0, 64),
            (form(8, false, false), 2.0, 3.0, 3.0 / 255.0, 0),
            (form(8, true, false), -1.0, 3.0, 4.0 / 255.0, -64),
            (form(8, true, true), -1.0, 3.0, 6.0 / 254.0, 0),
            (form(8, false, true), -1.0, 3.0, 6.0 / 255.0, 128),
            (form(4, true, true), -0.7, 0.1, 1.4 / 14.0, 0),
            (form(16, true, true), -0.7, 0.1, 1.4 / 65534.0, 0),
            (form(16, false, false), -1.0, 3.0, 4.0 / 65535.0, 16384),
        ] {
            let grid = form.grid([(low, high)], None);
            assert!(
                (grid.scales[0] - scale).abs() <= scale * 1e-7,
                "{form:?} {low} {high}: {grid:?}"
            );
            assert_eq!(grid.zero_points, [zero_point], "{form:?} {low} {high}");
        }
    }

    #[test]
    fn every_value_becomes_the_nearest_of_the_grid() {
        for bits in [4, 8, 11, 16] {
            for (is_signed, is_symmetric) in
                [(true, true), (true, false), (false, true), (false, false)]
            {
                let grid = form(bits, is_signed, is_symmetric).grid([(-1.3, 2.1)], None);
                let (low, high) = grid.range(0).expect("a channel");
                // The zero point moves the range by up to half a step.
                let half = grid.scales[0] / 2.0;
                assert!(
                    (low + 1.3).abs() <= half * 1.01 || is_symmetric,
                    "{grid:?}: {low}"
                );
                assert!(high >= 2.1 - half * 1.01, "{grid:?}: {high}");
                for i in 0..200 {
                    let value = -1.2 + 0.016 * i as f32;
                    let error = (grid.round(value, 0) - value).abs();
                    assert!(error <= half * 1.001 + 1e-6, "{grid:?}: {value}");
                }
                assert_eq!(grid.round(0.0, 0), 0.0);
                assert_eq!((grid.round(-9.0, 0), grid.round(9.0, 0)), (low, high));
            }
        }
    }

    #[test]
    fn ties_go_to_even_codes_and_nothing_breaks() {
        let grid = QuantizerGrid {
            scales: vec![0.5, f32::MIN_POSITIVE],
            zero_points: vec![0, 0],
            axis: Some(0),
            bits: 8,
            is_signed: true,
            ends: (-128, 127),
        };
        let codes: Vec<i32> = [0.25, 0.75, 1.25, -0.25, f32::NAN, f32::INFINITY]
            .iter()
            .map(|&value| grid.code(value, 0))
            .collect();
        assert_eq!(codes, [0, 2, 2, 0, 0, 127]);
        assert_eq!(grid.code(f32::MIN, 1), -128);
        assert_eq!((grid.code(1.0, 2), grid.round(1.0, 2)), (0, 1.0));
        let zeros = form(8, true, false).grid([(0.0, 0.0)], None);
        assert_eq!((zeros.scales[0], zeros.zero_points[0]), (1.0, 0));
    }
}
