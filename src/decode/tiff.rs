//! Grey TIFF and BigTIFF through the `tiff` crate: integers of 8 to 64 bits and floats of 16 to 64, strips and tiles, LZW, deflate and
//! the predictors; several pages are frames. GDAL's tag for "no data" is read.

use std::io::Cursor;

use ndarray::Array2;
use tiff::decoder::{Decoder, DecodingResult, Limits as TiffLimits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

use super::integers::{Narrowed, narrow};
use super::{DecodeError, Limits};
use crate::depth::{Dtype, Format, RawMap, Samples};

const EXPECTED: &str = "a TIFF with one grey channel";

/// Most pages that are read.
const MAX_PAGES: usize = 10_000;

type Pages<'a> = Decoder<Cursor<&'a [u8]>>;

pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<Vec<RawMap>, DecodeError> {
    let largest = usize::try_from(limits.max_pixels.saturating_mul(8)).unwrap_or(usize::MAX);
    let mut allowed = TiffLimits::default();
    allowed.decoding_buffer_size = largest;
    allowed.intermediate_buffer_size = largest;
    let mut pages = Decoder::new(Cursor::new(bytes))
        .map_err(damaged)?
        .with_limits(allowed);
    let mut maps: Vec<RawMap> = Vec::new();
    let mut pixels = 0_u64;
    loop {
        let (width, height) = pages.dimensions().map_err(damaged)?;
        let (width, height) = (u64::from(width), u64::from(height));
        limits.check(width, height)?;
        pixels += width * height;
        limits.check(pixels, 1)?;
        // A page of another size is a preview or a pyramid's level.
        let fits = maps
            .first()
            .is_none_or(|m| (m.width() as u64, m.height() as u64) == (width, height));
        if fits {
            maps.push(page(&mut pages, bytes.len(), width, height)?);
        }
        if !pages.more_images() || maps.len() >= MAX_PAGES {
            return Ok(maps);
        }
        pages.next_image().map_err(damaged)?;
    }
}

fn page(
    pages: &mut Pages<'_>,
    length: usize,
    width: u64,
    height: u64,
) -> Result<RawMap, DecodeError> {
    let colour = pages.colortype().map_err(damaged)?;
    let channels = channels(colour)?;
    // LZW and deflate pack at most a few thousand to one.
    if width * height * channels as u64 * u64::from(colour.bit_depth()) / 8 / 4096 > length as u64 {
        return Err(DecodeError::damaged(
            format!("a TIFF of {length} bytes that claims {width} x {height} pixels"),
            "data for that many",
        ));
    }
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
            .push("its three colour channels are equal, so it is read as grey".to_owned());
    }
    Ok(map)
}

fn channels(colour: ColorType) -> Result<usize, DecodeError> {
    let refuse = |found: &str| {
        Err(DecodeError::unsuitable(
            found,
            EXPECTED,
            "use the file with depth values, not a picture made of it",
        ))
    };
    match colour {
        ColorType::Gray(8 | 16 | 32 | 64) => Ok(1),
        ColorType::Gray(bits) => Err(DecodeError::unsuitable(
            format!("a TIFF of {bits} bits a sample"),
            "8, 16, 32 or 64 bits",
            "save it with 16 bits a sample",
        )),
        ColorType::RGB(_) => Ok(3),
        ColorType::Palette(_) => refuse("a TIFF with a colour palette"),
        ColorType::Multiband { num_samples, .. } => Err(DecodeError::unsuitable(
            format!("a TIFF with {num_samples} bands"),
            EXPECTED,
            "save the band with depth by itself",
        )),
        _ => refuse("a TIFF in colour or with transparency"),
    }
}

fn samples(
    image: DecodingResult,
    shape: (usize, usize),
    channels: usize,
) -> Result<(Samples, Dtype), DecodeError> {
    macro_rules! plane {
        ($kind:ident, $values:expr) => {
            Samples::$kind(whole(grey($values, channels)?, shape)?)
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

fn whole<T>(values: Vec<T>, shape: (usize, usize)) -> Result<Array2<T>, DecodeError> {
    Array2::from_shape_vec(shape, values).map_err(|e| {
        DecodeError::damaged(
            format!("TIFF data that do not fill the image ({e})"),
            "a whole TIFF",
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
    Ok(match narrow(&grey(values, channels)?)? {
        Narrowed::Codes(codes) => Samples::U16(whole(codes, shape)?),
        Narrowed::Wide(wide) => Samples::F64(whole(wide, shape)?),
    })
}

/// One channel, where all channels of each pixel agree.
fn grey<T: Copy + PartialEq>(values: Vec<T>, channels: usize) -> Result<Vec<T>, DecodeError> {
    if channels == 1 {
        return Ok(values);
    }
    values
        .chunks_exact(channels)
        .map(|pixel| pixel.iter().all(|v| *v == pixel[0]).then_some(pixel[0]))
        .collect::<Option<Vec<T>>>()
        .ok_or_else(|| {
            DecodeError::unsuitable(
                "a colour picture",
                EXPECTED,
                "use the file with depth values, not a picture made of it",
            )
        })
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn damaged(error: TiffError) -> DecodeError {
    let text = error.to_string();
    let text = text.lines().next().unwrap_or_default();
    match error {
        TiffError::UnsupportedError(_) => DecodeError::unsuitable(
            format!("a TIFF that cannot be read ({text})"),
            EXPECTED,
            "save it uncompressed or with deflate",
        ),
        TiffError::LimitsExceeded => DecodeError::damaged(
            "a TIFF whose parts are larger than any depth map needs",
            "a TIFF of ordinary proportions",
        ),
        _ => DecodeError::damaged(format!("a damaged TIFF ({text})"), "a whole TIFF"),
    }
}
