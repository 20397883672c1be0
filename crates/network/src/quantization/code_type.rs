//! Types of the codes that a quantizer writes.

use crate::graph::ElementType;

use super::minifloat::Minifloat;

/// Integers of some bits, or small floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeType {
    /// Integers.
    Integer {
        /// 2 to 32.
        bits: u8,
        /// Two's complement.
        is_signed: bool,
    },
    /// Floating-point numbers of 8 or 4 bits.
    Minifloat(Minifloat),
}

impl CodeType {
    /// Unsigned integers of 8 bits, ONNX's default.
    pub const UINT8: Self = Self::Integer {
        bits: 8,
        is_signed: false,
    };

    /// Signed integers of 8 bits.
    pub const INT8: Self = Self::Integer {
        bits: 8,
        is_signed: true,
    };

    /// The type of codes in a tensor; `None` for types that are no codes.
    #[must_use]
    pub fn of(element_type: ElementType) -> Option<Self> {
        use ElementType as T;
        let integer = |bits, is_signed| Some(Self::Integer { bits, is_signed });
        match element_type {
            T::Int2 => integer(2, true),
            T::UInt2 => integer(2, false),
            T::Int4 => integer(4, true),
            T::UInt4 => integer(4, false),
            T::Int8 => integer(8, true),
            T::UInt8 => integer(8, false),
            T::Int16 => integer(16, true),
            T::UInt16 => integer(16, false),
            T::Int32 => integer(32, true),
            T::UInt32 => integer(32, false),
            T::Float8E4M3FN => Some(Self::Minifloat(Minifloat::E4M3FN)),
            T::Float8E4M3FNUZ => Some(Self::Minifloat(Minifloat::E4M3FNUZ)),
            T::Float8E5M2 => Some(Self::Minifloat(Minifloat::E5M2)),
            T::Float8E5M2FNUZ => Some(Self::Minifloat(Minifloat::E5M2FNUZ)),
            T::Float4E2M1 => Some(Self::Minifloat(Minifloat::E2M1)),
            _ => None,
        }
    }

    /// Bits of a code.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Self::Integer { bits, .. } => bits,
            Self::Minifloat(format) => format.bits(),
        }
    }

    /// Smallest and largest code. Integers of 32 bits are exact in `f64`.
    #[must_use]
    pub fn ends(self) -> (f64, f64) {
        match self {
            Self::Integer { bits, is_signed } => {
                let count = libm::ldexp(1.0, i32::from(bits));
                if is_signed {
                    (-count / 2.0, count / 2.0 - 1.0)
                } else {
                    (0.0, count - 1.0)
                }
            }
            Self::Minifloat(format) => (-f64::from(format.largest()), f64::from(format.largest())),
        }
    }
}

impl std::fmt::Display for CodeType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer { bits, is_signed } => {
                let sign = if *is_signed { "int" } else { "uint" };
                write!(f, "{sign}{bits}")
            }
            Self::Minifloat(format) => write!(f, "float{} {format:?}", format.bits()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_names() {
        let rows = [
            (ElementType::UInt8, (0.0, 255.0), "uint8"),
            (ElementType::Int8, (-128.0, 127.0), "int8"),
            (ElementType::Int4, (-8.0, 7.0), "int4"),
            (ElementType::UInt16, (0.0, 65535.0), "uint16"),
            (
                ElementType::Int32,
                (-2_147_483_648.0, 2_147_483_647.0),
                "int32",
            ),
            (
                ElementType::Float8E5M2,
                (-57_344.0, 57_344.0),
                "float8 E5M2",
            ),
        ];
        for (element_type, ends, name) in rows {
            let code = CodeType::of(element_type).expect("codes");
            assert_eq!((code.ends(), code.to_string().as_str()), (ends, name));
        }
        assert_eq!(CodeType::of(ElementType::Float32), None);
    }
}
