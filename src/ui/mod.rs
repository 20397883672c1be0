//! Pieces of views that the page and the study share.
//!
//! May know the browser's layer and the core. Must not know either program's state: what a piece needs comes as an argument or from
//! the context.
#![expect(
    unreachable_pub,
    reason = "the component macro makes the functions it writes public"
)]

pub(crate) mod chart;
#[cfg(feature = "study")]
pub(crate) mod choose;
#[cfg(feature = "study")]
pub(crate) mod drawn;
#[cfg(feature = "study")]
pub(crate) mod icon;
#[cfg(feature = "study")]
pub(crate) mod line;
pub(crate) mod save;
#[cfg(feature = "study")]
mod summary;
