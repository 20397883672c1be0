//! The report of one range: coverage, step, rounding and clipping errors, and the depth metrics.
//!
//! All lengths are in metres, all shares in 0..1.

use serde::{Deserialize, Serialize};

use super::coded_errors::CodedErrors;
use super::policy::Policy;
use fathom_core::metrics::{DepthMetrics, ErrorSums};
use fathom_core::quant::{Bits, CodeKind, OutputRange, ScalarCode};
use fathom_core::stats::Distribution;

/// The settings by which ranges are coded and measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeSettings {
    /// The code that divides the range.
    pub code: CodeKind,
    /// Bit width of the code.
    pub bits: Bits,
    /// The treatment of pixels outside the range.
    pub policy: Policy,
    /// Evaluation minimum in metres, to which values are raised for ratios and logarithms.
    pub eval_min_m: f64,
}

impl Default for RangeSettings {
    fn default() -> Self {
        Self {
            code: CodeKind::default(),
            bits: Bits::EIGHT,
            policy: Policy::default(),
            eval_min_m: fathom_core::metrics::DEFAULT_EVAL_MIN_M,
        }
    }
}

/// A range with a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedRange {
    /// The displayed name: "current", "aggressive", ...
    pub name: String,
    /// The ends as entered.
    pub range: OutputRange,
}

/// The clipped pixels on one side of a range, or on both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClippedPixels {
    /// Share of the valid pixels.
    pub share: f64,
    /// Mean depth in metres; `None` without such pixels.
    pub mean_depth_m: Option<f64>,
    /// Mean absolute error in metres; `None` without such pixels.
    pub mean_error_m: Option<f64>,
    /// Contribution of these pixels to the RMSE over all valid pixels in metres: `sqrt(p mean(e^2))` with their share `p`.
    pub contribution_m: f64,
}

impl ClippedPixels {
    fn new(sums: &ErrorSums, depth_sum_m: f64, total: f64) -> Self {
        let mean = |sum: f64| (sums.count > 0.0).then(|| sum / sums.count);
        Self {
            share: sums.count / total,
            mean_depth_m: mean(depth_sum_m),
            mean_error_m: mean(sums.absolute),
            contribution_m: (sums.square / total).sqrt(),
        }
    }
}

/// The metrics under a policy, with the two parts of the RMSE.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredErrors {
    /// Number of pixels that the policy includes.
    pub count: f64,
    /// Rounding part of the RMSE in metres, from the pixels inside the range.
    pub rounding_m: f64,
    /// Clipping part of the RMSE in metres, from the pixels outside: `rmse^2 = rounding^2 + clipping^2`.
    pub clipping_m: f64,
    /// All metrics, including the RMSE.
    pub metrics: DepthMetrics,
    /// Share of the included pixels whose value was raised to the evaluation minimum.
    pub floored: f64,
}

/// One row of the range table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeReport {
    /// The name and the ends as entered.
    pub named: NamedRange,
    /// The ends of the code, which a zero point moves from the entered ones.
    pub effective: OutputRange,
    /// Bit width.
    pub bits: Bits,
    /// Distance between neighbouring values, in metres.
    pub step_m: f64,
    /// Largest rounding error inside the range, in metres.
    pub half_step_m: f64,
    /// Ideal rounding RMSE in metres: step / sqrt(12) (Bennett 1948).
    pub ideal_rmse_m: f64,
    /// Number of valid pixels.
    pub count: f64,
    /// Share of valid pixels inside the range.
    pub coverage: f64,
    /// Share of valid pixels at or below the end: the one-sided coverage that many reports quote.
    pub far_coverage: f64,
    /// Pixels below the range.
    pub below: ClippedPixels,
    /// Pixels above the range.
    pub above: ClippedPixels,
    /// Pixels below or above the range.
    pub clipped: ClippedPixels,
    /// Errors under the policy; `None` where it leaves no pixel.
    pub errors: Option<MeasuredErrors>,
}

/// Coverage and errors of any code on a distribution, under a policy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CodeOutcome {
    pub(super) count: f64,
    pub(super) coverage: f64,
    pub(super) far_coverage: f64,
    pub(super) below: ClippedPixels,
    pub(super) above: ClippedPixels,
    pub(super) clipped: ClippedPixels,
    pub(super) errors: Option<MeasuredErrors>,
}

impl CodeOutcome {
    pub(super) fn measure(
        depths: &Distribution,
        code: &impl ScalarCode,
        policy: Policy,
        eval_min_m: f64,
    ) -> Self {
        let errors = CodedErrors::measure(depths, code, eval_min_m);
        let total = depths.count();
        let mut outside = errors.below;
        outside.add(&errors.above);
        let outside_depth_m = errors.below_depth_m + errors.above_depth_m;
        Self {
            count: total,
            coverage: errors.inside.count / total,
            far_coverage: (errors.inside.count + errors.below.count) / total,
            below: ClippedPixels::new(&errors.below, errors.below_depth_m, total),
            above: ClippedPixels::new(&errors.above, errors.above_depth_m, total),
            clipped: ClippedPixels::new(&outside, outside_depth_m, total),
            errors: measured_errors(&errors, &outside, policy),
        }
    }
}

