//! Theory against practice, in words: what figures and maps say of INT8's loss, what could be done about it, and how sure that is.
//!
//! May know what `analysis` may. Takes the figures of a comparison as plain numbers; visits no pixel.

pub mod calculator;
mod claims;
pub mod layers;
pub mod planner;
pub mod what_if;

pub use claims::claims;
