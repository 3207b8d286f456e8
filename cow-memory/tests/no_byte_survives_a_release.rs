//! A secret written by one tenant is never there for the next.
#![cfg(target_os = "linux")]

mod common;

use common::{SCANS, image, page, small_pool};
use cow_memory::{Image, PageSet, ResetMode, ResetPolicy, Slot, SlotPool};

const SECRET: u8 = 0xA5;

fn assert_shows(slot: &Slot, bytes: &[u8]) {
    assert_eq!(slot.len_bytes(), bytes.len());
    assert!(slot.as_slice() == bytes, "foreign bytes in a fresh lease");
}

fn policies() -> Vec<ResetPolicy> {
    let mut policies = Vec::new();
    for mode in [ResetMode::Scan, ResetMode::Counted, ResetMode::Drop] {
        for resident_pages_max in [0, 3, usize::MAX] {
            policies.push(ResetPolicy::new(mode, resident_pages_max));
        }
    }
    policies
}

/// Every way to release, every way to scan.
fn pools() -> Vec<SlotPool> {
    let mut pools = Vec::new();
    for release in policies() {
        for scan in SCANS {
            pools.push(small_pool(|config| {
                config.release = release;
                config.scan = Some(scan);
                config.slots_max = 1;
            }));
        }
    }
    pools
}

#[test]
fn a_secret_in_every_page_is_gone_in_the_next_lease() {
    let (same, same_bytes) = image(12, 1);
    let (smaller, smaller_bytes) = image(5, 2);
    let (larger, larger_bytes) = image(31, 3);
    let empty = Image::zeroed(0).unwrap();
    for pool in pools() {
        for (next, bytes) in [
            (&same, &same_bytes),
            (&smaller, &smaller_bytes),
            (&larger, &larger_bytes),
            (&empty, &Vec::new()),
            (&same, &same_bytes),
        ] {
            let mut slot = pool.acquire(&same).unwrap();
            assert_shows(&slot, &same_bytes);
            slot.grow(40 * page()).unwrap();
            slot.as_mut_slice().fill(SECRET);
            drop(slot);
            let mut slot = pool.acquire(next).unwrap();
            assert_shows(&slot, bytes);
            slot.grow(64 * page()).unwrap();
            assert!(slot.as_slice()[bytes.len()..].iter().all(|byte| *byte == 0));
        }
        assert_eq!(pool.status().slots, 1, "all of it was the same slot");
        assert_eq!(pool.status().quarantined, 0);
    }
}

#[test]
fn a_secret_does_not_survive_in_pages_that_were_prefaulted_trimmed_or_rescanned() {
    let (image, bytes) = image(24, 9);
    for scan in SCANS {
        let pool = small_pool(|config| {
            config.scan = Some(scan);
            config.slots_max = 1;
            config.release.resident_pages_max = 10;
        });
        for round in 0..20usize {
            let mut slot = pool.acquire(&image).unwrap();
            assert_shows(&slot, &bytes);
            let pages: PageSet = (0..24).filter(|n| (n + round as u32) % 4 < 2).collect();
            slot.prefault(&pages).unwrap();
            assert_shows(&slot, &bytes);
            for n in pages.iter().step_by(2) {
                slot.as_mut_slice()[n as usize * page() + round] = SECRET;
            }
            if round % 3 == 0 {
                slot.reset(ResetPolicy::default()).unwrap();
                assert_shows(&slot, &bytes);
                slot.as_mut_slice()[round] = SECRET;
            }
            drop(slot);
            if round % 5 == 0 {
                pool.trim();
            }
        }
    }
}

#[test]
fn a_secret_written_by_several_threads_is_gone() {
    let (image, bytes) = image(32, 4);
    let pool = small_pool(|config| {
        config.slots_max = 1;
        config.release = ResetPolicy::with_mode(ResetMode::Counted);
    });
    for round in 0..50 {
        let mut slot = pool.acquire(&image).unwrap();
        assert_shows(&slot, &bytes);
        let half = 16 * page();
        let (front, back) = slot.as_mut_slice().split_at_mut(half);
        std::thread::scope(|threads| {
            threads.spawn(move || front[round * 7] = SECRET);
            threads.spawn(move || back.fill(SECRET));
        });
        // Released on yet another thread.
        std::thread::spawn(move || drop(slot)).join().unwrap();
    }
}

