//! The documents that the page saves, from a result.

use fathom_core::i18n::tr_dynamic;
use fathom_engine::RunOutcome;
use fathom_plot::charts::{DocumentInfo, document_pictures};
use fathom_plot::paper_palette;
use fathom_report::export::{self, DOCUMENT_TITLE, Document, DocumentChart};
use fathom_report::report::Report;

/// The report as one HTML file with charts.
///
/// # Errors
/// One sentence if a chart cannot be painted; painting in memory does not fail.
pub fn html(outcome: &RunOutcome, report: &Report) -> Result<String, String> {
    document(report, &charts(outcome)?).map(|document| export::html(&document))
}

/// The report as Markdown.
///
/// # Errors
/// None in practice: no part of a report can fail to serialise.
pub fn markdown(report: &Report) -> Result<String, String> {
    document(report, &[]).map(|document| export::markdown(&document))
}

fn document(report: &Report, charts: &[DocumentChart]) -> Result<Document, String> {
    let document = Document::new(tr_dynamic(DOCUMENT_TITLE), report, charts);
    document.map_err(|error| error.to_string())
}

/// The charts of a document.
///
/// # Errors
/// One sentence if a chart cannot be painted.
pub fn charts(outcome: &RunOutcome) -> Result<Vec<DocumentChart>, String> {
    let basis = outcome.basis();
    let Some(current) = basis.ranges.get(basis.current as usize) else {
        return Ok(Vec::new());
    };
    let data = DocumentInfo {
        practice: outcome.compared(),
        how: &basis.how,
        current: &current.named,
        best: outcome.best(),
        sweep: outcome.sweep(),
        what_if: outcome.what_if(),
        int8_m: outcome.int8_m(),
    };
    document_pictures(&data, &paper_palette())
}
