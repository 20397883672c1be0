//! One measured range: error sums inside and outside, from which every metric follows.

use serde::{Deserialize, Serialize};

use crate::coded_errors::CodedErrors;
use crate::policy::Policy;
use crate::range_report::RangeSettings;
use fathom_core::metrics::{Criterion, ErrorSums, ErrorTerms, MetricParts};
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// The error sums of one range, which give every metric under every policy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangePoint {
    /// The range as asked for.
    pub range: OutputRange,
    /// Errors of the pixels inside.
    pub inside: ErrorSums,
    /// Errors of the pixels outside.
    pub outside: ErrorSums,
}

impl RangePoint {
    /// Measures a range with the settings except their policy.
    #[must_use]
    pub fn measure(depths: &Distribution, range: OutputRange, settings: &RangeSettings) -> Self {
        Self::measure_terms(depths, range, settings, ErrorTerms::ALL)
    }

    /// Measures only the sums of some [`ErrorTerms`]. The other sums are undefined.
    pub(super) fn measure_terms(
        depths: &Distribution,
        range: OutputRange,
        settings: &RangeSettings,
        terms: ErrorTerms,
    ) -> Self {
        let code = settings.code.over(range, settings.bits);
        let errors = CodedErrors::measure_terms(depths, &code, settings.eval_min_m, terms);
        let mut outside = errors.below;
        outside.add(&errors.above);
        Self {
            range,
            inside: errors.inside,
            outside,
        }
    }

    /// Computes a metric with its rounding and clipping parts, with each clipped error counted `clipping_weight` times.
    ///
    /// Returns `None` where the policy leaves no pixel.
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

    /// Returns the cost that an optimiser minimises, with every pixel counted, and the RMSE, which decides between equal costs.
    pub(super) fn rank(&self, criterion: Criterion, clipping_weight: f64) -> (f64, f64) {
        let value = |criterion| {
            let parts = self.parts(criterion, Policy::Count, clipping_weight);
            parts.map_or(f64::INFINITY, |parts| parts.value)
        };
        (criterion.cost(value(criterion)), value(Criterion::Rmse))
    }
}
