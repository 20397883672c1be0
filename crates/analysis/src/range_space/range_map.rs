//! A map of ranges: metrics over both ends, measured row by row.

use serde::{Deserialize, Serialize};

use super::range_point::RangePoint;
use crate::coded_errors::SquaredErrors;
use crate::policy::Policy;
use crate::range_report::RangeSettings;
use fathom_core::metrics::{Criterion, ErrorSums, ErrorTerms, MetricParts};
use fathom_core::quant::OutputRange;
use fathom_core::stats::{Distribution, LinearTerms};

/// One row of a map: one start with every end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeMapRow {
    /// The axes of the whole map.
    pub axes: RangeMapAxes,
    /// Index of the start in the axes.
    pub row: u32,
    /// One point per end; `None` where start and end form no range.
    pub points: Vec<Option<RangeMapPoint>>,
}

/// The axes of a map, in metres and ascending: one row per start, one column per end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeMapAxes {
    /// The starts.
    pub starts_m: Vec<f64>,
    /// The ends.
    pub ends_m: Vec<f64>,
}

/// The error sums that the points of a map hold. Measuring all sums takes several times as long as one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SumKind {
    /// Squared errors, for the RMSE.
    Squares,
    /// Errors in metres, for `mae` and `bias`.
    Depths,
    /// Relative and inverse errors, for `abs_rel`, `irmse` and `imae`.
    Inverses,
    /// Errors of the logarithm, for `rmse_log` and `silog`.
    Logs,
    /// Absolute errors of the logarithm, for `log10`.
    AbsoluteLogs,
    /// Squared errors divided by the depth, for `sq_rel`.
    SquaresOverDepth,
    /// Numbers of pixels below the ratio thresholds, for the deltas.
    Ratios,
    /// The sums of every metric.
    All,
}

/// One measured range of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RangeMapPoint {
    /// Sums of one kind, which keeps messages with thousands of points small.
    Partial {
        /// The requested range.
        range: OutputRange,
        /// The kind of the sums.
        kind: SumKind,
        /// Sums of the pixels inside.
        inside: PartialSums,
        /// Sums of the pixels outside.
        outside: PartialSums,
    },
    /// All sums.
    Full(Box<RangePoint>),
}

/// The error sums of one [`SumKind`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartialSums {
    /// Number of pixels.
    pub count: f64,
    /// The sums of the kind; unused entries are zero.
    pub sums: [f64; 3],
}

impl RangeMapAxes {
    /// Chooses axes that contain every sensible range.
    ///
    /// `rows` starts go from 0 m to the 75th percentile by equal distances. `columns` ends go from 0.8 times the median to a third beyond
    /// the largest depth by equal ratios.
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

    /// Measures a row with the settings except their policy. Returns `None` for a row outside the map.
    ///
    /// Contains one point per end, `None` where start and end form no range.
    #[must_use]
    pub fn row(
        &self,
        depths: &Distribution,
        row: usize,
        settings: &RangeSettings,
        sums: SumKind,
    ) -> Option<Vec<Option<RangeMapPoint>>> {
        let &start_m = self.starts_m.get(row)?;
        let point = |&end_m| {
            let range = OutputRange::new(start_m, end_m).ok()?;
            Some(RangeMapPoint::measure(depths, range, settings, sums))
        };
        Some(self.ends_m.iter().map(point).collect())
    }
}

impl SumKind {
    /// Returns the kind that a metric needs.
    #[must_use]
    pub fn for_criterion(criterion: Criterion) -> Self {
        match criterion {
            Criterion::Rmse => Self::Squares,
            Criterion::Mae | Criterion::Bias => Self::Depths,
            Criterion::AbsRel | Criterion::Irmse | Criterion::Imae => Self::Inverses,
            Criterion::RmseLog | Criterion::Silog => Self::Logs,
            Criterion::Log10 => Self::AbsoluteLogs,
            Criterion::SqRel => Self::SquaresOverDepth,
            Criterion::Delta1 | Criterion::Delta2 | Criterion::Delta3 => Self::Ratios,
        }
    }

    /// Returns the error terms to measure.
    fn terms(self) -> ErrorTerms {
        let is_one_of = |some: &[Self]| self == Self::All || some.contains(&self);
        let errors = LinearTerms {
            depths: is_one_of(&[Self::Squares, Self::Depths, Self::SquaresOverDepth]),
            inverses: is_one_of(&[Self::Inverses, Self::SquaresOverDepth]),
            logs: is_one_of(&[Self::Logs, Self::AbsoluteLogs]),
        };
        ErrorTerms {
            errors,
            absolutes: is_one_of(&[Self::Depths, Self::Inverses, Self::AbsoluteLogs]),
            ratios: is_one_of(&[Self::Ratios]),
        }
    }

    /// Returns true if sums of this kind give a metric.
    #[must_use]
    pub fn covers(self, criterion: Criterion) -> bool {
        self == Self::All || self == Self::for_criterion(criterion)
    }
}

impl PartialSums {
    /// Selects the sums of one kind.
    fn select(kind: SumKind, all: &ErrorSums) -> Self {
        let sums = match kind {
            SumKind::Squares | SumKind::All => [all.square, 0.0, 0.0],
            SumKind::Depths => [all.error, all.absolute, 0.0],
            SumKind::Inverses => [all.relative, all.inverse_absolute, all.inverse_square],
            SumKind::Logs => [all.log, all.log_square, 0.0],
            SumKind::AbsoluteLogs => [all.log_absolute, 0.0, 0.0],
            SumKind::SquaresOverDepth => [all.square_over_depth, 0.0, 0.0],
            SumKind::Ratios => all.within,
        };
        Self {
            count: all.count,
            sums,
        }
    }

