//! A network in a web worker. The page fetches this program with the first model.
//!
//! # Main types
//! - [`serve`]: the worker. It takes messages of [`fathom_engine::network`] and does one request at a time.
//! - [`StudyStore`]: what one worker holds, which is a prepared network, and what the first worker sums up. It knows no browser.
//!
//! # On purpose
//! A request runs to its end, and the page ends the worker to cancel it. Only messages on runs leave it meanwhile.
//!
//! # Out of scope
//! Which worker measures what ([`fathom_engine::network::NetworkSession`]), and everything about networks (`fathom-network`).

mod measured_study;
mod study_files;
mod study_store;
mod study_words;
mod unpacked_order;
mod worker;

pub use study_files::FileBytes;
pub use study_store::{Machine, StudyStore};
pub use worker::serve;
