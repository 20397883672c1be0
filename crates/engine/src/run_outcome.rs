//! Everything that a run has found out, and what is made of it: the report, the data of charts, the link.

use fathom_analysis::compare::{Change, CompareSettings, ComparedSet, FramePreview};
use fathom_analysis::diagnosis::calculator::CalculatorInput;
use fathom_analysis::diagnosis::planner::RestShares;
use fathom_analysis::diagnosis::requantized::Requantized;
use fathom_core::stats::Sketch;
use fathom_report::export::ChartData;
use fathom_report::link::{
    Settings, SharedDepths, SharedStudy, StudyChoices, encode_fitting, worst_frames,
};
use fathom_report::report::Report;

use crate::known_figures::{KnownFigures, KnownRequantized};
use crate::query::QueryResult;
use crate::report_basis::ReportBasis;
use crate::report_settings::ReportSettings;
use crate::set_doubts::SetDoubts;
use crate::shared_result::sketched_depths;
use crate::whole_report::{chart_data, report};

/// The end of a run.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// Settings that the user stated.
    pub(crate) given: ReportSettings,
    /// Settings of the comparison.
    pub(crate) measured: CompareSettings,
    /// Input of the calculator: the published figures.
    pub(crate) numbers: CalculatorInput,
    /// Ranges and their settings.
    pub(crate) settings: Settings,
    /// The figures of the depths.
    pub(crate) basis: ReportBasis,
    /// The compared frames.
    pub(crate) compared: ComparedSet,
    /// The maps of the worst frame, once they were looked at.
    pub(crate) worst: Option<FramePreview>,
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
        report(&self.basis, self.results.iter(), &self.known())
    }

    /// The data of a document's charts; `None` without a range in use.
    #[must_use]
    pub fn chart_data(&self) -> Option<ChartData<'_>> {
        let worst = self.worst.as_ref();
        chart_data(&self.basis, self.results.iter(), &self.known(), worst)
    }

    /// Takes the maps of the worst frame, [`ReportRun::worst_view`](crate::ReportRun::worst_view), for documents.
    pub fn set_worst(&mut self, worst: Option<FramePreview>) {
        self.worst = worst;
    }

    /// The link to this result, with a title and, if wanted, the names of the worst frames. `None` if it cannot be encoded.
    #[must_use]
    pub fn link(
        &self,
        title: &str,
        has_names: bool,
    ) -> Option<(String, SharedDepths, SharedStudy)> {
        let depths = match self.basis.role {
            None => SharedDepths::Sample,
            Some(role) => {
                sketched_depths(role, self.maps, self.basis.summary, self.sketch.clone()?)
            }
        };
        let choices = StudyChoices {
            evaluator: self.given.evaluator,
            average: self.given.average(),
            ..StudyChoices::default()
        };
        let study = self.known().shared_study(title.to_owned(), choices);
        let frames = if has_names {
            worst_frames(self.compared.frame_errors())
        } else {
            Vec::new()
        };
        let (fragment, study) = encode_fitting(&depths, &self.settings, study, &[], &frames)?;
        Some((fragment, depths, study))
    }

    fn known(&self) -> KnownFigures<'_> {
        let requantized = self.requantized.as_deref();
        let comparable = requantized.filter(|_| self.measured.protocol.is_plain());
        KnownFigures {
            settings: &self.settings,
            ranges: &self.basis.ranges,
            best: &self.basis.best,
            compared: &self.compared,
            changes: &self.changes,
            evaluator: Some(self.given.evaluator),
            average: self.given.average(),
            measured: &self.measured,
            shared: None,
            requantized: comparable.map_or(KnownRequantized::None, KnownRequantized::Known),
            what_if: requantized.map(|found| &found.curve),
            numbers: &self.numbers,
            rest: RestShares::default(),
            parameters: self.given.parameters.map(|count| count as f64),
            is_sample: self.basis.is_sample,
            role: self.basis.role,
            doubts: self.doubts.as_ref(),
            network: None,
        }
    }
}
