//! One tensor of ONNX's `TensorProto` in a file, as ONNX's test data and many dump tools write it. Source: `onnx.proto`.

use super::npy::{self, ByteOrder};
use super::wire_fields::WireFields;
use super::{DecodeError, Limits};
use fathom_core::depth::{Dtype, Format, RawMap};
use fathom_core::i18n::{msgid, tr};

const EXPECTED: &str = msgid("a tensor of plain numbers with its data");

/// Types with the same bytes as numpy's: number in `onnx.proto`, type, bytes of a value.
const TYPES: [(u64, Dtype, usize); 11] = [
    (1, Dtype::F32, 4),
    (2, Dtype::U8, 1),
    (3, Dtype::I8, 1),
    (4, Dtype::U16, 2),
    (5, Dtype::I16, 2),
    (6, Dtype::I32, 4),
    (7, Dtype::I64, 8),
    (10, Dtype::F16, 2),
    (11, Dtype::F64, 8),
    (12, Dtype::U32, 4),
    (13, Dtype::U64, 8),
];

/// Fields of the message.
mod field {
    pub(super) const DIMS: u64 = 1;
    pub(super) const DATA_TYPE: u64 = 2;
    pub(super) const FLOAT_DATA: u64 = 4;
    pub(super) const INT32_DATA: u64 = 5;
    pub(super) const INT64_DATA: u64 = 7;
    pub(super) const NAME: u64 = 8;
    pub(super) const RAW_DATA: u64 = 9;
    pub(super) const DOUBLE_DATA: u64 = 10;
    pub(super) const UINT64_DATA: u64 = 11;
    pub(super) const LAST: u64 = 16;
}

/// A tensor's message.
#[derive(Default)]
struct Message<'a> {
    dims: Vec<u64>,
    data_type: Option<u64>,
    raw: Option<&'a [u8]>,
    /// Packed values of fixed length, as they lie in memory.
    fixed: Option<&'a [u8]>,
    /// Packed integers of variable length.
    packed: Option<&'a [u8]>,
}

/// Returns true for the message of a tensor: every byte belongs to a field, and shape, type and data are there.
pub(super) fn is_tensor(bytes: &[u8]) -> bool {
    // The first field is the shape in every writer.
    matches!(bytes.first(), Some(0x08 | 0x0a)) && parse(bytes).is_some()
}

#[inline(never)]
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Vec<RawMap>, DecodeError> {
    let refused = |found: &str| {
        DecodeError::unsuitable(
            found,
            EXPECTED,
            tr!("save the tensor with numpy.save, as numbers"),
        )
    };
    let message = parse(bytes).ok_or_else(|| refused(tr!("a damaged TensorProto")))?;
    let number = message.data_type.unwrap_or_default();
    let &(_, dtype, size) = TYPES
        .iter()
        .find(|t| t.0 == number)
        .ok_or_else(|| refused(&tr!("a TensorProto of type {number}", number)))?;
    let unpacked;
    let data = match (message.raw.or(message.fixed), message.packed) {
        (Some(data), _) => data,
        (None, Some(packed)) => {
            unpacked = integers(packed, size);
            &unpacked
        }
        (None, None) => return Err(refused(tr!("a TensorProto without data"))),
    };
    let mut maps = npy::decode_headerless((ByteOrder::Little, dtype), &message.dims, data, limits)?;
    for map in &mut maps {
        map.format = Format::TensorProto;
    }
    Ok(maps)
}

fn parse(bytes: &[u8]) -> Option<Message<'_>> {
    let mut message = Message::default();
    let mut fields = WireFields::new(bytes);
    for part in fields.by_ref() {
        match part.number {
            field::DIMS => match (part.integer, part.bytes) {
                (Some(length), _) => message.dims.push(length),
                (None, Some(packed)) => {
                    let mut lengths = WireFields::new(packed);
                    while let Some(length) = lengths.varint() {
                        message.dims.push(length);
                    }
                }
                (None, None) => return None,
            },
            field::DATA_TYPE => message.data_type = part.integer,
            field::RAW_DATA => message.raw = Some(part.bytes?),
            field::FLOAT_DATA | field::DOUBLE_DATA => message.fixed = Some(part.bytes?),
            field::INT32_DATA | field::INT64_DATA | field::UINT64_DATA => {
                message.packed = Some(part.bytes?);
            }
            field::NAME => {
                std::str::from_utf8(part.bytes?).ok()?;
            }
            0 => return None,
            number if number > field::LAST => return None,
            _ => {}
        }
    }
    let has_shape = (1..=8).contains(&message.dims.len());
    let is_whole = !fields.is_damaged() && has_shape && message.data_type.is_some();
    is_whole.then_some(message)
}

/// Integers of variable length, in the bytes of their type.
fn integers(packed: &[u8], size: usize) -> Vec<u8> {
    let mut values = WireFields::new(packed);
    let mut out = Vec::new();
    while let Some(value) = values.varint() {
        out.extend(&value.to_le_bytes()[..size]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::Samples;

    /// `onnx.numpy_helper.from_array(numpy.array([[0.5, 1.5, 2.5]], "float32"), "depth")`, as onnx 1.19 writes it.
    const FLOATS: &[u8] =
        b"\x08\x01\x08\x03\x10\x01\x42\x05depth\x4a\x0c\0\0\0\x3f\0\0\xc0\x3f\0\0\x20\x40";

    fn maps(bytes: &[u8]) -> Vec<RawMap> {
        decode(bytes, &Limits::default()).expect("a tensor")
    }

    #[test]
    fn raw_and_listed_data_are_read() {
        assert!(is_tensor(FLOATS));
        let Samples::F32(map) = &maps(FLOATS)[0].samples else {
            panic!("single precision");
        };
        assert_eq!(map.as_slice(), Some(&[0.5, 1.5, 2.5][..]));
        // The same numbers in `float_data`; and bytes 1, 2, 200 in `int32_data`, with packed lengths of the axes.
        let listed = b"\x08\x01\x08\x03\x10\x01\x22\x0c\0\0\0\x3f\0\0\xc0\x3f\0\0\x20\x40";
        assert_eq!(maps(listed)[0].samples, maps(FLOATS)[0].samples);
        let bytes = b"\x0a\x02\x01\x03\x10\x02\x2a\x04\x01\x02\xc8\x01";
        let Samples::U16(map) = &maps(bytes)[0].samples else {
            panic!("integers");
        };
        assert_eq!(map.as_slice(), Some(&[1, 2, 200][..]));
    }

    #[test]
    fn other_bytes_are_no_tensor() {
        for bytes in [
            &b""[..],
            b"\x08",
            b"\x08\x01",
            b"\x08\x01\x10\x01\xff",
            b"\x0aHello",
            &FLOATS[..FLOATS.len() - 1],
        ] {
            assert!(!is_tensor(bytes), "{bytes:?}");
        }
        let strings = b"\x08\x01\x10\x08\x32\x01a";
        let error = decode(strings, &Limits::default()).expect_err("text");
        assert!(error.to_string().contains("type 8"), "{error}");
        let short = b"\x08\x02\x08\x03\x10\x01\x4a\x04\0\0\0\x3f";
        assert!(decode(short, &Limits::default()).is_err());
    }
}
