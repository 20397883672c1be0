//! The thin layer to the browser: workers, files, canvas, address, clipboard. It holds no arithmetic on depths: it moves data.

pub(crate) mod canvas;
pub(crate) mod dom;
pub(crate) mod drops;
mod file_bytes;
pub(crate) mod handles;
pub(crate) mod jump;
pub(crate) mod network_pool;
pub(crate) mod recents;
pub(crate) mod worker_pool;
mod worker_thread;
