//! The page: Leptos views, their state, and the browser around them. Figures, file formats, scheduling, words and charts come from the
//! crates below, which know no browser.
//!
//! # The path of a number
//! Workers decode files and count their samples with `fathom_engine`; one of them builds the distribution of the shown role. The page measures
//! ranges on it, and the workers of the sections answer [`fathom_engine::query::Query`]s and compare frames.
//!
//! # On purpose
//! What has no view and no browser lives in `fathom-engine` and is tested there. The messages of today's programs stay here: [`protocol`],
//! [`study_protocol`], [`bridge`].
//!
//! # Features
//! `web`: the page and its workers. `study`: the program of what a first look does not need. `readers`: the program that decodes files, which
//! the page fetches with the first file. Without any of them no browser crate is compiled.

#[cfg(feature = "web")]
pub mod app;
#[cfg(feature = "study")]
pub mod study;
#[cfg(feature = "views")]
pub mod ui;
#[cfg(feature = "browser")]
pub mod web;

pub mod bridge;
pub mod controls;
pub mod protocol;
pub mod rehearsal;
pub mod study_protocol;
