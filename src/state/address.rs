//! What the address held when the page was opened, until the page shows it, and when the address may change again.

use leptos::prelude::TimeoutHandle;

use super::comparison::Opened;

/// The address that was read, and the plan to write it.
#[derive(Default)]
pub(crate) struct Address {
    /// The link of the address, until the page shows its depths.
    pub(crate) opened: Option<Opened>,
    /// The other link that the address held.
    pub(crate) other: Option<String>,
    /// The section that the address names, until the answers are there.
    pub(crate) section: Option<String>,
    /// The timer that will write the address.
    pub(crate) timer: Option<TimeoutHandle>,
    /// When the address may change again, in milliseconds of the page's clock.
    pub(crate) free_at_ms: f64,
}
