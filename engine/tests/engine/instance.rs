//! Instances neither see each other nor their own past.

use crate::support::{engine, golden, instance, instance_with, state};
use hatchery_engine::{
    CallError, CowEngine, Golden, Instance, InstanceConfig, InstanceError, Limits, PoisonReason,
    ResetKind, Status, bake, freeze,
};
use std::time::{Duration, Instant};
use wasmtime::Val;

/// A guest that can be made to do anything to its state.
const WILD: &str = r#"(module (memory 4 64)
     (global $sp (mut i32) (i32.const 1000)) (global $wide (mut i64) (i64.const 7))
     (data (i32.const 8) "golden") (data (i32.const 200000) "also golden")
     (func (export "poke") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
     (func (export "fill") (param i32 i32 i32)
       (memory.fill (local.get 0) (local.get 1) (local.get 2)))
     (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
     (func (export "globals") (global.set $sp (i32.const 5)) (global.set $wide (i64.const 5)))
     (func (export "trap") (global.set $sp (i32.const 1)) unreachable)
     (func (export "spin") (global.set $sp (i32.const 2)) (loop $l (br $l)))
     (func $down (export "recurse") (param i64) (result i64)
       (global.set $sp (i32.sub (global.get $sp) (i32.const 16)))
       (i64.add (call $down (i64.add (local.get 0) (i64.const 1))) (local.get 0)))
     (func (export "first") (result i32) (i32.load8_u (i32.const 8))))"#;

fn wild(engine: &CowEngine) -> Golden {
    golden(engine, WILD)
}

/// Deterministic numbers, so that a failure can be had again.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

/// One thing that the guest does, harmless or not.
fn misbehave(instance: &mut Instance<()>, random: &mut impl FnMut(u64) -> u64) {
    let bytes = instance.memory_bytes() as u64;
    let outcome = match random(9) {
        0..=2 => instance.call("poke", (random(bytes) as i32, random(256) as i32), None),
        3 => {
            let begin = random(bytes);
            let len = random(bytes - begin + 1);
            instance.call("fill", (begin as i32, random(256) as i32, len as i32), None)
        }
        4 => instance
            .call::<_, i32>("grow", random(8) as i32, None)
            .map(drop),
        5 => instance.call("globals", (), None),
        6 => instance.call("trap", (), None),
        7 => instance.call::<_, i64>("recurse", 0_i64, None).map(drop),
        _ => {
            let soon = Instant::now() + Duration::from_micros(random(2000));
            instance.call("spin", (), Some(soon))
        }
    };
    if outcome.is_ok() {
        let at = random(instance.memory_bytes() as u64) as u32;
        instance.write(at, &[random(256) as u8]).unwrap();
    }
}

#[test]
fn a_reset_of_either_kind_leaves_no_difference_to_a_fresh_instance() {
    let engine = engine();
    let golden = wild(&engine);
    let fresh = state(&mut instance(&golden));
    assert_eq!(fresh.0.len(), 4 << 16);
    let mut in_place = instance(&golden);
    let mut strict = instance(&golden);
    for round in 0..150 {
        for (reused, is_strict) in [(&mut in_place, false), (&mut strict, true)] {
            let mut random = numbers(round + 1);
            for _ in 0..1 + random(6) {
                misbehave(reused, &mut random);
            }
            let reset = if is_strict {
                reused.reset_strict()
            } else {
                reused.reset()
            }
            .unwrap();
            let expected = if is_strict {
                ResetKind::FreshStore
            } else {
                ResetKind::InPlace
            };
            assert_eq!(reset.kind, expected);
            assert_eq!(reused.status(), Status::Ready);
            assert!(state(reused) == fresh, "round {round}, strict {is_strict}");
        }
    }
}

#[test]
fn a_write_is_never_seen_by_another_instance_nor_by_the_image() {
    let engine = engine();
    let golden = wild(&engine);
    let before = golden.id();
    let (mut one, mut two) = (instance(&golden), instance(&golden));
    let fresh = state(&mut two);
    one.call::<_, ()>("fill", (0, 0xaa, 4 << 16), None).unwrap();
    assert!(one.memory().iter().all(|byte| *byte == 0xaa));
    assert!(state(&mut two) == fresh);
    assert!(state(&mut instance(&golden)) == fresh);
    drop(one);
    assert!(
        state(&mut instance(&golden)) == fresh,
        "the slot is used again"
    );
    let copy = bake(
        &engine,
        &freeze(&crate::support::wasm(WILD)).unwrap(),
        &engine.linker(),
        (),
        |_| Ok::<(), CallError>(()),
    );
    assert_eq!(copy.unwrap().id(), before);
}

#[test]
fn instantiation_never_copies_the_image() {
    let engine = engine();
    let instance = instance(&wild(&engine));
    assert_eq!(instance.private_dirty_pages().unwrap(), 0);
}

#[test]
fn a_poisoned_instance_runs_nothing_until_it_is_reset() {
    let engine = engine();
    let mut instance = instance(&wild(&engine));
    let trapped = instance.call::<(), ()>("trap", (), None).unwrap_err();
    assert!(matches!(
        trapped,
        CallError::Trap {
            trap: wasmtime::Trap::UnreachableCodeReached
        }
    ));
    let poisoned = Status::Poisoned {
        reason: PoisonReason::Trap,
    };
    assert_eq!(instance.status(), poisoned);
    let refused = instance.call::<(), i32>("first", (), None).unwrap_err();
    assert!(matches!(
        refused,
        CallError::Poisoned {
            reason: PoisonReason::Trap
        }
    ));
    assert_eq!(instance.status(), poisoned);
    instance.reset().unwrap();
    assert_eq!(
        instance.call::<(), i32>("first", (), None).unwrap(),
        i32::from(b'g')
    );
}

#[test]
fn a_wrong_name_or_type_does_not_poison() {
    let engine = engine();
    let mut instance = instance(&wild(&engine));
    let missing = instance.call::<(), ()>("nobody", (), None).unwrap_err();
    assert!(matches!(missing, CallError::NoFunction { .. }));
    let wrong = instance.call::<i64, ()>("first", 1, None).unwrap_err();
    assert!(matches!(wrong, CallError::WrongType { .. }));
    assert_eq!(instance.status(), Status::Ready);
    assert!(instance.read(u32::MAX, 2).is_err());
    assert!(instance.write((4 << 16) - 1, &[1, 2]).is_err());
    assert_eq!(
        instance.read((4 << 16) - 1, 1).unwrap(),
        [0],
        "nothing of it was written"
    );
}

#[test]
fn runaway_recursion_is_a_trap_and_not_a_crash_even_on_a_small_thread() {
    let small = std::thread::Builder::new().stack_size(96 << 10);
    let run = || {
        let engine = engine();
        let mut instance = instance(&wild(&engine));
        let error = instance.call::<i64, i64>("recurse", 0, None).unwrap_err();
        assert!(
            matches!(
                error,
                CallError::Trap {
                    trap: wasmtime::Trap::StackOverflow
                }
            ),
            "{error}"
        );
        instance.reset().unwrap();
        assert_eq!(
            instance.call::<(), i32>("first", (), None).unwrap(),
            i32::from(b'g')
        );
    };
    small.spawn(run).unwrap().join().unwrap();
}

#[test]
fn memory_past_its_limit_is_refused_to_the_guest_and_not_fatal() {
    let engine = engine();
    let golden = wild(&engine);
    let linker = engine.linker::<()>();
    let prepared = golden.prepare(&linker).unwrap();
    let limits = Limits::default().with_memory_bytes_max(6 << 16);
    let config = InstanceConfig::default().with_limits(limits);
    let mut instance = prepared.instantiate((), config).unwrap();
    for _ in 0..3 {
        assert_eq!(instance.memory_bytes_peak(), 4 << 16);
        assert_eq!(instance.call::<_, i32>("grow", 3, None).unwrap(), -1);
        assert_eq!(instance.memory_refusals(), 1);
        assert_eq!(instance.call::<_, i32>("grow", 2, None).unwrap(), 4);
        assert_eq!(instance.memory_bytes_peak(), 6 << 16);
        instance.reset().unwrap();
    }
    let limits = limits.with_memory_bytes_max(3 << 16);
    let refused = prepared
        .instantiate((), config.with_limits(limits))
        .unwrap_err();
    assert!(matches!(refused, InstanceError::LimitBelowImage { .. }));
}

const CALLS_OUT: &str = r#"(module (import "env" "out" (func $out (param i32))) (memory 1)
     (global $sp (mut i32) (i32.const 3))
     (func (export "run") (param i32)
       (global.set $sp (i32.const 1)) (i32.store (i32.const 0) (i32.const 9)) (call $out (local.get 0))))"#;

