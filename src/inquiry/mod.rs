//! What the study asks its workers, and how they answer.
//!
//! Every question about the shown depths is a small value whose answer depends on nothing else, so that answers can be kept and old
//! questions dropped. May know everything that is computed; must not know how messages travel.

mod frames;
mod optima;
mod report;

pub use frames::{FrameDepths, FrameMap, FrameOrder, LookFacts, look};
pub use optima::{OptimaProgress, optima, refinements, surveys};
pub use report::{Conclusions, PracticeFacts, headline, report, report_asks, report_refinements};

use serde::{Deserialize, Serialize};

use crate::protocol::JobId;
use fathom_analysis::calibrators::{Calibrator, CalibratorComparison, CalibratorRow};
use fathom_analysis::compare::{
    Change, EvalProtocol, FrameMetricSums, FrameResult, Resampling, SortedPairs, changes,
};
use fathom_analysis::diagnosis::claims;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::range_space::{
    AxisDomain, AxisSweep, BitRow, BitSweep, GridMinimum, Optimum, OptimumSearch, RangeMapAxes,
    RangeMapRow, RangePoint, SumKind, SweepAxis,
};
use fathom_analysis::{
    CodeChoice, CodeComparison, CodeRow, CodeSize, ErrorAtDepth, LogCodeReport, NamedRange, Policy,
    RangeSettings, Statement, errors_at_depths,
};
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{ErrorWeight, OutputRange, PointDensity};
use fathom_core::stats::{Distribution, Resolution, Sketch};
use fathom_report::link::{LinkComparison, SketchBudget, compare_links, fit_sketch};

/// Bins of the error against depth.
const DEPTH_BINS: usize = 96;

/// A question about the shown depths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ask {
    /// A code's report.
    Code {
        /// The code.
        choice: CodeChoice,
        /// The range of given codes.
        range: OutputRange,
        /// How many values.
        amount: CodeSize,
        /// What pixels outside do.
        policy: Policy,
        /// Floor of ratios, in metres.
        eval_min_m: f64,
    },
    /// A code's error against depth.
    CodeCurve {
        /// The code.
        choice: CodeChoice,
        /// The range of given codes.
        range: OutputRange,
        /// How many values.
        amount: CodeSize,
    },
    /// The Panter-Dite estimate of the least RMSE.
    PanterDite {
        /// How many values.
        levels: u32,
    },
    /// The range that a calibration method picks, and what it costs.
    Calibrator {
        /// The method.
        method: Calibrator,
        /// How it is measured.
        how: RangeSettings,
    },
    /// Every metric along one end.
    Sweep {
        /// Which end moves.
        axis: SweepAxis,
        /// Ranges that the end's domain has to show.
        candidates: Vec<NamedRange>,
        /// How they are measured.
        how: RangeSettings,
    },
    /// One row of the map over both ends.
    RangeMapRow {
        /// Which start, from 0.
        row: u32,
        /// Starts and ends of the whole map.
        side: u32,
        /// How they are measured.
        how: RangeSettings,
        /// What is summed up.
        sums: SumKind,
    },
    /// A piece of the coarse look over both ends.
    Survey {
        /// How ranges are compared.
        search: OptimumSearch,
        /// Which of [`OptimumSearch::PARTS`] pieces.
        part: u32,
    },
    /// The best range under a metric.
    Optimum {
        /// How ranges are compared.
        search: OptimumSearch,
        /// The metric.
        criterion: Criterion,
        /// Its valleys in all pieces of the coarse look.
        valleys: Vec<GridMinimum>,
    },
    /// Values spaced by ratio, beside which every range stands.
    LogCodeReport {
        /// How it is measured.
        how: RangeSettings,
    },
    /// A range at every bit width.
    Ladder {
        /// The range.
        range: OutputRange,
        /// How it is measured.
        how: RangeSettings,
    },
    /// Every published statement beside what these depths give.
    Claims,
    /// The changes of all metrics from `F` to `Q` with their intervals: no depth plays a part.
    Changes {
        /// Each frame's sums.
        frames: Vec<FrameMetricSums>,
        /// How predictions are measured.
        protocol: EvalProtocol,
        /// How frames are resampled.
        how: Resampling,
    },
    /// The predictions over other ranges and codes: a question about pixels that one worker holds, not about the shown depths.
    Recoded {
        /// Of which comparison.
        run: JobId,
        /// The range in use.
        current: OutputRange,
        /// The candidate that is held against it.
        narrower: Option<OutputRange>,
        /// How they are measured.
        how: RangeSettings,
    },
    /// What a link carries of the depths, in the room that is left in it.
    Sketch(SketchBudget),
    /// Two links beside each other: no depth that is shown plays a part.
    LinkComparison {
        /// The page's own, without the "#".
        own: String,
        /// The other one.
        other: String,
    },
}

