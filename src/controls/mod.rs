//! Controls of a reader: taking changes back, keys, finding a command by a few letters, coming back to a result.
//!
//! Knows settings, links and texts, and is tested natively. Must not know the browser: a key, a time or a stored text comes as a value.

mod choices;
mod history;
mod keys;
mod recent;
mod search;

pub use choices::{Choices, Gesture};
pub use history::History;
pub use keys::{CHART_KEYS, ChartKeys, Deed, Focus, Pressed, SHORTCUTS, Shortcut, deed};
pub use recent::{KEPT, Recent, RecentFacts, surplus};
pub use search::ranked;
