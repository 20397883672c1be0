//! Significance of the change of a metric from `F` to `Q`: a paired bootstrap over frames.
//!
//! Each replicate draws as many frames as the set has, with replacement. It takes `F` and `Q` of the same frames, so that the difficulty
//! of a frame for both cancels. Percentile interval: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13.
//!
//! Neighbouring frames of a video are correlated, so they tell less than their number. The block bootstrap draws runs of frames together
//! (H. R. Kunsch, Annals of Statistics 17, 1989). The correlation of neighbouring frames is part of the result.

use serde::{Deserialize, Serialize};

use super::change_tail::{FewPixels, FrameTail, few_pixels};
use super::eval_protocol::EvalProtocol;
use super::evaluate::{ALL_METRICS, FrameMetricSums, PixelSums, metrics};
use super::set_comparison::{MetricsPair, frame_metrics};
use super::split_mix::SplitMix64;
use fathom_core::metrics::Criterion;

/// Smallest number of frames with an interval. The percentile interval of ten frames is already a tenth too narrow.
pub const MIN_FRAMES: usize = 10;

/// The average of a metric over a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Average {
    /// Over all pixels together.
    #[default]
    Pooled,
    /// Per frame, then the mean over frames.
    PerFrame,
}

/// Settings of the bootstrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resampling {
    /// Number of replicates. With 2,000 the ends of the interval are uncertain by a twentieth of its width.
    pub replicates: usize,
    /// Seed of the pseudo-random numbers.
    pub seed: u64,
    /// Number of consecutive frames that are drawn together; 1 for independent frames.
    pub run: usize,
    /// The average that the metrics use.
    pub average: Average,
}

impl Default for Resampling {
    fn default() -> Self {
        Self {
            replicates: 2000,
            seed: 1,
            run: 1,
            average: Average::Pooled,
        }
    }
}

/// The change of a metric from `F` to `Q`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The metric.
    pub metric: Criterion,
    /// Value for `F`.
    pub fp32: f64,
    /// Value for `Q`.
    pub int8: f64,
    /// Significance of the difference.
    pub verdict: ChangeVerdict,
    /// Correlation of the change between neighbouring frames; `None` for too few frames. If it is well above zero, an interval from
    /// single frames is too narrow.
    pub neighbours: Option<f64>,
    /// Share of the difference that few pixels carry; `None` for shares of pixels, too few pixels, and where nothing changes.
    pub few_pixels: Option<FewPixels>,
}

/// Significance of a difference over a sample of frames.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ChangeVerdict {
    /// Fewer than [`MIN_FRAMES`] frames: unknown.
    TooFewFrames,
    /// A value is not finite.
    NotFinite,
    /// The interval contains zero: the change may be chance.
    NotSignificant {
        /// 95 % interval of the change.
        interval: (f64, f64),
    },
    /// The interval lies on one side of zero.
    Significant {
        /// 95 % interval of the change.
        interval: (f64, f64),
    },
}

impl Change {
    /// Returns the value for `Q` minus that for `F`.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.int8 - self.fp32
    }

    /// Returns the 95 % interval of the difference, where there is one.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        match self.verdict {
            ChangeVerdict::NotSignificant { interval }
            | ChangeVerdict::Significant { interval } => Some(interval),
            ChangeVerdict::TooFewFrames | ChangeVerdict::NotFinite => None,
        }
    }
}

/// The ends of the 95 % interval, as shares of the replicates.
const ENDS: [f64; 2] = [0.025, 0.975];

/// Computes the changes of all metrics with their intervals, in the order of [`ALL_METRICS`]; empty without pixels.
#[must_use]
pub fn changes(
    frames: &[FrameMetricSums],
    protocol: &EvalProtocol,
    how: &Resampling,
) -> Vec<Change> {
    let each = frame_metrics(frames, protocol);
    // Frames without pixels are not part of the sample.
    let sample: Vec<(&FrameMetricSums, MetricValues)> = frames
        .iter()
        .zip(each)
        .filter_map(|(frame, pair)| Some((frame, metric_values(&pair?))))
        .collect();
    let all: Vec<usize> = (0..sample.len()).collect();
    let Some(measured) = average(&sample, &all, protocol, how.average) else {
        return Vec::new();
    };
    let enough = sample.len() >= MIN_FRAMES && how.replicates > 1;
    let replicates = if enough {
        replicates(&sample, protocol, how)
    } else {
        Vec::new()
    };
    let tails: Vec<FrameTail<'_>> = sample
        .iter()
        .map(|(frame, _)| FrameTail {
            tail: &frame.tail,
            fp32: &frame.fp32,
            int8: &frame.int8,
        })
        .collect();
    let is_per_frame = how.average == Average::PerFrame;
    let change = |(i, metric): (usize, &Criterion)| {
        let (fp32, int8) = (measured.0[i], measured.1[i]);
        let mut differences: Vec<f64> = replicates.iter().map(|r| r.1[i] - r.0[i]).collect();
        let of_frames: Vec<f64> = sample
            .iter()
            .map(|(_, of_frame)| of_frame.1[i] - of_frame.0[i])
            .collect();
        Change {
            metric: *metric,
            fp32,
            int8,
            verdict: verdict(enough, int8 - fp32, &mut differences),
            neighbours: enough.then(|| neighbour_correlation(&of_frames)).flatten(),
            few_pixels: few_pixels(*metric, &tails, is_per_frame, protocol),
        }
    };
    ALL_METRICS.iter().enumerate().map(change).collect()
}

