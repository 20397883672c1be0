//! The documents that the page saves, from a result.

use fathom_engine::RunOutcome;
use fathom_plot::charts::{document_charts, html_report, markdown_report};
use fathom_report::export::{DocumentChart, DocumentOrigin};
use fathom_report::report::Report;
use time::OffsetDateTime;

/// The report as one HTML file with charts, beside the address that opens the page with it.
///
/// # Errors
/// One sentence if a chart cannot be painted; painting in memory does not fail.
pub fn html(outcome: &RunOutcome, report: &Report, link: Option<String>) -> Result<String, String> {
    html_report(report, outcome.chart_data().as_ref(), &origin(link))
}

/// The report as Markdown.
///
/// # Errors
/// None in practice: no part of a report can fail to serialise.
pub fn markdown(report: &Report, link: Option<String>) -> Result<String, String> {
    markdown_report(report, &origin(link))
}

/// Today, in UTC, and the link.
fn origin(link: Option<String>) -> DocumentOrigin {
    let date = OffsetDateTime::now_utc().date().to_string();
    DocumentOrigin { date, link }
}

/// The charts of a document.
///
/// # Errors
/// One sentence if a chart cannot be painted.
pub fn charts(outcome: &RunOutcome) -> Result<Vec<DocumentChart>, String> {
    let data = outcome.chart_data();
    Ok(data
        .as_ref()
        .map(document_charts)
        .transpose()?
        .unwrap_or_default())
}
