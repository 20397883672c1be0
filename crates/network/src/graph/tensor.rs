//! A constant of a network.

use fathom_core::i18n::tr;

use crate::network_error::NetworkError;

use super::element_type::ElementType;

/// Values of a constant. Fractions are `f32`, as at run time; integers are saturated to `i32`, which the runtime uses for them.
#[derive(Clone, Debug, PartialEq)]
pub enum TensorData {
    /// Fractions of any type.
    Float(Vec<f32>),
    /// Integers and booleans of any type.
    Int(Vec<i32>),
}

/// A constant: shape, values in row-major order, and the type that they have in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The type in the file.
    pub element_type: ElementType,
    /// Lengths of the axes; empty for a scalar.
    pub shape: Vec<usize>,
    /// As many values as the product of the shape.
    pub data: TensorData,
}

impl Tensor {
    /// Fractions.
    ///
    /// # Errors
    /// If the number of values is not the product of the shape.
    pub fn floats(shape: Vec<usize>, values: Vec<f32>) -> Result<Self, NetworkError> {
        Self::new(ElementType::Float32, shape, TensorData::Float(values))
    }

    /// 64-bit integers, as shapes and axes have.
    ///
    /// # Errors
    /// If the number of values is not the product of the shape.
    pub fn ints(shape: Vec<usize>, values: Vec<i32>) -> Result<Self, NetworkError> {
        Self::new(ElementType::Int64, shape, TensorData::Int(values))
    }

    /// # Errors
    /// If the number of values is not the product of the shape.
    pub fn new(
        element_type: ElementType,
        shape: Vec<usize>,
        data: TensorData,
    ) -> Result<Self, NetworkError> {
        let count = match &data {
            TensorData::Float(values) => values.len(),
            TensorData::Int(values) => values.len(),
        };
        if element_count(&shape) != Some(count) {
            return Err(NetworkError::invalid(
                tr!("A tensor"),
                tr!(
                    "its shape {shape} does not hold {count} values",
                    shape = format_args!("{shape:?}"),
                    count
                ),
            ));
        }
        Ok(Self {
            element_type,
            shape,
            data,
        })
    }

    /// One fraction without axes.
    #[must_use]
    pub fn scalar(value: f32) -> Self {
        Self {
            element_type: ElementType::Float32,
            shape: Vec::new(),
            data: TensorData::Float(vec![value]),
        }
    }

    /// A list of integers along one axis.
    #[must_use]
    pub fn int_list(values: Vec<i32>) -> Self {
        Self {
            element_type: ElementType::Int64,
            shape: vec![values.len()],
            data: TensorData::Int(values),
        }
    }

    /// A list of fractions along one axis.
    #[must_use]
    pub fn float_list(values: Vec<f32>) -> Self {
        Self {
            element_type: ElementType::Float32,
            shape: vec![values.len()],
            data: TensorData::Float(values),
        }
    }

    /// Number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.data {
            TensorData::Float(values) => values.len(),
            TensorData::Int(values) => values.len(),
        }
    }

    /// No values.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values if they are fractions.
    #[must_use]
    pub fn as_floats(&self) -> Option<&[f32]> {
        match &self.data {
            TensorData::Float(values) => Some(values),
            TensorData::Int(_) => None,
        }
    }

    /// The values if they are integers.
    #[must_use]
    pub fn as_ints(&self) -> Option<&[i32]> {
        match &self.data {
            TensorData::Int(values) => Some(values),
            TensorData::Float(_) => None,
        }
    }
}

/// Product of a shape, if it fits.
#[must_use]
pub fn element_count(shape: &[usize]) -> Option<usize> {
    shape
        .iter()
        .try_fold(1_usize, |product, &length| product.checked_mul(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_fill_the_shape() {
        assert!(Tensor::floats(vec![2, 2], vec![0.0; 4]).is_ok());
        assert!(Tensor::floats(vec![2, 2], vec![0.0; 3]).is_err());
        assert!(Tensor::floats(vec![usize::MAX, 2], vec![]).is_err());
        assert_eq!(element_count(&[]), Some(1));
        assert_eq!(element_count(&[3, 0]), Some(0));
    }
}
