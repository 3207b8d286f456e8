//! A write in one slot is never seen in another, nor in the image.
#![cfg(target_os = "linux")]

mod common;

use common::{image, page, small_pool};
use cow_memory::{ResetMode, ResetPolicy};

#[test]
fn slots_alive_together_do_not_share_a_byte() {
    let (image, bytes) = image(20, 1);
    let pool = small_pool(|_| {});
    let mut slots: Vec<_> = (0..9).map(|_| pool.acquire(&image).unwrap()).collect();
    for (n, slot) in slots.iter_mut().enumerate() {
        slot.grow((21 + n) * page()).unwrap();
        slot.as_mut_slice().fill(n as u8 + 1);
    }
    for (n, slot) in slots.iter().enumerate() {
        assert_eq!(slot.len_bytes(), (21 + n) * page());
        assert!(slot.as_slice().iter().all(|byte| *byte == n as u8 + 1));
    }
    assert!(image.as_bytes() == bytes);
    slots[4].reset(ResetPolicy::default()).unwrap();
    assert!(slots[4].as_slice() == bytes);
    assert!(slots[5].as_slice().iter().all(|byte| *byte == 6));
}

#[test]
fn the_image_is_unchanged_after_a_thousand_runs_on_two_threads() {
    let (image, bytes) = image(20, 2);
    let pool = small_pool(|_| {});
    std::thread::scope(|threads| {
        for thread in 0..2usize {
            let (pool, image, bytes) = (&pool, &image, &bytes);
            threads.spawn(move || {
                for round in 0..500usize {
                    let mut slot = pool.acquire(image).unwrap();
                    assert!(slot.as_slice() == bytes);
                    slot.run(|memory| {
                        for n in 0..memory.len() / page() {
                            if (n + round) % (2 + thread) == 0 {
                                memory[n * page() + round] ^= 0xff;
                            }
                        }
                    });
                    if round % 2 == 0 {
                        slot.reset(ResetPolicy::with_mode(ResetMode::Counted))
                            .unwrap();
                        assert!(slot.as_slice() == bytes);
                    }
                }
            });
        }
    });
    assert!(image.as_bytes() == bytes);
    assert!(pool.status().slots <= 2 && pool.status().leased == 0);
}

#[test]
fn a_forked_child_has_no_slots() {
    // Its pages would be copied for nothing, and hold tenants' bytes.
    let (image, _) = image(4, 3);
    let pool = small_pool(|_| {});
    let slot = pool.acquire(&image).unwrap();
    let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let at = format!("{:x}-", slot.base_address());
    let lines = smaps.lines().skip_while(|line| !line.starts_with(&at));
    let flags = lines.skip(1).find(|line| line.starts_with("VmFlags:"));
    let flags: Vec<_> = flags.unwrap().split_whitespace().collect();
    assert!(flags.contains(&"dc"), "kept from children: {flags:?}");
    assert!(flags.contains(&"dd"), "kept from core dumps: {flags:?}");
    assert!(!flags.contains(&"ex"), "executable: {flags:?}");
}
