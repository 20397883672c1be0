//! Mean error by position in the image: a coarse map in two colours about zero.

use super::axes::{AxisSpec, Quantity};
use super::plot_rect::PlotRect;
use super::readout::Readout;
use super::scene::{Align, Ink, Scene, Tint, Weight};
use fathom_analysis::compare::{
    ERROR_MAP_COLUMNS, ERROR_MAP_ROWS, ErrorMapSums, ErrorTriple, SignedErrorSums,
};
use fathom_core::i18n::tr;
use fathom_core::units;

/// Space above the map for title and scale, and around it, in CSS pixels.
const TOP: f64 = 62.0;
const SIDE: f64 = 8.0;
const BOTTOM: f64 = 26.0;

/// No wider than this: the cells are few.
const WIDEST: f64 = 480.0;

/// Place of the scale of colours, in CSS pixels.
const SCALE: (f64, f64) = (24.0, 34.0);

/// Least distance of the scale's ticks, in CSS pixels.
const TICK_GAP: f64 = 76.0;

/// Colours on each side of zero.
const COLOURS: usize = 48;

/// The error that the map shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorMapKind {
    /// Of the floating-point network, `F - G`.
    Fp32,
    /// Of quantization, `Q - F`.
    Quantization,
    /// Of the quantized network, `Q - G`.
    Int8,
}

impl ErrorMapKind {
    /// Its name with its meaning.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fp32 => tr!("mean of FP32 \u{2212} ground truth"),
            Self::Quantization => tr!("mean of INT8 \u{2212} FP32"),
            Self::Int8 => tr!("mean of INT8 \u{2212} ground truth"),
        }
    }

    fn pick(self, cell: &ErrorTriple) -> &SignedErrorSums {
        match self {
            Self::Fp32 => &cell.f,
            Self::Quantization => &cell.q,
            Self::Int8 => &cell.total,
        }
    }
}

/// Mean errors of the cells of a grid, row by row from the top, in metres; `None` for cells without pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorMapChart {
    width: f64,
    error: ErrorMapKind,
    columns: usize,
    cells_m: Vec<Option<f64>>,
    most_m: f64,
    frame: PlotRect,
}

impl ErrorMapChart {
    /// Lays out the map of an error for a panel of this width in CSS pixels. The scale reaches as far under zero as over it.
    #[must_use]
    pub fn new(width: f64, place: &ErrorMapSums, error: ErrorMapKind) -> Self {
        let cells = place.cells.iter();
        let cells_m: Vec<Option<f64>> = cells.map(|cell| error.pick(cell).bias_m()).collect();
        let most_m = cells_m
            .iter()
            .flatten()
            .fold(0.0, |most: f64, v| most.max(v.abs()));
        let wide = (width - 2.0 * SIDE).clamp(1.0, WIDEST);
        let tall = wide * ERROR_MAP_ROWS as f64 / ERROR_MAP_COLUMNS as f64;
        Self {
            width,
            error,
            columns: ERROR_MAP_COLUMNS,
            cells_m,
            most_m: if most_m > 0.0 { most_m } else { 1e-3 },
            frame: PlotRect {
                left: SIDE,
                top: TOP,
                right: SIDE + wide,
                bottom: TOP + tall,
            },
        }
    }

    /// The same map on a scale to this error on both sides, in metres: to compare several.
    #[must_use]
    pub fn to(self, most_m: f64) -> Self {
        Self { most_m, ..self }
    }

    /// The largest mean error on either side, in metres: how far the scale reaches.
    #[must_use]
    pub fn most_m(&self) -> f64 {
        self.most_m
    }

    /// The height that the map needs, in CSS pixels.
    #[must_use]
    pub fn height(&self) -> f64 {
        self.frame.bottom + BOTTOM
    }

