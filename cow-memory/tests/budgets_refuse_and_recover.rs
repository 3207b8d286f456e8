//! A full pool refuses with an error that says what to raise, leaves everything
//! alive, and works again after a release.
#![cfg(target_os = "linux")]

mod common;

use common::{image, page, small_pool};
use cow_memory::{Budget, Error, Image, SlotPool, SlotPoolConfig};

#[test]
fn the_pool_s_own_limit() {
    let (image, bytes) = image(4, 1);
    let pool = small_pool(|config| config.slots_max = 3);
    let mut slots: Vec<_> = (0..3).map(|_| pool.acquire(&image).unwrap()).collect();
    for slot in &mut slots {
        slot.as_mut_slice()[0] = 9;
    }
    for _ in 0..10 {
        let refused = pool.acquire(&image);
        assert!(matches!(refused, Err(Error::SlotLimit { slots_max: 3 })));
    }
    assert!(slots.iter().all(|slot| slot.as_slice()[0] == 9));
    slots.pop();
    let slot = pool.acquire(&image).unwrap();
    assert!(slot.as_slice() == bytes);
    assert_eq!(pool.status().leased, 3);
}

#[test]
fn the_mapping_budget() {
    let (image, _) = image(4, 2);
    let budget = Budget::new(10, 1 << 40);
    let pool = small_pool(|config| config.budget = Some(budget));
    let mut slots = Vec::new();
    let refusal = loop {
        match pool.acquire(&image) {
            Ok(slot) => slots.push(slot),
            Err(error) => break error,
        }
    };
    assert!(matches!(
        refusal,
        Error::MappingBudget {
            mappings_max: 10,
            ..
        }
    ));
    assert!(refusal.to_string().contains("vm.max_map_count"));
    assert_eq!(slots.len(), 4, "two mappings a slot, one an arena");
    // Growing takes one more, and gives it back.
    slots[0].grow(5 * page()).unwrap();
    let refused = slots[1].grow(5 * page());
    assert!(matches!(refused, Err(Error::MappingBudget { .. })));
    assert_eq!(slots[1].len_bytes(), 4 * page());
    slots[0].reset(cow_memory::ResetPolicy::default()).unwrap();
    slots[1].grow(5 * page()).unwrap();
    drop(slots.swap_remove(0));
    pool.acquire(&image).unwrap();
}

#[test]
fn the_address_space_budget() {
    let (image, _) = image(4, 3);
    let budget = Budget::new(1000, 500 * page() as u64);
    let pool = small_pool(|config| config.budget = Some(budget));
    let mut slots = Vec::new();
    let refusal = loop {
        match pool.acquire(&image) {
            Ok(slot) => slots.push(slot),
            Err(error) => break error,
        }
    };
    assert!(matches!(refusal, Error::AddressSpaceBudget { .. }));
    assert!(refusal.to_string().contains("ulimit -v"));
    // One arena of 4 slots (336 pages), then one of 1 (96): smaller ones are
    // tried when a full one does not fit.
    assert_eq!(slots.len(), 5);
    slots.clear();
    assert_eq!(pool.status().idle, 5);
    let slots: Vec<_> = (0..5).map(|_| pool.acquire(&image).unwrap()).collect();
    assert_eq!(pool.status().slots, 5);
    let charged = pool.status().address_space_in_use_bytes;
    assert_eq!(charged, 432 * page() as u64);
    drop(slots);
}

#[test]
fn idle_slots_of_another_image_are_taken_before_refusing() {
    let pool = small_pool(|config| config.slots_max = 2);
    let (first, _) = image(4, 4);
    let (second, bytes) = image(9, 5);
    drop((pool.acquire(&first).unwrap(), pool.acquire(&first).unwrap()));
    let slots = (
        pool.acquire(&second).unwrap(),
        pool.acquire(&second).unwrap(),
    );
    assert!(slots.0.as_slice() == bytes && slots.1.as_slice() == bytes);
    assert!(pool.acquire(&first).is_err());
}

#[test]
fn an_image_or_a_growth_that_does_not_fit_is_refused() {
    let pool = small_pool(|_| {});
    let image = Image::zeroed(65 * page()).unwrap();
    assert!(matches!(
        pool.acquire(&image),
        Err(Error::ImageTooLarge { .. })
    ));
    let image = Image::zeroed(64 * page()).unwrap();
    let mut slot = pool.acquire(&image).unwrap();
    for bytes in [64 * page() + 1, 65 * page(), usize::MAX] {
        assert!(matches!(slot.grow(bytes), Err(Error::GrowthLimit { .. })));
    }
    assert!(matches!(slot.grow(1), Err(Error::GrowthShrinks { .. })));
    slot.grow(64 * page()).unwrap();
    let mut config = SlotPoolConfig::default();
    config.guard_bytes = 0;
    let none = SlotPool::new(config);
    assert!(matches!(none, Err(Error::PoolConfig { .. })));
}
