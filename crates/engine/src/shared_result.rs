//! The content of a link from a result.

use fathom_analysis::DistributionSummary;
use fathom_analysis::compare::ComparedSet;
use fathom_core::depth::Role;
use fathom_core::stats::Sketch;
use fathom_core::units;
use fathom_report::link::{
    ComparedFrames, SharedComparison, SharedDepths, SharedStudy, SketchBudget, StudyChoices,
};

use crate::known_figures::{Compared, KnownFigures, KnownRequantized};

/// The depths of so many maps of a role, as a link carries them.
#[must_use]
pub fn sketched_depths(
    role: Role,
    maps: usize,
    summary: DistributionSummary,
    sketch: Sketch,
) -> SharedDepths {
    let maps = units::counted(maps, units::Noun::Map);
    SharedDepths::Sketch {
        source: format!("{maps}, {}", role.title()),
        summary,
        sketch,
    }
}

/// The room for the sketch of a set in its link.
#[must_use]
pub fn sketch_budget(compared: &ComparedSet) -> SketchBudget {
    if compared.progress().1 > 0 {
        SketchBudget::WithComparison
    } else {
        SketchBudget::WithSettings
    }
}

impl KnownFigures<'_> {
    /// Choices and comparison as a link carries them, without names of frames.
    #[must_use]
    pub fn shared_study(&self, title: String, choices: StudyChoices) -> SharedStudy {
        let comparison = self.shared_comparison();
        let comparison = comparison.or_else(|| self.shared.cloned());
        // Figures of other settings than the link's would not be true where it is opened.
        let requantized = match self.requantized {
            KnownRequantized::Known(found) if comparison.is_some() => Some(found.clone()),
            _ => None,
        };
        SharedStudy {
            title,
            role: self.role,
            choices,
            comparison,
            requantized,
            frames: Vec::new(),
        }
    }

    /// The comparison of the set; `None` while there is none, or its intervals are computed.
    fn shared_comparison(&self) -> Option<SharedComparison> {
        let own = Compared::from_complete_set(self.compared)?;
        let frames = ComparedFrames {
            frames: u32::try_from(own.frames).ok()?,
            copies: u32::try_from(own.copies).ok()?,
            step_m: own.step_m,
            evaluator: self.evaluator,
            average: self.average,
        };
        SharedComparison::new(frames, &own.budget, self.changes)
    }
}
