//! Sums of figures over frames, and Shapley shares with their two uncertainties.

use crate::measure::{
    DifferenceSums, ErrorSpace, FrameInterval, GroupRuns, OutputError, PlayerRuns, ShapleyEstimate,
    TensorStatistics,
};

use super::study_network::{FrameFigures, LayerFigures, OwnFigures};

/// Figures of all frames so far.
#[derive(Clone, Debug, Default)]
pub struct StudyTotals {
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

/// Shapley values of layers. Each frame has orders of its own, so that what an order does averages out over frames too.
#[derive(Clone, Debug)]
pub struct ShapleyTotals {
    frames: Vec<ShapleyEstimate>,
    layers: usize,
}

impl ShapleyTotals {
    /// No orders yet.
    #[must_use]
    pub fn new(layers: usize, frames: usize) -> Self {
        Self {
            frames: vec![ShapleyEstimate::new(layers); frames],
            layers,
        }
    }

    /// Adds the gains of some orders, by frame, order and layer.
    pub fn add(&mut self, gains: &[Vec<Vec<f64>>]) {
        for (own, orders) in self.frames.iter_mut().zip(gains) {
            for gains in orders {
                own.add(gains);
            }
        }
    }

    /// Number of pairs of orders of each frame.
    #[must_use]
    pub fn pairs(&self) -> u64 {
        self.frames.first().map_or(0, ShapleyEstimate::pairs)
    }

    /// Means over frames: of each layer.
    fn means(&self, of_frame: impl Fn(&ShapleyEstimate) -> Vec<f64>) -> Vec<f64> {
        let mut out = vec![0.0; self.layers];
        for frame in &self.frames {
            for (sum, own) in out.iter_mut().zip(of_frame(frame)) {
                *sum += own / self.frames.len() as f64;
            }
        }
        out
    }

    /// The value of each layer. The sum is the effect of all layers together.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.means(ShapleyEstimate::values)
    }

    /// Standard error of each value by sampling orders; infinite for fewer than two pairs.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        let squares = |frame: &ShapleyEstimate| {
            let errors = frame.standard_errors().into_iter();
            errors.map(|error| error * error).collect()
        };
        let means = self.means(squares).into_iter();
        let count = self.frames.len().max(1) as f64;
        means.map(|mean| libm::sqrt(mean / count)).collect()
    }

    /// The largest standard error as a share of the effect of all layers.
    #[must_use]
    pub fn worst_share(&self) -> f64 {
        let total: f64 = self.values().iter().sum();
        let worst = self.standard_errors().into_iter().fold(0.0, f64::max);
        if worst == 0.0 {
            0.0
        } else {
            worst / total.abs()
        }
    }

    /// The value of a layer over frames.
    #[must_use]
    pub fn over_frames(&self, layer: usize) -> FrameInterval {
        let values = self.frames.iter().map(|frame| {
            let values = frame.values();
            values.get(layer).copied().unwrap_or(0.0)
        });
        FrameInterval::of(&values.collect::<Vec<f64>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_over_orders_and_over_frames_have_one_mean() {
        let mut totals = ShapleyTotals::new(2, 2);
        assert!(totals.standard_errors()[0].is_infinite());
        // Two frames, two orders, two layers.
        totals.add(&[
            vec![vec![1.0, 3.0], vec![2.0, 2.0]],
            vec![vec![5.0, 1.0], vec![4.0, 2.0]],
        ]);
        assert_eq!(totals.pairs(), 2);
        assert_eq!(totals.values(), [3.0, 2.0]);
        let first = totals.over_frames(0);
        assert_eq!(first.mean, 3.0);
        // Frames have 1.5 and 4.5: Student's t with one degree of freedom.
        assert!((first.high.expect("two frames") - (3.0 + 12.706 * 1.5)).abs() < 1e-9);
        assert_eq!(totals.over_frames(9).mean, 0.0);
        // Each frame has a standard error of 0.5, their mean one of 0.5 / sqrt(2).
        let expected = 0.5 / libm::sqrt(2.0);
        assert!((totals.standard_errors()[0] - expected).abs() < 1e-12);
        assert!((totals.worst_share() - expected / 5.0).abs() < 1e-12);
    }
}
