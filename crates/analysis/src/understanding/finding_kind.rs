//! The kinds of findings that a user can settle by stating that the maps are right as they are.

use serde::{Deserialize, Serialize};

/// A kind of finding, whatever its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FindingKind {
    /// A role has no frame in common with another one.
    Match,
    /// The axes of a stack.
    StackAxes,
    /// The byte order.
    ByteOrder,
    /// A value that is probably no depth.
    NoDepth,
    /// Codes in the place of depths.
    Codes,
    /// The size of maps.
    Size,
    /// The orientation of maps.
    Orientation,
    /// The quantity, such as inverse depth.
    Quantity,
    /// A name that states disparity.
    DisparityName,
    /// The unit, or a factor that is no unit's.
    Unit,
    /// The median, which few scenes have.
    Median,
    /// Maps that hardly follow another role.
    Unrelated,
}

impl FindingKind {
    /// All kinds.
    pub const ALL: [Self; 12] = [
        Self::Match,
        Self::StackAxes,
        Self::ByteOrder,
        Self::NoDepth,
        Self::Codes,
        Self::Size,
        Self::Orientation,
        Self::Quantity,
        Self::DisparityName,
        Self::Unit,
        Self::Median,
        Self::Unrelated,
    ];

    /// The name in reports, links and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::StackAxes => "stack_axes",
            Self::ByteOrder => "byte_order",
            Self::NoDepth => "no_depth",
            Self::Codes => "codes",
            Self::Size => "size",
            Self::Orientation => "orientation",
            Self::Quantity => "quantity",
            Self::DisparityName => "disparity_name",
            Self::Unit => "unit",
            Self::Median => "median",
            Self::Unrelated => "unrelated",
        }
    }
}
