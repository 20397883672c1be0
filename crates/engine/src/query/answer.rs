//! From a query to its result.

use super::optimum_queries;
use super::queries::{Query, QueryResult};
use crate::range_settings::measure_ranges;
use fathom_analysis::calibrators::{Calibrator, CalibratorComparison};
use fathom_analysis::compare::{SortedPairs, changes};
use fathom_analysis::diagnosis::claims;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::range_space::{
    AxisDomain, AxisSweep, BitSweep, OptimumSearch, RangeMapAxes, RangeMapRow, SumKind, SweepAxis,
};
use fathom_analysis::{
    BestEndSearch, CodeChoice, CodeComparison, CodeSize, DistributionSummary, EndSweep,
    LogCodeReport, NamedRange, Policy, RangeReport, RangeSettings, errors_at_depths,
};
use fathom_core::i18n::tr;
use fathom_core::quant::{ErrorWeight, OutputRange, PointDensity};
use fathom_core::stats::Distribution;
use fathom_report::link::{compare_links, fit_sketch};

/// Bins of the error against depth.
const DEPTH_BINS: usize = 96;

/// A query while it is computed, in steps of at most a few milliseconds where its search allows.
#[derive(Debug)]
pub struct QueryRun {
    query: Query,
    steps: Steps,
}

#[derive(Debug)]
enum Steps {
    /// Every metric along one end, a point a step.
    Sweep(AxisDomain, Box<AxisSweep>),
    /// One bit width a step.
    BitSweep(Box<BitSweep>),
    /// The error along the end, a point a step.
    EndSweep(Box<EndSweep>),
    /// The best end, in the steps of its search.
    BestEnds(Box<BestEndSearch>),
    /// One range a step.
    Ranges(Vec<RangeReport>),
    /// It has no steps.
    Whole,
}

impl QueryRun {
    /// Prepares a query about these depths.
    #[must_use]
    pub fn new(query: Query, depths: &Distribution) -> Self {
        let steps = match &query {
            Query::Sweep {
                axis,
                candidates,
                how,
            } => {
                let domain = axis_domain(depths, *axis, candidates);
                Steps::Sweep(domain, Box::new(AxisSweep::new(domain, *how)))
            }
            Query::BitSweep { range, how } => {
                Steps::BitSweep(Box::new(BitSweep::new(*range, *how)))
            }
            Query::BestEnds { domain, how } => {
                Steps::BestEnds(Box::new(BestEndSearch::new(*domain, *how)))
            }
            Query::EndSweep { domain, how } => {
                Steps::EndSweep(Box::new(EndSweep::new(*domain, *how)))
            }
            Query::Ranges { .. } => Steps::Ranges(Vec::new()),
            _ => Steps::Whole,
        };
        Self { query, steps }
    }

    /// Does one step. Returns the result with the last one.
    pub fn step(
        &mut self,
        depths: &Distribution,
        predictions: Option<&SortedPairs>,
    ) -> Option<QueryResult> {
        match &mut self.steps {
            Steps::Sweep(domain, sweep) => (!sweep.step(depths))
                .then(|| QueryResult::Sweep(*domain, sweep.points().copied().collect())),
            Steps::BitSweep(sweep) => {
                (!sweep.step(depths)).then(|| QueryResult::BitSweep(sweep.rows().to_vec()))
            }
            Steps::EndSweep(sweep) => {
                (!sweep.step(depths)).then(|| QueryResult::EndSweep(sweep.points()))
            }
            Steps::BestEnds(search) => {
                (!search.step(depths)).then(|| QueryResult::BestEnds(search.best()))
            }
            Steps::Ranges(done) => {
                let Query::Ranges { ranges, how } = &self.query else {
                    return Some(QueryResult::Ranges(Vec::new()));
                };
                if let Some(next) = ranges.get(done.len()..done.len() + 1) {
                    done.extend(measure_ranges(depths, next, how, &[]));
                }
                (done.len() >= ranges.len()).then(|| QueryResult::Ranges(std::mem::take(done)))
            }
            Steps::Whole => Some(whole(&self.query, depths, predictions)),
        }
    }
}

/// Computes the result of a query about the shown depths, or about the predictions of the comparison that it names.
#[must_use]
pub fn answer(
    query: &Query,
    depths: &Distribution,
    predictions: Option<&SortedPairs>,
) -> QueryResult {
    let mut run = QueryRun::new(query.clone(), depths);
    loop {
        if let Some(result) = run.step(depths, predictions) {
            return result;
        }
    }
}

