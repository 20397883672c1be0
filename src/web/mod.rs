//! The thin layer to the browser: workers, files, canvas, address, clipboard.
//!
//! May know the core and the browser. Must not know the page (`app`), and holds no arithmetic on depths: it moves data.

pub mod browser;
pub mod canvas;
pub mod pool;
mod wire;
pub mod worker;
