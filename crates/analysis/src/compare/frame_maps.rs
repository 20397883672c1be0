//! The three maps of a frame, in metres. Samples that cannot be compared are NaN.

use std::borrow::Cow;

use super::eval_protocol::{Clamp, HoleFill};
use fathom_core::depth::{Encoding, Role, Samples};

/// The maps of a frame in metres, for display. Pixels outside the comparison are NaN.
#[derive(Clone, Debug, PartialEq)]
pub struct FramePreview {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The maps with their roles.
    pub maps_m: Vec<(Role, Vec<f64>)>,
}

impl FramePreview {
    /// Leaves every n-th row and column, so that no more than this many columns remain. Depths stay as they are: means would hide steps.
    #[must_use]
    pub fn thinned(self, columns: usize) -> Self {
        let every = self.width.div_ceil(columns.max(1)).max(1);
        if every == 1 {
            return self;
        }
        let thin = |map_m: &[f64]| {
            let rows = map_m.chunks(self.width).step_by(every);
            rows.flat_map(|row| row.iter().step_by(every).copied())
                .collect()
        };
        let maps = self.maps_m.iter();
        Self {
            width: self.width.div_ceil(every),
            height: self.height.div_ceil(every),
            maps_m: maps.map(|(role, map_m)| (*role, thin(map_m))).collect(),
        }
    }
}

/// The maps of one frame in metres: three slices of one length, row by row.
///
/// A pixel counts where the ground truth is finite and above zero and both predictions are finite. A prediction of zero counts: real INT8
/// maps contain exact zeros, which are errors to measure.
#[derive(Clone, Copy, Debug)]
pub struct FrameMaps<'a> {
    /// Number of columns of all three.
    pub width: usize,
    /// Ground truth: measured or rendered depth.
    pub gt_m: &'a [f64],
    /// Prediction of the floating-point model.
    pub fp32_m: &'a [f64],
    /// Prediction of the INT8 model.
    pub int8_m: &'a [f64],
}

fn metres(samples: &Samples, encoding: Encoding, valid: impl Fn(f64) -> bool) -> Vec<f64> {
    let one = |raw: f64| {
        if valid(raw) {
            encoding.metres(raw)
        } else {
            f64::NAN
        }
    };
    match samples {
        Samples::U16(a) => a.iter().map(|&v| one(f64::from(v))).collect(),
        Samples::F32(a) => a.iter().map(|&v| one(f64::from(v))).collect(),
        Samples::F64(a) => a.iter().map(|&v| one(v)).collect(),
    }
}

/// Converts a ground-truth map to metres. Samples that are zero, negative, not finite or equal to a marker become NaN.
#[must_use]
#[inline(never)]
pub fn ground_truth_m(samples: &Samples, encoding: Encoding, markers: &[f64]) -> Vec<f64> {
    metres(samples, encoding, |raw| {
        raw.is_finite() && raw > 0.0 && !markers.contains(&raw)
    })
}

/// Converts a prediction to metres. Samples that are not finite stay as they are, because some evaluators give them a value.
#[must_use]
#[inline(never)]
pub fn prediction_m(samples: &Samples, encoding: Encoding) -> Vec<f64> {
    metres(samples, encoding, |_| true)
}

/// Fills the holes of a prediction as an evaluator does.
pub(super) fn fill(
    fill: HoleFill,
    clamp: Option<Clamp>,
    width: usize,
    map_m: &[f64],
) -> Cow<'_, [f64]> {
    match (fill, clamp) {
        (HoleFill::Background, _) => {
            let mut out = map_m.to_vec();
            fill_background(width, &mut out);
            out.into()
        }
        (HoleFill::ClampEnds, Some(ends)) => map_m.iter().map(|&d| finite(d, ends)).collect(),
        (HoleFill::ClampEnds, None) | (HoleFill::None, _) => map_m.into(),
    }
}

fn finite(depth_m: f64, ends: Clamp) -> f64 {
    if depth_m == f64::INFINITY {
        ends.max_m
    } else if depth_m.is_finite() {
        depth_m
    } else {
        ends.min_m
    }
}

