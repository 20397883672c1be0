//! Text summaries of charts for readers who cannot see them: minimum and maximum of each quantity, with their positions.
//!
//! Layout must be absent here: a summary is the same at every size.

use super::budget_bar::BudgetInput;
use super::error_map_chart::ErrorMapChart;
use super::frame_strip::FrameStrip;
use super::heat_map::HeatInput;
use super::line_chart::LineInput;
use super::staircase::Profile;
use fathom_core::i18n::tr;
use fathom_core::units;

/// A value and its position, as texts with units.
#[derive(Clone, Debug, PartialEq)]
pub struct LocatedValue {
    /// The value.
    pub value: String,
    /// The position.
    pub at: String,
}

/// Minimum and maximum of one quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Extremes {
    /// Name of the quantity.
    pub what: String,
    /// Minimum; the first of equal values.
    pub least: LocatedValue,
    /// Maximum; the first of equal values.
    pub most: LocatedValue,
}

impl Extremes {
    /// Finds the extremes of positions with values; `None` without a finite value.
    fn find<P: Copy>(
        what: impl Into<String>,
        points: impl IntoIterator<Item = (P, f64)>,
        at: impl Fn(P) -> String,
        value: impl Fn(f64) -> String,
    ) -> Option<Self> {
        let mut ends: Option<[(P, f64); 2]> = None;
        for point in points.into_iter().filter(|p| p.1.is_finite()) {
            let [least, most] = ends.get_or_insert([point, point]);
            if point.1 < least.1 {
                *least = point;
            }
            if point.1 > most.1 {
                *most = point;
            }
        }
        let placed = |(place, number): (P, f64)| LocatedValue {
            value: value(number),
            at: at(place),
        };
        ends.map(|[least, most]| Self {
            what: what.into(),
            least: placed(least),
            most: placed(most),
        })
    }

    /// "RMSE: least 182 mm at 130 m, most 3.66 m at 7.5 m".
    #[must_use]
    pub fn text(&self) -> String {
        let Self { what, least, most } = self;
        if least.value == most.value {
            return tr!("{what}: {} throughout", least.value, what);
        }
        tr!(
            "{what}: least {} at {}, most {} at {}",
            least.value,
            least.at,
            most.value,
            most.at,
            what
        )
    }
}

/// Joins all extremes in one line; `None` if there are none.
#[must_use]
pub fn summary_text(extremes: &[Extremes]) -> Option<String> {
    let texts: Vec<String> = extremes.iter().map(Extremes::text).collect();
    (!texts.is_empty()).then(|| format!("{}.", texts.join(". ")))
}

impl LineInput {
    /// The extremes of every curve.
    #[must_use]
    pub fn summary(&self) -> Vec<Extremes> {
        let of = |series: &super::Series| {
            let points = series.points.iter().copied();
            let at = |x| self.x.quantity.text(x);
            Extremes::find(series.name.as_str(), points, at, |y| {
                self.y.quantity.text(y)
            })
        };
        self.series.iter().filter_map(of).collect()
    }
}

impl HeatInput {
    /// The extremes of the map.
    #[must_use]
    pub fn summary(&self) -> Vec<Extremes> {
        let cells = self.grid.values().map(|(x, y, value)| ((x, y), value));
        let at = |(x, y)| {
            let (across, up) = (self.x.quantity.text(x), self.y.quantity.text(y));
            format!("{} {across}, {} {up}", self.x.title, self.y.title)
        };
        let value = |v| self.value.quantity.text(v);
        Extremes::find(self.value.title.as_str(), cells, at, value)
            .into_iter()
            .collect()
    }
}

impl ErrorMapChart {
    /// The extremes over the image.
    #[must_use]
    pub fn summary(&self) -> Vec<Extremes> {
        let at = |(row, column): (usize, usize)| tr!("row {}, column {}", row + 1, column + 1);
        Extremes::find(self.error().name(), self.means_m(), at, units::length)
            .into_iter()
            .collect()
    }
}

