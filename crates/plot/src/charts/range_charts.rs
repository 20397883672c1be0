//! Charts of ranges: a metric along one end, and at several bit widths.

use super::{metric_axis, quantity};
use crate::{
    AxisSpec, HeatCell, HeatGrid, HeatHit, HeatInput, Ink, Level, LineInput, Mark, Quantity,
    Series, Spot, Tint,
};
use fathom_analysis::range_space::RangeMapRow;
use fathom_analysis::range_space::{AxisDomain, RangePoint, SweepAxis};
use fathom_analysis::{BestRange, NamedRange, Policy};
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_core::metrics::{Criterion, MetricParts, PartsRule};
use fathom_core::quant::{Bits, OutputRange};
use fathom_core::units;

/// Decades shown under the largest value: smaller parts do not change the total visibly.
const DECADES: f64 = 3.2;

/// Ranges that are marked on a curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RangeMarks {
    /// The range in use.
    pub current: Option<NamedRange>,
    /// Other ranges with their names, such as the picks of calibration methods.
    pub others: Vec<NamedRange>,
    /// The best ends from the start in use, every pixel counted once.
    pub best: Vec<BestRange>,
}

impl RangeMarks {
    /// The best end under a metric, where it is the end of such a curve.
    fn best_along(&self, domain: AxisDomain, criterion: Criterion) -> Option<&BestRange> {
        self.best.iter().find(|best| {
            let (start_m, end_m) = (best.range.min_m(), best.range.max_m());
            Criterion::from(best.metric) == criterion
                && domain.axis == SweepAxis::End { min_m: start_m }
                && (domain.from_m..=domain.to_m).contains(&end_m)
        })
    }
}

/// One swept end of the range: bits of the code, domain of the sweep, its points.
pub type SweptCurve<'a> = (Bits, AxisDomain, &'a [RangePoint]);

/// Values with their parts along the moving end, in metres.
type Parts = Vec<(f64, MetricParts)>;

