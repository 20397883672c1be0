//! Repairs of a quantized network: bias correction, clip search, scales per channel, ends in float, cross-layer equalisation.
//!
//! [`RepairKit::apply`] makes a network with some repairs, fitted on calibration frames. What a repair brings is measured by running that
//! network on other frames. Sources: M. Nagel et al., "Data-free quantization through weight equalization and bias correction" (DFQ,
//! arXiv:1906.04721), for equalisation and bias correction.
//!
//! Must be absent: files, and judging.

mod bias_correction;
mod equalisation;
mod refit;
mod repair_kind;
mod repair_kit;
mod weighted_node;

pub use repair_kind::Repair;
pub use repair_kit::{RepairKit, RepairedNetwork};
