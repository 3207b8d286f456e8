//! What a guest leaves behind is nowhere in the next lease of its slot, however the guest ended.
//!
//! On a machine without swap, paging out is no more than the call.
#![cfg(target_os = "linux")]

use crate::support::{golden, state, wasm};
use crate::sys::memory::{page_out, pages_with};
use cow_memory::SlotPoolConfig;
use hatchery_engine::{
    CallError, CowEngine, EngineConfig, Golden, Instance, InstanceConfig, Prepared, StoreData,
    bake, freeze,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wasmtime::{Caller, Extern, Linker};

/// Every page that the guest has holds this many times over.
const SECRET: [u8; 8] = [0xa5; 8];

/// A guest that soils all it has, and then ends in one way or another.
const TENANT: &str = r#"(module
     (import "env" "soiled" (func $soiled))
     (import "env" "page_out" (func $page_out))
     (import "env" "refuse" (func $refuse))
     (import "env" "panic" (func $panic))
     (memory (export "memory") 4 64)
     (global $kept (mut i64) (i64.const 0))
     (data (i32.const 100) "golden")
     (func $soil
       (memory.fill (i32.const 0) (i32.const 0xa5) (i32.mul (memory.size) (i32.const 65536)))
       (global.set $kept (i64.const 0xa5a5a5a5a5a5a5a5))
       (call $soiled))
     (func $grow (if (i32.eq (memory.grow (i32.const 8)) (i32.const -1)) (then unreachable)))
     (func $down (param i64) (result i64)
       (i64.add (call $down (i64.add (local.get 0) (i64.const 1))) (local.get 0)))
     (func (export "normal end") (call $soil))
     (func (export "growth") (call $soil) (call $grow) (call $soil))
     (func (export "trap") (call $grow) (call $soil) unreachable)
     (func (export "stack overflow") (call $soil) (drop (call $down (i64.const 0xa5))))
     (func (export "timeout") (call $soil) (loop $l (br $l)))
     (func (export "swap") (call $grow) (call $soil) (call $page_out))
     (func (export "swap and timeout") (call $soil) (call $page_out) (loop $l (br $l)))
     (func (export "refusal") (call $soil) (call $refuse))
     (func (export "panic") (call $grow) (call $soil) (call $panic))
     (func (export "secrets") (result i32) (local $at i32) (local $found i32)
       (drop (memory.grow (i32.sub (i32.const 64) (memory.size))))
       (loop $next
         (if (i64.eq (i64.load (local.get $at)) (i64.const 0xa5a5a5a5a5a5a5a5))
           (then (local.set $found (i32.add (local.get $found) (i32.const 1)))))
         (local.set $at (i32.add (local.get $at) (i32.const 8)))
         (br_if $next (i32.lt_u (local.get $at) (i32.mul (memory.size) (i32.const 65536)))))
       (i32.add (local.get $found) (i64.ne (global.get $kept) (i64.const 0)))))"#;

/// Another tenant of the same slot, with less memory of its own.
const SMALLER: &str = r#"(module (memory (export "memory") 1 64) (data (i32.const 7) "other"))"#;

/// How a guest can end, and the error that tells.
const ENDINGS: [(&str, &str); 9] = [
    ("normal end", "Ok"),
    ("growth", "Ok"),
    ("trap", "UnreachableCodeReached"),
    ("stack overflow", "StackOverflow"),
    ("timeout", "Interrupted"),
    ("swap", "Ok"),
    ("swap and timeout", "Interrupted"),
    ("refusal", "Host"),
    ("panic", "a panic"),
];

/// How a slot gets from one lease to the next.
#[derive(Debug, Clone, Copy)]
enum Handover {
    Reset,
    ResetStrict,
    Drop,
    AnotherImage,
}

fn linker(engine: &CowEngine, soiled: &Arc<AtomicBool>) -> Linker<StoreData<()>> {
    type Host<'a> = Caller<'a, StoreData<()>>;
    let mut linker = engine.linker::<()>();
    let soiled = soiled.clone();
    linker
        .func_wrap("env", "soiled", move || {
            soiled.store(true, Ordering::Relaxed);
        })
        .unwrap();
    linker
        .func_wrap("env", "page_out", |mut caller: Host<'_>| {
            let memory = caller.get_export("memory").and_then(Extern::into_memory);
            page_out(memory.unwrap().data(&caller));
        })
        .unwrap();
    linker
        .func_wrap("env", "refuse", || -> wasmtime::Result<()> {
            Err(wasmtime::Error::msg("refused"))
        })
        .unwrap();
    linker
        .func_wrap("env", "panic", || -> () { panic!("on purpose") })
        .unwrap();
    linker
}

