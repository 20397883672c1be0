//! Pieces that several views share. What a piece needs comes as an argument or from the context.

pub(crate) mod chart;
pub(crate) mod choose;
pub(crate) mod colour_scale;
pub(crate) mod drawn;
pub(crate) mod heading;
pub(crate) mod icon;
pub(crate) mod line;
pub(crate) mod save;
pub(crate) mod section;
mod summary;
pub(crate) mod table;
pub(crate) mod zoomed;
