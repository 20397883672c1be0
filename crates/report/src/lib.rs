//! Findings in words, `report.json`, tables, documents, snippets for toolchains, and the link.

pub mod answers;
pub mod export;
pub mod link;
pub mod range_verdict;
pub mod report;
