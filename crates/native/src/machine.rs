//! Threads and memory of a run.

use std::thread;

/// The means of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Threads that compute.
    pub threads: usize,
    /// Bytes of decoded maps that they keep together between reading and comparing.
    pub memory: usize,
}

impl Machine {
    /// So many threads, or one a processor; so many megabytes.
    #[must_use]
    pub fn new(threads: Option<usize>, megabytes: usize) -> Self {
        let processors = || thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads: threads.unwrap_or_else(processors).max(1),
            memory: megabytes.saturating_mul(1_000_000),
        }
    }
}