/// Computes a query that has no steps.
///
/// Each kind of question has a function of its own, which stays one: a browser compiles a function of all of them well as soon as
/// questions are many, which took it a tenth of a second of one core while the first answers were awaited.
#[inline(never)]
fn whole(query: &Query, depths: &Distribution, predictions: Option<&SortedPairs>) -> QueryResult {
    match query {
        Query::Code {
            choice,
            range,
            amount,
            policy,
            eval_min_m,
        } => code(depths, choice, *range, *amount, (*policy, *eval_min_m)),
        Query::CodeCurve {
            choice,
            range,
            amount,
        } => code_curve(depths, choice, *range, *amount),
        Query::PanterDite { levels } => panter_dite(depths, *levels),
        Query::Calibrator { method, how } => calibrator(depths, *method, *how),
        Query::RangeMapRow {
            row,
            side,
            how,
            sums,
        } => map_row(depths, (*row, *side), how, *sums),
        Query::GridSearch { search, part } => survey(depths, search, *part),
        Query::Optimum {
            search,
            criterion,
            valleys,
        } => optimum_queries::refine(depths, search, *criterion, valleys),
        Query::LogCodeReport { how } => log_code_report(depths, how),
        Query::Summary => QueryResult::Summary(Box::new(DistributionSummary::measure(depths))),
        // Those with steps end in them.
        Query::Sweep { .. }
        | Query::BitSweep { .. }
        | Query::EndSweep { .. }
        | Query::Ranges { .. }
        | Query::BestEnds { .. } => QueryResult::BestEnds(Vec::new()),
        Query::Claims => stated(depths),
        Query::Histogram(edges_m) => QueryResult::Histogram(depths.histogram(edges_m)),
        Query::Changes {
            frames,
            protocol,
            how,
        } => QueryResult::Changes(changes(frames, protocol, how)),
        Query::Requantized {
            current,
            narrower,
            how,
            ..
        } => recoded(predictions, *current, *narrower, how),
        Query::Sketch(room) => QueryResult::Sketch(fit_sketch(depths, *room)),
        Query::LinkComparison { own, other } => compared_links(own, other),
    }
}