    /// Converts to error sums whose other fields are zero.
    fn error_sums(&self, kind: SumKind) -> ErrorSums {
        let [first, second, third] = self.sums;
        let mut all = ErrorSums {
            count: self.count,
            ..ErrorSums::default()
        };
        match kind {
            SumKind::Squares | SumKind::All => all.square = first,
            SumKind::Depths => (all.error, all.absolute) = (first, second),
            SumKind::Inverses => {
                (all.relative, all.inverse_absolute, all.inverse_square) = (first, second, third);
            }
            SumKind::Logs => (all.log, all.log_square) = (first, second),
            SumKind::AbsoluteLogs => all.log_absolute = first,
            SumKind::SquaresOverDepth => all.square_over_depth = first,
            SumKind::Ratios => all.within = self.sums,
        }
        all
    }
}

impl RangeMapPoint {
    /// Measures one range.
    ///
    /// Not inlined: a browser optimises a function after many calls, not during one long call.
    #[inline(never)]
    fn measure(
        depths: &Distribution,
        range: OutputRange,
        settings: &RangeSettings,
        kind: SumKind,
    ) -> Self {
        let point = match kind {
            SumKind::All => {
                return Self::Full(Box::new(RangePoint::measure(depths, range, settings)));
            }
            SumKind::Squares => squares(depths, range, settings),
            _ => RangePoint::measure_terms(depths, range, settings, kind.terms()),
        };
        Self::Partial {
            range,
            kind,
            inside: PartialSums::select(kind, &point.inside),
            outside: PartialSums::select(kind, &point.outside),
        }
    }

    /// Returns the requested range.
    #[must_use]
    pub fn range(&self) -> OutputRange {
        match self {
            Self::Partial { range, .. } => *range,
            Self::Full(point) => point.range,
        }
    }

    /// Computes a metric with its rounding and clipping parts, with each clipped error counted `clipping_weight` times.
    ///
    /// Returns `None` where the policy leaves no pixel, or where the metric needs another kind of sums.
    #[must_use]
    pub fn parts(
        &self,
        criterion: Criterion,
        policy: Policy,
        clipping_weight: f64,
    ) -> Option<MetricParts> {
        let point = match self {
            Self::Full(point) => **point,
            Self::Partial { kind, .. } if !kind.covers(criterion) => return None,
            Self::Partial {
                range,
                kind,
                inside,
                outside,
            } => RangePoint {
                range: *range,
                inside: inside.error_sums(*kind),
                outside: outside.error_sums(*kind),
            },
        };
        point.parts(criterion, policy, clipping_weight)
    }
}

/// Measures the squared errors of a range only, which is faster than all sums.
fn squares(depths: &Distribution, range: OutputRange, settings: &RangeSettings) -> RangePoint {
    let errors = SquaredErrors::measure(depths, &settings.code.over(range, settings.bits));
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
    fn a_row_contains_every_range_of_its_start() {
        let depths = depths();
        let settings = RangeSettings::default();
        let axes = RangeMapAxes::around(&depths, 20, 24);
        for (row, &start_m) in axes.starts_m.iter().enumerate() {
            let points = axes
                .row(&depths, row, &settings, SumKind::All)
                .expect("a row of the map");
            assert_eq!(points.len(), axes.ends_m.len());
            for (&end_m, point) in axes.ends_m.iter().zip(points) {
                let range = OutputRange::new(start_m, end_m).ok();
                let expected = range.map(|range| {
                    RangeMapPoint::Full(Box::new(RangePoint::measure(&depths, range, &settings)))
                });
                assert_eq!(point, expected);
            }
        }
        assert_eq!(axes.row(&depths, 20, &settings, SumKind::All), None);
    }

    #[test]
    fn squared_sums_give_the_rmse_and_no_other_metric() {
        let depths = depths();
        let settings = RangeSettings::default();
        let axes = RangeMapAxes::around(&depths, 9, 9);
        let mut compared = 0;
        for row in 0..9 {
            let of = |sums| axes.row(&depths, row, &settings, sums).expect("a row");
            for (squares, every) in of(SumKind::Squares).into_iter().zip(of(SumKind::All)) {
                let (Some(squares), Some(every)) = (&squares, &every) else {
                    assert_eq!(squares.is_some(), every.is_some());
                    continue;
                };
                assert_eq!(squares.range(), every.range());
                for policy in Policy::ALL {
                    for weight in [1.0, 4.0] {
                        let parts = |point: &RangeMapPoint| {
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
    fn one_kind_of_sums_gives_the_same_metric_as_all_sums() {
        let depths = depths();
        for bits in [8, 12] {
            let settings = RangeSettings {
                bits: Bits::new(bits).expect("a width"),
                ..RangeSettings::default()
            };
            let axes = RangeMapAxes::around(&depths, 5, 9);
            for row in 0..5 {
                let of = |sums| axes.row(&depths, row, &settings, sums).expect("a row");
                let every = of(SumKind::All);
                for criterion in Criterion::ALL {
                    let own = of(SumKind::for_criterion(criterion));
                    for (own, every) in own.iter().flatten().zip(every.iter().flatten()) {
                        for policy in Policy::ALL {
                            let of = |point: &RangeMapPoint| point.parts(criterion, policy, 2.0);
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
                            assert_eq!(has, SumKind::for_criterion(criterion).covers(other));
                        }
                    }
                }
            }
        }
    }
}
