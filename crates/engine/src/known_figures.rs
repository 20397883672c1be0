//! From all figures that are known to the plan and the three answers.

use fathom_analysis::compare::{
    Average, Budget, Change, CompareSettings, ComparedSet, Evaluator, Evidence, GridQuantity,
};
use fathom_analysis::diagnosis::calculator::{Calculator, CalculatorInput};
use fathom_analysis::diagnosis::planner::{Plan, PlanEvidence, PlannerInput, RestShares};
use fathom_analysis::diagnosis::requantized::{Requantized, WhatIf};
use fathom_analysis::{BestRange, FoundRange, RangeReport};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{Bits, CodeKind};
use fathom_report::answers::{
    AnswerEvidence, Answers, AnswersInput, ComparedMaps, DepthsSource, Findings, RangeEvidence,
    RangeFinding, RequantizedRange,
};
use fathom_report::link::{Settings, SharedComparison};
use fathom_report::network::NetworkEvidence;

use crate::set_doubts::SetDoubts;

/// A comparison of ground truth with both predictions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// The error budget.
    pub budget: Budget,
    /// Root mean square step of INT8's grid, in metres, where one was found.
    pub step_m: Option<f64>,
    /// Number of frames.
    pub frames: usize,
    /// Number of frames that are copies of others.
    pub copies: usize,
}

impl Compared {
    /// The comparison of a set so far; `None` while nothing is merged.
    #[must_use]
    pub fn from_set(set: &ComparedSet) -> Option<Self> {
        let merged = set.merged();
        Some(Self {
            budget: merged.budget()?,
            step_m: merged.grid().ok().map(|grid| grid.rms_step_m),
            frames: set.metric_sums().len(),
            copies: set.copies().len(),
        })
    }

    /// The comparison of a complete set with all three roles.
    #[must_use]
    pub fn from_complete_set(set: &ComparedSet) -> Option<Self> {
        let is_whole = set.is_complete() && set.evidence() == Some(Evidence::All);
        is_whole.then(|| Self::from_set(set)).flatten()
    }
}

/// The range of the output code in INT8's values, once all frames are compared.
#[must_use]
pub fn found_range(set: &ComparedSet, bits: Bits) -> Option<(FoundRange, CodeKind)> {
    let has_int8 = set.is_complete() && set.evidence().is_some_and(Evidence::has_grid);
    has_int8
        .then(|| FoundRange::from_grid(&set.merged().grid().ok()?, bits))
        .flatten()
}

/// The predictions over other ranges, as far as they are measured.
#[derive(Clone, Copy, Debug)]
pub enum KnownRequantized<'a> {
    /// There are none.
    None,
    /// They are being measured.
    Pending,
    /// For the settings in use.
    Known(&'a Requantized),
}

/// Everything that is known.
#[derive(Clone, Copy, Debug)]
pub struct KnownFigures<'a> {
    /// The ranges and how they are measured.
    pub settings: &'a Settings,
    /// The measured ranges of the table.
    pub ranges: &'a [RangeReport],
    /// The best ends; none while they are searched.
    pub best: &'a [BestRange],
    /// The frames as far as they are compared.
    pub compared: &'a ComparedSet,
    /// The changes from FP32 to INT8 with their intervals, once they are known.
    pub changes: &'a [Change],
    /// Whose way of measuring it is; `None` for the reader's own.
    pub evaluator: Option<Evaluator>,
    /// Over which average.
    pub average: Average,
    /// Settings of the comparison.
    pub measured: &'a CompareSettings,
    /// The comparison of a link, where there are no maps.
    pub shared: Option<&'a SharedComparison>,
    /// The predictions over other ranges, where they are measured on the pixels that the evaluator measures.
    pub requantized: KnownRequantized<'a>,
    /// The RMSE of predictions over other ranges, over every pixel as it is.
    pub what_if: Option<&'a WhatIf>,
    /// Input of the calculator.
    pub numbers: &'a CalculatorInput,
    /// The reader's division of what cannot be measured.
    pub rest: RestShares,
    /// The network's parameters.
    pub parameters: Option<f64>,
    /// True for the built-in sample.
    pub is_sample: bool,
    /// The role of the shown depths.
    pub role: Option<Role>,
    /// The doubts about the set; `None` while it is sampled.
    pub doubts: Option<&'a SetDoubts>,
    /// The effect of each part of a network on its output.
    pub network: Option<NetworkEvidence<'a>>,
}

