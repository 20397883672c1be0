//! Colours for differences of depth maps, and the value ranges that several images share.
//!
//! Colours go from blue under zero through white to orange over it, as on the charts: readable for every kind of colour vision.

use super::depth_colours::{INVALID, SQUARE, rgb};

/// Colours of the scale.
const STEPS: usize = 512;

/// Share of the pixels whose difference the scale covers: a few outliers would make all others white.
const HELD: f64 = 0.99;

/// The colours at the negative end, at zero and at the positive end: red, green, blue.
const ENDS: [[f64; 3]; 3] = [
    [27.0, 95.0, 170.0],
    [247.0, 247.0, 247.0],
    [184.0, 72.0, 11.0],
];

/// The colour at a share of the scale, 0 to 1.
fn at_share(share: f64) -> [u8; 3] {
    let (from, to, part) = if share < 0.5 {
        (ENDS[0], ENDS[1], share * 2.0)
    } else {
        (ENDS[1], ENDS[2], share * 2.0 - 1.0)
    };
    std::array::from_fn(|i| (from[i] + (to[i] - from[i]) * part).round() as u8)
}

/// `a - b` pixel by pixel, in metres; NaN where either is missing.
#[must_use]
pub fn difference(a_m: &[f64], b_m: &[f64]) -> Vec<f64> {
    a_m.iter().zip(b_m).map(|(a, b)| a - b).collect()
}

/// The size of difference that 99 of 100 pixels stay under, in metres; a nanometre where all are equal.
#[must_use]
pub fn difference_range<'a>(maps_m: impl IntoIterator<Item = &'a [f64]>) -> f64 {
    let mut sizes: Vec<f64> = maps_m
        .into_iter()
        .flatten()
        .map(|v| v.abs())
        .filter(|v| v.is_finite())
        .collect();
    if sizes.is_empty() {
        return 1e-9;
    }
    let at = ((sizes.len() - 1) as f64 * HELD) as usize;
    let (_, held, _) = sizes.select_nth_unstable_by(at, f64::total_cmp);
    held.max(1e-9)
}

/// Smallest and largest depth of several maps, in metres; 1 m to 2 m without any depth.
#[must_use]
pub fn depth_range<'a>(maps_m: impl IntoIterator<Item = &'a [f64]>) -> (f64, f64) {
    let depths = maps_m.into_iter().flatten().copied();
    let (low, high) = depths
        .filter(|v| v.is_finite() && *v > 0.0)
        .fold((f64::INFINITY, 0.0_f64), |(low, high), v| {
            (low.min(v), high.max(v))
        });
    if low < high { (low, high) } else { (1.0, 2.0) }
}

/// A colour per difference, row by row, in the byte order of a canvas: white at zero, saturated at `most_m` and beyond, two greys without a difference.
#[must_use]
pub fn difference_colours(width: usize, values_m: &[f64], most_m: f64) -> Vec<u32> {
    let scale: Vec<u32> = (0..=STEPS)
        .map(|i| {
            let [r, g, b] = at_share(i as f64 / STEPS as f64);
            rgb(r, g, b)
        })
        .collect();
    values_m
        .iter()
        .enumerate()
        .map(|(at, &value)| {
            if !value.is_finite() {
                let (y, x) = (at / width.max(1), at % width.max(1));
                return INVALID[(y / SQUARE + x / SQUARE) % 2];
            }
            let share = 0.5 + 0.5 * (value / most_m).clamp(-1.0, 1.0);
            scale[(share * STEPS as f64).round() as usize]
        })
        .collect()
}

/// The scale from its negative end to its positive one, in `n` colours: for a legend.
#[must_use]
pub fn difference_legend(n: usize) -> Vec<String> {
    (0..n)
        .map(|i| {
            let [r, g, b] = at_share(i as f64 / (n.max(2) - 1) as f64);
            format!("#{r:02x}{g:02x}{b:02x}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_white_and_signs_have_colours_of_their_own() {
        let c = difference_colours(5, &[0.0, 1.0, -1.0, 9.0, f64::NAN], 1.0);
        let channels = |v: u32| v.to_le_bytes();
        assert!(
            channels(c[0])[..3].iter().all(|v| *v > 240),
            "{:?}",
            channels(c[0])
        );
        assert_eq!(c[1], c[3], "beyond the scale");
        assert_ne!(c[1], c[2]);
        // Orange has more red than blue, blue the other way round.
        assert!(channels(c[1])[0] > channels(c[1])[2]);
        assert!(channels(c[2])[0] < channels(c[2])[2]);
        assert!(INVALID.contains(&c[4]));
        let legend = difference_legend(3);
        assert_eq!(legend.len(), 3);
    }

    #[test]
    fn an_outlier_does_not_set_the_scale() {
        let mut values = vec![0.01; 1000];
        values[3] = 100.0;
        values[4] = f64::NAN;
        assert_eq!(difference_range([values.as_slice()]), 0.01);
        assert_eq!(difference_range([[0.0; 4].as_slice()]), 1e-9);
        assert_eq!(difference_range(std::iter::empty()), 1e-9);
    }

    #[test]
    fn ranges_are_shared() {
        let (a, b) = ([1.0, f64::NAN, 3.0], [0.0, 2.0, 9.0]);
        assert_eq!(depth_range([a.as_slice(), b.as_slice()]), (1.0, 9.0));
        assert_eq!(depth_range([[f64::NAN].as_slice()]), (1.0, 2.0));
        assert_eq!(difference(&[3.0, f64::NAN], &[1.0, 1.0])[0], 2.0);
        assert!(difference(&[3.0, f64::NAN], &[1.0, 1.0])[1].is_nan());
    }

    #[test]
    fn maps_without_pixels_have_no_colours() {
        assert!(difference_colours(0, &[], 1.0).is_empty());
    }
}
