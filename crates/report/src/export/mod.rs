//! What leaves the page beside `report.json`: tables as CSV, the report as Markdown and as one HTML file, and pieces of code for other
//! tools.
//!
//! May know reports, codes and units. Must not know the browser, files or plots: a picture comes in as the text of an SVG. Everything
//! is made from the report as it is written, so that no export can say another number.

mod archive;
mod columns;
mod csv;
mod document;
mod headline;
mod html;
mod integer;
mod markdown;
mod snippet;
mod table;

pub use archive::archive;
pub use columns::unit;
pub use csv::csv;
pub use document::{Block, Document, Picture};
pub use headline::{HeadlineFacts, headline_script};
pub use html::html;
pub use integer::{AffineInteger, Signedness};
pub use markdown::markdown;
pub use snippet::{NoSnippet, Tool, snippet};
pub use table::{Cell, Column, Table, tables};
