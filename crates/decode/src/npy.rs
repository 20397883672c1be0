//! NPY files, versions 1.0 to 3.0, through the `npyz` crate: a numpy array with one map or a stack of frames.
//!
//! The header is checked before the crate parses it. The crate would allocate what the header claims, and recurse as deep as brackets
//! nest. Object arrays are refused; nothing is unpickled.

use std::cell::RefCell;

use super::integers::{Narrowed, narrow};
use super::{DecodeError, Limits};
use fathom_core::depth::{Dtype, Format, RawMap, Samples};
use fathom_core::i18n::{msgid, tr};
use ndarray::{Array2, Array3, ArrayD, Axis, IxDyn, ShapeBuilder};
use npyz::{DType, Deserialize, NpyFile, NpyHeader, Order};

/// Largest header. numpy refuses more than 10,000 characters itself, padding included.
const MAX_HEADER_BYTES: usize = 16_384;

/// Deepest nesting of brackets. The header of a plain array has 2.
const MAX_NESTING: usize = 8;

/// Largest number of decimal digits in a header. The product of its numbers is then below 10^19 and fits into 64 bits.
const MAX_DIGITS: usize = 19;

thread_local! {
    /// The last parsed header, with its bytes.
    static LAST_HEADER: RefCell<Option<(Vec<u8>, NpyHeader)>> = const { RefCell::new(None) };
}

const EXPECTED: &str = msgid("a 2-D array of numbers, or a stack of them");

#[inline(never)]
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Vec<RawMap>, DecodeError> {
    let data_at = data_start(bytes)?;
    let header = header(&bytes[..data_at])?;
    let dtype = dtype(&header.dtype())?;
    let stack = stack(header.shape(), dtype)?;
    limits.check_size(stack.width * stack.frames, stack.height)?;
    let size = header.dtype().num_bytes().unwrap_or(usize::MAX) as u64;
    let needed = stack.frames * stack.width * stack.height * size;
    check_data(&header, dtype, (bytes.len() - data_at) as u64, needed)?;
    let fortran = header.order() == Order::Fortran;
    let shape = (
        stack.frames as usize,
        stack.height as usize,
        stack.width as usize,
    )
        .set_f(fortran);
    let file = NpyFile::with_header(header, &bytes[data_at..]);
    Ok(split_frames(samples(file, dtype, shape)?)
        .into_iter()
        .map(|samples| RawMap::new(samples, Format::Npy, dtype))
        .collect())
}

/// Reads samples that have no header of their own. The last axis of `shape` is the fastest.
pub(super) fn decode_headerless(
    (order, dtype): (ByteOrder, Dtype),
    shape: &[u64],
    data: &[u8],
    limits: &Limits,
) -> Result<Vec<RawMap>, DecodeError> {
    let descr = format!("{}{}", order.sign(), short_name(dtype));
    let axes: Vec<String> = shape.iter().map(|n| format!("{n},")).collect();
    let text = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({})}}\n",
        axes.concat()
    );
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    let mut file = b"\x93NUMPY\x01\0".to_vec();
    file.extend(length.to_le_bytes());
    file.extend(text.bytes());
    file.extend(data);
    decode(&file, limits)
}

/// The byte order of samples without a header.
#[derive(Clone, Copy, Debug)]
pub(super) enum ByteOrder {
    Little,
    /// That of this machine.
    Native,
}

impl ByteOrder {
    fn sign(self) -> char {
        match self {
            Self::Native if cfg!(target_endian = "big") => '>',
            Self::Little | Self::Native => '<',
        }
    }
}

/// numpy's name of a type without its byte order.
fn short_name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::Bool => "b1",
        Dtype::U8 => "u1",
        Dtype::U16 => "u2",
        Dtype::U32 => "u4",
        Dtype::U64 => "u8",
        Dtype::I8 => "i1",
        Dtype::I16 => "i2",
        Dtype::I32 => "i4",
        Dtype::I64 => "i8",
        Dtype::F16 => "f2",
        Dtype::F32 => "f4",
        Dtype::F64 => "f8",
    }
}

