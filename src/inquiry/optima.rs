//! The best ranges under all metrics as questions: one coarse look over both ends that serves every metric, in pieces, and then one
//! question per metric. So workers share it, none is busy for long, and what has become stale is dropped between two pieces.
//!
//! Knows the search. Must not know who asks, or how often.

use super::{Answer, Ask};
use fathom_analysis::range_space::{GridMinimum, Optimum, OptimumSearch, best_per_criterion};
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::stats::Distribution;

/// How far a search is, in pieces.
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

    /// Of the questions that are answered.
    #[must_use]
    pub fn of<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> Self {
        let is_piece = |answer: &&Answer| matches!(answer, Answer::Valleys(_) | Answer::Optimum(_));
        Self {
            done: answers.into_iter().filter(is_piece).count(),
            all: OptimumSearch::PARTS as usize + Criterion::ALL.len(),
        }
    }
}

/// What is asked first: the pieces of the coarse look.
#[must_use]
pub fn surveys(search: OptimumSearch) -> Vec<Ask> {
    (0..OptimumSearch::PARTS)
        .map(|part| Ask::Survey { search, part })
        .collect()
}

/// What is asked once all of [`surveys`] is answered: one question per metric. None before, and none while the answers are those to
/// another search.
#[must_use]
pub fn refinements<'a>(
    search: OptimumSearch,
    answers: impl IntoIterator<Item = (&'a Ask, Option<&'a Answer>)>,
) -> Vec<Ask> {
    let parts: Vec<&Vec<GridMinimum>> = answers
        .into_iter()
        .filter_map(|pair| match pair {
            (Ask::Survey { search: own, .. }, Some(Answer::Valleys(valleys))) => {
                (*own == search).then_some(valleys)
            }
            _ => None,
        })
        .collect();
    if parts.len() < OptimumSearch::PARTS as usize {
        return Vec::new();
    }
    let ask = |criterion| {
        let own = parts.iter().copied().flatten();
        Ask::Optimum {
            search,
            criterion,
            valleys: own.filter(|v| v.criterion == criterion).copied().collect(),
        }
    };
    Criterion::ALL.into_iter().map(ask).collect()
}

/// The best ranges among some answers, each metric given the best of all.
#[must_use]
pub fn optima<'a>(
    answers: impl IntoIterator<Item = &'a Answer>,
    clipping_weight: f64,
) -> Vec<Optimum> {
    let found: Vec<Optimum> = answers
        .into_iter()
        .filter_map(|answer| match answer {
            Answer::Optimum(optimum) => Some(**optimum),
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
) -> Answer {
    match search.refine(depths, criterion, valleys) {
        Some(optimum) => Answer::Optimum(Box::new(optimum)),
        None => Answer::Refused(tr!("no range can be measured on these depths").to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inquiry::answer;
    use fathom_analysis::RangeSettings;
    use fathom_core::stats::Resolution;

    #[test]
    fn questions_in_any_order_find_what_one_search_finds() {
        let values: Vec<f64> = (0..700)
            .map(|i| 0.3 * libm::exp(f64::from(i) / 300.0))
            .collect();
        let depths = Distribution::new(values, vec![2; 700], Resolution::Exact).expect("depths");
        let search = OptimumSearch {
            settings: RangeSettings::default(),
            clipping_weight: 1.5,
        };
        let mut asked = surveys(search);
        asked.reverse();
        let first: Vec<Answer> = asked.iter().map(|ask| answer(ask, &depths, None)).collect();
        let pairs = || asked.iter().zip(first.iter().map(Some));
        let other = OptimumSearch {
            clipping_weight: 2.0,
            ..search
        };
        // One survey is not answered yet: nothing can be refined.
        assert_eq!(refinements(search, pairs().skip(1)), []);
        assert_eq!(refinements(other, pairs()), []);
        let asks = refinements(search, pairs());
        let second: Vec<Answer> = asks.iter().map(|ask| answer(ask, &depths, None)).collect();
        let all = || first.iter().chain(&second);
        let found = optima(all(), search.clipping_weight);
        assert_eq!(found, search.run(&depths, &Criterion::ALL));
        let progress = OptimaProgress::of(all());
        assert_eq!(progress.done, progress.all);
        assert_eq!(progress.text(), "Searching: 21 of 21 pieces done.");
    }
}