/// With swap this is the case that a scan for present pages misses; without, it
/// is at least the call.
#[test]
fn a_secret_in_swap_is_gone() {
    let (image, bytes) = image(24, 5);
    for scan in SCANS {
        let pool = small_pool(|config| {
            config.scan = Some(scan);
            config.slots_max = 1;
        });
        for _ in 0..5 {
            let mut slot = pool.acquire(&image).unwrap();
            assert_shows(&slot, &bytes);
            slot.as_mut_slice().fill(SECRET);
            slot.page_out().unwrap();
            assert_eq!(slot.dirty_pages().unwrap().len_pages(), 24);
        }
    }
}

#[test]
fn a_released_slot_keeps_no_more_pages_than_its_budget() {
    let (image, _) = image(32, 6);
    for (budget, kept) in [(0, 0), (5, 5), (100, 32)] {
        let pool = small_pool(|config| config.release.resident_pages_max = budget);
        let mut slot = pool.acquire(&image).unwrap();
        slot.as_mut_slice().fill(SECRET);
        drop(slot);
        assert_eq!(pool.status().idle_resident_pages, kept);
        let slot = pool.acquire(&image).unwrap();
        assert_eq!(slot.dirty_pages().unwrap().len_pages(), kept);
        drop(slot);
        assert_eq!(pool.trim().pages_dropped, kept);
        assert_eq!(pool.status().idle_resident_pages, 0);
        let slot = pool.acquire(&image).unwrap();
        assert!(slot.dirty_pages().unwrap().is_empty());
    }
}

#[test]
fn pages_that_only_an_earlier_run_has_used_are_given_back() {
    let pages = 200;
    let (image, bytes) = image(pages, 8);
    let pool = small_pool(|config| {
        config.reservation_bytes = 256 * page();
        config.release = ResetPolicy::with_mode(ResetMode::Counted);
    });
    let write = |slot: &mut Slot, pages: usize| {
        slot.run(|memory| {
            for page_bytes in memory.chunks_mut(page()).take(pages) {
                page_bytes[page() - 1] ^= SECRET;
            }
        });
    };
    let private = |slot: &Slot| slot.dirty_pages().unwrap().len_pages();
    // Those that each run uses stay.
    for _ in 0..20 {
        let mut slot = pool.acquire(&image).unwrap();
        write(&mut slot, pages);
        drop(slot);
        let slot = pool.acquire(&image).unwrap();
        assert_eq!(private(&slot), pages);
        assert_shows(&slot, &bytes);
        drop(slot);
    }
    // What is of no use to smaller runs goes, whether the slot is released in between or not.
    for is_released in [true, false] {
        let mut slot = pool.acquire(&image).unwrap();
        write(&mut slot, pages);
        for _ in 0..10 {
            write(&mut slot, 5);
            if is_released {
                drop(slot);
                slot = pool.acquire(&image).unwrap();
            } else {
                slot.reset(ResetPolicy::with_mode(ResetMode::Counted))
                    .unwrap();
            }
            assert_shows(&slot, &bytes);
        }
        assert_eq!(private(&slot), 5);
        drop(slot);
    }
    assert_eq!(pool.status().slots, 1, "all of it was the same slot");
}

#[test]
fn pages_that_were_given_back_as_idle_hide_no_byte_when_they_are_written_again() {
    const PAGES: u32 = 96;
    let (image, bytes) = image(PAGES as usize, 9);
    for mode in [ResetMode::Counted, ResetMode::Scan] {
        let policy = ResetPolicy::new(mode, 64).with_idle_pages_min(8);
        let pool = small_pool(|config| {
            config.reservation_bytes = 128 * page();
            config.release = policy;
            config.slots_max = 1;
        });
        let mut random = 7_u32;
        let mut next = move |below: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % below
        };
        let (mut dropped, mut kept) = (0, 0);
        for _ in 0..40 {
            // One large run, and small ones that are enough for the slot to look, each of pages of its own choice.
            for pages in [70, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3] {
                let mut slot = pool.acquire(&image).unwrap();
                assert_shows(&slot, &bytes);
                let chosen: Vec<u32> = (0..pages).map(|_| next(PAGES)).collect();
                slot.run(|memory| {
                    for index in &chosen {
                        memory[*index as usize * page() + next(page() as u32) as usize] ^= SECRET;
                    }
                });
                if next(2) == 0 {
                    dropped += slot.reset(policy).unwrap().pages_dropped;
                    assert_shows(&slot, &bytes);
                }
                kept = kept.max(slot.dirty_pages().unwrap().len_pages());
            }
        }
        assert!(dropped > 100 && kept > 40, "{dropped} {kept}");
    }
}

