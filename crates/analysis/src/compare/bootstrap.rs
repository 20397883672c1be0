//! Is the change real? Frames are the sample: a paired bootstrap over them.
//!
//! Knows frames' sums; visits no pixel. Each replicate draws as many frames as there are, with replacement, and takes `F` and `Q`
//! of the same frames, so that what makes a frame hard for both cancels (B. Efron and R. J. Tibshirani, An Introduction to the
//! Bootstrap, 1993, ch. 13: percentile interval). Neighbouring frames of a video are alike and tell less than their number; runs
//! of frames drawn together keep that (H. R. Kunsch, Annals of Statistics 17, 1989), and the correlation of neighbours is given.

use serde::{Deserialize, Serialize};

use super::evaluate::{EvalSums, FIGURES, FrameEvals, metrics};
use super::protocol::Protocol;
use super::random::SplitMix64;
use super::set::{MetricsPair, frame_metrics};
use fathom_core::metrics::Criterion;

/// Fewest frames that an interval is given for. The percentile interval of ten frames is already a tenth too narrow.
pub const MIN_FRAMES: usize = 10;

/// Which average an interval is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Average {
    /// Over all pixels together.
    #[default]
    Pooled,
    /// Per frame, then the mean of frames.
    PerFrame,
}

/// How to resample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resampling {
    /// Replicates. Two thousand leave the ends of the interval uncertain by a twentieth of its width.
    pub replicates: usize,
    /// Where the pseudo-random numbers start.
    pub seed: u64,
    /// Frames in a run that is drawn together; 1 for unrelated frames.
    pub run: usize,
    /// Which average.
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
    /// Of `F`.
    pub fp32: f64,
    /// Of `Q`.
    pub int8: f64,
    /// What can be said of the difference.
    pub verdict: ChangeVerdict,
    /// Correlation of the change between neighbouring frames; `None` for too few frames. Well above zero the interval of single
    /// frames is too narrow.
    pub neighbours: Option<f64>,
}

/// What a sample of frames says of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ChangeVerdict {
    /// Fewer than [`MIN_FRAMES`] frames: it cannot be told.
    TooFewFrames,
    /// A value is not finite.
    NotFinite,
    /// The interval holds zero: the change may be chance.
    MayBeChance {
        /// 95 % interval of the change.
        interval: (f64, f64),
    },
    /// The interval lies on one side of zero.
    Real {
        /// 95 % interval of the change.
        interval: (f64, f64),
    },
}

impl Change {
    /// `Q` less `F`.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.int8 - self.fp32
    }

    /// The 95 % interval of the difference, where there is one.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        match self.verdict {
            ChangeVerdict::MayBeChance { interval } | ChangeVerdict::Real { interval } => {
                Some(interval)
            }
            ChangeVerdict::TooFewFrames | ChangeVerdict::NotFinite => None,
        }
    }
}

/// The ends of the interval, as shares of the replicates.
const ENDS: [f64; 2] = [0.025, 0.975];

/// The changes of all metrics with their intervals, in the order of [`FIGURES`]; empty without pixels.
#[must_use]
pub fn changes(frames: &[FrameEvals], protocol: &Protocol, how: &Resampling) -> Vec<Change> {
    let each = frame_metrics(frames, protocol);
    // Frames without pixels are no part of the sample.
    let sample: Vec<(&FrameEvals, Figures)> = frames
        .iter()
        .zip(each)
        .filter_map(|(frame, pair)| Some((frame, figures(&pair?))))
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
    let change = |(i, figure): (usize, &Criterion)| {
        let (fp32, int8) = (measured.0[i], measured.1[i]);
        let mut differences: Vec<f64> = replicates.iter().map(|r| r.1[i] - r.0[i]).collect();
        let of_frames: Vec<f64> = sample
            .iter()
            .map(|(_, of_frame)| of_frame.1[i] - of_frame.0[i])
            .collect();
        Change {
            metric: *figure,
            fp32,
            int8,
            verdict: verdict(enough, int8 - fp32, &mut differences),
            neighbours: enough.then(|| neighbour_correlation(&of_frames)).flatten(),
        }
    };
    FIGURES.iter().enumerate().map(change).collect()
}

