//! Detection of a fine grid that interpolation made from a coarser one, as resizing does after quantization.
//!
//! Bilinear resizing by an integer factor mixes neighbouring codes with weights that are unit fractions. The results lie on a finer grid: 16
//! times finer for a factor of 2. Taken for the output grid, it would hide the error of the output code.
//!
//! Flat parts of a map keep their code. So within each coarse step, the fine code that equals a coarse code has more pixels than any other.
//!
//! Other interpolation leaves no finer grid: by a fraction, or in depth where the code has equal steps in another quantity. Then the codes
//! are the values with more pixels than their neighbours ([`between_codes`]).

use super::grid_fit::{GridFit, STEPS_OF_8_BITS};
use super::grid_quantity::GridQuantity;
use super::value_rounding::ValueRounding;

/// Largest number of fine steps in a coarse step that is tried: bilinear resizing by a factor of 4 makes 64.
const MAX_SUBDIVISIONS: usize = 64;

/// Smallest share of the coarse steps in which the coarse code has the most pixels.
const MIN_SHARE: f64 = 0.75;

/// Smallest ratio of the pixels at coarse codes to those at any other position in the coarse step. If two true steps were taken for one
/// coarse step, both positions would have about equally many.
const MIN_RATIO: f64 = 2.0;

/// Largest decimal logarithm of the probability of such counts if all positions were alike.
const MAX_LOG10_CHANCE: f64 = -6.0;

/// Returns the number of fine steps in each coarse step; `None` where no coarser grid is detected.
///
/// `codes` are the codes in use on the fine grid, ascending from 0, each with its pixel count.
pub(super) fn subdivisions(codes: &[(usize, f64)]) -> Option<usize> {
    let last = codes.last()?.0;
    // A grid that fits into 8 bits may be the output's.
    if last as f64 <= STEPS_OF_8_BITS {
        return None;
    }
    // The largest subdivision that fits. Where neighbours differ along one axis of the image alone, a smaller one fits as well.
    (2..=MAX_SUBDIVISIONS)
        .rev()
        .filter(|subdivision| last >= 8 * subdivision)
        .find(|subdivision| log10_chance(codes, *subdivision) <= MAX_LOG10_CHANCE)
}

/// Decimal logarithm of the probability that this many coarse steps have the most pixels at their coarse code if all positions were alike:
/// Chernoff's bound on a binomial tail.
fn log10_chance(codes: &[(usize, f64)], subdivision: usize) -> f64 {
    let mut pixels = vec![0.0; subdivision];
    // Each coarse step has the same weight, so that one large surface does not decide.
    for step in codes.chunk_by(|a, b| a.0 / subdivision == b.0 / subdivision) {
        let all: f64 = step.iter().map(|(_, count)| count).sum();
        for (code, count) in step {
            pixels[code % subdivision] += count / all;
        }
    }
    let fullest = |a: &usize, b: &usize| pixels[*a].total_cmp(&pixels[*b]);
    let Some(own) = (0..subdivision).max_by(fullest) else {
        return 0.0;
    };
    let others = (0..subdivision).filter(|code| *code != own);
    let most = others.map(|code| pixels[code]).fold(0.0, f64::max);
    if pixels[own] < MIN_RATIO * most {
        return 0.0;
    }
    // The coarse code lies in the middle of its cell.
    let offset = subdivision + subdivision / 2 - own;
    let (mut cells, mut won) = (0.0, 0.0);
    for cell in codes.chunk_by(|a, b| (a.0 + offset) / subdivision == (b.0 + offset) / subdivision)
    {
        let most = |of: &dyn Fn(usize) -> bool| {
            let counts = cell.iter().filter(|(code, _)| of(*code)).map(|c| c.1);
            counts.fold(0.0, f64::max)
        };
        cells += 1.0;
        if most(&|code| code % subdivision == own) > most(&|code| code % subdivision != own) {
            won += 1.0;
        }
    }
    let share: f64 = won / cells;
    if share < MIN_SHARE {
        return 0.0;
    }
    let fair = 1.0 / subdivision as f64;
    let lost = 1.0 - share;
    let divergence = share * libm::log10(share / fair)
        + if lost > 0.0 {
            lost * libm::log10(lost / (1.0 - fair))
        } else {
            0.0
        };
    -cells * divergence
}

/// Numbers of neighbours on each side with which a value is compared: half of the values that bilinear resizing by 2 and by 4 puts between
/// two codes.
const NEIGHBOURS: [usize; 2] = [8, 32];

/// A code has this many times the pixels of each neighbour, and at least this many.
const MIN_PEAK: f64 = 2.0;
const MIN_PEAK_PIXELS: f64 = 4.0;

/// Smallest number of codes: fewer peaks may lie on a grid by chance.
const MIN_PEAKS: usize = 8;

