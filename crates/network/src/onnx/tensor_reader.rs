//! Constants of an ONNX file: every numeric type, in the message, as raw bytes or in a file beside it.

use rten_onnx::onnx::{DataLocation, TensorProto};

use fathom_core::i18n::tr;

use crate::graph::{ElementType, Tensor, TensorData, element_count};
use crate::network_error::{NetworkError, quoted};
use crate::quantization::Minifloat;

use super::external_files::ExternalFiles;

/// Reads a tensor.
///
/// # Errors
/// If its type is unknown, its shape lies, or its data are absent.
pub(crate) fn read_tensor(
    proto: &TensorProto,
    files: &ExternalFiles<'_>,
) -> Result<Tensor, NetworkError> {
    let name = quoted(proto.name.as_deref().unwrap_or_default());
    let wrong = |problem: String| NetworkError::invalid(tr!("Tensor {name}", name), problem);
    let number = proto.data_type.map_or(0, |t| t.0);
    let element_type = ElementType::from_onnx(number).ok_or_else(|| {
        wrong(tr!(
            "its type has the number {number}, which is no number type",
            number
        ))
    })?;
    let shape = proto
        .dims
        .iter()
        .map(|&d| usize::try_from(d))
        .collect::<Result<Vec<usize>, _>>()
        .map_err(|_| wrong(tr!("its shape has a negative length").to_owned()))?;
    let count = element_count(&shape)
        .filter(|&n| n < isize::MAX as usize / 8)
        .ok_or_else(|| {
            wrong(tr!(
                "its shape {shape} is beyond any memory",
                shape = format_args!("{shape:?}")
            ))
        })?;
    let data = if proto.data_location == Some(DataLocation::EXTERNAL) {
        let bytes = external(proto, files, &name)?;
        from_bytes(element_type, bytes, count)
    } else if let Some(raw) = &proto.raw_data {
        from_bytes(element_type, &raw.borrow(), count)
    } else {
        from_fields(element_type, proto, count)
    };
    let data = data.ok_or_else(|| {
        wrong(tr!(
            "its shape {shape} needs {count} values of type {element_type}, and the file holds another number", shape = format_args!("{shape:?}"), count, element_type = format_args!("{element_type:?}")
        ))
    })?;
    Tensor::new(element_type, shape, data)
}

fn external<'a>(
    proto: &TensorProto,
    files: &ExternalFiles<'a>,
    name: &str,
) -> Result<&'a [u8], NetworkError> {
    let entry = |key: &str| {
        proto
            .external_data
            .iter()
            .find(|e| e.key.as_deref() == Some(key))
            .and_then(|e| e.value.as_deref())
    };
    let location = entry("location").unwrap_or_default();
    let Some(bytes) = files.find(location) else {
        return Err(NetworkError::MissingExternalData {
            tensor: name.to_owned(),
            file: quoted(location),
        });
    };
    let number = |key: &str| entry(key).and_then(|text| text.parse::<usize>().ok());
    let from = number("offset").unwrap_or(0);
    let to = number("length").map_or(bytes.len(), |n| from.saturating_add(n));
    bytes.get(from..to).ok_or_else(|| {
        NetworkError::invalid(
            tr!("Tensor {name}", name),
            tr!(
                "its data are bytes {from} to {to} of {}, which has {} bytes",
                quoted(location),
                bytes.len(),
                from,
                to
            ),
        )
    })
}

