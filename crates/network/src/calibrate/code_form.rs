//! Scale and zero point of a range for codes of some bits.
//!
//! Source: ONNX Runtime, `python/tools/quantization/quant_utils.py`, `compute_scale_zp` and `get_qmin_qmax_for_qType`. Symmetric signed
//! codes spread the range over `-(2^(n-1) - 1)` to `2^(n-1) - 1`; a value beyond may still saturate at the smallest code of the type, as
//! in ONNX's `QuantizeLinear`.

use crate::quantization::{CodeType, Granularity, QuantizationParameters, Scales};

/// The form of the codes, without ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodeForm {
    pub bits: u8,
    pub is_signed: bool,
    pub is_symmetric: bool,
}

impl CodeForm {
    /// Smallest and largest code that a range is spread over.
    fn ends(self) -> (i32, i32) {
        let half = 1 << (self.bits - 1);
        match (self.is_signed, self.is_symmetric) {
            (true, true) => (1 - half, half - 1),
            (true, false) => (-half, half - 1),
            (false, _) => (0, 2 * half - 1),
        }
    }

    /// Scale and zero point of a range, which is widened to contain 0. A range without a width has the scale 1.
    fn scale_and_zero_point(self, (low, high): (f64, f64)) -> (f32, i32) {
        let (first, last) = self.ends();
        let (mut low, mut high) = (low.min(0.0), high.max(0.0));
        if self.is_symmetric {
            high = high.max(-low);
            low = -high;
        }
        let scale = (high - low) / f64::from(last - first);
        if !(scale as f32).is_normal() {
            let is_middle = self.is_symmetric && !self.is_signed;
            return (1.0, if is_middle { last / 2 + 1 } else { 0 });
        }
        let zero_point = (f64::from(first) - low / scale).round_ties_even();
        let zero_point = zero_point.clamp(f64::from(first), f64::from(last)) as i32;
        (scale as f32, zero_point)
    }

    /// The parameters for one range, or for one a channel along an axis.
    pub(super) fn parameters(
        self,
        ranges: &[(f64, f64)],
        granularity: Granularity,
    ) -> QuantizationParameters {
        let places = ranges.iter().map(|&range| self.scale_and_zero_point(range));
        let (scales, zero_points) = places.unzip();
        QuantizationParameters {
            code_type: CodeType::Integer {
                bits: self.bits,
                is_signed: self.is_signed,
            },
            granularity,
            scales: Scales::Fixed {
                scales,
                zero_points,
            },
        }
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
        // compute_scale_zp(rmin, rmax, *get_qmin_qmax_for_qType(type, symmetric=symmetric), symmetric).
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
            (form(8, true, false), 0.0, 0.0, 1.0, 0),
            (form(8, false, true), 0.0, 0.0, 1.0, 128),
        ] {
            let (found, found_zero) = form.scale_and_zero_point((low, high));
            let is_close = (f64::from(found) - scale).abs() <= scale * 1e-7;
            assert!(
                is_close && found_zero == zero_point,
                "{form:?} {low} {high}: {found} {found_zero}"
            );
        }
    }

    #[test]
    fn values_inside_a_range_move_by_half_a_step_at_most() {
        for bits in [4, 8, 11, 16] {
            for (is_signed, is_symmetric) in
                [(true, true), (true, false), (false, true), (false, false)]
            {
                let form = form(bits, is_signed, is_symmetric);
                let parameters = form.parameters(&[(-1.3, 2.1)], Granularity::PerTensor);
                let Scales::Fixed { scales, .. } = &parameters.scales else {
                    panic!("fixed scales");
                };
                let (low, high) = parameters.range().expect("one scale");
                // The zero point moves the range by up to half a step.
                let half = scales[0] / 2.0;
                assert!(
                    low <= -1.3 + half * 1.01 && high >= 2.1 - half * 1.01,
                    "{parameters:?}"
                );
                let before: Vec<f32> = (0..200).map(|i| -1.2 + 0.016 * i as f32).collect();
                let mut after = before.clone();
                parameters.round(&mut after, &[before.len()]);
                for (a, b) in before.iter().zip(&after) {
                    assert!(
                        (a - b).abs() <= half * 1.001 + 1e-6,
                        "{parameters:?}: {a} {b}"
                    );
                }
            }
        }
    }
}
