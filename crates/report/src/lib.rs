//! Findings in words, `report.json`, tables, documents, snippets for toolchains, and the link.

pub mod answers;
pub mod export;
pub mod report;
pub mod share;
pub mod verdict;
