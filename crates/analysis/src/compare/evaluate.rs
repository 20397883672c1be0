//! Metrics of both predictions under an evaluation protocol, from sums that merge over frames.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::aligned_frame::AlignedFrame;
use super::change_tail::{ChangeTail, TailScan};
use super::eval_protocol::{Clamp, EvalProtocol, SqRelDivisor};
use super::fingerprint::Fingerprint;
use fathom_core::metrics::{Criterion, DepthMetrics, pixel_sums};

pub use fathom_core::metrics::PixelSums;

/// Sums the errors of `F` and of `Q` over the pixels of a frame, and keeps the largest changes between them.
#[must_use]
#[inline(never)]
pub(super) fn evaluate(
    aligned: &AlignedFrame,
    protocol: &EvalProtocol,
) -> (PixelSums, PixelSums, ChangeTail) {
    let floor_m = protocol.floor_m.unwrap_or(f64::NEG_INFINITY);
    let (mut fp32, mut int8) = (PixelSums::default(), PixelSums::default());
    let mut tail = TailScan::new(aligned.pixels(), protocol);
    let mut add = |gt_m: &[f64], predictions: [&[f64]; 2]| {
        let sums = pixel_sums(gt_m, predictions, floor_m);
        fp32.add(&sums[0]);
        int8.add(&sums[1]);
        tail.add(gt_m, predictions[0], predictions[1]);
    };
    for block in aligned.pixels().blocks() {
        let predictions = [block.fp32_m, block.int8_m];
        match protocol.clamp {
            None => add(block.gt_m, predictions),
            Some(ends) => {
                let [fp32_m, int8_m] = predictions.map(|map_m| clamped(ends, map_m));
                add(block.gt_m, [&fp32_m, &int8_m]);
            }
        }
    }
    (fp32, int8, tail.finish())
}

fn clamped(ends: Clamp, map_m: &[f64]) -> Vec<f64> {
    map_m.iter().map(|&depth_m| ends.apply(depth_m)).collect()
}

/// Computes the metrics as the protocol's evaluator prints them; `None` without pixels.
#[must_use]
pub fn metrics(sums: &PixelSums, protocol: &EvalProtocol) -> Option<DepthMetrics> {
    let mut out = DepthMetrics::from_sums(&sums.errors)?;
    let mean = |sum: f64| sum / sums.errors.count;
    if protocol.silog_lambda != 1.0 {
        let mean_log = mean(sums.errors.log);
        let inside = mean(sums.errors.log_square) - protocol.silog_lambda * mean_log * mean_log;
        out.silog = inside.sqrt();
    }
    out.silog *= protocol.silog_factor;
    if protocol.sq_rel == SqRelDivisor::DepthSquared {
        out.sq_rel = mean(sums.square_over_square);
    }
    Some(out)
}

/// All metrics, in the order of reports.
pub const ALL_METRICS: [Criterion; 13] = [
    Criterion::Rmse,
    Criterion::AbsRel,
    Criterion::Delta1,
    Criterion::Delta2,
    Criterion::Delta3,
    Criterion::Mae,
    Criterion::Bias,
    Criterion::SqRel,
    Criterion::RmseLog,
    Criterion::Log10,
    Criterion::Silog,
    Criterion::Irmse,
    Criterion::Imae,
];

/// The error sums of one frame, for the metrics of both predictions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameMetricSums {
    /// Sums of `F`.
    pub fp32: PixelSums,
    /// Sums of `Q`.
    pub int8: PixelSums,
    /// Factor of the alignment of `F`.
    pub fp32_scale: f64,
    /// Factor of the alignment of `Q`.
    pub int8_scale: f64,
    /// The hash of the frame's maps; `None` where they are unknown.
    pub fingerprint: Option<Fingerprint>,
    /// Largest changes of pixels from `F` to `Q`.
    pub tail: ChangeTail,
}

/// Finds copies: for each frame, the index of the first frame with the same maps and the same sums, which is its own for the original.
#[must_use]
pub fn originals(frames: &[FrameMetricSums]) -> Vec<usize> {
    let mut first: HashMap<Fingerprint, usize> = HashMap::new();
    let of = |(index, frame): (usize, &FrameMetricSums)| {
        let Some(fingerprint) = frame.fingerprint else {
            return index;
        };
        let original = *first.entry(fingerprint).or_insert(index);
        let is_copy = frames[original].fp32 == frame.fp32 && frames[original].int8 == frame.int8;
        if is_copy { original } else { index }
    };
    frames.iter().enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Evaluator, FrameMaps};

    fn figures(evaluator: Evaluator, fp32_m: &[f64]) -> DepthMetrics {
        let gt_m = [1.0, 2.0, 4.0, 8.0];
        let maps = FrameMaps {
            width: 4,
            gt_m: &gt_m,
            fp32_m,
            int8_m: fp32_m,
        };
        let protocol = EvalProtocol {
            crop: fathom_core::depth::Crop::None,
            min_pixels: 1,
            ..evaluator.protocol()
        };
        let aligned = AlignedFrame::new(&maps, &protocol).expect("pixels");
        metrics(&evaluate(&aligned, &protocol).0, &protocol).expect("pixels")
    }

    #[test]
    fn each_evaluator_uses_its_own_formulas() {
        let p = [1.1, 2.2, 4.4, 8.8];
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} against {b}");
        let log = libm::log(1.1);
        close(figures(Evaluator::Plain, &p).sq_rel, 0.01 * 15.0 / 4.0);
        close(figures(Evaluator::KittiDevkit, &p).sq_rel, 0.01);
        // A common factor has no scale-invariant error, unless only half of the squared mean is subtracted.
        close(figures(Evaluator::BtsKitti, &p).silog, 0.0);
        close(
            figures(Evaluator::DepthAnythingOutdoor, &p).silog,
            0.5_f64.sqrt() * log,
        );
        close(figures(Evaluator::Monodepth2, &p).rmse, 0.0);
    }

    #[test]
    fn zeros_make_only_evaluators_without_a_floor_infinite() {
        let p = [0.0, 2.0, 4.0, 8.0];
        assert!(
            figures(Evaluator::DepthAnythingOutdoor, &p)
                .rmse_log
                .is_infinite()
        );
        assert!(figures(Evaluator::BtsKitti, &p).rmse_log.is_finite());
        assert!(figures(Evaluator::Plain, &p).rmse_log.is_finite());
        // The KITTI kit treats a zero as a hole and fills it with its neighbour.
        assert!((figures(Evaluator::KittiDevkit, &p).mae - 0.25).abs() < 1e-12);
    }
}
