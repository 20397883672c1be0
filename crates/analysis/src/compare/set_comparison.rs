//! The comparison of a set of frames: merged sums, metrics per frame, and a row of figures per frame.

use serde::{Deserialize, Serialize};

use super::artefacts::{ArtefactScores, ArtefactSums};
use super::depth_bands::BandSums;
use super::depth_curve::DepthCurve;
use super::error_budget::{Budget, CodedSums};
use super::error_map::ErrorMapSums;
use super::eval_protocol::EvalProtocol;
use super::evaluate::{ALL_METRICS, FrameMetricSums, PixelSums, metrics};
use super::frame_comparison::FrameComparison;
use super::joint_moments::JointMoments;
use super::output_grid::{GridError, OutputGrid};
use super::value_counts::ValueCounts;
use fathom_core::metrics::DepthMetrics;

/// Metrics of both predictions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsPair {
    /// Metrics of `F`.
    pub fp32: DepthMetrics,
    /// Metrics of `Q`.
    pub int8: DepthMetrics,
}

/// The merged sums of a set of frames.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Number of frames.
    pub frames: usize,
    /// Errors of `F` under the protocol.
    pub fp32: PixelSums,
    /// Errors of `Q` under the protocol.
    pub int8: PixelSums,
    /// Moments for the error budget.
    pub joint: JointMoments,
    /// Errors of `code(F)`.
    pub coded: CodedSums,
    /// Distinct values of all `Q` with their counts.
    pub value_counts: ValueCounts,
    /// Errors by depth band.
    pub bands: BandSums,
    /// Errors against depth.
    pub curve: DepthCurve,
    /// Errors by image cell.
    pub error_map: ErrorMapSums,
    /// Sums for banding and checkerboards.
    pub artefacts: ArtefactSums,
}

impl Comparison {
    /// Merges frames in the order given.
    pub fn from_frames<'a>(frames: impl IntoIterator<Item = &'a FrameComparison>) -> Self {
        let mut out = Self::default();
        for frame in frames {
            out.add(frame);
        }
        out
    }

    /// Adds the next frame.
    pub fn add(&mut self, frame: &FrameComparison) {
        self.frames += 1;
        self.fp32.add(&frame.fp32);
        self.int8.add(&frame.int8);
        self.joint.merge(&frame.joint);
        self.coded.add(&frame.coded);
        self.value_counts.merge(&frame.value_counts);
        self.bands.merge(&frame.bands);
        self.curve.merge(&frame.curve);
        self.error_map.merge(&frame.error_map);
        self.artefacts.add(&frame.artefacts);
    }

    /// Computes the metrics over all pixels together; `None` without pixels.
    #[must_use]
    pub fn pooled(&self, protocol: &EvalProtocol) -> Option<MetricsPair> {
        Some(MetricsPair {
            fp32: metrics(&self.fp32, protocol)?,
            int8: metrics(&self.int8, protocol)?,
        })
    }

    /// Computes the error budget; `None` without pixels.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        Budget::from_moments(&self.joint, &self.coded)
    }

    /// Detects the output grid of the whole set.
    ///
    /// # Errors
    /// [`GridError`] where the values lie on no grid.
    pub fn grid(&self) -> Result<OutputGrid, GridError> {
        OutputGrid::detect(&self.value_counts)
    }
}

/// Computes the metrics of each frame; `None` for a frame without pixels.
#[must_use]
pub(super) fn frame_metrics(
    frames: &[FrameMetricSums],
    protocol: &EvalProtocol,
) -> Vec<Option<MetricsPair>> {
    let of = |frame: &FrameMetricSums| {
        Some(MetricsPair {
            fp32: metrics(&frame.fp32, protocol)?,
            int8: metrics(&frame.int8, protocol)?,
        })
    };
    frames.iter().map(of).collect()
}

