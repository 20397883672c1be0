//! The output range that the network uses, and how it is known.
//!
//! Sentences and figures about "the range" speak of this one. INT8's own values are the best evidence. Without them, a range that the user
//! typed, one that a link carries, and the extremes of the depths follow in this order.

use serde::{Deserialize, Serialize};

use super::compare::{CodeRange, GridQuantity, OutputGrid};
use super::distribution_summary::DistributionSummary;
use super::range_report::NamedRange;
use fathom_core::i18n::{msgid, tr};
use fathom_core::quant::{Bits, CodeKind, OutputRange};

/// The evidence for the range in use, from the strongest to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum RangeSource {
    /// The output code was found in INT8's values.
    CodeFound {
        /// Distance between neighbouring values, in metres.
        step_m: f64,
        /// Number of values seen.
        used_codes: u32,
        /// Number of values that the code has.
        codes: u32,
    },
    /// INT8's values have a step, but nothing fixes the code's ends: the range ends at the outermost values.
    EndsSeen {
        /// Distance between neighbouring values, in the unit of the quantity.
        step: f64,
        /// The quantity in which the values are equally spaced.
        quantity: GridQuantity,
    },
    /// The user typed or chose it.
    Typed,
    /// A link carries it.
    Link,
    /// Smallest and largest value of the predictions.
    MinMaxOfPredictions,
    /// Smallest and largest depth of the ground truth.
    MinMaxOfGroundTruth,
    /// It belongs to the published case.
    Published,
}

impl RangeSource {
    /// Returns true for ends of depths, where nothing tells the range of the output.
    #[must_use]
    pub fn is_assumed(self) -> bool {
        matches!(self, Self::MinMaxOfPredictions | Self::MinMaxOfGroundTruth)
    }

    /// Returns true if the figures of the evidence can have been measured.
    #[must_use]
    pub fn is_plausible(self) -> bool {
        match self {
            Self::CodeFound {
                step_m,
                used_codes,
                codes,
            } => step_m > 0.0 && step_m.is_finite() && (1..=codes).contains(&used_codes),
            Self::EndsSeen { step, .. } => step > 0.0 && step.is_finite(),
            Self::Typed
            | Self::Link
            | Self::MinMaxOfPredictions
            | Self::MinMaxOfGroundTruth
            | Self::Published => true,
        }
    }

    /// Returns the quantity in which the values of the code are equally spaced.
    #[must_use]
    pub fn quantity(self) -> GridQuantity {
        match self {
            Self::EndsSeen { quantity, .. } => quantity,
            Self::CodeFound { .. }
            | Self::Typed
            | Self::Link
            | Self::MinMaxOfPredictions
            | Self::MinMaxOfGroundTruth
            | Self::Published => GridQuantity::Depth,
        }
    }

    /// Returns the evidence in a few words, translated.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CodeFound { .. } => tr!("found in INT8's values"),
            Self::EndsSeen { .. } => tr!("ends of INT8's values"),
            Self::Typed => tr!("typed"),
            Self::Link => tr!("from the link"),
            Self::MinMaxOfPredictions => tr!("min-max of the predictions"),
            Self::MinMaxOfGroundTruth => tr!("min-max of ground truth"),
            Self::Published => tr!("published"),
        }
    }
}

/// A range that evidence gives. It is the one in use unless the user chooses another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundRange {
    /// Ends in metres.
    pub range: OutputRange,
    /// Evidence for the ends.
    pub source: RangeSource,
}

impl FoundRange {
    /// Reads the range off INT8's grid, for an output of this many bits; `None` where the values make no range.
    ///
    /// With 0 m on the grid the code has a zero point, and its ends follow from the bits. Otherwise the ends are the outermost values.
    #[must_use]
    pub fn from_grid(grid: &OutputGrid, bits: Bits) -> Option<(Self, CodeKind)> {
        let code = CodeRange::from_grid(grid, bits);
        if code.quantity == GridQuantity::Depth && code.zero_point.is_some() {
            let source = RangeSource::CodeFound {
                step_m: code.step,
                used_codes: code.codes_seen,
                codes: code.codes,
            };
            let range = OutputRange::new(code.min_m, code.max_m).ok()?;
            return Some((Self { range, source }, CodeKind::UniformZeroPoint));
        }
        let range = OutputRange::new(grid.min_m, grid.max_m).ok()?;
        let source = RangeSource::EndsSeen {
            step: grid.step,
            quantity: grid.quantity,
        };
        Some((Self { range, source }, CodeKind::Uniform))
    }
}

