//! What the study concludes from all that it knows: the plan and the three answers, as the core makes them.

use std::sync::Arc;

use leptos::prelude::*;

use super::desk::{Desk, keep_answered};
use super::state::{Recoded, State};
use super::wish;
use crate::bridge::Wish;
use fathom_analysis::compare::{Budget, Change, Evidence};
use fathom_analysis::diagnosis::calculator::{Calculator, CalculatorInput};
use fathom_analysis::diagnosis::planner::{Plan, PlanEvidence, PlannerInput};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::{FoundRange, RangeReport};
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_engine::query::{Query, QueryResult};
use fathom_report::answers::{
    AnswerEvidence, Answers, AnswersInput, ComparedMaps, DepthsSource, Findings, RangeEvidence,
    RangeFinding, RequantizedRange,
};
use fathom_report::link::{ComparedFrames, SharedComparison};

/// Keeps the predictions over other ranges and codes measured for the settings in use.
pub(super) fn keep_recoded(state: State) {
    let answers = keep_answered(Desk::Recoded, move || {
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
            // The answers on top have all they wait for.
            let is_known = recoded != Recoded::Underway;
            state.recoded.set(recoded);
            if is_known {
                wish(&Wish::Compared);
            }
        }
    });
}

/// Sends the page the output code that INT8's values show, and the answers once they are settled.
pub(super) fn sync_answers(state: State) {
    let found = Memo::new(move |_| state.found_range());
    Effect::new(move |_| {
        // The page forgets it with the depths that it shows; those of another role of the set have the same code.
        let known = state.settings.with(|s| s.as_ref().map(|s| s.found));
        if let (Some((found, code)), Some(known)) = (found.get(), known)
            && known != Some(found)
        {
            wish(&Wish::Found(found, code));
        }
    });
    // What was said last stays while other ranges are being measured.
    let conclusion = Memo::new(move |last: Option<&Option<Option<Answers>>>| {
        state.conclusion().or_else(|| last.cloned().flatten())
    });
    Effect::new(move |_| {
        let settled = state.conclusion().is_some();
        if let (Some(serial), Some(answers), true) = (state.serial(), conclusion.get(), settled) {
            wish(&Wish::Answers(serial, answers.map(Box::new)));
        }
    });
}

/// A comparison of ground truth with both predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Compared {
    /// Where the error comes from.
    pub(super) budget: Budget,
    /// Root mean square step of INT8's grid, in metres, where one was found.
    pub(super) step_m: Option<f64>,
    /// Frames.
    pub(super) frames: usize,
    /// Frames that are copies of others.
    pub(super) copies: usize,
}

impl State {
    /// What a link can carry of the comparison of the set; `None` while there is none, or its intervals are under way.
    pub(super) fn shareable_comparison(self) -> Option<SharedComparison> {
        let own = self.own_comparison()?;
        let is_own_way = self.own_protocol.with(Option::is_some);
        let compared = ComparedFrames {
            frames: u32::try_from(own.frames).ok()?,
            copies: u32::try_from(own.copies).ok()?,
            step_m: own.step_m,
            evaluator: (!is_own_way).then(|| self.evaluator.get()),
            average: self.average.get(),
        };
        self.changes
            .with(|changes| SharedComparison::new(compared, &own.budget, changes))
    }

    /// The predictions over other ranges and codes: those of the maps, or of the link as long as the settings are its own.
    pub(super) fn known_recodings(self) -> Option<Arc<Requantized>> {
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

    /// What the maps of the set give.
    fn own_comparison(self) -> Option<Compared> {
        self.practice.with(|p| {
            let all = p.is_complete() && p.evidence() == Some(Evidence::All);
            all.then(|| {
                let merged = p.merged();
                Some(Compared {
                    budget: merged.budget()?,
                    step_m: merged.grid().ok().map(|grid| grid.rms_step_m),
                    frames: p.metric_sums().len(),
                    copies: p.copies().len(),
                })
            })
            .flatten()
        })
    }

    /// The comparison of the set, or that of the link.
    pub(super) fn comparison(self) -> Option<Compared> {
        self.own_comparison().or_else(|| {
            let shared = self.shared_now()?;
            let compared = shared.compared();
            Some(Compared {
                budget: shared.budget(),
                step_m: compared.step_m,
                frames: compared.frames as usize,
                copies: compared.copies as usize,
            })
        })
    }

    /// Whether the plan starts from maps.
    pub(super) fn has_budget(self) -> bool {
        self.comparison().is_some()
    }

    /// Whether the calculator's numbers belong to the shown depths. The published figures belong to the published case alone.
    fn has_own_numbers(self) -> bool {
        let is_sample = self.facts.with(|f| f.as_ref().is_some_and(|f| f.is_sample));
        is_sample || self.numbers.with(|n| *n != CalculatorInput::published())
    }

    /// The network's parameters, typed in the planner or in the calculator.
    pub(super) fn known_parameters(self) -> Option<f64> {
        let of_numbers = self.numbers.with(|n| n.parameters);
        let of_numbers = of_numbers.filter(|_| self.has_own_numbers());
        self.parameters.get().or(of_numbers)
    }

    /// Sources and remedies, or why there are none; `None` before anything is known.
    pub(super) fn plan(self) -> Option<Result<Plan, String>> {
        let bits = self.how()?.bits;
        let parameters = self.known_parameters();
        let finished = |mut input: PlannerInput<'_>| {
            input.rest = self.rest.get();
            input.parameters = parameters;
            Plan::compute(&input).map_err(|error| error.to_string())
        };
        let Some(compared) = self.comparison() else {
            let numbers = self.numbers.get();
            if !self.has_own_numbers() {
                let missing = tr!(
                    "a plan needs ground truth, FP32 and INT8 maps, or your own figures in the calculator"
                );
                return Some(Err(missing.to_owned()));
            }
            let calculator = Calculator::new(&numbers).ok()?;
            let evidence = PlanEvidence::Figures(&calculator.theory);
            return Some(finished(PlannerInput::new(evidence, calculator.bits)));
        };
        let mut input = PlannerInput::new(PlanEvidence::Measured(&compared.budget), bits);
        input.step_m = compared.step_m;
        input.change_interval_m = self.rmse_change().and_then(|change| change.interval());
        if let Some(found) = self.known_recodings() {
            input.tried = found.tried.clone();
        }
        Some(finished(input))
    }