/// Computes the mean over frames of each frame's metrics; `None` without frames.
#[must_use]
pub fn per_frame(frames: &[FrameMetricSums], protocol: &EvalProtocol) -> Option<MetricsPair> {
    let each: Vec<MetricsPair> = frame_metrics(frames, protocol)
        .into_iter()
        .flatten()
        .collect();
    if each.is_empty() {
        return None;
    }
    let mean = |of: fn(&MetricsPair) -> &DepthMetrics| {
        let mut out = DepthMetrics::default();
        for (metric, field) in ALL_METRICS.iter().zip(fields(&mut out)) {
            let sum: f64 = each.iter().map(|pair| metric.value_in(of(pair))).sum();
            *field = sum / each.len() as f64;
        }
        out
    };
    Some(MetricsPair {
        fp32: mean(|pair| &pair.fp32),
        int8: mean(|pair| &pair.int8),
    })
}

/// The fields of the metrics in the order of [`ALL_METRICS`].
fn fields(metrics: &mut DepthMetrics) -> [&mut f64; ALL_METRICS.len()] {
    // Named one by one, so that a new metric without a mean does not compile.
    let DepthMetrics {
        rmse,
        abs_rel,
        delta1,
        delta2,
        delta3,
        mae,
        bias,
        sq_rel,
        rmse_log,
        log10,
        silog,
        irmse,
        imae,
    } = metrics;
    [
        rmse, abs_rel, delta1, delta2, delta3, mae, bias, sq_rel, rmse_log, log10, silog, irmse,
        imae,
    ]
}

/// The figures of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameRow {
    /// Index of the frame.
    pub frame: usize,
    /// Number of pixels.
    pub count: f64,
    /// RMSE of `F` without the clamp, in metres.
    pub rmse_fp32_m: f64,
    /// RMSE of `Q` without the clamp, in metres.
    pub rmse_int8_m: f64,
    /// Root mean square of `q`, in metres.
    pub rms_q_m: f64,
    /// Mean of `q`, in metres.
    pub bias_m: f64,
    /// Scores of banding and checkerboards.
    pub artefacts: ArtefactScores,
}

impl FrameRow {
    /// Returns the RMSE of `Q` minus that of `F`, in metres.
    #[must_use]
    pub fn change_m(&self) -> f64 {
        self.rmse_int8_m - self.rmse_fp32_m
    }

    /// Returns what INT8 adds to the error of the frame, in metres: to the RMSE, or the RMS of `q` where the RMSE has no value.
    #[must_use]
    pub fn loss_m(&self) -> f64 {
        let change_m = self.change_m();
        if change_m.is_finite() {
            change_m
        } else {
            self.rms_q_m
        }
    }
}

/// Returns the figures of a frame, which gets the index `frame`; `None` without pixels.
#[must_use]
pub fn frame_row(frame: usize, sums: &FrameComparison) -> Option<FrameRow> {
    let budget = sums.budget()?;
    Some(FrameRow {
        frame,
        count: budget.count,
        rmse_fp32_m: budget.rmse_fp32_m(),
        rmse_int8_m: budget.rmse_int8_m(),
        rms_q_m: budget.rms_q_m(),
        bias_m: budget.bias_m,
        artefacts: sums.artefacts.scores(),
    })
}

/// Returns the figures of all frames with pixels, in their order.
#[must_use]
pub fn frame_rows(frames: &[FrameComparison]) -> Vec<FrameRow> {
    let rows = frames.iter().enumerate();
    rows.filter_map(|(index, sums)| frame_row(index, sums))
        .collect()
}

