//! Floating-point formats as codes of metres: FP16, bfloat16 and the two FP8.
//!
//! Depths are not negative, so a code has the values from 0 on. Rounding is to nearest, ties to the even mantissa. Depths above the
//! largest finite value get that value (saturation), as converters to FP8 do by default.
//!
//!
//! Sources: IEEE 754-2019 (binary16); the brain floating-point format as the high half of binary32; "OCP 8-bit Floating Point
//! Specification (OFP8)", revision 1.0, 2023. E4M3 has no infinity and one mantissa pattern of NaN, so its largest value is 448. E5M2
//! follows IEEE 754; its largest value is 57,344.

use super::code_error::CodeError;
use super::output_range::OutputRange;
use super::table_code::TableCode;

/// A floating-point format: bits of exponent and mantissa, and the number of finite patterns from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FloatFormat {
    name: &'static str,
    mantissa_bits: u32,
    bias: i32,
    finite: u32,
    storage_bits: u32,
}

/// IEEE 754 binary16.
pub(super) const FLOAT16: FloatFormat = FloatFormat {
    name: "FP16",
    mantissa_bits: 10,
    bias: 15,
    finite: 0x7c00,
    storage_bits: 16,
};

/// The high half of binary32.
pub(super) const BFLOAT16: FloatFormat = FloatFormat {
    name: "bfloat16",
    mantissa_bits: 7,
    bias: 127,
    finite: 0x7f80,
    storage_bits: 16,
};

/// OFP8 E4M3.
pub(super) const FLOAT8_E4M3: FloatFormat = FloatFormat {
    name: "FP8 E4M3",
    mantissa_bits: 3,
    bias: 7,
    finite: 0x7f,
    storage_bits: 8,
};

/// OFP8 E5M2.
pub(super) const FLOAT8_E5M2: FloatFormat = FloatFormat {
    name: "FP8 E5M2",
    mantissa_bits: 2,
    bias: 15,
    finite: 0x7c,
    storage_bits: 8,
};

/// Largest end of a format's range, in metres; no depth is farther.
const FARTHEST_M: f64 = 1e9;

impl FloatFormat {
    /// The number with this bit pattern.
    fn value(self, pattern: u32) -> f64 {
        let one = 1 << self.mantissa_bits;
        let (exponent, mantissa) = (pattern >> self.mantissa_bits, pattern % one);
        let lowest = 1 - self.bias - self.mantissa_bits as i32;
        if exponent == 0 {
            libm::ldexp(f64::from(mantissa), lowest)
        } else {
            libm::ldexp(f64::from(one + mantissa), lowest + exponent as i32 - 1)
        }
    }

    /// The format as a code of metres. A pattern's parity is its mantissa's, so the even index is the even mantissa.
    pub(super) fn code(self) -> Result<TableCode, CodeError> {
        let values_m: Vec<f64> = (0..self.finite)
            .map(|pattern| self.value(pattern))
            .collect();
        let largest = values_m.last().copied().unwrap_or_default();
        let range = OutputRange::new(0.0, largest.min(FARTHEST_M))?;
        Ok(TableCode::nearest(self.name, range, values_m)?.stored_in(self.storage_bits))
    }

    /// The name in reports and on the page.
    pub(super) fn name(self) -> &'static str {
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quant::ScalarCode;
    use half::{bf16, f16};
    use proptest::prelude::*;

    fn code(format: FloatFormat) -> TableCode {
        format.code().expect("a code")
    }

    #[test]
    fn the_formats_have_their_published_values() {
        let rows = [
            (FLOAT16, 31_744, 65_504.0, libm::exp2(-24.0), 16),
            (
                BFLOAT16,
                32_640,
                f64::from(bf16::MAX),
                libm::exp2(-133.0),
                16,
            ),
            (FLOAT8_E4M3, 127, 448.0, libm::exp2(-9.0), 8),
            (FLOAT8_E5M2, 124, 57_344.0, libm::exp2(-16.0), 8),
        ];
        for (format, levels, largest, smallest, bits) in rows {
            let code = code(format);
            let name = format.name();
            assert_eq!(code.levels(), levels, "{name}");
            assert_eq!(code.value_m(levels - 1), largest, "{name}");
            assert_eq!(
                (code.value_m(0), code.value_m(1)),
                (0.0, smallest),
                "{name}"
            );
            assert_eq!(code.storage_bits(), bits, "{name}");
        }
    }

    #[test]
    fn eight_bit_rounding_at_ties_subnormals_and_the_end() {
        let (e4m3, e5m2) = (code(FLOAT8_E4M3), code(FLOAT8_E5M2));
        for (code, depth_m, expected) in [
            // 17 is a tie between 16 and 18, and 16 is even; 19 is a tie between 18 and 20, and 20 is even.
            (&e4m3, 17.0, 16.0),
            (&e4m3, 19.0, 20.0),
            (&e4m3, 465.0, 448.0),
            (&e4m3, 1e6, 448.0),
            // Half of the smallest subnormal rounds to 0, the next larger number does not.
            (&e4m3, libm::exp2(-10.0), 0.0),
            (&e4m3, libm::exp2(-10.0).next_up(), libm::exp2(-9.0)),
            (&e5m2, 9.0, 8.0),
            (&e5m2, 11.0, 12.0),
            (&e5m2, 1e5, 57_344.0),
        ] {
            assert_eq!(code.reconstruct_m(depth_m), expected, "{depth_m}");
        }
    }

    proptest! {
        #[test]
        fn sixteen_bits_round_as_the_converters_do(depth_m in prop::num::f32::POSITIVE | prop::num::f32::SUBNORMAL) {
            let depth_m = depth_m.abs();
            let exact = f64::from(depth_m);
            let (fp16, bfloat) = (f16::from_f32(depth_m), bf16::from_f32(depth_m));
            if fp16.is_finite() {
                prop_assert_eq!(code(FLOAT16).index_of(exact), usize::from(fp16.to_bits()));
            }
            if bfloat.is_finite() {
                prop_assert_eq!(code(BFLOAT16).index_of(exact), usize::from(bfloat.to_bits()));
            }
        }
    }
}
