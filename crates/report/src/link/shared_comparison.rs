//! The comparison of maps as a link carries it: error budget and changes of all metrics.
//!
//! Figures are in single precision, which has seven digits where the page shows three.

use serde::{Deserialize, Serialize};

use fathom_analysis::compare::{
    ALL_METRICS, Average, Budget, Change, ChangeVerdict, Evaluator, OutputCodeError,
};

/// Largest plausible number of frames; no page can read so many.
const MAX_FRAMES: u32 = 10_000_000;

/// Number of figures of a budget.
const BUDGET_FIGURES: usize = 20;

/// A comparison of maps: its settings, error budget and changes.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedComparison {
    frames: u32,
    copies: u32,
    /// Root mean square step of the INT8 output grid in metres, where one was detected.
    step_m: Option<f32>,
    /// Index into [`Evaluator::ALL`]; `None` for a protocol of the user's own.
    evaluator: Option<u8>,
    per_frame: bool,
    budget: [Option<f32>; BUDGET_FIGURES],
    /// One per metric, in the order of [`ALL_METRICS`].
    changes: Vec<SharedChange>,
}

/// The change of one metric.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SharedChange {
    fp32: Option<f32>,
    int8: Option<f32>,
    verdict: u8,
    interval: (f32, f32),
    neighbours: Option<f32>,
}

impl SharedChange {
    fn is_plausible(&self) -> bool {
        let figures = [self.fp32, self.int8, self.neighbours];
        let interval = [Some(self.interval.0), Some(self.interval.1)];
        let mut all = figures.into_iter().chain(interval).flatten();
        self.verdict <= REAL && all.all(f32::is_finite)
    }
}

/// The settings of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparedFrames {
    /// Number of frames.
    pub frames: u32,
    /// Number of frames that are copies of others.
    pub copies: u32,
    /// Root mean square step of the INT8 output grid in metres, where one was detected.
    pub step_m: Option<f64>,
    /// Evaluator; `None` for a protocol of the user's own.
    pub evaluator: Option<Evaluator>,
    /// Average of the metrics.
    pub average: Average,
}

/// Converts a figure to single precision; `None` unless it is finite.
fn to_f32(value: f64) -> Option<f32> {
    Some(value as f32).filter(|v| v.is_finite())
}

fn option_to_f32(value: Option<f64>) -> Option<f32> {
    value.and_then(to_f32)
}

fn to_f64(value: Option<f32>) -> Option<f64> {
    value.map(f64::from)
}

/// Returns a required figure. A missing one becomes NaN, which [`SharedComparison::is_plausible`] rejects.
fn required(value: Option<f32>) -> f64 {
    value.map_or(f64::NAN, f64::from)
}

impl SharedComparison {
    /// Collects a comparison; `None` unless `changes` are those of [`ALL_METRICS`], in that order.
    #[must_use]
    pub fn new(compared: ComparedFrames, budget: &Budget, changes: &[Change]) -> Option<Self> {
        let in_order = changes.iter().map(|change| change.metric).eq(ALL_METRICS);
        let evaluator = compared.evaluator.map(|own| {
            let at = Evaluator::ALL.iter().position(|other| *other == own);
            at.map(|at| at as u8)
        });
        in_order.then_some(Self {
            frames: compared.frames,
            copies: compared.copies,
            step_m: option_to_f32(compared.step_m),
            evaluator: evaluator.flatten(),
            per_frame: compared.average == Average::PerFrame,
            budget: budget_figures(budget),
            changes: changes.iter().map(shared_change).collect(),
        })
    }

    /// Returns the settings of the comparison.
    #[must_use]
    pub fn compared(&self) -> ComparedFrames {
        let evaluator = self.evaluator.map(|at| Evaluator::ALL.get(at as usize));
        ComparedFrames {
            frames: self.frames,
            copies: self.copies,
            step_m: to_f64(self.step_m),
            evaluator: evaluator.flatten().copied(),
            average: if self.per_frame {
                Average::PerFrame
            } else {
                Average::Pooled
            },
        }
    }