impl KnownFigures<'_> {
    /// The comparison of the set, or that of the link.
    #[must_use]
    pub fn comparison(&self) -> Option<Compared> {
        Compared::from_complete_set(self.compared).or_else(|| {
            let shared = self.shared?;
            let compared = shared.compared();
            Some(Compared {
                budget: shared.budget(),
                step_m: compared.step_m,
                frames: compared.frames as usize,
                copies: compared.copies as usize,
            })
        })
    }

    /// RMSE of INT8 against ground truth over every pixel as it is, in metres; `None` without all three roles. An evaluator that leaves out
    /// pixels or fits predictions gives none: it would stand beside figures of other pixels.
    #[must_use]
    pub fn int8_m(&self) -> Option<f64> {
        let has_all = self.compared.evidence() == Some(Evidence::All);
        if !has_all || !self.measured.protocol.is_plain() {
            return None;
        }
        Some(self.compared.merged().budget()?.rmse_int8_m())
    }

    /// True if the calculator's numbers belong to the shown depths. The published figures belong to the published case alone.
    fn has_own_numbers(&self) -> bool {
        self.is_sample || *self.numbers != CalculatorInput::published()
    }

    /// The network's parameters, typed in the planner or in the calculator.
    #[must_use]
    pub fn known_parameters(&self) -> Option<f64> {
        let of_numbers = self.numbers.parameters;
        let of_numbers = of_numbers.filter(|_| self.has_own_numbers());
        self.parameters.or(of_numbers)
    }

    /// Sources and remedies, or why there are none; `None` before anything is known.
    #[must_use]
    pub fn plan(&self) -> Option<Result<Plan, String>> {
        if self.doubts.is_some_and(|doubts| doubts.is_unjudged) {
            let why =
                tr!("these maps may not show what the network does: see the findings at the top");
            return Some(Err(why.to_owned()));
        }
        let bits = self.settings.how.bits;
        let finished = |mut input: PlannerInput<'_>| {
            input.rest = self.rest;
            input.parameters = self.known_parameters();
            Plan::compute(&input).map_err(|error| error.to_string())
        };
        let Some(compared) = self.comparison() else {
            if !self.has_own_numbers() {
                let missing = tr!(
                    "a plan needs ground truth, FP32 and INT8 maps, or your own figures in the calculator"
                );
                return Some(Err(missing.to_owned()));
            }
            let calculator = Calculator::new(self.numbers).ok()?;
            let evidence = PlanEvidence::Figures(&calculator.theory);
            return Some(finished(PlannerInput::new(evidence, calculator.bits)));
        };
        let mut input = PlannerInput::new(PlanEvidence::Measured(&compared.budget), bits);
        input.step_m = compared.step_m;
        let rmse = self.changes.iter().find(|c| c.metric == Criterion::Rmse);
        input.change_interval_m = rmse.and_then(Change::interval);
        if let Some(in_use) = self.settings.range_in_use() {
            input.steps = in_use.source.quantity();
        }
        if let KnownRequantized::Known(found) = self.requantized
            && input.steps == GridQuantity::Depth
        {
            input.tried = found.tried.clone();
        }
        if let Some(network) = &self.network {
            input.network = network.for_plan();
        }
        Some(finished(input))
    }

    /// The conclusion: answers, or that there is nothing to compare; `None` while something is still computed.
    #[must_use]
    pub fn conclusion(&self) -> Option<Option<Answers>> {
        if self.doubts?.is_unjudged {
            return Some(None);
        }
        let has_typed = *self.numbers != CalculatorInput::published();
        let set = self.compared;
        // Frames that could not be compared, of different sizes for example, answer nothing.
        let is_empty = set.is_complete() && set.metric_sums().is_empty();
        if set.evidence().is_some() && !is_empty {
            let found = found_range(set, self.settings.how.bits);
            let is_in_use = found.is_none_or(|(found, _)| self.settings.found == Some(found));
            is_in_use.then(|| self.answers().map(Some)).flatten()
        } else if !set.names().is_empty() && !set.is_complete() {
            None
        } else if self.shared.is_some() || has_typed {
            self.answers().map(Some)
        } else {
            Some(None)
        }
    }

    /// The three answers; `None` while a figure of theirs is still computed.
    fn answers(&self) -> Option<Answers> {
        let set = self.compared;
        let is_pending = matches!(self.requantized, KnownRequantized::Pending);
        if set.evidence().is_some() && is_pending {
            return None;
        }
        let compared = self.comparison();
        let evidence = match &compared {
            Some(_) => Some(Evidence::All),
            None => set.evidence().filter(|_| set.is_complete()),
        };
        let compared = compared.or_else(|| Compared::from_set(set));
        let calculator = Calculator::new(self.numbers).ok();
        let maps = compared.as_ref().map(|compared| ComparedMaps {
            budget: &compared.budget,
            step_m: compared.step_m,
            changes: self.changes,
            average: self.average,
            evaluator: self.evaluator,
            frames: compared.frames,
            copies: compared.copies,
        });
        let evidence = match (evidence, &maps) {
            // Its intervals are still being computed.
            (Some(Evidence::All), _) if self.changes.is_empty() => return None,
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
        let in_use = self.settings.range_in_use()?;
        let current = self.settings.ranges.get(self.settings.current as usize)?;
        let requantized = match self.requantized {
            KnownRequantized::Known(found) => Some(RequantizedRange::from(found)),
            KnownRequantized::None | KnownRequantized::Pending => None,
        };
        let range = RangeEvidence {
            in_use,
            current: self.ranges.iter().find(|r| r.named == *current)?,
            policy: self.settings.how.policy,
            depths_source: DepthsSource::from_role(self.role),
            best: self.best,
            requantized,
            log_code: None,
        };
        let findings = Findings::new(&AnswersInput {
            evidence,
            range: Some(range),
            plan: plan.as_ref(),
            network: self.network,
        });
        let is_searching = matches!(findings.range, RangeFinding::Searching(_));
        (!is_searching).then(|| Answers::from_findings(&findings))
    }
}