#[inline(never)]
fn code(
    depths: &Distribution,
    choice: &CodeChoice,
    range: OutputRange,
    amount: CodeSize,
    (policy, eval_min_m): (Policy, f64),
) -> QueryResult {
    let choices = vec![choice.clone()];
    let mut one = CodeComparison::new(choices, range, amount, policy, eval_min_m);
    while one.step(depths) {}
    match one.rows() {
        [row] => QueryResult::Code(Box::new(row.clone())),
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
) -> QueryResult {
    match choice.build(depths, range, amount) {
        Ok(code) => QueryResult::CodeCurve(errors_at_depths(depths, &code, DEPTH_BINS)),
        Err(error) => refused(&error),
    }
}

#[inline(never)]
fn panter_dite(depths: &Distribution, levels: u32) -> QueryResult {
    match PointDensity::estimate(depths, ErrorWeight::Same) {
        Ok(density) => QueryResult::PanterDite {
            rmse_m: density.panter_dite(levels as usize),
            distinct: depths.values_m().len() as u64,
        },
        Err(error) => refused(&error),
    }
}

#[inline(never)]
fn calibrator(depths: &Distribution, method: Calibrator, how: RangeSettings) -> QueryResult {
    let mut one = CalibratorComparison::new(vec![method], how);
    while one.step(depths) {}
    match one.rows() {
        [row] => QueryResult::Calibrator(Box::new(row.clone())),
        _ => QueryResult::Refused(tr!("the method gave no result").to_owned()),
    }
}

#[inline(never)]
fn map_row(
    depths: &Distribution,
    (row, side): (u32, u32),
    how: &RangeSettings,
    sums: SumKind,
) -> QueryResult {
    let axes = RangeMapAxes::around(depths, side as usize, side as usize);
    match axes.row(depths, row as usize, how, sums) {
        Some(points) => QueryResult::RangeMapRow(RangeMapRow { axes, row, points }),
        None => QueryResult::Refused(tr!("the map has no such row").to_owned()),
    }
}

#[inline(never)]
fn survey(depths: &Distribution, search: &OptimumSearch, part: u32) -> QueryResult {
    QueryResult::GridMinima(search.grid_search(depths, part))
}

#[inline(never)]
fn log_code_report(depths: &Distribution, how: &RangeSettings) -> QueryResult {
    match LogCodeReport::measure(depths, how) {
        Some(code) => QueryResult::LogCodeReport(code),
        None => QueryResult::Refused(tr!("all depths are equal").to_owned()),
    }
}

#[inline(never)]
fn stated(depths: &Distribution) -> QueryResult {
    QueryResult::Claims(claims(Some(depths)))
}

#[inline(never)]
fn recoded(
    predictions: Option<&SortedPairs>,
    current: OutputRange,
    narrower: Option<OutputRange>,
    how: &RangeSettings,
) -> QueryResult {
    let found = predictions.and_then(|pairs| Requantized::measure(pairs, current, narrower, how));
    match found {
        Some(found) => QueryResult::Requantized(Box::new(found)),
        None => QueryResult::Refused(tr!("no prediction has a ground truth here").to_owned()),
    }
}

#[inline(never)]
fn compared_links(own: &str, other: &str) -> QueryResult {
    match compare_links(own, other) {
        Ok(found) => QueryResult::LinkComparison(Box::new(found)),
        Err(error) => refused(&error),
    }
}

fn refused(error: &impl ToString) -> QueryResult {
    QueryResult::Refused(error.to_string())
}

fn axis_domain(depths: &Distribution, axis: SweepAxis, candidates: &[NamedRange]) -> AxisDomain {
    match axis {
        SweepAxis::End { min_m } => AxisDomain::ends(depths, min_m, candidates),
        SweepAxis::Start { max_m } => AxisDomain::starts(depths, max_m),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::metrics::Criterion;
    use fathom_core::quant::Bits;
    use fathom_core::stats::Resolution;

    fn depths() -> Distribution {
        let values: Vec<f64> = (0..80)
            .map(|i| 0.3 * libm::exp(f64::from(i) / 25.0))
            .collect();
        Distribution::new(values, vec![2; 80], Resolution::Exact).expect("depths")
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
            let query = Query::Code {
                choice: row.choice.clone(),
                range: range(),
                amount,
                policy: how.policy,
                eval_min_m: how.eval_min_m,
            };
            assert_eq!(
                answer(&query, &depths, None),
                QueryResult::Code(Box::new(row.clone()))
            );
        }
    }

    #[test]
    fn a_map_is_answered_row_by_row() {
        let depths = depths();
        let how = RangeSettings::default();
        let sums = SumKind::Squares;
        let query = |row| Query::RangeMapRow {
            row,
            side: 6,
            how,
            sums,
        };
        let axes = RangeMapAxes::around(&depths, 6, 6);
        for row in 0..6 {
            let QueryResult::RangeMapRow(own) = answer(&query(row), &depths, None) else {
                panic!("a row")
            };
            let expected = axes.row(&depths, row as usize, &how, sums);
            assert_eq!((own.row, Some(own.points)), (row, expected));
            assert_eq!(own.axes, axes);
        }
        assert!(matches!(
            answer(&query(6), &depths, None),
            QueryResult::Refused(_)
        ));
    }

    #[test]
    fn messages_travel_without_a_change() {
        let depths = depths();
        let how = RangeSettings::default();
        let search = OptimumSearch {
            settings: how,
            clipping_weight: 1.0,
        };
        let queries = [
            Query::Calibrator {
                method: Calibrator::all()[0],
                how,
            },
            Query::Sweep {
                axis: SweepAxis::Start { max_m: 6.0 },
                candidates: Vec::new(),
                how,
            },
            Query::BitSweep {
                range: range(),
                how,
            },
            Query::GridSearch { search, part: 3 },
            Query::Optimum {
                search,
                criterion: Criterion::Rmse,
                valleys: (0..OptimumSearch::PARTS)
                    .flat_map(|part| search.grid_search(&depths, part))
                    .collect(),
            },
            Query::PanterDite { levels: 256 },
            Query::CodeCurve {
                choice: CodeChoice::LloydMax,
                range: range(),
                amount: CodeSize::Levels(16),
            },
        ];
        for query in queries {
            let result = answer(&query, &depths, None);
            assert!(!matches!(result, QueryResult::Refused(_)), "{query:?}");
            let bytes = postcard::to_allocvec(&query).expect("bytes");
            assert_eq!(postcard::from_bytes::<Query>(&bytes), Ok(query));
            let bytes = postcard::to_allocvec(&result).expect("bytes");
            assert_eq!(postcard::from_bytes::<QueryResult>(&bytes), Ok(result));
        }
    }
}