/// A metric along one end of the range, each clipped error counted `clipping_weight` times. One curve comes with its rounding and its
/// clipping part; of several, each is a line with its bit width. `None` without curves.
#[must_use]
pub fn sweep_chart(
    curves: &[SweptCurve<'_>],
    criterion: Criterion,
    policy: Policy,
    clipping_weight: f64,
    marks: &RangeMarks,
) -> Option<LineInput> {
    let domain = curves.first()?.1;
    let along = |points: &[RangePoint]| -> Parts {
        let part = |p: &RangePoint| {
            let parts = p.parts(criterion, policy, clipping_weight)?;
            Some((moving_end(domain.axis, p.range), parts))
        };
        points.iter().filter_map(part).collect()
    };
    let x = match domain.axis {
        SweepAxis::End { .. } => AxisSpec::log(Quantity::Depth, tr!("end of the range")),
        SweepAxis::Start { .. } => AxisSpec::linear(Quantity::Depth, tr!("start of the range")),
    }
    .over(domain.from_m, domain.to_m);
    let mut input = LineInput::new(x, metric_axis(criterion), Vec::new());
    input.marks = marked(domain, marks);
    let lowest = |parts: &Parts| {
        let totals = parts.iter().map(|(at, parts)| (*at, parts.value));
        totals.min_by(|a, b| criterion.cost(a.1).total_cmp(&criterion.cost(b.1)))
    };
    let mut bests = Vec::new();
    if let [(_, _, points)] = curves {
        let parts = along(points);
        let best = marks.best_along(domain, criterion);
        let best = best.filter(|_| clipping_weight == 1.0);
        bests.extend(best_spot(best, lowest(&parts), criterion));
        show_parts(&mut input, &parts, criterion);
    } else {
        for (place, (bits, _, points)) in curves.iter().enumerate() {
            let parts = along(points);
            let tint = Tint::ordered(place, curves.len());
            bests.extend(lowest(&parts).map(|at| Spot {
                at,
                label: String::new(),
                tint,
            }));
            let name = units::counted(usize::from(bits.get()), units::Noun::Bit);
            let values = parts.iter().map(|(at, parts)| (*at, parts.value));
            input.series.push(Series::new(name, tint, values));
        }
    }
    // Pixels that a policy leaves out cost nothing, so the narrowest range would be best.
    if policy == Policy::Count {
        input.spots = bests;
    }
    Some(input)
}

/// Adds the curves of the parts and of the total, with the axis that shows them.
fn show_parts(input: &mut LineInput, parts: &Parts, criterion: Criterion) {
    let of = |part: fn(&MetricParts) -> f64| {
        parts
            .iter()
            .map(|(at, parts)| (*at, part(parts)))
            .collect::<Vec<_>>()
    };
    // Parts of a share of good pixels are what is missing to all: another scale, another chart.
    if criterion.rule() != PartsRule::Loss {
        let (rounding, clipping) = match criterion {
            Criterion::Bias => (tr!("rounding"), tr!("clipping")),
            _ => (tr!("rounding part"), tr!("clipping part")),
        };
        input.series = vec![
            Series::new(rounding, Ink::Rounding, of(|p| p.rounding)),
            Series::new(clipping, Ink::Clipping, of(|p| p.clipping)),
        ];
    }
    let total = Series::new(criterion.name(), Ink::Primary, of(|p| p.value));
    input.series.push(total.bold());
    if input.y.spacing != crate::Spacing::Log {
        return;
    }
    let largest = parts.iter().map(|p| p.1.value).fold(0.0, f64::max);
    let floor = largest * libm::exp10(-DECADES);
    let values = input.series.iter().flat_map(|s| &s.points).map(|p| p.1);
    let least = values.filter(|v| *v > floor).fold(largest, f64::min);
    if largest > 0.0 {
        input.y = input.y.clone().over(least * 0.8, largest * 1.25);
    }
}

/// The best end with its value: that of the search, unless a point of the curve is lower.
fn best_spot(
    searched: Option<&BestRange>,
    lowest: Option<(f64, f64)>,
    criterion: Criterion,
) -> Option<Spot> {
    let text = |at: (f64, f64)| (units::depth(at.0), quantity(criterion).text(at.1));
    let is_best = |best: &(f64, f64)| {
        lowest.is_none_or(|lowest| criterion.cost(best.1) <= criterion.cost(lowest.1))
    };
    // The points of the curve lie beside the best end. If one is lower, it is better than the best end found so far.
    let searched = searched.map(|best| (best.range.max_m(), best.value));
    let (at, label) = if let Some(at) = searched.filter(is_best) {
        let (end, value) = text(at);
        (at, tr!("best here: {}, {}", end, value))
    } else {
        let at = lowest?;
        let (end, value) = text(at);
        (at, tr!("lowest drawn: {}, {}", end, value))
    };
    Some(Spot {
        at,
        label,
        tint: Ink::Best.into(),
    })
}

/// The end of a range that moves along an axis, in metres.
fn moving_end(axis: SweepAxis, range: OutputRange) -> f64 {
    match axis {
        SweepAxis::End { .. } => range.max_m(),
        SweepAxis::Start { .. } => range.min_m(),
    }
}

fn marked(domain: AxisDomain, marks: &RangeMarks) -> Vec<Mark> {
    let mark = |named: &NamedRange, tint: Tint, dashed| {
        let x = moving_end(domain.axis, named.range);
        let shown = (domain.from_m..=domain.to_m).contains(&x);
        shown.then(|| Mark {
            x,
            label: tr_dynamic(&named.name).to_owned(),
            tint,
            dashed,
        })
    };
    let others = marks
        .others
        .iter()
        .filter_map(|named| mark(named, Ink::Muted.into(), true));
    let current = marks
        .current
        .iter()
        .filter_map(|named| mark(named, Ink::Chosen.into(), false));
    current.chain(others).collect()
}

/// A metric over both ends from the measured rows; `None` without any. The lowest measured cell is marked as the best
/// so far, where every pixel counts.
#[must_use]
pub fn range_map(
    rows: &[&RangeMapRow],
    criterion: Criterion,
    policy: Policy,
    clipping_weight: f64,
    current: Option<OutputRange>,
) -> Option<HeatInput> {
    let first = rows.first()?;
    let (starts_m, ends_m) = (&first.axes.starts_m, &first.axes.ends_m);
    let mut cells = vec![HeatCell::Pending; starts_m.len() * ends_m.len()];
    let mut best: Option<(f64, (f64, f64), f64)> = None;
    for row in rows {
        let from = row.row as usize * ends_m.len();
        for (column, point) in row.points.iter().enumerate() {
            let value = point
                .as_ref()
                .and_then(|p| Some((p, p.parts(criterion, policy, clipping_weight)?.value)));
            let Some(cell) = cells.get_mut(from + column) else {
                continue;
            };
            *cell = value.map_or(HeatCell::Blank, |(_, value)| HeatCell::Value(value));
            if let Some((point, value)) = value {
                let cost = criterion.cost(value);
                if best.is_none_or(|b| cost < b.0) {
                    let range = point.range();
                    best = Some((cost, (range.max_m(), range.min_m()), value));
                }
            }
        }
    }
    let mut spots = Vec::new();
    let mut levels = Vec::new();
    if let Some((_, at, value)) = best {
        levels = if criterion.rule() == PartsRule::Loss {
            Level::around_most(value)
        } else if value > 0.0 {
            Level::around_least(value)
        } else {
            Vec::new()
        };
        if policy == Policy::Count {
            spots.push(Spot {
                at,
                label: tr!(
                    "best cell {}: {}",
                    units::range(at.1, at.0),
                    quantity(criterion).text(value)
                ),
                tint: Ink::Best.into(),
            });
        }
    }
    if let Some(range) = current {
        spots.push(Spot {
            at: (range.max_m(), range.min_m()),
            label: tr!("in use").to_owned(),
            tint: Ink::Chosen.into(),
        });
    }
    Some(HeatInput {
        x: AxisSpec::log(Quantity::Depth, tr!("end of the range")),
        y: AxisSpec::linear(Quantity::Depth, tr!("start of the range")),
        value: metric_axis(criterion),
        grid: HeatGrid {
            xs: ends_m.clone(),
            ys: starts_m.clone(),
            cells,
        },
        levels,
        spots,
    })
}

/// The range under a pointer, its ends rounded to three digits: what a hand can aim at. `None` where they make no range.
#[must_use]
pub fn map_range(hit: &HeatHit) -> Option<OutputRange> {
    let rounded = |v: f64| format!("{v:.2e}").parse::<f64>().unwrap_or(v);
    OutputRange::new(rounded(hit.y), rounded(hit.x)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LineChart;
    use fathom_analysis::range_space::{AxisSweep, RangeMapAxes, SumKind};
    use fathom_analysis::{BestEndSearch, RangeSettings, SweepDomain};
    use fathom_core::quant::OutputRange;
    use fathom_core::stats::{Distribution, Resolution};

    fn depths() -> Distribution {
        let values: Vec<f64> = (0..4000)
            .map(|i| 0.3 * libm::exp(f64::from(i) / 1000.0))
            .collect();
        Distribution::new(values, vec![1; 4000], Resolution::Exact).expect("depths")
    }

    fn swept(axis: SweepAxis, how: RangeSettings) -> (AxisDomain, Vec<RangePoint>) {
        let depths = depths();
        let domain = match axis {
            SweepAxis::End { min_m } => AxisDomain::ends(&depths, min_m, &[]),
            SweepAxis::Start { max_m } => AxisDomain::starts(&depths, max_m),
        };
        let mut sweep = AxisSweep::new(domain, how);
        while sweep.step(&depths) {}
        (domain, sweep.points().copied().collect())
    }

    fn named(name: &str, max_m: f64) -> NamedRange {
        NamedRange {
            name: name.to_owned(),
            range: OutputRange::new(0.5, max_m).expect("a range"),
        }
    }

    #[test]
    fn the_best_point_is_the_lowest_of_the_curve() {
        let (domain, points) = swept(SweepAxis::End { min_m: 0.5 }, RangeSettings::default());
        let marks = RangeMarks {
            current: Some(named("mine", 6.0)),
            others: vec![named("far away", 1e6), named("percentile", 12.0)],
            ..RangeMarks::default()
        };
        for criterion in Criterion::ALL {
            let curve = (Bits::EIGHT, domain, points.as_slice());
            let input = sweep_chart(&[curve], criterion, Policy::Count, 1.0, &marks);
            let input = input.expect("a chart");
            let total = input.series.last().expect("a curve");
            assert_eq!(total.name, criterion.name());
            let least = total
                .points
                .iter()
                .map(|p| criterion.cost(p.1))
                .fold(f64::INFINITY, f64::min);
            assert_eq!(
                criterion.cost(input.spots[0].at.1),
                least,
                "{}",
                criterion.name()
            );
            // A mark beyond the axis is left out.
            let labels: Vec<&str> = input.marks.iter().map(|m| m.label.as_str()).collect();
            assert_eq!(labels, ["mine", "percentile"]);
            let scene = LineChart::new(700.0, 380.0, &input).scene(&input, None);
            assert!(scene.texts().any(|t| t.contains("end of the range")));
        }
    }

    #[test]
    fn the_best_end_that_was_searched_stands_in_for_the_lowest_point() {
        let how = RangeSettings::default();
        let (domain, points) = swept(SweepAxis::End { min_m: 0.5 }, how);
        let searched = SweepDomain {
            min_m: 0.5,
            from_m: domain.from_m,
            to_m: domain.to_m,
        };
        let marks = RangeMarks {
            best: BestEndSearch::new(searched, how).run(&depths()),
            ..RangeMarks::default()
        };
        for best in &marks.best {
            let criterion = Criterion::from(best.metric);
            let of = |weight, marks| {
                let curve = (Bits::EIGHT, domain, points.as_slice());
                let input = sweep_chart(&[curve], criterion, Policy::Count, weight, marks);
                let input = input.expect("a chart");
                (input.spots[0].at, input.spots[0].label.clone())
            };
            let (at, label) = of(1.0, &marks);
            assert_eq!(at, (best.range.max_m(), best.value));
            assert!(label.starts_with("best here"), "{label}");
            // Of another weight, and without a search, the lowest point is all that is known.
            for (weight, marks) in [(2.0, &marks), (1.0, &RangeMarks::default())] {
                let (at, label) = of(weight, marks);
                assert!(label.starts_with("lowest drawn"), "{label}");
                assert!(points.iter().any(|point| point.range.max_m() == at.0));
            }
        }
    }

    #[test]
    fn parts_make_the_total() {
        let (domain, points) = swept(SweepAxis::Start { max_m: 9.0 }, RangeSettings::default());
        let input = sweep_chart(
            &[(Bits::EIGHT, domain, &points)],
            Criterion::Rmse,
            Policy::Count,
            3.0,
            &RangeMarks::default(),
        )
        .expect("a chart");
        let [rounding, clipping, total] = &input.series[..] else {
            panic!("three curves")
        };
        for ((r, c), t) in rounding
            .points
            .iter()
            .zip(&clipping.points)
            .zip(&total.points)
        {
            assert!((r.1 * r.1 + c.1 * c.1 - t.1 * t.1).abs() < 1e-12);
        }
    }

    #[test]
    fn no_range_is_best_where_clipping_is_free() {
        let how = RangeSettings {
            policy: Policy::Exclude,
            ..RangeSettings::default()
        };
        let (domain, points) = swept(SweepAxis::End { min_m: 0.5 }, how);
        let marks = RangeMarks::default();
        let input = sweep_chart(
            &[(Bits::EIGHT, domain, &points)],
            Criterion::Rmse,
            Policy::Exclude,
            1.0,
            &marks,
        )
        .expect("a chart");
        assert!(input.spots.is_empty());
    }

    #[test]
    fn a_map_marks_its_lowest_cell() {
        let depths = depths();
        let how = RangeSettings::default();
        let rows: Vec<RangeMapRow> = [0, 4, 7]
            .into_iter()
            .map(|row| {
                let axes = RangeMapAxes::around(&depths, 8, 8);
                let points = axes.row(&depths, row as usize, &how, SumKind::Squares);
                RangeMapRow {
                    axes,
                    row,
                    points: points.expect("a row of the map"),
                }
            })
            .collect();
        let rows: Vec<&RangeMapRow> = rows.iter().collect();
        let current = OutputRange::new(0.5, 6.0).ok();
        let input = range_map(&rows, Criterion::Rmse, Policy::Count, 1.0, current).expect("rows");
        let values: Vec<f64> = input.grid.values().map(|v| v.2).collect();
        assert!(values.len() > 8 && values.len() <= 24);
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let best = &input.spots[0];
        let at_best = input
            .grid
            .values()
            .find(|v| v.2 == least)
            .map(|v| (v.0, v.1))
            .expect("a cell");
        assert_eq!(best.at, at_best);
        assert_eq!(input.spots[1].at, (6.0, 0.5));
        let excluded = range_map(&rows, Criterion::Rmse, Policy::Exclude, 1.0, None).expect("rows");
        assert!(excluded.spots.is_empty());
        assert_eq!(
            range_map(&[], Criterion::Rmse, Policy::Count, 1.0, None),
            None
        );
    }

    #[test]
    fn a_family_has_a_curve_and_a_best_point_per_width() {
        let widths = [4, 8, 12].map(|bits| Bits::new(bits).expect("bits"));
        let curves: Vec<_> = widths
            .iter()
            .map(|&bits| {
                let how = RangeSettings {
                    bits,
                    ..RangeSettings::default()
                };
                let (domain, points) = swept(SweepAxis::End { min_m: 0.5 }, how);
                (bits, domain, points)
            })
            .collect();
        let borrowed: Vec<_> = curves
            .iter()
            .map(|(b, d, p)| (*b, *d, p.as_slice()))
            .collect();
        let marks = RangeMarks::default();
        let input = sweep_chart(&borrowed, Criterion::Rmse, Policy::Count, 1.0, &marks);
        let input = input.expect("a chart");
        let names: Vec<&str> = input.series.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["4 bits", "8 bits", "12 bits"]);
        assert!(input.spots.windows(2).all(|w| w[0].at.1 > w[1].at.1));
    }
}