/// Shape and values of an array with any number of axes, the last axis fastest.
pub(super) fn array_values(
    bytes: &[u8],
    limits: &Limits,
) -> Result<(Vec<usize>, Vec<f32>), DecodeError> {
    let data_at = data_start(bytes)?;
    let header = header(&bytes[..data_at])?;
    let dtype = dtype(&header.dtype())?;
    let count: u64 = header.shape().iter().product();
    limits.check_size(count, 1)?;
    let size = header.dtype().num_bytes().unwrap_or(usize::MAX) as u64;
    check_data(&header, dtype, (bytes.len() - data_at) as u64, count * size)?;
    let shape: Vec<usize> = header.shape().iter().map(|&n| n as usize).collect();
    let fortran = header.order() == Order::Fortran;
    let file = NpyFile::with_header(header, &bytes[data_at..]);
    let values = single_precision(file, dtype)?;
    if !fortran || shape.len() < 2 {
        return Ok((shape, values));
    }
    let array = ArrayD::from_shape_vec(IxDyn(&shape).f(), values).map_err(|e| {
        DecodeError::damaged(tr!("data that do not fit the shape ({e})", e), EXPECTED)
    })?;
    Ok((shape, array.iter().copied().collect()))
}

/// The error for a file of another format.
pub(super) fn not_an_array() -> DecodeError {
    DecodeError::unsuitable(
        tr!("a file that is neither NPY nor NPZ"),
        tr!("an array of numbers"),
        tr!("save the array with numpy.save"),
    )
}

fn single_precision(file: NpyFile<&[u8]>, dtype: Dtype) -> Result<Vec<f32>, DecodeError> {
    fn cast<T: Deserialize>(
        file: NpyFile<&[u8]>,
        to: impl Fn(T) -> f32,
    ) -> Result<Vec<f32>, DecodeError> {
        Ok(read_values::<T>(file)?.into_iter().map(to).collect())
    }
    match dtype {
        Dtype::Bool => cast(file, |v: bool| f32::from(u8::from(v))),
        Dtype::U8 => cast(file, |v: u8| f32::from(v)),
        Dtype::U16 => cast(file, |v: u16| f32::from(v)),
        Dtype::I8 => cast(file, |v: i8| f32::from(v)),
        Dtype::I16 => cast(file, |v: i16| f32::from(v)),
        Dtype::I32 => cast(file, |v: i32| v as f32),
        Dtype::I64 => cast(file, |v: i64| v as f32),
        Dtype::U32 => cast(file, |v: u32| v as f32),
        Dtype::U64 => cast(file, |v: u64| v as f32),
        Dtype::F16 => cast(file, |v: half::f16| f32::from(v)),
        Dtype::F32 => cast(file, |v: f32| v),
        Dtype::F64 => cast(file, |v: f64| v as f32),
    }
}

/// Returns an error if a file has fewer bytes of data than its header claims.
fn check_data(
    header: &NpyHeader,
    dtype: Dtype,
    available: u64,
    needed: u64,
) -> Result<(), DecodeError> {
    if available >= needed {
        return Ok(());
    }
    Err(DecodeError::damaged(
        tr!(
            "an NPY file with {there} bytes of data for {} {} samples",
            shape_text(header.shape()),
            dtype.name(),
            there = available
        ),
        tr!("{needed} bytes", needed),
    ))
}

/// Type and shape of a readable array.
pub(super) fn describe(bytes: &[u8]) -> Result<(Dtype, Vec<u64>), DecodeError> {
    let header = header(&bytes[..data_start(bytes)?])?;
    let dtype = dtype(&header.dtype())?;
    stack(header.shape(), dtype)?;
    Ok((dtype, header.shape().to_vec()))
}

