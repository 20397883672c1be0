//! Evidence, questions and their parts, as plain data.

use super::dead_output::DeadOutput;
use super::finding_kind::FindingKind;
use super::impossible_depths::NoDepthValue;
use super::placement::Fit;
use super::plausibility::Score;
use super::repair::{AxisOrder, RoleRepair};
use fathom_core::depth::Role;
use serde::{Deserialize, Serialize};

/// A finding about a set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SetEvidence {
    /// Two roles have no frame in common.
    NoMatch {
        /// The role that has none; `None` for all roles.
        role: Option<Role>,
        /// Roles with their numbers of maps.
        counts: Vec<(Role, usize)>,
        /// True if all roles have as many maps: they can be paired in their order.
        has_order: bool,
        /// Roles with several maps in a file, where others have files of one map.
        stacks: Vec<Role>,
    },
    /// The axes of a stack are in another order than those of another role.
    StackAxes {
        /// The role with the stack.
        role: Role,
        /// The shape as it was read: frames, rows, columns.
        shape: (usize, usize, usize),
        /// The order that fits.
        order: AxisOrder,
        /// The role whose size it then has, if there is one.
        beside: Option<Role>,
    },
    /// Samples are credible only with swapped bytes.
    ByteOrder {
        /// The roles.
        roles: Vec<Role>,
    },
    /// A value is no depth.
    NoDepth {
        /// The role.
        role: Role,
        /// The value.
        value: NoDepthValue,
    },
    /// A prediction holds codes.
    Codes {
        /// The role.
        role: Role,
        /// The role that a scale and zero point were fitted on.
        fitted_on: Option<Role>,
    },
    /// Sizes differ.
    Size {
        /// The larger role's frame and the map, rows and columns.
        reference: Role,
        /// The role of the map.
        tested: Role,
        /// Rows and columns of the frame.
        frame: (usize, usize),
        /// Rows and columns of the map.
        map: (usize, usize),
        /// The fit found.
        fit: Fit,
        /// True if the map is transposed.
        transposed: bool,
    },
    /// A role follows its reference in another orientation.
    Orientation {
        /// The reference.
        reference: Role,
        /// The role.
        tested: Role,
        /// As it is.
        as_is: Score,
        /// In the orientation of the repair.
        repaired: Score,
    },
    /// A role is another quantity.
    Quantity {
        /// The reference.
        reference: Role,
        /// The role that is repaired.
        role: Role,
        /// As it is.
        as_is: Score,
        /// As that quantity.
        repaired: Score,
    },
    /// A name states disparity, and the values are read as depths.
    DisparityName {
        /// The role.
        role: Role,
    },
    /// A role is in another unit.
    Unit {
        /// The reference.
        reference: Role,
        /// The role that is repaired.
        role: Role,
        /// Median of the tested role over its reference.
        ratio: f64,
        /// The unit that fits, in metres.
        unit_m: f64,
    },
    /// A role differs by a factor that is no unit's.
    Factor {
        /// The reference.
        reference: Role,
        /// The role.
        tested: Role,
        /// Median of the role over its reference.
        ratio: f64,
    },
    /// A role differs by a factor that neither a unit nor a repair explains: its own error.
    ScaleError {
        /// The reference.
        reference: Role,
        /// The role.
        tested: Role,
        /// Median of the role over its reference.
        ratio: f64,
    },
    /// The unit of roles is only plausible, and no role in another unit confirms it.
    UnconfirmedUnit {
        /// The roles, all in this unit.
        roles: Vec<Role>,
        /// The unit that was guessed, in metres.
        unit_m: f64,
        /// The median of the first role in it, in metres.
        median_m: f64,
    },
    /// A listed marker stands for "no depth" in the ground truth.
    Marker {
        /// The role.
        role: Role,
        /// The sample.
        value: f64,
        /// Its share of the sampled pixels.
        share: f64,
    },
    /// The unit of a role is only plausible, and another role disagrees.
    DoubtfulUnit {
        /// The role.
        role: Role,
        /// The role that disagrees.
        beside: Role,
        /// Median of the tested role over its reference.
        ratio: f64,
    },
    /// The median is that of few scenes.
    UnusualMedian {
        /// The role.
        role: Role,
        /// The median in metres.
        median_m: f64,
    },
    /// Distances along the ray; the focal length in pixels is fitted.
    Ray {
        /// The roles with distances: one, and those that are like it.
        roles: Vec<Role>,
        /// Focal length, in pixels.
        focal: f64,
        /// Distance over depth at the edge.
        at_edge: f64,
    },
    /// A role hardly follows its reference, and no repair explains it.
    Unrelated {
        /// The reference.
        reference: Role,
        /// The role.
        tested: Role,
        /// As it is.
        as_is: Score,
    },
    /// A prediction's output is dead.
    Dead(DeadOutput),
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

/// The question worth asking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The finding.
    pub evidence: SetEvidence,
    /// Answers, the likeliest first; each is a list of repairs in the order of their application. Empty if something must be typed.
    pub options: Vec<Vec<RoleRepair>>,
}
