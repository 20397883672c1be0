//! Pieces of views that the page and the study share.
//!
//! May know the browser's layer and the core. Must not know either program's state: what a piece needs comes as an argument or from
//! the context.
#![expect(
    unreachable_pub,
    reason = "the component macro makes the functions it writes public"
)]

pub(crate) mod chart;
pub(crate) mod choose;
pub(crate) mod drawn;
pub(crate) mod icon;
pub(crate) mod line;
pub(crate) mod save;
mod summary;
