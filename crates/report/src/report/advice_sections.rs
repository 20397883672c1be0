//! Conclusions: verdicts, the planner, and ranges for the output of the network. The caller fills them in; nothing is concluded here.

use fathom_analysis::RangeSettings;
use fathom_analysis::diagnosis::requantized::WhatIf;
use serde::Serialize;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "verdict"))]
pub struct VerdictEntry {
    /// The question.
    pub question: String,
    /// The answer in a few words.
    pub headline: String,
    /// The reason.
    pub text: String,
}

/// Sources of error and remedies.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "planner"))]
pub struct PlannerSection {
    /// Sources of error.
    pub sources: Vec<SourceEntry>,
    /// Remedies, best first.
    pub remedies: Vec<RemedyEntry>,
}

/// A source of error.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "source"))]
pub struct SourceEntry {
    /// Name of the source.
    pub name: String,
    /// Share of `mean(q^2)`. Unit: 1.
    pub share: f64,
    /// True if the share was measured; otherwise it is an assumption.
    pub measured: bool,
    /// Origin of the share.
    pub source: String,
}

/// A remedy.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "remedy"))]
pub struct RemedyEntry {
    /// Name of the remedy.
    pub name: String,
    /// RMSE that is expected with the remedy. Unit: m.
    pub expected_rmse: f64,
    /// Interval of that RMSE. `null` without one. Unit: m.
    pub interval: Option<[f64; 2]>,
    /// Size of the weights, in units of 10^6 bytes. `null` where it is unknown. Unit: MB.
    pub size_mb: Option<f64>,
    /// Bits of the output. `null` where the remedy has no such figure. Unit: bit.
    pub bits: Option<u8>,
    /// True if everything that it removes was measured.
    pub measured: bool,
    /// Published results, with their authors. Empty for a remedy that is known by running the network alone.
    pub published: String,
}

/// F coded over other ranges, against G.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "what_if"))]
pub struct WhatIfSection {
    /// Bits of the code. Unit: bit.
    pub bits: u8,
    /// RMSE of F against G without a code. Unit: m.
    pub rmse_fp32: f64,
    /// The ranges tried.
    pub points: Vec<WhatIfPoint>,
    /// The best of them. `null` where none was tried.
    pub best: Option<WhatIfPoint>,
}

impl WhatIfSection {
    /// The curve, measured as `how` says.
    #[must_use]
    pub fn new(what_if: &WhatIf, how: &RangeSettings) -> Self {
        let min = what_if.best.0.min_m();
        let point = |(max, rmse): (f64, f64)| WhatIfPoint { min, max, rmse };
        Self {
            bits: how.bits.get(),
            rmse_fp32: what_if.fp32_m,
            points: what_if.points.iter().copied().map(point).collect(),
            best: Some(point((what_if.best.0.max_m(), what_if.best.1))),
        }
    }
}

/// F coded over one range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "what_if_point"))]
pub struct WhatIfPoint {
    /// Start of the range. Unit: m.
    pub min: f64,
    /// End of the range. Unit: m.
    pub max: f64,
    /// `sqrt(mean((code(F) - G)^2))`. Unit: m.
    pub rmse: f64,
}
