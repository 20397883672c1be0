//! Depth packed into the colour channels of a picture: one byte of an integer in each.
//!
//! Where depth grows by one step of a high byte, the low byte falls from 255 to 0: the integers of neighbouring pixels stay close. In a
//! photograph no channel wraps where another one changes, so the two are told apart without a name.

use super::DecodeError;
use super::integers::{Narrowed, narrow};
use fathom_core::depth::{Dtype, Samples};
use fathom_core::i18n::tr;
use ndarray::Array2;

/// Metres of the largest integer of CARLA's depth camera. Source: CARLA's documentation of sensors.
const CARLA_FAR_M: f32 = 1000.0;
const CARLA_LARGEST: f32 = 16_777_215.0;

/// Fewest neighbours whose high bytes differ by one, for a verdict.
const FEWEST_CARRIES: usize = 32;

/// Share of them at which the low byte wraps. Edges of objects make it smaller; photographs have next to none.
const WRAPPING: f64 = 0.5;

/// Largest change of the two highest bytes that is a carry. Without one, a step of the highest byte changes them by about 256.
const HALF_A_BYTE: u32 = 128;

/// Channels of an integer, the highest byte first. Two come before three: a third byte of one value is no part.
const PACKINGS: [&[usize]; 6] = [&[0, 1], &[1, 0], &[1, 2], &[2, 1], CARLA, &[0, 1, 2]];

/// CARLA's order, of which the unit is known.
const CARLA: &[usize] = &[2, 1, 0];

/// A map that was packed into colours, and a notice.
pub(super) struct Unpacked {
    pub(super) samples: Samples,
    pub(super) dtype: Dtype,
    pub(super) notice: String,
}

/// Unpacks pixels of 3 or 4 bytes; `None` for an ordinary picture.
pub(super) fn unpack(
    pixels: &[u8],
    channels: usize,
    (height, width): (usize, usize),
) -> Result<Option<Unpacked>, DecodeError> {
    let has_alpha = channels == 4;
    if !(channels == 3 || has_alpha) || (has_alpha && pixels.chunks_exact(4).any(|p| p[3] != 255)) {
        return Ok(None);
    }
    let order = PACKINGS.into_iter().find(|order| {
        others_are_constant(pixels, channels, order) && carries(pixels, channels, width, order)
    });
    let Some(order) = order else { return Ok(None) };
    let integers: Vec<u32> = pixels
        .chunks_exact(channels)
        .map(|p| join(p, order))
        .collect();
    let shape = |_| DecodeError::damaged(tr!("rows of unequal length"), tr!("a complete picture"));
    let names: String = order.iter().map(|&c| ['R', 'G', 'B'][c]).collect();
    if order == CARLA {
        let metres = integers
            .iter()
            .map(|&n| n as f32 / CARLA_LARGEST * CARLA_FAR_M)
            .collect();
        let map = Array2::from_shape_vec((height, width), metres).map_err(shape)?;
        return Ok(Some(Unpacked {
            samples: Samples::F32(map),
            dtype: Dtype::F32,
            notice: tr!("its colours are depth packed into 24 bits, as CARLA writes it: read as metres, at most 1000 m")
                .to_owned(),
        }));
    }
    let (samples, dtype) = match narrow(&integers)? {
        Narrowed::Codes(codes) => (
            Samples::U16(Array2::from_shape_vec((height, width), codes).map_err(shape)?),
            Dtype::U16,
        ),
        Narrowed::Wide(wide) => (
            Samples::F64(Array2::from_shape_vec((height, width), wide).map_err(shape)?),
            Dtype::U32,
        ),
    };
    Ok(Some(Unpacked {
        samples,
        dtype,
        notice: tr!(
            "its colours are bytes of one integer, {names} from the highest: read as that integer",
            names
        ),
    }))
}

/// Returns true for a picture coloured by hue, as `RealSense` tools colour depth: each pixel has a channel of 255 and one of 0, or is black.
pub(super) fn is_hue(pixels: &[u8], channels: usize) -> bool {
    let is_pure = |p: &[u8]| {
        let colour = &p[..3];
        colour == [0; 3] || (colour.contains(&255) && colour.contains(&0))
    };
    let all = pixels.chunks_exact(channels);
    let count = all.len();
    let coloured = pixels
        .chunks_exact(channels)
        .filter(|p| is_pure(p) && p[..3] != [0; 3]);
    2 * coloured.count() > count && all.filter(|p| is_pure(p)).count() * 20 > count * 19
}

