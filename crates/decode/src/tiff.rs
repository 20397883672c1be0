//! Grey TIFF and BigTIFF through the `tiff` crate: integers of 8 to 64 bits, floats of 16 to 64, strips and tiles, LZW, deflate and
//! predictors.
//!
//! Several pages are frames. GDAL's "no data" tag is the file's marker.

use std::io::Cursor;

use super::integers::{Narrowed, narrow};
use super::{DecodeError, Limits};
use fathom_core::depth::{Dtype, Format, RawMap, Samples};
use fathom_core::i18n::{msgid, tr};
use ndarray::Array2;
use tiff::decoder::{Decoder, DecodingResult, Limits as TiffLimits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

const EXPECTED: &str = msgid("a TIFF with one grey channel");

/// Largest number of pages.
const MAX_PAGES: usize = 10_000;

/// Largest ratio of unpacked to packed size, for LZW and deflate. Files that claim more get no memory.
const MAX_RATIO: u64 = 4096;

type Pages<'a> = Decoder<Cursor<&'a [u8]>>;

#[inline(never)]
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Vec<RawMap>, DecodeError> {
    // The crate applies this limit to lists of tags too, and a tag may claim any number of values.
    let length = bytes.len() as u64;
    let max_bytes = limits
        .max_pixels
        .saturating_mul(8)
        .min(length.saturating_mul(MAX_RATIO));
    let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
    if !first_tags_fit(bytes).unwrap_or(true) {
        return Err(DecodeError::damaged(
            tr!("a TIFF with a tag of more values than the file has bytes"),
            tr!("a complete TIFF"),
        ));
    }
    let mut tiff_limits = TiffLimits::default();
    tiff_limits.decoding_buffer_size = max_bytes;
    tiff_limits.intermediate_buffer_size = max_bytes;
    let mut pages = Decoder::new(Cursor::new(bytes))
        .map_err(damaged)?
        .with_limits(tiff_limits);
    let mut maps: Vec<RawMap> = Vec::new();
    let (mut pixels, mut total_claimed) = (0_u64, 0_u64);
    loop {
        let (width, height) = pages.dimensions().map_err(damaged)?;
        let (width, height) = (u64::from(width), u64::from(height));
        limits.check_size(width, height)?;
        pixels += width * height;
        limits.check_size(pixels, 1)?;
        // A page of another size is a preview or a level of a pyramid.
        let fits = maps
            .first()
            .is_none_or(|m| (m.width() as u64, m.height() as u64) == (width, height));
        if fits {
            // Pages may share data, so the sum of their claims is compared with the file's length.
            total_claimed += claimed_bytes(&mut pages, width, height)?;
            if total_claimed / MAX_RATIO > length {
                return Err(DecodeError::damaged(
                    tr!(
                        "a TIFF of {length} bytes that claims {pixels} pixels",
                        length,
                        pixels
                    ),
                    tr!("data for that many"),
                ));
            }
            maps.push(decode_page(&mut pages, width, height)?);
        }
        if !pages.more_images() || maps.len() >= MAX_PAGES {
            return Ok(maps);
        }
        pages.next_image().map_err(damaged)?;
    }
}

/// Returns true if each tag of the first page has room for its values in the file; `None` if the file ends before.
///
/// The crate reads that page before it accepts limits, and allocates as many values as a tag claims.
fn first_tags_fit(bytes: &[u8]) -> Option<bool> {
    let little = bytes.starts_with(b"II");
    let number = |at: usize, length: usize| -> Option<u64> {
        let field = bytes.get(at..at.checked_add(length)?)?;
        let join = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if little {
            field.iter().rev().fold(0, join)
        } else {
            field.iter().fold(0, join)
        })
    };
    // Bytes of an offset, of the number of tags, and of a tag: two of name, two of type, then the number of values.
    let (offset, numbers, tag) = if number(2, 2)? == 43 {
        (8, 8, 20)
    } else {
        (4, 2, 12)
    };
    let first = usize::try_from(number(offset, offset)?).ok()?;
    let tags = number(first, numbers)?;
    for i in 0..tags.min(bytes.len() as u64 / tag) {
        let at = first + numbers + (i * tag) as usize;
        if number(at + 4, offset)? > bytes.len() as u64 {
            return Some(false);
        }
    }
    Some(true)
}

/// Unpacked size that a page claims, in bytes.
fn claimed_bytes(pages: &mut Pages<'_>, width: u64, height: u64) -> Result<u64, DecodeError> {
    let colour = pages.colortype().map_err(damaged)?;
    let bits = channels(colour)? as u64 * u64::from(colour.bit_depth());
    Ok(width * height * bits / 8)
}

fn decode_page(pages: &mut Pages<'_>, width: u64, height: u64) -> Result<RawMap, DecodeError> {
    let channels = channels(pages.colortype().map_err(damaged)?)?;
    let nodata = pages
        .get_tag_ascii_string(Tag::GdalNodata)
        .ok()
        .and_then(|text| text.trim().trim_end_matches('\0').parse().ok());
    let image = pages.read_image().map_err(damaged)?;
    let shape = (height as usize, width as usize);
    let (samples, dtype) = samples(image, shape, channels)?;
    let mut map = RawMap::new(samples, Format::Tiff, dtype);
    map.nodata = nodata;
    if channels > 1 {
        map.notices
            .push(tr!("its three colour channels are equal, so it is read as grey").to_owned());
    }
    Ok(map)
}

