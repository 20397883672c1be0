//! Images as 8-bit RGB: PNG, JPEG and WebP.
//!
//! Alpha is dropped, grey is copied to three channels, and of 16 bits the upper eight are kept, as `cv2.imread` and PIL's
//! `convert("RGB")` do. An image that EXIF turns is refused, because programs differ. Of an animation the first frame is read.

use std::io::Cursor;

use fathom_core::i18n::tr;

use super::exif_orientation::exif_orientation;
use super::input_tensor::MAX_PIXELS;
use super::preprocess_error::PreprocessError;
use image_webp::WebPDecoder;
use png::{ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Memory that a PNG or WebP decoder may use beside its output, in bytes.
const WORKING_BYTES: usize = 64 << 20;

/// Most pixels for one byte of a file. Photographs have below 100; only flat pictures have thousands, and a claim of more is a trap.
const MAX_PIXELS_PER_BYTE: usize = 4096;

/// An 8-bit RGB image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RgbImage {
    width: usize,
    height: usize,
    /// Rows from the top, three bytes a pixel.
    pixels: Vec<u8>,
}

impl RgbImage {
    /// An image from its rows, three bytes a pixel. Returns nothing if the number of bytes is not `3 * width * height`, or if it has none.
    #[must_use]
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Self> {
        let bytes = width.checked_mul(height)?.checked_mul(3)?;
        (bytes > 0 && bytes == pixels.len()).then_some(Self {
            width,
            height,
            pixels,
        })
    }

    /// Decodes a PNG, JPEG or WebP, told apart by the first bytes.
    ///
    /// # Errors
    /// [`PreprocessError`] for other bytes, for damaged files, and for more than [`MAX_PIXELS`] pixels.
    pub fn decode(bytes: &[u8]) -> Result<Self, PreprocessError> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => decode_png(bytes),
            [0xff, 0xd8, 0xff, ..] => decode_jpeg(bytes),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => decode_webp(bytes),
            _ => Err(PreprocessError::UnknownImage),
        }
    }

    /// Columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Rows from the top, three bytes a pixel.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }
}

/// Checks the claim of a header in a file of some bytes.
fn check_size(width: usize, height: usize, bytes: &[u8]) -> Result<(), PreprocessError> {
    let limit = MAX_PIXELS.min(bytes.len().saturating_mul(MAX_PIXELS_PER_BYTE));
    match width.checked_mul(height) {
        Some(pixels) if pixels <= limit => Ok(()),
        _ => Err(PreprocessError::TooLarge {
            width,
            height,
            limit,
        }),
    }
}

/// Makes RGB of pixels with one to four channels: grey, grey and alpha, RGB, RGB and alpha.
fn to_rgb(pixels: Vec<u8>, channels: usize) -> Vec<u8> {
    match channels {
        3 => pixels,
        1 | 2 => pixels
            .chunks_exact(channels)
            .flat_map(|pixel| [pixel[0]; 3])
            .collect(),
        _ => pixels
            .chunks_exact(channels)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
            .collect(),
    }
}

fn image(
    format: &'static str,
    width: usize,
    height: usize,
    pixels: Vec<u8>,
) -> Result<RgbImage, PreprocessError> {
    let error = PreprocessError::DamagedImage {
        format,
        why: tr!("it has no pixels, or too few").to_owned(),
    };
    RgbImage::new(width, height, pixels).ok_or(error)
}

/// Refuses an image that some programs turn and others do not.
fn check_upright(format: &'static str, exif: Option<&[u8]>) -> Result<(), PreprocessError> {
    match exif.and_then(exif_orientation) {
        Some(orientation @ 2..=8) => Err(PreprocessError::TurnedImage {
            format,
            orientation,
        }),
        _ => Ok(()),
    }
}

fn decode_png(bytes: &[u8]) -> Result<RgbImage, PreprocessError> {
    let damaged = |error: png::DecodingError| PreprocessError::DamagedImage {
        format: "PNG",
        why: error.to_string(),
    };
    let limits = png::Limits {
        bytes: WORKING_BYTES,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(damaged)?;
    check_upright("PNG", reader.info().exif_metadata.as_deref())?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    check_size(width, height, bytes)?;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let frame = reader.next_frame(&mut pixels).map_err(damaged)?;
    let channels = match frame.color_type {
        ColorType::Grayscale => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb | ColorType::Indexed => 3,
        ColorType::Rgba => 4,
    };
    pixels.truncate(frame.buffer_size());
    image("PNG", width, height, to_rgb(pixels, channels))
}

fn decode_jpeg(bytes: &[u8]) -> Result<RgbImage, PreprocessError> {
    let damaged = |why: String| PreprocessError::DamagedImage {
        format: "JPEG",
        // Some words of the decoder end in a line feed.
        why: why.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(ColorSpace::RGB)
        .set_max_width(MAX_PIXELS)
        .set_max_height(MAX_PIXELS);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder
        .decode_headers()
        .map_err(|error| damaged(error.to_string()))?;
    check_upright("JPEG", decoder.exif().map(Vec::as_slice))?;
    let info = decoder
        .info()
        .ok_or_else(|| damaged(tr!("it has no header").to_owned()))?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    check_size(width, height, bytes)?;
    let pixels = decoder
        .decode()
        .map_err(|error| damaged(error.to_string()))?;
    image("JPEG", width, height, pixels)
}

fn decode_webp(bytes: &[u8]) -> Result<RgbImage, PreprocessError> {
    let damaged = |error: image_webp::DecodingError| PreprocessError::DamagedImage {
        format: "WebP",
        why: error.to_string(),
    };
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    decoder.set_memory_limit(WORKING_BYTES);
    check_upright("WebP", decoder.exif_metadata().map_err(damaged)?.as_deref())?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    check_size(width, height, bytes)?;
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap_or(0)];
    decoder.read_image(&mut pixels).map_err(damaged)?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    image("WebP", width, height, to_rgb(pixels, channels))
}