    /// Returns the error budget.
    #[must_use]
    pub fn budget(&self) -> Budget {
        let [
            count,
            mse_fp32,
            mse_quant,
            cross,
            sqnr_db,
            output_mse,
            output_rmse_to_gt_m,
            output_share,
            output_covered,
            bias_square,
            scale_square,
            bias_m,
            slope,
            intercept_m,
            recalibrated_rmse_m,
            std_q_m,
            skew_q,
            kurtosis_q,
            cosine,
            correlation,
        ] = self.budget;
        let [count, mse_fp32, mse_quant, cross, bias_square, scale_square] =
            [count, mse_fp32, mse_quant, cross, bias_square, scale_square].map(required);
        let output = to_f64(output_mse).map(|mse| OutputCodeError {
            mse,
            rmse_to_gt_m: required(output_rmse_to_gt_m),
            share: required(output_share),
            covered: required(output_covered),
        });
        let pieces = Budget {
            count,
            mse_fp32,
            mse_quant,
            cross,
            mse_int8: 0.0,
            output,
            bias_square,
            scale_square,
            random: 0.0,
            bias_m: required(bias_m),
            slope: required(slope),
            intercept_m: required(intercept_m),
            recalibrated_rmse_m: to_f64(recalibrated_rmse_m),
            std_q_m: required(std_q_m),
            skew_q: to_f64(skew_q),
            kurtosis_q: to_f64(kurtosis_q),
            sqnr_db: to_f64(sqnr_db),
            cosine: to_f64(cosine),
            correlation: to_f64(correlation),
        };
        // Restores the sums of the parts, which rounding to single precision breaks.
        pieces.with_totals()
    }

    /// Returns the changes of all metrics, in the order of [`ALL_METRICS`].
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        ALL_METRICS
            .into_iter()
            .zip(&self.changes)
            .map(|(metric, own)| Change {
                metric,
                fp32: required(own.fp32),
                int8: required(own.int8),
                verdict: verdict(own),
                neighbours: to_f64(own.neighbours),
                // A link has no pixels.
                few_pixels: None,
            })
            .collect()
    }

    /// Returns true if a comparison can have these figures. The page shows them without recomputing them.
    pub(super) fn is_plausible(&self) -> bool {
        let budget = self.budget();
        let to_squares = [
            budget.count,
            budget.mse_fp32,
            budget.mse_quant,
            budget.mse_int8,
        ];
        let others = [
            budget.cross,
            budget.bias_square,
            budget.scale_square,
            budget.bias_m,
            budget.slope,
            budget.intercept_m,
            budget.recalibrated_rmse_m.unwrap_or(0.0),
            budget.std_q_m,
        ];
        let parts = budget
            .output
            .map_or([0.0; 3], |o| [o.rmse_to_gt_m, o.share, o.covered]);
        (1..=MAX_FRAMES).contains(&self.frames)
            && self.copies < self.frames
            && self
                .evaluator
                .is_none_or(|at| (at as usize) < Evaluator::ALL.len())
            && to_f64(self.step_m).is_none_or(|step| step > 0.0 && step.is_finite())
            && to_squares.iter().all(|v| v.is_finite() && *v >= 0.0)
            && others.iter().chain(&parts).all(|v| v.is_finite())
            && self.changes.len() == ALL_METRICS.len()
            && self.changes.iter().all(SharedChange::is_plausible)
    }
}

/// The encoded form of [`SharedComparison`]: a missing figure is NaN, which saves a byte per present figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CompactComparison {
    frames: u32,
    copies: u32,
    step_m: f32,
    evaluator: u8,
    per_frame: bool,
    budget: [f32; BUDGET_FIGURES],
    /// `fp32`, `int8`, the verdict, both ends of the interval, the correlation of neighbours.
    changes: Vec<(f32, f32, u8, f32, f32, i8)>,
}

/// Stands for a protocol of the user's own in place of an evaluator's index.
const OWN_PROTOCOL: u8 = u8::MAX;

/// Correlations are stored as multiples of the reciprocal; [`NO_CORRELATION`] stands for a missing one.
const CORRELATION_SCALE: f32 = 100.0;
const NO_CORRELATION: i8 = i8::MIN;

impl From<&SharedComparison> for CompactComparison {
    fn from(whole: &SharedComparison) -> Self {
        let number = |figure: Option<f32>| figure.unwrap_or(f32::NAN);
        let change = |c: &SharedChange| {
            let (low, high) = c.interval;
            let neighbours = c.neighbours.map_or(NO_CORRELATION, |r| {
                (r.clamp(-1.0, 1.0) * CORRELATION_SCALE).round() as i8
            });
            (
                number(c.fp32),
                number(c.int8),
                c.verdict,
                low,
                high,
                neighbours,
            )
        };
        Self {
            frames: whole.frames,
            copies: whole.copies,
            step_m: number(whole.step_m),
            evaluator: whole.evaluator.unwrap_or(OWN_PROTOCOL),
            per_frame: whole.per_frame,
            budget: whole.budget.map(number),
            changes: whole.changes.iter().map(change).collect(),
        }
    }
}

