//! One range, measured: error sums inside and outside, from which every metric follows.

use serde::{Deserialize, Serialize};

use super::super::coding::CodedErrors;
use super::super::policy::Policy;
use super::super::range_report::Measurement;
use fathom_core::metrics::{Criterion, ErrorSums, MetricParts, Wanted};
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// The errors of one range under every metric and policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangePoint {
    /// The range as asked for.
    pub range: OutputRange,
    /// Errors of the pixels inside.
    pub inside: ErrorSums,
    /// Errors of the others.
    pub outside: ErrorSums,
}

impl RangePoint {
    /// Measures a range with the code and bits of `how`; its policy plays no part.
    #[must_use]
    pub fn measure(depths: &Distribution, range: OutputRange, how: &Measurement) -> Self {
        Self::measure_wanted(depths, range, how, Wanted::EVERY)
    }

    /// The same with those sums only that are [`Wanted`]. The other ones are not to be read.
    pub(super) fn measure_wanted(
        depths: &Distribution,
        range: OutputRange,
        how: &Measurement,
        wanted: Wanted,
    ) -> Self {
        let code = how.code.over(range, how.bits);
        let errors = CodedErrors::measure_wanted(depths, &code, how.eval_min_m, wanted);
        let mut outside = errors.below;
        outside.add(&errors.above);
        Self {
            range,
            inside: errors.inside,
            outside,
        }
    }

    /// A metric with its parts, each clipped error counted `clipping_weight` times; `None` where the policy leaves no pixel.
    #[must_use]
    pub fn parts(
        &self,
        criterion: Criterion,
        policy: Policy,
        clipping_weight: f64,
    ) -> Option<MetricParts> {
        let outside = match policy {
            Policy::Count => self.outside,
            Policy::Exclude => ErrorSums::default(),
            Policy::Clamp => {
                let mut perfect = ErrorSums::default();
                perfect.add_perfect(self.outside.count);
                perfect
            }
        };
        criterion.parts(&self.inside, &outside, clipping_weight)
    }

    /// What an optimiser minimises, all pixels counted; the RMSE decides between equals.
    pub(super) fn rank(&self, criterion: Criterion, clipping_weight: f64) -> (f64, f64) {
        let value = |criterion| {
            let parts = self.parts(criterion, Policy::Count, clipping_weight);
            parts.map_or(f64::INFINITY, |parts| parts.value)
        };
        (criterion.cost(value(criterion)), value(Criterion::Rmse))
    }
}
