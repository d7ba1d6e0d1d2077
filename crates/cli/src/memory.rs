//! Memory that many streams have used goes back to the system when they have ended.

/// Gives back what the allocator keeps for the next rush. glibc does so by itself only at the end of its heap, where
/// something small nearly always lies.
pub(crate) fn give_back() {
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
