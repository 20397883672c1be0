//! Fathom tells an engineer what INT8 does to depth maps.
//!
//! This library is the analysis core: from the bytes of depth files to distributions, from those to what every output range
//! costs, and from that to a verdict, a report and a link. Built plainly it compiles no browser crate and is tested natively; the
//! feature `web` adds the page and its workers around it.
//!
//! # The path of a number
//! [`decode`] turns bytes into a [`depth::RawMap`]; workers gather maps into a [`stats::Summary`] and build a
//! [`stats::Distribution`]; [`analysis::RangeReport`] measures a range on it without visiting a pixel again;
//! [`analysis::Verdict`] says what that means.
//!
//! # Main types
//! - [`stats::Distribution`]: sorted depths with running sums, the basis of everything.
//! - [`quant::OutputRange`], [`quant::UniformCode`]: what an output can represent; [`quant::CodeSpec`] and [`quant::lloyd_max`]: what
//!   other codes could.
//! - [`analysis::range_space`], [`analysis::calibrators`]: every metric over ranges, and the ranges that tools would pick.
//! - [`analysis::Policy`]: what pixels outside the range do to the metrics.
//! - [`metrics::ErrorSums`], [`metrics::DepthMetrics`]: errors as sums that add up, and their means.
//! - [`plot::Scene`]: a chart as shapes, painted by any plotters backend.
//! - [`link::SharedPage`]: what a link carries.
//!
//! # On purpose
//! - Metres, and shares in 0..1, everywhere inside; units only where text is made ([`units`]).
//! - Transcendental functions come from `libm`, and sums have a fixed order: the browser's figures are the native ones, bit for bit.
//! - Binned data beyond a stated number of values, with the error bound shown; never a silent approximation.
//!
//! # Out of scope here
//! Networks.
//!
//! # Features
//! `formats` (on by default): the readers of files. `web`: the page. `study`: the program of what a first look does not need.
//! `readers`: the program that brings `formats` to the page with the first file.

#[cfg(feature = "web")]
pub mod app;
#[cfg(feature = "study")]
pub mod study;
#[cfg(feature = "views")]
pub mod ui;
#[cfg(feature = "browser")]
pub mod web;

pub mod bridge;
pub mod controls;
pub mod protocol;
pub mod rehearsal;
pub mod study_protocol;
