//! Tests of several crates on files: goldens, fixtures, exports and real data. They share one binary to be linked once.

mod common;
mod full_report;
mod set_answers;

mod answer_laws;
mod answers;
mod calibrators;
mod codes;
mod corpus;
mod decode;
mod degenerate;
mod export;
mod golden;
mod known_sets;
mod korean;
mod manifest;
mod report;
mod report_schema;
mod tool_calibrators;
mod whole_sample;
