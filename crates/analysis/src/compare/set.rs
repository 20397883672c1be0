//! The comparison of a set: its frames merged in their order, and each of them beside the others.
//!
//! Knows frames' sums; visits no pixel.

use serde::{Deserialize, Serialize};

use super::artefacts::{ArtefactScores, ArtefactSums};
use super::bands::BandSums;
use super::budget::{Budget, CodedSums};
use super::census::ValueCensus;
use super::depth_curve::DepthCurve;
use super::evaluate::{EvalSums, FIGURES, FrameEvals, metrics};
use super::frame::FrameComparison;
use super::grid::{Grid, NoGrid};
use super::joint::JointMoments;
use super::place::PlaceSums;
use super::protocol::{Affine, Protocol};
use fathom_core::metrics::DepthMetrics;

/// Metrics of both predictions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsPair {
    /// Of `F`.
    pub fp32: DepthMetrics,
    /// Of `Q`.
    pub int8: DepthMetrics,
}

/// The merged sums of a set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Number of frames.
    pub frames: usize,
    /// Errors of `F` under the protocol.
    pub fp32: EvalSums,
    /// Errors of `Q` under the protocol.
    pub int8: EvalSums,
    /// Moments for the budget.
    pub joint: JointMoments,
    /// What coding `F` does.
    pub coded: CodedSums,
    /// Values of all `Q`.
    pub census: ValueCensus,
    /// Errors by depth band.
    pub bands: BandSums,
    /// Errors against depth.
    pub curve: DepthCurve,
    /// Errors by place.
    pub place: PlaceSums,
    /// Banding and checkerboard.
    pub artefacts: ArtefactSums,
}

impl Comparison {
    /// Merges frames in the order given.
    pub fn of<'a>(frames: impl IntoIterator<Item = &'a FrameComparison>) -> Self {
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
        self.census.merge(&frame.census);
        self.bands.merge(&frame.bands);
        self.curve.merge(&frame.curve);
        self.place.merge(&frame.place);
        self.artefacts.add(&frame.artefacts);
    }

    /// Metrics over all pixels together; `None` without pixels.
    #[must_use]
    pub fn pooled(&self, protocol: &Protocol) -> Option<MetricsPair> {
        Some(MetricsPair {
            fp32: metrics(&self.fp32, protocol)?,
            int8: metrics(&self.int8, protocol)?,
        })
    }

    /// Where the squared error of INT8 comes from; `None` without pixels.
    #[must_use]
    pub fn budget(&self) -> Option<Budget> {
        Budget::of(&self.joint, &self.coded)
    }

    /// The grid of the whole set.
    ///
    /// # Errors
    /// [`NoGrid`] with the reason.
    pub fn grid(&self) -> Result<Grid, NoGrid> {
        Grid::detect(&self.census)
    }

    /// Scale and shift of least squares of `F` to `G` over the whole set, for [`super::Alignment::Fixed`]; from frames measured
    /// without alignment. `None` where `F` is constant.
    #[must_use]
    pub fn set_alignment(&self) -> Option<Affine> {
        let m = &self.joint;
        // G = F - f.
        let scale = 1.0 - m.fp32_f / m.fp32_fp32;
        let mean_gt_m = m.mean_fp32_m - m.mean_f_m;
        scale.is_finite().then_some(Affine {
            scale,
            shift_m: mean_gt_m - scale * m.mean_fp32_m,
        })
    }
}

/// Each frame's metrics.
#[must_use]
pub fn frame_metrics(frames: &[FrameEvals], protocol: &Protocol) -> Vec<Option<MetricsPair>> {
    let of = |frame: &FrameEvals| {
        Some(MetricsPair {
            fp32: metrics(&frame.fp32, protocol)?,
            int8: metrics(&frame.int8, protocol)?,
        })
    };
    frames.iter().map(of).collect()
}

/// The mean over frames of each frame's metrics; `None` without frames.
#[must_use]
pub fn per_frame(frames: &[FrameEvals], protocol: &Protocol) -> Option<MetricsPair> {
    let each: Vec<MetricsPair> = frame_metrics(frames, protocol)
        .into_iter()
        .flatten()
        .collect();
    if each.is_empty() {
        return None;
    }
    let mean = |of: fn(&MetricsPair) -> &DepthMetrics| {
        let mut out = DepthMetrics::default();
        for (figure, slot) in FIGURES.iter().zip(slots(&mut out)) {
            let sum: f64 = each.iter().map(|pair| figure.of(of(pair))).sum();
            *slot = sum / each.len() as f64;
        }
        out
    };
    Some(MetricsPair {
        fp32: mean(|pair| &pair.fp32),
        int8: mean(|pair| &pair.int8),
    })
}

