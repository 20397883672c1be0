//! Every metric along one end of the range, the other held.

use serde::{Deserialize, Serialize};

use super::super::range_report::{Measurement, NamedRange};
use super::super::sweep::{SWEEP_POINTS, SweepDomain};
use super::coarse_first;
use super::point::RangePoint;
use fathom_core::quant::OutputRange;
use fathom_core::stats::Distribution;

/// Which end moves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum SweepAxis {
    /// The end, from a held start in metres.
    End {
        /// The start.
        min_m: f64,
    },
    /// The start, to a held end in metres.
    Start {
        /// The end.
        max_m: f64,
    },
}

/// Where the moving end goes, in metres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisDomain {
    /// Which end moves.
    pub axis: SweepAxis,
    /// Nearest place.
    pub from_m: f64,
    /// Farthest place.
    pub to_m: f64,
}

impl AxisDomain {
    /// Ends that show all candidates and what lies beyond the largest depth.
    #[must_use]
    pub fn ends(depths: &Distribution, min_m: f64, candidates: &[NamedRange]) -> Self {
        let domain = SweepDomain::around(depths, min_m, candidates);
        Self {
            axis: SweepAxis::End { min_m },
            from_m: domain.from_m,
            to_m: domain.to_m,
        }
    }

    /// Starts from zero to where most pixels are lost, short of the end.
    #[must_use]
    pub fn starts(depths: &Distribution, max_m: f64) -> Self {
        Self {
            axis: SweepAxis::Start { max_m },
            from_m: 0.0,
            to_m: depths.quantile_m(0.75).min(0.95 * max_m).max(0.0),
        }
    }

    /// The range at `share` (0 to 1) of the domain: by equal ratios along the end, by equal distances along the start. `None`
    /// where the two ends make no range.
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

/// A curve of points measured one by one, coarse first: whenever it is looked at, it spans the whole domain.
#[derive(Clone, Debug)]
pub struct AxisSweep {
    domain: AxisDomain,
    how: Measurement,
    order: Vec<usize>,
    points: Vec<Option<RangePoint>>,
}

impl AxisSweep {
    /// Prepares the curve over a domain.
    #[must_use]
    pub fn new(domain: AxisDomain, how: Measurement) -> Self {
        Self {
            domain,
            how,
            order: coarse_first(SWEEP_POINTS, 8),
            points: vec![None; SWEEP_POINTS],
        }
    }

    /// Measures one more point; `true` while there are more.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(i) = self.order.pop() else {
            return false;
        };
        let share = i as f64 / (SWEEP_POINTS - 1) as f64;
        let range = self.domain.range_at(share);
        self.points[i] = range.map(|range| RangePoint::measure(depths, range, &self.how));
        true
    }

    /// Whether every point is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.order.is_empty()
    }

    /// The points so far, from the nearest place on. Places that make no range are left out.
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
        let mut sweep = AxisSweep::new(domain, Measurement::default());
        while sweep.step(depths) {}
        assert!(sweep.is_done());
        sweep.points().copied().collect()
    }

    #[test]
    fn both_axes_are_measured_from_end_to_end() {
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
            let expected = RangePoint::measure(&depths, point.range, &Measurement::default());
            assert_eq!(*point, expected);
        }
    }

    #[test]
    fn ranges_beside_the_data_and_degenerate_data_give_numbers() {
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