/// All metrics of `F` and of `Q`, in the order of [`ALL_METRICS`].
type MetricValues = ([f64; ALL_METRICS.len()], [f64; ALL_METRICS.len()]);

fn metric_values(pair: &MetricsPair) -> MetricValues {
    let of = |m| ALL_METRICS.map(|metric| metric.value_in(m));
    (of(&pair.fp32), of(&pair.int8))
}

fn average(
    sample: &[(&FrameMetricSums, MetricValues)],
    drawn: &[usize],
    protocol: &EvalProtocol,
    average: Average,
) -> Option<MetricValues> {
    match average {
        Average::Pooled => {
            let (mut fp32, mut int8) = (PixelSums::default(), PixelSums::default());
            for &i in drawn {
                fp32.add(&sample[i].0.fp32);
                int8.add(&sample[i].0.int8);
            }
            Some(metric_values(&MetricsPair {
                fp32: metrics(&fp32, protocol)?,
                int8: metrics(&int8, protocol)?,
            }))
        }
        Average::PerFrame => {
            let mut sums = ([0.0; ALL_METRICS.len()], [0.0; ALL_METRICS.len()]);
            for &i in drawn {
                let (fp32, int8) = &sample[i].1;
                for k in 0..ALL_METRICS.len() {
                    sums.0[k] += fp32[k];
                    sums.1[k] += int8[k];
                }
            }
            let n = drawn.len() as f64;
            (n > 0.0).then(|| (sums.0.map(|s| s / n), sums.1.map(|s| s / n)))
        }
    }
}

fn replicates(
    sample: &[(&FrameMetricSums, MetricValues)],
    protocol: &EvalProtocol,
    how: &Resampling,
) -> Vec<MetricValues> {
    let mut random = SplitMix64::new(how.seed);
    let mut drawn = Vec::with_capacity(sample.len());
    (0..how.replicates)
        .filter_map(|_| {
            draw(&mut random, sample.len(), how.run, &mut drawn);
            average(sample, &drawn, protocol, how.average)
        })
        .collect()
}

/// Draws `n` frame indices in runs of `run`, which wrap around at the end of the sequence.
fn draw(random: &mut SplitMix64, n: usize, run: usize, drawn: &mut Vec<usize>) {
    drawn.clear();
    let run = run.clamp(1, n);
    while drawn.len() < n {
        let first = random.below(n);
        let length = run.min(n - drawn.len());
        drawn.extend((first..first + length).map(|i| i % n));
    }
}

fn verdict(enough: bool, difference: f64, differences: &mut [f64]) -> ChangeVerdict {
    if !enough {
        return ChangeVerdict::TooFewFrames;
    }
    if !difference.is_finite() || differences.iter().any(|d| !d.is_finite()) {
        return ChangeVerdict::NotFinite;
    }
    let [low, high] = ENDS.map(|share| quantile(differences, share));
    let interval = (low, high);
    if low <= 0.0 && high >= 0.0 {
        ChangeVerdict::NotSignificant { interval }
    } else {
        ChangeVerdict::Significant { interval }
    }
}

/// A quantile, linear between ranks. Reorders the numbers.
fn quantile(numbers: &mut [f64], share: f64) -> f64 {
    let rank = share * (numbers.len() - 1) as f64;
    let below = libm::floor(rank) as usize;
    let (_, &mut low, above) = numbers.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (high - low) * (rank - below as f64)
}

