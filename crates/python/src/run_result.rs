//! A result in Python.

use fathom_engine::RunOutcome;
use fathom_native::documents;
use fathom_report::link::MAX_TITLE;
use pyo3::prelude::*;

use crate::errors::failed;

/// Everything that a run has found out.
#[pyclass(frozen, name = "RunResult", module = "fathom._fathom")]
pub(crate) struct RunResult {
    outcome: RunOutcome,
    json: String,
    warnings: Vec<String>,
}

impl RunResult {
    /// A result with the warnings of its run.
    pub(crate) fn new(outcome: RunOutcome, warnings: Vec<String>) -> PyResult<Self> {
        let json = outcome.report().to_json().map_err(|error| failed(&error))?;
        Ok(Self {
            outcome,
            json,
            warnings,
        })
    }
}

#[pymethods]
impl RunResult {
    /// `report.json`.
    #[getter]
    fn json(&self) -> &str {
        &self.json
    }

    /// Sentences about files that were left out, and findings.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// The report as one HTML file with charts.
    fn to_html(&self, py: Python<'_>) -> PyResult<String> {
        let made = || documents::html(&self.outcome, &self.outcome.report(), None);
        py.detach(made).map_err(|why| failed(&why))
    }

    /// The report as Markdown.
    fn to_markdown(&self, py: Python<'_>) -> PyResult<String> {
        let made = || documents::markdown(&self.outcome.report(), None);
        py.detach(made).map_err(|why| failed(&why))
    }

    /// Charts with their captions, as the text of SVG files.
    fn charts(&self, py: Python<'_>) -> PyResult<Vec<(String, String)>> {
        let charts = py.detach(|| documents::charts(&self.outcome));
        let charts = charts.map_err(|why| failed(&why))?;
        Ok(charts.into_iter().map(|c| (c.caption, c.svg)).collect())
    }

    /// The fragment of the link that opens the page with this result.
    fn link(&self, title: &str, frame_names: bool) -> PyResult<String> {
        if title.chars().count() > MAX_TITLE {
            let why = format!("the title is longer than {MAX_TITLE} characters");
            return Err(failed(&why));
        }
        let made = self.outcome.link(title, frame_names);
        let (fragment, ..) = made.ok_or_else(|| failed(&"no link can be made of it"))?;
        Ok(fragment)
    }
}