/// All metrics of `F` and of `Q`.
type Figures = ([f64; FIGURES.len()], [f64; FIGURES.len()]);

fn figures(pair: &MetricsPair) -> Figures {
    let of = |m| FIGURES.map(|figure| figure.of(m));
    (of(&pair.fp32), of(&pair.int8))
}

fn average(
    sample: &[(&FrameEvals, Figures)],
    drawn: &[usize],
    protocol: &Protocol,
    average: Average,
) -> Option<Figures> {
    match average {
        Average::Pooled => {
            let (mut fp32, mut int8) = (EvalSums::default(), EvalSums::default());
            for &i in drawn {
                fp32.add(&sample[i].0.fp32);
                int8.add(&sample[i].0.int8);
            }
            Some(figures(&MetricsPair {
                fp32: metrics(&fp32, protocol)?,
                int8: metrics(&int8, protocol)?,
            }))
        }
        Average::PerFrame => {
            let mut sums = ([0.0; FIGURES.len()], [0.0; FIGURES.len()]);
            for &i in drawn {
                let (fp32, int8) = &sample[i].1;
                for k in 0..FIGURES.len() {
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
    sample: &[(&FrameEvals, Figures)],
    protocol: &Protocol,
    how: &Resampling,
) -> Vec<Figures> {
    let mut random = SplitMix64::new(how.seed);
    let mut drawn = Vec::with_capacity(sample.len());
    (0..how.replicates)
        .filter_map(|_| {
            draw(&mut random, sample.len(), how.run, &mut drawn);
            average(sample, &drawn, protocol, how.average)
        })
        .collect()
}

/// Draws `n` frames in runs that wrap around at the end of the sequence.
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
        ChangeVerdict::MayBeChance { interval }
    } else {
        ChangeVerdict::Real { interval }
    }
}

/// A quantile of numbers, linear between ranks. It leaves them in another order.
fn quantile(numbers: &mut [f64], share: f64) -> f64 {
    let rank = share * (numbers.len() - 1) as f64;
    let below = libm::floor(rank) as usize;
    let (_, &mut low, above) = numbers.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (high - low) * (rank - below as f64)
}

/// Correlation of each number with the next.
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

    /// Frames whose quantization errors have a given mean, and vary from frame to frame.
    fn frames(n: usize, bias_m: impl Fn(usize) -> f64) -> Vec<FrameEvals> {
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
                FrameComparison::of(&maps, &settings)
                    .expect("pixels")
                    .evals()
            })
            .collect()
    }

    fn rmse(frames: &[FrameEvals], how: &Resampling) -> Change {
        changes(frames, &Protocol::default(), how)[0]
    }

    /// Pseudo-noise between -1 and 1 without a trend.
    fn noise(k: usize) -> f64 {
        (k * 7919 % 101) as f64 / 50.0 - 1.0
    }

    #[test]
    fn a_clear_rise_is_real_and_noise_is_not() {
        let how = Resampling::default();
        let rise = rmse(&frames(40, |k| 0.02 + 0.005 * noise(k)), &how);
        assert!(
            matches!(rise.verdict, ChangeVerdict::Real { .. }),
            "{rise:?}"
        );
        let (low, high) = rise.interval().expect("an interval");
        assert!(low < rise.difference() && rise.difference() < high && low > 0.0);
        let chance = rmse(&frames(40, |k| 0.02 * noise(k)), &how);
        assert!(
            matches!(chance.verdict, ChangeVerdict::MayBeChance { .. }),
            "{chance:?}"
        );
    }

    #[test]
    fn few_frames_cannot_tell() {
        let change = rmse(&frames(MIN_FRAMES - 1, |_| 0.5), &Resampling::default());
        assert_eq!(change.verdict, ChangeVerdict::TooFewFrames);
        assert_eq!((change.interval(), change.neighbours), (None, None));
        assert!(changes(&[], &Protocol::default(), &Resampling::default()).is_empty());
    }

    #[test]
    fn the_interval_of_a_mean_has_the_width_that_theory_gives() {
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
    fn a_seed_gives_one_result_and_runs_widen_the_interval_of_a_drift() {
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
