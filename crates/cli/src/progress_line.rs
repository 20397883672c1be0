//! The line that says how far a command is. It is shown on terminals only.

use fathom_native::Stage;
use indicatif::{ProgressBar, ProgressStyle};

/// A line of progress.
#[derive(Debug)]
pub(crate) struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// An empty line.
    pub(crate) fn new() -> Self {
        let line = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            line.set_style(style);
        }
        Self(line)
    }

    /// Shows a text.
    pub(crate) fn show(&self, text: &impl ToString) {
        self.0.set_message(text.to_string());
        self.0.tick();
    }

    /// Shows the stage of a run, which goes on.
    pub(crate) fn on_stage(&self, stage: &Stage) -> bool {
        // A hidden line needs no text.
        if !self.0.is_hidden() {
            self.show(stage);
        }
        true
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
