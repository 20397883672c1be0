//! The thin layer to the browser: workers, files, canvas, address, clipboard.
//!
//! May know the core and the browser. Must not know the page (`app`), and holds no arithmetic on depths: it moves data.

pub mod maps;

#[cfg(feature = "readers")]
pub mod blob;

#[cfg(feature = "web")]
pub mod browser;
#[cfg(feature = "web")]
pub mod canvas;
#[cfg(feature = "web")]
pub mod drops;
#[cfg(feature = "web")]
pub mod pool;
#[cfg(feature = "web")]
mod readers;
#[cfg(feature = "web")]
mod wire;
#[cfg(feature = "web")]
pub mod worker;
