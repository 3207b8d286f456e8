//! What a pool has mapped and opened goes with it. Alone in its process, or other tests' mappings would count too.
#![cfg(target_os = "linux")]

mod common;

use common::{image, mappings, small_pool};

#[test]
fn a_dropped_pool_gives_everything_back() {
    let descriptors = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let round = || {
        let (image, _) = image(4, 6);
        let pool = small_pool(|_| {});
        let slots: Vec<_> = (0..40).map(|_| pool.acquire(&image).unwrap()).collect();
        let held = mappings().len();
        drop(pool);
        drop((slots, image));
        held
    };
    round();
    let before = (mappings().len(), descriptors());
    let held = round();
    let after = (mappings().len(), descriptors());
    assert!(held >= before.0 + 80, "forty slots were there");
    // What is mapped now and then by the allocator and the test's own reading.
    assert!(after.0 <= before.0 + 20, "{before:?} became {after:?}");
    assert_eq!(after.1, before.1, "descriptors");
}
