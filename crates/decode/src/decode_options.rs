//! Limits and the choice of an array, which callers pass to the decoders.

use super::DecodeError;
use fathom_core::i18n::tr;
use fathom_core::units;

/// What a reader should take, and how much.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecodeOptions<'a> {
    /// Most that a file may ask for.
    pub limits: Limits,
    /// The array of an NPZ or the channel of an EXR to take, by the name that [`ArrayChoice`](super::Choice) offers; else the likeliest.
    pub pick: Option<&'a str>,
}

/// Most that a file may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of one file's maps together. A decoded map takes up to 8 bytes a pixel.
    pub max_pixels: u64,
    /// Bytes that a compressed file may unpack to.
    pub max_unpacked: u64,
    /// Files in an archive.
    pub max_members: usize,
}

impl Default for Limits {
    /// 64 million pixels, more than any depth sensor or renderer writes (8192 x 8192 are 67 million); decoded as `f64` they take half
    /// of the smallest memory that browsers give a page.
    fn default() -> Self {
        Self {
            max_pixels: 1 << 26,
            // The largest map as `f64`.
            max_unpacked: 1 << 29,
            max_members: 100_000,
        }
    }
}

impl Limits {
    /// The sentence for what unpacks to more than the limit.
    pub(super) fn unpacked_size_error(&self, what: &str) -> DecodeError {
        DecodeError::unsuitable(
            tr!(
                "{what} that unpacks to more than {}",
                units::bytes(self.max_unpacked as f64),
                what
            ),
            tr!("one depth map"),
            tr!("unpack it and choose the files in it"),
        )
    }

    /// Accepts a size, or says that it is over the limit.
    pub(super) fn check_size(&self, width: u64, height: u64) -> Result<(), DecodeError> {
        match width.checked_mul(height) {
            Some(pixels) if pixels <= self.max_pixels => Ok(()),
            _ => Err(DecodeError::TooLarge {
                width,
                height,
                max_pixels: self.max_pixels,
            }),
        }
    }
}