/// The metrics' places in the order of [`FIGURES`].
fn slots(m: &mut DepthMetrics) -> [&mut f64; FIGURES.len()] {
    [
        &mut m.rmse,
        &mut m.abs_rel,
        &mut m.delta1,
        &mut m.delta2,
        &mut m.delta3,
        &mut m.mae,
        &mut m.bias,
        &mut m.sq_rel,
        &mut m.rmse_log,
        &mut m.log10,
        &mut m.silog,
        &mut m.irmse,
        &mut m.imae,
    ]
}

/// One frame beside the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameRow {
    /// Its place in the set.
    pub frame: usize,
    /// Number of pixels.
    pub count: f64,
    /// RMSE of `F`, in metres, by the budget.
    pub rmse_fp32_m: f64,
    /// RMSE of `Q`, in metres.
    pub rmse_int8_m: f64,
    /// Root of the mean of `q^2`, in metres.
    pub rms_q_m: f64,
    /// Mean of `q`, in metres.
    pub bias_m: f64,
    /// Banding and checkerboard.
    pub artefacts: ArtefactScores,
}

impl FrameRow {
    /// What INT8 adds to the RMSE, in metres.
    #[must_use]
    pub fn change_m(&self) -> f64 {
        self.rmse_int8_m - self.rmse_fp32_m
    }
}

/// The frame at a place; `None` without pixels.
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

/// All frames with pixels, in their order.
#[must_use]
pub fn frame_rows(frames: &[FrameComparison]) -> Vec<FrameRow> {
    let rows = frames.iter().enumerate();
    rows.filter_map(|(place, sums)| frame_row(place, sums))
        .collect()
}

/// The frames with the largest value first; equal ones, and those without a value at the end, in their order.
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
    use crate::compare::{Alignment, CompareSettings, FrameMaps};

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
                FrameComparison::of(&maps, settings).expect("pixels")
            })
            .collect()
    }

    #[test]
    fn slots_and_figures_are_in_one_order() {
        let mut m = DepthMetrics::default();
        for (i, slot) in slots(&mut m).into_iter().enumerate() {
            *slot = i as f64;
        }
        for (i, figure) in FIGURES.iter().enumerate() {
            assert_eq!(figure.of(&m), i as f64, "{}", figure.name());
        }
    }

    #[test]
    fn a_set_is_the_sum_of_its_frames() {
        let settings = CompareSettings::default();
        let frames = frames(&settings);
        let set = Comparison::of(&frames);
        let pooled = set.pooled(&settings.protocol).expect("pixels");
        let budget = set.budget().expect("pixels");
        assert!((pooled.int8.rmse / budget.rmse_int8_m() - 1.0).abs() < 1e-12);
        assert!((pooled.fp32.rmse / budget.rmse_fp32_m() - 1.0).abs() < 1e-12);
        let evals: Vec<FrameEvals> = frames.iter().map(FrameComparison::evals).collect();
        let mean = per_frame(&evals, &settings.protocol).expect("frames");
        let rows = frame_rows(&frames);
        let rmse = rows.iter().map(|r| r.rmse_int8_m).sum::<f64>() / 5.0;
        assert!((mean.int8.rmse - rmse).abs() < 1e-12);
        let grid = set.grid().expect("a grid");
        assert!((grid.step_m - 0.025).abs() < 1e-9);
        let worst = worst_first(&rows, |r| Some(r.change_m()));
        assert!(worst.windows(2).all(|w| w[0].change_m() >= w[1].change_m()));
    }

    #[test]
    fn frames_travel_without_a_change() {
        let frames = frames(&CompareSettings::default());
        let bytes = postcard::to_allocvec(&frames).expect("bytes");
        let back: Vec<FrameComparison> = postcard::from_bytes(&bytes).expect("frames");
        assert_eq!(back, frames);
    }

    #[test]
    fn an_alignment_of_the_set_takes_its_bias_away() {
        let plain = CompareSettings::default();
        let fit = Comparison::of(&frames(&plain))
            .set_alignment()
            .expect("a fit");
        let mut aligned = plain.clone();
        aligned.protocol.alignment = Alignment::Fixed(fit);
        let before = Comparison::of(&frames(&plain)).budget().expect("pixels");
        let after = Comparison::of(&frames(&aligned)).budget().expect("pixels");
        assert!(after.mse_fp32 < before.mse_fp32);
        let m = Comparison::of(&frames(&aligned)).joint;
        assert!(m.mean_f_m.abs() < 1e-12 && m.fp32_f.abs() < 1e-9);
    }
}
