//! Sums of figures over frames, and Shapley shares with their two uncertainties.

use crate::measure::{
    DifferenceSums, ErrorSpace, FrameInterval, GroupRuns, OutputError, PlayerRuns, ShapleyEstimate,
    TensorStatistics,
};

use super::study_network::{FrameFigures, LayerFigures, OwnFigures};

/// Figures of all frames so far.
#[derive(Clone, Debug, Default)]
pub struct StudyTotals {
    /// The FP32 network against ground truth.
    pub fp32: OutputError,
    /// Groups of each frame.
    pub groups: Vec<GroupRuns>,
    /// Layers over all frames.
    pub layers: Vec<PlayerRuns>,
    /// Tensors over all frames.
    pub tensors: Vec<TensorStatistics>,
    /// The INT8 file's own graph over all frames.
    pub own: Option<OwnFigures>,
    /// Ties that round the other way, over all frames.
    pub ties: DifferenceSums,
}

impl StudyTotals {
    /// Adds a frame. Frames are added in their order, so that sums do not depend on which was measured first.
    pub fn add(&mut self, frame: &FrameFigures) {
        self.fp32.add(&frame.fp32);
        self.ties.add(&frame.ties);
        self.groups.push(frame.groups.clone());
        if let Some(one) = &frame.own {
            let sum = self.own.get_or_insert_default();
            sum.file.add(&one.file);
            sum.nodes.add(&one.nodes);
            sum.nodes_m.add(&one.nodes_m);
        }
    }

    /// Adds layers and tensors of a frame.
    pub fn add_layers(&mut self, frame: &LayerFigures) {
        self.layers
            .resize_with(frame.layers.len(), Default::default);
        for (sum, one) in self.layers.iter_mut().zip(&frame.layers) {
            sum.only.add(&one.only);
            sum.all_but.add(&one.all_but);
        }
        self.tensors
            .resize_with(frame.tensors.len(), Default::default);
        for (sum, one) in self.tensors.iter_mut().zip(&frame.tensors) {
            sum.add(one);
        }
    }

    /// All quantizers on, over all frames.
    #[must_use]
    pub fn all_on(&self) -> OutputError {
        let mut out = OutputError::default();
        for runs in &self.groups {
            out.add(&runs.subsets[runs.subsets.len() - 1]);
        }
        out
    }

    /// Mean square of the output's change with all quantizers on, each frame counting the same.
    #[must_use]
    pub fn mean_square(&self, space: ErrorSpace) -> FrameInterval {
        let frames = self.groups.iter();
        let squares: Vec<f64> = frames
            .map(|runs| space.mean_square(&runs.subsets[runs.subsets.len() - 1]))
            .collect();
        FrameInterval::of(&squares)
    }
}

/// Shapley values of layers: over orders for the standard error, over frames for the interval.
#[derive(Clone, Debug)]
pub struct ShapleyTotals {
    estimate: ShapleyEstimate,
    /// Sums of gains by frame and layer.
    frames: Vec<Vec<f64>>,
}

impl ShapleyTotals {
    /// No orders yet.
    #[must_use]
    pub fn new(layers: usize, frames: usize) -> Self {
        Self {
            estimate: ShapleyEstimate::new(layers),
            frames: vec![vec![0.0; layers]; frames],
        }
    }

    /// Adds the gains of some orders, by frame, order and layer.
    pub fn add(&mut self, gains: &[Vec<Vec<f64>>]) {
        let orders = gains.iter().map(Vec::len).min().unwrap_or(0);
        let layers = self.estimate.values().len();
        for order in 0..orders {
            let mut mean = vec![0.0; layers];
            for (frame, sums) in gains.iter().zip(&mut self.frames) {
                for ((mean, sum), gain) in mean.iter_mut().zip(sums).zip(&frame[order]) {
                    *mean += gain / gains.len() as f64;
                    *sum += gain;
                }
            }
            self.estimate.add(&mean);
        }
    }

    /// The estimate over orders.
    #[must_use]
    pub fn estimate(&self) -> &ShapleyEstimate {
        &self.estimate
    }

    /// The value of a layer over frames.
    #[must_use]
    pub fn over_frames(&self, layer: usize) -> FrameInterval {
        let pairs = self.estimate.pairs().max(1) as f64;
        let values = self.frames.iter().filter_map(|frame| frame.get(layer));
        let values: Vec<f64> = values.map(|sum| sum / pairs).collect();
        FrameInterval::of(&values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_over_orders_and_over_frames_have_one_mean() {
        let mut totals = ShapleyTotals::new(2, 2);
        // Two frames, two orders, two layers.
        totals.add(&[
            vec![vec![1.0, 3.0], vec![2.0, 2.0]],
            vec![vec![5.0, 1.0], vec![4.0, 2.0]],
        ]);
        assert_eq!(totals.estimate().pairs(), 2);
        assert_eq!(totals.estimate().values(), [3.0, 2.0]);
        let first = totals.over_frames(0);
        assert_eq!(first.mean, 3.0);
        // Frames have 1.5 and 4.5: Student's t with one degree of freedom.
        assert!((first.high.expect("two frames") - (3.0 + 12.706 * 1.5)).abs() < 1e-9);
        assert_eq!(totals.over_frames(9).mean, 0.0);
    }
}
