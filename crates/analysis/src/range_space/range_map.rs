//! A metric over both ends of the range, row by row.

use serde::{Deserialize, Serialize};

use super::super::coding::SquaredErrors;
use super::super::policy::Policy;
use super::super::range_report::Measurement;
use super::point::RangePoint;
use fathom_core::metrics::{Criterion, ErrorSums, MetricParts, Wanted};
use fathom_core::quant::OutputRange;
use fathom_core::stats::{Distribution, Kept};

/// One start with every end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapRow {
    /// The axes of the whole map.
    pub axes: MapAxes,
    /// Which start.
    pub row: u32,
    /// One point per end; `None` where start and end make no range.
    pub points: Vec<Option<MapPoint>>,
}

/// Starts and ends of the ranges of a map, in metres and ascending: one row for each start, one column for each end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MapAxes {
    /// The starts.
    pub starts_m: Vec<f64>,
    /// The ends.
    pub ends_m: Vec<f64>,
}

/// Which sums the cells of a map hold: what nobody looks at would take several times as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MapSums {
    /// Squared errors, for the RMSE.
    Squares,
    /// Errors in metres, for `mae` and `bias`.
    Depths,
    /// Relative and inverse errors, for `abs_rel`, `irmse` and `imae`.
    Inverses,
    /// Errors of the logarithm, for `rmse_log` and `silog`.
    Logs,
    /// Their sizes, for `log10`.
    LogSizes,
    /// Squared errors over the depth, for `sq_rel`.
    SquaresOverDepth,
    /// Pixels within ratios, for the deltas.
    Ratios,
    /// Those of every metric.
    Every,
}

/// One range of a map, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MapPoint {
    /// Some of its sums: thousands of such points travel from thread to thread.
    Some {
        /// The range as asked for.
        range: OutputRange,
        /// Which sums they are.
        held: MapSums,
        /// Of the pixels inside.
        inside: HeldSums,
        /// Of the others.
        outside: HeldSums,
    },
    /// All of them.
    Every(Box<RangePoint>),
}

/// Sums of one kind, in the order in which [`MapSums`] has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldSums {
    /// Number of pixels.
    pub count: f64,
    /// The sums; unused ones are zero.
    pub sums: [f64; 3],
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
            Criterion::Mae | Criterion::Bias => Self::Depths,
            Criterion::AbsRel | Criterion::Irmse | Criterion::Imae => Self::Inverses,
            Criterion::RmseLog | Criterion::Silog => Self::Logs,
            Criterion::Log10 => Self::LogSizes,
            Criterion::SqRel => Self::SquaresOverDepth,
            Criterion::Delta1 | Criterion::Delta2 | Criterion::Delta3 => Self::Ratios,
        }
    }

    fn wanted(self) -> Wanted {
        let is_one_of = |some: &[Self]| self == Self::Every || some.contains(&self);
        let errors = Kept {
            depths: is_one_of(&[Self::Squares, Self::Depths, Self::SquaresOverDepth]),
            inverses: is_one_of(&[Self::Inverses, Self::SquaresOverDepth]),
            logs: is_one_of(&[Self::Logs, Self::LogSizes]),
        };
        Wanted {
            errors,
            sizes: is_one_of(&[Self::Depths, Self::Inverses, Self::LogSizes]),
            ratios: is_one_of(&[Self::Ratios]),
        }
    }

    /// Whether these give a metric.
    #[must_use]
    pub fn give(self, criterion: Criterion) -> bool {
        self == Self::Every || self == Self::of(criterion)
    }
}

impl HeldSums {
    fn of(held: MapSums, all: &ErrorSums) -> Self {
        let sums = match held {
            MapSums::Squares | MapSums::Every => [all.square, 0.0, 0.0],
            MapSums::Depths => [all.error, all.absolute, 0.0],
            MapSums::Inverses => [all.relative, all.inverse_absolute, all.inverse_square],
            MapSums::Logs => [all.log, all.log_square, 0.0],
            MapSums::LogSizes => [all.log_absolute, 0.0, 0.0],
            MapSums::SquaresOverDepth => [all.square_over_depth, 0.0, 0.0],
            MapSums::Ratios => all.within,
        };
        Self {
            count: all.count,
            sums,
        }
    }