#[test]
fn a_reset_does_not_fill_the_holes_of_the_image() {
    let pages = 60;
    let image = Image::zeroed(pages * page()).unwrap();
    let pool = small_pool(|_| {});
    let mut slot = pool.acquire(&image).unwrap();
    let blocks = || {
        let fd = std::os::fd::AsFd::as_fd(&image)
            .try_clone_to_owned()
            .unwrap();
        let file = std::fs::File::from(fd);
        std::os::unix::fs::MetadataExt::blocks(&file.metadata().unwrap())
    };
    // The first write to a page of a private mapping reads the file's page, and
    // that does fill it. Only the reset must not.
    slot.as_mut_slice().fill(SECRET);
    let before = blocks();
    let report = slot.reset(ResetPolicy::default()).unwrap();
    assert_eq!((report.pages_zeroed, report.pages_copied), (pages, 0));
    assert_eq!(blocks(), before);
}

#[test]
fn idle_slots_of_a_dropped_image_are_used_again_and_clean() {
    let pool = small_pool(|config| config.slots_max = 4);
    for seed in 0..40 {
        let (image, bytes) = image(1 + (seed as usize * 7) % 60, seed + 1);
        let mut slots: Vec<_> = (0..4).map(|_| pool.acquire(&image).unwrap()).collect();
        for slot in &mut slots {
            assert_shows(slot, &bytes);
            slot.as_mut_slice().fill(SECRET);
        }
    }
    assert_eq!(pool.status().slots, 4);
    assert_eq!(pool.trim().slots, 0, "no image is left to be shown");
    assert_eq!(pool.status().blank, 4);
}

#[test]
fn a_secret_does_not_cross_between_threads_that_lease_and_trim() {
    let images: Vec<_> = [(3, 1), (9, 2), (30, 3)]
        .map(|(pages, seed)| image(pages, seed))
        .into();
    let threads_max = 6;
    let pool = small_pool(|config| {
        config.slots_max = threads_max;
        config.release.resident_pages_max = 12;
    });
    std::thread::scope(|threads| {
        for thread in 0..threads_max {
            let (pool, images) = (&pool, &images);
            threads.spawn(move || {
                for round in 0..150 {
                    let (image, bytes) = &images[(round + thread) % 3];
                    // As many threads as slots: nobody may ever be refused.
                    let mut slot = pool.acquire(image).unwrap();
                    assert_shows(&slot, bytes);
                    slot.grow(40 * page()).unwrap();
                    slot.run(|memory| memory.fill(SECRET));
                    drop(slot);
                    if round % 29 == thread {
                        pool.trim();
                    }
                }
            });
        }
    });
    assert!(pool.status().slots <= threads_max && pool.status().quarantined == 0);
}

#[test]
fn a_slot_dropped_by_a_dying_thread_is_clean() {
    thread_local! {
        static KEPT: std::cell::RefCell<Option<Slot>> = const { std::cell::RefCell::new(None) };
    }
    let (image, bytes) = image(8, 8);
    let pool = small_pool(|config| config.slots_max = 1);
    for _ in 0..5 {
        let mut slot = pool.acquire(&image).unwrap();
        assert_shows(&slot, &bytes);
        slot.as_mut_slice().fill(SECRET);
        std::thread::spawn(move || KEPT.set(Some(slot)))
            .join()
            .unwrap();
    }
}

#[test]
fn prepared_slots_show_the_image_and_nothing_else() {
    let (image, bytes) = image(20, 9);
    let pool = small_pool(|_| {});
    let write_set: PageSet = [1, 2, 7, 19].into_iter().collect();
    pool.prepare(&image, 5, &write_set).unwrap();
    let status = pool.status();
    assert_eq!((status.idle, status.idle_resident_pages), (5, 20));
    let mut slots: Vec<_> = (0..5).map(|_| pool.acquire(&image).unwrap()).collect();
    for slot in &mut slots {
        assert_shows(slot, &bytes);
        assert_eq!(slot.dirty_pages().unwrap(), write_set);
        slot.as_mut_slice().fill(SECRET);
    }
    drop(slots);
    let outside = PageSet::from_range(0..21);
    assert!(pool.prepare(&image, 1, &outside).is_err());
    assert_shows(&pool.acquire(&image).unwrap(), &bytes);
}
