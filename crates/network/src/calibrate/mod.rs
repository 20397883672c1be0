//! Choices for quantizing a network here: statistics of activations over frames, and the grids of weights and activations.
//!
//! [`ActivationStatistics`] adds up one tensor over any number of frames without keeping it. [`ActivationScheme`] makes scale and zero
//! point of it with one of the calibrators of `fathom_analysis`; [`WeightScheme`] makes those of a weight. [`QuantizeScheme`] holds both
//! and is parsed from text. [`refitted_constant`] and [`refitted_activation`] choose new ranges for quantizers that exist.
//!
//! Must be absent: graphs, and running networks.

mod activation_statistics;
mod code_form;
mod counted_values;
mod quantize_scheme;
mod refitted_codes;

pub use activation_statistics::{ActivationStatistics, CountBuffer};
pub use counted_values::CountedValues;
pub use quantize_scheme::{
    ActivationScheme, Calibrated, QuantizeScheme, QuantizeTextError, WeightScheme,
};
pub use refitted_codes::{RangeChoice, refitted_activation, refitted_constant};
