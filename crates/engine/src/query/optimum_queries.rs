//! The search for the best ranges under all metrics as queries: a grid search over both ends that serves every metric, in parts, then one
//! query per metric. Workers share it, and stale parts are dropped between two of them.

use super::queries::{Query, QueryResult};
use fathom_analysis::range_space::{GridMinimum, Optimum, OptimumSearch, best_per_criterion};
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::stats::Distribution;

/// Progress of a search, in parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OptimaProgress {
    /// Pieces that are done.
    pub done: usize,
    /// All pieces.
    pub all: usize,
}

impl OptimaProgress {
    /// The progress in words.
    #[must_use]
    pub fn text(self) -> String {
        tr!("Searching: {} of {} pieces done.", self.done, self.all)
    }

    /// From the results so far.
    #[must_use]
    pub fn from_results<'a>(answers: impl IntoIterator<Item = &'a QueryResult>) -> Self {
        let is_piece = |answer: &&QueryResult| {
            matches!(answer, QueryResult::GridMinima(_) | QueryResult::Optimum(_))
        };
        Self {
            done: answers.into_iter().filter(is_piece).count(),
            all: OptimumSearch::PARTS as usize + Criterion::ALL.len(),
        }
    }
}

/// The first queries: the parts of the grid search.
#[must_use]
pub fn grid_searches(search: OptimumSearch) -> Vec<Query> {
    (0..OptimumSearch::PARTS)
        .map(|part| Query::GridSearch { search, part })
        .collect()
}

/// The queries after all results of [`grid_searches`]: one per metric. Empty before, and for results of another search.
#[must_use]
pub fn refinements<'a>(
    search: OptimumSearch,
    answers: impl IntoIterator<Item = (&'a Query, Option<&'a QueryResult>)>,
) -> Vec<Query> {
    let parts: Vec<&Vec<GridMinimum>> = answers
        .into_iter()
        .filter_map(|pair| match pair {
            (Query::GridSearch { search: own, .. }, Some(QueryResult::GridMinima(valleys))) => {
                (*own == search).then_some(valleys)
            }
            _ => None,
        })
        .collect();
    if parts.len() < OptimumSearch::PARTS as usize {
        return Vec::new();
    }
    let query = |criterion| {
        let own = parts.iter().copied().flatten();
        Query::Optimum {
            search,
            criterion,
            valleys: own.filter(|v| v.criterion == criterion).copied().collect(),
        }
    };
    Criterion::ALL.into_iter().map(query).collect()
}

/// The best ranges among some answers, each metric given the best of all.
#[must_use]
pub fn optima<'a>(
    answers: impl IntoIterator<Item = &'a QueryResult>,
    clipping_weight: f64,
) -> Vec<Optimum> {
    let found: Vec<Optimum> = answers
        .into_iter()
        .filter_map(|answer| match answer {
            QueryResult::Optimum(optimum) => Some(**optimum),
            _ => None,
        })
        .collect();
    best_per_criterion(&found, clipping_weight)
}

#[inline(never)]
pub(super) fn refine(
    depths: &Distribution,
    search: &OptimumSearch,
    criterion: Criterion,
    valleys: &[GridMinimum],
) -> QueryResult {
    match search.refine(depths, criterion, valleys) {
        Some(optimum) => QueryResult::Optimum(Box::new(optimum)),
        None => QueryResult::Refused(tr!("no range can be measured on these depths").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::answer;
    use fathom_analysis::RangeSettings;
    use fathom_core::stats::Resolution;

    #[test]
    fn questions_in_any_order_find_what_one_search_finds() {
        let values: Vec<f64> = (0..90)
            .map(|i| 0.3 * libm::exp(f64::from(i) / 40.0))
            .collect();
        let depths = Distribution::new(values, vec![2; 90], Resolution::Exact).expect("depths");
        let search = OptimumSearch {
            settings: RangeSettings::default(),
            clipping_weight: 1.5,
        };
        let mut asked = grid_searches(search);
        asked.reverse();
        let first: Vec<QueryResult> = asked
            .iter()
            .map(|query| answer(query, &depths, None))
            .collect();
        let pairs = || asked.iter().zip(first.iter().map(Some));
        let other = OptimumSearch {
            clipping_weight: 2.0,
            ..search
        };
        // One survey is not answered yet: nothing can be refined.
        assert_eq!(refinements(search, pairs().skip(1)), []);
        assert_eq!(refinements(other, pairs()), []);
        let queries = refinements(search, pairs());
        let second: Vec<QueryResult> = queries
            .iter()
            .map(|query| answer(query, &depths, None))
            .collect();
        let all = || first.iter().chain(&second);
        let found = optima(all(), search.clipping_weight);
        assert_eq!(found, search.run(&depths, &Criterion::ALL));
        let progress = OptimaProgress::from_results(all());
        assert_eq!(progress.done, progress.all);
        assert_eq!(progress.text(), "Searching: 21 of 21 pieces done.");
    }
}
