//! A map as stored in a file: samples without a unit.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// The type of a sample in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Dtype {
    Bool,
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F16,
    F32,
    F64,
}

impl Dtype {
    /// The name in numpy.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// The kind of the samples.
    #[must_use]
    pub fn kind(self) -> SampleKind {
        match self {
            Self::F16 | Self::F32 | Self::F64 => SampleKind::Float,
            _ => SampleKind::Integer,
        }
    }

    /// The stored form of a positive number: the nearest floating-point number, ties to even (IEEE 754). Integers stay.
    #[must_use]
    pub fn stored(self, value: f64) -> f64 {
        match self {
            Self::F32 => f64::from(value as f32),
            Self::F16 => {
                // 11 binary digits; the last is worth at least 2^-24.
                let last = libm::exp2(f64::from((libm::ilogb(value) - 10).max(-24)));
                libm::rint(value / last) * last
            }
            _ => value,
        }
    }
}

/// The kind of samples. Integers and floats of one set usually need different encodings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SampleKind {
    /// Integers: millimetres, 1/256 m, ...
    Integer,
    /// Floating-point numbers, usually metres.
    Float,
}

/// A file format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Portable Network Graphics, greyscale.
    Png,
    /// One numpy array.
    Npy,
    /// Numpy arrays by name, in a ZIP archive.
    Npz,
    /// Portable float map.
    Pfm,
    /// Portable grey map.
    Pgm,
    /// OpenEXR.
    Exr,
    /// Tagged image file format, BigTIFF too.
    Tiff,
    /// Depth of the MPI Sintel dataset.
    Sintel,
    /// The payload of a ROS `compressedDepth` message.
    RosDepth,
    /// One tensor of ONNX.
    TensorProto,
    /// Samples without a header.
    Headerless,
    /// HDF5, MATLAB 7.3 too.
    Hdf5,
}

impl Format {
    /// The name on the page and in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Npy => "NPY",
            Self::Npz => "NPZ",
            Self::Pfm => "PFM",
            Self::Pgm => "PGM",
            Self::Exr => "EXR",
            Self::Tiff => "TIFF",
            Self::Sintel => "DPT",
            Self::RosDepth => "compressedDepth",
            Self::TensorProto => "TensorProto",
            Self::Headerless => "RAW",
            Self::Hdf5 => "HDF5",
        }
    }
}

/// Samples in row-major order, shape (height, width).
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// Unsigned integers that fit into 16 bits, whatever their type in the file.
    U16(Array2<u16>),
    /// Single precision, or half precision converted.
    F32(Array2<f32>),
    /// Double precision, or integers that do not fit into 16 bits.
    F64(Array2<f64>),
}

/// One map of a decoded file.
#[derive(Clone, Debug, PartialEq)]
pub struct RawMap {
    /// The samples, in the unit of the file.
    pub samples: Samples,
    /// The file format.
    pub format: Format,
    /// The sample type in the file.
    pub dtype: Dtype,
    /// The marker of "no depth" that the file itself states.
    pub nodata: Option<f64>,
    /// Sentences for the user about how the file was read.
    pub notices: Vec<String>,
}

impl RawMap {
    /// A map without marker and notices.
    #[must_use]
    pub fn new(samples: Samples, format: Format, dtype: Dtype) -> Self {
        Self {
            samples,
            format,
            dtype,
            nodata: None,
            notices: Vec::new(),
        }
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.dim().1
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.dim().0
    }

    fn dim(&self) -> (usize, usize) {
        match &self.samples {
            Samples::U16(a) => a.dim(),
            Samples::F32(a) => a.dim(),
            Samples::F64(a) => a.dim(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_numbers_round_to_the_type_of_the_file() {
        assert_eq!(Dtype::F64.stored(1.0025), 1.0025);
        assert_eq!(Dtype::U16.stored(65_535.0), 65_535.0);
        assert_eq!(Dtype::F32.stored(1.0025), 1.0 + 20_972.0 / 8_388_608.0);
        // numpy.float16(x) for x = 1.0025, 655.35, 3e-7 and 2049, a tie that goes to the even one.
        assert_eq!(Dtype::F16.stored(1.0025), 1.002_929_687_5);
        assert_eq!(Dtype::F16.stored(655.35), 655.5);
        assert_eq!(Dtype::F16.stored(3e-7), 5.0 / 16_777_216.0);
        assert_eq!(Dtype::F16.stored(2049.0), 2048.0);
    }
}
