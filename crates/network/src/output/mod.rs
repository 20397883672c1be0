//! The meaning of a network's output: its quantity, a guess of it with evidence, and the conversion to metres.
//!
//! Must be absent: running networks, and maps of pixels as files.

mod output_guess;
mod output_quantity;

pub use output_guess::{OutputEvidence, OutputGuess, guess_output};
pub use output_quantity::{OutputQuantity, OutputTextError};