/// Lag-one autocorrelation.
fn neighbour_correlation(of_frames: &[f64]) -> Option<f64> {
    let mean = of_frames.iter().sum::<f64>() / of_frames.len() as f64;
    let square: f64 = of_frames.iter().map(|d| (d - mean) * (d - mean)).sum();
    let product: f64 = of_frames
        .windows(2)
        .map(|w| (w[0] - mean) * (w[1] - mean))
        .sum();
    (square > 0.0 && square.is_finite()).then(|| product / square)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{CompareSettings, FrameComparison, FrameMaps};

    /// Frames whose quantization error is `bias_m` of the frame number.
    fn frames(n: usize, bias_m: impl Fn(usize) -> f64) -> Vec<FrameMetricSums> {
        let settings = CompareSettings::default();
        (0..n)
            .map(|k| {
                let gt: Vec<f64> = (0..50).map(|i| 1.0 + 0.1 * f64::from(i)).collect();
                let fp32: Vec<f64> = gt.iter().map(|g| g + 0.1).collect();
                let int8: Vec<f64> = fp32.iter().map(|f| f + bias_m(k)).collect();
                let maps = FrameMaps {
                    width: 10,
                    gt_m: &gt,
                    fp32_m: &fp32,
                    int8_m: &int8,
                };
                FrameComparison::measure(&maps, &settings)
                    .expect("pixels")
                    .metric_sums()
            })
            .collect()
    }

    fn rmse(frames: &[FrameMetricSums], how: &Resampling) -> Change {
        changes(frames, &EvalProtocol::default(), how)[0]
    }

    /// Pseudo-random numbers between -1 and 1 without a trend.
    fn noise(k: usize) -> f64 {
        (k * 7919 % 101) as f64 / 50.0 - 1.0
    }

    #[test]
    fn a_clear_rise_is_significant_and_noise_is_not() {
        let how = Resampling::default();
        let rise = rmse(&frames(40, |k| 0.02 + 0.005 * noise(k)), &how);
        assert!(
            matches!(rise.verdict, ChangeVerdict::Significant { .. }),
            "{rise:?}"
        );
        let (low, high) = rise.interval().expect("an interval");
        assert!(low < rise.difference() && rise.difference() < high && low > 0.0);
        let chance = rmse(&frames(40, |k| 0.02 * noise(k)), &how);
        assert!(
            matches!(chance.verdict, ChangeVerdict::NotSignificant { .. }),
            "{chance:?}"
        );
    }

    #[test]
    fn few_frames_have_no_interval() {
        let change = rmse(&frames(MIN_FRAMES - 1, |_| 0.5), &Resampling::default());
        assert_eq!(change.verdict, ChangeVerdict::TooFewFrames);
        assert_eq!((change.interval(), change.neighbours), (None, None));
        assert!(changes(&[], &EvalProtocol::default(), &Resampling::default()).is_empty());
    }

    #[test]
    fn the_interval_of_a_mean_has_its_theoretical_width() {
        // Per frame, the RMSE is 0.1 + bias: the change is the mean of the biases.
        let bias = |k| 0.02 + 0.01 * noise(k);
        let how = Resampling {
            average: Average::PerFrame,
            ..Resampling::default()
        };
        let n = 60;
        let change = rmse(&frames(n, bias), &how);
        let mean = (0..n).map(bias).sum::<f64>() / n as f64;
        let variance = (0..n)
            .map(|k| (bias(k) - mean) * (bias(k) - mean))
            .sum::<f64>()
            / n as f64;
        let half = 1.96 * (variance / n as f64).sqrt();
        let (low, high) = change.interval().expect("an interval");
        assert!((change.difference() - mean).abs() < 1e-12);
        assert!(
            ((high - low) / (2.0 * half) - 1.0).abs() < 0.1,
            "{low} {high} {half}"
        );
    }

    #[test]
    fn a_seed_fixes_the_result_and_runs_widen_the_interval_of_a_drift() {
        let drift = frames(60, |k| 0.02 + 0.01 * (k as f64 / 60.0 - 0.5));
        let with = |run, seed| {
            rmse(
                &drift,
                &Resampling {
                    run,
                    seed,
                    ..Resampling::default()
                },
            )
        };
        assert_eq!(with(1, 5), with(1, 5));
        assert_ne!(with(1, 5).interval(), with(1, 6).interval());
        let width = |c: Change| {
            c.interval()
                .map(|(low, high)| high - low)
                .expect("an interval")
        };
        assert!(width(with(10, 5)) > 1.5 * width(with(1, 5)));
        assert!(with(1, 5).neighbours.expect("frames") > 0.9);
    }
}
