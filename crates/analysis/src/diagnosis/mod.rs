//! Diagnosis of INT8's loss: the calculator for figures alone, requantized predictions, and the planner of remedies.
//!
//! Input: figures of a comparison as plain numbers, and the sorted pixel pairs of [`crate::compare`]. Must be absent: depth maps, plots,
//! report formats and links.

pub mod calculator;
pub mod planner;
mod published_claims;
pub mod requantized;

pub use published_claims::claims;
