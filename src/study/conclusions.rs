//! What the study concludes from all that it knows: the plan and the three answers, as the core makes them.

use std::sync::Arc;

use leptos::prelude::*;

use super::desk::{Desk, keep_answered};
use super::state::{Recoded, State};
use super::wish;
use crate::bridge::Wish;
use crate::inquiry::{Answer, Ask};
use fathom_analysis::compare::{Budget, Change, Evidence};
use fathom_analysis::diagnosis::calculator::Calculator;
use fathom_analysis::diagnosis::planner::{Plan, PlanEvidence, PlannerInput};
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_analysis::{Policy, RangeReport, RangeSettings};
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_report::answers::{
    AnswerEvidence, Answers, AnswersInput, DepthsSource, RangeEvidence, RequantizedRange,
};
use fathom_report::link::{ComparedFrames, SharedComparison};

/// Keeps the predictions over other ranges and codes measured for the settings in use.
pub(super) fn keep_recoded(state: State) {
    let answers = keep_answered(Desk::Recoded, move || {
        let ask = || {
            let current = state.current()?.range;
            Some(Ask::Recoded {
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
            Some((_, Some(Answer::Recoded(found)))) => {
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

/// Tells the page where another code would serve the shown depths better than any range.
pub(super) fn keep_advising(state: State) {
    let answers = keep_answered(Desk::Advice, move || {
        let ask = state.how().map(|how| Ask::LogCodeReport {
            // Every pixel is counted, whatever the policy: a change of it needs no other answer.
            how: RangeSettings {
                policy: Policy::Count,
                ..how
            },
        });
        ask.into_iter().collect()
    });
    let advice = Memo::new(move |_| {
        let how = state.how().filter(|how| how.policy == Policy::Count)?;
        let current = state.current()?;
        answers.with(|answers| {
            let (Ask::LogCodeReport { how: asked }, Some(Answer::LogCodeReport(code))) =
                answers.pairs().next()?
            else {
                return None;
            };
            state.measured.with(|(ranges, best)| {
                let current = ranges.iter().find(|report| report.named == current)?;
                (*asked == how).then_some(())?;
                code.advice(current, best)
            })
        })
    });
    Effect::new(move |_| wish(&Wish::Advise(advice.get())));
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
}

impl State {
    /// What a link can carry of the comparison of the set; `None` while there is none, or its intervals are under way.
    pub(super) fn shareable_comparison(self) -> Option<SharedComparison> {
        let own = self.own_comparison()?;
        let is_own_way = self.own_protocol.with(Option::is_some);
        let compared = ComparedFrames {
            frames: u32::try_from(own.frames).ok()?,
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
            })
        })
    }

    /// Whether the plan starts from maps.
    pub(super) fn has_budget(self) -> bool {
        self.comparison().is_some()
    }

    /// Sources and remedies, or why there are none; `None` before anything is known.
    pub(super) fn plan(self) -> Option<Result<Plan, String>> {
        let bits = self.how()?.bits;
        let parameters = self
            .parameters
            .get()
            .or_else(|| self.numbers.get().parameters);
        let finished = |mut input: PlannerInput<'_>| {
            input.rest = self.rest.get();
            input.parameters = parameters;
            Plan::compute(&input).map_err(|error| error.to_string())
        };
        let Some(compared) = self.comparison() else {
            let calculator = Calculator::new(&self.numbers.get()).ok()?;
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

    /// The three answers; `None` while there are no predictions, or their comparison is under way.
    pub(super) fn answers(self) -> Option<Answers> {
        if self.awaits_recodings() {
            return None;
        }
        let (
            evidence,
            Compared {
                budget,
                step_m,
                frames,
            },
        ) = match self.comparison() {
            Some(compared) => (Evidence::All, compared),
            None => self.practice.with(|p| {
                let evidence = p.evidence().filter(|_| p.is_complete())?;
                let merged = p.merged();
                let compared = Compared {
                    budget: merged.budget()?,
                    step_m: merged.grid().ok().map(|grid| grid.rms_step_m),
                    frames: p.metric_sums().len(),
                };
                Some((evidence, compared))
            })?,
        };
        let change = self.rmse_change();
        let evidence = match (evidence, &change) {
            (Evidence::All, Some(change)) => AnswerEvidence::All {
                budget: &budget,
                step_m,
                change,
                frames,
            },
            // Its interval is still being computed.
            (Evidence::All, None) => return None,
            (Evidence::NoGroundTruth, _) => AnswerEvidence::Predictions {
                budget: &budget,
                step_m,
            },
            (Evidence::Fp32Only, _) => AnswerEvidence::GroundTruthAndFp32 {
                rmse_fp32_m: budget.rmse_fp32_m(),
            },
            (Evidence::Int8Only, _) => AnswerEvidence::GroundTruthAndInt8 {
                rmse_int8_m: budget.rmse_int8_m(),
                step_m: self
                    .practice
                    .with(|p| p.merged().grid().ok()?.uniform_step_m()),
            },
        };
        let plan = self.plan().and_then(Result::ok);
        let current = self.current();
        let policy = self.how()?.policy;
        let recoded = self
            .known_recodings()
            .map(|found| RequantizedRange::from_curve(&found.curve));
        let narrower = current.as_ref().and_then(|c| self.narrower(c.range));
        let depths_source = DepthsSource::from_role(self.role());
        self.measured.with(|(ranges, best)| {
            let current = current
                .as_ref()
                .and_then(|named| ranges.iter().find(|r| r.named == *named));
            let range = current.map(|current| RangeEvidence {
                current,
                policy,
                depths_source,
                narrower: narrower.as_ref(),
                best,
                requantized: recoded,
            });
            Some(Answers::new(&AnswersInput {
                evidence,
                range,
                plan: plan.as_ref(),
            }))
        })
    }
}
