use super::*;
use std::time::Duration;

/// A sandbox is a number here, and so is a session.
type Numbers = Inventory<u32, u32>;

fn group(name: &str) -> Group {
    Group::Tenant(name.into())
}

fn claim(inventory: &Numbers, name: &str) -> Claim<u32, u32> {
    inventory.claim(0, &group(name), |_| true)
}

#[test]
fn another_group_never_gets_what_was_not_strictly_reset() {
    let (inventory, now) = (Numbers::new(4), Instant::now());
    inventory.put_soiled(0, 1, Some(group("ana")), now);
    inventory.put_soiled(0, 2, Some(group("ben")), now);
    inventory.put_soiled(0, 3, Some(group("cleo")), now);
    assert!(matches!(claim(&inventory, "ben"), Claim::SameGroup(2)));
    assert!(matches!(claim(&inventory, "ben"), Claim::OtherGroup(3)));
    inventory.put_soiled(0, 4, None, now);
    assert!(matches!(claim(&inventory, "ana"), Claim::SameGroup(1)));
    assert!(matches!(claim(&inventory, "ana"), Claim::OtherGroup(4)));
    inventory.put_clean(0, 5, now);
    assert!(matches!(claim(&inventory, "ben"), Claim::Clean(5)));
}

#[test]
fn a_thread_gets_what_it_returned_last_unless_another_is_of_its_group() {
    let (inventory, now) = (Arc::new(Numbers::new(4)), Instant::now());
    inventory.put_soiled(0, 1, Some(group("ana")), now);
    inventory.put_soiled(0, 2, Some(group("ana")), now);
    let elsewhere = inventory.clone();
    let other = move || {
        elsewhere.put_soiled(0, 3, Some(group("ana")), now);
        elsewhere.put_soiled(0, 4, Some(group("ben")), now);
    };
    thread::spawn(other).join().unwrap();
    assert!(matches!(claim(&inventory, "ben"), Claim::SameGroup(4)));
    assert!(matches!(claim(&inventory, "ben"), Claim::OtherGroup(2)));
    assert!(matches!(claim(&inventory, "ana"), Claim::SameGroup(1)));
    assert!(matches!(claim(&inventory, "ana"), Claim::SameGroup(3)));
}

#[test]
fn a_sandbox_of_another_kind_is_not_leased_but_makes_room() {
    let (inventory, now) = (Numbers::new(1), Instant::now());
    let room = inventory.reserve().unwrap();
    inventory.put_clean(7, 1, now);
    assert!(matches!(claim(&inventory, "ana"), Claim::Replace(1)));
    assert!(matches!(claim(&inventory, "ana"), Claim::Busy));
    drop(room);
    assert!(matches!(claim(&inventory, "ana"), Claim::Build(_)));
    assert_eq!(inventory.stock().size, 0, "the room went with the claim");
}

#[test]
fn the_session_that_was_used_last_sleeps_last() {
    let (inventory, now) = (Numbers::new(0), Instant::now());
    let first = inventory.park(1, 100, now);
    inventory.park(2, 100, now);
    inventory.park(3, 100, now);
    assert_eq!(inventory.unpark(first), Some(1));
    assert_eq!(inventory.unpark(first), None);
    inventory.park(1, 100, now);
    assert_eq!(inventory.take_sleepy(300, None, |_| true), None);
    assert_eq!(inventory.take_sleepy(299, None, |_| true), Some(2));
    assert_eq!(
        inventory.take_sleepy(0, None, |session| *session != 3),
        Some(1)
    );
    let later = now + Duration::from_secs(1);
    assert_eq!(inventory.take_sleepy(300, Some(later), |_| true), Some(3));
    assert_eq!(inventory.stock(), Stock::default());
}

#[test]
fn the_oldest_is_the_oldest_of_all_kinds() {
    let (inventory, now) = (Numbers::new(8), Instant::now());
    let at = |seconds| now + Duration::from_secs(seconds);
    for kind in 0..8 {
        inventory.put_soiled(kind, 10 + kind as u32, None, at(8 - kind as u64));
        inventory.put_clean(kind, 20 + kind as u32, at(8 - kind as u64));
    }
    assert_eq!(inventory.take_soiled(now), None);
    assert_eq!(inventory.take_soiled(at(3)), Some((7, 17)));
    assert_eq!(inventory.take_soiled(at(3)), Some((6, 16)));
    let (expected, idle) = ((20..28).rev().chain((10..16).rev()), inventory.take_idle());
    assert_eq!(idle, expected.collect::<Vec<_>>());
}

#[test]
fn a_checkpoint_that_is_kept_makes_others_sleep() {
    let (inventory, now) = (Numbers::new(4), Instant::now());
    inventory.park(1, 100, now);
    inventory.add_checkpoint(200);
    assert_eq!(inventory.take_sleepy(300, None, |_| true), None);
    assert_eq!(inventory.take_sleepy(299, None, |_| true), Some(1));
    inventory.remove_checkpoint(200);
    assert_eq!(inventory.stock(), Stock::default());
}

#[test]
fn who_makes_the_pool_smaller_gets_rid_of_what_is_too_many() {
    let (inventory, now) = (Numbers::new(2), Instant::now());
    let rooms = [inventory.reserve().unwrap(), inventory.reserve().unwrap()];
    inventory.put_clean(0, 1, now);
    inventory.park(2, 0, now);
    assert_eq!(inventory.take_over(), None);
    inventory.resize(1);
    assert!(inventory.is_over() && inventory.reserve().is_none());
    assert_eq!(inventory.take_sleepy(1, None, |_| true), Some(2));
    assert_eq!(inventory.take_over(), Some(1));
    drop(rooms);
    assert!(!inventory.is_over() && inventory.reserve().is_some());
}

#[test]
fn what_is_not_to_stay_is_taken_from_every_shelf() {
    let (inventory, now) = (Numbers::new(4), Instant::now());
    inventory.put_clean(0, 1, now);
    inventory.put_clean(0, 2, now);
    inventory.put_soiled(0, 3, None, now);
    inventory.put_soiled(1, 4, None, now);
    assert_eq!(inventory.take_kind(1), [4]);
    let taken = inventory.take_unless(|item, since| item % 2 == 0 && since == now);
    assert_eq!(taken, [1, 3]);
    assert_eq!(inventory.take_idle(), [2]);
}