/// Has `guest` fill all of its memory with the secret and end as `ending` says. How it did end.
fn end(guest: &mut Instance<()>, ending: &str, soiled: &AtomicBool) -> String {
    let mut patience = Duration::from_millis(20);
    loop {
        soiled.store(false, Ordering::Relaxed);
        let deadline = ending
            .ends_with("timeout")
            .then(|| Instant::now() + patience);
        let result = catch_unwind(AssertUnwindSafe(|| {
            guest.call::<(), ()>(ending, (), deadline)
        }));
        let ended = result.map_or("a panic".into(), |result| format!("{result:?}"));
        if soiled.load(Ordering::Relaxed) {
            return ended;
        }
        // A busy machine: the time was up before the guest came to it.
        assert!(deadline.is_some(), "{ended}");
        guest.reset().unwrap();
        patience *= 2;
    }
}

/// The slot that `guest` has, and the guards around it.
fn around(guest: &Instance<()>, config: &SlotPoolConfig) -> std::ops::Range<usize> {
    let base = guest.memory().as_ptr().addr();
    base - config.guard_bytes..base + config.reservation_bytes + config.guard_bytes
}

fn lease(prepared: &Prepared<()>) -> Instance<()> {
    prepared.instantiate((), InstanceConfig::default()).unwrap()
}

#[test]
fn no_secret_reaches_the_next_lease_however_the_guest_ended() {
    let mut config = SlotPoolConfig::default();
    config.slots_max = 1;
    let engine = CowEngine::new(EngineConfig::default().with_slots(config)).unwrap();
    let soiled = Arc::new(AtomicBool::new(false));
    let linker = linker(&engine, &soiled);
    let frozen = freeze(&wasm(TENANT)).unwrap();
    let tenant: Golden = bake(&engine, &frozen, &linker, (), |_| Ok::<(), CallError>(())).unwrap();
    let tenant = tenant.prepare(&linker).unwrap();
    let smaller = golden(&engine, SMALLER).prepare(&engine.linker()).unwrap();
    let fresh = state(&mut lease(&tenant));
    let fresh_smaller = state(&mut lease(&smaller));

    for (ending, expected) in ENDINGS {
        for handover in [
            Handover::Reset,
            Handover::ResetStrict,
            Handover::Drop,
            Handover::AnotherImage,
        ] {
            let what = format!("{ending}, then {handover:?}");
            let mut guest = lease(&tenant);
            let slot = around(&guest, &config);
            let ended = end(&mut guest, ending, &soiled);
            assert!(ended.contains(expected), "{what}: {ended}");
            let memory = guest.memory();
            assert!(memory.iter().all(|byte| *byte == SECRET[0]), "{what}");
            assert_eq!(
                pages_with(&SECRET, slot.clone()).len(),
                memory.len() / 4096,
                "{what}: the search finds what is there"
            );
            if ending.starts_with("swap") {
                // Looking has brought it back.
                page_out(guest.memory());
            }

            let (mut next, expected) = match handover {
                Handover::Reset => {
                    guest.reset().unwrap();
                    (guest, &fresh)
                }
                Handover::ResetStrict => {
                    guest.reset_strict().unwrap();
                    (guest, &fresh)
                }
                Handover::Drop => {
                    drop(guest);
                    (lease(&tenant), &fresh)
                }
                Handover::AnotherImage => {
                    drop(guest);
                    (lease(&smaller), &fresh_smaller)
                }
            };
            assert_eq!(around(&next, &config), slot, "{what}: the same slot");
            assert!(pages_with(&SECRET, slot.clone()).is_empty(), "{what}");
            assert!(state(&mut next) == *expected, "{what}");
            if !matches!(handover, Handover::AnotherImage) {
                let secrets = next.call::<(), i32>("secrets", (), None).unwrap();
                assert_eq!(secrets, 0, "{what}: found by the guest");
                assert_eq!(next.memory_bytes(), 64 << 16);
            }
            assert!(pages_with(&SECRET, slot).is_empty(), "{what}, when grown");
        }
    }
    assert_eq!(engine.slots().status().quarantined, 0);
}
