//! What the system's allocator should do otherwise: give memory back, and place large blocks well.

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

/// glibc puts blocks of whole pages so that the next one begins 16 bytes further within its page. TLS copies every
/// record from one such block, behind a header of 5 bytes, to another: 11 bytes apart within a page, where some
/// processors copy at a tenth of their speed. That was a third of the time of a download.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod staggered {
    use std::alloc::{GlobalAlloc, Layout, System};

    #[global_allocator]
    static STAGGERED: Staggered = Staggered;

    const PAGE: usize = 4096;
    /// Three lines of the cache: far enough, and little beside a page.
    const STEP: usize = 192;

    /// The system's allocator, with blocks of a page and more a little larger than they were asked for.
    struct Staggered;

    pub(super) const fn widened(size: usize) -> usize {
        if size < PAGE { size } else { size.saturating_add(STEP) }
    }

    /// The same layout where there would be none so large: the system then says no by itself.
    fn wide(layout: Layout) -> Layout {
        Layout::from_size_align(widened(layout.size()), layout.align()).unwrap_or(layout)
    }

    #[expect(unsafe_code, reason = "an allocator is unsafe by its trait")]
    // SAFETY: every call goes to the system's allocator. A block is asked for, resized and freed with the same widened
    // layout, which depends on the layout alone and is never smaller than it.
    unsafe impl GlobalAlloc for Staggered {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: as the caller promises.
            unsafe { System.alloc(wide(layout)) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            // SAFETY: as the caller promises.
            unsafe { System.alloc_zeroed(wide(layout)) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: as the caller promises.
            unsafe { System.dealloc(block, wide(layout)) }
        }

        unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            let size =
                Layout::from_size_align(size, layout.align()).map_or(size, |wanted| wide(wanted).size());
            // SAFETY: as the caller promises.
            unsafe { System.realloc(block, wide(layout), size) }
        }
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::staggered::widened;

    #[test]
    fn neighbours_of_whole_pages_begin_at_other_places_of_a_page() {
        let blocks: Vec<Vec<u8>> = (0..4).map(|_| Vec::with_capacity(16_384)).collect();
        let mut places: Vec<usize> = blocks.iter().map(|block| block.as_ptr().addr() % 4096).collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 64), "{places:?}");
    }

    #[test]
    fn only_large_blocks_are_widened_and_they_keep_what_is_in_them() {
        assert_eq!((widened(0), widened(4095)), (0, 4095));
        assert_eq!(widened(usize::MAX), usize::MAX);
        let mut grown: Vec<u8> = Vec::with_capacity(16);
        for at in 0..100_000_u32 {
            grown.push(at.to_le_bytes()[0]);
        }
        grown.truncate(5_000);
        grown.shrink_to_fit();
        assert!((0..5_000_u32).all(|at| grown[at as usize] == at.to_le_bytes()[0]));
        assert!(vec![0_u8; 70_000].iter().all(|byte| *byte == 0));
    }
}
