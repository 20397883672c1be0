//! Comparison of a logarithmic code with the best range of a uniform code.
//!
//! The best range is optimal among uniform codes only. Where depths span decades, the code matters more than its range. Every pixel counts,
//! as in the search for the best range.

use serde::{Deserialize, Serialize};

use super::best_end::BestRange;
use super::policy::Policy;
use super::range_report::{CodeOutcome, RangeSettings};
use fathom_core::metrics::Metric;
use fathom_core::quant::{OutputRange, ScalarCode, UniformCode, logarithmic_code};
use fathom_core::stats::Distribution;

/// Share of the pixels below the first value, so that one wrong pixel near the camera does not extend the code by decades.
const BELOW_SHARE: f64 = 1e-3;

/// Minimum relative gain for advising another code, which requires a changed network output.
const MIN_GAIN: f64 = 0.1;

/// The errors of a logarithmic code, next to those of a uniform code over the same ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LogCodeReport {
    /// First and last value: all depths except the nearest thousandth of the pixels.
    pub range: OutputRange,
    /// Number of values.
    pub levels: u64,
    /// RMSE of the logarithmic code, in metres.
    pub rmse_m: f64,
    /// `abs_rel` of the logarithmic code.
    pub abs_rel: f64,
    /// RMSE in metres and `abs_rel` of a uniform code over the same ends, which may already be better than the current start.
    pub equal_steps: (f64, f64),
}

impl LogCodeReport {
    /// Measures both codes. Returns `None` where the depths form no range.
    #[must_use]
    pub fn measure(depths: &Distribution, settings: &RangeSettings) -> Option<Self> {
        let range = OutputRange::new(depths.quantile_m(BELOW_SHARE), depths.max_m()).ok()?;
        let how = (Policy::Count, settings.eval_min_m);
        let log = logarithmic_code(range, settings.bits).ok()?;
        let metrics = CodeOutcome::measure(depths, &log, how.0, how.1)
            .errors?
            .metrics;
        let equal = UniformCode::new(range, settings.bits);
        let equal = CodeOutcome::measure(depths, &equal, how.0, how.1)
            .errors?
            .metrics;
        Some(Self {
            range,
            levels: log.levels() as u64,
            rmse_m: metrics.rmse,
            abs_rel: metrics.abs_rel,
            equal_steps: (equal.rmse, equal.abs_rel),
        })
    }

    /// Returns true if the logarithmic code gains at least 10 % against the range in use, whose RMSE is `now_m` metres, and against the best
    /// ranges, under RMSE and `abs_rel` alike.
    #[must_use]
    pub fn beats_ranges(&self, now_m: f64, best: &[BestRange]) -> bool {
        let of = |metric| best.iter().find(|b| b.metric == metric);
        let (Some(rmse), Some(abs_rel)) = (of(Metric::Rmse), of(Metric::AbsRel)) else {
            return false;
        };
        self.rmse_m < rmse.value.min(now_m).min(self.equal_steps.0) * (1.0 - MIN_GAIN)
            && self.abs_rel < abs_rel.value.min(self.equal_steps.1) * (1.0 - MIN_GAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BestEndSearch, NamedRange, RangeReport, SweepDomain};
    use fathom_core::stats::Resolution;

    fn measure(depths: &Distribution) -> (LogCodeReport, bool) {
        let settings = RangeSettings::default();
        let named = NamedRange {
            name: String::new(),
            range: OutputRange::new(0.5, 15.0).expect("a range"),
        };
        let now_m = RangeReport::measure(depths, &named, &settings).rmse_m();
        let domain = SweepDomain::around(depths, 0.5, &[named]);
        let best = BestEndSearch::new(domain, settings).run(depths);
        let code = LogCodeReport::measure(depths, &settings).expect("a code");
        (code, code.beats_ranges(now_m.expect("pixels"), &best))
    }

    fn distribution(values: Vec<f64>) -> Distribution {
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn a_log_code_beats_every_range_on_depths_over_decades() {
        let depths = fathom_core::synth::long_tail().expect("the sample");
        let (code, beats) = measure(&depths);
        assert!((code.range.min_m() - 0.05).abs() < 0.02, "{code:?}");
        // Numpy gives 0.059 m and 0.0087 over [0.05, 230.3] m.
        assert!((code.rmse_m - 0.059).abs() < 3e-3, "{code:?}");
        assert!((code.abs_rel - 0.0087).abs() < 4e-4, "{code:?}");
        assert!(beats);
    }

    #[test]
    fn a_log_code_does_not_beat_ranges_on_depths_of_a_room() {
        let room = (0..5000).map(|i| 2.0 + f64::from(i) / 2500.0).collect();
        assert!(!measure(&distribution(room)).1);
    }

    #[test]
    fn a_single_depth_has_no_logarithmic_code() {
        let settings = RangeSettings::default();
        assert_eq!(
            LogCodeReport::measure(&distribution(vec![2.0]), &settings),
            None
        );
    }
}
