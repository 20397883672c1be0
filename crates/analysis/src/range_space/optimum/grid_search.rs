//! The coarse look over both ends: a grid that every metric shares, and the valleys in it.
//!
//! Knows distributions and measured ranges. Must not know how a valley is walked down.

use serde::{Deserialize, Serialize};

use super::OptimumSearch;
use crate::landscape::RangePoint;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_core::stats::Distribution;

/// Cells measured on the whole grid: 2^18 make 1,000 ranges of 256 values, or 128 x 128 of the fewest.
const GRID_CELLS: f64 = 262_144.0;
const LEAST_SIDE: f64 = 24.0;
const MOST_SIDE: f64 = 128.0;

/// Valleys walked down per metric: more where measuring is cheap, because few depths make many teeth.
const LEAST_VALLEYS: usize = 4;
const MOST_VALLEYS: usize = 24;

/// A place of the grid that no neighbour undercuts under one metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Valley {
    /// The metric.
    pub criterion: Criterion,
    /// The range there.
    pub point: RangePoint,
    /// Half the distance to the neighbours along the start and along the end, in metres.
    pub stride_m: (f64, f64),
}

/// The values that a code may give to these depths, at most.
fn cells_of(depths: &Distribution, search: &OptimumSearch) -> f64 {
    let levels = search.how.bits.steps() as usize + 1;
    depths.values_m().len().min(levels).max(1) as f64
}

/// The deepest valleys of one metric, deepest first: as many as are worth a walk on these depths.
pub(super) fn deepest(
    depths: &Distribution,
    search: &OptimumSearch,
    criterion: Criterion,
    valleys: &[Valley],
) -> Vec<Valley> {
    let own = valleys.iter().filter(|v| v.criterion == criterion).copied();
    let rank = |valley: &Valley| valley.point.rank(criterion, search.clipping_weight);
    let mut own: Vec<Valley> = own.collect();
    own.sort_by(|a, b| {
        let (a, b) = (rank(a), rank(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let most = ((2048.0 / cells_of(depths, search)) as usize).clamp(LEAST_VALLEYS, MOST_VALLEYS);
    own.truncate(most);
    own
}

/// Rows of the grid, with the row before and the row behind them, which decide whether their own places are valleys.
pub(super) struct Rows {
    starts_m: Vec<f64>,
    ends_m: Vec<f64>,
    /// The first and the last row whose valleys are asked for.
    own: std::ops::Range<usize>,
    /// Row by row from the one before the first.
    points: Vec<Option<RangePoint>>,
    first: usize,
}

impl Rows {
    /// Measures the rows of part `part` of `parts`.
    pub(super) fn measure(
        depths: &Distribution,
        search: &OptimumSearch,
        part: usize,
        parts: usize,
    ) -> Self {
        let cells = cells_of(depths, search);
        let side = (GRID_CELLS / cells).sqrt().clamp(LEAST_SIDE, MOST_SIDE) as usize;
        let span = Span::of(depths);
        // With a zero point every start above 0 is widened to 0.
        let starts_m = match search.how.code {
            CodeKind::Uniform => span.starts(side),
            CodeKind::UniformZeroPoint => vec![0.0],
        };
        let ends_m = span.ends(side);
        let row = |part: usize| part * starts_m.len() / parts;
        let own = row(part)..row(part + 1);
        let first = own.start.saturating_sub(1);
        let last = if own.is_empty() {
            first
        } else {
            (own.end + 1).min(starts_m.len())
        };
        let mut points = Vec::with_capacity((last - first) * ends_m.len());
        for &start_m in &starts_m[first..last] {
            points.extend(ends_m.iter().map(|&end_m| {
                let range = OutputRange::new(start_m, end_m).ok()?;
                Some(RangePoint::measure(depths, range, &search.how))
            }));
        }
        Self {
            starts_m,
            ends_m,
            own,
            points,
            first,
        }
    }

    /// The places of these rows that no neighbour undercuts.
    pub(super) fn valleys(&self, criterion: Criterion, clipping_weight: f64) -> Vec<Valley> {
        let ranks: Vec<Option<(f64, f64)>> = self
            .points
            .iter()
            .map(|point| point.map(|point| point.rank(criterion, clipping_weight)))
            .collect();
        let columns = self.ends_m.len();
        let mut out = Vec::new();
        for row in self.own.clone() {
            for column in 0..columns {
                let cell = (row - self.first) * columns + column;
                let Some(point) = self.points[cell].filter(|_| self.is_valley(&ranks, cell)) else {
                    continue;
                };
                out.push(Valley {
                    criterion,
                    point,
                    stride_m: (
                        spacing(&self.starts_m, row) / 2.0,
                        spacing(&self.ends_m, column) / 2.0,
                    ),
                });
            }
        }
        out
    }

    fn is_valley(&self, ranks: &[Option<(f64, f64)>], cell: usize) -> bool {
        let columns = self.ends_m.len();
        let rows = ranks.len() / columns;
        let Some(own) = ranks[cell] else {
            return false;
        };
        let (row, column) = (cell / columns, cell % columns);
        let near = (row.saturating_sub(1)..(row + 2).min(rows)).flat_map(|r| {
            (column.saturating_sub(1)..(column + 2).min(columns)).map(move |c| r * columns + c)
        });
        near.filter_map(|other| ranks[other])
            .all(|other| own <= other)
    }
}

/// The data's extent, which the grid follows both by distances and by ratios: one serves narrow data, the other long tails.
pub(super) struct Span {
    min_m: f64,
    max_m: f64,
    pub(super) width_m: f64,
}

impl Span {
    pub(super) fn of(depths: &Distribution) -> Self {
        let (min_m, max_m) = (depths.min_m(), depths.max_m());
        Self {
            min_m,
            max_m,
            // One depth alone still has a neighbourhood.
            width_m: (max_m - min_m).max(1e-3 * max_m).max(1e-6),
        }
    }

    fn at(&self, share: f64) -> [f64; 2] {
        let ratio = libm::log(self.max_m / self.min_m.max(1e-6 * self.max_m));
        let far = self.max_m * libm::exp(ratio * (share - 1.0));
        [self.min_m + share * self.width_m, far]
    }

    fn starts(&self, side: usize) -> Vec<f64> {
        // A tenth of the width before the nearest depth to the farthest one.
        let shares = (0..side / 2).map(|i| -0.1 + 1.1 * i as f64 / (side / 2) as f64);
        ascending(
            shares
                .flat_map(|share| self.at(share))
                .chain([0.0, self.min_m]),
        )
    }

    fn ends(&self, side: usize) -> Vec<f64> {
        let shares = (1..=side / 2).map(|i| i as f64 / (side / 2) as f64);
        let beyond = |at: f64| at + (at - self.min_m).max(0.0) / 3.0;
        ascending(
            shares
                .flat_map(|share| self.at(share))
                .map(beyond)
                .chain([self.max_m]),
        )
    }
}

fn ascending(places: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut places: Vec<f64> = places.filter(|place| *place >= 0.0).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    places
}

/// The larger distance from a place to its neighbours.
fn spacing(places: &[f64], i: usize) -> f64 {
    let gap = |j: usize| places.get(j + 1).map_or(0.0, |next| next - places[j]);
    gap(i).max(if i > 0 { gap(i - 1) } else { 0.0 })
}
