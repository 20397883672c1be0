//! Charts as plain data: scales, ticks, hit tests and the shapes to paint.
//!
//! # The path of a number
//! 1. [`charts`] turns results of `fathom_analysis` into the input of a chart, such as [`LineInput`]: series, marks and axes, in metres or
//!    shares.
//! 2. A chart, such as [`LineChart`], lays the input out for a panel in CSS pixels. The same value answers hit tests and fills a
//!    [`Readout`], so that pointer and picture agree.
//! 3. Its [`Scene`] lists shapes back to front. Colours are [`Ink`]s, named by meaning; a [`Palette`] maps them to a theme.
//! 4. [`paint`] hands a scene to any backend of plotters; [`to_svg`] makes a document of it. [`to_png`] does that for the colours of
//!    a map.
//!
//! Every chart has a text twin, a `summary`, with the [`Extremes`] of what it shows.
//!
//! # Simplifications
//! - Text widths are upper estimates from one table of letters, because no font metrics are available during layout.
//! - Layout is a function of panel size and input. Nothing is animated, and no state is kept between two scenes.
//!
//! # Out of scope
//! No figure is measured here. Browser, canvas and files must be absent: a program with a screen paints the scenes.
//!
//! # Example
//! ```
//! use fathom_plot::{AxisSpec, Ink, LineChart, LineInput, Palette, Quantity, Series, to_svg};
//!
//! let curve = Series::new("rounding", Ink::Rounding, [(1.0, 0.001), (10.0, 0.011), (20.0, 0.023)]);
//! let end = AxisSpec::linear(Quantity::Depth, "end of the range");
//! let rmse = AxisSpec::linear(Quantity::Length, "RMSE");
//! let input = LineInput::new(end, rmse, vec![curve]);
//!
//! let chart = LineChart::new(600.0, 300.0, &input);
//! assert_eq!(chart.readout(&input, 10.0).text(), "10 m: rounding 11.0 mm");
//!
//! let scene = chart.scene(&input, Some(10.0));
//! let palette = Palette::new(|_| (0, 0, 0, 1.0), "sans-serif");
//! let svg = to_svg(&scene, &palette)?;
//! assert!(svg.starts_with("<svg") && svg.contains("end of the range"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod axes;
mod budget_bar;
pub mod charts;
#[cfg(test)]
mod check;
mod crosshair;
mod depth_colours;
mod difference_colours;
mod error_map_chart;
mod extremes;
mod frame_strip;
mod heat_map;
mod histogram;
mod labels;
mod line_chart;
mod paint;
mod paper_palette;
mod piece_editor;
mod plot_rect;
mod png_file;
mod range_curve;
mod readout;
mod scale;
mod scene;
mod staircase;
mod svg;

pub use axes::{Axis, AxisSpec, Quantity, Spacing};
pub use budget_bar::{BudgetBar, BudgetInput, BudgetPart, BudgetRow, PredictedRow};
pub use crosshair::crosshair_step;
pub use depth_colours::{colours, legend};
pub use difference_colours::{
    depth_range, difference, difference_colours, difference_legend, difference_range,
};
pub use error_map_chart::{ErrorMapChart, ErrorMapKind};
pub use extremes::{Extremes, LocatedValue, summary_text};
pub use frame_strip::FrameStrip;
pub use heat_map::{HeatCell, HeatGrid, HeatHit, HeatInput, HeatMap, Level};
pub use histogram::DepthHistogram;
pub use labels::short_names;
pub use line_chart::{Band, LineChart, LineInput, Mark, Series, Spot};
pub use paint::{Palette, paint};
pub use paper_palette::{colour_property, paper_palette};
pub use piece_editor::{EditorHit, PieceEditor};
pub use plot_rect::PlotRect;
pub use png_file::to_png;
pub use range_curve::{DragTarget, RangeCurve, RangeCurveInput};
pub use readout::{Reading, Readout};
pub use scale::{LinearScale, LogScale, length_ticks};
pub use scene::{Align, Ink, Scene, Shape, Tint, Weight};
pub use staircase::{Profile, Staircase};
pub use svg::to_svg;