impl From<&CompactComparison> for SharedComparison {
    fn from(compact: &CompactComparison) -> Self {
        let figure = |number: f32| Some(number).filter(|v| !v.is_nan());
        let change = |&(fp32, int8, verdict, low, high, neighbours): &_| SharedChange {
            fp32: figure(fp32),
            int8: figure(int8),
            verdict,
            interval: (low, high),
            neighbours: (neighbours != NO_CORRELATION)
                .then(|| f32::from(neighbours) / CORRELATION_SCALE),
        };
        Self {
            frames: compact.frames,
            copies: compact.copies,
            step_m: figure(compact.step_m),
            evaluator: Some(compact.evaluator).filter(|at| *at != OWN_PROTOCOL),
            per_frame: compact.per_frame,
            budget: compact.budget.map(figure),
            changes: compact.changes.iter().map(change).collect(),
        }
    }
}

/// Codes of the verdicts.
const TOO_FEW: u8 = 0;
const NOT_FINITE: u8 = 1;
const CHANCE: u8 = 2;
const REAL: u8 = 3;

fn shared_change(change: &Change) -> SharedChange {
    let (verdict, interval) = match change.verdict {
        ChangeVerdict::TooFewFrames => (TOO_FEW, (0.0, 0.0)),
        ChangeVerdict::NotFinite => (NOT_FINITE, (0.0, 0.0)),
        ChangeVerdict::NotSignificant { interval } => (CHANCE, interval),
        ChangeVerdict::Significant { interval } => (REAL, interval),
    };
    SharedChange {
        fp32: to_f32(change.fp32),
        int8: to_f32(change.int8),
        verdict,
        interval: (interval.0 as f32, interval.1 as f32),
        neighbours: option_to_f32(change.neighbours),
    }
}

fn verdict(own: &SharedChange) -> ChangeVerdict {
    let interval = (f64::from(own.interval.0), f64::from(own.interval.1));
    match own.verdict {
        TOO_FEW => ChangeVerdict::TooFewFrames,
        CHANCE => ChangeVerdict::NotSignificant { interval },
        REAL => ChangeVerdict::Significant { interval },
        _ => ChangeVerdict::NotFinite,
    }
}

