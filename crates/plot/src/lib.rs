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
mod difference;
mod frame_strip;
mod heat_map;
mod histogram;
mod labels;
mod line_chart;
mod paint;
mod picture;
mod piece_editor;
mod place_map;
mod range_curve;
mod readout;
mod scale;
mod scene;
mod staircase;
mod summary;
mod svg;

pub use axes::{Axis, AxisSpec, Frame, Quantity, Spacing};
pub use budget_bar::{BudgetBar, BudgetInput, BudgetPart, BudgetRow, PredictedRow};
pub use crosshair::crosshair_step;
pub use difference::{
    depth_range, difference, difference_colours, difference_legend, difference_range,
};
pub use frame_strip::FrameStrip;
pub use heat_map::{HeatCell, HeatGrid, HeatHit, HeatInput, HeatMap, Level};
pub use histogram::DepthHistogram;
pub use line_chart::{Band, LineChart, LineInput, Mark, Series, Spot};
pub use paint::{Palette, paint};
pub use picture::{colours, legend, thinned};
pub use piece_editor::{EditorHit, PieceEditor};
pub use place_map::{PlaceError, PlaceMap};
pub use range_curve::{Grab, RangeCurve, RangeCurveInput};
pub use readout::{Reading, Readout};
pub use scale::{LinearScale, LogScale, length_ticks};
pub use scene::{Align, Ink, Scene, Shape, Tint, Weight};
pub use staircase::{Profile, Staircase};
pub use summary::{Extremes, Placed, summary_text};
pub use svg::to_svg;