#[test]
fn a_panicking_host_function_does_not_take_its_thread_or_state_with_it() {
    let engine = engine();
    let mut linker = engine.linker::<()>();
    let out = |what: i32| match what {
        0 => Ok(()),
        1 => Err(wasmtime::Error::msg("refused")),
        _ => panic!("on purpose"),
    };
    linker.func_wrap("env", "out", out).unwrap();
    let frozen = freeze(&crate::support::wasm(CALLS_OUT)).unwrap();
    let golden = bake(&engine, &frozen, &linker, (), |_| Ok::<(), CallError>(())).unwrap();
    let mut guest = instance_with(&golden, &linker, ());
    let fresh = state(&mut guest);
    for _ in 0..20 {
        guest.call::<_, ()>("run", 0, None).unwrap();
        let failed = guest.call::<_, ()>("run", 1, None).unwrap_err();
        assert!(matches!(failed, CallError::Host(_)));
        assert_eq!(
            guest.status(),
            Status::Poisoned {
                reason: PoisonReason::HostError
            }
        );
        guest.reset().unwrap();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            guest.call::<_, ()>("run", 2, None)
        }));
        assert_eq!(
            *panicked.unwrap_err().downcast::<&str>().unwrap(),
            "on purpose"
        );
        assert_eq!(
            guest.status(),
            Status::Poisoned {
                reason: PoisonReason::Panic
            }
        );
        assert_eq!(guest.reset().unwrap().kind, ResetKind::FreshStore);
        assert!(state(&mut guest) == fresh);
    }
}

