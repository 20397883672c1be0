//! The fuzzer: libFuzzer invents files, the target that `FATHOM_FUZZ_TARGET` names reads them.
//!
//! `cargo xtask fuzz` builds it with coverage, chooses the target and says what a failure means.

#![no_main]

use std::sync::LazyLock;

use fathom_fuzz::{Target, memory};

#[global_allocator]
static ALLOCATOR: memory::Counted = memory::Counted;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FATHOM_FUZZ_TARGET").unwrap_or_default();
    Target::named(&name).unwrap_or_else(|| panic!("FATHOM_FUZZ_TARGET is {name:?}, no target"))
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET.feed(bytes));
