//! Values of one input of a network.

/// An array of single-precision numbers, the last axis fastest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputTensor {
    /// Length of each axis; empty for a scalar.
    pub shape: Vec<usize>,
    /// The values; their number is the product of the shape.
    pub values: Vec<f32>,
}

/// Largest number of pixels of an image or an input: 8192 x 8192.
pub const MAX_PIXELS: usize = 1 << 26;
