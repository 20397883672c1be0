//! The bar that shows how many runs are done.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of so many runs.
pub(crate) fn progress(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg:<24} {wide_bar} {pos}/{len} runs, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
