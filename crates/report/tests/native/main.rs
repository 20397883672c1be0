//! Tests of several crates together, on files: goldens, fixtures, exports and real data. One binary, so that one link serves all.

mod common;
mod full_report;

mod answers;
mod calibrators;
mod codes;
mod corpus;
mod decode;
mod degenerate;
mod export;
mod golden;
mod korean;
mod manifest;
mod report;
mod report_schema;
mod whole_sample;