fn join(pixel: &[u8], order: &[usize]) -> u32 {
    order
        .iter()
        .fold(0, |sum, &channel| sum << 8 | u32::from(pixel[channel]))
}

/// Returns true if channels that are no byte of the integer hold one value.
fn others_are_constant(pixels: &[u8], channels: usize, order: &[usize]) -> bool {
    (0..3).filter(|c| !order.contains(c)).all(|c| {
        let mut values = pixels.chunks_exact(channels).map(|p| p[c]);
        let first = values.next();
        values.all(|v| Some(v) == first)
    })
}

/// Returns true if the second byte wraps where the highest one changes by one. Still lower bytes change too fast to tell.
fn carries(pixels: &[u8], channels: usize, width: usize, order: &[usize]) -> bool {
    let (high, with_low) = (&order[..1], &order[..2]);
    let (mut steps, mut wrapped) = (0_usize, 0_usize);
    for row in pixels.chunks_exact(width * channels) {
        let mut row = row.chunks_exact(channels);
        let Some(mut last) = row.next() else { continue };
        for pixel in row {
            if join(pixel, high).abs_diff(join(last, high)) == 1 {
                steps += 1;
                let change = join(pixel, with_low).abs_diff(join(last, with_low));
                wrapped += usize::from(change < HALF_A_BYTE);
            }
            last = pixel;
        }
    }
    steps >= FEWEST_CARRIES && wrapped as f64 >= WRAPPING * steps as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: (usize, usize) = (48, 160);

    /// A wall that turns away, and a box before it.
    fn depth_m(i: usize) -> f64 {
        let (x, y) = ((i % SHAPE.1) as f64, (i / SHAPE.1) as f64);
        if (60.0..90.0).contains(&x) && y > 20.0 {
            4.0 + 0.002 * x
        } else {
            7.0 + 0.05 * x + 0.02 * y
        }
    }

    fn picture(of: impl Fn(usize) -> [u8; 3]) -> Vec<u8> {
        (0..SHAPE.0 * SHAPE.1).flat_map(of).collect()
    }

    fn unpacked(pixels: &[u8]) -> Option<Unpacked> {
        unpack(pixels, 3, SHAPE).expect("no error")
    }

    #[test]
    fn carla_s_colours_become_metres() {
        let code = |i| (depth_m(i) / 1000.0 * 16_777_215.0) as u32;
        let pixels = picture(|i| {
            let [low, middle, high, _] = code(i).to_le_bytes();
            [low, middle, high]
        });
        let found = unpacked(&pixels).expect("packed");
        let Samples::F32(map) = found.samples else {
            panic!("metres");
        };
        let worst = map
            .iter()
            .enumerate()
            .map(|(i, &m)| (f64::from(m) - depth_m(i)).abs())
            .fold(0.0, f64::max);
        assert!(worst < 1e-3, "{worst} m");
    }

    #[test]
    fn two_bytes_become_one_integer() {
        let code = |i| (depth_m(i) * 1000.0) as u16;
        for (high_at, low_at) in [(0, 1), (1, 0), (1, 2), (2, 1)] {
            let pixels = picture(|i| {
                let [high, low] = code(i).to_be_bytes();
                let mut pixel = [0; 3];
                (pixel[high_at], pixel[low_at]) = (high, low);
                pixel
            });
            let found = unpacked(&pixels).expect("packed");
            let Samples::U16(map) = found.samples else {
                panic!("integers");
            };
            assert!(map.iter().enumerate().all(|(i, &c)| c == code(i)));
        }
    }

    #[test]
    fn photographs_stay_colours_and_hue_is_named() {
        let shade = |i: usize, k: f64| (120.0 + 90.0 * libm::sin(depth_m(i) * k)) as u8;
        let photo = picture(|i| [shade(i, 0.9), shade(i, 1.0), shade(i, 1.2)]);
        assert!(unpacked(&photo).is_none() && !is_hue(&photo, 3));
        let hue = picture(|i| [255, (depth_m(i) * 15.0) as u8, 0]);
        assert!(unpacked(&hue).is_none() && is_hue(&hue, 3));
        let black = picture(|_| [0; 3]);
        assert!(!is_hue(&black, 3));
    }
}