    /// As error sums, of which the others are zero.
    fn error_sums(&self, held: MapSums) -> ErrorSums {
        let [first, second, third] = self.sums;
        let mut all = ErrorSums {
            count: self.count,
            ..ErrorSums::default()
        };
        match held {
            MapSums::Squares | MapSums::Every => all.square = first,
            MapSums::Depths => (all.error, all.absolute) = (first, second),
            MapSums::Inverses => {
                (all.relative, all.inverse_absolute, all.inverse_square) = (first, second, third);
            }
            MapSums::Logs => (all.log, all.log_square) = (first, second),
            MapSums::LogSizes => all.log_absolute = first,
            MapSums::SquaresOverDepth => all.square_over_depth = first,
            MapSums::Ratios => all.within = self.sums,
        }
        all
    }
}

impl MapPoint {
    /// A call of its own: a browser compiles a function well once it has been called often, not while one call of it lasts.
    #[inline(never)]
    fn measure(
        depths: &Distribution,
        range: OutputRange,
        how: &Measurement,
        held: MapSums,
    ) -> Self {
        let point = match held {
            MapSums::Every => {
                return Self::Every(Box::new(RangePoint::measure(depths, range, how)));
            }
            MapSums::Squares => squares(depths, range, how),
            _ => RangePoint::measure_wanted(depths, range, how, held.wanted()),
        };
        Self::Some {
            range,
            held,
            inside: HeldSums::of(held, &point.inside),
            outside: HeldSums::of(held, &point.outside),
        }
    }

    /// The range as asked for.
    #[must_use]
    pub fn range(&self) -> OutputRange {
        match self {
            Self::Some { range, .. } => *range,
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
        let point = match self {
            Self::Every(point) => **point,
            Self::Some { held, .. } if !held.give(criterion) => return None,
            Self::Some {
                range,
                held,
                inside,
                outside,
            } => RangePoint {
                range: *range,
                inside: inside.error_sums(*held),
                outside: outside.error_sums(*held),
            },
        };
        point.parts(criterion, policy, clipping_weight)
    }
}

/// The squared errors of a range.
fn squares(depths: &Distribution, range: OutputRange, how: &Measurement) -> RangePoint {
    let errors = SquaredErrors::measure(depths, &how.code.over(range, how.bits));
    let sums = |count, square| ErrorSums {
        count,
        square,
        ..ErrorSums::default()
    };
    RangePoint {
        range,
        inside: sums(errors.inside_count, errors.inside_square),
        outside: sums(errors.outside_count, errors.outside_square),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fathom_core::quant::Bits;
    use fathom_core::stats::Resolution;

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

    #[test]
    fn the_sums_of_one_metric_give_what_all_sums_give() {
        let depths = depths();
        for bits in [8, 12] {
            let how = Measurement {
                bits: Bits::new(bits).expect("a width"),
                ..Measurement::default()
            };
            let axes = MapAxes::around(&depths, 5, 9);
            for row in 0..5 {
                let of = |sums| axes.row(&depths, row, &how, sums).expect("a row");
                let every = of(MapSums::Every);
                for criterion in Criterion::ALL {
                    let own = of(MapSums::of(criterion));
                    for (own, every) in own.iter().flatten().zip(every.iter().flatten()) {
                        for policy in Policy::ALL {
                            let of = |point: &MapPoint| point.parts(criterion, policy, 2.0);
                            let value = |point| of(point).map(|parts| parts.value);
                            match (value(own), value(every)) {
                                (Some(own), Some(expected)) => assert!(
                                    (own - expected).abs() <= 1e-9 * expected.abs(),
                                    "{criterion:?}: {own} against {expected}"
                                ),
                                (own, expected) => assert_eq!(own, expected),
                            }
                        }
                        for other in Criterion::ALL {
                            let has = own.parts(other, Policy::Count, 1.0).is_some();
                            assert_eq!(has, MapSums::of(criterion).give(other));
                        }
                    }
                }
            }
        }
    }
}
