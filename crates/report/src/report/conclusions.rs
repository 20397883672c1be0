//! What is concluded: verdicts, the planner, and ranges for the output of the network itself. A caller fills these in.
//!
//! Knows names, numbers and sentences; concludes nothing.

use fathom_analysis::Measurement;
use fathom_analysis::practice::what_if::WhatIf;
use serde::Serialize;

/// One of the questions with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictEntry {
    /// The question.
    pub question: String,
    /// The answer in a few words.
    pub headline: String,
    /// The reason.
    pub text: String,
}

/// Sources of error as shares of the variance of `q`, and remedies.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PlannerFacts {
    /// The sources.
    pub sources: Vec<SourceEntry>,
    /// The remedies, best first.
    pub remedies: Vec<RemedyEntry>,
}

/// A source of error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceEntry {
    /// Its name.
    pub name: String,
    /// Its share of the variance of `q`.
    pub share: f64,
    /// Whether the share was measured; otherwise it is an assumption.
    pub measured: bool,
    /// Where the share is from.
    pub source: String,
}

/// A remedy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemedyEntry {
    /// Its name.
    pub name: String,
    /// The RMSE that it is expected to leave, in metres.
    pub expected_rmse: f64,
    /// The interval of that expectation, in metres.
    pub interval: Option<[f64; 2]>,
    /// Size of the weights, in megabytes of 10^6 bytes.
    pub size_mb: Option<f64>,
    /// Bits of the output.
    pub bits: Option<u8>,
    /// Whether all that it removes was measured.
    pub measured: bool,
    /// What is published of it, and by whom.
    pub published: String,
}

/// What coding the output of `F` over other ranges would do against `G`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct WhatIfFacts {
    /// Bits of the code.
    pub bits: u8,
    /// RMSE of `F` without a code, in metres.
    pub rmse_fp32: f64,
    /// The ranges tried.
    pub points: Vec<WhatIfPoint>,
    /// The best of them.
    pub best: Option<WhatIfPoint>,
}

impl WhatIfFacts {
    /// The curve, measured as `how` says.
    #[must_use]
    pub fn of(what_if: &WhatIf, how: &Measurement) -> Self {
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

/// `F` coded over one range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WhatIfPoint {
    /// Start of the range, in metres.
    pub min: f64,
    /// End of the range, in metres.
    pub max: f64,
    /// RMSE of `code(F)` against `G`, in metres.
    pub rmse: f64,
}
