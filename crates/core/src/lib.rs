//! Depth maps, their statistics, output codes and metrics.

pub mod depth;
pub mod i18n;
pub mod metrics;
pub mod quant;
pub mod stats;
pub mod synth;
pub mod units;
