//! A grid of values that may be refined later, and what to paint where it is not measured yet.

use std::collections::VecDeque;

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HeatCell {
    /// Its value.
    Value(f64),
    /// It will have one: painted like its nearest measured neighbour, but paler.
    Pending,
    /// It has none: left blank.
    Blank,
}

impl HeatCell {
    /// The value; `None` without a finite value.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Value(v) if v.is_finite() => Some(v),
            _ => None,
        }
    }
}

/// Values over coordinates along two axes.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatGrid {
    /// Places of the columns, ascending, in the unit of the horizontal axis.
    pub xs: Vec<f64>,
    /// Places of the rows, ascending, in the unit of the vertical axis.
    pub ys: Vec<f64>,
    /// The cells, row by row from the first of `ys`.
    pub cells: Vec<HeatCell>,
}

impl HeatGrid {
    /// The cell of a row and a column; blank outside.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> HeatCell {
        if column >= self.xs.len() {
            return HeatCell::Blank;
        }
        let cell = self.cells.get(row * self.xs.len() + column);
        cell.copied().unwrap_or(HeatCell::Blank)
    }

    /// Row, column and value of every cell that has one, row by row: the table twin.
    pub fn values(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let columns = self.xs.len().max(1);
        let cells = self.cells.iter().enumerate();
        cells.filter_map(move |(i, cell)| {
            let (x, y) = (self.xs.get(i % columns)?, self.ys.get(i / columns)?);
            Some((*x, *y, cell.value()?))
        })
    }

    /// Smallest and largest value; `None` without any.
    #[must_use]
    pub fn extremes(&self) -> Option<(f64, f64)> {
        let values = self.values().map(|v| v.2);
        values.fold(None, |ends, v| {
            let (low, high) = ends.unwrap_or((v, v));
            Some((low.min(v), high.max(v)))
        })
    }

    /// The values, `NaN` for cells without one.
    pub(super) fn with_gaps(&self) -> Vec<f64> {
        let value = |cell: &HeatCell| cell.value().unwrap_or(f64::NAN);
        self.cells.iter().map(value).collect()
    }

    /// Values to paint, each with true if the cell itself was measured. Pending cells show the value of their nearest neighbour.
    pub(super) fn painted(&self) -> Vec<Option<(f64, bool)>> {
        let columns = self.xs.len().max(1);
        let mut out: Vec<Option<(f64, bool)>> = self
            .cells
            .iter()
            .map(|cell| Some((cell.value()?, true)))
            .collect();
        let mut queue: VecDeque<usize> = (0..out.len()).filter(|&i| out[i].is_some()).collect();
        while let Some(i) = queue.pop_front() {
            let value = out[i].map(|cell| (cell.0, false));
            let right = (i % columns + 1 < columns).then_some(i + 1);
            let left = (i % columns > 0).then(|| i - 1);
            for next in [right, left, Some(i + columns), i.checked_sub(columns)]
                .into_iter()
                .flatten()
            {
                if self.cells.get(next) == Some(&HeatCell::Pending) && out[next].is_none() {
                    out[next] = value;
                    queue.push_back(next);
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pending_cells_borrow_from_the_nearest_and_blank_ones_stay() {
        let v = HeatCell::Value;
        let grid = HeatGrid {
            xs: vec![1.0, 2.0, 3.0],
            ys: vec![1.0, 2.0],
            cells: vec![
                v(5.0),
                HeatCell::Pending,
                HeatCell::Blank,
                HeatCell::Pending,
                v(f64::NAN),
                v(7.0),
            ],
        };
        assert_eq!(
            grid.painted(),
            [
                Some((5.0, true)),
                Some((5.0, false)),
                None,
                Some((5.0, false)),
                None,
                Some((7.0, true))
            ]
        );
        assert_eq!(grid.extremes(), Some((5.0, 7.0)));
        assert_eq!(
            grid.values().collect::<Vec<_>>(),
            [(1.0, 1.0, 5.0), (3.0, 2.0, 7.0)]
        );
        assert_eq!(grid.cell(0, 3), HeatCell::Blank);
    }
}
