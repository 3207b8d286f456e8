//! Copying pages, and nothing else.

use cow_memory::PageSet;

const PAGE_BYTES: usize = 4096;

/// Copies `pages` of `golden` to the same place in `target`, a page at a time.
pub fn copy_pages(golden: &[u8], target: &mut [u8], pages: &PageSet) {
    for page in pages.iter() {
        let range = page as usize * PAGE_BYTES..(page as usize + 1) * PAGE_BYTES;
        target[range.clone()].copy_from_slice(&golden[range]);
    }
}

/// Writes one byte to each of `pages`, as a guest would.
pub fn touch_pages(target: &mut [u8], pages: &PageSet) {
    for page in pages.iter() {
        target[page as usize * PAGE_BYTES] ^= 1;
    }
}