    /// The change of the RMSE, once its interval is known.
    fn rmse_change(self) -> Option<Change> {
        self.changes.with(|changes| {
            let rmse = changes.iter().find(|c| c.metric == Criterion::Rmse);
            rmse.copied()
        })
    }

    /// The narrower range of the table with the lowest RMSE.
    fn narrower(self, current: OutputRange) -> Option<RangeReport> {
        self.measured
            .with(|(ranges, _)| RangeReport::narrower(ranges, current).cloned())
    }

    /// The range of the output code in INT8's values, where all of them are known.
    fn found_range(self) -> Option<(FoundRange, CodeKind)> {
        let bits = self.how()?.bits;
        self.practice.with(|p| {
            let has_int8 = p.is_complete() && p.evidence().is_some_and(Evidence::has_grid);
            has_int8
                .then(|| FoundRange::from_grid(&p.merged().grid().ok()?, bits))
                .flatten()
        })
    }

    /// What is concluded: answers, or that there is nothing to compare; `None` while something is still computed.
    pub(super) fn conclusion(self) -> Option<Option<Answers>> {
        let has_typed = self.numbers.with(|n| *n != CalculatorInput::published());
        // Frames that could not be compared, of different sizes for example, answer nothing.
        let is_empty = self
            .practice
            .with(|p| p.is_complete() && p.metric_sums().is_empty());
        if self.has_practice() && !is_empty {
            let is_found = self.found_range().is_none_or(|(found, _)| {
                self.settings
                    .with(|s| s.as_ref().is_some_and(|s| s.found == Some(found)))
            });
            if is_found {
                self.answers().map(Some)
            } else {
                None
            }
        } else if self
            .practice
            .with(|p| !p.names().is_empty() && !p.is_complete())
        {
            None
        } else if self.shared_now().is_some() || has_typed {
            self.answers().map(Some)
        } else {
            Some(None)
        }
    }

    /// The three answers; `None` while a figure of theirs is still computed.
    fn answers(self) -> Option<Answers> {
        if self.has_practice() && self.awaits_recodings() {
            return None;
        }
        let compared = self.comparison();
        let evidence = match &compared {
            Some(_) => Some(Evidence::All),
            None => self
                .practice
                .with(|p| p.evidence().filter(|_| p.is_complete())),
        };
        let compared = compared.or_else(|| {
            self.practice.with(|p| {
                let merged = p.merged();
                Some(Compared {
                    budget: merged.budget()?,
                    step_m: merged.grid().ok().map(|grid| grid.rms_step_m),
                    frames: p.metric_sums().len(),
                    copies: p.copies().len(),
                })
            })
        });
        let changes = self.changes.get();
        let calculator = Calculator::new(&self.numbers.get()).ok();
        let maps = compared.as_ref().map(|compared| ComparedMaps {
            budget: &compared.budget,
            step_m: compared.step_m,
            changes: &changes,
            average: self.average.get(),
            evaluator: self
                .own_protocol
                .with(Option::is_none)
                .then(|| self.evaluator.get()),
            frames: compared.frames,
            copies: compared.copies,
        });
        let evidence = match (evidence, &maps) {
            // Its intervals are still being computed.
            (Some(Evidence::All), _) if changes.is_empty() => return None,
            (Some(Evidence::All), Some(maps)) => AnswerEvidence::All(maps),
            (Some(Evidence::NoGroundTruth), Some(maps)) => AnswerEvidence::Predictions {
                budget: maps.budget,
            },
            (Some(Evidence::Fp32Only), Some(maps)) => AnswerEvidence::GroundTruthAndFp32 {
                rmse_fp32_m: maps.budget.rmse_fp32_m(),
            },
            (Some(Evidence::Int8Only), Some(maps)) => AnswerEvidence::GroundTruthAndInt8 {
                rmse_int8_m: maps.budget.rmse_int8_m(),
            },
            (None, _) => AnswerEvidence::Figures(calculator.as_ref()?),
            (Some(_), None) => return None,
        };
        let plan = self.plan().and_then(Result::ok);
        let settings = self.settings.get()?;
        let in_use = settings.range_in_use()?;
        let current = settings.ranges.get(settings.current as usize)?;
        let requantized = self
            .known_recodings()
            .map(|found| RequantizedRange::from(&*found));
        let depths_source = DepthsSource::from_role(self.role());
        self.measured.with(|(ranges, best)| {
            let current = ranges.iter().find(|r| r.named == *current)?;
            let range = RangeEvidence {
                in_use,
                current,
                policy: settings.how.policy,
                depths_source,
                best,
                requantized,
                log_code: None,
            };
            let findings = Findings::new(&AnswersInput {
                evidence,
                range: Some(range),
                plan: plan.as_ref(),
            });
            let is_searching = matches!(findings.range, RangeFinding::Searching(_));
            (!is_searching).then(|| Answers::from_findings(&findings))
        })
    }
}
