//! Measured figures as text: answers in words, `report.json`, tables, documents, code for toolchains, and the link.
//!
//! Lengths are in metres, shares in 0..1. `G` is the ground truth, `F` the floating-point prediction, `Q` the INT8 prediction.
//!
//! # Parts
//! | output | input | entry points |
//! | --- | --- | --- |
//! | answers to the three questions | comparison, ranges, plan | [`answers::Answers`] |
//! | `report.json` | everything that was measured | [`report::Report`] |
//! | its section on a network | figures of layers and quantizers | [`network::NetworkSection`] |
//! | CSV, Markdown, HTML | report, charts as SVG | [`export::tables`], [`export::Document`] |
//! | Python for toolchains and for checking | range, settings | [`export::snippet`], [`export::headline_script`] |
//! | link | sketch of the depths, settings, comparison | [`link::encode`], [`link::decode`] |
//!
//! # The path of a number
//! 1. Answers: `fathom_analysis` measures. [`answers::Findings`] states what the figures support and sets each quantity once. Its sentences
//!    are filled with these figures, each a span that names its quantity and its section of the page.
//! 2. Exports: [`report::Report`] is serialised once. [`export::tables`] reads that JSON. CSV and documents read the tables, so that every
//!    export shows the same number.
//! 3. Links: [`link::fit_sketch`] summarises the depths and states the error of the summary. [`link::encode`] adds settings and figures, a
//!    checksum, and base64url.
//!
//! # Simplifications
//! - Figures of a comparison are in single precision in a link: seven digits where the page shows three.
//! - A link keeps no pixels. Ranges measured on its sketch have a stated error, which holds for nearly all ranges, not for all.
//! - Two links are compared without pairing frames, because a link names at most [`link::MAX_FRAMES`] of them.
//!
//! # Absent
//! Out of scope: measuring, and the search for ranges. Must be absent: files, plots, threads and the browser. A chart arrives as the text
//! of an SVG.
//!
//! # Example
//! The report of one range on five depths, as tables:
//! ```
//! use fathom_analysis::{DistributionSummary, NamedRange, RangeReport, RangeSettings};
//! use fathom_core::{quant::OutputRange, stats::{Distribution, Resolution}};
//! use fathom_report::export::{Cell, tables};
//! use fathom_report::report::{ReadingInfo, Report, ReportInput, Searches};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let depths = Distribution::new(vec![1.0, 2.0, 4.0, 8.0, 20.0], vec![1; 5], Resolution::Exact)?;
//! let (named, how) = (NamedRange { name: "current".to_owned(), range: OutputRange::new(0.5, 15.0)? }, RangeSettings::default());
//! let report = Report::new(&ReportInput {
//!     source: "five pixels", inputs: &[], reading: &ReadingInfo::default(),
//!     summary: &DistributionSummary::measure(&depths), resolution: depths.resolution(),
//!     how: &how, ranges: &[RangeReport::measure(&depths, &named, &how)], best: &[],
//!     searches: Searches::None,
//! });
//! let all = tables(&report)?;
//! let ranges = all.iter().find(|table| table.name == "ranges").ok_or("no ranges")?;
//! let coverage = ranges.column("coverage").ok_or("no coverage")?;
//! assert_eq!(ranges.rows[0][coverage], Cell::Number(0.8));
//! # Ok(())
//! # }
//! ```

pub mod answers;
pub mod export;
pub mod link;
pub mod network;
pub mod report;
