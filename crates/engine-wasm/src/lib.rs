//! The engine in a web worker, and the messages between it and the page.
//!
//! # Main types
//! - [`serve`]: the worker. It holds one [`fathom_engine::Store`] and does its requests in slices, so that an edit never waits long.
//! - [`ToWorker`], [`FromWorker`]: the messages, packed by [`pack`] and read by [`unpack`].
//! - [`JsBuffers`]: buffers on their way, which stay in the browser's memory.
//!
//! # The path of a file
//! The page sends requests that name files by numbers. The worker asks for the files that it has to open, and the page sends their bytes,
//! or the file itself where it is large or an archive. A request waits until its files are there.
//!
//! # Out of scope
//! Which worker does what ([`fathom_engine::Session`]), and how workers are started (the page).

mod blob_reader;
mod browser_files;
mod messages;
pub mod texts;
mod worker;

pub use blob_reader::read_file;
pub use messages::{FromWorker, JsBuffers, Packed, ToWorker, Unpacked, pack, pack_buffers, unpack};
pub use worker::serve;