impl RangeReport {
    /// Measures a range on a distribution.
    #[must_use]
    pub fn measure(depths: &Distribution, named: &NamedRange, settings: &RangeSettings) -> Self {
        let code = settings.code.over(named.range, settings.bits);
        let outcome = CodeOutcome::measure(depths, &code, settings.policy, settings.eval_min_m);
        Self {
            named: named.clone(),
            effective: code.range(),
            bits: settings.bits,
            step_m: code.step_m(),
            half_step_m: code.half_step_m(),
            ideal_rmse_m: code.ideal_rmse_m(),
            count: outcome.count,
            coverage: outcome.coverage,
            far_coverage: outcome.far_coverage,
            below: outcome.below,
            above: outcome.above,
            clipped: outcome.clipped,
            errors: outcome.errors,
        }
    }

    /// Returns the report with the lowest RMSE among the ranges narrower than `current`; `None` where there is none.
    #[must_use]
    pub fn narrower(reports: &[Self], current: OutputRange) -> Option<&Self> {
        let rmse = |report: &Self| report.rmse_m().unwrap_or(f64::INFINITY);
        reports
            .iter()
            .filter(|report| report.named.range.width_m() < current.width_m())
            .min_by(|a, b| rmse(a).total_cmp(&rmse(b)))
    }

    /// Returns the RMSE under the policy in metres; `None` where the policy leaves no pixel.
    #[must_use]
    pub fn rmse_m(&self) -> Option<f64> {
        self.errors.map(|e| e.metrics.rmse)
    }
}

/// Computes the metrics under a policy.
fn measured_errors(
    errors: &CodedErrors,
    outside: &ErrorSums,
    policy: Policy,
) -> Option<MeasuredErrors> {
    let sums = policy.apply(errors);
    let metrics = DepthMetrics::from_sums(&sums)?;
    let clipping_square = match policy {
        Policy::Count => outside.square,
        Policy::Exclude | Policy::Clamp => 0.0,
    };
    Some(MeasuredErrors {
        count: sums.count,
        rounding_m: (errors.inside.square / sums.count).sqrt(),
        clipping_m: (clipping_square / sums.count).sqrt(),
        metrics,
        floored: sums.floored / sums.count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::Resolution;
    use proptest::prelude::*;

    fn report(depths: &[f64], min_m: f64, max_m: f64, policy: Policy) -> RangeReport {
        let mut values = depths.to_vec();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        let d = Distribution::new(values, counts, Resolution::Exact).expect("positive depths");
        let named = NamedRange {
            name: String::new(),
            range: OutputRange::new(min_m, max_m).expect("a range"),
        };
        let settings = RangeSettings {
            policy,
            ..RangeSettings::default()
        };
        RangeReport::measure(&d, &named, &settings)
    }

    proptest! {
        #[test]
        fn rounding_and_clipping_add_up(
            depths in prop::collection::vec(0.01_f64..60.0, 1..300),
            a in 0.0_f64..3.0, width in 0.1_f64..80.0,
        ) {
            for policy in Policy::ALL {
                let r = report(&depths, a, a + width, policy);
                prop_assert!((r.coverage + r.below.share + r.above.share - 1.0).abs() < 1e-12);
                prop_assert!((r.coverage + r.below.share - r.far_coverage).abs() < 1e-12);
                let Some(e) = r.errors else {
                    prop_assert_eq!(r.coverage, 0.0);
                    continue;
                };
                let whole = e.rounding_m * e.rounding_m + e.clipping_m * e.clipping_m;
                let rmse = e.metrics.rmse;
                prop_assert!((whole - rmse * rmse).abs() <= 1e-12 * whole.max(1e-12));
                prop_assert!(e.metrics.rmse >= e.metrics.mae * (1.0 - 1e-12));
                prop_assert!(e.metrics.mae >= e.metrics.bias.abs() * (1.0 - 1e-12) - 1e-15);
            }
        }
    }

    #[test]
    fn policies_differ_only_in_clipped_pixels() {
        let depths = [1.0, 2.0, 20.0];
        let count = report(&depths, 0.5, 15.0, Policy::Count)
            .errors
            .expect("pixels");
        let exclude = report(&depths, 0.5, 15.0, Policy::Exclude)
            .errors
            .expect("pixels");
        let clamp = report(&depths, 0.5, 15.0, Policy::Clamp)
            .errors
            .expect("pixels");
        assert_eq!((count.count, exclude.count, clamp.count), (3.0, 2.0, 3.0));
        assert!((count.clipping_m - (25.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!((exclude.clipping_m, clamp.clipping_m), (0.0, 0.0));
        let ratio = exclude.rounding_m / clamp.rounding_m;
        assert!((ratio - 1.5_f64.sqrt()).abs() < 1e-12, "{ratio}");
    }

    #[test]
    fn clipped_pixels_have_shares_means_and_contributions() {
        let r = report(&[1.0, 2.0, 18.0, 20.0], 1.5, 15.0, Policy::Exclude);
        assert_eq!((r.below.share, r.above.share), (0.25, 0.5));
        assert_eq!(r.above.mean_depth_m, Some(19.0));
        assert!((r.above.mean_error_m.expect("clipped") - 4.0).abs() < 1e-12);
        assert!((r.above.contribution_m - (34.0_f64 / 4.0).sqrt()).abs() < 1e-12);
        assert!((r.clipped.mean_depth_m.expect("clipped") - 13.0).abs() < 1e-12);
    }

    #[test]
    fn excluding_the_pixels_outside_a_range_beside_the_data_leaves_none() {
        let r = report(&[1.0, 2.0], 5.0, 6.0, Policy::Exclude);
        assert_eq!(r.errors, None);
        assert_eq!(r.below.share, 1.0);
    }
}