impl FrameStrip {
    /// The extremes of both predictions over the frames.
    #[must_use]
    pub fn summary(&self) -> Vec<Extremes> {
        let of = |what: &str, rmse_m: fn(&fathom_analysis::compare::FrameRow) -> f64| {
            let points = self.rows().iter().map(|row| (row.frame, rmse_m(row)));
            let at = |frame: usize| tr!("frame {}", frame + 1);
            Extremes::find(what, points, at, units::length)
        };
        [
            of("FP32", |row| row.rmse_fp32_m),
            of("INT8", |row| row.rmse_int8_m),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Profile {
    /// The extremes of each map along the line.
    #[must_use]
    pub fn summary(&self) -> Vec<Extremes> {
        let of = |(what, depths_m): (&str, &[Option<f64>])| {
            let points = depths_m.iter().enumerate();
            let points = points.filter_map(|(place, depth_m)| Some((place, (*depth_m)?)));
            let at = |place: usize| tr!("position {place}", place);
            Extremes::find(what, points, at, units::depth)
        };
        self.traces().into_iter().filter_map(of).collect()
    }
}

impl BudgetInput {
    /// Every bar with its size.
    #[must_use]
    pub fn summary(&self) -> Option<String> {
        let bars = self.rows().iter();
        let texts: Vec<String> = bars
            .map(|row| format!("{} {}", row.part.name(), row.text()))
            .collect();
        (!texts.is_empty()).then(|| format!("{}.", texts.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AxisSpec, HeatCell, HeatGrid, Ink, Quantity, Series};
    use super::*;
    use fathom_analysis::compare::{ERROR_MAP_COLUMNS, ERROR_MAP_ROWS, ErrorMapSums};

    fn texts(extremes: &[Extremes]) -> Vec<String> {
        extremes.iter().map(Extremes::text).collect()
    }

    #[test]
    fn extremes_of_curves_skip_gaps() {
        let points = [(1.0, 0.5), (2.0, f64::NAN), (3.0, 0.2), (4.0, 0.2)];
        let input = LineInput::new(
            AxisSpec::linear(Quantity::Depth, "end"),
            AxisSpec::log(Quantity::Length, "RMSE"),
            vec![
                Series::new("8 bits", Ink::Series1, points),
                Series::new("bound", Ink::Series2, [(1.0, 0.1), (4.0, 0.1)]),
                Series::new("none", Ink::Series3, [(1.0, f64::NAN)]),
            ],
        );
        assert_eq!(
            texts(&input.summary()),
            [
                "8 bits: least 200 mm at 3 m, most 500 mm at 1 m",
                "bound: 100 mm throughout"
            ]
        );
        let text = summary_text(&input.summary()).expect("there are curves");
        assert!(text.ends_with(". bound: 100 mm throughout."), "{text}");
        assert_eq!(summary_text(&[]), None);
    }

    #[test]
    fn extremes_of_a_map_have_both_coordinates() {
        let input = HeatInput {
            x: AxisSpec::log(Quantity::Depth, "end"),
            y: AxisSpec::log(Quantity::Depth, "start"),
            value: AxisSpec::log(Quantity::Length, "rmse"),
            grid: HeatGrid {
                xs: vec![10.0, 20.0],
                ys: vec![0.5, 1.0],
                cells: vec![
                    HeatCell::Value(0.3),
                    HeatCell::Value(0.1),
                    HeatCell::Blank,
                    HeatCell::Value(2.0),
                ],
            },
            levels: Vec::new(),
            spots: Vec::new(),
        };
        assert_eq!(
            texts(&input.summary()),
            ["rmse: least 100 mm at end 20 m, start 0.5 m, most 2.00 m at end 20 m, start 1 m"]
        );
    }

    #[test]
    fn rows_count_from_one_and_empty_cells_are_skipped() {
        let mut place = ErrorMapSums {
            cells: vec![
                fathom_analysis::compare::ErrorTriple::default();
                ERROR_MAP_COLUMNS * ERROR_MAP_ROWS
            ],
            ..ErrorMapSums::default()
        };
        let map = ErrorMapChart::new(400.0, &place, super::super::ErrorMapKind::Quantization);
        assert_eq!(map.summary(), []);
        place.cells[ERROR_MAP_COLUMNS + 2].q.push(0.25);
        place.cells[3].q.push(-0.5);
        let map = ErrorMapChart::new(400.0, &place, super::super::ErrorMapKind::Quantization);
        assert_eq!(
            texts(&map.summary()),
            [
                "mean of INT8 \u{2212} FP32: least \u{2212}500 mm at row 1, column 4, most 250 mm at row 2, column 3"
            ]
        );
    }

    #[test]
    fn extremes_of_a_profile_cover_each_map() {
        let profile = Profile {
            gt_m: vec![None, Some(2.0), Some(3.0)],
            int8_m: vec![Some(1.5), Some(1.5), None],
            ..Profile::default()
        };
        assert_eq!(
            texts(&profile.summary()),
            [
                "ground truth: least 2 m at position 1, most 3 m at position 2",
                "INT8: 1.5 m throughout"
            ]
        );
    }
}
