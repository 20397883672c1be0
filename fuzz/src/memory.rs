//! How much memory is in use, counted at the allocator; and how much a file may take.

#![expect(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; this one only counts and hands on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Most that any file may take: a map of the most pixels as doubles (512 MB), and room for the file and the reader's own needs.
const MOST: usize = 600 << 20;

/// Most that a file under [`SMALL_FILE`] may take, whatever its header claims. The decoder of PNG alone may hold as much.
const MOST_OF_SMALL: usize = 64 << 20;

/// Bytes under which a file is small: none of these unpacks to more than a few megabytes.
const SMALL_FILE: usize = 1024;

/// More than this is not handed out at all: the fuzzer must not take the machine with it.
const NEVER: usize = 4 << 30;

static IN_USE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counted.
#[derive(Debug)]
pub struct Counted;

fn took(bytes: usize) {
    PEAK.fetch_max(IN_USE.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

fn is_too_much(bytes: usize) -> bool {
    IN_USE.load(Relaxed).saturating_add(bytes) > NEVER
}

// SAFETY: every call is handed to the system's allocator as it came, or answered with null, which the trait allows.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_too_much(layout.size()) {
            return std::ptr::null_mut();
        }
        took(layout.size());
        // SAFETY: the caller's promises are the system's allocator's own.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_too_much(layout.size()) {
            return std::ptr::null_mut();
        }
        took(layout.size());
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

/// Runs a reader and panics if it took more memory than a file of this length may. Counts only where [`Counted`] is the program's
/// allocator, and one reader at a time.
///
/// # Panics
/// If it took more.
pub fn within_budget(length: usize, reader: impl FnOnce()) {
    let before = IN_USE.load(Relaxed);
    PEAK.store(before, Relaxed);
    reader();
    let taken = PEAK.load(Relaxed).saturating_sub(before);
    let budget = if length < SMALL_FILE {
        MOST_OF_SMALL
    } else {
        MOST
    };
    assert!(
        taken <= budget,
        "a file of {length} bytes took {taken} bytes of memory, over its budget of {budget}"
    );
}
