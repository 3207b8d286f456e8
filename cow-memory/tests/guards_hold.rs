//! In front of a slot and behind it nothing is accessible, and nothing of it is
//! ever executable.
#![cfg(target_os = "linux")]

mod common;

use common::{assert_permissions, image, page, permissions, small_pool};
use cow_memory::{Image, ResetMode, ResetPolicy, Slot, SlotPool, SlotPoolConfig};

/// Checks the layout drawn in `layout.rs` against the kernel's view.
fn assert_layout(slot: &Slot, pool: &SlotPool) {
    let config = pool.config();
    let base = slot.base_address();
    let open = base + slot.len_bytes().next_multiple_of(page());
    let end = base + config.reservation_bytes;
    if open > base {
        assert_permissions(base, open, "rw-p");
    }
    if end > open {
        assert_permissions(open, end, "---p");
    }
    assert_permissions(end, end + config.guard_bytes, "---p");
    assert_permissions(base - config.guard_bytes, base, "---p");
}

#[test]
fn before_and_after_growth_reset_trim_and_another_image() {
    let images: Vec<_> = [0, 1, 13, 64].map(|pages| image(pages, 1).0).into();
    let pool = small_pool(|_| {});
    let mut slots: Vec<_> = (0..6)
        .map(|n| pool.acquire(&images[n % 4]).unwrap())
        .collect();
    for round in 0..6 {
        for (n, slot) in slots.iter_mut().enumerate() {
            assert_layout(slot, &pool);
            let grown = (slot.len_bytes() + (n + round) * 3 * page() + n).min(64 * page());
            slot.grow(grown).unwrap();
            slot.as_mut_slice().fill(1);
        }
        slots.iter().for_each(|slot| assert_layout(slot, &pool));
        let modes = [ResetMode::Scan, ResetMode::Drop];
        for slot in &mut slots {
            slot.reset(ResetPolicy::with_mode(modes[round % 2]))
                .unwrap();
        }
        slots.iter().for_each(|slot| assert_layout(slot, &pool));
        slots.clear();
        if round == 3 {
            pool.trim();
        }
        slots = (0..6)
            .map(|n| pool.acquire(&images[(n + round) % 4]).unwrap())
            .collect();
    }
}

#[test]
fn at_the_default_sizes() {
    let pool = SlotPool::new(SlotPoolConfig::default()).unwrap();
    let image = Image::zeroed(16 * page()).unwrap();
    let mut slots: Vec<_> = (0..3).map(|_| pool.acquire(&image).unwrap()).collect();
    slots[1].grow(1 << 30).unwrap();
    slots.iter().for_each(|slot| assert_layout(slot, &pool));
    assert_eq!(pool.config().reservation_bytes, 4 << 30);
    assert_eq!(pool.config().guard_bytes, 32 << 20);
}

#[test]
fn a_released_slot_leaves_nothing_executable_or_shared() {
    let (image, _) = image(20, 2);
    let pool = small_pool(|_| {});
    let mut slot = pool.acquire(&image).unwrap();
    slot.grow(40 * page()).unwrap();
    let base = slot.base_address();
    drop(slot);
    let end = base + pool.config().reservation_bytes + pool.config().guard_bytes;
    for (start, _, found) in permissions(base, end) {
        assert!(found == "rw-p" || found == "---p", "{start:#x} is {found}");
    }
}

#[test]
fn an_idle_slot_of_a_dropped_image_is_closed() {
    let pool = small_pool(|_| {});
    let (image, _) = image(20, 3);
    let base = pool.acquire(&image).unwrap().base_address();
    drop(image);
    assert_permissions(base, base + pool.config().reservation_bytes, "---p");
}

/// What faults is a signal, so it is a child that dies.
#[test]
fn touching_a_guard_kills_the_process() {
    if let Ok(address) = std::env::var("COW_MEMORY_TOUCH") {
        let (image, _) = image(4, 4);
        let pool = small_pool(|_| {});
        let slot = pool.acquire(&image).unwrap();
        let offset: isize = address.parse().unwrap();
        let at = slot.base_address().wrapping_add_signed(offset);
        // The crate's one `unsafe` outside of `sys`: no safe code reads where nobody may.
        // SAFETY: reads a mapped byte, or ends this child process.
        let byte = unsafe { std::ptr::read_volatile(at as *const u8) };
        std::process::exit(if byte == slot.as_slice()[0] { 0 } else { 1 });
    }
    let touch = |offset: isize| {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "touching_a_guard_kills_the_process"])
            .env("COW_MEMORY_TOUCH", offset.to_string())
            .output()
            .unwrap()
            .status
    };
    assert!(touch(0).success());
    let page = page() as isize;
    for offset in [
        -1,
        -16 * page,
        4 * page,
        64 * page - 1,
        64 * page,
        80 * page - 1,
    ] {
        let status = touch(offset);
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        assert_eq!(signal, Some(11), "offset {offset}: {status:?}");
    }
}
