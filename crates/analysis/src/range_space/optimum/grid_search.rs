//! A coarse grid over both ends, measured once for all metrics, and the local minima in it.

use serde::{Deserialize, Serialize};

use super::objective::Objective;
use crate::range_report::RangeSettings;
use crate::range_space::RangePoint;
use fathom_core::metrics::Criterion;
use fathom_core::quant::{CodeKind, OutputRange};
use fathom_core::stats::Distribution;

/// Code cells measured on the whole grid: 2^18 allow 1,000 ranges of 256 values, or 128 x 128 ranges of the coarsest codes.
const GRID_CELLS: f64 = 262_144.0;

/// Bounds of the number of grid points per side.
const MIN_SIDE: f64 = 24.0;
const MAX_SIDE: f64 = 128.0;

/// Bounds of the number of minima refined per metric. Few depths allow more, because they have many minima and are cheap to measure.
const MIN_MINIMA: usize = 4;
const MAX_MINIMA: usize = 24;

/// A grid point whose cost under one metric is no higher than that of its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GridMinimum {
    /// The metric.
    pub criterion: Criterion,
    /// The measured range.
    pub point: RangePoint,
    /// Half the distance to the neighbours along the start and along the end, in metres.
    pub half_spacing_m: (f64, f64),
}

/// Returns the maximum number of distinct values that a code gives these depths.
fn cells(depths: &Distribution, settings: &RangeSettings) -> f64 {
    let levels = settings.bits.steps() as usize + 1;
    depths.values_m().len().min(levels).max(1) as f64
}

/// Returns the minima of one metric to be refined, lowest first.
pub(super) fn lowest(objective: &Objective<'_>, minima: &[GridMinimum]) -> Vec<GridMinimum> {
    let is_own = |minimum: &&GridMinimum| minimum.criterion == objective.criterion;
    let mut own: Vec<GridMinimum> = minima.iter().filter(is_own).copied().collect();
    own.sort_by(|a, b| {
        let (a, b) = (objective.rank(&a.point), objective.rank(&b.point));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let affordable = (2048.0 / cells(objective.depths, &objective.settings)) as usize;
    own.truncate(affordable.clamp(MIN_MINIMA, MAX_MINIMA));
    own
}

/// Rows of the grid, with one more row on each side, which decide whether points of the first and the last row are minima.
pub(super) struct GridRows {
    starts_m: Vec<f64>,
    ends_m: Vec<f64>,
    /// The rows whose minima are returned.
    own: std::ops::Range<usize>,
    /// Measured ranges, row by row from `first` on.
    points: Vec<Option<RangePoint>>,
    first: usize,
}

impl GridRows {
    /// Measures the rows of part `part` of `parts`.
    pub(super) fn measure(
        depths: &Distribution,
        settings: &RangeSettings,
        part: usize,
        parts: usize,
    ) -> Self {
        let cells = cells(depths, settings);
        let side = (GRID_CELLS / cells).sqrt().clamp(MIN_SIDE, MAX_SIDE) as usize;
        let extent = DataExtent::new(depths);
        // A zero point widens every start above 0 to 0.
        let starts_m = match settings.code {
            CodeKind::Uniform => extent.starts(side),
            CodeKind::UniformZeroPoint => vec![0.0],
        };
        let ends_m = extent.ends(side);
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
                Some(RangePoint::measure(depths, range, settings))
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

    /// Returns the minima of these rows under a metric.
    pub(super) fn minima(&self, criterion: Criterion, clipping_weight: f64) -> Vec<GridMinimum> {
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
                let Some(point) = self.points[cell].filter(|_| self.is_minimum(&ranks, cell))
                else {
                    continue;
                };
                out.push(GridMinimum {
                    criterion,
                    point,
                    half_spacing_m: (
                        spacing(&self.starts_m, row) / 2.0,
                        spacing(&self.ends_m, column) / 2.0,
                    ),
                });
            }
        }
        out
    }

    /// Returns true if no neighbour has a lower rank.
    fn is_minimum(&self, ranks: &[Option<(f64, f64)>], cell: usize) -> bool {
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

/// The extent of the depths, in metres.
///
/// The grid divides it by equal distances, which suit narrow data, and by equal ratios, which suit long tails.
pub(super) struct DataExtent {
    min_m: f64,
    max_m: f64,
    pub(super) width_m: f64,
}

impl DataExtent {
    pub(super) fn new(depths: &Distribution) -> Self {
        let (min_m, max_m) = (depths.min_m(), depths.max_m());
        Self {
            min_m,
            max_m,
            // A single depth has a neighbourhood too.
            width_m: (max_m - min_m).max(1e-3 * max_m).max(1e-6),
        }
    }

    /// Returns the depths at a share (0 to 1) of the extent, by distance and by ratio.
    fn at(&self, share: f64) -> [f64; 2] {
        let ratio = libm::log(self.max_m / self.min_m.max(1e-6 * self.max_m));
        let far = self.max_m * libm::exp(ratio * (share - 1.0));
        [self.min_m + share * self.width_m, far]
    }

    /// Returns the starts of the grid: from a tenth of the width below the nearest depth to the farthest depth.
    fn starts(&self, side: usize) -> Vec<f64> {
        let shares = (0..side / 2).map(|i| -0.1 + 1.1 * i as f64 / (side / 2) as f64);
        ascending(
            shares
                .flat_map(|share| self.at(share))
                .chain([0.0, self.min_m]),
        )
    }

    /// Returns the ends of the grid: from the nearest depth to a third of the width beyond the farthest depth.
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

/// Sorts the places that are not negative, without duplicates.
fn ascending(places: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut places: Vec<f64> = places.filter(|place| *place >= 0.0).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    places
}

/// Returns the larger distance from a place to its neighbours.
fn spacing(places: &[f64], i: usize) -> f64 {
    let gap = |j: usize| places.get(j + 1).map_or(0.0, |next| next - places[j]);
    gap(i).max(if i > 0 { gap(i - 1) } else { 0.0 })
}
