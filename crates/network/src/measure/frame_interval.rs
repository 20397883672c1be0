//! Uncertainty of a mean over frames.

/// Quantiles of Student's t for two-sided 95 %, for 1 to 30 degrees of freedom.
const T_95: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

/// A mean with its 95 % interval. Frames are taken as independent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameInterval {
    /// Mean over frames.
    pub mean: f64,
    /// Lower end; `None` for fewer than two frames.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

impl FrameInterval {
    /// Of one value a frame.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n.max(1.0);
        if values.len() < 2 {
            return Self {
                mean,
                low: None,
                high: None,
            };
        }
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        let t = T_95.get(values.len() - 2).copied().unwrap_or(1.96);
        let reach = t * libm::sqrt(squares / (n - 1.0) / n);
        Self {
            mean,
            low: Some(mean - reach),
            high: Some(mean + reach),
        }
    }

    /// The same for the root of a mean of squares; an end below zero becomes zero.
    #[must_use]
    pub fn root(self) -> Self {
        let root = |v: f64| libm::sqrt(v.max(0.0));
        Self {
            mean: root(self.mean),
            low: self.low.map(root),
            high: self.high.map(root),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_textbook() {
        let interval = FrameInterval::of(&[1.0, 2.0, 3.0, 4.0]);
        let (low, high) = (interval.low.expect("four"), interval.high.expect("four"));
        // s = 1.29099, t(3) = 3.182: 2.5 +- 2.05394
        assert!(
            (low - 0.446_06).abs() < 1e-4 && (high - 4.553_94).abs() < 1e-4,
            "{interval:?}"
        );
        assert_eq!(FrameInterval::of(&[1.0]).low, None);
        assert_eq!(FrameInterval::of(&[4.0, 4.0]).root().low, Some(2.0));
    }
}
