//! Comparison of a logarithmic code with the best range of a uniform code.
//!
//! The best range is optimal among uniform codes only. Where depths span decades, the code matters more than its range. Every pixel counts,
//! as in the search for the best range.

use serde::{Deserialize, Serialize};

use super::best_end::BestRange;
use super::code_report::CodeReport;
use super::policy::Policy;
use super::range_report::{RangeReport, RangeSettings};
use fathom_core::i18n::tr;
use fathom_core::metrics::Metric;
use fathom_core::quant::{CodeSpec, OutputRange};
use fathom_core::stats::Distribution;
use fathom_core::units;

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

/// A recommendation to change the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeAdvice {
    /// The recommendation in a few words.
    pub answer: String,
    /// The reason, in one to three sentences.
    pub detail: String,
}

impl LogCodeReport {
    /// Measures both codes. Returns `None` where the depths form no range.
    #[must_use]
    pub fn measure(depths: &Distribution, settings: &RangeSettings) -> Option<Self> {
        let range = OutputRange::new(depths.quantile_m(BELOW_SHARE), depths.max_m()).ok()?;
        let measure = |spec: CodeSpec| {
            let code = spec.over(range, settings.bits).ok()?;
            let report = CodeReport::measure(depths, &code, Policy::Count, settings.eval_min_m);
            Some((report.levels, report.errors?.metrics))
        };
        let (levels, metrics) = measure(CodeSpec::Logarithmic)?;
        let (_, equal) = measure(CodeSpec::Uniform)?;
        Some(Self {
            range,
            levels: levels as u64,
            rmse_m: metrics.rmse,
            abs_rel: metrics.abs_rel,
            equal_steps: (equal.rmse, equal.abs_rel),
        })
    }

    /// Recommends the logarithmic code if it gains at least 10 % against the best ranges under RMSE and `abs_rel` alike.
    #[must_use]
    pub fn advice(&self, current: &RangeReport, best: &[BestRange]) -> Option<CodeAdvice> {
        let of = |metric| best.iter().find(|b| b.metric == metric);
        let (rmse, abs_rel) = (of(Metric::Rmse)?, of(Metric::AbsRel)?);
        let now_m = current.rmse_m()?;
        let is_better = self.rmse_m
            < rmse.value.min(now_m).min(self.equal_steps.0) * (1.0 - MIN_GAIN)
            && self.abs_rel < abs_rel.value.min(self.equal_steps.1) * (1.0 - MIN_GAIN);
        let range = |range: OutputRange| units::range(range.min_m(), range.max_m());
        is_better.then(|| CodeAdvice {
            answer: tr!(
                "Change the code, not the range: RMSE {} \u{2192} {}",
                units::length(now_m),
                units::length(self.rmse_m)
            ),
            detail: tr!(
                "{levels} values spaced by ratio over {code} give RMSE {} and abs_rel {}. With equal steps from {start} on, the best range for RMSE, \
                 {best}, gives {}, and the best for abs_rel {}. That takes an output that stands for ln d.",
                units::length(self.rmse_m),
                units::ratio(self.abs_rel),
                units::length(rmse.value),
                units::ratio(abs_rel.value),
                levels = units::count(self.levels as f64),
                code = range(self.range),
                start = units::depth(rmse.range.min_m()),
                best = range(rmse.range)
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BestEndSearch, NamedRange, SweepDomain};
    use fathom_core::stats::Resolution;

    fn advice(depths: &Distribution) -> (LogCodeReport, Option<CodeAdvice>) {
        let settings = RangeSettings::default();
        let named = NamedRange {
            name: String::new(),
            range: OutputRange::new(0.5, 15.0).expect("a range"),
        };
        let current = RangeReport::measure(depths, &named, &settings);
        let domain = SweepDomain::around(depths, 0.5, &[named]);
        let best = BestEndSearch::new(domain, settings).run(depths);
        let code = LogCodeReport::measure(depths, &settings).expect("a code");
        (code, code.advice(&current, &best))
    }

    fn distribution(values: Vec<f64>) -> Distribution {
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn depths_over_decades_get_the_advice_to_change_the_code() {
        let depths = fathom_core::synth::long_tail().expect("the sample");
        let (code, advice) = advice(&depths);
        assert!((code.range.min_m() - 0.05).abs() < 0.02, "{code:?}");
        // Numpy gives 0.059 m and 0.0087 over [0.05, 230.3] m.
        assert!((code.rmse_m - 0.059).abs() < 3e-3, "{code:?}");
        assert!((code.abs_rel - 0.0087).abs() < 4e-4, "{code:?}");
        let advice = advice.expect("a clear case");
        assert!(
            advice
                .answer
                .starts_with("Change the code, not the range: RMSE 2.38 m \u{2192} 5"),
            "{advice:?}"
        );
        assert!(
            advice.detail.starts_with("256 values spaced by ratio over"),
            "{advice:?}"
        );
    }

    #[test]
    fn depths_of_a_room_get_no_advice() {
        let room = (0..5000).map(|i| 2.0 + f64::from(i) / 2500.0).collect();
        assert_eq!(advice(&distribution(room)).1, None);
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