/// The offset of the data, after checks that the header is complete and safe.
fn data_start(bytes: &[u8]) -> Result<usize, DecodeError> {
    let truncated = || {
        DecodeError::damaged(
            tr!("an NPY file that ends in its header"),
            tr!("a complete NPY file"),
        )
    };
    let version = bytes.get(6).copied().ok_or_else(truncated)?;
    let (text_at, length) = match version {
        1 => {
            let length = bytes.get(8..10).ok_or_else(truncated)?;
            (10, usize::from(u16::from_le_bytes([length[0], length[1]])))
        }
        2 | 3 => {
            let l = bytes.get(8..12).ok_or_else(truncated)?;
            (12, u32::from_le_bytes([l[0], l[1], l[2], l[3]]) as usize)
        }
        other => {
            return Err(DecodeError::unsuitable(
                tr!("NPY version {other}", other),
                tr!("version 1, 2 or 3"),
                tr!("save the array again with numpy.save"),
            ));
        }
    };
    if length > MAX_HEADER_BYTES {
        return Err(DecodeError::damaged(
            tr!("an NPY header that claims {length} bytes", length),
            tr!("at most {MAX_HEADER_BYTES}", MAX_HEADER_BYTES),
        ));
    }
    let text = bytes.get(text_at..text_at + length).ok_or_else(truncated)?;
    if !is_safe(text) {
        return Err(DecodeError::unsuitable(
            tr!("an NPY header that is not that of a plain array"),
            EXPECTED,
            tr!("save the depth array itself with numpy.save"),
        ));
    }
    Ok(text_at + length)
}

/// Parses a header that passed the checks. The files of a set share a header, which is parsed once.
fn header(bytes: &[u8]) -> Result<NpyHeader, DecodeError> {
    LAST_HEADER.with_borrow_mut(|last| match last {
        Some((known, header)) if known == bytes => Ok(header.clone()),
        _ => {
            let header = parse(bytes)?;
            *last = Some((bytes.to_vec(), header.clone()));
            Ok(header)
        }
    })
}

fn parse(bytes: &[u8]) -> Result<NpyHeader, DecodeError> {
    let mut text = bytes.to_vec();
    blank_long_suffixes(&mut text);
    NpyHeader::from_reader(text.as_slice()).map_err(|e| {
        if mentions_objects(&text) {
            return objects_error();
        }
        // The crate draws a syntax error over several lines, which does not fit into a sentence.
        let text = e.to_string();
        let why = if text.contains('\n') {
            tr!("its text is not what numpy writes")
        } else {
            &text
        };
        DecodeError::damaged(
            tr!("an NPY header that cannot be read ({why})", why),
            EXPECTED,
        )
    })
}

/// Blanks the `L` in a shape such as `(480L, 640L)`, which Python 2 wrote on Windows. An `L` in a name belongs to a record, which is
/// refused anyway.
fn blank_long_suffixes(text: &mut [u8]) {
    let mut previous = 0_u8;
    for byte in text {
        if previous.is_ascii_digit() && *byte == b'L' {
            *byte = b' ';
        }
        previous = *byte;
    }
}

/// Returns true if a header that the crate refuses names objects. Python 2 gave them a size, as in `|O4`.
fn mentions_objects(text: &[u8]) -> bool {
    text.split(|b| matches!(b, b'\'' | b'"')).any(|word| {
        let word = word.strip_prefix(b"|").unwrap_or(word);
        word.strip_prefix(b"O")
            .is_some_and(|size| size.iter().all(u8::is_ascii_digit))
    })
}

fn objects_error() -> DecodeError {
    DecodeError::unsuitable(
        tr!("an NPY of Python objects, which would run code to read"),
        EXPECTED,
        tr!("save the depth array itself, as numbers"),
    )
}

