//! What a link carries of a comparison of maps: the budget and the changes of all metrics, in single precision.
//!
//! Knows figures, not how they were found. Three digits are shown; single precision has seven.

use serde::{Deserialize, Serialize};

use fathom_analysis::compare::{
    ALL_METRICS, Average, Budget, Change, ChangeVerdict, Evaluator, OutputCodeError,
};

/// Most frames that are believed: more pixels than any page could have read.
const MAX_FRAMES: u32 = 10_000_000;

/// Figures of a budget, in a fixed order.
const BUDGET: usize = 20;

/// What was compared, and what came out.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedComparison {
    frames: u32,
    /// Step of INT8's grid, where one was found.
    step_m: Option<f32>,
    /// Place among [`Evaluator::ALL`]; `None` for a reader's own way of measuring.
    evaluator: Option<u8>,
    per_frame: bool,
    budget: [Option<f32>; BUDGET],
    /// One per metric, in the order of [`ALL_METRICS`].
    changes: Vec<SharedChange>,
}

/// A change of a metric.
#[derive(Clone, Copy, Debug, PartialEq)]
struct SharedChange {
    fp32: Option<f32>,
    int8: Option<f32>,
    verdict: u8,
    interval: (f32, f32),
    neighbours: Option<f32>,
}

impl SharedChange {
    fn is_sound(&self) -> bool {
        let figures = [self.fp32, self.int8, self.neighbours];
        let interval = [Some(self.interval.0), Some(self.interval.1)];
        let mut all = figures.into_iter().chain(interval).flatten();
        self.verdict <= REAL && all.all(f32::is_finite)
    }
}

/// How many frames were compared, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComparedFrames {
    /// Frames.
    pub frames: u32,
    /// Step of INT8's grid, in metres, where one was found.
    pub step_m: Option<f64>,
    /// Whose way of measuring; `None` for a reader's own.
    pub evaluator: Option<Evaluator>,
    /// Over which average.
    pub average: Average,
}

/// A figure in single precision; `None` for what is no finite number.
fn short(value: f64) -> Option<f32> {
    Some(value as f32).filter(|v| v.is_finite())
}

fn perhaps(value: Option<f64>) -> Option<f32> {
    value.and_then(short)
}

fn known(value: Option<f32>) -> Option<f64> {
    value.map(f64::from)
}

/// A figure that there must be: where a link has none, the check of the whole finds what is no number.
fn figure(value: Option<f32>) -> f64 {
    value.map_or(f64::NAN, f64::from)
}

impl SharedComparison {
    /// Of a comparison; `None` where its changes are not those of all metrics.
    #[must_use]
    pub fn new(compared: ComparedFrames, budget: &Budget, changes: &[Change]) -> Option<Self> {
        let in_order = changes.iter().map(|change| change.metric).eq(ALL_METRICS);
        let evaluator = compared.evaluator.map(|own| {
            let at = Evaluator::ALL.iter().position(|other| *other == own);
            at.map(|at| at as u8)
        });
        in_order.then_some(Self {
            frames: compared.frames,
            step_m: perhaps(compared.step_m),
            evaluator: evaluator.flatten(),
            per_frame: compared.average == Average::PerFrame,
            budget: budget_figures(budget),
            changes: changes.iter().map(shared_change).collect(),
        })
    }

    /// What was compared.
    #[must_use]
    pub fn compared(&self) -> ComparedFrames {
        let evaluator = self.evaluator.map(|at| Evaluator::ALL.get(at as usize));
        ComparedFrames {
            frames: self.frames,
            step_m: known(self.step_m),
            evaluator: evaluator.flatten().copied(),
            average: if self.per_frame {
                Average::PerFrame
            } else {
                Average::Pooled
            },
        }
    }

    /// The budget.
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
            [count, mse_fp32, mse_quant, cross, bias_square, scale_square].map(figure);
        let output = known(output_mse).map(|mse| OutputCodeError {
            mse,
            rmse_to_gt_m: figure(output_rmse_to_gt_m),
            share: figure(output_share),
            covered: figure(output_covered),
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
            bias_m: figure(bias_m),
            slope: figure(slope),
            intercept_m: figure(intercept_m),
            recalibrated_rmse_m: figure(recalibrated_rmse_m),
            std_q_m: figure(std_q_m),
            skew_q: known(skew_q),
            kurtosis_q: known(kurtosis_q),
            sqnr_db: known(sqnr_db),
            cosine: known(cosine),
            correlation: known(correlation),
        };
        // So that the sums hold to the last digit again.
        pieces.with_totals()
    }

