//! An image that nobody has any more keeps no memory: slots that showed it show nothing.
#![cfg(target_os = "linux")]

mod common;

use common::{image, shows_an_image, small_pool};
use std::sync::Arc;

#[test]
fn a_slot_that_waits_does_not_keep_the_image_it_showed() {
    let pool = small_pool(|_| {});
    for seed in 0..100 {
        let (image, bytes) = image(4, seed);
        let slots = [0; 3].map(|_| pool.acquire(&image).unwrap());
        assert!(slots.iter().all(|slot| slot.as_slice() == bytes));
        let bases = slots.each_ref().map(|slot| slot.base_address());
        drop(slots);
        assert!(bases.into_iter().all(shows_an_image), "they are kept warm");
        assert_eq!(pool.status().idle, 3);
        drop(image);
        let status = pool.status();
        assert_eq!((status.idle, status.blank, status.slots), (0, 3, 3));
        assert!(!bases.into_iter().any(shows_an_image), "image {seed}");
    }
}

#[test]
fn an_image_that_goes_with_its_last_slot_leaves_nothing_either() {
    let pool = small_pool(|_| {});
    let (image, _) = image(4, 1);
    let slot = pool.acquire(&image).unwrap();
    let base = slot.base_address();
    drop(image);
    assert!(shows_an_image(base));
    drop(slot);
    let status = pool.status();
    assert_eq!((status.idle, status.blank), (0, 1));
    assert!(!shows_an_image(base));
}

#[test]
fn an_image_outlives_its_pools_and_a_pool_its_images() {
    let (image, bytes) = image(4, 1);
    let first = small_pool(|_| {});
    let second = small_pool(|_| {});
    for pool in [&first, &second, &first] {
        drop(pool.acquire(&image).unwrap());
    }
    drop(first);
    assert!(second.acquire(&image).unwrap().as_slice() == bytes);
    drop(image);
    assert_eq!(second.status().idle, 0);
}

#[test]
fn no_slot_keeps_an_image_that_goes_while_the_slot_comes_back() {
    let pool = small_pool(|_| {});
    for seed in 0..300 {
        let (image, _) = image(2, seed);
        let slots = [0; 4].map(|_| pool.acquire(&image).unwrap());
        let start = Arc::new(std::sync::Barrier::new(5));
        let mut threads: Vec<_> = slots
            .into_iter()
            .map(|slot| {
                let start = start.clone();
                std::thread::spawn(move || {
                    start.wait();
                    drop(slot);
                })
            })
            .collect();
        threads.push(std::thread::spawn(move || {
            start.wait();
            drop(image);
        }));
        for thread in threads {
            thread.join().unwrap();
        }
        let status = pool.status();
        assert_eq!((status.idle, status.leased), (0, 0), "after image {seed}");
    }
}
