//! Repairs: settings of a role that make its maps belong to the others.

use std::fmt;

use super::finding_kind::FindingKind;
use fathom_core::depth::Role;
use serde::{Deserialize, Serialize};

/// The order of axes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AxisOrder {
    /// Rows and columns of each map are swapped.
    Transposed,
    /// A stack of shape (rows, columns, frames) that was read as (frames, rows, columns).
    FramesLast,
    /// A stack of shape (rows, frames, columns) that was read as (frames, rows, columns).
    FramesMiddle,
}

/// Axes whose direction is reversed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Flip {
    /// The first row becomes the last one: upside down.
    Rows,
    /// The first column becomes the last one: mirrored.
    Columns,
    /// Both: half a turn.
    Both,
}

/// The rectangle of a frame that a map covers, in pixels of the frame. It may reach beyond the frame: then the map has borders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First row.
    pub top: i32,
    /// First column.
    pub left: i32,
    /// Rows covered. A map of another height is resized to them.
    pub height: u32,
    /// Columns covered. A map of another width is resized to them.
    pub width: u32,
    /// Rows of the frame.
    pub frame_height: u32,
    /// Columns of the frame.
    pub frame_width: u32,
}

/// The quantity of samples, if not depth along the optical axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Quantity {
    /// Inverse depth or disparity: depth = 1 / (scale * sample + shift), in metres. With shift 0, 1 / scale is baseline times focal length.
    Inverse {
        /// In 1/m per sample unit.
        scale: f64,
        /// In 1/m.
        shift: f64,
    },
    /// Logarithm: depth = exp(scale * sample + shift), in metres.
    Log {
        /// Per sample unit.
        scale: f64,
        /// Added to the logarithm.
        shift: f64,
    },
    /// Relative depth: depth = scale * sample + shift, in metres.
    Affine {
        /// In metres per sample unit.
        scale: f64,
        /// In metres.
        shift: f64,
    },
    /// Distance along the ray; the principal point is the centre of the map. Samples keep their unit.
    Ray {
        /// Focal length in pixels of the map.
        focal: f64,
    },
}

/// A repair of the maps of a role.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Repair {
    /// Reorders the axes.
    SwapAxes(AxisOrder),
    /// Reverses axes.
    Flip(Flip),
    /// Places maps in their frame.
    Window(Window),
    /// Swaps the bytes of each sample.
    ByteOrder,
    /// Converts samples to depth.
    Quantity(Quantity),
    /// Sets the unit, in metres per sample unit.
    Unit(f64),
    /// Multiplies depths.
    Factor(f64),
    /// Converts codes to depth: scale * (code - zero point), in metres.
    Codes {
        /// Metres per code.
        scale: f64,
        /// The code of 0 m.
        zero_point: f64,
    },
    /// Marks a sample value as "no depth".
    NoDepth(f64),
    /// Leaves maps as they are, whatever a finding of this kind says.
    AsIs(FindingKind),
}

/// A repair with its role. Its text is `ROLE:NAME=VALUE`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleRepair {
    /// The role whose maps are repaired.
    pub role: Role,
    /// The repair.
    pub repair: Repair,
}

impl Repair {
    /// True if samples change, so that files have to be read in another way.
    #[must_use]
    pub fn changes_samples(&self) -> bool {
        !matches!(self, Self::Unit(_) | Self::Factor(_) | Self::AsIs(_))
    }

    /// The name in reports, links and on the command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SwapAxes(_) => "swap_axes",
            Self::Flip(_) => "flip",
            Self::Window(_) => "window",
            Self::ByteOrder => "byte_order",
            Self::Quantity(_) => "quantity",
            Self::Unit(_) => "unit",
            Self::Factor(_) => "factor",
            Self::Codes { .. } => "codes",
            Self::NoDepth(_) => "no_depth",
            Self::AsIs(_) => "as_is",
        }
    }

    /// The value in reports, links and on the command line.
    #[must_use]
    pub fn value(&self) -> String {
        match *self {
            Self::SwapAxes(AxisOrder::Transposed) => "transposed".to_owned(),
            Self::SwapAxes(AxisOrder::FramesLast) => "frames_last".to_owned(),
            Self::SwapAxes(AxisOrder::FramesMiddle) => "frames_middle".to_owned(),
            Self::Flip(Flip::Rows) => "rows".to_owned(),
            Self::Flip(Flip::Columns) => "columns".to_owned(),
            Self::Flip(Flip::Both) => "both".to_owned(),
            Self::Window(w) => format!(
                "{}x{}{:+}{:+}/{}x{}",
                w.width, w.height, w.left, w.top, w.frame_width, w.frame_height
            ),
            Self::ByteOrder => "swapped".to_owned(),
            Self::Quantity(Quantity::Inverse { scale, shift }) => {
                format!("inverse:{scale:e},{shift}")
            }
            Self::Quantity(Quantity::Log { scale, shift }) => format!("log:{scale},{shift}"),
            Self::Quantity(Quantity::Affine { scale, shift }) => format!("affine:{scale},{shift}"),
            Self::Quantity(Quantity::Ray { focal }) => format!("ray:{focal}"),
            Self::NoDepth(value) if value.abs() >= 1e9 => format!("{value:e}"),
            Self::Unit(value) | Self::Factor(value) | Self::NoDepth(value) => value.to_string(),
            Self::Codes { scale, zero_point } => format!("{scale},{zero_point}"),
            Self::AsIs(kind) => kind.name().to_owned(),
        }
    }
}

impl fmt::Display for RoleRepair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, name) = (self.role.name(), self.repair.name());
        write!(f, "{role}:{name}={}", self.repair.value())
    }
}