/// Returns true if the parser can read a header safely: shallow brackets, and so few decimal digits outside quotes that products of its
/// numbers cannot overflow.
fn is_safe(text: &[u8]) -> bool {
    let (mut depth, mut deepest, mut digits) = (0_usize, 0, 0);
    let mut quote = None;
    for &byte in text {
        match (quote, byte) {
            // An escape could hide the end of a string, and another base a large number. numpy writes neither.
            (_, b'\\') | (None, b'x' | b'X' | b'o' | b'O' | b'b' | b'B') => return false,
            (Some(open), close) if open == close => quote = None,
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            (None, b'0'..=b'9') => digits += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest <= MAX_NESTING && digits <= MAX_DIGITS
}

/// The sample type, if it is a plain number.
fn dtype(dtype: &DType) -> Result<Dtype, DecodeError> {
    let refuse = |what: String, remedy: &str| Err(DecodeError::unsuitable(what, EXPECTED, remedy));
    if dtype.uses_pickled_array() {
        return Err(objects_error());
    }
    let DType::Plain(plain) = dtype else {
        return refuse(
            tr!("an NPY of records with several fields").to_owned(),
            tr!("save the field with depth by itself"),
        );
    };
    let text = plain.to_string();
    match text.trim_start_matches(['<', '>', '|', '=']) {
        "b1" => Ok(Dtype::Bool),
        "u1" => Ok(Dtype::U8),
        "u2" => Ok(Dtype::U16),
        "u4" => Ok(Dtype::U32),
        "u8" => Ok(Dtype::U64),
        "i1" => Ok(Dtype::I8),
        "i2" => Ok(Dtype::I16),
        "i4" => Ok(Dtype::I32),
        "i8" => Ok(Dtype::I64),
        "f2" => Ok(Dtype::F16),
        "f4" => Ok(Dtype::F32),
        "f8" => Ok(Dtype::F64),
        other if other.starts_with(['U', 'S', 'a']) => refuse(
            tr!("an NPY of text ({text})", text),
            tr!("save the depth array itself, as numbers"),
        ),
        other if other.starts_with('c') => refuse(
            tr!("an NPY of complex numbers ({text})", text),
            tr!("save the part that is depth"),
        ),
        _ => refuse(
            tr!("an NPY of type {text}", text),
            tr!("convert it with array.astype(\"float32\")"),
        ),
    }
}

/// Numbers of frames, rows and columns.
#[derive(Clone, Copy)]
struct StackSize {
    frames: u64,
    height: u64,
    width: u64,
}

/// A shape in numpy's notation.
pub(super) fn shape_text(shape: &[u64]) -> String {
    let axes: Vec<String> = shape.iter().map(u64::to_string).collect();
    format!("({})", axes.join(", "))
}

/// Numbers of frames, rows and columns, without unit axes.
fn stack(shape: &[u64], dtype: Dtype) -> Result<StackSize, DecodeError> {
    let refuse =
        |found: String, remedy: &str| Err(DecodeError::unsuitable(found, EXPECTED, remedy));
    let found = || tr!("a {}-D array of shape {}", shape.len(), shape_text(shape));
    let map = |height, width| {
        Ok(StackSize {
            frames: 1,
            height,
            width,
        })
    };
    if shape.contains(&0) {
        return refuse(
            tr!("an empty array of shape {}", shape_text(shape)),
            tr!("save the array with its data"),
        );
    }
    if let &[height, width] = shape {
        return map(height, width);
    }
    let axes: Vec<u64> = shape.iter().copied().filter(|&n| n != 1).collect();
    match (axes.as_slice(), shape.len()) {
        (&[height, width], 3 | 4) => map(height, width),
        // In shapes such as (1, 1, w, 1), one long axis is a row; other layouts are ambiguous.
        (&[width], 3 | 4) => map(1, width),
        (&[], 3 | 4) => map(1, 1),
        (&[_, _, 3 | 4], 3 | 4) => refuse(
            tr!("{}, a colour picture by its last axis", found()),
            tr!("save the depth array, not a picture of it"),
        ),
        (&[3 | 4, _, _], 3 | 4) if dtype == Dtype::U8 => refuse(
            tr!("{}, a colour picture by its first axis", found()),
            tr!("save the depth array, not a picture of it"),
        ),
        (&[frames, height, width], 3 | 4) => Ok(StackSize {
            frames,
            height,
            width,
        }),
        (_, 0 | 1) => refuse(found(), tr!("save it with its rows and columns")),
        _ => refuse(found(), tr!("save each map by itself")),
    }
}

type StackShape = ndarray::Shape<ndarray::Ix3>;

/// The samples of all frames, shape (frames, height, width).
enum Volume {
    U16(Array3<u16>),
    F32(Array3<f32>),
    F64(Array3<f64>),
}

/// The frames one by one.
fn split_frames(volume: Volume) -> Vec<Samples> {
    fn split<T: Clone>(volume: Array3<T>, of: fn(Array2<T>) -> Samples) -> Vec<Samples> {
        if volume.dim().0 == 1 {
            // A single frame needs no copy.
            return vec![of(volume.remove_axis(Axis(0)))];
        }
        volume
            .outer_iter()
            .map(|plane| of(plane.to_owned()))
            .collect()
    }
    match volume {
        Volume::U16(v) => split(v, Samples::U16),
        Volume::F32(v) => split(v, Samples::F32),
        Volume::F64(v) => split(v, Samples::F64),
    }
}

fn samples(file: NpyFile<&[u8]>, dtype: Dtype, shape: StackShape) -> Result<Volume, DecodeError> {
    Ok(match dtype {
        Dtype::Bool => Volume::U16(array(
            read_values::<bool>(file)?.into_iter().map(u16::from),
            shape,
        )?),
        Dtype::U8 => Volume::U16(array(
            read_values::<u8>(file)?.into_iter().map(u16::from),
            shape,
        )?),
        Dtype::U16 => Volume::U16(volume_of(read_values(file)?, shape)?),
        Dtype::F16 => {
            let values = read_values::<half::f16>(file)?;
            Volume::F32(array(values.into_iter().map(f32::from), shape)?)
        }
        Dtype::F32 => Volume::F32(volume_of(read_values(file)?, shape)?),
        Dtype::F64 => Volume::F64(volume_of(read_values(file)?, shape)?),
        Dtype::I8 => integers(&read_values::<i8>(file)?, shape)?,
        Dtype::I16 => integers(&read_values::<i16>(file)?, shape)?,
        Dtype::I32 => integers(&read_values::<i32>(file)?, shape)?,
        Dtype::I64 => integers(&read_values::<i64>(file)?, shape)?,
        Dtype::U32 => integers(&read_values::<u32>(file)?, shape)?,
        Dtype::U64 => integers(&read_values::<u64>(file)?, shape)?,
    })
}

fn read_values<T: Deserialize>(file: NpyFile<&[u8]>) -> Result<Vec<T>, DecodeError> {
    file.into_vec()
        .map_err(|e| DecodeError::damaged(tr!("NPY data that cannot be read ({e})", e), EXPECTED))
}

fn array<T>(values: impl Iterator<Item = T>, shape: StackShape) -> Result<Array3<T>, DecodeError> {
    volume_of(values.collect(), shape)
}

fn volume_of<T>(values: Vec<T>, shape: StackShape) -> Result<Array3<T>, DecodeError> {
    Array3::from_shape_vec(shape, values)
        .map_err(|e| DecodeError::damaged(tr!("data that do not fit the shape ({e})", e), EXPECTED))
}

fn integers<T: Copy + TryInto<u16> + Into<i128>>(
    values: &[T],
    shape: StackShape,
) -> Result<Volume, DecodeError> {
    Ok(match narrow(values)? {
        Narrowed::Codes(codes) => Volume::U16(volume_of(codes, shape)?),
        Narrowed::Wide(wide) => Volume::F64(volume_of(wide, shape)?),
    })
}
