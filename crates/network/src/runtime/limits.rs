//! The memory limit of a network.

/// Bounds that are checked before memory is reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunLimits {
    /// Most bytes of one tensor.
    pub tensor_bytes: u64,
    /// Most bytes of tensors that are kept at once, for comparing and for unchanged prefixes.
    pub kept_bytes: u64,
}

impl Default for RunLimits {
    /// A ViT-S at 518x518 needs tensors of 130 MB; a browser gives a program 4 GB.
    fn default() -> Self {
        Self {
            tensor_bytes: 1 << 30,
            kept_bytes: 512 << 20,
        }
    }
}
