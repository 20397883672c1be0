//! A metric over both ends of the range, row by row.

use serde::{Deserialize, Serialize};

use super::super::coding::SquaredErrors;
use super::super::policy::Policy;
use super::super::range_report::Measurement;
use super::point::RangePoint;
use crate::metrics::{Criterion, ErrorSums, MetricParts};
use crate::quant::OutputRange;
use crate::stats::Distribution;

/// Starts and ends of the ranges of a map, in metres and ascending: one row for each start, one column for each end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapAxes {
    /// The starts.
    pub starts_m: Vec<f64>,
    /// The ends.
    pub ends_m: Vec<f64>,
}

/// Which sums the cells of a map hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapSums {
    /// Squared errors, for the RMSE: a few times cheaper.
    Squares,
    /// Those of every metric.
    Every,
}

/// One range of a map, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MapPoint {
    /// Its squared errors.
    Squares {
        /// The range as asked for.
        range: OutputRange,
        /// The errors.
        errors: SquaredErrors,
    },
    /// All its errors.
    Every(Box<RangePoint>),
}

impl MapAxes {
    /// Axes that hold every sensible range: `rows` starts from zero to where most pixels are lost, by equal distances, and `columns`
    /// ends by equal ratios to a third beyond the largest depth.
    #[must_use]
    pub fn around(depths: &Distribution, rows: usize, columns: usize) -> Self {
        let share = |i: usize, count: usize| i as f64 / (count.max(2) - 1) as f64;
        let last_start_m = depths.quantile_m(0.75);
        let first_m = 0.8 * depths.quantile_m(0.5);
        let log_ratio = libm::log(depths.max_m() * 4.0 / 3.0 / first_m);
        Self {
            starts_m: (0..rows).map(|i| last_start_m * share(i, rows)).collect(),
            ends_m: (0..columns)
                .map(|i| first_m * libm::exp(log_ratio * share(i, columns)))
                .collect(),
        }
    }

    /// Measures a row with the code and bits of `how`; its policy plays no part. One point for each end, `None` where start and end make
    /// no range; `None` for a row that the map has not.
    #[must_use]
    pub fn row(
        &self,
        depths: &Distribution,
        row: usize,
        how: &Measurement,
        sums: MapSums,
    ) -> Option<Vec<Option<MapPoint>>> {
        let &start_m = self.starts_m.get(row)?;
        let point = |&end_m| {
            let range = OutputRange::new(start_m, end_m).ok()?;
            Some(MapPoint::measure(depths, range, how, sums))
        };
        Some(self.ends_m.iter().map(point).collect())
    }
}

impl MapSums {
    /// What a metric needs.
    #[must_use]
    pub fn of(criterion: Criterion) -> Self {
        match criterion {
            Criterion::Rmse => Self::Squares,
            _ => Self::Every,
        }
    }

    /// The other kind.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Squares => Self::Every,
            Self::Every => Self::Squares,
        }
    }
}

impl MapPoint {
    /// A call of its own: a browser compiles a function well once it has been called often, not while one call of it lasts.
    #[inline(never)]
    fn measure(
        depths: &Distribution,
        range: OutputRange,
        how: &Measurement,
        sums: MapSums,
    ) -> Self {
        match sums {
            MapSums::Squares => Self::Squares {
                range,
                errors: SquaredErrors::measure(depths, &how.code.over(range, how.bits)),
            },
            MapSums::Every => Self::Every(Box::new(RangePoint::measure(depths, range, how))),
        }
    }

    /// The range as asked for.
    #[must_use]
    pub fn range(&self) -> OutputRange {
        match self {
            Self::Squares { range, .. } => *range,
            Self::Every(point) => point.range,
        }
    }

    /// A metric with its parts, each clipped error counted `clipping_weight` times; `None` where the policy leaves no pixel, or where the
    /// sums are not those of the metric.
    #[must_use]
    pub fn parts(
        &self,
        criterion: Criterion,
        policy: Policy,
        clipping_weight: f64,
    ) -> Option<MetricParts> {
        match self {
            Self::Every(point) => point.parts(criterion, policy, clipping_weight),
            Self::Squares { .. } if MapSums::of(criterion) != MapSums::Squares => None,
            Self::Squares { range, errors } => {
                let sums = |count, square| ErrorSums {
                    count,
                    square,
                    ..ErrorSums::default()
                };
                let point = RangePoint {
                    range: *range,
                    inside: sums(errors.inside_count, errors.inside_square),
                    outside: sums(errors.outside_count, errors.outside_square),
                };
                point.parts(criterion, policy, clipping_weight)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Resolution;

    fn depths() -> Distribution {
        let values: Vec<f64> = (1..2000).map(|i| 0.4 + f64::from(i * i) * 1e-5).collect();
        let counts = vec![1; values.len()];
        Distribution::new(values, counts, Resolution::Exact).expect("depths")
    }

    #[test]
    fn a_row_holds_every_range_of_its_start() {
        let depths = depths();
        let how = Measurement::default();
        let axes = MapAxes::around(&depths, 20, 24);
        for (row, &start_m) in axes.starts_m.iter().enumerate() {
            let points = axes
                .row(&depths, row, &how, MapSums::Every)
                .expect("a row of the map");
            assert_eq!(points.len(), axes.ends_m.len());
            for (&end_m, point) in axes.ends_m.iter().zip(points) {
                let range = OutputRange::new(start_m, end_m).ok();
                let expected = range.map(|range| {
                    MapPoint::Every(Box::new(RangePoint::measure(&depths, range, &how)))
                });
                assert_eq!(point, expected);
            }
        }
        assert_eq!(axes.row(&depths, 20, &how, MapSums::Every), None);
    }

    #[test]
    fn squares_alone_give_the_rmse_of_all_sums_and_nothing_else() {
        let depths = depths();
        let how = Measurement::default();
        let axes = MapAxes::around(&depths, 9, 9);
        let mut compared = 0;
        for row in 0..9 {
            let of = |sums| axes.row(&depths, row, &how, sums).expect("a row");
            for (squares, every) in of(MapSums::Squares).into_iter().zip(of(MapSums::Every)) {
                let (Some(squares), Some(every)) = (&squares, &every) else {
                    assert_eq!(squares.is_some(), every.is_some());
                    continue;
                };
                assert_eq!(squares.range(), every.range());
                for policy in Policy::ALL {
                    for weight in [1.0, 4.0] {
                        let parts = |point: &MapPoint| {
                            let parts = point.parts(Criterion::Rmse, policy, weight);
                            parts.map(|parts| [parts.value, parts.rounding, parts.clipping])
                        };
                        let (Some(own), Some(expected)) = (parts(squares), parts(every)) else {
                            assert_eq!(parts(squares).is_some(), parts(every).is_some());
                            continue;
                        };
                        for (own, expected) in own.into_iter().zip(expected) {
                            compared += 1;
                            assert!(
                                (own - expected).abs() <= 1e-9 * expected,
                                "{own} against {expected}"
                            );
                        }
                    }
                }
                assert_eq!(squares.parts(Criterion::AbsRel, Policy::Count, 1.0), None);
            }
        }
        assert!(compared > 1000);
    }
}
