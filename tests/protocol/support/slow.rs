//! Counts slow hashes: Argon2id takes its 19 MiB in one piece, and nothing else in these tests asks for as much.
//!
//! How much work a refusal costs is part of the protocol (a client must not be found by the time it takes to refuse it),
//! and clocks make tests that fail by chance.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Less than the memory of one hash, more than any body or header of a test.
const LARGE: usize = 16 << 20;

thread_local! {
    static HASHES: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn note(layout: Layout) {
    if layout.size() >= LARGE {
        // A thread that is ending has no count to move.
        let _ = HASHES.try_with(|hashes| hashes.set(hashes.get().saturating_add(1)));
    }
}

// SAFETY: every call goes to the system's allocator as it came; counting neither allocates nor touches the memory.
#[expect(unsafe_code, reason = "a global allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout);
        // SAFETY: the caller's promise is the system's condition.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout);
        // SAFETY: the caller's promise is the system's condition.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is the system's condition.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `work` answers, and the slow hashes that it cost.
pub fn hashes<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = HASHES.get();
    let answer = work();
    (answer, HASHES.get().saturating_sub(before))
}
