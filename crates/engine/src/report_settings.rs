//! Settings of a report that a user states before files are read. Without any, they are those of a first visit to the page.

use fathom_analysis::compare::{
    Average, CompareSettings, DEFAULT_BAND_EDGES_M, EvalProtocol, Evaluator, Resampling,
};
use fathom_analysis::understanding::RoleRepair;
use fathom_analysis::{NamedRange, Policy};
use fathom_core::depth::Role;
use fathom_core::i18n::tr;
use fathom_core::quant::{Bits, OutputRange};
use fathom_report::link::{MAX_RANGES, Settings};
use fathom_report::report::Searches;
use serde::{Deserialize, Serialize};

use crate::file_row::ReadingSettings;
use crate::file_set::ChosenEncoding;
use crate::range_settings::default_settings;

/// Settings of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportSettings {
    /// The long searches that are wanted.
    pub searches: Searches,
    /// Settings that apply to all files. Its repairs are added from [`Self::repairs`].
    pub reading: ReadingSettings,
    /// Repairs that the user gave.
    pub repairs: Vec<RoleRepair>,
    /// Encodings of roles.
    pub encodings: Vec<ChosenEncoding>,
    /// The array or channel of a role's files; `None` for every role.
    pub arrays: Vec<(Option<Role>, String)>,
    /// The evaluator whose way of measuring is used.
    pub evaluator: Evaluator,
    /// The range in use. Without it, evidence decides.
    pub range: Option<OutputRange>,
    /// Bits of the output code; 8 without it.
    pub bits: Option<Bits>,
    /// Treatment of pixels outside the range.
    pub policy: Policy,
    /// Number of the network's parameters, for sizes in the plan.
    pub parameters: Option<u64>,
    /// True if a link is wanted: the depths are sketched for it.
    pub has_link: bool,
    /// True if the maps are right as they are: questions are not asked.
    pub keeps_as_is: bool,
    /// True if the files of every role belong together in their order, whatever their names are.
    pub pairs_by_order: bool,
}

impl From<Searches> for ReportSettings {
    fn from(searches: Searches) -> Self {
        Self {
            searches,
            ..Self::default()
        }
    }
}

impl ReportSettings {
    /// The protocol of the evaluator.
    #[must_use]
    pub fn protocol(&self) -> EvalProtocol {
        self.evaluator.protocol()
    }

    /// The average that the evaluator prints.
    #[must_use]
    pub fn average(&self) -> Average {
        if self.evaluator.averages_frames() {
            Average::PerFrame
        } else {
            Average::Pooled
        }
    }

    /// Settings of the comparison of frames.
    #[must_use]
    pub fn compare_settings(&self) -> CompareSettings {
        CompareSettings {
            protocol: self.protocol(),
            band_edges_m: DEFAULT_BAND_EDGES_M.to_vec(),
            ..CompareSettings::default()
        }
    }

    /// The resampling behind the intervals of changes.
    #[must_use]
    pub fn resampling(&self) -> Resampling {
        Resampling::with_average(self.average())
    }

    /// Settings of the range table before evidence and the user's range change them.
    #[must_use]
    pub fn range_settings(&self) -> Settings {
        let mut settings = default_settings();
        settings.how.bits = self.bits.unwrap_or(settings.how.bits);
        settings.how.policy = self.policy;
        settings
    }

    /// Takes the user's range as the one in use.
    pub(crate) fn use_given_range(&self, settings: &mut Settings) {
        let Some(range) = self.range else { return };
        settings.ranges.truncate(MAX_RANGES - 1);
        let name = tr!("mine {i}", i = 1);
        settings.current = u32::try_from(settings.ranges.len()).unwrap_or_default();
        settings.ranges.push(NamedRange { name, range });
    }
}
