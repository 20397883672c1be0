//! PyTorch's histogram observer: a greedy search that moves both ends inwards.
//!
//! From `torch/ao/quantization/observer.py`:
//!
//! - Two quantiles move inwards in steps of 1e-5. The end that would pass more bins moves.
//! - The error assumes depths spread evenly over each bin, coded by the centres of 2^bits cells.
//! - The search ends at the first increase, so it may miss a better range.
//! - The observer then extends the range to contain zero.

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use super::equal_bins::equal_edges;
use fathom_core::quant::{Bits, OutputRange};

const BINS: usize = 2048;

/// The step of a quantile, as a share of the pixels.
const QUANTILE_STEP: f64 = 1e-5;

/// Computes the observer's range.
///
/// # Errors
/// [`CalibrationError::Range`] where the ends form no range.
pub(super) fn histogram_observer(
    data: &impl CalibrationData,
    bits: Bits,
) -> Result<OutputRange, CalibrationError> {
    let (min_m, max_m) = (data.min(), data.max());
    let width = (max_m - min_m) / BINS as f64;
    if width <= 0.0 {
        return Ok(OutputRange::new(min_m.min(0.0), max_m.max(0.0))?);
    }
    let histogram = data.histogram(&equal_edges(min_m, max_m, BINS));
    let cells = f64::from(bits.steps()) + 1.0;
    let (start, end) = greedy_search(&histogram, |start, end| {
        error(&histogram, start, end, cells)
    });
    let low = min_m + width * start as f64;
    let high = min_m + width * (end + 1) as f64;
    Ok(OutputRange::new(low.min(0.0), high.max(0.0))?)
}

/// Returns the first and the last bin of the best range.
fn greedy_search(histogram: &[f64], error: impl Fn(usize, usize) -> f64) -> (usize, usize) {
    let mut sum = 0.0;
    let running: Vec<f64> = histogram
        .iter()
        .map(|count| {
            sum += count;
            sum
        })
        .collect();
    let (mut alpha, mut beta) = (0.0, 1.0);
    let (mut start, mut end) = (0, histogram.len() - 1);
    let mut least = f64::INFINITY;
    while alpha < beta {
        let (next_alpha, next_beta) = (alpha + QUANTILE_STEP, beta - QUANTILE_STEP);
        let (mut left, mut right) = (start, end);
        while left < end && running[left] < next_alpha * sum {
            left += 1;
        }
        while right > start && running[right] > next_beta * sum {
            right -= 1;
        }
        let (mut next_start, mut next_end) = (start, end);
        if left - start > end - right {
            next_start = left;
            alpha = next_alpha;
        } else {
            next_end = right;
            beta = next_beta;
        }
        if (next_start, next_end) == (start, end) {
            continue;
        }
        let next = error(next_start, next_end);
        if next > least {
            break;
        }
        (least, start, end) = (next, next_start, next_end);
    }
    (start, end)
}

/// Computes the squared error of the range `start..=end` with `cells` cells, in pixels times bin widths cubed.
fn error(histogram: &[f64], start: usize, end: usize, cells: f64) -> f64 {
    let cell = (end - start + 1) as f64 / cells;
    let cubes = |from: f64, to: f64| (to * to * to - from * from * from) / 3.0;
    let half = cell / 2.0;
    let whole = cubes(-half, half);
    let bins = histogram.iter().enumerate();
    bins.map(|(i, &density)| {
        let from = i as f64 - start as f64;
        let to = from + 1.0;
        let cell_of = |at: f64| (at / cell).floor().clamp(0.0, cells - 1.0);
        let (first, last) = (cell_of(from), cell_of(to));
        let middle = |index: f64| (index + 0.5) * cell;
        density
            * (cubes(from - middle(first), half)
                + (last - first - 1.0) * whole
                + cubes(-half, to - middle(last)))
    })
    .sum()
}
