//! A reset that trusts the fault counters leaves nothing that a scan, or a look
//! at every byte, would find. Run it in release mode too: debug builds scan
//! behind the scenes.
#![cfg(target_os = "linux")]

mod common;

use common::{SCANS, image, page, small_pool};
use cow_memory::{Error, PageSet, ResetMode, ResetPolicy, ScanMethod};
use std::io::Read;

const COUNTED: ResetPolicy = ResetPolicy::new(ResetMode::Counted, usize::MAX);

#[test]
fn a_repeated_write_set_needs_no_scan_and_leaves_no_byte() {
    let (image, bytes) = image(48, 1);
    for scan in SCANS {
        let pool = small_pool(|config| config.scan = Some(scan));
        let mut slot = pool.acquire(&image).unwrap();
        let pages: PageSet = (0..48).filter(|n| n % 3 != 1).collect();
        slot.prefault(&pages).unwrap();
        let mut skipped = 0;
        for round in 0..200u8 {
            slot.run(|memory| {
                for n in pages.iter() {
                    memory[n as usize * page()] ^= round | 1;
                }
            });
            let report = slot.reset(COUNTED).unwrap();
            skipped += usize::from(!report.scanned);
            assert!(slot.as_slice() == bytes, "{scan:?}, round {round}");
            if !report.scanned {
                assert_eq!(report.pages_copied + report.pages_zeroed, pages.len_pages());
            }
        }
        // Blind pools lose their pages with the first reset that has to look.
        assert!(
            skipped > 150 || scan == ScanMethod::Blind,
            "{scan:?}: {skipped}"
        );
    }
}

#[test]
fn a_first_write_is_always_found() {
    let (image, bytes) = image(60, 2);
    for scan in SCANS {
        let pool = small_pool(|config| config.scan = Some(scan));
        let mut slot = pool.acquire(&image).unwrap();
        for round in 0..60usize {
            slot.run(|memory| {
                // One page that is private already, one that is not yet.
                memory[0] ^= 1;
                memory[(round % 60) * page() + 9] ^= 1;
            });
            slot.reset(COUNTED).unwrap();
            assert!(slot.as_slice() == bytes, "{scan:?}, round {round}");
        }
    }
}

#[test]
fn a_read_does_not_hide_a_later_write() {
    let (image, bytes) = image(40, 3);
    let pool = small_pool(|_| {});
    let mut slot = pool.acquire(&image).unwrap();
    let sum: u64 = slot.run(|memory| memory.iter().map(|byte| u64::from(*byte)).sum());
    assert_ne!(sum, 0);
    slot.reset(COUNTED).unwrap();
    // Mapped for reading now: the write still has to fault.
    slot.run(|memory| memory[7 * page()] ^= 1);
    let report = slot.reset(COUNTED).unwrap();
    assert!(report.scanned);
    assert!(slot.as_slice() == bytes);
}

#[test]
fn what_the_kernel_copies_into_the_memory_is_counted() {
    let (image, bytes) = image(16, 4);
    let pool = small_pool(|_| {});
    let mut slot = pool.acquire(&image).unwrap();
    for round in 0..8 {
        let mut zero = std::fs::File::open("/dev/zero").unwrap();
        slot.run(|memory| {
            let pages = &mut memory[round * page()..(round + 2) * page()];
            zero.read_exact(pages).unwrap();
        });
        let report = slot.reset(COUNTED).unwrap();
        assert!(
            report.scanned,
            "round {round} brought a page that was not private"
        );
        assert!(slot.as_slice() == bytes);
    }
}

#[test]
fn a_run_on_another_thread_is_counted_there() {
    let (image, bytes) = image(32, 5);
    let pool = small_pool(|_| {});
    let mut slot = pool.acquire(&image).unwrap();
    for round in 0..32usize {
        let here = &mut slot;
        std::thread::scope(|threads| {
            threads.spawn(move || here.run(|memory| memory[round * page()] ^= 1));
        });
        let report = slot.reset(COUNTED).unwrap();
        assert!(report.scanned, "a new thread's first write faults");
        assert!(slot.as_slice() == bytes);
    }
}

