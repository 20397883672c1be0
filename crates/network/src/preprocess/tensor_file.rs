//! Prepared inputs: NPY, NPZ, and ONNX's `TensorProto` as in the `.pb` files of its test data.

use super::input_tensor::{InputTensor, MAX_PIXELS};
use super::preprocess_error::PreprocessError;
use fathom_decode::{Limits, arrays};
use half::f16;
use rten_onnx::onnx::{DataType, ModelProto, TensorProto};

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
/// [`PreprocessError::Tensor`] for other files, for types that are no numbers, and for arrays of more than 2^28 numbers.
pub fn read_tensors(bytes: &[u8]) -> Result<Vec<NamedTensor>, PreprocessError> {
    let is_numpy = bytes.starts_with(b"\x93NUMPY") || bytes.starts_with(b"PK\x03\x04");
    if !is_numpy {
        return Ok(vec![read_proto(bytes)?]);
    }
    let limits = Limits {
        // Batches and channels multiply the pixels.
        max_pixels: 4 * MAX_PIXELS as u64,
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
    Err(PreprocessError::Tensor(format!(
        "{why}: save the input with numpy.save"
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
    // The parser of rten-onnx begins with a model, so the tensor becomes the initializer (field 5) of a graph (field 7) of a model.
    let model = field(7, &field(5, bytes));
    let tensor = ModelProto::parse_buf(&model)
        .ok()
        .and_then(|model| model.graph?.initializer.into_iter().next());
    let Some(tensor) = tensor else {
        return refuse("it is no NPY, NPZ or TensorProto");
    };
    // Text read as a protobuf may pass as a message of unknown fields.
    let Some(data_type) = tensor.data_type else {
        return refuse("it is no NPY, NPZ or TensorProto with a type");
    };
    if !tensor.external_data.is_empty() {
        return refuse("its TensorProto has its data in another file");
    }
    let mut count = Some(1_usize);
    let mut shape = Vec::new();
    for &length in &tensor.dims {
        let Ok(length) = usize::try_from(length) else {
            return refuse("its TensorProto has a negative shape");
        };
        count = count.and_then(|count| count.checked_mul(length));
        shape.push(length);
    }
    let Some(values) = values(&tensor, data_type) else {
        return refuse(&format!(
            "its TensorProto has the type {}, which is not read",
            data_type.name().unwrap_or("of an unknown number")
        ));
    };
    if count != Some(values.len()) || values.len() > 4 * MAX_PIXELS {
        return refuse(&format!(
            "its TensorProto has {} values for the shape {shape:?}",
            values.len()
        ));
    }
    Ok(NamedTensor {
        name: tensor.name.unwrap_or_default(),
        tensor: InputTensor { shape, values },
    })
}

/// The values in single precision, or nothing for a type that is not read.
fn values(tensor: &TensorProto, data_type: DataType) -> Option<Vec<f32>> {
    let raw = tensor.raw_data.as_ref().map(std::cell::RefCell::borrow);
    let raw = raw.as_ref().map(|raw| raw.as_slice());
    let ints = || tensor.int32_data.iter().map(|&v| v as f32).collect();
    let wide = |bytes: &[u8]| <[u8; 8]>::try_from(bytes).unwrap_or_default();
    let word = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).unwrap_or_default();
    let half = |bytes: &[u8]| <[u8; 2]>::try_from(bytes).unwrap_or_default();
    Some(match (data_type, raw) {
        (DataType::FLOAT, None) => tensor.float_data.clone(),
        (DataType::FLOAT, Some(raw)) => map(raw, 4, |b| f32::from_le_bytes(word(b))),
        (DataType::DOUBLE, None) => tensor.double_data.iter().map(|&v| v as f32).collect(),
        (DataType::DOUBLE, Some(raw)) => map(raw, 8, |b| f64::from_le_bytes(wide(b)) as f32),
        (DataType::INT64, None) => tensor.int64_data.iter().map(|&v| v as f32).collect(),
        (DataType::INT64, Some(raw)) => map(raw, 8, |b| i64::from_le_bytes(wide(b)) as f32),
        (DataType::INT32, Some(raw)) => map(raw, 4, |b| i32::from_le_bytes(word(b)) as f32),
        (DataType::UINT8 | DataType::BOOL, Some(raw)) => map(raw, 1, |b| f32::from(b[0])),
        (DataType::INT8, Some(raw)) => map(raw, 1, |b| f32::from(b[0] as i8)),
        (DataType::FLOAT16, Some(raw)) => map(raw, 2, |b| f16::from_le_bytes(half(b)).to_f32()),
        // Half precision without raw data is stored as bits in 32-bit integers.
        (DataType::FLOAT16, None) => {
            let bits = tensor.int32_data.iter();
            bits.map(|&bits| f16::from_bits(bits as u16).to_f32())
                .collect()
        }
        (DataType::INT32 | DataType::UINT8 | DataType::INT8 | DataType::BOOL, None) => ints(),
        _ => return None,
    })
}

fn map(raw: &[u8], size: usize, value: impl Fn(&[u8]) -> f32) -> Vec<f32> {
    raw.chunks_exact(size).map(value).collect()
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
            (&b""[..], "no NPY"),
            (b"not a tensor at all", "no NPY"),
            (b"\x93NUMPY\x01", "ends in its header"),
            (&proto(&[3], 1, &[0; 8]), "2 values for the shape [3]"),
            (&proto(&[1], 8, b"text"), "STRING"),
        ] {
            let error = read_tensors(bytes).expect_err(quoted).to_string();
            assert!(error.contains(quoted), "{error}");
        }
    }
}