/// Sorts rows by a value, largest first and rows without a value last. Equal rows keep their order.
#[must_use]
pub fn worst_first(rows: &[FrameRow], by: impl Fn(&FrameRow) -> Option<f64>) -> Vec<FrameRow> {
    let key = |row: &FrameRow| by(row).unwrap_or(f64::NEG_INFINITY);
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| key(b).total_cmp(&key(a)));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{Affine, Alignment, CompareSettings, FrameMaps};

    fn frames(settings: &CompareSettings) -> Vec<FrameComparison> {
        (0..5)
            .map(|k| {
                let gt: Vec<f64> = (0..300)
                    .map(|i| 0.5 + 0.02 * f64::from((i * 37 + k * 11) % 300))
                    .collect();
                let fp32: Vec<f64> = gt
                    .iter()
                    .enumerate()
                    .map(|(i, g)| 1.02 * g + 0.05 * ((i % 7) as f64 - 3.0))
                    .collect();
                let int8: Vec<f64> = fp32
                    .iter()
                    .map(|f| (f / 0.025 + 0.2 * f64::from(k)).round() * 0.025)
                    .collect();
                let maps = FrameMaps {
                    width: 20,
                    gt_m: &gt,
                    fp32_m: &fp32,
                    int8_m: &int8,
                };
                FrameComparison::measure(&maps, settings).expect("pixels")
            })
            .collect()
    }

    #[test]
    fn fields_and_metrics_are_in_one_order() {
        let mut m = DepthMetrics::default();
        for (i, field) in fields(&mut m).into_iter().enumerate() {
            *field = i as f64;
        }
        for (i, metric) in ALL_METRICS.iter().enumerate() {
            assert_eq!(metric.value_in(&m), i as f64, "{}", metric.name());
        }
    }

    #[test]
    fn a_set_is_the_sum_of_its_frames() {
        let settings = CompareSettings::default();
        let frames = frames(&settings);
        let set = Comparison::from_frames(&frames);
        let pooled = set.pooled(&settings.protocol).expect("pixels");
        let budget = set.budget().expect("pixels");
        assert!((pooled.int8.rmse / budget.rmse_int8_m() - 1.0).abs() < 1e-12);
        assert!((pooled.fp32.rmse / budget.rmse_fp32_m() - 1.0).abs() < 1e-12);
        let evals: Vec<FrameMetricSums> = frames.iter().map(FrameComparison::metric_sums).collect();
        let mean = per_frame(&evals, &settings.protocol).expect("frames");
        let rows = frame_rows(&frames);
        let rmse = rows.iter().map(|r| r.rmse_int8_m).sum::<f64>() / 5.0;
        assert!((mean.int8.rmse - rmse).abs() < 1e-12);
        let grid = set.grid().expect("a grid");
        assert!((grid.step - 0.025).abs() < 1e-9);
        let worst = worst_first(&rows, |r| Some(r.change_m()));
        assert!(worst.windows(2).all(|w| w[0].change_m() >= w[1].change_m()));
    }

    #[test]
    fn frames_are_equal_after_postcard() {
        let frames = frames(&CompareSettings::default());
        let bytes = postcard::to_allocvec(&frames).expect("bytes");
        let back: Vec<FrameComparison> = postcard::from_bytes(&bytes).expect("frames");
        assert_eq!(back, frames);
    }

    #[test]
    fn an_alignment_of_the_set_removes_its_bias() {
        let plain = CompareSettings::default();
        // Least squares of G = F - f on F over the whole set.
        let m = Comparison::from_frames(&frames(&plain)).joint;
        let scale = 1.0 - m.fp32_f / m.fp32_fp32;
        let fit = Affine {
            scale,
            shift_m: m.mean_fp32_m - m.mean_f_m - scale * m.mean_fp32_m,
        };
        let mut aligned = plain.clone();
        aligned.protocol.alignment = Alignment::Fixed(fit);
        let before = Comparison::from_frames(&frames(&plain))
            .budget()
            .expect("pixels");
        let after = Comparison::from_frames(&frames(&aligned))
            .budget()
            .expect("pixels");
        assert!(after.mse_fp32 < before.mse_fp32);
        let m = Comparison::from_frames(&frames(&aligned)).joint;
        assert!(m.mean_f_m.abs() < 1e-12 && m.fp32_f.abs() < 1e-9);
    }
}
