//! Conclusions from all that is known: the plan and the three answers.

use std::sync::Arc;

use leptos::prelude::*;

use crate::state::{ComparedAnswers, QueryGroup, Recoded, State, keep_answered};
use fathom_analysis::diagnosis::planner::Plan;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::{FoundRange, RangeReport};
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_engine::known_figures::{Compared, KnownFigures, KnownRequantized, found_range};
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::range_settings::use_found_range;
use fathom_report::answers::Answers;
use fathom_report::network::NetworkEvidence;

/// Keeps the predictions over other ranges and codes measured for the settings in use.
pub(crate) fn sync_recoded(state: State) {
    let answers = keep_answered(QueryGroup::Recoded, move || {
        let ask = || {
            let current = state.current()?.range;
            Some(Query::Requantized {
                run: state.gathered.get()?,
                current,
                narrower: state.narrower(current).map(|report| report.named.range),
                how: state.how()?,
            })
        };
        ask().into_iter().collect()
    });
    Effect::new(move |_| {
        let recoded = answers.with(|answers| match answers.pairs().next() {
            Some((_, Some(QueryResult::Requantized(found)))) => {
                Some(Recoded::There(Arc::new((**found).clone())))
            }
            Some((_, Some(_))) => Some(Recoded::Nothing),
            Some((_, None)) => Some(Recoded::Underway),
            None => None,
        });
        if let Some(recoded) = recoded {
            state.recoded.set(recoded);
        }
    });
}

/// Takes the output code that INT8's values show as the one in use, and the answers once they are settled.
pub(crate) fn sync_answers(state: State) {
    let found = Memo::new(move |_| state.found_range());
    Effect::new(move |_| {
        // It is forgotten with the depths that are shown; those of another role of the set have the same code.
        let known = state.settings.with(|s| s.found);
        if let Some((found, code)) = found.get()
            && known != Some(found)
        {
            state.settings.update(|s| use_found_range(s, found, code));
        }
    });
    // The last conclusion stays while other ranges are being measured.
    let conclusion = Memo::new(move |last: Option<&Option<Option<Answers>>>| {
        state.conclusion().or_else(|| last.cloned().flatten())
    });
    Effect::new(move |_| {
        let settled = state.conclusion().is_some();
        if let (Some(_), Some(answers), true) = (state.serial(), conclusion.get(), settled) {
            state.compared.set(match answers {
                Some(answers) => ComparedAnswers::Found(Arc::new(answers)),
                None => ComparedAnswers::None,
            });
        }
    });
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the path of a method names one lifetime, and these are called with any"
)]
impl State {
    /// The predictions over other ranges and codes: those of the maps, or of the link as long as the settings are its own.
    pub(crate) fn known_recodings(self) -> Option<Arc<Requantized>> {
        self.comparable_recodings().or_else(|| {
            self.shared_now()?;
            self.opened.with(|opened| {
                let opened = opened.as_ref()?;
                let own = &opened.page.settings;
                let current = own.ranges.get(own.current as usize);
                let is_own = self.how() == Some(own.how) && self.current().as_ref() == current;
                opened
                    .study
                    .requantized
                    .clone()
                    .filter(|_| is_own)
                    .map(Arc::new)
            })
        })
    }

    /// Everything that is known.
    pub(crate) fn with_figures<T>(self, read: impl FnOnce(&KnownFigures<'_>) -> T) -> T {
        let settings = self.settings.get();
        let (shared, requantized) = (self.shared_now(), self.known_recodings());
        let (changes, numbers) = (self.changes.get(), self.numbers.get());
        let requantized = match &requantized {
            _ if self.has_practice() && self.awaits_recodings() => KnownRequantized::Pending,
            Some(found) => KnownRequantized::Known(found),
            None => KnownRequantized::None,
        };
        let is_own_way = self.own_protocol.with(Option::is_some);
        let is_sample = self.facts.with(|f| f.as_ref().is_some_and(|f| f.is_sample));
        let (doubts, measured) = (self.doubts.get(), self.compare_settings());
        let recoded = self.recoded.get();
        let network = self.network.section.get();
        let kept_layers = self.network.kept_layers.get();
        self.measured.with(|(ranges, best)| {
            self.practice.with(|compared| {
                read(&KnownFigures {
                    settings: &settings,
                    ranges,
                    best,
                    compared,
                    changes: &changes,
                    evaluator: (!is_own_way).then(|| self.evaluator.get()),
                    average: self.average.get(),
                    measured: &measured,
                    shared: shared.as_ref(),
                    requantized,
                    what_if: match &recoded {
                        Recoded::There(found) => Some(&found.curve),
                        Recoded::Nothing | Recoded::Underway => None,
                    },
                    numbers: &numbers,
                    rest: self.rest.get(),
                    parameters: self.parameters.get().or_else(|| self.network.parameters()),
                    is_sample,
                    role: self.role(),
                    doubts: doubts.as_ref(),
                    network: network.as_deref().map(|section| NetworkEvidence {
                        section,
                        kept: kept_layers.map(|kept| kept as usize),
                    }),
                })
            })
        })
    }

    /// The comparison of the set, or that of the link.
    pub(crate) fn comparison(self) -> Option<Compared> {
        self.with_figures(|known| known.comparison())
    }

    /// RMSE of INT8 against the truth over every pixel as it is, in metres.
    pub(crate) fn measured_int8_m(self) -> Option<f64> {
        self.with_figures(|known| known.int8_m())
    }

    /// True if the plan starts from maps.
    pub(crate) fn has_budget(self) -> bool {
        self.comparison().is_some()
    }

    /// The network's parameters, typed in the planner or in the calculator.
    pub(crate) fn known_parameters(self) -> Option<f64> {
        self.with_figures(|known| known.known_parameters())
    }

    /// Sources and remedies, or why there are none; `None` before anything is known.
    pub(crate) fn plan(self) -> Option<Result<Plan, String>> {
        self.with_figures(|known| known.plan())
    }

    /// The narrower range of the table with the lowest RMSE.
    fn narrower(self, current: OutputRange) -> Option<RangeReport> {
        self.measured
            .with(|(ranges, _)| RangeReport::narrower(ranges, current).cloned())
    }

    /// The range of the output code in INT8's values, where all of them are known.
    fn found_range(self) -> Option<(FoundRange, CodeKind)> {
        let bits = self.how()?.bits;
        self.practice.with(|compared| found_range(compared, bits))
    }

    /// The conclusion: answers, or that there is nothing to compare; `None` while something is still computed.
    pub(crate) fn conclusion(self) -> Option<Option<Answers>> {
        self.has_current_reports().then_some(())?;
        self.with_figures(|known| known.conclusion())
    }
}