impl Ask {
    /// The comparison whose predictions it is about.
    #[must_use]
    pub fn predictions(&self) -> Option<JobId> {
        match self {
            Self::Recoded { run, .. } => Some(*run),
            _ => None,
        }
    }

    /// Whether the answer takes a few milliseconds even on millions of depths.
    #[must_use]
    pub fn is_brief(&self) -> bool {
        matches!(self, Self::RangeMapRow { .. })
    }
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Ask::Code`].
    Code(Box<CodeRow>),
    /// To [`Ask::CodeCurve`], nearest first.
    CodeCurve(Vec<ErrorAtDepth>),
    /// To [`Ask::PanterDite`], in metres.
    PanterDite {
        /// Estimate of the smallest RMSE.
        rmse_m: f64,
        /// Number of different depths.
        distinct: u64,
    },
    /// To [`Ask::Calibrator`].
    Calibrator(Box<CalibratorRow>),
    /// To [`Ask::Sweep`]: the domain, and points from its near end on.
    Sweep(AxisDomain, Vec<RangePoint>),
    /// To [`Ask::RangeMapRow`].
    RangeMapRow(RangeMapRow),
    /// To [`Ask::Survey`].
    Valleys(Vec<GridMinimum>),
    /// To [`Ask::Optimum`].
    Optimum(Box<Optimum>),
    /// To [`Ask::LogCodeReport`].
    LogCodeReport(LogCodeReport),
    /// To [`Ask::Ladder`], fewest bits first.
    Ladder(Vec<BitRow>),
    /// To [`Ask::Claims`].
    Claims(Vec<Statement>),
    /// To [`Ask::Changes`], in the order of [`fathom_analysis::compare::ALL_METRICS`].
    Changes(Vec<Change>),
    /// To [`Ask::Recoded`].
    Recoded(Box<Requantized>),
    /// To [`Ask::Sketch`].
    Sketch(Sketch),
    /// To [`Ask::LinkComparison`].
    LinkComparison(Box<LinkComparison>),
    /// There is none; one sentence.
    Refused(String),
}

/// Answers a question about the shown depths, or about the predictions of the comparison that it names.
///
/// Each kind of question has a function of its own, which stays one: a browser compiles a function of all of them well as soon as
/// questions are many, which took it a tenth of a second of one core while the first answers were awaited.
#[must_use]
#[inline(never)]
pub fn answer(ask: &Ask, depths: &Distribution, predictions: Option<&SortedPairs>) -> Answer {
    match ask {
        Ask::Code {
            choice,
            range,
            amount,
            policy,
            eval_min_m,
        } => code(depths, choice, *range, *amount, (*policy, *eval_min_m)),
        Ask::CodeCurve {
            choice,
            range,
            amount,
        } => code_curve(depths, choice, *range, *amount),
        Ask::PanterDite { levels } => panter_dite(depths, *levels),
        Ask::Calibrator { method, how } => calibrator(depths, *method, *how),
        Ask::Sweep {
            axis,
            candidates,
            how,
        } => sweep(depths, *axis, candidates, *how),
        Ask::RangeMapRow {
            row,
            side,
            how,
            sums,
        } => map_row(depths, (*row, *side), how, *sums),
        Ask::Survey { search, part } => survey(depths, search, *part),
        Ask::Optimum {
            search,
            criterion,
            valleys,
        } => optima::refine(depths, search, *criterion, valleys),
        Ask::LogCodeReport { how } => log_code_report(depths, how),
        Ask::Ladder { range, how } => ladder(depths, *range, *how),
        Ask::Claims => stated(depths),
        Ask::Changes {
            frames,
            protocol,
            how,
        } => Answer::Changes(changes(frames, protocol, how)),
        Ask::Recoded {
            current,
            narrower,
            how,
            ..
        } => recoded(predictions, *current, *narrower, how),
        Ask::Sketch(room) => Answer::Sketch(fit_sketch(depths, *room)),
        Ask::LinkComparison { own, other } => compared_links(own, other),
    }
}

#[inline(never)]
fn code(
    depths: &Distribution,
    choice: &CodeChoice,
    range: OutputRange,
    amount: CodeSize,
    (policy, eval_min_m): (Policy, f64),
) -> Answer {
    let choices = vec![choice.clone()];
    let mut one = CodeComparison::new(choices, range, amount, policy, eval_min_m);
    while one.step(depths) {}
    match one.rows() {
        [row] => Answer::Code(Box::new(row.clone())),
        _ => refused(&tr!(
            "a format has the values of its own: their number cannot be chosen",
        )),
    }
}

#[inline(never)]
fn code_curve(
    depths: &Distribution,
    choice: &CodeChoice,
    range: OutputRange,
    amount: CodeSize,
) -> Answer {
    match choice.build(depths, range, amount) {
        Ok(code) => Answer::CodeCurve(errors_at_depths(depths, &code, DEPTH_BINS)),
        Err(error) => refused(&error),
    }
}

#[inline(never)]
fn panter_dite(depths: &Distribution, levels: u32) -> Answer {
    match PointDensity::estimate(depths, ErrorWeight::Same) {
        Ok(density) => Answer::PanterDite {
            rmse_m: density.panter_dite(levels as usize),
            distinct: depths.values_m().len() as u64,
        },
        Err(error) => refused(&error),
    }
}

#[inline(never)]
fn calibrator(depths: &Distribution, method: Calibrator, how: RangeSettings) -> Answer {
    let mut one = CalibratorComparison::new(vec![method], how);
    while one.step(depths) {}
    match one.rows() {
        [row] => Answer::Calibrator(Box::new(row.clone())),
        _ => Answer::Refused(tr!("the method gave no row").to_owned()),
    }
}

#[inline(never)]
fn map_row(
    depths: &Distribution,
    (row, side): (u32, u32),
    how: &RangeSettings,
    sums: SumKind,
) -> Answer {
    let axes = RangeMapAxes::around(depths, side as usize, side as usize);
    match axes.row(depths, row as usize, how, sums) {
        Some(points) => Answer::RangeMapRow(RangeMapRow { axes, row, points }),
        None => Answer::Refused(tr!("the map has no such row").to_owned()),
    }
}

#[inline(never)]
fn survey(depths: &Distribution, search: &OptimumSearch, part: u32) -> Answer {
    Answer::Valleys(search.grid_search(depths, part))
}

#[inline(never)]
fn log_code_report(depths: &Distribution, how: &RangeSettings) -> Answer {
    match LogCodeReport::measure(depths, how) {
        Some(code) => Answer::LogCodeReport(code),
        None => Answer::Refused(tr!("these depths span no ratio").to_owned()),
    }
}

#[inline(never)]
fn ladder(depths: &Distribution, range: OutputRange, how: RangeSettings) -> Answer {
    let mut ladder = BitSweep::new(range, how);
    while ladder.step(depths) {}
    Answer::Ladder(ladder.rows().to_vec())
}

#[inline(never)]
fn stated(depths: &Distribution) -> Answer {
    Answer::Claims(claims(Some(depths)))
}

#[inline(never)]
fn recoded(
    predictions: Option<&SortedPairs>,
    current: OutputRange,
    narrower: Option<OutputRange>,
    how: &RangeSettings,
) -> Answer {
    let found = predictions.and_then(|pairs| Requantized::measure(pairs, current, narrower, how));
    match found {
        Some(found) => Answer::Recoded(Box::new(found)),
        None => Answer::Refused(tr!("no prediction has a ground truth here").to_owned()),
    }
}

#[inline(never)]
fn compared_links(own: &str, other: &str) -> Answer {
    match compare_links(own, other) {
        Ok(found) => Answer::LinkComparison(Box::new(found)),
        Err(error) => refused(&error),
    }
}

fn refused(error: &impl ToString) -> Answer {
    Answer::Refused(error.to_string())
}

#[inline(never)]
fn sweep(
    depths: &Distribution,
    axis: SweepAxis,
    candidates: &[NamedRange],
    how: RangeSettings,
) -> Answer {
    let domain = match axis {
        SweepAxis::End { min_m } => AxisDomain::ends(depths, min_m, candidates),
        SweepAxis::Start { max_m } => AxisDomain::starts(depths, max_m),
    };
    let mut sweep = AxisSweep::new(domain, how);
    while sweep.step(depths) {}
    Answer::Sweep(domain, sweep.points().copied().collect())
}

/// A message to a worker of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// These depths are shown now. Their values, running sums and counts come along.
    Depths {
        /// Tells depths apart.
        serial: JobId,
        /// How exact they are.
        resolution: Resolution,
    },
    /// A question about them.
    Ask {
        /// The question's number.
        ticket: u32,
        /// The question.
        ask: Ask,
    },
    /// A frame to compare. Its files come along.
    Frame {
        /// Which comparison.
        run: JobId,
        /// The frame.
        order: Box<FrameOrder>,
    },
    /// Hand over the pixels that were gathered in a comparison.
    Pairs {
        /// Which comparison.
        run: JobId,
    },
    /// Keep the predictions of a comparison: what every worker has handed over comes along.
    Predictions {
        /// Which comparison.
        run: JobId,
    },
    /// Files are about to come: go through a comparison of made ones. There is no answer.
    Rehearse,
    /// A frame to look at. Its files come along.
    Look {
        /// The frame.
        order: Box<FrameOrder>,
        /// Which of the maps of its files.
        map: u32,
    },
}

/// A message from a worker of the study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It listens now.
    Ready,
    /// It has the depths, or the predictions.
    Took,
    /// The answer to a question.
    Answer {
        /// The question's number.
        ticket: u32,
        /// The answer.
        answer: Answer,
    },
    /// A frame is compared.
    Frame {
        /// The comparison.
        result: FrameResult,
    },
    /// The gathered pixels come along, flat.
    Pairs,
    /// The maps of a frame: their samples in metres come along, one buffer each.
    Looked {
        /// What they are, or one sentence.
        result: Result<LookFacts, String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::quant::Bits;

    fn depths() -> Distribution {
        let values: Vec<f64> = (0..3000)
            .map(|i| 0.3 * libm::exp(f64::from(i) / 900.0))
            .collect();
        Distribution::new(values, vec![2; 3000], Resolution::Exact).expect("depths")
    }

    fn range() -> OutputRange {
        OutputRange::new(0.5, 6.0).expect("a range")
    }

    #[test]
    fn codes_are_answered_as_their_comparison_has_them() {
        let depths = depths();
        let how = RangeSettings::default();
        let amount = CodeSize::Bits(Bits::EIGHT);
        let mut all = CodeComparison::new(
            CodeChoice::all(),
            range(),
            amount,
            how.policy,
            how.eval_min_m,
        );
        while all.step(&depths) {}
        for row in all.rows() {
            let ask = Ask::Code {
                choice: row.choice.clone(),
                range: range(),
                amount,
                policy: how.policy,
                eval_min_m: how.eval_min_m,
            };
            assert_eq!(
                answer(&ask, &depths, None),
                Answer::Code(Box::new(row.clone()))
            );
        }
    }

    #[test]
    fn a_map_is_answered_row_by_row() {
        let depths = depths();
        let how = RangeSettings::default();
        let sums = SumKind::Squares;
        let ask = |row| Ask::RangeMapRow {
            row,
            side: 6,
            how,
            sums,
        };
        let axes = RangeMapAxes::around(&depths, 6, 6);
        for row in 0..6 {
            let Answer::RangeMapRow(own) = answer(&ask(row), &depths, None) else {
                panic!("a row")
            };
            let expected = axes.row(&depths, row as usize, &how, sums);
            assert_eq!((own.row, Some(own.points)), (row, expected));
            assert_eq!(own.axes, axes);
        }
        assert!(matches!(answer(&ask(6), &depths, None), Answer::Refused(_)));
    }

    #[test]
    fn messages_travel_without_a_change() {
        let depths = depths();
        let how = RangeSettings::default();
        let search = OptimumSearch {
            settings: how,
            clipping_weight: 1.0,
        };
        let asks = [
            Ask::Calibrator {
                method: Calibrator::all()[0],
                how,
            },
            Ask::Sweep {
                axis: SweepAxis::Start { max_m: 6.0 },
                candidates: Vec::new(),
                how,
            },
            Ask::Ladder {
                range: range(),
                how,
            },
            Ask::Survey { search, part: 3 },
            Ask::Optimum {
                search,
                criterion: Criterion::Rmse,
                valleys: (0..OptimumSearch::PARTS)
                    .flat_map(|part| search.grid_search(&depths, part))
                    .collect(),
            },
            Ask::PanterDite { levels: 256 },
            Ask::CodeCurve {
                choice: CodeChoice::LloydMax,
                range: range(),
                amount: CodeSize::Levels(16),
            },
        ];
        for (ticket, ask) in (0..).zip(asks) {
            let reply = Reply::Answer {
                ticket,
                answer: answer(&ask, &depths, None),
            };
            assert!(!matches!(
                reply,
                Reply::Answer {
                    answer: Answer::Refused(_),
                    ..
                }
            ));
            let order = Order::Ask { ticket, ask };
            let bytes = postcard::to_allocvec(&order).expect("bytes");
            assert_eq!(postcard::from_bytes::<Order>(&bytes), Ok(order));
            let bytes = postcard::to_allocvec(&reply).expect("bytes");
            assert_eq!(postcard::from_bytes::<Reply>(&bytes), Ok(reply));
        }
    }
}
