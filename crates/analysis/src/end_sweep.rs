//! RMSE as a function of the end of a range with a fixed start, split into rounding and clipping.
//!
//! A sweep is cut into steps of one point, so that a caller can respond between them.

use serde::{Deserialize, Serialize};

use super::coded_errors::SquaredErrors;
use super::policy::Policy;
use super::range_report::{NamedRange, RangeReport, RangeSettings};
use super::range_space::RangePoint;
use fathom_core::metrics::Criterion;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// Number of points of a curve: one every 4 pixels of a wide chart.
pub(super) const SWEEP_POINTS: usize = 200;

/// One point of the curve, with all lengths in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPoint {
    /// End of the range.
    pub max_m: f64,
    /// RMSE under the policy.
    pub rmse_m: f64,
    /// Rounding part of the RMSE.
    pub rounding_m: f64,
    /// Clipping part of the RMSE.
    pub clipping_m: f64,
}

impl SweepPoint {
    /// Measures one range. Returns `None` where the policy leaves no pixel.
    #[must_use]
    pub fn measure(
        depths: &Distribution,
        range: OutputRange,
        settings: &RangeSettings,
    ) -> Option<Self> {
        let code = settings.code.over(range, settings.bits);
        let errors = SquaredErrors::measure(depths, &code);
        let (count, clipping) = settings.policy.count_and_clipping(&errors);
        (count > 0.0).then(|| Self {
            max_m: range.max_m(),
            rmse_m: ((errors.inside_square + clipping) / count).sqrt(),
            rounding_m: (errors.inside_square / count).sqrt(),
            clipping_m: (clipping / count).sqrt(),
        })
    }

    /// Converts a measured range. Returns `None` where the policy leaves no pixel.
    #[must_use]
    pub fn from_range_point(point: &RangePoint, policy: Policy) -> Option<Self> {
        let parts = point.parts(Criterion::Rmse, policy, 1.0)?;
        Some(Self {
            max_m: point.range.max_m(),
            rmse_m: parts.value,
            rounding_m: parts.rounding,
            clipping_m: parts.clipping,
        })
    }

    /// Converts a report of a range. Returns `None` where its policy left no pixel.
    #[must_use]
    pub fn from_report(report: &RangeReport) -> Option<Self> {
        let errors = report.errors?;
        Some(Self {
            max_m: report.named.range.max_m(),
            rmse_m: errors.metrics.rmse,
            rounding_m: errors.rounding_m,
            clipping_m: errors.clipping_m,
        })
    }
}

/// The interval of range ends that a sweep covers, in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepDomain {
    /// The fixed start of the range.
    pub min_m: f64,
    /// The nearest end.
    pub from_m: f64,
    /// The farthest end.
    pub to_m: f64,
}

impl SweepDomain {
    /// Chooses a domain that contains all `candidates` and the ends at which clipping dominates.
    ///
    /// It extends a third beyond the largest depth, because the best end often lies far beyond the candidates.
    #[must_use]
    pub fn around(depths: &Distribution, min_m: f64, candidates: &[NamedRange]) -> Self {
        Self::around_figures(depths.max_m(), depths.quantile_m(0.5), min_m, candidates)
    }

    /// The same from the largest depth and the median of the depths, in metres.
    #[must_use]
    pub fn around_figures(
        largest_m: f64,
        median_m: f64,
        min_m: f64,
        candidates: &[NamedRange],
    ) -> Self {
        let ends = || candidates.iter().map(|c| c.range.max_m());
        let nearest = ends().fold(f64::INFINITY, f64::min);
        let farthest = ends().fold(largest_m, f64::max);
        // Beyond the largest depth only rounding remains, and it grows in proportion; a third more shows that growth.
        let to_m = (farthest * 4.0 / 3.0).max(min_m + 1e-3);
        let interesting = nearest.min(median_m) * 0.8;
        let above_start = min_m + 0.02 * (to_m - min_m).min(largest_m);
        Self {
            min_m,
            from_m: interesting.max(above_start).min(to_m * 0.5 + min_m * 0.5),
            to_m,
        }
    }

    /// Returns the position of an end in the domain (0 to 1) on a logarithmic axis; the inverse of [`Self::range_at`].
    pub(super) fn share_of(&self, end_m: f64) -> f64 {
        if self.from_m > 0.0 {
            libm::log(end_m / self.from_m) / libm::log(self.to_m / self.from_m)
        } else {
            (end_m - self.from_m) / (self.to_m - self.from_m)
        }
    }

    /// Returns the range whose end lies at `share` (0 to 1) of the domain on a logarithmic axis; `None` if it has no width.
    #[must_use]
    pub fn range_at(&self, share: f64) -> Option<OutputRange> {
        let end = if self.from_m > 0.0 {
            self.from_m * libm::exp(share * libm::log(self.to_m / self.from_m))
        } else {
            self.from_m + share * (self.to_m - self.from_m)
        };
        OutputRange::new(self.min_m, end).ok()
    }
}

/// Measures the curve over a domain, without the ends for which the policy leaves no pixel.
#[must_use]
pub fn sweep(
    depths: &Distribution,
    domain: SweepDomain,
    settings: &RangeSettings,
) -> Vec<SweepPoint> {
    let mut curve = EndSweep::new(domain, *settings);
    while curve.step(depths) {}
    curve.points()
}

