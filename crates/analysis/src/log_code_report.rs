//! Whether values spaced by ratio would serve these depths better than equal steps over any range.
//!
//! The range that costs least is the best answer only among equal steps: where depths spread over decades, the code matters more than its
//! ends. Knows distributions, codes and measured ranges; every pixel is counted, as in the search for the best range.

use serde::{Deserialize, Serialize};

use super::code_report::CodeReport;
use super::policy::Policy;
use super::range_report::{Measurement, RangeReport};
use super::sweep::BestRange;
use fathom_core::i18n::tr;
use fathom_core::metrics::Metric;
use fathom_core::quant::{CodeSpec, OutputRange};
use fathom_core::stats::Distribution;
use fathom_core::units;

/// Share of the pixels that may lie under the first value: one wrong pixel near the camera must not stretch the code by decades.
const UNDER: f64 = 1e-3;

/// By how much RMSE has to be lower than that of the best range before another code is advised: it costs a changed output.
const WORTH: f64 = 0.1;

/// What values spaced by ratio do to depths.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatioCode {
    /// First and last value, in metres: all depths but the nearest thousandth.
    pub range: OutputRange,
    /// Number of values.
    pub levels: u64,
    /// RMSE with every pixel counted, in metres.
    pub rmse_m: f64,
    /// `abs_rel` with every pixel counted.
    pub abs_rel: f64,
    /// The same two of equal steps over the same ends, which may already be better than those from the start in use.
    pub equal_steps: (f64, f64),
}

/// What to do, for the page's third question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// In a few words.
    pub answer: String,
    /// The reason, in one to three sentences.
    pub detail: String,
}

impl RatioCode {
    /// Measures the code; `None` where the depths span no ratio.
    #[must_use]
    pub fn measure(depths: &Distribution, how: &Measurement) -> Option<Self> {
        let range = OutputRange::new(depths.quantile_m(UNDER), depths.max_m()).ok()?;
        let measure = |spec: CodeSpec| {
            let code = spec.over(range, how.bits).ok()?;
            let report = CodeReport::measure(depths, &code, Policy::Count, how.eval_min_m);
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

    /// The advice to change the code, where it is clearly better than the best range under RMSE and `abs_rel` alike; `None` otherwise.
    #[must_use]
    pub fn advice(&self, current: &RangeReport, best: &[BestRange]) -> Option<Advice> {
        let of = |metric| best.iter().find(|b| b.metric == metric);
        let (rmse, abs_rel) = (of(Metric::Rmse)?, of(Metric::AbsRel)?);
        let now_m = current.rmse_m()?;
        let is_better = self.rmse_m < rmse.value.min(now_m).min(self.equal_steps.0) * (1.0 - WORTH)
            && self.abs_rel < abs_rel.value.min(self.equal_steps.1) * (1.0 - WORTH);
        let range = |range: OutputRange| units::range(range.min_m(), range.max_m());
        is_better.then(|| Advice {
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
    use crate::{BestSearch, NamedRange, SweepDomain};
    use fathom_core::stats::Resolution;

    fn advice(depths: &Distribution) -> (RatioCode, Option<Advice>) {
        let how = Measurement::default();
        let named = NamedRange {
            name: String::new(),
            range: OutputRange::new(0.5, 15.0).expect("a range"),
        };
        let current = RangeReport::measure(depths, &named, &how);
        let domain = SweepDomain::around(depths, 0.5, &[named]);
        let best = BestSearch::new(domain, how).run(depths);
        let code = RatioCode::measure(depths, &how).expect("a code");
        (code, code.advice(&current, &best))
    }

    fn distribution(values: Vec<f64>) -> Distribution {
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn depths_over_decades_want_another_code() {
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
    fn a_room_is_served_by_its_range() {
        let room = (0..5000).map(|i| 2.0 + f64::from(i) / 2500.0).collect();
        assert_eq!(advice(&distribution(room)).1, None);
    }

    #[test]
    fn one_depth_has_no_ratio() {
        let how = Measurement::default();
        assert_eq!(RatioCode::measure(&distribution(vec![2.0]), &how), None);
    }
}
