//! Everything there is to say about one range: coverage, steps, rounding and clipping, and the depth metrics.
//!
//! All lengths are metres, all shares in 0..1.

use serde::{Deserialize, Serialize};

use super::coding::CodedErrors;
use super::policy::Policy;
use fathom_core::metrics::{DepthMetrics, ErrorSums};
use fathom_core::quant::{Bits, CodeKind, OutputRange, ScalarCode};
use fathom_core::stats::Distribution;

/// How ranges are coded and measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Which code divides the range.
    pub code: CodeKind,
    /// Bit width of the code.
    pub bits: Bits,
    /// What pixels outside the range do.
    pub policy: Policy,
    /// Floor of predictions for ratios and logarithms, in metres.
    pub eval_min_m: f64,
}

impl Default for Measurement {
    fn default() -> Self {
        Self {
            code: CodeKind::default(),
            bits: Bits::EIGHT,
            policy: Policy::default(),
            eval_min_m: fathom_core::metrics::DEFAULT_EVAL_MIN_M,
        }
    }
}

/// A range with the name it goes by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedRange {
    /// For people: "current", "aggressive", ...
    pub name: String,
    /// The ends as typed.
    pub range: OutputRange,
}

/// Pixels on one side of the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Clipped {
    /// Share of the valid pixels.
    pub share: f64,
    /// Mean depth in metres; `None` without such pixels.
    pub mean_depth_m: Option<f64>,
    /// Mean of the absolute error in metres; `None` without such pixels.
    pub mean_error_m: Option<f64>,
    /// What these pixels alone contribute to the RMSE over all valid pixels, `sqrt(p mean(e^2))`, in metres.
    pub contribution_m: f64,
}

impl Clipped {
    fn of(sums: &ErrorSums, depth_sum_m: f64, total: f64) -> Self {
        let mean = |sum: f64| (sums.count > 0.0).then(|| sum / sums.count);
        Self {
            share: sums.count / total,
            mean_depth_m: mean(depth_sum_m),
            mean_error_m: mean(sums.absolute),
            contribution_m: (sums.square / total).sqrt(),
        }
    }
}

/// The RMSE under a policy with its two parts, and the other metrics.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasuredErrors {
    /// Number of pixels that the policy measures.
    pub count: f64,
    /// Rounding part of the RMSE, in metres: pixels inside the range.
    pub rounding_m: f64,
    /// Clipping part of the RMSE, in metres: pixels outside. `rmse^2 = rounding^2 + clipping^2`.
    pub clipping_m: f64,
    /// All metrics; `metrics.rmse` is the RMSE.
    pub metrics: DepthMetrics,
    /// Share of the measured pixels whose value was raised to the evaluation minimum for ratios and logarithms.
    pub floored: f64,
}

/// One row of the range table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeReport {
    /// Name and ends as typed.
    pub named: NamedRange,
    /// The ends the code really has: with a zero point they differ from the typed ones.
    pub effective: OutputRange,
    /// Bit width.
    pub bits: Bits,
    /// Distance between neighbouring values, in metres.
    pub step_m: f64,
    /// Largest rounding error inside, in metres.
    pub half_step_m: f64,
    /// Rounding RMSE of ideal data, in metres.
    pub ideal_rmse_m: f64,
    /// Number of valid pixels.
    pub count: f64,
    /// Share of valid pixels inside.
    pub coverage: f64,
    /// Share of valid pixels at or under the end: the one-sided coverage that many reports quote.
    pub far_coverage: f64,
    /// Pixels under the range.
    pub below: Clipped,
    /// Pixels over the range.
    pub above: Clipped,
    /// Pixels under or over.
    pub clipped: Clipped,
    /// Errors under the policy; `None` where it leaves no pixel.
    pub errors: Option<MeasuredErrors>,
}

/// What a code does to a distribution, under a policy: the part of a report that no code's form matters to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outcome {
    pub(super) count: f64,
    pub(super) coverage: f64,
    pub(super) far_coverage: f64,
    pub(super) below: Clipped,
    pub(super) above: Clipped,
    pub(super) clipped: Clipped,
    pub(super) errors: Option<MeasuredErrors>,
}

impl Outcome {
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
            below: Clipped::of(&errors.below, errors.below_depth_m, total),
            above: Clipped::of(&errors.above, errors.above_depth_m, total),
            clipped: Clipped::of(&outside, outside_depth_m, total),
            errors: measured(&errors, &outside, policy),
        }
    }
}

impl RangeReport {
    /// Measures a range on a distribution.
    #[must_use]
    pub fn measure(depths: &Distribution, named: &NamedRange, how: &Measurement) -> Self {
        let code = how.code.over(named.range, how.bits);
        let outcome = Outcome::measure(depths, &code, how.policy, how.eval_min_m);
        Self {
            named: named.clone(),
            effective: code.range(),
            bits: how.bits,
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

    /// The report of the range narrower than `current` with the lowest RMSE; `None` where there is none.
    #[must_use]
    pub fn narrower(reports: &[Self], current: OutputRange) -> Option<&Self> {
        let rmse = |report: &Self| report.rmse_m().unwrap_or(f64::INFINITY);
        reports
            .iter()
            .filter(|report| report.named.range.width_m() < current.width_m())
            .min_by(|a, b| rmse(a).total_cmp(&rmse(b)))
    }

    /// The RMSE under the policy, in metres, where there is one.
    #[must_use]
    pub fn rmse_m(&self) -> Option<f64> {
        self.errors.map(|e| e.metrics.rmse)
    }
}

fn measured(errors: &CodedErrors, outside: &ErrorSums, policy: Policy) -> Option<MeasuredErrors> {
    let sums = policy.apply(errors);
    let metrics = DepthMetrics::of(&sums)?;
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
        let how = Measurement {
            policy,
            ..Measurement::default()
        };
        RangeReport::measure(&d, &named, &how)
    }

    proptest! {
        #[test]
        fn the_parts_add_up(
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
    fn policies_differ_only_in_what_clipped_pixels_do() {
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
    fn the_clipped_pixels_are_described() {
        let r = report(&[1.0, 2.0, 18.0, 20.0], 1.5, 15.0, Policy::Exclude);
        assert_eq!((r.below.share, r.above.share), (0.25, 0.5));
        assert_eq!(r.above.mean_depth_m, Some(19.0));
        assert!((r.above.mean_error_m.expect("clipped") - 4.0).abs() < 1e-12);
        assert!((r.above.contribution_m - (34.0_f64 / 4.0).sqrt()).abs() < 1e-12);
        assert!((r.clipped.mean_depth_m.expect("clipped") - 13.0).abs() < 1e-12);
    }

    #[test]
    fn a_range_beside_the_data_leaves_nothing_to_exclude() {
        let r = report(&[1.0, 2.0], 5.0, 6.0, Policy::Exclude);
        assert_eq!(r.errors, None);
        assert_eq!(r.below.share, 1.0);
    }
}
