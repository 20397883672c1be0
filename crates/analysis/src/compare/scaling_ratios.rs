//! The ratios of medians of a set, as monodepth2 prints them.

use super::aligned_frame::median;

/// The ratios between the median of the ground truth and that of a prediction, over frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalingRatios {
    /// Median of the ratios: `med` in monodepth2's output.
    pub median: f64,
    /// Standard deviation of the ratios over their median, dividing by n: `std` in monodepth2's output (`evaluate_depth.py`,
    /// `np.std(ratios / med)`).
    pub relative_std: f64,
}

impl ScalingRatios {
    /// Summarises the ratios of frames; `None` without frames.
    #[must_use]
    pub fn new(ratios: &[f64]) -> Option<Self> {
        let middle = median(ratios);
        if !middle.is_finite() || middle == 0.0 {
            return None;
        }
        let count = ratios.len() as f64;
        let mean = ratios.iter().map(|ratio| ratio / middle).sum::<f64>() / count;
        let square = |ratio: &f64| (ratio / middle - mean) * (ratio / middle - mean);
        let variance = ratios.iter().map(square).sum::<f64>() / count;
        Some(Self {
            median: middle,
            relative_std: variance.sqrt(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_are_those_of_numpy() {
        // med = np.median(r); np.std(r / med) for r = [27.1, 30.4, 25.9, 28.8].
        let ratios = ScalingRatios::new(&[27.1, 30.4, 25.9, 28.8]).expect("frames");
        assert!((ratios.median - 27.95).abs() < 1e-12);
        assert!(
            (ratios.relative_std - 0.060_954_293_514_850_856).abs() < 1e-12,
            "{ratios:?}"
        );
        assert_eq!(ScalingRatios::new(&[]), None);
        let one = ScalingRatios::new(&[2.5]).expect("a frame");
        assert_eq!((one.median, one.relative_std), (2.5, 0.0));
    }
}
