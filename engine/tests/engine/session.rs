//! Instances put to sleep and woken.

use crate::support::{engine, golden, instance, state};
use hatchery_engine::{
    HibernateError, Instance, InstanceConfig, InstanceError, Limits, ResumeError, SealingKey,
    Status,
};

const GUEST: &str = r#"(module (memory 1 4) (global $g (mut i32) (i32.const 3)) (global $l (mut i64) (i64.const 4))
     (data (i32.const 5000) "data")
     (func (export "write") (param i32 i32)
       (i32.store (local.get 0) (local.get 1)) (global.set $g (local.get 1)))
     (func (export "grow") (result i32) (memory.grow (i32.const 1)))
     (func (export "trap") unreachable))"#;
/// Where the format has the kind of the first global, if one run of pages comes before: `docs/hibernation-format.md`.
const FIRST_GLOBAL: usize = 80 + 8;
const SEAL_BYTES: usize = 32;

fn sealed(mut body: Vec<u8>) -> Vec<u8> {
    let seal = blake3::hash(&body);
    body.extend_from_slice(seal.as_bytes());
    body
}

fn key() -> SealingKey {
    SealingKey::new([1; 32])
}

fn used(engine: &hatchery_engine::CowEngine) -> (hatchery_engine::Golden, Instance<()>) {
    let golden = golden(engine, GUEST);
    let mut used = instance(&golden);
    used.call::<_, ()>("write", (4096, -7), None).unwrap();
    (golden, used)
}

#[test]
fn a_state_of_any_module_wakes_in_another_instance() {
    let engine = engine();
    let (golden, mut used) = used(&engine);
    assert_eq!(used.call::<(), i32>("grow", (), None).unwrap(), 1);
    used.call::<_, ()>("write", (70_000, 5), None).unwrap();
    let expected = state(&mut used);
    let asleep = used.hibernate(None).unwrap();
    let vouched = used.hibernate(Some(&key())).unwrap();
    assert!(state(&mut used) == expected, "sleep changes nothing");

    let mut woken = instance(&golden);
    let fresh = state(&mut woken);
    woken.call::<(), ()>("trap", (), None).unwrap_err();
    woken.resume(&asleep, None).unwrap();
    assert!(
        state(&mut woken) == expected,
        "and a poisoned one is revived"
    );
    assert_eq!(woken.hibernate(None).unwrap(), asleep);
    woken.reset().unwrap();
    assert!(state(&mut woken) == fresh);
    woken.resume(&vouched, Some(&key())).unwrap();
    assert!(state(&mut woken) == expected);
    let refused = woken.resume(&vouched, None);
    assert!(matches!(refused, Err(ResumeError::KeyNeeded)));
    woken.call::<(), ()>("trap", (), None).unwrap_err();
    let refused = woken.hibernate(None);
    assert!(matches!(
        refused,
        Err(HibernateError::Instance(InstanceError::Poisoned { .. }))
    ));
}

/// Only who can make the seal can make such bytes.
#[test]
fn a_global_of_another_type_is_no_half_a_session() {
    let engine = engine();
    let (golden, mut used) = used(&engine);
    let asleep = used.hibernate(None).unwrap();
    let body = asleep.as_bytes().len() - SEAL_BYTES;
    let mut forged = asleep.as_bytes()[..body].to_vec();
    assert_eq!(sealed(forged.clone()), asleep.as_bytes());
    // The second of the two: the first and the memory fit.
    assert_eq!(forged[FIRST_GLOBAL..][..5], [0, 0xf9, 0xff, 0xff, 0xff]);
    assert_eq!(forged[FIRST_GLOBAL + 17], 1);
    forged[FIRST_GLOBAL + 17] = 0;
    let mut other = instance(&golden);
    let before = state(&mut other);
    let refused = other.resume(sealed(forged), None);
    assert!(
        matches!(
            refused,
            Err(ResumeError::Instance(InstanceError::ForeignState))
        ),
        "{refused:?}"
    );
    assert!(state(&mut other) == before, "nothing has changed");
    assert_eq!(other.status(), Status::Ready);
}

#[test]
fn a_state_past_the_limits_is_refused() {
    let engine = engine();
    let (golden, mut used) = used(&engine);
    used.call::<(), i32>("grow", (), None).unwrap();
    let asleep = used.hibernate(None).unwrap();
    let limits = Limits::default().with_memory_bytes_max(64 << 10);
    let config = InstanceConfig::default().with_limits(limits);
    let prepared = golden.prepare(&engine.linker()).unwrap();
    let mut small = prepared.instantiate((), config).unwrap();
    let fresh = state(&mut small);
    let refused = small.resume(&asleep, None);
    assert!(
        matches!(refused, Err(ResumeError::TooLarge { .. })),
        "{refused:?}"
    );
    assert!(state(&mut small) == fresh);

    // More than the module's own limit, sealed by someone who can.
    let mut forged = asleep.as_bytes()[..asleep.len_bytes() - SEAL_BYTES].to_vec();
    forged[48..56].copy_from_slice(&(5_u64 << 16).to_le_bytes());
    let mut other = instance(&golden);
    let refused = other.resume(sealed(forged), None);
    assert!(
        matches!(
            refused,
            Err(ResumeError::Instance(InstanceError::Restore(_)))
        ),
        "{refused:?}"
    );
    assert!(other.status() != Status::Ready || state(&mut other) == fresh);
}
