//! Netpbm: plain and raw PGM of 8 and 16 bits, and PFM of both byte orders.
//!
//! No maintained crate reads all of these, and their headers are three numbers before the samples. Sources: netpbm's pgm(5), and
//! Debevec's description of PFM.

use super::{DecodeError, Limits};
use fathom_core::depth::{Dtype, Format, RawMap, Samples};
use fathom_core::i18n::tr;
use ndarray::Array2;

/// Largest high byte of 11-bit samples.
const MAX_HIGH_BYTE_OF_11_BITS: u8 = 7;

#[inline(never)]
pub(super) fn decode(bytes: &[u8], limits: &Limits) -> Result<RawMap, DecodeError> {
    let mut header = Header { bytes, at: 2 };
    let width = header.number()?;
    let height = header.number()?;
    limits.check_size(width, height)?;
    if width == 0 || height == 0 {
        return Err(DecodeError::damaged(
            tr!("a map of {width} x {height} pixels", width, height),
            tr!("at least one"),
        ));
    }
    let shape = (height as usize, width as usize);
    if bytes.starts_with(b"Pf") {
        return pfm(&mut header, shape);
    }
    let largest = header.number()?;
    if !(1..=65_535).contains(&largest) {
        return Err(DecodeError::damaged(
            tr!("a PGM whose largest grey is {largest}", largest),
            tr!("1 to 65535"),
        ));
    }
    let plain = bytes.starts_with(b"P2");
    pgm(&mut header, shape, largest as u16, plain)
}

fn pgm(
    header: &mut Header<'_>,
    shape: (usize, usize),
    largest: u16,
    plain: bool,
) -> Result<RawMap, DecodeError> {
    let count = shape.0 * shape.1;
    let wide = largest > 255;
    let mut notices = Vec::new();
    let samples: Vec<u16> = if plain {
        // A digit and a space per sample, except the last.
        header.check_remaining(2 * count - 1, "PGM")?;
        let mut samples = Vec::with_capacity(count);
        for _ in 0..count {
            let sample = header.number()?;
            samples.push(u16::try_from(sample).map_err(|_| {
                DecodeError::damaged(
                    tr!("a grey of {sample} in a PGM", sample),
                    tr!("at most {largest}", largest),
                )
            })?);
        }
        samples
    } else if wide {
        let data = header.data(2 * count, "PGM")?;
        if is_little_endian(data) {
            notices.push(
                tr!("its 11-bit samples are stored little-endian, against the format's own rule, as raw Kinect files are").to_owned(),
            );
            data.chunks_exact(2)
                .map(|p| u16::from_le_bytes([p[0], p[1]]))
                .collect()
        } else {
            data.chunks_exact(2)
                .map(|p| u16::from_be_bytes([p[0], p[1]]))
                .collect()
        }
    } else {
        header
            .data(count, "PGM")?
            .iter()
            .map(|&b| u16::from(b))
            .collect()
    };
    let array = Array2::from_shape_vec(shape, samples)
        .map_err(|_| DecodeError::damaged(tr!("rows of unequal length"), tr!("a complete PGM")))?;
    let dtype = if wide { Dtype::U16 } else { Dtype::U8 };
    Ok(RawMap {
        notices,
        ..RawMap::new(Samples::U16(array), Format::Pgm, dtype)
    })
}

/// Returns true if 16-bit samples are 11-bit samples of the other byte order. No big-endian map leaves its low bytes unused.
fn is_little_endian(data: &[u8]) -> bool {
    let fits = data
        .chunks_exact(2)
        .all(|pair| pair[1] <= MAX_HIGH_BYTE_OF_11_BITS);
    fits && data
        .chunks_exact(2)
        .any(|pair| pair[0] > MAX_HIGH_BYTE_OF_11_BITS && pair[1] > 0)
}

fn pfm(header: &mut Header<'_>, shape: (usize, usize)) -> Result<RawMap, DecodeError> {
    let word = header.word()?;
    let scale: f32 = word
        .parse()
        .ok()
        .filter(|s: &f32| s.is_finite() && *s != 0.0)
        .ok_or_else(|| {
            DecodeError::damaged(
                tr!(
                    "a PFM with the scale {word}",
                    word = format_args!("{word:?}")
                ),
                tr!("a number, negative for little-endian"),
            )
        })?;
    let data = header.data(4 * shape.0 * shape.1, "PFM")?;
    let read = |four: &[u8]| {
        let four = [four[0], four[1], four[2], four[3]];
        if scale < 0.0 {
            f32::from_le_bytes(four)
        } else {
            f32::from_be_bytes(four)
        }
    };
    // PFM stores rows from the bottom.
    let samples: Vec<f32> = data
        .chunks_exact(4 * shape.1)
        .rev()
        .flat_map(|row| row.chunks_exact(4).map(read))
        .collect();
    let array = Array2::from_shape_vec(shape, samples)
        .map_err(|_| DecodeError::damaged(tr!("rows of unequal length"), tr!("a complete PFM")))?;
    let notices = if scale.abs() == 1.0 {
        Vec::new()
    } else {
        vec![tr!(
            "its header names the scale {}, which is not applied",
            scale.abs()
        )]
    };
    Ok(RawMap {
        notices,
        ..RawMap::new(Samples::F32(array), Format::Pfm, Dtype::F32)
    })
}

/// Reads the words before the samples.
struct Header<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Header<'a> {
    /// Longest number, in characters.
    const MAX_WORD: usize = 32;

    fn word(&mut self) -> Result<&'a str, DecodeError> {
        let truncated =
            || DecodeError::damaged(tr!("a map that ends early"), tr!("a complete PGM or PFM"));
        loop {
            match self.bytes.get(self.at).ok_or_else(truncated)? {
                b'#' => {
                    let rest = &self.bytes[self.at..];
                    self.at += rest
                        .iter()
                        .position(|&b| b == b'\n')
                        .ok_or_else(truncated)?;
                }
                byte if byte.is_ascii_whitespace() => self.at += 1,
                _ => break,
            }
        }
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .take(Self::MAX_WORD)
            .position(|b| b.is_ascii_whitespace() || *b == b'#')
            .unwrap_or(rest.len().min(Self::MAX_WORD));
        self.at += length;
        std::str::from_utf8(&rest[..length])
            .map_err(|_| DecodeError::damaged(tr!("a header that is no text"), "numbers"))
    }

    fn number(&mut self) -> Result<u64, DecodeError> {
        let word = self.word()?;
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        word.parse().ok().filter(|_| digits).ok_or_else(|| {
            DecodeError::damaged(
                tr!(
                    "{word} where a number belongs",
                    word = format_args!("{word:?}")
                ),
                "digits",
            )
        })
    }

    /// The samples, after the single white space that ends the header.
    fn data(&mut self, length: usize, format: &str) -> Result<&'a [u8], DecodeError> {
        self.at += 1;
        self.check_remaining(length, format)?;
        Ok(&self.bytes[self.at..self.at + length])
    }

    fn check_remaining(&self, length: usize, format: &str) -> Result<(), DecodeError> {
        let left = self.bytes.len().saturating_sub(self.at);
        if left < length {
            return Err(DecodeError::damaged(
                tr!("a {format} with {left} bytes of samples", format, left),
                tr!("{length} bytes", length),
            ));
        }
        Ok(())
    }
}
