//! Options of decoding: limits, and the name of an array.

use super::DecodeError;
use fathom_core::i18n::tr;
use fathom_core::units;

/// Limits, and the array to read.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecodeOptions<'a> {
    /// Limits of one file.
    pub limits: Limits,
    /// Name of the array of an NPZ, the channel of an EXR or the layout of a dump, from [`ArrayChoice`](super::ArrayChoice); otherwise the
    /// likeliest is read. Dumps without a header need [`dump_guess`](super::dump_guess) at least.
    pub pick: Option<&'a str>,
}

/// Limits of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest number of pixels of a file's maps together. A decoded map takes up to 8 bytes a pixel.
    pub max_pixels: u64,
    /// Largest size in bytes to which a compressed file may unpack.
    pub max_unpacked: u64,
    /// Largest number of files in an archive.
    pub max_members: usize,
}

impl Default for Limits {
    /// 67 million pixels, 8192 x 8192: more than depth sensors and renderers write. As `f64` they take half of the smallest memory that
    /// browsers give a page.
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
    /// The error for content that unpacks beyond the limit.
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

    /// Returns an error if a size is over the limit.
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