/// Shares of the peaks that are left out, the lowest of them: a mixture of two codes can be a peak too.
const LEFT_OUT: [f64; 4] = [0.75, 0.5, 0.25, 0.0];

/// Largest distance of a peak from its grid point, in steps. Codes lie on their grid but for rounding; mixtures do not.
const MAX_PEAK_RESIDUAL: f64 = 0.1;

/// Largest distance from a grid point that single precision causes, in steps.
const EXACT_RESIDUAL: f64 = 1e-3;

/// Returns the quantity and the step of the codes between which interpolation made the other values; `None` where no codes are detected.
///
/// `values_m` are the distinct values in metres, ascending, with their pixel counts.
pub(super) fn between_codes(
    values_m: &[(f64, f64)],
    rounding: ValueRounding,
) -> Option<(GridQuantity, f64)> {
    let peaks = NEIGHBOURS.map(|reach| peaks(values_m, reach));
    let subsets = LEFT_OUT.iter().flat_map(|share| {
        let all = peaks.iter();
        all.map(|peaks: &Vec<(f64, f64)>| without_lowest(peaks, *share))
    });
    let fits: Vec<GridFit> = subsets
        .filter(|peaks| peaks.len() >= MIN_PEAKS)
        .filter_map(|peaks| GridFit::best(&peaks, rounding))
        .filter(|fit| fit.residual <= MAX_PEAK_RESIDUAL && fit.steps() as f64 <= STEPS_OF_8_BITS)
        .collect();
    // Of the fits that are about as close as the closest one, the least probable one: few codes can have a multiple of the step, and
    // codes with a mixture among them a part of it.
    let closest = fits.iter().map(|fit| fit.residual).fold(1.0, f64::min);
    let limit = (3.0 * closest).max(EXACT_RESIDUAL);
    fits.into_iter()
        .filter(|fit| fit.residual <= limit)
        .min_by(|a, b| a.log10_chance.total_cmp(&b.log10_chance))
        .map(|fit| (fit.quantity, fit.step))
}

/// The values with more pixels than `reach` neighbours on each side.
fn peaks(values_m: &[(f64, f64)], reach: usize) -> Vec<(f64, f64)> {
    let is_peak = |&at: &usize| {
        let count = values_m[at].1;
        let before = &values_m[at.saturating_sub(reach)..at];
        let after = &values_m[at + 1..(at + 1 + reach).min(values_m.len())];
        let mut others = before.iter().chain(after);
        count >= MIN_PEAK_PIXELS && others.all(|other| count >= MIN_PEAK * other.1)
    };
    let found = (0..values_m.len()).filter(is_peak);
    found.map(|at| values_m[at]).collect()
}

/// The peaks without the given share of them, those with the fewest pixels.
fn without_lowest(peaks: &[(f64, f64)], share: f64) -> Vec<(f64, f64)> {
    let mut counts: Vec<f64> = peaks.iter().map(|p| p.1).collect();
    counts.sort_by(f64::total_cmp);
    let limit = counts.get((share * counts.len() as f64) as usize);
    let kept = peaks.iter().filter(|p| limit.is_some_and(|l| p.1 >= *l));
    kept.copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_counts(count: impl Fn(usize) -> f64, codes: usize) -> Vec<(usize, f64)> {
        let all = (0..codes).map(|code| (code, count(code)));
        all.filter(|(_, count)| *count > 0.0).collect()
    }

    /// Pseudo-random integers from 0 to `below - 1`: the high bits of a product with the golden ratio, mixed once.
    fn noise(code: usize, below: u64) -> f64 {
        let mixed = (code as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        ((mixed >> 33) % below) as f64
    }

    #[test]
    fn a_subdivision_is_found_at_every_offset() {
        for subdivision in [4, 9, 16, 36, 64] {
            for begin in [0, 1, subdivision - 1] {
                let count = |code: usize| {
                    let pixels = 5.0 + noise(code, 11);
                    if code % subdivision == begin {
                        4.0 * pixels
                    } else {
                        pixels
                    }
                };
                let codes = from_counts(count, 80 * subdivision);
                assert_eq!(subdivisions(&codes), Some(subdivision), "begins at {begin}");
            }
        }
    }

    #[test]
    fn an_output_of_more_bits_is_not_interpolated() {
        // A smooth scene with noise, 10 bits.
        let smooth = |code: usize| {
            let near = (code as f64 - 300.0) / 150.0;
            (4000.0 * libm::exp(-near * near) + noise(code, 97)).floor()
        };
        assert_eq!(subdivisions(&from_counts(smooth, 1024)), None);
        // Two walls of one code each and few other pixels.
        let walls = |code: usize| match code {
            200 | 600 => 1e6,
            _ => noise(code, 13),
        };
        assert_eq!(subdivisions(&from_counts(walls, 1024)), None);
        assert_eq!(subdivisions(&from_counts(|_| 1.0, 1024)), None);
        assert_eq!(subdivisions(&[]), None);
    }
}
