//! Greyscale PNG of 1 to 16 bits, through the `png` crate.
//!
//! Samples keep their stored values: a 4-bit file has codes 0 to 15. Three equal channels are read as grey, with a notice. Other
//! colours are bytes of an integer, or a picture of depth, which is refused.

use std::io::Cursor;

use super::{DecodeError, Limits, packed_colours};
use fathom_core::depth::{Dtype, Format, RawMap, Samples};
use fathom_core::i18n::{msgid, tr};
use ndarray::Array2;
use png::{BitDepth, ColorType, Decoder, DecodingError, Transformations};

/// Memory of the decoder besides its output, in bytes: one row, the palette, text chunks. 64 MB suffice for the widest map.
const WORKING_BYTES: usize = 64 << 20;

/// Largest ratio of unpacked to packed size in deflate: 258 bytes from two bits. Files that claim more get no memory.
const MAX_DEFLATE_RATIO: usize = 1032;

const EXPECTED: &str = msgid("one grey channel");

#[inline(never)]
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<RawMap, DecodeError> {
    let mut decoder = Decoder::new_with_limits(
        Cursor::new(bytes),
        png::Limits {
            bytes: WORKING_BYTES,
        },
    );
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(damaged)?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    let (colour, depth) = (info.color_type, info.bit_depth);
    limits.check_size(u64::from(width), u64::from(height))?;
    let channels = channels(colour, depth)?;
    let size = reader.output_buffer_size().ok_or(DecodeError::TooLarge {
        width: u64::from(width),
        height: u64::from(height),
        max_pixels: limits.max_pixels,
    })?;
    if size / MAX_DEFLATE_RATIO > bytes.len() {
        return Err(DecodeError::damaged(
            tr!(
                "a PNG of {} bytes that claims {width} x {height} pixels",
                bytes.len(),
                width,
                height
            ),
            tr!("data for that many"),
        ));
    }
    let mut data = vec![0; size];
    reader.next_frame(&mut data).map_err(damaged)?;
    let row_bytes = data.len() / height.max(1) as usize;
    let shape = (height as usize, width as usize);
    if channels > 1 && depth == BitDepth::Eight && !is_grey(&data, channels) {
        let unpacked = packed_colours::unpack(&data, channels, shape)?;
        let unpacked = unpacked.ok_or_else(|| colour_error(&data, channels))?;
        let mut map = RawMap::new(unpacked.samples, Format::Png, unpacked.dtype);
        map.notices.push(unpacked.notice);
        return Ok(map);
    }
    let mut notices = Vec::new();
    if channels > 1 {
        notices.push(tr!("its three colour channels are equal, so it is read as grey").to_owned());
    }
    let samples = unpack(&data, row_bytes, width as usize, channels, depth)?;
    let array = Array2::from_shape_vec(shape, samples).map_err(|_| {
        DecodeError::damaged(tr!("rows of unequal length"), tr!("a complete picture"))
    })?;
    let dtype = if depth == BitDepth::Sixteen {
        Dtype::U16
    } else {
        Dtype::U8
    };
    Ok(RawMap {
        notices,
        ..RawMap::new(Samples::U16(array), Format::Png, dtype)
    })
}

/// Number of channels of a colour type that can be depth.
fn channels(colour: ColorType, depth: BitDepth) -> Result<usize, DecodeError> {
    let refuse = |found: &str| {
        Err(DecodeError::unsuitable(
            found,
            EXPECTED,
            tr!("use the file with depth values, not a picture made of it"),
        ))
    };
    match colour {
        ColorType::Grayscale => Ok(1),
        ColorType::Rgb => Ok(3),
        ColorType::Indexed => refuse(tr!("a picture with a colour palette")),
        ColorType::GrayscaleAlpha => refuse(tr!("a grey picture with transparency")),
        ColorType::Rgba if depth == BitDepth::Eight => Ok(4),
        ColorType::Rgba => refuse(tr!("a colour picture with transparency")),
    }
}

/// Returns true if the colours of each pixel are equal, and nothing is transparent.
fn is_grey(data: &[u8], channels: usize) -> bool {
    data.chunks_exact(channels)
        .all(|p| p[0] == p[1] && p[1] == p[2] && p.get(3).is_none_or(|&alpha| alpha == u8::MAX))
}

/// The error for colours that are no depth.
fn colour_error(data: &[u8], channels: usize) -> DecodeError {
    let is_hue = packed_colours::is_hue(data, channels);
    let found = if is_hue {
        tr!("a picture coloured by hue, as RealSense's tools colour depth")
    } else if channels == 4 {
        tr!("a colour picture with transparency")
    } else {
        tr!("a colour picture")
    };
    DecodeError::unsuitable(
        found,
        EXPECTED,
        tr!("use the file with depth values, not a picture made of it"),
    )
}

/// Samples from packed rows. Three channels must agree.
fn unpack(
    data: &[u8],
    row_bytes: usize,
    width: usize,
    channels: usize,
    depth: BitDepth,
) -> Result<Vec<u16>, DecodeError> {
    let samples: Vec<u16> = match depth {
        BitDepth::Sixteen => data
            .chunks_exact(2)
            .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
            .collect(),
        BitDepth::Eight => data.iter().map(|&b| u16::from(b)).collect(),
        BitDepth::One | BitDepth::Two | BitDepth::Four => {
            let bits = depth as usize;
            data.chunks_exact(row_bytes.max(1))
                .flat_map(|row| (0..width).map(move |x| packed_sample(row, x, bits)))
                .collect()
        }
    };
    if channels == 1 {
        return Ok(samples);
    }
    samples
        .chunks_exact(channels)
        .map(|pixel| {
            let grey = pixel.iter().take(3).all(|&v| v == pixel[0]);
            grey.then_some(pixel[0])
        })
        .collect::<Option<Vec<u16>>>()
        .ok_or_else(|| {
            DecodeError::unsuitable(
                tr!("a colour picture"),
                EXPECTED,
                tr!("use the file with depth values, not a picture made of it"),
            )
        })
}

/// Sample `x` of a row with `bits` bits a sample, most significant bits first.
fn packed_sample(row: &[u8], x: usize, bits: usize) -> u16 {
    let at = x * bits;
    let byte = row.get(at / 8).copied().unwrap_or_default();
    u16::from(byte >> (8 - bits - at % 8)) & ((1 << bits) - 1)
}

fn damaged(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::LimitsExceeded => DecodeError::damaged(
            tr!("a PNG whose parts are larger than any depth map needs"),
            tr!("a PNG of ordinary proportions"),
        ),
        DecodingError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
            DecodeError::damaged(tr!("a PNG that ends early"), tr!("a complete PNG"))
        }
        other => DecodeError::damaged(tr!("a damaged PNG ({other})", other), tr!("a complete PNG")),
    }
}