/// The output range in use.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeInUse {
    /// Ends in metres. With a zero point the code begins at 0 m or below.
    pub range: OutputRange,
    /// Evidence for the ends.
    pub source: RangeSource,
    /// Code that divides the range.
    pub code: CodeKind,
}

impl RangeInUse {
    /// Builds the range in use: it has the source of the found range where it is that range, else it was typed.
    #[must_use]
    pub fn new(range: OutputRange, found: Option<FoundRange>, code: CodeKind) -> Self {
        let source = found
            .filter(|found| found.range == range)
            .map_or(RangeSource::Typed, |found| found.source);
        Self {
            range,
            source,
            code,
        }
    }

    /// Returns true if the start may be moved. A code with a zero point represents 0 exactly, so its start is fixed.
    #[must_use]
    pub fn has_free_start(self) -> bool {
        self.code == CodeKind::Uniform
    }
}

/// Name of the row of the range found in INT8's values.
pub const CODE_FOUND: &str = msgid("INT8's own");

/// Name of the row from the smallest to the largest value.
pub const MIN_MAX: &str = msgid("min-max");

/// Name of the row from 0 m to the largest FP32 prediction.
pub const MIN_MAX_OF_FP32: &str = msgid("min-max of FP32");

/// Name of the row that ends at the 99.9 % quantile.
pub const PERCENTILE: &str = msgid("percentile 99.9");

/// Returns the candidate ranges for a user's own depths: min-max and the 99.9 % quantile, from 0 m where the code has a zero point.
///
/// A candidate without extent is left out.
#[must_use]
pub fn own_candidates(summary: &DistributionSummary, code: CodeKind) -> Vec<NamedRange> {
    let start_m = match code {
        CodeKind::UniformZeroPoint => 0.0,
        CodeKind::Uniform => summary.min_m,
    };
    let [.., percentile_m] = summary.percentiles_m;
    [(MIN_MAX, summary.max_m), (PERCENTILE, percentile_m)]
        .into_iter()
        .filter_map(|(name, end_m)| {
            let range = OutputRange::new(start_m, end_m).ok()?;
            Some(NamedRange {
                name: name.to_owned(),
                range,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::{Distribution, Resolution};

    #[test]
    fn own_candidates_begin_at_zero_only_with_a_zero_point() {
        let values: Vec<f64> = (1..=1000).map(|i| f64::from(i) * 0.01).collect();
        let depths = Distribution::new(values, vec![1; 1000], Resolution::Exact).expect("depths");
        let summary = DistributionSummary::measure(&depths);
        let ends = |code| -> Vec<(f64, f64)> {
            own_candidates(&summary, code)
                .iter()
                .map(|n| (n.range.min_m(), n.range.max_m()))
                .collect()
        };
        let with_zero = ends(CodeKind::UniformZeroPoint);
        assert_eq!(with_zero[0], (0.0, 10.0));
        assert!((with_zero[1].1 - 9.990_01).abs() < 1e-6, "{with_zero:?}");
        assert_eq!(ends(CodeKind::Uniform)[0], (0.01, 10.0));
    }

    #[test]
    fn a_range_other_than_the_found_one_was_typed() {
        let range = |end_m| OutputRange::new(0.0, end_m).expect("a range");
        let source = RangeSource::EndsSeen {
            step: 0.05,
            quantity: GridQuantity::Depth,
        };
        let found = FoundRange {
            range: range(12.0),
            source,
        };
        let in_use = |end_m, found| RangeInUse::new(range(end_m), found, CodeKind::Uniform).source;
        assert_eq!(in_use(12.0, Some(found)), source);
        assert_eq!(in_use(11.0, Some(found)), RangeSource::Typed);
        assert_eq!(in_use(12.0, None), RangeSource::Typed);
    }

    #[test]
    fn depths_of_one_value_have_no_candidate_without_a_zero_point() {
        let depths = Distribution::new(vec![2.0], vec![9], Resolution::Exact).expect("depths");
        let summary = DistributionSummary::measure(&depths);
        assert!(own_candidates(&summary, CodeKind::Uniform).is_empty());
        assert_eq!(
            own_candidates(&summary, CodeKind::UniformZeroPoint).len(),
            2
        );
    }
}
