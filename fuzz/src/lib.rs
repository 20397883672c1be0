//! Everything of Fathom that reads bytes from outside, as functions of bytes that panic where a promise is broken.
//!
//! The promises: no panic; an error is one sentence; what comes out is whole; memory stays within [`memory`]'s budget. Each target
//! first mends what random changes always break (checksums), else most of them would end at the door. Must not know which fuzzer
//! calls: `main.rs` hands the targets to libFuzzer, `tests/seeds.rs` runs them on the files that are here.

pub mod memory;
mod mend;
mod promises;
mod targets;

pub use targets::{TARGETS, Target};