#[test]
fn a_guest_called_by_another_guests_host_function_has_its_own_state() {
    let engine = engine();
    let inner = wild(&engine);
    let mut linker = engine.linker::<Instance<()>>();
    linker
        .func_wrap(
            "env",
            "out",
            |mut caller: wasmtime::Caller<'_, hatchery_engine::StoreData<Instance<()>>>,
             to: i32| {
                let inner = &mut caller.data_mut().data;
                inner.call::<_, ()>("poke", (8, to), None)?;
                let deep = inner.call::<i64, i64>("recurse", 0, None).unwrap_err();
                assert!(matches!(
                    deep,
                    CallError::Trap {
                        trap: wasmtime::Trap::StackOverflow
                    }
                ));
                inner.reset()?;
                Ok(())
            },
        )
        .unwrap();
    let frozen = freeze(&crate::support::wasm(CALLS_OUT)).unwrap();
    let outer = bake(&engine, &frozen, &linker, instance(&inner), |_| {
        Ok::<(), CallError>(())
    })
    .unwrap();
    let mut guest = instance_with(&outer, &linker, instance(&inner));
    for _ in 0..5 {
        guest.call::<_, ()>("run", 77, None).unwrap();
        assert_eq!(guest.data().read(8, 1).unwrap(), b"g");
        guest.reset().unwrap();
    }
}