fn is_depth(depth_m: f64) -> bool {
    depth_m.is_finite() && depth_m > 0.0
}

/// Fills holes as `interpolateBackground` of the KITTI depth development kit does.
///
/// A hole inside a row takes the nearer depth of its two neighbours. The ends of rows, then of columns, take the outermost depth.
fn fill_background(width: usize, map_m: &mut [f64]) {
    if width == 0 {
        return;
    }
    for row in map_m.chunks_exact_mut(width) {
        fill_inside(row);
        extend(row, 1, 0);
    }
    for column in 0..width {
        extend(map_m, width, column);
    }
}

fn fill_inside(row: &mut [f64]) {
    let mut last: Option<usize> = None;
    for i in 0..row.len() {
        if !is_depth(row[i]) {
            continue;
        }
        if let Some(left) = last {
            let nearer = row[left].min(row[i]);
            row[left + 1..i].fill(nearer);
        }
        last = Some(i);
    }
}

/// Extends the first and the last depth of every `stride`-th sample from `start` to the ends.
fn extend(map_m: &mut [f64], stride: usize, start: usize) {
    let indices = || (start..map_m.len()).step_by(stride);
    let known = |&i: &usize| is_depth(map_m[i]);
    let (Some(first), Some(last)) = (indices().find(known), indices().rev().find(known)) else {
        return;
    };
    let (near, far) = (map_m[first], map_m[last]);
    for i in (start..map_m.len()).step_by(stride) {
        if i < first {
            map_m[i] = near;
        } else if i > last {
            map_m[i] = far;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_wide_map_is_thinned_in_both_directions() {
        let map_m: Vec<f64> = (0..15).map(f64::from).collect();
        let preview = FramePreview {
            width: 5,
            height: 3,
            maps_m: vec![(Role::Float, map_m)],
        };
        assert_eq!(preview.clone().thinned(5), preview);
        let thinned = preview.thinned(4);
        assert_eq!((thinned.width, thinned.height), (3, 2));
        assert_eq!(thinned.maps_m[0].1, [0.0, 2.0, 4.0, 10.0, 12.0, 14.0]);
    }

    #[test]
    fn holes_are_filled_as_the_kitti_kit_fills_them() {
        let n = f64::NAN;
        #[rustfmt::skip]
        let map = [
            n,   n,   n,   n,   n,
            n,   4.0, 0.0, 2.0, n,
            3.0, n,   n,   n,   5.0,
            n,   n,   n,   n,   n,
        ];
        #[rustfmt::skip]
        let filled = [
            4.0, 4.0, 2.0, 2.0, 2.0,
            4.0, 4.0, 2.0, 2.0, 2.0,
            3.0, 3.0, 3.0, 3.0, 5.0,
            3.0, 3.0, 3.0, 3.0, 5.0,
        ];
        assert_eq!(*fill(HoleFill::Background, None, 5, &map), filled);
    }

    #[test]
    fn a_map_without_any_depth_stays_empty() {
        assert!(
            fill(HoleFill::Background, None, 2, &[f64::NAN; 4])
                .iter()
                .all(|d| d.is_nan())
        );
    }

    #[test]
    fn infinities_become_the_ends_of_the_clamp() {
        let clamp = Clamp {
            min_m: 0.001,
            max_m: 80.0,
        };
        let map = [1.0, f64::INFINITY, f64::NAN, -1.0];
        assert_eq!(
            *fill(HoleFill::ClampEnds, Some(clamp), 2, &map),
            [1.0, 80.0, 0.001, -1.0]
        );
    }

    #[test]
    fn a_zero_is_invalid_in_ground_truth_and_valid_in_a_prediction() {
        let codes = Samples::U16(array![[0, 1500, 65535]]);
        let mm = fathom_core::depth::ScalePreset::Millimetre.encoding();
        let gt = ground_truth_m(&codes, mm, &[65_535.0]);
        assert!(gt[0].is_nan() && gt[2].is_nan());
        assert_eq!(gt[1], 1.5);
        assert_eq!(prediction_m(&codes, mm), [0.0, 1.5, 65.535]);
    }
}
