//! Numbers of 8 and 4 bits with an exponent, as ONNX defines them.
//!
//! Source: ONNX technical notes "Float stored in 8 bits" and "Float stored in 4 bits"; OCP 8-bit Floating Point Specification 1.0.

/// A format of small floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are ONNX's own")]
pub enum Minifloat {
    E4M3FN,
    E4M3FNUZ,
    E5M2,
    E5M2FNUZ,
    E2M1,
}

impl Minifloat {
    /// Bits of the mantissa.
    fn mantissa_bits(self) -> i32 {
        match self {
            Self::E4M3FN | Self::E4M3FNUZ => 3,
            Self::E5M2 | Self::E5M2FNUZ => 2,
            Self::E2M1 => 1,
        }
    }

    /// Bits of a number.
    #[must_use]
    pub fn bits(self) -> u8 {
        if self == Self::E2M1 { 4 } else { 8 }
    }

    /// The number that is added to the exponent.
    fn bias(self) -> i32 {
        match self {
            Self::E4M3FN => 7,
            Self::E4M3FNUZ => 8,
            Self::E5M2 => 15,
            Self::E5M2FNUZ => 16,
            Self::E2M1 => 1,
        }
    }

    /// The largest finite number.
    #[must_use]
    pub fn largest(self) -> f32 {
        match self {
            Self::E4M3FN => 448.0,
            Self::E4M3FNUZ => 240.0,
            Self::E5M2 | Self::E5M2FNUZ => 57_344.0,
            Self::E2M1 => 6.0,
        }
    }

    /// The number that a pattern of bits stands for.
    #[must_use]
    pub fn decode(self, pattern: u8) -> f32 {
        let exponent_bits = i32::from(self.bits()) - 1 - self.mantissa_bits();
        let sign_at = i32::from(self.bits()) - 1;
        let is_negative = (pattern >> sign_at) & 1 == 1;
        let mantissa = i32::from(pattern) & ((1 << self.mantissa_bits()) - 1);
        let exponent = (i32::from(pattern) >> self.mantissa_bits()) & ((1 << exponent_bits) - 1);
        let all_ones = (1 << exponent_bits) - 1;
        match self {
            Self::E4M3FNUZ | Self::E5M2FNUZ if pattern == 0x80 => return f32::NAN,
            Self::E4M3FN if exponent == all_ones && mantissa == 7 => return f32::NAN,
            Self::E5M2 if exponent == all_ones && mantissa > 0 => return f32::NAN,
            Self::E5M2 if exponent == all_ones => {
                return if is_negative {
                    f32::NEG_INFINITY
                } else {
                    f32::INFINITY
                };
            }
            _ => {}
        }
        let (fraction, exponent) = if exponent == 0 {
            (mantissa, 1)
        } else {
            (mantissa + (1 << self.mantissa_bits()), exponent)
        };
        let size = fraction as f32 * power_of_two(exponent - self.bias() - self.mantissa_bits());
        if is_negative { -size } else { size }
    }

    /// The nearest number, ties to the even mantissa; beyond the largest, the largest (ONNX `saturate = 1`).
    #[must_use]
    pub fn round(self, value: f32) -> f32 {
        if value.is_nan() {
            return value;
        }
        let size = value.abs().min(self.largest());
        let smallest_exponent = 1 - self.bias();
        let exponent = exponent_of(size).max(smallest_exponent);
        let step = power_of_two(exponent - self.mantissa_bits());
        let rounded = ((size / step).round_ties_even() * step).min(self.largest());
        rounded.copysign(value)
    }
}

fn power_of_two(exponent: i32) -> f32 {
    libm::ldexpf(1.0, exponent)
}

/// Exponent of the largest power of two that is not above a number; very small for zero.
fn exponent_of(size: f32) -> i32 {
    if size == 0.0 {
        return i32::MIN / 2;
    }
    libm::ilogbf(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Minifloat; 5] = [
        Minifloat::E4M3FN,
        Minifloat::E4M3FNUZ,
        Minifloat::E5M2,
        Minifloat::E5M2FNUZ,
        Minifloat::E2M1,
    ];

    fn finite(format: Minifloat) -> Vec<f32> {
        let patterns = if format.bits() == 4 { 16_u16 } else { 256 };
        (0..patterns)
            .map(|p| format.decode(p as u8))
            .filter(|v| v.is_finite())
            .collect()
    }

    #[test]
    fn known_patterns() {
        let rows = [
            (Minifloat::E4M3FN, 0x38, 1.0),
            (Minifloat::E4M3FN, 0x7e, 448.0),
            (Minifloat::E4M3FN, 0x01, 0.001_953_125),
            (Minifloat::E4M3FN, 0xb8, -1.0),
            (Minifloat::E4M3FNUZ, 0x7f, 240.0),
            (Minifloat::E5M2, 0x3c, 1.0),
            (Minifloat::E5M2, 0x7b, 57_344.0),
            (Minifloat::E5M2FNUZ, 0x7f, 57_344.0),
            (Minifloat::E2M1, 0x7, 6.0),
            (Minifloat::E2M1, 0x1, 0.5),
        ];
        for (format, pattern, value) in rows {
            assert_eq!(format.decode(pattern), value, "{format:?} {pattern:#x}");
        }
    }

    #[test]
    fn rounding_finds_the_nearest() {
        for format in ALL {
            let numbers = finite(format);
            let largest = numbers.iter().copied().fold(0.0, f32::max);
            assert_eq!(largest, format.largest(), "{format:?}");
            for &number in &numbers {
                assert_eq!(format.round(number), number, "{format:?}");
            }
            for i in -4000..4000 {
                let value = i as f32 * largest / 3500.0;
                let nearest = numbers
                    .iter()
                    .map(|n| (n - value).abs())
                    .fold(f32::INFINITY, f32::min);
                let found = (format.round(value) - value).abs();
                assert_eq!(found, nearest, "{format:?} {value}");
            }
        }
    }

    #[test]
    fn ties_go_to_the_even_mantissa() {
        // Between 1.0 (mantissa 0) and 1.125 (mantissa 1), and between 1.125 and 1.25 (mantissa 2).
        assert_eq!(Minifloat::E4M3FN.round(1.0625), 1.0);
        assert_eq!(Minifloat::E4M3FN.round(1.1875), 1.25);
        assert_eq!(Minifloat::E4M3FN.round(-1e9), -448.0);
    }
}
