//! Entropy calibration: the threshold whose coded histogram has the smallest KL divergence from the clipped one.
//!
//! Two forms are published:
//!
//! - TensorRT's (S. Migacz, GTC 2017, and NVIDIA's open calibrators): 2,048 bins of magnitudes, with a threshold at every bin from 128
//!   on. The 128 coded bins have equal widths, not always whole bins. The first bin takes the second one's count.
//! - ONNX Runtime's (`calibrate.py`): bins about zero. Coded bins have whole widths, and the last one takes the rest. Counts stay
//!   integers, and empty bins are smoothed.
//!
//! On depths that begin far from zero, TensorRT's form may choose the nearest depth as the end. With all pixels in one occupied bin
//! both histograms are equal. The method gives that result itself, so it is not corrected.

use super::calibration_data::CalibrationData;
use super::calibration_error::CalibrationError;
use super::equal_bins::equal_edges;
use fathom_core::quant::{OutputRange, RangeError};

/// Values of the positive half of INT8. Both forms code to it at every bit width.
const CODED: usize = 128;

const TENSOR_RT_BINS: usize = 2048;

/// The count that ONNX Runtime gives an empty bin.
const SMOOTHING: f64 = 1e-4;

fn symmetric(end_m: f64) -> Result<OutputRange, CalibrationError> {
    Ok(OutputRange::new(-end_m, end_m)?)
}

/// Computes `sum of p ln(p / q)` of two histograms normalised to 1; infinite where `q` is empty in a bin of `p`.
fn divergence(p: &[f64], q: &[f64]) -> f64 {
    let (p_sum, q_sum): (f64, f64) = (p.iter().sum(), q.iter().sum());
    if q_sum <= 0.0 {
        return f64::INFINITY;
    }
    let pairs = p.iter().zip(q).filter(|&(&p, _)| p > 0.0);
    pairs
        .map(|(p, q)| {
            let (p, q) = (p / p_sum, q / q_sum);
            if q > 0.0 {
                p * libm::log(p / q)
            } else {
                f64::INFINITY
            }
        })
        .sum()
}

/// Computes TensorRT's range.
///
/// # Errors
/// [`CalibrationError::Range`] where the threshold is too small for a range.
pub(super) fn tensor_rt(data: &impl CalibrationData) -> Result<OutputRange, CalibrationError> {
    let edges = equal_edges(0.0, data.largest_magnitude(), TENSOR_RT_BINS);
    let mut bins = data.magnitude_histogram(&edges);
    bins[0] = bins[1];
    let mut best = (f64::INFINITY, TENSOR_RT_BINS);
    for kept in CODED..=TENSOR_RT_BINS {
        let divergence = divergence(&clipped(&bins, kept), &coded(&bins[..kept]));
        // The widest wins among equals.
        if divergence <= best.0 {
            best = (divergence, kept);
        }
    }
    symmetric(edges[best.1])
}

/// Returns the first `kept` bins, with the counts of all others added to the last of them.
fn clipped(bins: &[f64], kept: usize) -> Vec<f64> {
    let mut out = bins[..kept].to_vec();
    out[kept - 1] += bins[kept..].iter().sum::<f64>();
    out
}

/// Gives each occupied bin the mean count of its coded bin.
fn coded(bins: &[f64]) -> Vec<f64> {
    let coded_bin = |i: usize| i * CODED / bins.len();
    let mut sums = [(0.0, 0.0); CODED];
    for (i, &count) in bins.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        let (sum, occupied) = &mut sums[coded_bin(i)];
        *sum += count;
        *occupied += 1.0;
    }
    let mean = |(i, &count): (usize, &f64)| {
        let (sum, occupied) = sums[coded_bin(i)];
        if count > 0.0 { sum / occupied } else { 0.0 }
    };
    bins.iter().enumerate().map(mean).collect()
}

/// Computes ONNX Runtime's range from a histogram of `bins` bins.
///
/// # Errors
/// [`CalibrationError::Bins`] unless `bins` is 128 to 65,536; [`CalibrationError::Range`] where the bins have no width.
pub(super) fn onnx_runtime(
    data: &impl CalibrationData,
    bins: usize,
) -> Result<OutputRange, CalibrationError> {
    if !(CODED..=1 << 16).contains(&bins) {
        return Err(CalibrationError::Bins(bins));
    }
    let end_m = data.largest_magnitude();
    let edges = equal_edges(-end_m, end_m, bins);
    if edges[0] >= edges[1] {
        return Err(RangeError::NoStep {
            min_m: -end_m,
            max_m: end_m,
        }
        .into());
    }
    let counts = data.histogram(&edges);
    let zero = bins / 2;
    let mut best = (f64::INFINITY, zero);
    for half in CODED / 2..=zero {
        let divergence = divergence_about_zero(&counts, zero, half);
        if divergence < best.0 {
            best = (divergence, half);
        }
    }
    let (start, end) = about(zero, best.1, bins);
    Ok(OutputRange::new(edges[start], edges[end])?)
}

/// Returns the half-open interval of the bins within `half` of the middle.
fn about(zero: usize, half: usize, bins: usize) -> (usize, usize) {
    (zero - half, (zero + half + 1).min(bins))
}

fn divergence_about_zero(counts: &[f64], zero: usize, half: usize) -> f64 {
    let (start, end) = about(zero, half, counts.len());
    let kept = &counts[start..end];
    let mut p = kept.to_vec();
    p[0] += counts[..start].iter().sum::<f64>();
    p[end - start - 1] += counts[end..].iter().sum::<f64>();
    let merged = kept.len() / CODED;
    let mut q = vec![0.0; kept.len()];
    for coded in 0..CODED {
        let bins = coded * merged..(coded + 1) * merged;
        let mut sum: f64 = kept[bins.clone()].iter().sum();
        if coded == CODED - 1 {
            // The remaining bins count for the last coded bin, but `q` stays empty there.
            sum += kept[CODED * merged..].iter().sum::<f64>();
        }
        let occupied = p[bins.clone()].iter().filter(|&&count| count > 0.0).count();
        if occupied > 0 {
            // ONNX Runtime's counts are integers, which drops the fraction.
            q[bins].fill((sum / occupied as f64).floor());
        }
    }
    match (smoothed(&p), smoothed(&q)) {
        (Some(p), Some(q)) => divergence(&p, &q),
        _ => f64::INFINITY,
    }
}

/// Moves a small count from the occupied bins to the empty ones; `None` where the occupied ones hold too little.
fn smoothed(counts: &[f64]) -> Option<Vec<f64>> {
    let empty = counts.iter().filter(|&&count| count == 0.0).count() as f64;
    let occupied = counts.len() as f64 - empty;
    let taken = SMOOTHING * empty / occupied;
    let give = |&count: &f64| {
        if count > 0.0 {
            count - taken
        } else {
            SMOOTHING
        }
    };
    (occupied > 0.0 && taken < 1.0).then(|| counts.iter().map(give).collect())
}
