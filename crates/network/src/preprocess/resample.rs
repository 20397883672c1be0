//! Resizing of RGB images: in bytes, with each tool's own rounding, or in floating point without any.
//!
//! - OpenCV, bytes: weights of 11 bits in both passes. `INTER_LINEAR` drops bits between its passes as OpenCV does. `INTER_CUBIC` sums its
//!   second pass in single precision. Wheels of OpenCV for x86 may take Intel's IPP instead, which differs by one step in one of 20 pixels.
//! - PIL, bytes: weights of 22 bits; rows are rounded to bytes before columns are read.
//! - Floating point: the sums of either tool in `f64`, neither rounded nor clipped. A cubic filter overshoots there.

use super::filter_taps::{Filter, Taps, taps};

/// Bits of OpenCV's weights.
const OPENCV_BITS: i32 = 11;

/// Bits of PIL's weights: 32 less 8 bits of a sample and 2 for overshoots.
const PIL_BITS: u32 = 22;

/// Samples of an image, with any number of channels beside each other.
pub(super) struct Plane<'a, T> {
    pub samples: &'a [T],
    pub width: usize,
    pub height: usize,
    pub channels: usize,
}

/// Resizes bytes to `height` rows and `width` columns.
pub(super) fn resize_bytes(
    plane: &Plane<'_, u8>,
    width: usize,
    height: usize,
    filter: Filter,
) -> Vec<u8> {
    if (plane.width, plane.height) == (width, height) {
        return plane.samples.to_vec();
    }
    let rows = taps(filter, plane.width, width, true);
    let columns = taps(filter, plane.height, height, false);
    match filter {
        Filter::Nearest => nearest(plane, &rows, &columns),
        Filter::OpenCvLinear | Filter::OpenCvCubic => opencv_bytes(plane, &rows, &columns, filter),
        Filter::PilBilinear | Filter::PilBicubic | Filter::PilLanczos => {
            pil_bytes(plane, &rows, &columns)
        }
    }
}

/// Resizes floating-point samples to `height` rows and `width` columns.
pub(super) fn resize_floats(
    plane: &Plane<'_, f64>,
    width: usize,
    height: usize,
    filter: Filter,
) -> Vec<f64> {
    if (plane.width, plane.height) == (width, height) {
        return plane.samples.to_vec();
    }
    let rows = along_rows(
        plane,
        &taps(filter, plane.width, width, true),
        |taps, at| weighted(&taps.weights, at),
    );
    let columns = taps(filter, plane.height, height, false);
    down_columns(&rows, width * plane.channels, &columns, |taps, at| {
        weighted(&taps.weights, at)
    })
}

fn weighted(weights: &[f64], at: impl Fn(usize) -> f64) -> f64 {
    weights
        .iter()
        .enumerate()
        .map(|(i, weight)| weight * at(i))
        .sum()
}

/// Computes each sample of the narrower or wider rows from the taps of its column. `sum` gets the taps and the samples behind them.
fn along_rows<T: Copy, U>(
    plane: &Plane<'_, T>,
    columns: &[Taps],
    sum: impl Fn(&Taps, &dyn Fn(usize) -> T) -> U,
) -> Vec<U> {
    let channels = plane.channels;
    let mut out = Vec::with_capacity(plane.height * columns.len() * channels);
    for row in plane.samples.chunks_exact(plane.width * channels) {
        for taps in columns {
            for channel in 0..channels {
                out.push(sum(taps, &|i| row[taps.indices[i] * channels + channel]));
            }
        }
    }
    out
}

/// Computes each row of the result from the taps of that row, in an image of rows with `row_len` samples.
fn down_columns<T: Copy, U>(
    samples: &[T],
    row_len: usize,
    rows: &[Taps],
    sum: impl Fn(&Taps, &dyn Fn(usize) -> T) -> U,
) -> Vec<U> {
    let mut out = Vec::with_capacity(rows.len() * row_len);
    for taps in rows {
        for x in 0..row_len {
            out.push(sum(taps, &|i| samples[taps.indices[i] * row_len + x]));
        }
    }
    out
}

fn nearest(plane: &Plane<'_, u8>, columns: &[Taps], rows: &[Taps]) -> Vec<u8> {
    let narrow = along_rows(plane, columns, |_, at| at(0));
    down_columns(&narrow, columns.len() * plane.channels, rows, |_, at| at(0))
}

/// A weight of 11 bits, rounded half to even.
fn opencv_weight(weight: f64) -> i32 {
    // OpenCV multiplies in single precision.
    (weight as f32 * (1 << OPENCV_BITS) as f32).round_ties_even() as i32
}

fn opencv_bytes(plane: &Plane<'_, u8>, columns: &[Taps], rows: &[Taps], filter: Filter) -> Vec<u8> {
    let fixed = |taps: &Taps, at: &dyn Fn(usize) -> u8| -> i32 {
        let terms = taps.weights.iter().enumerate();
        terms
            .map(|(i, &weight)| opencv_weight(weight) * i32::from(at(i)))
            .sum()
    };
    let narrow = along_rows(plane, columns, fixed);
    let row_len = columns.len() * plane.channels;
    if filter == Filter::OpenCvLinear {
        return down_columns(&narrow, row_len, rows, |taps, at| {
            let terms = taps.weights.iter().enumerate();
            let sum: i32 = terms
                .map(|(i, &weight)| (opencv_weight(weight) * (at(i) >> 4)) >> 16)
                .sum();
            ((sum + 2) >> 2).clamp(0, 255) as u8
        });
    }
    let scale = 1.0 / (1_i64 << (2 * OPENCV_BITS)) as f32;
    down_columns(&narrow, row_len, rows, |taps, at| {
        let terms = taps.weights.iter().enumerate().rev();
        let sum = terms.fold(0.0_f32, |sum, (i, &weight)| {
            at(i) as f32 * (opencv_weight(weight) as f32 * scale) + sum
        });
        sum.round_ties_even().clamp(0.0, 255.0) as u8
    })
}

fn pil_bytes(plane: &Plane<'_, u8>, columns: &[Taps], rows: &[Taps]) -> Vec<u8> {
    let row_len = columns.len() * plane.channels;
    let fixed = |taps: &Taps, at: &dyn Fn(usize) -> u8| -> u8 {
        let half = 1_i64 << (PIL_BITS - 1);
        let terms = taps.weights.iter().enumerate();
        let sum: i64 = terms
            .map(|(i, &weight)| {
                // Half away from zero, as PIL rounds its weights.
                (weight * (1_u32 << PIL_BITS) as f64).round() as i64 * i64::from(at(i))
            })
            .sum();
        ((half + sum) >> PIL_BITS).clamp(0, 255) as u8
    };
    // PIL leaves out a pass over an axis that keeps its length; the weights 1 and 0 do the same.
    let narrow = along_rows(plane, columns, fixed);
    down_columns(&narrow, row_len, rows, fixed)
}