/// A curve measured point by point, in coarse order first, so that a partial curve spans the whole domain.
#[derive(Clone, Debug)]
pub struct EndSweep {
    domain: SweepDomain,
    settings: RangeSettings,
    order: Vec<usize>,
    points: Vec<Option<SweepPoint>>,
}

/// Index distance between the points of the coarse pass.
const COARSE: usize = 8;

/// Points of the coarse pass: every eighth and the last.
const COARSE_POINTS: usize = SWEEP_POINTS.div_ceil(COARSE) + 1;

impl EndSweep {
    /// Prepares the curve over a domain.
    #[must_use]
    pub fn new(domain: SweepDomain, settings: RangeSettings) -> Self {
        Self {
            domain,
            settings,
            order: coarse_first(SWEEP_POINTS, COARSE),
            points: vec![None; SWEEP_POINTS],
        }
    }

    /// Measures the next point. Returns false once none is left.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(i) = self.order.pop() else {
            return false;
        };
        let share = i as f64 / (SWEEP_POINTS - 1) as f64;
        self.points[i] = self
            .domain
            .range_at(share)
            .and_then(|range| SweepPoint::measure(depths, range, &self.settings));
        true
    }

    /// Returns true once the coarse pass is complete.
    #[must_use]
    pub fn is_coarse_done(&self) -> bool {
        self.order.len() + COARSE_POINTS <= SWEEP_POINTS
    }

    /// Returns true once every point is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns the points measured so far, by ascending end.
    #[must_use]
    pub fn points(&self) -> Vec<SweepPoint> {
        self.points.iter().copied().flatten().collect()
    }
}

/// Returns the indices below `count` in reverse order of use: every `stride`-th and the last are used first.
pub(super) fn coarse_first(count: usize, stride: usize) -> Vec<usize> {
    let coarse = |i: &usize| i.is_multiple_of(stride) || i + 1 == count;
    let mut order: Vec<usize> = (0..count).filter(coarse).collect();
    order.extend((0..count).filter(|i| !coarse(i)));
    order.reverse();
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::stats::Resolution;

    fn depths(values: impl IntoIterator<Item = f64>) -> Distribution {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("positive depths")
    }

    /// Returns the depths of a corridor: dense near the camera, with a thin tail to 40 m.
    fn corridor() -> Distribution {
        depths(
            (0..4000).map(|i| {
                0.6 * libm::exp(f64::from(i % 977) / 977.0 * 4.2 * (f64::from(i) / 4000.0))
            }),
        )
    }

    fn candidate(max_m: f64) -> NamedRange {
        NamedRange {
            name: String::new(),
            range: OutputRange::new(0.5, max_m).expect("a range"),
        }
    }

    #[test]
    fn a_sweep_point_equals_the_full_report() {
        let d = corridor();
        for policy in Policy::ALL {
            let settings = RangeSettings {
                policy,
                ..RangeSettings::default()
            };
            let range = candidate(12.0).range;
            let point = SweepPoint::measure(&d, range, &settings).expect("pixels");
            let report = RangeReport::measure(&d, &candidate(12.0), &settings);
            let errors = report.errors.expect("pixels");
            for (got, expected) in [
                (point.rmse_m, errors.metrics.rmse),
                (point.rounding_m, errors.rounding_m),
                (point.clipping_m, errors.clipping_m),
            ] {
                assert!(
                    (got - expected).abs() <= 1e-12 * expected,
                    "{got} against {expected}"
                );
            }
        }
    }

    #[test]
    fn the_domain_contains_the_candidates_and_exceeds_the_largest_depth() {
        let d = corridor();
        let domain = SweepDomain::around(&d, 0.5, &[candidate(7.5), candidate(15.0)]);
        assert!(domain.from_m > 0.5 && domain.from_m < 7.5);
        assert!(domain.to_m > d.max_m() * 1.2);
        let wide = SweepDomain::around(&d, 0.5, &[candidate(500.0)]);
        assert!(wide.to_m > 500.0);
    }

    #[test]
    fn a_stepped_sweep_spans_the_domain_early_and_ends_as_the_full_sweep() {
        let d = corridor();
        let domain = SweepDomain::around(&d, 0.5, &[candidate(15.0)]);
        let mut curve = EndSweep::new(domain, RangeSettings::default());
        while !curve.is_coarse_done() {
            assert!(curve.step(&d));
        }
        let coarse = curve.points();
        assert!(coarse.len() < SWEEP_POINTS / 4, "{}", coarse.len());
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        assert!(close(coarse[0].max_m, domain.from_m));
        assert!(close(coarse[coarse.len() - 1].max_m, domain.to_m));
        while curve.step(&d) {}
        assert!(curve.is_done());
        assert_eq!(curve.points(), sweep(&d, domain, &RangeSettings::default()));
        assert_eq!(curve.points().len(), SWEEP_POINTS);
    }

    #[test]
    fn a_start_beyond_all_depths_has_a_domain() {
        let d = depths([1.0, 2.0, 3.0]);
        let domain = SweepDomain::around(&d, 50.0, &[]);
        assert!(
            domain.from_m > 50.0 && domain.to_m > domain.from_m,
            "{domain:?}"
        );
        assert!(!sweep(&d, domain, &RangeSettings::default()).is_empty());
    }
}
