//! Every metric as a function of one end of the range, with the other end fixed.

use serde::{Deserialize, Serialize};

use super::range_point::RangePoint;
use crate::end_sweep::{SWEEP_POINTS, SweepDomain, coarse_first};
use crate::range_report::{NamedRange, RangeSettings};
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// The end that varies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum SweepAxis {
    /// The end varies and the start is fixed.
    End {
        /// The start, in metres.
        min_m: f64,
    },
    /// The start varies and the end is fixed.
    Start {
        /// The end, in metres.
        max_m: f64,
    },
}

/// The interval that the varying end covers, in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisDomain {
    /// The end that varies.
    pub axis: SweepAxis,
    /// The nearest position.
    pub from_m: f64,
    /// The farthest position.
    pub to_m: f64,
}

impl AxisDomain {
    /// Chooses ends that contain all candidates and extend beyond the largest depth; see [`SweepDomain::around`].
    #[must_use]
    pub fn ends(depths: &Distribution, min_m: f64, candidates: &[NamedRange]) -> Self {
        let domain = SweepDomain::around(depths, min_m, candidates);
        Self {
            axis: SweepAxis::End { min_m },
            from_m: domain.from_m,
            to_m: domain.to_m,
        }
    }

    /// Chooses starts from 0 m to the 75th percentile, at which most pixels are clipped, or to just before the end.
    #[must_use]
    pub fn starts(depths: &Distribution, max_m: f64) -> Self {
        Self {
            axis: SweepAxis::Start { max_m },
            from_m: 0.0,
            to_m: depths.quantile_m(0.75).min(0.95 * max_m).max(0.0),
        }
    }

    /// Returns the range at `share` (0 to 1) of the domain; `None` where the two ends form no range.
    ///
    /// Ends are spaced by equal ratios, starts by equal distances.
    #[must_use]
    pub fn range_at(&self, share: f64) -> Option<OutputRange> {
        match self.axis {
            SweepAxis::End { min_m } => SweepDomain {
                min_m,
                from_m: self.from_m,
                to_m: self.to_m,
            }
            .range_at(share),
            SweepAxis::Start { max_m } => {
                let start_m = self.from_m + share * (self.to_m - self.from_m);
                OutputRange::new(start_m, max_m).ok()
            }
        }
    }
}

/// A curve measured point by point, in coarse order first, so that a partial curve spans the whole domain.
#[derive(Clone, Debug)]
pub struct AxisSweep {
    domain: AxisDomain,
    settings: RangeSettings,
    order: Vec<usize>,
    points: Vec<Option<RangePoint>>,
}

impl AxisSweep {
    /// Prepares the curve over a domain.
    #[must_use]
    pub fn new(domain: AxisDomain, settings: RangeSettings) -> Self {
        Self {
            domain,
            settings,
            order: coarse_first(SWEEP_POINTS, 8),
            points: vec![None; SWEEP_POINTS],
        }
    }

    /// Measures the next point. Returns false once none is left.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(i) = self.order.pop() else {
            return false;
        };
        let share = i as f64 / (SWEEP_POINTS - 1) as f64;
        let range = self.domain.range_at(share);
        self.points[i] = range.map(|range| RangePoint::measure(depths, range, &self.settings));
        true
    }

    /// Returns true once every point is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns the points measured so far, nearest first, without positions that form no range.
    pub fn points(&self) -> impl Iterator<Item = &RangePoint> {
        self.points.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use fathom_core::metrics::Criterion;
    use fathom_core::stats::Resolution;

    fn distribution(values: Vec<f64>) -> Distribution {
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    fn swept(depths: &Distribution, domain: AxisDomain) -> Vec<RangePoint> {
        let mut sweep = AxisSweep::new(domain, RangeSettings::default());
        while sweep.step(depths) {}
        assert!(sweep.is_done());
        sweep.points().copied().collect()
    }

    #[test]
    fn a_sweep_covers_its_domain_on_both_axes() {
        let depths = distribution((0..900).map(|i| 0.5 + f64::from(i) * 0.02).collect());
        let ends = swept(&depths, AxisDomain::ends(&depths, 0.5, &[]));
        let starts = swept(&depths, AxisDomain::starts(&depths, 18.0));
        assert_eq!((ends.len(), starts.len()), (SWEEP_POINTS, SWEEP_POINTS));
        assert!(
            ends.windows(2)
                .all(|pair| pair[0].range.max_m() < pair[1].range.max_m())
        );
        assert!(
            starts
                .windows(2)
                .all(|pair| pair[0].range.min_m() < pair[1].range.min_m())
        );
        assert_eq!(starts[0].range.min_m(), 0.0);
        for point in ends.iter().chain(&starts) {
            let expected = RangePoint::measure(&depths, point.range, &RangeSettings::default());
            assert_eq!(*point, expected);
        }
    }

    #[test]
    fn ranges_outside_the_data_and_degenerate_depths_give_finite_values() {
        for values in [vec![2.0], vec![1.0, 2.0], vec![5e-324, 1e-310, 2.0]] {
            let depths = distribution(values.clone());
            let mut domains = vec![
                AxisDomain::starts(&depths, 1e-3),
                AxisDomain::starts(&depths, 50.0),
            ];
            domains.extend([0.0, 2.0, 50.0].map(|min_m| AxisDomain::ends(&depths, min_m, &[])));
            for point in domains
                .into_iter()
                .flat_map(|domain| swept(&depths, domain))
            {
                for (criterion, policy) in Criterion::ALL
                    .into_iter()
                    .flat_map(|c| Policy::ALL.map(|p| (c, p)))
                {
                    let parts = point.parts(criterion, policy, 1.0);
                    let finite = parts.is_none_or(|p| {
                        p.value.is_finite() && p.rounding.is_finite() && p.clipping.is_finite()
                    });
                    assert!(
                        finite,
                        "{values:?}: {criterion:?}, {policy:?}: {parts:?} over {:?}",
                        point.range
                    );
                }
            }
        }
    }
}
