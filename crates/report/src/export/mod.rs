//! The exports beside `report.json`: CSV tables, Markdown, one HTML file, and code for other tools.
//!
//! Every export is made from the serialised report, so that all of them show the same numbers. Nothing here reads files, draws charts
//! or knows the browser: a chart arrives as the text of an SVG, a map as a PNG.

mod affine_integer;
mod chart_data;
mod column_units;
mod csv_table;
mod headline_script;
mod html_document;
mod key_tables;
mod layer_ranking;
mod markdown_document;
mod network_table;
mod node_list;
mod report_document;
mod report_tables;
mod toolchain_snippet;
mod zip_archive;

pub use affine_integer::{AffineInteger, Signedness};
pub use chart_data::ChartData;
pub use column_units::unit;
pub use csv_table::csv;
pub use headline_script::{HeadlineInput, headline_script};
pub use html_document::html;
pub use key_tables::KeyTable;
pub use layer_ranking::layer_ranking;
pub use markdown_document::markdown;
pub use node_list::{NodeListError, NodeListFormat, node_list};
pub use report_document::{
    Block, DOCUMENT_TITLE, Document, DocumentChart, DocumentMap, DocumentMaps, DocumentOrigin,
    DocumentPictures,
};
pub use report_tables::{Cell, Column, Table, tables};
pub use toolchain_snippet::{SnippetError, Tool, snippet};
pub use zip_archive::archive;
