//! Input of a heat map, and the result of a hit test on it.

use super::super::axes::AxisSpec;
use super::super::line_chart::Spot;
use super::heat_grid::HeatGrid;
use fathom_core::i18n::tr;

/// A line of equal value.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The value.
    pub value: f64,
    /// Its label; may be empty.
    pub label: String,
}

impl Level {
    /// Lines about the valley of the smallest value: 10 %, 50 %, twice and five times as much.
    #[must_use]
    pub fn around_least(least: f64) -> Vec<Self> {
        let levels = [
            (1.1, "+10 %"),
            (1.5, "+50 %"),
            (2.0, "\u{d7}2"),
            (5.0, "\u{d7}5"),
        ];
        let level = |(factor, label): (f64, &str)| Self {
            value: least * factor,
            label: label.to_owned(),
        };
        levels.into_iter().map(level).collect()
    }

    /// Lines about the summit of the largest share: 0.5, 2, 5 and 10 percentage points less.
    #[must_use]
    pub fn around_most(most: f64) -> Vec<Self> {
        let level = |less: f64| Self {
            value: most - less,
            label: tr!("\u{2212}{} points", less * 100.0),
        };
        [0.005, 0.02, 0.05, 0.1].into_iter().map(level).collect()
    }
}

/// Input of the heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatInput {
    /// The horizontal axis.
    pub x: AxisSpec,
    /// The vertical axis.
    pub y: AxisSpec,
    /// The quantity in colours: its name, unit and spacing.
    pub value: AxisSpec,
    /// Its values.
    pub grid: HeatGrid,
    /// Lines of equal value.
    pub levels: Vec<Level>,
    /// Marked points: the best, the current one, candidates. Earlier ones have priority for labels.
    pub spots: Vec<Spot>,
}

/// The cell under a pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatHit {
    /// Its row and column in the grid.
    pub cell: (usize, usize),
    /// Its coordinate along the horizontal axis.
    pub x: f64,
    /// Its coordinate along the vertical axis.
    pub y: f64,
    /// Its value, if it has one.
    pub value: Option<f64>,
}
