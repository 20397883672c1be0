//! The sentences of the three answers. Figures are spans of their own, each with its unit and its section.

mod paragraph_writer;
mod range_paragraph;
mod todo_paragraph;
mod why_paragraph;

pub(super) use range_paragraph::range_paragraph;
pub(super) use todo_paragraph::todo_paragraph;
pub(super) use why_paragraph::why_paragraph;
