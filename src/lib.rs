//! The page: Leptos views, their state, and the browser around them. Figures, file formats, scheduling, words and charts come from the
//! crates below, which know no browser.
//!
//! # The path of a number
//! A view keeps a [`fathom_engine::query::Query`] answered. The worker pool gives it to a [`fathom_engine::Session`], which sends it to a worker
//! that holds the shown depths (`crates/engine-wasm`). The result comes back into a signal, and the view follows.
//!
//! # On purpose
//! Code without a view and a browser lives in `fathom-engine` and is tested there. No depths of a set lie in the memory of the page.
//!
//! # Features
//! `web`: the page. Without it no browser crate is compiled.

#[cfg(feature = "web")]
mod actions;
#[cfg(feature = "web")]
mod browser;
#[cfg(feature = "web")]
mod state;
#[cfg(feature = "web")]
mod views;

pub mod controls;

#[cfg(feature = "web")]
pub use views::start;
