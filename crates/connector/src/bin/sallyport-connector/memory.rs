//! Keeps memory at hand while much is carried, and gives it back to the system once a rush is over.

use std::time::Duration;

use connector::Monitor;

/// How often to look whether one is.
const LOOK: Duration = Duration::from_secs(3);
/// Fewer streams than this that have ended are not worth the walk through the heap.
const WORTH: u64 = 32;
/// Looks after which streams that go on have their turn: what they carried at once may be over.
const LONG: u32 = 20;

/// Looks for as long as the program runs.
pub(crate) async fn give_back_after_rushes(monitor: Monitor) {
    let (mut most, mut known, mut looks) = (0, 0, 0);
    loop {
        tokio::time::sleep(LOOK).await;
        let (came, running) = monitor.load();
        most = most.max(running);
        looks = if running == 0 { 0 } else { looks + 1 };
        let has_rested = running == 0 && came != known;
        if has_rested || running + WORTH <= most || looks == LONG {
            heap::give_back();
            (most, known, looks) = (running, came, 0);
        }
    }
}

/// Has to be called before there are threads.
pub(crate) fn keep_at_hand() {
    heap::keep_at_hand();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "glibc has no other door to its heap")]
mod heap {
    use std::ffi::c_int;

    /// Names of glibc's settings in `malloc.h`.
    const TRIM_THRESHOLD: c_int = -1;
    const MMAP_THRESHOLD: c_int = -3;
    /// Bytes at the end of a heap that are kept, where usually 128 KiB are: buffers of a few streams under way.
    const KEPT: c_int = 4 << 20;
    /// Smaller blocks than this are of the heap; each of the others comes from the system and goes back there.
    const LARGE: c_int = 1 << 20;

    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> c_int;
        fn mallopt(setting: c_int, value: c_int) -> c_int;
    }

    /// What is given back and asked for again for each piece that is carried costs a third of the time.
    pub(super) fn keep_at_hand() {
        // SAFETY: mallopt(3) has this signature and takes these settings; no other thread is there to allocate.
        unsafe {
            mallopt(TRIM_THRESHOLD, KEPT);
            mallopt(MMAP_THRESHOLD, LARGE);
        }
    }

    /// glibc does so by itself only at the end of its heap, where something small nearly always lies.
    pub(super) fn give_back() {
        // SAFETY: malloc_trim(3) has this signature, may be called at any time from any thread, and touches no block
        // that is in use.
        unsafe {
            malloc_trim(0);
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod heap {
    pub(super) fn keep_at_hand() {}
    pub(super) fn give_back() {}
}