    /// Everything to paint, with a frame about the cell under the pointer.
    #[must_use]
    pub fn scene(&self, hover: Option<(usize, usize)>) -> Scene {
        let mut scene = Scene::new(self.width, self.height());
        self.legend(&mut scene);
        let tints = self.cells_m.iter().map(|cell| cell.map(|m| self.tint(m)));
        let tints: Vec<Option<Tint>> = tints.collect();
        if !tints.is_empty() {
            let x_edges = (0..=self.columns).map(|i| self.edge(i, 0).0).collect();
            let y_edges = (0..=ERROR_MAP_ROWS).map(|i| self.edge(0, i).1).collect();
            scene.cells(x_edges, y_edges, tints);
        }
        let (left, bottom) = (self.frame.left, self.frame.bottom);
        let corners = [
            (left, self.frame.top),
            (self.frame.right, self.frame.top),
            (self.frame.right, bottom),
            (left, bottom),
            (left, self.frame.top),
        ];
        scene.path(corners.to_vec(), Ink::Line, 1.0);
        let at = (left, bottom + 14.0);
        let note = tr!("the picture, in 32 x 24 cells");
        scene.text(at, note, Ink::Muted, Align::Start, Weight::Regular);
        if let Some((row, column)) = hover {
            self.outline(&mut scene, row, column);
        }
        scene
    }

    fn edge(&self, column: usize, row: usize) -> (f64, f64) {
        let share = |i: usize, n: usize| i as f64 / n as f64;
        let (wide, tall) = (
            self.frame.right - self.frame.left,
            self.frame.bottom - self.frame.top,
        );
        (
            self.frame.left + wide * share(column, self.columns),
            self.frame.top + tall * share(row, ERROR_MAP_ROWS),
        )
    }

    fn tint(&self, mean_m: f64) -> Tint {
        let steps = COLOURS as f64;
        Tint::signed((mean_m / self.most_m * steps).round() / steps)
    }

    fn legend(&self, scene: &mut Scene) {
        let (left, right) = (self.frame.left, self.frame.right);
        let at = (left, SCALE.0 - 12.0);
        scene.text(
            at,
            self.error.name(),
            Ink::Primary,
            Align::Start,
            Weight::Bold,
        );
        let count = 2 * COLOURS;
        let edges = (0..=count).map(|i| left + (right - left) * i as f64 / count as f64);
        let place = |i: usize| (i as f64 + 0.5) / COLOURS as f64 - 1.0;
        let tints = (0..count).map(|i| Some(Tint::signed(place(i))));
        scene.cells(edges.collect(), vec![SCALE.0, SCALE.1], tints.collect());
        let spec = AxisSpec::linear(Quantity::Length, "");
        let axis = spec.axis((-self.most_m, self.most_m), left, right);
        // Zero alone is no scale.
        let mut ticks = spec.ticks(&axis, TICK_GAP);
        if ticks.len() < 3 {
            ticks = spec.ticks(&axis, 0.7 * TICK_GAP);
        }
        for (tick, label) in ticks {
            let x = axis.to_px(tick);
            scene.line((x, SCALE.1), (x, SCALE.1 + 4.0), Ink::Muted, 1.0);
            // Labels at the ends of the scale stay on the panel.
            let half = super::labels::text_px(&label, Weight::Regular) / 2.0 + 1.0;
            let at = (x.clamp(half, self.width - half), SCALE.1 + 13.0);
            scene.text(at, label, Ink::Muted, Align::Middle, Weight::Regular);
        }
    }

    fn outline(&self, scene: &mut Scene, row: usize, column: usize) {
        if row >= ERROR_MAP_ROWS || column >= self.columns {
            return;
        }
        let (a, b) = (self.edge(column, row), self.edge(column + 1, row + 1));
        let ring = vec![a, (b.0, a.1), b, (a.0, b.1), a];
        scene.path(ring, Ink::Primary, 2.0);
    }

