//! The kinds of findings that a user can settle by stating that the maps are right as they are.

use super::evidence_found::SetEvidence;
use fathom_core::depth::Role;
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

impl SetEvidence {
    /// The role and kind that a user settles by stating that the maps are right; `None` for a finding that needs no reply.
    #[must_use]
    pub fn subject(&self) -> Option<(Role, FindingKind)> {
        let first = |roles: &[Role]| roles.first().copied().unwrap_or_default();
        Some(match self {
            Self::NoMatch { role, counts, .. } => {
                let any = counts.first().map_or(Role::default(), |count| count.0);
                (role.unwrap_or(any), FindingKind::Match)
            }
            Self::StackAxes { role, .. } => (*role, FindingKind::StackAxes),
            Self::ByteOrder { roles } => (first(roles), FindingKind::ByteOrder),
            Self::NoDepth { role, .. } => (*role, FindingKind::NoDepth),
            Self::Codes { role, .. } => (*role, FindingKind::Codes),
            Self::Size { tested, .. } => (*tested, FindingKind::Size),
            Self::Orientation { tested, .. } => (*tested, FindingKind::Orientation),
            Self::Quantity { role, .. } => (*role, FindingKind::Quantity),
            Self::DisparityName { role } => (*role, FindingKind::DisparityName),
            Self::Unit { role, .. } | Self::DoubtfulUnit { role, .. } => (*role, FindingKind::Unit),
            Self::Factor { tested, .. } => (*tested, FindingKind::Unit),
            Self::UnconfirmedUnit { roles, .. } => (first(roles), FindingKind::Unit),
            Self::UnusualMedian { role, .. } => (*role, FindingKind::Median),
            Self::Unrelated { tested, .. } => (*tested, FindingKind::Unrelated),
            Self::ScaleError { .. } | Self::Marker { .. } | Self::Ray { .. } | Self::Dead(_) => {
                return None;
            }
        })
    }
}
