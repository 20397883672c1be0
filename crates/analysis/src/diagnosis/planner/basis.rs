//! The origin of a planner's figures.

use serde::{Deserialize, Serialize};

/// The origin of a figure, from the strongest to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// Measured on the maps at hand.
    Measured,
    /// FP32's maps were coded anew.
    Simulated,
    /// Computed from the theory of the code.
    Computed,
    /// Published about other networks.
    Published,
    /// Assumed.
    Assumed,
}

impl Basis {
    /// Returns true if the figure rests on the maps at hand.
    #[must_use]
    pub fn is_of_these_maps(self) -> bool {
        matches!(self, Self::Measured | Self::Simulated | Self::Computed)
    }
}
