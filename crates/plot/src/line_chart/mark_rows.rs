//! Vertical lines with labels above the plot, in as few rows as keep the labels apart.

use super::super::axes::Axis;
use super::super::labels::{LINE_PX, LabelRows, extent, fitted, lines_px};
use super::super::plot_rect::PlotRect;
use super::super::scene::{Align, Ink, Scene, Weight};
use super::line_input::Mark;

/// The rows of labels. Marks beyond the axis have none.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MarkRows {
    /// Indices of the marks on the axis.
    shown: Vec<usize>,
    labels: Vec<String>,
    rows: LabelRows,
    top: f64,
}

impl MarkRows {
    /// Lays out the labels from `top` on, inside the panel's width, in `most` rows. Labels without room appear in the
    /// readout only; earlier marks have priority.
    pub(super) fn new(
        marks: &[Mark],
        x: &Axis,
        sides: &PlotRect,
        (width, most): (f64, usize),
        top: f64,
    ) -> Self {
        let is_shown = |mark: &Mark| {
            let px = x.to_px(mark.x);
            x.can_show(mark.x) && (sides.left - 0.5..=sides.right + 0.5).contains(&px)
        };
        let shown: Vec<usize> = (0..marks.len()).filter(|&i| is_shown(&marks[i])).collect();
        let labels: Vec<String> = shown
            .iter()
            .map(|&i| fitted(&marks[i].label, Weight::Bold, width - 8.0))
            .collect();
        let wishes: Vec<(f64, &str)> = shown
            .iter()
            .zip(&labels)
            .map(|(&i, label)| (x.to_px(marks[i].x), label.as_str()))
            .collect();
        let mut rows = LabelRows::new(&wishes, Weight::Bold, 2.0, width - 2.0);
        rows.rows = rows.rows.min(most);
        Self {
            shown,
            rows,
            labels,
            top,
        }
    }

    /// Height of the labels, in CSS pixels.
    pub(super) fn height_px(&self) -> f64 {
        lines_px(self.rows.rows)
    }

    /// Paints lines and labels. A line begins under its own label, so that it crosses as few other labels as possible.
    pub(super) fn paint(&self, scene: &mut Scene, marks: &[Mark], x: &Axis, frame: &PlotRect) {
        let placed = || {
            let places = self.shown.iter().zip(&self.labels).zip(&self.rows.places);
            places.filter_map(|((&i, label), &(middle, row))| {
                // The first row is the lowest: most labels stand next to the plot.
                let y = self.rows.rows.checked_sub(1 + row);
                let y = y.map(|above| self.top + 6.0 + above as f64 * LINE_PX);
                Some((marks.get(i)?, label.as_str(), middle, y))
            })
        };
        for (mark, _, _, y) in placed() {
            let px = x.to_px(mark.x);
            let from = y.map_or(frame.top, |y| y + 8.0);
            let line = vec![(px, from), (px, frame.bottom)];
            scene.stroke(line, mark.tint.soft(0.75), 1.5, mark.dashed);
        }
        for (mark, label, middle, y) in placed() {
            let Some(y) = y else { continue };
            let (left, right) = extent(middle, label, Align::Middle, Weight::Bold);
            scene.area((left, y - 7.0), (right, y + 7.0), Ink::Surface);
            let at = (middle, y);
            scene.text(at, label, mark.tint, Align::Middle, Weight::Bold);
        }
    }
}