    /// The changes of all metrics, in the order of [`ALL_METRICS`].
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        ALL_METRICS
            .into_iter()
            .zip(&self.changes)
            .map(|(metric, own)| Change {
                metric,
                fp32: figure(own.fp32),
                int8: figure(own.int8),
                verdict: verdict(own),
                neighbours: known(own.neighbours),
            })
            .collect()
    }

    /// Whether the figures can be those of a comparison: the page shows them as they come.
    pub(super) fn is_sound(&self) -> bool {
        let budget = self.budget();
        let squares = [
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
            budget.recalibrated_rmse_m,
            budget.std_q_m,
        ];
        let parts = budget
            .output
            .map_or([0.0; 3], |o| [o.rmse_to_gt_m, o.share, o.covered]);
        (1..=MAX_FRAMES).contains(&self.frames)
            && self
                .evaluator
                .is_none_or(|at| (at as usize) < Evaluator::ALL.len())
            && known(self.step_m).is_none_or(|step| step > 0.0 && step.is_finite())
            && squares.iter().all(|v| v.is_finite() && *v >= 0.0)
            && others.iter().chain(&parts).all(|v| v.is_finite())
            && self.changes.len() == ALL_METRICS.len()
            && self.changes.iter().all(SharedChange::is_sound)
    }
}

/// A comparison as links carry it: a figure that there is not is one that is no number, which saves a byte
/// for each that there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CompactComparison {
    frames: u32,
    step_m: f32,
    evaluator: u8,
    per_frame: bool,
    budget: [f32; BUDGET],
    /// `fp32`, `int8`, the verdict, both ends of the interval, the correlation of neighbours.
    changes: Vec<(f32, f32, u8, f32, f32, i8)>,
}

/// The evaluator's place of a reader's own way of measuring.
const OWN: u8 = u8::MAX;

/// A correlation is told in so many parts of 1, and that there is none by [`NO_CORRELATION`].
const CORRELATIONS: f32 = 100.0;
const NO_CORRELATION: i8 = i8::MIN;

impl From<&SharedComparison> for CompactComparison {
    fn from(whole: &SharedComparison) -> Self {
        let number = |figure: Option<f32>| figure.unwrap_or(f32::NAN);
        let change = |c: &SharedChange| {
            let (low, high) = c.interval;
            let neighbours = c.neighbours.map_or(NO_CORRELATION, |r| {
                (r.clamp(-1.0, 1.0) * CORRELATIONS).round() as i8
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
            step_m: number(whole.step_m),
            evaluator: whole.evaluator.unwrap_or(OWN),
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
                .then(|| f32::from(neighbours) / CORRELATIONS),
        };
        Self {
            frames: compact.frames,
            step_m: figure(compact.step_m),
            evaluator: Some(compact.evaluator).filter(|at| *at != OWN),
            per_frame: compact.per_frame,
            budget: compact.budget.map(figure),
            changes: compact.changes.iter().map(change).collect(),
        }
    }
}

/// Numbers of the verdicts.
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
        fp32: short(change.fp32),
        int8: short(change.int8),
        verdict,
        interval: (interval.0 as f32, interval.1 as f32),
        neighbours: perhaps(change.neighbours),
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

/// In the order in which [`SharedComparison::budget`] reads them. The sum `mse_int8` follows from the others; in its place stands the
/// signal-to-noise ratio.
fn budget_figures(b: &Budget) -> [Option<f32>; BUDGET] {
    let output = |of: fn(&OutputCodeError) -> f64| perhaps(b.output.as_ref().map(of));
    [
        short(b.count),
        short(b.mse_fp32),
        short(b.mse_quant),
        short(b.cross),
        perhaps(b.sqnr_db),
        output(|o| o.mse),
        output(|o| o.rmse_to_gt_m),
        output(|o| o.share),
        output(|o| o.covered),
        short(b.bias_square),
        short(b.scale_square),
        short(b.bias_m),
        short(b.slope),
        short(b.intercept_m),
        short(b.recalibrated_rmse_m),
        short(b.std_q_m),
        perhaps(b.skew_q),
        perhaps(b.kurtosis_q),
        perhaps(b.cosine),
        perhaps(b.correlation),
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
            recalibrated_rmse_m: 0.2537,
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
            })
            .collect();
        let compared = ComparedFrames {
            frames: 91,
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
    fn what_is_shared_comes_back_to_six_digits() {
        let (compared, budget, changes) = example();
        let shared = SharedComparison::new(compared, &budget, &changes).expect("all metrics");
        assert!(shared.is_sound());
        let mut compact = SharedComparison::from(&CompactComparison::from(&shared));
        for (own, change) in compact.changes.iter_mut().zip(&shared.changes) {
            let (a, b) = (own.neighbours, change.neighbours);
            assert!(a.unwrap_or(2.0) - b.unwrap_or(2.0) < 0.5 / CORRELATIONS);
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
    fn what_no_comparison_has_is_refused() {
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
            assert!(!bad.is_sound(), "row {i}");
        }
    }
}
