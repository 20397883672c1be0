//! The thin layer to the browser: workers, files, canvas, address, clipboard.
//!
//! May know the core and the browser. Must not know the page (`app`), and holds no arithmetic on depths: it moves data.

pub mod maps;
pub mod texts;

#[cfg(feature = "web")]
mod ahead;
#[cfg(feature = "readers")]
pub mod blob;

#[cfg(feature = "views")]
pub mod browser;
#[cfg(feature = "views")]
pub mod canvas;
#[cfg(feature = "study")]
pub mod crew;
#[cfg(feature = "web")]
pub mod drops;
#[cfg(feature = "study")]
pub mod handles;
#[cfg(feature = "views")]
mod intake;
#[cfg(feature = "views")]
pub mod jump;
#[cfg(feature = "web")]
pub mod pool;
#[cfg(feature = "views")]
mod readers;
#[cfg(feature = "study")]
pub mod recents;
#[cfg(feature = "views")]
pub mod scope;
#[cfg(feature = "study")]
pub mod servant;
#[cfg(feature = "web")]
pub mod study;
#[cfg(feature = "study")]
pub mod study_wire;
#[cfg(feature = "views")]
mod thread;
#[cfg(feature = "views")]
mod wire;
#[cfg(feature = "web")]
pub mod worker;
