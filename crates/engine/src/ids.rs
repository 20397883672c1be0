//! Numbers that tell jobs apart.

/// Which set of files a message is about. A newer job makes older ones stale.
pub type JobId = u32;
