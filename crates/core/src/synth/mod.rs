//! The built-in sample: depths made from the published percentiles of a case whose data are not public.
//!
//! A smooth monotone quantile function passes through the published knots. Native and WebAssembly builds give the same sample, bit for
//! bit. This folder uses `stats`; it must not contain codes or metrics.

mod normal;
mod pchip;

use normal::normal_quantile;
use pchip::Pchip;

use crate::stats::{Distribution, DistributionError, Resolution};

/// Number of depths in the sample, as published.
pub const LONG_TAIL_COUNT: usize = 2_185_607;

/// Name of the sample.
pub const LONG_TAIL_NAME: &str = "long-tail";

/// Published knots: share of the pixels, depth in metres. The share 0.12 below 0.5 m is not published. It brings mean and standard
/// deviation to 3.428 and 5.150 m, near the published 3.420 and 5.069.
const KNOTS: [(f64, f64); 13] = [
    (0.0, 0.004),
    (0.12, 0.5),
    (0.5, 1.598),
    (0.75, 3.641),
    (0.879, 7.5),
    (0.90, 8.594),
    (0.92, 10.0),
    (0.946, 12.5),
    (0.95, 12.934),
    (0.963, 15.0),
    (0.99, 25.789),
    (0.999, 45.906),
    (1.0, 230.273),
];

/// `count` depths in metres, ascending.
///
/// Rank `i` lies at the share `u = (i + 1/2) / count`, and its depth is `exp(PCHIP(z(u)))` with `z` the normal quantile. The curve passes
/// through the knots in `ln d`. End shares are moved inwards by half a rank, where the quantile is finite.
#[must_use]
pub fn long_tail_depths_m(count: usize) -> Vec<f64> {
    let half_rank = 0.5 / count as f64;
    let knots: Vec<(f64, f64)> = KNOTS
        .iter()
        .map(|&(share, depth_m)| {
            let inside = share.clamp(half_rank, 1.0 - half_rank);
            (normal_quantile(inside), libm::log(depth_m))
        })
        .collect();
    let curve = Pchip::new(&knots);
    let mut depths = Vec::with_capacity(count);
    while depths.len() < count {
        draw(&curve, count, &mut depths);
    }
    depths
}

/// Depths per call of [`draw`], because browsers optimise a loop only after its function was called often.
const DRAW_CHUNK: usize = 1 << 12;

/// Draws the next depths of `count`.
#[inline(never)]
fn draw(curve: &Pchip, count: usize, depths: &mut Vec<f64>) {
    let from = depths.len();
    for i in from..count.min(from + DRAW_CHUNK) {
        let share = (i as f64 + 0.5) / count as f64;
        let depth_m = libm::exp(curve.value_at(normal_quantile(share)));
        depths.push(depth_m);
        // The curve never falls, but the last bit of a logarithm may, so a few neighbours swap.
        let mut place = i;
        while place > 0 && depths[place - 1] > depth_m {
            depths.swap(place - 1, place);
            place -= 1;
        }
    }
}

/// The built-in sample `long-tail` as a distribution.
///
/// # Errors
/// None in practice: the depths are positive and sorted by construction.
pub fn long_tail() -> Result<Distribution, DistributionError> {
    let depths = long_tail_depths_m(LONG_TAIL_COUNT);
    let counts = vec![1; depths.len()];
    Distribution::new(depths, counts, Resolution::Exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_percentiles_come_back() {
        let d = long_tail().expect("positive depths");
        assert_eq!(d.count(), 2_185_607.0);
        for &(share, depth_m) in &KNOTS {
            let got = d.quantile_m(share);
            assert!(
                (got / depth_m - 1.0).abs() < 1e-4,
                "{share}: {got} against {depth_m}"
            );
        }
        assert!((d.mean_m() - 3.428).abs() < 5e-4, "{}", d.mean_m());
        assert!((d.std_m() - 5.150).abs() < 5e-4, "{}", d.std_m());
    }
}
