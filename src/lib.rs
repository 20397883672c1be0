//! Fathom: what INT8 does to depth maps.

pub mod analysis;
pub mod decode;
pub mod depth;
pub mod metrics;
pub mod plot;
pub mod protocol;
pub mod quant;
pub mod share;
pub mod stats;
pub mod synth;
pub mod units;
