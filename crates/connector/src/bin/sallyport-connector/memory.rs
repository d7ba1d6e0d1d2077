//! Gives memory back to the system once a rush of streams is over.

use std::time::Duration;

use connector::Monitor;

/// How often to look whether one is.
const LOOK: Duration = Duration::from_secs(3);
/// Fewer streams than this that have ended are not worth the walk through the heap.
const WORTH: u64 = 32;

/// Looks for as long as the program runs.
pub(crate) async fn give_back_after_rushes(monitor: Monitor) {
    let (mut most, mut known) = (0, 0);
    loop {
        tokio::time::sleep(LOOK).await;
        let (served, running) = monitor.load();
        most = most.max(running);
        let has_rested = running == 0 && served != known;
        if has_rested || running + WORTH <= most {
            give_back();
            (most, known) = (running, served);
        }
    }
}

/// glibc does so by itself only at the end of its heap, where something small nearly always lies.
fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "glibc has no other door to its heap")]
        // SAFETY: malloc_trim(3) has this signature, may be called at any time from any thread, and touches no block
        // that is in use.
        unsafe {
            unsafe extern "C" {
                fn malloc_trim(pad: usize) -> std::ffi::c_int;
            }
            malloc_trim(0);
        }
    }
}
