//! Prepared inputs: NPY, NPZ, and ONNX's `TensorProto` as in the `.pb` files of its test data.

use fathom_core::i18n::tr;

use super::input_tensor::{InputTensor, MAX_PIXELS};
use super::preprocess_error::PreprocessError;
use crate::graph::TensorData;
use crate::network_error::NetworkError;
use crate::onnx::{ExternalFiles, read_model};
use fathom_decode::{Limits, arrays};

/// An array of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Name in an NPZ or a `TensorProto`; empty in an NPY.
    pub name: String,
    /// Its values.
    pub tensor: InputTensor,
}

/// Reads every array of an NPY, NPZ or `TensorProto` file. Integers and double precision become single precision.
///
/// # Errors
/// [`PreprocessError::Tensor`] for other files, for types that are no numbers, and for more than 2^26 numbers together.
pub fn read_tensors(bytes: &[u8]) -> Result<Vec<NamedTensor>, PreprocessError> {
    let is_numpy = bytes.starts_with(b"\x93NUMPY") || bytes.starts_with(b"PK\x03\x04");
    if !is_numpy {
        return Ok(vec![read_proto(bytes)?]);
    }
    let limits = Limits {
        max_pixels: MAX_PIXELS as u64,
        // The largest array in single precision.
        max_unpacked: 4 * MAX_PIXELS as u64,
        ..Limits::default()
    };
    let read = arrays(bytes, &limits).map_err(|e| PreprocessError::Tensor(e.to_string()))?;
    let named = read.into_iter().map(|array| NamedTensor {
        name: array.name,
        tensor: InputTensor {
            shape: array.shape,
            values: array.values,
        },
    });
    Ok(named.collect())
}

fn refuse<T>(why: &str) -> Result<T, PreprocessError> {
    Err(PreprocessError::Tensor(tr!(
        "{why}: save the input with numpy.save",
        why
    )))
}

/// A protobuf field of bytes: its tag, the length, the bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(bytes);
    out
}

fn read_proto(bytes: &[u8]) -> Result<NamedTensor, PreprocessError> {
    if bytes.is_empty() {
        return refuse(tr!("it is empty"));
    }
    // The reader begins with a model, so the tensor becomes the initializer (field 5) of a graph (field 7) of a model. A graph needs an
    // output (12); this one hands on its only input (11).
    let value = field(1, b"nothing");
    let graph = [field(5, bytes), field(11, &value), field(12, &value)].concat();
    let model = field(7, &graph);
    let graph = match read_model(&model, &ExternalFiles::none()) {
        Ok(graph) => graph,
        Err(error @ NetworkError::Invalid { .. }) => {
            return Err(PreprocessError::Tensor(error.to_string()));
        }
        Err(NetworkError::MissingExternalData { .. }) => {
            return refuse(tr!("its TensorProto has its data in another file"));
        }
        Err(NetworkError::NotOnnx { problem }) => {
            return refuse(&tr!(
                "it is no NPY, NPZ or TensorProto ({problem})",
                problem
            ));
        }
        Err(_) => return refuse(tr!("it is no NPY, NPZ or TensorProto")),
    };
    let Some((name, tensor)) = graph.constants.into_iter().next() else {
        return refuse(tr!("it is no NPY, NPZ or TensorProto"));
    };
    let values = match &tensor.data {
        TensorData::Float(values) => values.clone(),
        TensorData::Int(values) => values.iter().map(|&value| value as f32).collect(),
    };
    let shape = tensor.shape.clone();
    Ok(NamedTensor {
        name,
        tensor: InputTensor { shape, values },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `TensorProto` with one-byte lengths: dims (1), type (2), name (8), raw data (9).
    fn proto(dims: &[u8], data_type: u8, raw: &[u8]) -> Vec<u8> {
        let dims = dims.iter().flat_map(|&n| [1 << 3, n]);
        let head: Vec<u8> = dims.chain([2 << 3, data_type]).collect();
        [head, field(8, b"camera"), field(9, raw)].concat()
    }

    #[test]
    fn a_proto_holds_its_values_in_any_type() {
        let floats: Vec<u8> = [0.5_f32, -2.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let doubles: Vec<u8> = [0.5_f64, -2.0]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        let longs: Vec<u8> = [7_i64, -2].iter().flat_map(|v| v.to_le_bytes()).collect();
        let halves: Vec<u8> = [0x3800_u16, 0xc000]
            .iter()
            .flat_map(|v| v.to_le_bytes())
            .collect();
        for (data_type, raw, expected) in [
            (1, &floats[..], [0.5, -2.0]),
            (11, &doubles[..], [0.5, -2.0]),
            (7, &longs[..], [7.0, -2.0]),
            (10, &halves[..], [0.5, -2.0]),
            (2, &[3, 254][..], [3.0, 254.0]),
            (3, &[3, 254][..], [3.0, -2.0]),
        ] {
            let read = read_tensors(&proto(&[1, 2], data_type, raw)).expect("a tensor");
            assert_eq!(
                (read[0].name.as_str(), &read[0].tensor.shape[..]),
                ("camera", &[1, 2][..])
            );
            assert_eq!(read[0].tensor.values, expected, "type {data_type}");
        }
        // float_data (4), packed.
        let packed = [[1 << 3, 2, 2 << 3, 1].to_vec(), field(4, &floats)].concat();
        assert_eq!(
            read_tensors(&packed).expect("a tensor")[0].tensor.values,
            [0.5, -2.0]
        );
    }

    #[test]
    fn other_bytes_are_refused_in_a_sentence() {
        for (bytes, quoted) in [
            (&b""[..], "empty"),
            (b"not a tensor at all", "no NPY"),
            (b"\x93NUMPY\x01", "ends in its header"),
            (&proto(&[3], 1, &[0; 8]), "[3]"),
            (&proto(&[1], 8, b"text"), "number 8"),
        ] {
            let error = read_tensors(bytes).expect_err(quoted).to_string();
            assert!(error.contains(quoted), "{error}");
        }
    }
}