#[test]
fn a_table_written_by_the_guest_does_not_survive_a_reset() {
    let engine = engine();
    let golden = golden(
        &engine,
        r#"(module (memory 1) (table $t 4 funcref) (type $f (func (result i32)))
             (elem (i32.const 0) $one) (elem declare func $two)
             (func $one (result i32) (i32.const 1)) (func $two (result i32) (i32.const 2))
             (func (export "call") (result i32) (call_indirect (type $f) (i32.const 0)))
             (func (export "set") (table.set (i32.const 0) (ref.func $two)))
             (func (export "size") (result i32) (table.size $t))
             (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"#,
    );
    let mut instance = instance(&golden);
    instance.call::<(), ()>("set", (), None).unwrap();
    assert_eq!(instance.call::<(), i32>("call", (), None).unwrap(), 2);
    assert_eq!(
        instance.call::<_, i32>("grow", 1 << 30, None).unwrap(),
        -1,
        "tables are limited"
    );
    assert_eq!(instance.call::<_, i32>("grow", 1, None).unwrap(), 4);
    assert_eq!(instance.reset().unwrap().kind, ResetKind::FreshStore);
    assert_eq!(instance.call::<(), i32>("call", (), None).unwrap(), 1);
    assert_eq!(instance.call::<(), i32>("size", (), None).unwrap(), 4);
}

#[test]
fn a_call_of_the_wrong_type_runs_nothing() {
    let engine = engine();
    let golden = golden(
        &engine,
        r#"(module (memory 1) (global (export "calls") (mut i32) (i32.const 0)) (global (export "pi") f64 (f64.const 3.5))
             (func (export "add") (param i32 i64) (result i64 i32)
               (global.set 0 (i32.add (global.get 0) (i32.const 1)))
               (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)) (global.get 0))
             (func (export "take") (param funcref) (result funcref) (local.get 0)))"#,
    );
    let mut instance = instance(&golden);
    let wrong: [&[Val]; 4] = [
        &[],
        &[Val::I32(1)],
        &[Val::I64(1), Val::I32(1)],
        &[Val::I32(1), Val::I64(1), Val::I32(1)],
    ];
    for params in wrong {
        let refused = instance.call_values("add", params, None);
        assert!(matches!(refused, Err(CallError::WrongType { .. })));
        assert_eq!(instance.status(), Status::Ready);
    }
    let refused = instance.call_values("none", &[], None);
    assert!(matches!(refused, Err(CallError::NoFunction { .. })));
    assert!(matches!(instance.global("calls"), Some(Val::I32(0))));

    let sum = instance.call_values("add", &[Val::I32(-1), Val::I64(3)], None);
    assert!(matches!(sum.unwrap()[..], [Val::I64(2), Val::I32(1)]));
    let null = instance.call_values("take", &[Val::FuncRef(None)], None);
    assert!(matches!(null.unwrap()[..], [Val::FuncRef(None)]));
    assert!(matches!(instance.global("calls"), Some(Val::I32(1))));
    assert!(instance.global("pi").is_some() && instance.global("add").is_none());
    instance.reset().unwrap();
    assert!(matches!(instance.global("calls"), Some(Val::I32(0))));
}

/// What an instance has changed is remembered as long as no run takes a page fault. Run it in release mode too: debug
/// builds look each time whether a page was missed.
#[test]
fn no_changed_page_is_missed_however_often_one_asks() {
    let engine = engine();
    let golden = wild(&engine);
    let page = cow_memory::page_bytes();
    let image = golden.image().as_bytes();
    let differing = |instance: &Instance<()>| -> cow_memory::PageSet {
        let pages = (0..).zip(instance.memory().chunks(page));
        let differs = |(index, own): &(u32, &[u8])| match image.chunks(page).nth(*index as usize) {
            Some(golden) => golden != *own,
            None => own.iter().any(|byte| *byte != 0),
        };
        pages.filter(differs).map(|(index, _)| index).collect()
    };
    for seed in 0..20 {
        let mut random = numbers(seed + 1);
        let mut tested = instance(&golden);
        let mut asleep = tested.hibernate(None).unwrap();
        for step in 0..60 {
            let what = random(8);
            match what {
                0 => drop(tested.reset().unwrap()),
                1 => drop(tested.reset_strict().unwrap()),
                2 => tested.resume(&asleep, None).unwrap(),
                3 if tested.status() == Status::Ready => asleep = tested.hibernate(None).unwrap(),
                // The same page again and again, which faults once.
                4 => drop(tested.call::<_, ()>("poke", (70_000, step), None)),
                _ => misbehave(&mut tested, &mut random),
            }
            if random(3) > 0 {
                let changed = tested.changed_pages().unwrap();
                assert!(
                    changed == differing(&tested),
                    "seed {seed}, step {step}: {what}"
                );
            }
        }
    }
}
