//! Every metric along one end of the range, the other held.

use serde::{Deserialize, Serialize};

use super::super::range_report::{Measurement, NamedRange};
use super::super::sweep::{SWEEP_POINTS, SweepDomain};
use super::coarse_first;
use super::point::RangePoint;
use crate::quant::OutputRange;
use crate::stats::Distribution;

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