/// Lists the figures of a budget in the order that [`SharedComparison::budget`] reads. `mse_int8` follows from the others and is left out.
fn budget_figures(b: &Budget) -> [Option<f32>; BUDGET_FIGURES] {
    let output = |of: fn(&OutputCodeError) -> f64| option_to_f32(b.output.as_ref().map(of));
    [
        to_f32(b.count),
        to_f32(b.mse_fp32),
        to_f32(b.mse_quant),
        to_f32(b.cross),
        option_to_f32(b.sqnr_db),
        output(|o| o.mse),
        output(|o| o.rmse_to_gt_m),
        output(|o| o.share),
        output(|o| o.covered),
        to_f32(b.bias_square),
        to_f32(b.scale_square),
        to_f32(b.bias_m),
        to_f32(b.slope),
        to_f32(b.intercept_m),
        option_to_f32(b.recalibrated_rmse_m),
        to_f32(b.std_q_m),
        option_to_f32(b.skew_q),
        option_to_f32(b.kurtosis_q),
        option_to_f32(b.cosine),
        option_to_f32(b.correlation),
    ]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn example() -> (ComparedFrames, Budget, Vec<Change>) {
        let (bias_square, scale_square, output_mse) = (3.7e-6, 1.7e-5, 1.8e-5);
        let (mse_fp32, mse_quant, cross) = (0.064_55, 1.82e-4, 2.6e-5);
        let budget = Budget {
            count: 2_093_667.0,
            mse_fp32,
            mse_quant,
            cross,
            mse_int8: mse_fp32 + mse_quant + cross,
            output: Some(OutputCodeError {
                mse: output_mse,
                rmse_to_gt_m: 0.254_12,
                share: output_mse / mse_quant,
                covered: 1.0,
            }),
            bias_square,
            scale_square,
            random: mse_quant - bias_square - scale_square - output_mse,
            bias_m: 0.001_92,
            slope: 1.009,
            intercept_m: -0.0137,
            recalibrated_rmse_m: Some(0.2537),
            std_q_m: 0.0134,
            skew_q: Some(-0.08),
            kurtosis_q: None,
            sqnr_db: Some(42.7),
            cosine: Some(0.999_974),
            correlation: Some(-0.024),
        };
        let verdicts = [
            ChangeVerdict::Significant {
                interval: (0.001, 0.002),
            },
            ChangeVerdict::NotSignificant {
                interval: (-0.001, 0.002),
            },
            ChangeVerdict::TooFewFrames,
            ChangeVerdict::NotFinite,
        ];
        let changes = ALL_METRICS
            .into_iter()
            .enumerate()
            .map(|(i, metric)| Change {
                metric,
                fp32: 0.1 + 0.01 * i as f64,
                int8: 0.1015 + 0.01 * i as f64,
                verdict: verdicts[i % 4],
                neighbours: (i % 2 == 0).then_some(0.39),
                few_pixels: None,
            })
            .collect();
        let compared = ComparedFrames {
            frames: 91,
            copies: 4,
            step_m: Some(0.014_623),
            evaluator: Some(Evaluator::Nyu),
            average: Average::PerFrame,
        };
        (compared, budget, changes)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-6 * b.abs().max(1e-9)
    }

    #[test]
    fn a_comparison_round_trips_to_six_digits() {
        let (compared, budget, changes) = example();
        let shared = SharedComparison::new(compared, &budget, &changes).expect("all metrics");
        assert!(shared.is_plausible());
        let mut compact = SharedComparison::from(&CompactComparison::from(&shared));
        for (own, change) in compact.changes.iter_mut().zip(&shared.changes) {
            let (a, b) = (own.neighbours, change.neighbours);
            assert!(a.unwrap_or(2.0) - b.unwrap_or(2.0) < 0.5 / CORRELATION_SCALE);
            own.neighbours = b;
        }
        assert_eq!(compact, shared);
        let back = shared.compared();
        assert_eq!(
            (back.frames, back.evaluator, back.average),
            (91, compared.evaluator, Average::PerFrame)
        );
        assert!(close(back.step_m.expect("a step"), 0.014_623));
        let own = shared.budget();
        for (name, a, b) in [
            ("fp32", own.mse_fp32, budget.mse_fp32),
            ("quant", own.mse_quant, budget.mse_quant),
            ("cross", own.cross, budget.cross),
            ("int8", own.mse_int8, budget.mse_int8),
            ("output", own.output.expect("a part").mse, 1.8e-5),
            ("random", own.random, budget.random),
            ("bias", own.bias_m, budget.bias_m),
            ("sqnr", own.sqnr_db.expect("a ratio"), 42.7),
            ("slope", own.slope, budget.slope),
        ] {
            assert!(close(a, b), "{name}: {a} against {b}");
        }
        assert_eq!(own.kurtosis_q, None);
        let pieces = own.mse_fp32
            + own.output.expect("a part").mse
            + own.bias_square
            + own.scale_square
            + own.random
            + own.cross;
        assert!((pieces - own.mse_int8).abs() < 1e-15);
        for (a, b) in shared.changes().iter().zip(&changes) {
            assert!(a.metric == b.metric && close(a.fp32, b.fp32) && close(a.int8, b.int8));
            assert_eq!(
                std::mem::discriminant(&a.verdict),
                std::mem::discriminant(&b.verdict)
            );
        }
    }

    #[test]
    fn implausible_comparisons_are_rejected() {
        let (compared, budget, changes) = example();
        assert_eq!(
            SharedComparison::new(compared, &budget, &changes[1..]),
            None
        );
        let good = SharedComparison::new(compared, &budget, &changes).expect("all metrics");
        let spoil: [fn(&mut SharedComparison); 6] = [
            |s| s.frames = 0,
            |s| s.evaluator = Some(9),
            |s| s.budget[1] = Some(f32::NAN),
            |s| s.budget[1] = None,
            |s| s.changes.truncate(3),
            |s| s.changes[0].verdict = 9,
        ];
        for (i, spoil) in spoil.into_iter().enumerate() {
            let mut bad = good.clone();
            spoil(&mut bad);
            assert!(!bad.is_plausible(), "row {i}");
        }
    }
}
