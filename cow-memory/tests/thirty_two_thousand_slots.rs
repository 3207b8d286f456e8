//! As many slots of the default size as the kernel's default settings allow, in
//! one process; then a refusal that says why; then recovery. Alone in its
//! process, for it takes all the address space there is.
#![cfg(target_os = "linux")]

use cow_memory::{Budget, Error, Image, SlotPool, SlotPoolConfig};

#[test]
fn are_alive_together_and_the_next_is_refused_cleanly() {
    // Few threads run guests here, so that little of the rest is wanted.
    let mut config = SlotPoolConfig::default();
    config.mappings_headroom = 768;
    let budget = Budget::from_system(config.mappings_headroom);
    let pool = SlotPool::new(config).unwrap();
    let image = Image::from_bytes(&vec![7; 1 << 16]).unwrap();
    let mut slots = Vec::new();
    let refusal = loop {
        match pool.acquire(&image) {
            Ok(slot) => slots.push(slot),
            Err(error) => break error,
        }
    };
    println!("{} slots, then: {refusal}", slots.len());
    assert!(matches!(
        refusal,
        Error::MappingBudget { .. } | Error::AddressSpaceBudget { .. }
    ));
    let usual = budget.mappings_max >= 64_600 && budget.address_space_max_bytes >= 126 << 40;
    assert!(slots.len() >= 32_000 || !usual, "only {}", slots.len());
    // The process still works: it can map, start threads and allocate.
    let block = vec![1u8; 64 << 20];
    std::thread::spawn(move || drop(block)).join().unwrap();
    for slot in slots.iter_mut().step_by(1000) {
        slot.as_mut_slice()[0] = 1;
    }
    assert!(
        slots
            .iter()
            .step_by(777)
            .all(|slot| slot.as_slice()[1] == 7)
    );
    assert!(pool.acquire(&image).is_err());
    let one = slots.pop();
    drop(one);
    let slot = pool.acquire(&image).unwrap();
    assert_eq!(slot.as_slice()[0], 7);
    drop(slot);
    let count = slots.len();
    slots.clear();
    assert_eq!(pool.status().idle, count + 1);
    assert_eq!(pool.status().quarantined, 0);
}
