//! Every metric over both ends of the range.

use super::super::policy::Policy;
use super::super::range_report::Measurement;
use super::coarse_first;
use super::point::RangePoint;
use crate::metrics::Criterion;
use crate::quant::OutputRange;
use crate::stats::Distribution;

/// Ranges with every start of one list and every end of another, measured one by one, coarse first.
#[derive(Clone, Debug)]
pub struct RangeMap {
    starts_m: Vec<f64>,
    ends_m: Vec<f64>,
    how: Measurement,
    order: Vec<usize>,
    points: Vec<Option<RangePoint>>,
}

/// Distance between the cells of the first pass, along both sides.
const COARSE: usize = 8;

impl RangeMap {
    /// Prepares a map over the given starts and ends, in metres.
    #[must_use]
    pub fn new(starts_m: Vec<f64>, ends_m: Vec<f64>, how: Measurement) -> Self {
        let (rows, columns) = (starts_m.len(), ends_m.len());
        // The cells of both coarse lists first, then the rest, row by row.
        let (coarse_rows, coarse_columns) = (coarse_places(rows), coarse_places(columns));
        let mut order: Vec<usize> = (0..rows * columns).collect();
        order.sort_by_key(|&cell| {
            let coarse = coarse_rows[cell / columns] && coarse_columns[cell % columns];
            (coarse, usize::MAX - cell)
        });
        Self {
            points: vec![None; rows * columns],
            starts_m,
            ends_m,
            how,
            order,
        }
    }

    /// A map that holds every sensible range: `rows` starts from zero to where most pixels are lost, by equal distances, and
    /// `columns` ends by equal ratios to a third beyond the largest depth.
    #[must_use]
    pub fn around(depths: &Distribution, rows: usize, columns: usize, how: Measurement) -> Self {
        let share = |i: usize, count: usize| i as f64 / (count.max(2) - 1) as f64;
        let last_start_m = depths.quantile_m(0.75);
        let starts_m = (0..rows).map(|i| last_start_m * share(i, rows)).collect();
        let first_m = 0.8 * depths.quantile_m(0.5);
        let log_ratio = libm::log(depths.max_m() * 4.0 / 3.0 / first_m);
        let ends_m = (0..columns)
            .map(|i| first_m * libm::exp(log_ratio * share(i, columns)))
            .collect();
        Self::new(starts_m, ends_m, how)
    }

    /// Measures one more cell; `true` while there are more.
    pub fn step(&mut self, depths: &Distribution) -> bool {
        let Some(cell) = self.order.pop() else {
            return false;
        };
        let (row, column) = (cell / self.ends_m.len(), cell % self.ends_m.len());
        let range = OutputRange::new(self.starts_m[row], self.ends_m[column]).ok();
        self.points[cell] = range.map(|range| RangePoint::measure(depths, range, &self.how));
        true
    }

    /// Whether every cell is measured.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.order.is_empty()
    }

    /// The starts, in metres: one row each.
    #[must_use]
    pub fn starts_m(&self) -> &[f64] {
        &self.starts_m
    }

    /// The ends, in metres: one column each.
    #[must_use]
    pub fn ends_m(&self) -> &[f64] {
        &self.ends_m
    }

    /// The cell of a start and an end; `None` where it is not measured yet or they make no range.
    #[must_use]
    pub fn point(&self, row: usize, column: usize) -> Option<&RangePoint> {
        if column >= self.ends_m.len() {
            return None;
        }
        self.points.get(row * self.ends_m.len() + column)?.as_ref()
    }

    /// The best cell so far under a metric, all pixels counted.
    #[must_use]
    pub fn best(&self, criterion: Criterion, clipping_weight: f64) -> Option<&RangePoint> {
        let value = |point: &RangePoint| {
            let parts = point.parts(criterion, Policy::Count, clipping_weight);
            parts.map_or(f64::INFINITY, |parts| criterion.cost(parts.value))
        };
        let points = self.points.iter().flatten();
        points.min_by(|a, b| value(a).total_cmp(&value(b)))
    }
}

/// Whether each place belongs to the coarse pass.
fn coarse_places(count: usize) -> Vec<bool> {
    let coarse = count.div_ceil(COARSE);
    let mut out = vec![false; count];
    for &i in coarse_first(count, COARSE).iter().rev().take(coarse) {
        out[i] = true;
    }
    if let Some(last) = out.last_mut() {
        *last = true;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Resolution;

    #[test]
    fn a_map_ends_with_every_range_and_is_coarse_before() {
        let values: Vec<f64> = (1..2000).map(|i| 0.4 + f64::from(i * i) * 1e-5).collect();
        let counts = vec![1; values.len()];
        let depths = Distribution::new(values, counts, Resolution::Exact).expect("depths");
        let how = Measurement::default();
        let mut map = RangeMap::around(&depths, 20, 24, how);
        for _ in 0..16 {
            assert!(map.step(&depths));
        }
        let measured = |map: &RangeMap, row, column| map.point(row, column).is_some();
        assert!(measured(&map, 0, 0) && measured(&map, 19, 23) && measured(&map, 0, 23));
        assert!(!measured(&map, 1, 1) && !map.is_done());
        while map.step(&depths) {}
        assert!(map.is_done());
        for (row, &start_m) in map.starts_m().iter().enumerate() {
            for (column, &end_m) in map.ends_m().iter().enumerate() {
                let expected = OutputRange::new(start_m, end_m)
                    .ok()
                    .map(|range| RangePoint::measure(&depths, range, &how));
                assert_eq!(map.point(row, column), expected.as_ref());
            }
        }
        let best = map.best(Criterion::Rmse, 1.0).expect("cells").range;
        assert!(best.max_m() > 0.7 * depths.max_m());
        assert_eq!(map.point(0, 24), None);
        assert_eq!(map.point(20, 0), None);
    }
}
