//! Input of a chart of curves: axes, curves, bands, marks and dots.

use super::super::axes::AxisSpec;
use super::super::scene::{Ink, Tint};

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its points by ascending x, in the units of the axes. Where y is no number, or has no logarithm on a logarithmic axis, the curve
    /// is broken.
    pub points: Vec<(f64, f64)>,
    /// Its colour.
    pub tint: Tint,
    /// Its width in CSS pixels.
    pub width: f64,
    /// True for a dashed curve: bounds and predictions.
    pub dashed: bool,
}

impl Series {
    /// A solid curve of ordinary width.
    pub fn new(
        name: impl Into<String>,
        tint: impl Into<Tint>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        Self {
            name: name.into(),
            points: points.into_iter().collect(),
            tint: tint.into(),
            width: 2.0,
            dashed: false,
        }
    }

    /// Curve number `place` of many: six colours, then the same dashed, then the same bold and dashed.
    pub fn numbered(
        name: impl Into<String>,
        place: usize,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let series = Self::new(name, Ink::series(place), points);
        match place / 6 {
            0 => series,
            1 => series.dashed(),
            _ => series.dashed().bold(),
        }
    }

    /// The same curve, dashed.
    #[must_use]
    pub fn dashed(self) -> Self {
        Self {
            dashed: true,
            ..self
        }
    }

    /// The same curve, bold: the total among its parts.
    #[must_use]
    pub fn bold(self) -> Self {
        Self { width: 3.0, ..self }
    }
}

/// A filled band between two curves, such as two quantiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Name for the readout and the label: "90 % of F - G".
    pub name: String,
    /// x, lower and upper edge, by ascending x.
    pub edges: Vec<(f64, f64, f64)>,
    /// Its colour, which is made soft.
    pub tint: Tint,
}

/// A vertical line with a label: a candidate, the pick of a calibrator, what is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its x.
    pub x: f64,
    /// Its label.
    pub label: String,
    /// Its colour.
    pub tint: Tint,
    /// True for a dashed line.
    pub dashed: bool,
}

/// A dot with a label beside it, such as the best point of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Its x and y.
    pub at: (f64, f64),
    /// Its label; may be empty.
    pub label: String,
    /// Its colour.
    pub tint: Tint,
}

/// Input of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct LineInput {
    /// The horizontal axis.
    pub x: AxisSpec,
    /// The vertical axis.
    pub y: AxisSpec,
    /// The curves, back to front.
    pub series: Vec<Series>,
    /// Bands behind them.
    pub bands: Vec<Band>,
    /// Vertical lines.
    pub marks: Vec<Mark>,
    /// Labelled dots.
    pub spots: Vec<Spot>,
    /// Connections between two x, drawn as arcs above the plot.
    pub arcs: Vec<(f64, f64)>,
    /// Names of places on the horizontal axis, for the readout and the table: by x.
    pub place_names: Vec<(f64, String)>,
    /// Index of the focused curve: the others become pale.
    pub focus: Option<usize>,
}

impl LineInput {
    /// Curves alone.
    #[must_use]
    pub fn new(x: AxisSpec, y: AxisSpec, series: Vec<Series>) -> Self {
        Self {
            x,
            y,
            series,
            bands: Vec::new(),
            marks: Vec::new(),
            spots: Vec::new(),
            arcs: Vec::new(),
            place_names: Vec::new(),
            focus: None,
        }
    }

    /// A place of the horizontal axis as text: its name, or its value.
    pub(super) fn place_text(&self, x: f64) -> String {
        let name = self.place_names.iter().find(|(place, _)| *place == x);
        name.map_or_else(|| self.x.quantity.text(x), |(_, name)| name.clone())
    }

    pub(super) fn all_x(&self) -> impl Iterator<Item = f64> + '_ {
        let series = self.series.iter().flat_map(|s| &s.points).map(|p| p.0);
        let bands = self.bands.iter().flat_map(|b| &b.edges).map(|e| e.0);
        series.chain(bands).chain(self.spots.iter().map(|s| s.at.0))
    }

    pub(super) fn all_y(&self) -> impl Iterator<Item = f64> + '_ {
        let series = self.series.iter().flat_map(|s| &s.points).map(|p| p.1);
        let bands = self.bands.iter().flat_map(|b| &b.edges);
        let bands = bands.flat_map(|e| [e.1, e.2]);
        series.chain(bands).chain(self.spots.iter().map(|s| s.at.1))
    }

    /// The x of all series, ascending and each once: the rows of the table with the same data.
    #[must_use]
    pub fn places(&self) -> Vec<f64> {
        let points = self.series.iter().flat_map(|s| &s.points);
        let mut places: Vec<f64> = points.map(|p| p.0).filter(|x| x.is_finite()).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        places
    }
}
