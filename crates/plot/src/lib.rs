//! Charts as plain data: scales, ticks, hit tests and the shapes to paint.
//!
//! May know `analysis`, `compare`, `stats` and `units`. Must not know the browser or any canvas: what comes out is a list of shapes in CSS
//! pixels, with colours by role, which `paint` hands to any plotters backend.

mod axes;
mod budget_bar;
pub mod charts;
#[cfg(test)]
mod check;
mod crosshair;
mod difference_colours;
mod frame_strip;
mod heat_map;
mod histogram;
mod labels;
mod line_chart;
mod paint;
mod depth_colours;
mod piece_editor;
mod error_map_chart;
mod plot_rect;
mod range_curve;
mod readout;
mod scale;
mod scene;
mod staircase;
mod extremes;
mod svg;

pub use axes::{Axis, AxisSpec, Quantity, Spacing};
pub use budget_bar::{BudgetBar, BudgetInput, BudgetPart, BudgetRow, PredictedRow};
pub use crosshair::crosshair_step;
pub use difference_colours::{
    depth_range, difference, difference_colours, difference_legend, difference_range,
};
pub use frame_strip::FrameStrip;
pub use heat_map::{HeatCell, HeatGrid, HeatHit, HeatInput, HeatMap, Level};
pub use histogram::DepthHistogram;
pub use line_chart::{Band, LineChart, LineInput, Mark, Series, Spot};
pub use paint::{Palette, paint};
pub use depth_colours::{colours, legend, thinned};
pub use piece_editor::{EditorHit, PieceEditor};
pub use error_map_chart::{PlaceError, PlaceMap};
pub use plot_rect::Frame;
pub use range_curve::{Grab, RangeCurve, RangeCurveInput};
pub use readout::{Reading, Readout};
pub use scale::{LinearScale, LogScale, length_ticks};
pub use scene::{Align, Ink, Scene, Shape, Tint, Weight};
pub use staircase::{Profile, Staircase};
pub use extremes::{Extremes, Placed, summary_text};
pub use svg::to_svg;
