//! The documents that the page saves, from a result.

use fathom_engine::RunOutcome;
use fathom_plot::charts::{document_charts, html_report, markdown_report};
use fathom_report::export::DocumentChart;
use fathom_report::report::Report;

/// The report as one HTML file with charts.
///
/// # Errors
/// One sentence if a chart cannot be painted; painting in memory does not fail.
pub fn html(outcome: &RunOutcome, report: &Report) -> Result<String, String> {
    html_report(report, outcome.chart_data().as_ref())
}

/// The report as Markdown.
///
/// # Errors
/// None in practice: no part of a report can fail to serialise.
pub fn markdown(report: &Report) -> Result<String, String> {
    markdown_report(report)
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
