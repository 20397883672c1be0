//! Everything that a run has found out, and what is made of it: the report, the data of charts, the link.

use fathom_analysis::BestRange;
use fathom_analysis::compare::{Change, ComparedSet, Evidence};
use fathom_analysis::diagnosis::calculator::CalculatorInput;
use fathom_analysis::diagnosis::planner::RestShares;
use fathom_analysis::diagnosis::requantized::{Requantized, WhatIf};
use fathom_analysis::range_space::{AxisDomain, RangePoint};
use fathom_core::stats::Sketch;
use fathom_core::units;
use fathom_report::link::{
    ComparedFrames, Settings, SharedComparison, SharedDepths, SharedStudy, SketchBudget,
    StudyChoices, encode_fitting, worst_frames,
};
use fathom_report::report::{Report, WhatIfSection};

use crate::known_figures::{Compared, KnownFigures, KnownRequantized};
use crate::query::QueryResult;
use crate::report_basis::ReportBasis;
use crate::report_settings::ReportSettings;
use crate::set_doubts::SetDoubts;
use crate::whole_report::{ComparedInfo, Conclusions, report};

/// The end of a run.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// What the user stated.
    pub(crate) given: ReportSettings,
    /// Ranges and their settings.
    pub(crate) settings: Settings,
    /// The figures of the depths.
    pub(crate) basis: ReportBasis,
    /// The compared frames.
    pub(crate) compared: ComparedSet,
    /// Changes from FP32 to INT8.
    pub(crate) changes: Vec<Change>,
    /// The predictions over other ranges.
    pub(crate) requantized: Option<Box<Requantized>>,
    /// The results of the report's queries.
    pub(crate) results: Vec<QueryResult>,
    /// The depths as a link carries them; `None` for the sample.
    pub(crate) sketch: Option<Sketch>,
    /// Doubts about the set.
    pub(crate) doubts: Option<SetDoubts>,
    /// Number of maps of the shown role.
    pub(crate) maps: usize,
}

impl RunOutcome {
    /// The whole report.
    #[must_use]
    pub fn report(&self) -> Report {
        let numbers = CalculatorInput::published();
        let known = KnownFigures {
            settings: &self.settings,
            ranges: &self.basis.ranges,
            best: &self.basis.best,
            compared: &self.compared,
            changes: &self.changes,
            evaluator: Some(self.given.evaluator),
            average: self.given.average(),
            shared: None,
            requantized: match self.comparable() {
                Some(found) => KnownRequantized::Known(found),
                None => KnownRequantized::None,
            },
            numbers: &numbers,
            rest: RestShares::default(),
            parameters: self.given.parameters.map(|count| count as f64),
            is_sample: self.basis.is_sample,
            role: self.basis.role,
            doubts: self.doubts.as_ref(),
        };
        let plan = known.plan().and_then(Result::ok);
        let answers = known.conclusion().flatten();
        let settings = self.given.compare_settings();
        let what_if = self.what_if();
        let what_if = what_if.map(|curve| WhatIfSection::new(curve, &self.basis.how));
        let compared = self.compared.evidence().map(|evidence| ComparedInfo {
            practice: &self.compared,
            settings: &settings,
            evaluator: Some(self.given.evaluator),
            changes: if evidence == Evidence::All {
                &self.changes
            } else {
                &[]
            },
            resampling: self.given.resampling(),
            what_if: what_if.as_ref(),
        });
        let conclusions = Conclusions {
            shared: None,
            plan: plan.as_ref(),
            answers: answers.as_ref(),
            is_unjudged: self.doubts.as_ref().is_none_or(|d| d.is_unjudged),
        };
        report(&self.basis, self.results.iter(), compared, conclusions)
    }

    /// The figures of the depths.
    #[must_use]
    pub fn basis(&self) -> &ReportBasis {
        &self.basis
    }

    /// The best ends.
    #[must_use]
    pub fn best(&self) -> &[BestRange] {
        &self.basis.best
    }

    /// The compared frames.
    #[must_use]
    pub fn compared(&self) -> &ComparedSet {
        &self.compared
    }

    /// Every metric along the end of the range.
    #[must_use]
    pub fn sweep(&self) -> Option<(AxisDomain, &[RangePoint])> {
        self.results.iter().find_map(|result| match result {
            QueryResult::Sweep(domain, points) => Some((*domain, points.as_slice())),
            _ => None,
        })
    }

    /// The predictions over other ranges.
    #[must_use]
    pub fn what_if(&self) -> Option<&WhatIf> {
        Some(&self.requantized.as_ref()?.curve)
    }

    /// RMSE of INT8 against ground truth over every pixel as it is, in metres.
    #[must_use]
    pub fn int8_m(&self) -> Option<f64> {
        let is_whole = self.given.is_plain() && self.compared.evidence() == Some(Evidence::All);
        let budget = is_whole.then(|| self.compared.merged().budget()).flatten();
        budget.map(|budget| budget.rmse_int8_m())
    }

    /// The predictions over other ranges, where they are measured on the pixels that the evaluator measures.
    fn comparable(&self) -> Option<&Requantized> {
        self.requantized
            .as_deref()
            .filter(|_| self.given.is_plain())
    }

    /// The link to this result, with a title and, if wanted, the names of the worst frames. `None` if it cannot be encoded.
    #[must_use]
    pub fn link(
        &self,
        title: &str,
        has_names: bool,
    ) -> Option<(String, SharedDepths, SharedStudy)> {
        let depths = match (self.basis.role, &self.sketch) {
            (None, _) => SharedDepths::Sample,
            (Some(role), Some(sketch)) => SharedDepths::Sketch {
                source: format!(
                    "{}, {}",
                    units::counted(self.maps, units::Noun::Map),
                    role.title()
                ),
                summary: self.basis.summary,
                sketch: sketch.clone(),
            },
            (Some(_), None) => return None,
        };
        let comparison = self.shared_comparison();
        // Figures of other pixels than the comparison's would not be true where the link is opened.
        let requantized = comparison.as_ref().and_then(|_| self.comparable());
        let study = SharedStudy {
            title: title.to_owned(),
            role: self.basis.role,
            choices: StudyChoices {
                evaluator: self.given.evaluator,
                average: self.given.average(),
                ..StudyChoices::default()
            },
            comparison,
            requantized: requantized.cloned(),
            frames: Vec::new(),
        };
        let frames = if has_names {
            worst_frames(self.compared.frame_errors())
        } else {
            Vec::new()
        };
        let (fragment, study) = encode_fitting(&depths, &self.settings, study, &frames)?;
        Some((fragment, depths, study))
    }

    fn shared_comparison(&self) -> Option<SharedComparison> {
        let own = Compared::from_complete_set(&self.compared)?;
        let frames = ComparedFrames {
            frames: u32::try_from(own.frames).ok()?,
            copies: u32::try_from(own.copies).ok()?,
            step_m: own.step_m,
            evaluator: Some(self.given.evaluator),
            average: self.given.average(),
        };
        SharedComparison::new(frames, &own.budget, &self.changes)
    }
}

/// The room for the sketch of a set in its link.
pub(crate) fn sketch_budget(compared: &ComparedSet) -> SketchBudget {
    if compared.progress().1 > 0 {
        SketchBudget::WithComparison
    } else {
        SketchBudget::WithSettings
    }
}
