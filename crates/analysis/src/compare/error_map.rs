//! Errors by image cell: mean error maps on a coarse grid, and the image border against the centre. Frames of any size share the grid.

use serde::{Deserialize, Serialize};

use super::aligned_frame::AlignedFrame;
use super::signed_errors::{ErrorCells, ErrorTriple};

/// Columns of the coarse grid.
pub const ERROR_MAP_COLUMNS: usize = 32;

/// Rows of the coarse grid.
pub const ERROR_MAP_ROWS: usize = 24;

/// Width of the border as a share of the image's width and height: two of the coarse grid's 32 columns. Padding spoils a band about as
/// wide as the receptive field of the network's last layers.
const BORDER: f64 = 1.0 / 16.0;

/// Errors of each cell, of the border and of the centre, over one frame or several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorMapSums {
    /// [`ERROR_MAP_ROWS`] x [`ERROR_MAP_COLUMNS`] cells, row by row; empty without frames.
    pub cells: Vec<ErrorTriple>,
    /// Pixels within a sixteenth of the image's width or height of its edge.
    pub border: ErrorTriple,
    /// All other pixels.
    pub centre: ErrorTriple,
}

impl ErrorMapSums {
    /// Sums the errors of a frame.
    #[must_use]
    #[inline(never)]
    pub fn measure(aligned: &AlignedFrame) -> Self {
        let (width, height) = (aligned.width, aligned.height());
        let in_column: Vec<(usize, bool)> = (0..width)
            .map(|column| (column * ERROR_MAP_COLUMNS / width, is_border(column, width)))
            .collect();
        let mut cells = ErrorCells::new(ERROR_MAP_COLUMNS * ERROR_MAP_ROWS);
        let mut regions = ErrorCells::new(2);
        let mut pixels = aligned.pixels().iter();
        for row in 0..height {
            let first_cell = row * ERROR_MAP_ROWS / height * ERROR_MAP_COLUMNS;
            let row_is_border = is_border(row, height);
            for (column, (g, fp32, int8)) in aligned.columns(row).zip(&mut pixels) {
                let (cell, is_border) = in_column[column];
                cells.push(first_cell + cell, g, fp32, int8);
                regions.push(usize::from(row_is_border | is_border), g, fp32, int8);
            }
        }
        let regions = regions.finished();
        Self {
            cells: cells.finished(),
            border: regions[1],
            centre: regions[0],
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

    /// Returns the mean of `q^2` at the border over that of the centre; 1 means that they are equal.
    ///
    /// `None` where either has no pixel or the centre has no error.
    #[must_use]
    pub fn border_ratio(&self) -> Option<f64> {
        let (border, centre) = (self.border.q.rms_m()?, self.centre.q.rms_m()?);
        (centre > 0.0).then(|| (border * border) / (centre * centre))
    }
}

fn is_border(index: usize, size: usize) -> bool {
    let middle = (index as f64 + 0.5) / size as f64;
    !(BORDER..=1.0 - BORDER).contains(&middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::{EvalProtocol, FrameMaps};

    #[test]
    fn a_bad_border_shows_in_cells_and_ratio() {
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
        let map = ErrorMapSums::measure(
            &AlignedFrame::new(&maps, &EvalProtocol::default()).expect("pixels"),
        );
        assert!((map.border_ratio().expect("errors") - 4.0).abs() < 1e-9);
        let bias =
            |row: usize, column: usize| map.cells[row * ERROR_MAP_COLUMNS + column].q.bias_m();
        assert!((bias(0, 0).expect("pixels") - 0.2).abs() < 1e-12);
        assert!((bias(12, 16).expect("pixels") - 0.1).abs() < 1e-12);
        assert!(map.cells.iter().all(|c| c.q.count == 4.0));
    }
}