/// Little-endian values; `None` if there are too few. More are allowed only for types that fill bytes.
fn from_bytes(element_type: ElementType, bytes: &[u8], count: usize) -> Option<TensorData> {
    use ElementType as T;
    let bits = element_type.bits() as usize;
    let needed = count.checked_mul(bits)?.div_ceil(8);
    if bytes.len() != needed {
        return None;
    }
    let floats = |f: &dyn Fn(usize) -> f32| Some(TensorData::Float((0..count).map(f).collect()));
    let ints = |f: &dyn Fn(usize) -> i32| Some(TensorData::Int((0..count).map(f).collect()));
    // The length is checked above, so the arrays are whole.
    let two = |i: usize| [bytes[2 * i], bytes[2 * i + 1]];
    let four = |i: usize| {
        let at = 4 * i;
        [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
    };
    let eight = |i: usize| {
        let (a, b) = (four(2 * i), four(2 * i + 1));
        [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]]
    };
    match element_type {
        T::Float32 => floats(&|i| f32::from_le_bytes(four(i))),
        T::Float64 => floats(&|i| f64::from_le_bytes(eight(i)) as f32),
        T::Float16 => floats(&|i| half::f16::from_le_bytes(two(i)).to_f32()),
        T::BFloat16 => floats(&|i| half::bf16::from_le_bytes(two(i)).to_f32()),
        T::Int8 => ints(&|i| i32::from(bytes[i] as i8)),
        T::UInt8 => ints(&|i| i32::from(bytes[i])),
        T::Bool => ints(&|i| i32::from(bytes[i] != 0)),
        T::Int16 => ints(&|i| i32::from(i16::from_le_bytes(two(i)))),
        T::UInt16 => ints(&|i| i32::from(u16::from_le_bytes(two(i)))),
        T::Int32 => ints(&|i| i32::from_le_bytes(four(i))),
        T::UInt32 => ints(&|i| saturated(u32::from_le_bytes(four(i)).into())),
        T::Int64 => ints(&|i| saturated(i64::from_le_bytes(eight(i)).into())),
        T::UInt64 => ints(&|i| saturated(u64::from_le_bytes(eight(i)).into())),
        T::Int4 | T::UInt4 | T::Int2 | T::UInt2 => ints(&|i| packed(element_type, bytes, i)),
        T::Float4E2M1 => floats(&|i| Minifloat::E2M1.decode(packed(T::UInt4, bytes, i) as u8)),
        T::Float8E4M3FN | T::Float8E4M3FNUZ | T::Float8E5M2 | T::Float8E5M2FNUZ => {
            let format = minifloat(element_type)?;
            floats(&|i| format.decode(bytes[i]))
        }
    }
}

fn minifloat(element_type: ElementType) -> Option<Minifloat> {
    Some(match element_type {
        ElementType::Float8E4M3FN => Minifloat::E4M3FN,
        ElementType::Float8E4M3FNUZ => Minifloat::E4M3FNUZ,
        ElementType::Float8E5M2 => Minifloat::E5M2,
        ElementType::Float8E5M2FNUZ => Minifloat::E5M2FNUZ,
        ElementType::Float4E2M1 => Minifloat::E2M1,
        _ => return None,
    })
}

/// A value of 2 or 4 bits; the first lies in the low bits of a byte.
fn packed(element_type: ElementType, bytes: &[u8], index: usize) -> i32 {
    let bits = element_type.bits() as usize;
    let per_byte = 8 / bits;
    let mask = (1_u8 << bits) - 1;
    let value = (bytes[index / per_byte] >> (bits * (index % per_byte))) & mask;
    let is_signed = matches!(element_type, ElementType::Int4 | ElementType::Int2);
    let sign = 1_u8 << (bits - 1);
    if is_signed && value & sign != 0 {
        i32::from(value) - (1 << bits)
    } else {
        i32::from(value)
    }
}

/// Beyond 32 bits only ends of slices ("to the end") occur in networks; the runtime saturates them too.
fn saturated(value: i128) -> i32 {
    value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
}

