//! Memory seen and moved from outside.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

const PAGE: usize = 4096;
/// Pages that are looked up in one read.
const BATCH: usize = 1 << 9;
const PRESENT_OR_SWAPPED: u64 = 0b11 << 62;

/// Asks the kernel to move what can be moved of `bytes` to swap.
pub(crate) fn page_out(bytes: &[u8]) {
    let start = bytes.as_ptr().cast_mut().cast();
    // SAFETY: where a page's bytes are kept is not observable.
    unsafe { rustix::mm::madvise(start, bytes.len(), rustix::mm::Advice::LinuxPageOut) }.unwrap();
}

/// Pages of `range` of which the process has a copy, in memory or in swap, and that hold `secret`, aligned.
///
/// Readable or not: what a guest cannot reach now is looked at too.
pub(crate) fn pages_with(secret: &[u8; 8], range: Range<usize>) -> Vec<usize> {
    let pagemap = File::open("/proc/self/pagemap").unwrap();
    let memory = File::open("/proc/self/mem").unwrap();
    let mut entries = vec![0; BATCH * 8];
    let nothing = vec![0; BATCH * 8];
    let mut content = vec![0; PAGE];
    let mut found = Vec::new();
    let (first, end) = (range.start / PAGE, range.end.div_ceil(PAGE));
    for batch in (first..end).step_by(BATCH) {
        let entries = &mut entries[..BATCH.min(end - batch) * 8];
        pagemap.read_exact_at(entries, (batch * 8) as u64).unwrap();
        // Nearly all of a slot is not there, and comparing is fast in a debug build too.
        if *entries == nothing[..entries.len()] {
            continue;
        }
        let (entries, _) = entries.as_chunks::<8>();
        for (page, entry) in (batch..).zip(entries) {
            if u64::from_ne_bytes(*entry) & PRESENT_OR_SWAPPED != 0 {
                memory
                    .read_exact_at(&mut content, (page * PAGE) as u64)
                    .unwrap();
                if content.as_chunks().0.contains(secret) {
                    found.push(page * PAGE);
                }
            }
        }
    }
    found
}