    /// Row and column of the cell under a pointer; `None` outside the map.
    #[must_use]
    pub fn hit(&self, x_px: f64, y_px: f64) -> Option<(usize, usize)> {
        if !self.frame.holds(x_px, y_px) || self.cells_m.is_empty() {
            return None;
        }
        let share = |px: f64, from: f64, to: f64, n: usize| {
            (((px - from) / (to - from) * n as f64) as usize).min(n - 1)
        };
        Some((
            share(y_px, self.frame.top, self.frame.bottom, ERROR_MAP_ROWS),
            share(x_px, self.frame.left, self.frame.right, self.columns),
        ))
    }

    /// Mean error of a cell in metres; `None` without pixels.
    #[must_use]
    pub fn mean_m(&self, row: usize, column: usize) -> Option<f64> {
        let cell = self.cells_m.get(row * self.columns + column);
        cell.copied().flatten()
    }

    pub(super) fn error(&self) -> ErrorMapKind {
        self.error
    }

    /// Row, column and mean error of every cell with pixels, row by row.
    pub fn means_m(&self) -> impl Iterator<Item = ((usize, usize), f64)> + '_ {
        let cells = self.cells_m.iter().enumerate();
        cells.filter_map(|(at, mean_m)| Some(((at / self.columns, at % self.columns), (*mean_m)?)))
    }

    /// The cell under a pointer in words; `None` outside the map.
    #[must_use]
    pub fn at(&self, x_px: f64, y_px: f64) -> Option<Readout> {
        let (row, column) = self.hit(x_px, y_px)?;
        let mean = self.mean_m(row, column);
        let text = mean.map_or_else(|| units::MISSING.to_owned(), units::length);
        let at = tr!("row {}, column {}", row + 1, column + 1);
        let tint = mean.map_or(Tint::Pure(Ink::Muted), |m| self.tint(m));
        Some(Readout::new(at).with(self.error.name(), text, tint))
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::assert_tidy;
    use super::*;

    fn place() -> ErrorMapSums {
        let mut place = ErrorMapSums {
            cells: vec![ErrorTriple::default(); ERROR_MAP_COLUMNS * ERROR_MAP_ROWS],
            ..ErrorMapSums::default()
        };
        // The first cell stays empty.
        for (i, cell) in place.cells.iter_mut().enumerate().skip(1) {
            let q = 0.001 * (i % ERROR_MAP_COLUMNS) as f64 - 0.02;
            cell.f.push(0.0);
            cell.q.push(q);
            cell.total.push(q);
        }
        place
    }

    #[test]
    fn maps_are_tidy_at_every_width() {
        for width in [300.0, 340.0, 700.0] {
            for place in [place(), ErrorMapSums::default()] {
                for error in [
                    ErrorMapKind::Fp32,
                    ErrorMapKind::Quantization,
                    ErrorMapKind::Int8,
                ] {
                    let map = ErrorMapChart::new(width, &place, error);
                    assert_tidy(&map.scene(Some((23, 31))));
                }
            }
        }
    }

    #[test]
    fn the_cell_under_the_pointer_is_read() {
        let map = ErrorMapChart::new(336.0, &place(), ErrorMapKind::Quantization);
        assert!((map.most_m() - 0.02).abs() < 1e-12);
        let (x, y) = map.edge(25, 4);
        assert_eq!(map.hit(x + 2.0, y + 2.0), Some((4, 25)));
        let text = map.at(x + 2.0, y + 2.0).expect("a cell").text();
        assert_eq!(text, "row 5, column 26: mean of INT8 \u{2212} FP32 5.00 mm");
        assert_eq!(map.mean_m(0, 0), None);
        assert_eq!(map.hit(1.0, y), None);
        assert_eq!(map.hit(336.0, 900.0), None);
    }

    #[test]
    fn both_sides_of_zero_have_their_own_colour() {
        let map = ErrorMapChart::new(336.0, &place(), ErrorMapKind::Quantization).to(0.04);
        assert_eq!(map.tint(-0.02), Tint::Mix(Ink::Zero, Ink::Under, 0.5));
        assert_eq!(map.tint(0.08), Tint::Mix(Ink::Zero, Ink::Over, 1.0));
    }
}
