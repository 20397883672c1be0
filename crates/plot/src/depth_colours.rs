//! A depth map as an image: one colour per sample, over a fixed range of depths.
//!
//! Colours are viridis (Smith and van der Walt 2015), perceptually uniform and readable without red and green, through the `colorous`
//! crate. They are taken on a logarithmic axis, as depths spread over one. Samples are coloured from their full depth, never from 8 bits
//! of it.

use ndarray::Array2;

use fathom_core::depth::Encoding;

/// Colours of the scale.
const STEPS: usize = 1024;

/// Two greys that alternate in pixels without depth. Neither is a colour of the scale, in a light or a dark theme.
pub(super) const INVALID: [u32; 2] = [rgb(0x9a, 0x9a, 0x9a), rgb(0x7c, 0x7c, 0x7c)];

/// Side of the squares of invalid pixels.
pub(super) const SQUARE: usize = 4;

/// Red, green, blue and full opacity in the byte order of a canvas.
pub(super) const fn rgb(r: u8, g: u8, b: u8) -> u32 {
    u32::from_le_bytes([r, g, b, 0xff])
}

/// A colour per sample, row by row, in the byte order of a canvas: the first of the scale at the start of the range and nearer, the last at its
/// end and farther, two greys in pixels without depth.
#[must_use]
pub fn colours(
    samples: &Array2<f64>,
    encoding: Encoding,
    markers: &[f64],
    range_m: (f64, f64),
) -> Vec<u32> {
    let scale: Vec<u32> = (0..STEPS)
        .map(|i| {
            let c = colorous::VIRIDIS.eval_rational(i, STEPS);
            rgb(c.r, c.g, c.b)
        })
        .collect();
    let (from, to) = (libm::log(range_m.0), libm::log(range_m.1));
    let per_step = if to > from {
        STEPS as f64 / (to - from)
    } else {
        0.0
    };
    samples
        .indexed_iter()
        .map(|((y, x), &raw)| {
            let depth = encoding.metres(raw);
            let is_depth = raw > 0.0 && depth > 0.0 && depth.is_finite() && !markers.contains(&raw);
            if !is_depth {
                return INVALID[(y / SQUARE + x / SQUARE) % 2];
            }
            let step = (libm::log(depth) - from) * per_step;
            // A step under zero becomes the first one, one beyond the scale the last.
            scale[(step as usize).min(STEPS - 1)]
        })
        .collect()
}

/// The scale itself from left to right, in `n` colours: for a legend.
#[must_use]
pub fn legend(n: usize) -> Vec<String> {
    (0..n)
        .map(|i| {
            let c = colorous::VIRIDIS.eval_rational(i, n);
            format!("#{:02x}{:02x}{:02x}", c.r, c.g, c.b)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::depth::ScalePreset;
    use ndarray::array;

    #[test]
    fn colours_follow_depth_and_not_the_upper_byte() {
        let mm = ScalePreset::Millimetre.encoding();
        let samples = array![[1000.0, 1010.0, 9000.0, 20_000.0, 500.0]];
        let c = colours(&samples, mm, &[], (1.0, 9.0));
        assert_ne!(c[0], c[1], "10 mm apart, in the same 1/256 of 16 bits");
        assert_eq!(c[2], c[3], "the end and beyond it");
        assert_eq!(c[0], c[4], "the start and nearer");
        assert_eq!(
            c[0].to_le_bytes(),
            [0x44, 0x01, 0x54, 0xff],
            "viridis begins in violet"
        );
    }

    #[test]
    fn pixels_without_depth_are_grey() {
        let samples = array![[0.0, f64::NAN, -1.0, f64::INFINITY, 65_535.0, 7.0]];
        let c = colours(&samples, Encoding::METRES, &[65_535.0], (1.0, 10.0));
        assert!(c[..5].iter().all(|v| INVALID.contains(v)), "{c:?}");
        assert!(!INVALID.contains(&c[5]));
    }

    #[test]
    fn a_range_of_no_width_is_one_colour_and_no_panic() {
        let c = colours(&array![[1.0, 2.0]], Encoding::METRES, &[], (3.0, 3.0));
        assert_eq!(c[0], c[1]);
    }
}
