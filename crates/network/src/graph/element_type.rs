//! Types of a tensor's elements in an ONNX file.

/// ONNX `TensorProto.DataType`, as far as numbers are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are ONNX's own")]
pub enum ElementType {
    Float32,
    Float16,
    BFloat16,
    Float64,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Bool,
    Int4,
    UInt4,
    Int2,
    UInt2,
    Float8E4M3FN,
    Float8E4M3FNUZ,
    Float8E5M2,
    Float8E5M2FNUZ,
    Float4E2M1,
}

impl ElementType {
    /// From the number that ONNX gives a type.
    #[must_use]
    pub fn from_onnx(number: i32) -> Option<Self> {
        Some(match number {
            1 => Self::Float32,
            2 => Self::UInt8,
            3 => Self::Int8,
            4 => Self::UInt16,
            5 => Self::Int16,
            6 => Self::Int32,
            7 => Self::Int64,
            9 => Self::Bool,
            10 => Self::Float16,
            11 => Self::Float64,
            12 => Self::UInt32,
            13 => Self::UInt64,
            16 => Self::BFloat16,
            17 => Self::Float8E4M3FN,
            18 => Self::Float8E4M3FNUZ,
            19 => Self::Float8E5M2,
            20 => Self::Float8E5M2FNUZ,
            21 => Self::UInt4,
            22 => Self::Int4,
            23 => Self::Float4E2M1,
            25 => Self::UInt2,
            26 => Self::Int2,
            _ => return None,
        })
    }

    /// Bits of one element in a file.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::Float64 | Self::Int64 | Self::UInt64 => 64,
            Self::Float32 | Self::Int32 | Self::UInt32 => 32,
            Self::Float16 | Self::BFloat16 | Self::Int16 | Self::UInt16 => 16,
            Self::Int4 | Self::UInt4 | Self::Float4E2M1 => 4,
            Self::Int2 | Self::UInt2 => 2,
            Self::Int8
            | Self::UInt8
            | Self::Bool
            | Self::Float8E4M3FN
            | Self::Float8E4M3FNUZ
            | Self::Float8E5M2
            | Self::Float8E5M2FNUZ => 8,
        }
    }

    /// Types whose values are fractions.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(
            self,
            Self::Float32
                | Self::Float16
                | Self::BFloat16
                | Self::Float64
                | Self::Float8E4M3FN
                | Self::Float8E4M3FNUZ
                | Self::Float8E5M2
                | Self::Float8E5M2FNUZ
                | Self::Float4E2M1
        )
    }
}
