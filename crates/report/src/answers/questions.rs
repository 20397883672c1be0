//! The three questions of the page.

use fathom_core::i18n::tr;

/// Returns the three questions, translated.
#[must_use]
pub fn questions() -> [&'static str; 3] {
    [
        tr!("What does INT8 cost here, and where does it come from?"),
        tr!("Would another output range help?"),
        tr!("What should I do?"),
    ]
}

/// Returns the question with this number, from 0.
pub(super) fn question(number: usize) -> String {
    questions()[number].to_owned()
}