#[test]
fn a_write_outside_a_run_forces_a_scan() {
    let (image, bytes) = image(8, 6);
    let pool = small_pool(|_| {});
    let mut slot = pool.acquire(&image).unwrap();
    slot.as_mut_slice()[0] ^= 1;
    assert!(slot.reset(COUNTED).unwrap().scanned);
    slot.as_mut_slice()[0] ^= 1;
    assert!(
        slot.reset(COUNTED).unwrap().scanned,
        "even to a private page"
    );
    assert!(slot.as_slice() == bytes);
}

/// The one thing that the counters cannot see is a write by a thread that the
/// run knows nothing of. Debug builds look.
#[test]
fn a_broken_promise_is_reported_and_mended_by_a_scan() {
    let (image, bytes) = image(8, 7);
    let pool = small_pool(|_| {});
    let mut slot = pool.acquire(&image).unwrap();
    slot.reset(COUNTED).unwrap();
    slot.run(|memory| {
        std::thread::scope(|threads| {
            threads.spawn(move || memory[page()] ^= 1);
        });
    });
    match slot.reset(COUNTED) {
        Ok(report) => assert!(report.scanned || !cfg!(debug_assertions)),
        Err(error) => assert!(matches!(error, Error::UncountedWrite { pages: 1 })),
    }
    slot.reset(ResetPolicy::default()).unwrap();
    assert!(slot.as_slice() == bytes);
}

#[test]
fn all_ways_to_scan_find_what_differs() {
    let (image, bytes) = image(50, 8);
    let mut found = Vec::new();
    for scan in SCANS {
        let pool = small_pool(|config| config.scan = Some(scan));
        let mut slot = pool.acquire(&image).unwrap();
        slot.grow(60 * page()).unwrap();
        let touched: PageSet = [0, 1, 5, 17, 18, 19, 49, 50, 55, 59].into_iter().collect();
        for n in touched.iter() {
            slot.as_mut_slice()[n as usize * page() + 1] = 0x77;
        }
        // Read everything: pages that are present and not private.
        assert!(slot.as_slice().contains(&0x77));
        let dirty = slot.dirty_pages().unwrap();
        assert_eq!(dirty.intersection(&touched), touched, "{scan:?}");
        let mut differing = PageSet::new();
        for (index, content) in slot.as_slice().chunks(page()).enumerate() {
            let at = index * page();
            let golden = bytes.get(at..at + page());
            if golden.map_or(content.iter().any(|byte| *byte != 0), |golden| {
                golden != content
            }) {
                differing.insert(index as u32);
            }
        }
        assert_eq!(differing, touched);
        found.push((scan, dirty));
    }
    assert_eq!(
        found[0].1.len_pages(),
        10,
        "exact where the kernel says exactly"
    );
    assert_eq!(found[1].1.below(50), found[0].1.below(50));
    assert_eq!(found[2].1.len_pages(), 60);
}

/// More runs than the kernel returns or takes in one call, and more entries than
/// are read at once.
#[test]
fn a_scan_or_a_drop_in_several_calls_skips_no_run() {
    let pages = 20_001;
    let mut bytes = vec![0; pages * page()];
    for content in bytes.chunks_mut(3 * page()) {
        content[5] = 1;
    }
    let image = cow_memory::Image::from_bytes(&bytes).unwrap();
    let scattered: PageSet = (0..pages as u32).step_by(2).collect();
    for scan in [ScanMethod::PagemapScan, ScanMethod::PagemapRead] {
        for resident_pages_max in [usize::MAX, 7, 0] {
            let pool = small_pool(|config| {
                config.scan = Some(scan);
                config.reservation_bytes = 32_768 * page();
            });
            let mut slot = pool.acquire(&image).unwrap();
            slot.prefault(&scattered).unwrap();
            for n in scattered.iter() {
                slot.as_mut_slice()[n as usize * page() + 5] = 0xA5;
            }
            assert!(slot.dirty_pages().unwrap() == scattered);
            let mode = ResetMode::Scan;
            let report = slot
                .reset(ResetPolicy::new(mode, resident_pages_max))
                .unwrap();
            assert_eq!(report.runs, scattered.run_count());
            assert!(slot.as_slice() == bytes, "{scan:?}, {resident_pages_max}");
            let kept = slot.dirty_pages().unwrap().len_pages();
            assert_eq!(kept, resident_pages_max.min(scattered.len_pages()));
        }
    }
}