fn channels(colour: ColorType) -> Result<usize, DecodeError> {
    let reject = |found: &str| {
        Err(DecodeError::unsuitable(
            found,
            EXPECTED,
            tr!("use the file with depth values, not a picture made of it"),
        ))
    };
    match colour {
        ColorType::Gray(8 | 16 | 32 | 64) => Ok(1),
        ColorType::Gray(bits) => Err(DecodeError::unsuitable(
            tr!("a TIFF of {bits} bits a sample", bits),
            tr!("8, 16, 32 or 64 bits"),
            tr!("save it with 16 bits a sample"),
        )),
        ColorType::RGB(_) => Ok(3),
        ColorType::Palette(_) => reject(tr!("a TIFF with a colour palette")),
        ColorType::Multiband { num_samples, .. } => Err(DecodeError::unsuitable(
            tr!("a TIFF with {num_samples} bands", num_samples),
            EXPECTED,
            tr!("save the band with depth by itself"),
        )),
        _ => reject(tr!("a TIFF in colour or with transparency")),
    }
}

fn samples(
    image: DecodingResult,
    shape: (usize, usize),
    channels: usize,
) -> Result<(Samples, Dtype), DecodeError> {
    macro_rules! plane {
        ($kind:ident, $values:expr) => {
            Samples::$kind(reshape(single_channel($values, channels)?, shape)?)
        };
    }
    Ok(match image {
        DecodingResult::U8(v) => (
            plane!(U16, v.into_iter().map(u16::from).collect()),
            Dtype::U8,
        ),
        DecodingResult::U16(v) => (plane!(U16, v), Dtype::U16),
        DecodingResult::F16(v) => (
            plane!(F32, v.into_iter().map(f32::from).collect()),
            Dtype::F16,
        ),
        DecodingResult::F32(v) => (plane!(F32, v), Dtype::F32),
        DecodingResult::F64(v) => (plane!(F64, v), Dtype::F64),
        DecodingResult::U32(v) => (integers(v, shape, channels)?, Dtype::U32),
        DecodingResult::U64(v) => (integers(v, shape, channels)?, Dtype::U64),
        DecodingResult::I8(v) => (integers(v, shape, channels)?, Dtype::I8),
        DecodingResult::I16(v) => (integers(v, shape, channels)?, Dtype::I16),
        DecodingResult::I32(v) => (integers(v, shape, channels)?, Dtype::I32),
        DecodingResult::I64(v) => (integers(v, shape, channels)?, Dtype::I64),
    })
}

fn reshape<T>(values: Vec<T>, shape: (usize, usize)) -> Result<Array2<T>, DecodeError> {
    Array2::from_shape_vec(shape, values).map_err(|e| {
        DecodeError::damaged(
            tr!("TIFF data that do not fill the image ({e})", e),
            tr!("a complete TIFF"),
        )
    })
}

fn integers<T>(
    values: Vec<T>,
    shape: (usize, usize),
    channels: usize,
) -> Result<Samples, DecodeError>
where
    T: Copy + PartialEq + TryInto<u16> + Into<i128>,
{
    Ok(match narrow(&single_channel(values, channels)?)? {
        Narrowed::Codes(codes) => Samples::U16(reshape(codes, shape)?),
        Narrowed::Wide(wide) => Samples::F64(reshape(wide, shape)?),
    })
}

/// One of several channels that agree in each pixel.
fn single_channel<T: Copy + PartialEq>(
    values: Vec<T>,
    channels: usize,
) -> Result<Vec<T>, DecodeError> {
    if channels == 1 {
        return Ok(values);
    }
    values
        .chunks_exact(channels)
        .map(|pixel| pixel.iter().all(|v| *v == pixel[0]).then_some(pixel[0]))
        .collect::<Option<Vec<T>>>()
        .ok_or_else(|| {
            DecodeError::unsuitable(
                tr!("a colour picture"),
                EXPECTED,
                tr!("use the file with depth values, not a picture made of it"),
            )
        })
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn damaged(error: TiffError) -> DecodeError {
    let text = error.to_string();
    let text = text.lines().next().unwrap_or_default();
    match error {
        TiffError::UnsupportedError(_) => DecodeError::unsuitable(
            tr!("a TIFF that cannot be read ({text})", text),
            EXPECTED,
            tr!("save it uncompressed or with deflate"),
        ),
        TiffError::LimitsExceeded => DecodeError::damaged(
            tr!("a TIFF whose parts are larger than any depth map needs"),
            tr!("a TIFF of ordinary proportions"),
        ),
        _ => DecodeError::damaged(tr!("a damaged TIFF ({text})", text), tr!("a complete TIFF")),
    }
}
