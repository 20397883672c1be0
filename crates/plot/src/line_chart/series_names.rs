//! The names of curves: at their ends, or above the plot where the panel is narrow.

use super::super::labels::{LINE_PX, fitted, lines_px, spread, text_px, widest_px};
use super::super::plot_rect::PlotRect;
use super::super::scene::{Align, Ink, Scene, Tint, Weight};
use super::line_input::Series;

/// Space above the chart, in CSS pixels.
pub(super) const TOP: f64 = 8.0;

/// Largest share of the panel that names at the ends may take.
const MOST: f64 = 0.26;

/// Distance of a name from the end of its curve, in CSS pixels.
const GAP: f64 = 8.0;

/// Right of a plot without names, room for half a tick's label, in CSS pixels.
const BARE: f64 = 22.0;

/// Length of the sample of a curve before its name above the plot, with the space after it, in CSS pixels.
const SAMPLE: f64 = 16.0;
const SAMPLE_GAP: f64 = 5.0;

/// Positions of the names.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SeriesNames {
    /// At the right, in a column of this width.
    AtEnds(f64),
    /// Above the plot: left edge and row of each.
    Above(Vec<(f64, usize)>),
}

impl SeriesNames {
    pub(super) fn new(series: &[Series], width: f64, left: f64) -> Self {
        let column = widest_px(series.iter().map(|s| s.name.as_str()), Weight::Bold) + GAP + 4.0;
        if series.iter().all(|s| s.name.is_empty()) {
            Self::AtEnds(BARE)
        } else if column <= MOST * width && series.len() <= 14 {
            Self::AtEnds(column.max(BARE))
        } else {
            Self::above(series, width, left)
        }
    }

    fn above(series: &[Series], width: f64, left: f64) -> Self {
        let start = left.min(10.0);
        let (mut x, mut row) = (start, 0);
        let places = series.iter().map(|series| {
            let name = Self::whole_row(&series.name, width);
            let wide = SAMPLE + SAMPLE_GAP + text_px(&name, Weight::Bold);
            if x > start && x + wide > width - 4.0 {
                (x, row) = (start, row + 1);
            }
            let place = (x, row);
            x += wide + 14.0;
            place
        });
        Self::Above(places.collect())
    }

    /// A name cut to what fits beside its sample.
    fn whole_row(name: &str, width: f64) -> String {
        fitted(name, Weight::Bold, width - SAMPLE - SAMPLE_GAP - 18.0)
    }

    /// Space at the right of the plot, in CSS pixels.
    pub(super) fn right_px(&self) -> f64 {
        match self {
            Self::AtEnds(column) => *column,
            Self::Above(_) => BARE,
        }
    }

    /// Space above the plot, in CSS pixels.
    pub(super) fn rows_px(&self) -> f64 {
        match self {
            Self::AtEnds(_) => 0.0,
            Self::Above(places) => lines_px(places.last().map_or(0, |p| p.1 + 1)) + 4.0,
        }
    }

    /// Paints the names; `ends` are the heights of the curves' ends, `None` for those that are not seen.
    pub(super) fn paint(
        &self,
        scene: &mut Scene,
        series: &[Series],
        ends: &[Option<f64>],
        frame: &PlotRect,
    ) {
        match self {
            Self::AtEnds(_) => Self::at_ends(scene, series, ends, frame),
            Self::Above(places) => {
                for (series, place) in series.iter().zip(places) {
                    let y = TOP + 6.0 + place.1 as f64 * LINE_PX;
                    let end = place.0 + SAMPLE;
                    let sample = vec![(place.0, y), (end, y)];
                    scene.stroke(sample, series.tint, series.width, series.dashed);
                    let name = Self::whole_row(&series.name, scene.width);
                    let at = (end + SAMPLE_GAP, y);
                    scene.text(at, name, series.tint, Align::Start, Weight::Bold);
                }
            }
        }
    }

    fn at_ends(scene: &mut Scene, series: &[Series], ends: &[Option<f64>], frame: &PlotRect) {
        let named: Vec<(&Series, f64)> = series
            .iter()
            .zip(ends)
            .filter(|(series, _)| !series.name.is_empty())
            .filter_map(|(series, end)| Some((series, (*end)?)))
            .collect();
        let heights: Vec<f64> = named.iter().map(|n| n.1).collect();
        let heights = spread(&heights, frame.top + 2.0, frame.bottom + 2.0);
        for ((series, end), y) in named.into_iter().zip(heights) {
            if (y - end).abs() > 4.0 {
                let leader = Tint::Soft(Ink::Muted, 0.6);
                scene.line(
                    (frame.right + 1.0, end),
                    (frame.right + GAP - 2.0, y),
                    leader,
                    1.0,
                );
            }
            let (at, name) = ((frame.right + GAP, y), series.name.as_str());
            scene.text(at, name, series.tint, Align::Start, Weight::Bold);
        }
    }
}
