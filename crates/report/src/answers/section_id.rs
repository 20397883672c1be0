//! The sections of the page that figures link to.

use serde::{Deserialize, Serialize};

/// A section of the page that figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SectionId {
    /// Error budget.
    Budget,
    /// Table of metrics.
    Metrics,
    /// Grid of the INT8 output values.
    Grid,
    /// Errors by depth.
    Bands,
    /// Errors by frame.
    Frames,
    /// RMSE against the end of the range.
    Ranges,
    /// RMSE against both ends of the range.
    Map,
    /// Comparison of codes.
    Codes,
    /// Ranges that calibration methods choose.
    Calibrators,
    /// Planner: error sources and remedies.
    Planner,
    /// Calculator.
    Calculator,
    /// Table of candidate ranges.
    Table,
    /// Effect of the network's layers.
    NetworkLayers,
    /// Layers of the network that are kept at more bits.
    NetworkKept,
}

impl SectionId {
    /// All sections.
    pub const ALL: [Self; 14] = [
        Self::Budget,
        Self::Metrics,
        Self::Grid,
        Self::Bands,
        Self::Frames,
        Self::Ranges,
        Self::Map,
        Self::Codes,
        Self::Calibrators,
        Self::Planner,
        Self::Calculator,
        Self::Table,
        Self::NetworkLayers,
        Self::NetworkKept,
    ];

    /// Returns the `id` of the section's element on the page.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::Metrics => "metrics",
            Self::Grid => "grid",
            Self::Bands => "bands",
            Self::Frames => "frames",
            Self::Ranges => "curve-title",
            Self::Map => "map",
            Self::Codes => "codes",
            Self::Calibrators => "calibrators",
            Self::Planner => "planner",
            Self::Calculator => "calculator",
            Self::Table => "table-title",
            Self::NetworkLayers => "network-layers",
            Self::NetworkKept => "network-kept",
        }
    }
}
