//! Errors by place in the picture: mean error maps on a coarse grid, and the border against the rest.
//!
//! Knows rows and columns; frames of any size share the grid.

use serde::{Deserialize, Serialize};

use super::aligned::Aligned;
use super::signed::{ErrorCells, ErrorTriple};

/// Columns of the coarse grid.
pub const PLACE_COLUMNS: usize = 32;

/// Rows of the coarse grid.
pub const PLACE_ROWS: usize = 24;

/// Width of the border, as a share of the picture's width and height: two cells of the coarse grid's 32 columns. Padding spoils a
/// band about as wide as the network sees in its last layers.
const BORDER: f64 = 1.0 / 16.0;

/// Errors of each cell, row by row, and of the border and the rest, over one frame or several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlaceSums {
    /// The cells, row by row; empty for no frame.
    pub cells: Vec<ErrorTriple>,
    /// Pixels within a sixteenth of the picture's width or height of its edge.
    pub border: ErrorTriple,
    /// The others.
    pub centre: ErrorTriple,
}

impl PlaceSums {
    /// Of the pixels of a frame.
    #[must_use]
    #[inline(never)]
    pub fn of(aligned: &Aligned) -> Self {
        let (width, height) = (aligned.width, aligned.height());
        let in_column: Vec<(usize, bool)> = (0..width)
            .map(|column| (column * PLACE_COLUMNS / width, is_border(column, width)))
            .collect();
        let mut cells = ErrorCells::new(PLACE_COLUMNS * PLACE_ROWS);
        let mut parts = ErrorCells::new(2);
        let mut pixels = aligned.pixels().each();
        for row in 0..height {
            let first_cell = row * PLACE_ROWS / height * PLACE_COLUMNS;
            let row_is_border = is_border(row, height);
            for (column, (g, fp32, int8)) in aligned.columns(row).zip(&mut pixels) {
                let (cell, is_border) = in_column[column];
                cells.push(first_cell + cell, g, fp32, int8);
                parts.push(usize::from(row_is_border | is_border), g, fp32, int8);
            }
        }
        let parts = parts.finished();
        Self {
            cells: cells.finished(),
            border: parts[1],
            centre: parts[0],
        }
    }

    /// Adds the pixels of other frames.
    pub fn merge(&mut self, other: &Self) {
        self.cells.resize(
            self.cells.len().max(other.cells.len()),
            ErrorTriple::default(),
        );
        for (own, more) in self.cells.iter_mut().zip(&other.cells) {
            own.add(more);
        }
        self.border.add(&other.border);
        self.centre.add(&other.centre);
    }

    /// Mean squared error of quantization at the border over that of the rest; `None` where either has no pixel or the rest no
    /// error. One means that the border is no different.
    #[must_use]
    pub fn border_ratio(&self) -> Option<f64> {
        let (border, centre) = (self.border.q.rms_m()?, self.centre.q.rms_m()?);
        (centre > 0.0).then(|| (border * border) / (centre * centre))
    }
}

fn is_border(place: usize, size: usize) -> bool {
    let middle = (place as f64 + 0.5) / size as f64;
    !(BORDER..=1.0 - BORDER).contains(&middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{FrameMaps, Protocol};

    #[test]
    fn a_bad_border_is_seen_in_cells_and_ratio() {
        let (width, height) = (64, 48);
        let gt_m = vec![2.0; width * height];
        let int8_m: Vec<f64> = (0..width * height)
            .map(|i| {
                let (x, y) = (i % width, i / width);
                let edge = x < 4 || y < 3 || x >= 60 || y >= 45;
                if edge { 2.2 } else { 2.1 }
            })
            .collect();
        let maps = FrameMaps {
            width,
            gt_m: &gt_m,
            fp32_m: &gt_m,
            int8_m: &int8_m,
        };
        let place = PlaceSums::of(&Aligned::of(&maps, &Protocol::default()).expect("pixels"));
        assert!((place.border_ratio().expect("errors") - 4.0).abs() < 1e-9);
        let bias = |row: usize, column: usize| place.cells[row * PLACE_COLUMNS + column].q.bias_m();
        assert!((bias(0, 0).expect("pixels") - 0.2).abs() < 1e-12);
        assert!((bias(12, 16).expect("pixels") - 0.1).abs() < 1e-12);
        assert!(place.cells.iter().all(|c| c.q.count == 4.0));
    }
}
