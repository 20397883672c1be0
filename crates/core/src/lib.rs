//! Depth maps, their statistics, output codes and error metrics: the quantities of every other crate of Fathom.
//!
//! # The path of a number
//!
//! 1. A file holds a sample, an integer or a float without unit ([`depth::RawMap`]).
//! 2. A [`stats::SampleSummary`] counts the samples of many maps inside a [`depth::Region`].
//! 3. An [`depth::Encoding`] turns samples into metres; active markers and invalid samples drop out.
//! 4. A [`stats::Distribution`] holds the sorted depths with running sums.
//! 5. A code ([`quant::ScalarCode`]) over a [`quant::OutputRange`] gives each depth one of its values.
//! 6. [`metrics::ErrorSums`] add up the errors, cell by cell or pixel by pixel.
//! 7. [`metrics::DepthMetrics`] are their means, and [`units`] prints them.
//!
//! [`stats::Sketch`] is a distribution small enough for a link. [`synth`] is the built-in sample. [`i18n`] translates texts.
//!
//! ```
//! use fathom_core::depth::{Dtype, Encoding, Format, RawMap, Region, Samples, ScalePreset};
//! use fathom_core::metrics::{DEFAULT_EVAL_MIN_M, DepthMetrics, pixel_sums};
//! use fathom_core::quant::{Bits, OutputRange, ScalarCode, UniformCode};
//! use fathom_core::stats::{DepthWindow, Encodings, SampleSummary};
//!
//! let samples = ndarray::array![[1000_u16, 2500, 0], [7321, 14_000, 65_535]];
//! let map = RawMap::new(Samples::U16(samples), Format::Png, Dtype::U16);
//! let markers = vec![65_535.0];
//! let mut summary = SampleSummary::default();
//! summary.add(&map, &Region::default(), &markers);
//! let encodings = Encodings {
//!     integer: ScalePreset::Millimetre.encoding(),
//!     float: Encoding::METRES,
//! };
//! let parts = vec![(summary, encodings, markers)];
//! let (depths, _) = SampleSummary::distribution(parts, &DepthWindow::default())?;
//! assert_eq!(depths.values_m(), [1.0, 2.5, 7.321, 14.0]);
//!
//! let code = UniformCode::new(OutputRange::new(0.5, 15.0)?, Bits::EIGHT);
//! let coded_m: Vec<f64> = depths.values_m().iter().map(|&d| code.reconstruct_m(d)).collect();
//! let [sums] = pixel_sums(depths.values_m(), [&coded_m], DEFAULT_EVAL_MIN_M);
//! let metrics = DepthMetrics::from_sums(&sums.errors).expect("four pixels");
//! assert_eq!((metrics.rmse * 1e3).round(), 14.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Simplifications
//!
//! - Codes have at most 16 bits. Finer steps are below the rounding of the running sums.
//! - Millions of distinct floating-point values are binned, to 1.5e-5 of their depth ([`stats::BINNED_RELATIVE_ERROR`]).
//! - Functions that differ between platforms in the last bit come from `libm`, so native and WebAssembly results agree.
//!
//! # Not here
//!
//! File formats are in `fathom-decode`. Out-of-range policies, sweeps, searches and comparisons are in `fathom-analysis`. This crate must
//! not contain files, threads, the browser or code for one platform.

pub mod depth;
pub mod i18n;
pub mod metrics;
pub mod quant;
pub mod stats;
pub mod synth;
pub mod units;
