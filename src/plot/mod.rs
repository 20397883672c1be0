//! Charts as plain data: scales, ticks, hit tests and the shapes to paint.
//!
//! May know `analysis`, `stats` and `units`. Must not know the browser or any canvas: what comes out is a list of shapes in CSS
//! pixels, with colours by role, which `paint` hands to any plotters backend.

mod histogram;
mod paint;
mod picture;
mod range_curve;
mod scale;
mod scene;

pub use histogram::DepthHistogram;
pub use paint::{Palette, paint};
pub use picture::{colours, legend, thinned};
pub use range_curve::{Grab, RangeCurve, RangeCurveInput};
pub use scale::{LogScale, length_ticks};
pub use scene::{Align, Ink, Scene, Shape, Weight};