/// Values in the message's typed fields.
fn from_fields(element_type: ElementType, proto: &TensorProto, count: usize) -> Option<TensorData> {
    use ElementType as T;
    let whole = |n: usize| (n == count).then_some(());
    match element_type {
        T::Float32 => {
            whole(proto.float_data.len())?;
            Some(TensorData::Float(proto.float_data.clone()))
        }
        T::Float64 => {
            whole(proto.double_data.len())?;
            let values = proto.double_data.iter().map(|&v| v as f32);
            Some(TensorData::Float(values.collect()))
        }
        T::Int64 => {
            whole(proto.int64_data.len())?;
            let values = proto.int64_data.iter().map(|&v| saturated(v.into()));
            Some(TensorData::Int(values.collect()))
        }
        // These lie in `uint64_data`, which the reader of the message drops.
        T::UInt32 | T::UInt64 => None,
        T::Int4 | T::UInt4 | T::Int2 | T::UInt2 | T::Float4E2M1 => {
            let bytes: Vec<u8> = proto.int32_data.iter().map(|&v| v as u8).collect();
            from_bytes(element_type, &bytes, count)
        }
        T::Float16 | T::BFloat16 => {
            whole(proto.int32_data.len())?;
            let decode = |bits: u16| match element_type {
                T::Float16 => half::f16::from_bits(bits).to_f32(),
                _ => half::bf16::from_bits(bits).to_f32(),
            };
            let values = proto.int32_data.iter().map(|&v| decode(v as u16));
            Some(TensorData::Float(values.collect()))
        }
        T::Float8E4M3FN | T::Float8E4M3FNUZ | T::Float8E5M2 | T::Float8E5M2FNUZ => {
            whole(proto.int32_data.len())?;
            let format = minifloat(element_type)?;
            let values = proto.int32_data.iter().map(|&v| format.decode(v as u8));
            Some(TensorData::Float(values.collect()))
        }
        T::Int8 | T::UInt8 | T::Int16 | T::UInt16 | T::Int32 | T::Bool => {
            whole(proto.int32_data.len())?;
            Some(TensorData::Int(proto.int32_data.clone()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use rten_onnx::onnx::{DataType, StringStringEntryProto};

    use super::*;

    fn raw(number: i32, dims: &[i64], bytes: &[u8]) -> TensorProto {
        TensorProto {
            name: Some("w".to_owned()),
            data_type: Some(DataType(number)),
            dims: dims.to_vec(),
            raw_data: Some(RefCell::new(bytes.to_vec())),
            ..TensorProto::default()
        }
    }

    #[test]
    fn every_width_is_read() {
        let rows: [(i32, &[u8], TensorData); 7] = [
            (22, &[0x7f, 0x08], TensorData::Int(vec![-1, 7, -8])),
            (21, &[0x7f, 0x08], TensorData::Int(vec![15, 7, 8])),
            (26, &[0b11_10_01_00], TensorData::Int(vec![0, 1, -2])),
            (
                4,
                &[1, 0, 0, 1, 255, 255],
                TensorData::Int(vec![1, 256, 65535]),
            ),
            (
                16,
                &[0x80, 0x3f, 0, 0, 0x80, 0xbf],
                TensorData::Float(vec![1.0, 0.0, -1.0]),
            ),
            (
                17,
                &[0x38, 0, 0xb8],
                TensorData::Float(vec![1.0, 0.0, -1.0]),
            ),
            (9, &[1, 0, 2], TensorData::Int(vec![1, 0, 1])),
        ];
        for (number, bytes, expected) in rows {
            let tensor = read_tensor(&raw(number, &[3], bytes), &ExternalFiles::none());
            assert_eq!(tensor.expect("a tensor").data, expected, "type {number}");
        }
    }

    #[test]
    fn shapes_that_lie_are_refused() {
        let none = ExternalFiles::none();
        for dims in [&[1 << 30][..], &[-1], &[i64::MAX, i64::MAX], &[3]] {
            let text = read_tensor(&raw(1, dims, &[0; 8]), &none)
                .expect_err("too few bytes")
                .to_string();
            assert!(text.starts_with("Tensor w: its shape"), "{text}");
        }
        assert!(read_tensor(&raw(8, &[1], &[0]), &none).is_err());
    }

    #[test]
    fn data_lie_in_another_file() {
        let entry = |key: &str, value: &str| StringStringEntryProto {
            key: Some(key.to_owned()),
            value: Some(value.to_owned()),
        };
        let mut proto = raw(3, &[2], &[]);
        proto.data_location = Some(DataLocation::EXTERNAL);
        proto.external_data = vec![
            entry("location", "w.bin"),
            entry("offset", "1"),
            entry("length", "2"),
        ];
        let missing = read_tensor(&proto, &ExternalFiles::none()).expect_err("no file");
        assert!(missing.to_string().contains("file w.bin"), "{missing}");
        let files = ExternalFiles::new([("w.bin".to_owned(), &[9_u8, 1, 255, 9][..])]);
        let tensor = read_tensor(&proto, &files).expect("a tensor");
        assert_eq!(tensor.data, TensorData::Int(vec![1, -1]));
        let short = ExternalFiles::new([("w.bin".to_owned(), &[9_u8, 1][..])]);
        assert!(read_tensor(&proto, &short).is_err());
    }
}
