//! Choices for quantizing a network here: statistics of activations over frames, and the grids of weights and activations.
//!
//! [`ActivationStatistics`] adds up one tensor over any number of frames without keeping it. [`ActivationScheme`] makes a
//! [`QuantizerGrid`] of it with one of the calibrators of `fathom_analysis`; [`WeightScheme`] makes one of a weight. [`QuantizeScheme`]
//! holds both and is parsed from text.
//!
//! Must be absent: graphs, and running networks.

mod activation_statistics;
mod quantize_scheme;
mod quantizer_grid;

pub use activation_statistics::{ActivationStatistics, CountBuffer};
pub use quantize_scheme::{
    ActivationScheme, CalibratedGrid, QuantizeScheme, QuantizeTextError, WeightScheme,
};
pub use quantizer_grid::QuantizerGrid;
