//! What instantiating the original module would have done, the bake does too.

use crate::support::{engine, golden, golden_with, instance, state, wasm};
use hatchery_engine::{BakeError, InstanceConfig, ResetKind, bake, freeze};

fn failure(text: &str) -> BakeError {
    let engine = engine();
    let frozen = freeze(&wasm(text)).unwrap();
    bake(&engine, &frozen, &engine.linker(), (), |_| {
        Ok::<(), BakeError>(())
    })
    .unwrap_err()
}

#[test]
fn data_is_not_lost_and_is_there_before_start_runs() {
    let engine = engine();
    let golden = golden(
        &engine,
        r#"(module (memory 1) (global $seen (mut i32) (i32.const 0))
             (data (i32.const 100) "abc") (data (i32.const 101) "X")
             (func $start (global.set $seen (i32.load8_u (i32.const 101))))
             (start $start)
             (func (export "seen") (result i32) (global.get $seen)))"#,
    );
    let mut instance = instance(&golden);
    assert_eq!(instance.read(100, 3).unwrap(), b"aXc", "later segments win");
    assert_eq!(
        instance.call::<(), i32>("seen", (), None).unwrap(),
        i32::from(b'X')
    );
}

#[test]
fn a_segment_out_of_bounds_is_never_cut_short() {
    let error = failure(r#"(module (memory 1) (data (i32.const 65535) "ab"))"#);
    assert!(matches!(error, BakeError::Data { segment: 0, .. }));
    let error = failure(r#"(module (memory 0) (data (i32.const 1) ""))"#);
    assert!(matches!(error, BakeError::Data { segment: 0, .. }));
    let error = failure(r#"(module (memory 1) (data (i32.const -1) "a"))"#);
    assert!(matches!(error, BakeError::Data { segment: 0, .. }));
}

#[test]
fn a_trapping_start_gives_no_snapshot() {
    let error = failure("(module (memory 1) (func $s unreachable) (start $s))");
    assert!(matches!(error, BakeError::Start(_)), "{error}");
}

#[test]
fn tables_filled_by_the_bake_are_refused_and_not_forgotten() {
    let error = failure(
        r#"(module (memory 1) (table 2 funcref) (elem declare func $s)
             (func $s (table.set (i32.const 1) (ref.func $s))) (start $s))"#,
    );
    assert!(
        matches!(error, BakeError::TableChanged { table: 0 }),
        "{error}"
    );
    let error = failure(
        r#"(module (memory 1) (table 2 funcref)
             (func $s (drop (table.grow (ref.null func) (i32.const 1)))) (start $s))"#,
    );
    assert!(
        matches!(error, BakeError::TableChanged { table: 0 }),
        "{error}"
    );
}

#[test]
fn a_reference_in_a_global_is_refused_and_null_is_kept() {
    let error = failure(
        r#"(module (memory 1) (global $g (mut funcref) (ref.null func)) (elem declare func $s)
             (func $s (global.set $g (ref.func $s))) (start $s))"#,
    );
    assert!(
        matches!(error, BakeError::ReferenceGlobal { index: 0 }),
        "{error}"
    );

    let engine = engine();
    let golden = golden(
        &engine,
        r#"(module (memory 1) (elem declare func $s)
             (func $s (global.set $g (ref.null func))) (start $s)
             (global $g (mut funcref) (ref.func $s))
             (func (export "set") (global.set $g (ref.func $s)))
             (func (export "null") (result i32) (ref.is_null (global.get $g))))"#,
    );
    let mut instance = instance(&golden);
    assert_eq!(instance.call::<(), i32>("null", (), None).unwrap(), 1);
    instance.call::<(), ()>("set", (), None).unwrap();
    assert_eq!(instance.call::<(), i32>("null", (), None).unwrap(), 0);
    instance.reset().unwrap();
    assert_eq!(instance.call::<(), i32>("null", (), None).unwrap(), 1);
}

#[test]
fn a_data_segment_dropped_in_the_bake_stays_dropped() {
    let text = r#"(module (memory 1) (data $p "passive") (data $q "kept")
         (func (export "drop") (data.drop $p)) (func (export "drop_q") (data.drop $q))
         (func (export "init_p") (memory.init $p (i32.const 0) (i32.const 0) (i32.const 7)))
         (func (export "init_q") (memory.init $q (i32.const 0) (i32.const 0) (i32.const 4))))"#;
    let engine = engine();
    let golden = golden_with(&engine, text, |bake| bake.call("drop", (), None));
    assert_eq!(golden.reset_kind(), ResetKind::FreshStore);
    let mut instance = instance(&golden);
    assert!(
        instance.memory().iter().all(|byte| *byte == 0),
        "the probe is not part of the snapshot"
    );
    assert!(instance.call::<(), ()>("init_p", (), None).is_err());
    instance.reset().unwrap();
    instance.call::<(), ()>("init_q", (), None).unwrap();
    assert_eq!(instance.read(0, 4).unwrap(), b"kept");
    instance.call::<(), ()>("drop_q", (), None).unwrap();
    assert!(instance.call::<(), ()>("init_q", (), None).is_err());
    instance.reset().unwrap();
    instance.call::<(), ()>("init_q", (), None).unwrap();
}

#[test]
fn memory_grown_in_the_bake_is_part_of_the_snapshot() {
    let engine = engine();
    let text = r#"(module (memory 1 5)
         (func (export "grow") (drop (memory.grow (i32.const 2))) (i32.store (i32.const 196604) (i32.const 7)))
         (func (export "size") (result i32) (memory.size))
         (func (export "last") (result i32) (i32.load (i32.const 196604))))"#;
    let golden = golden_with(&engine, text, |bake| bake.call("grow", (), None));
    let mut instance = instance(&golden);
    assert_eq!(instance.call::<(), i32>("size", (), None).unwrap(), 3);
    assert_eq!(instance.call::<(), i32>("last", (), None).unwrap(), 7);
    instance.call::<(), ()>("grow", (), None).unwrap();
    assert_eq!(instance.call::<(), i32>("size", (), None).unwrap(), 5);
    instance.reset().unwrap();
    assert_eq!(instance.call::<(), i32>("size", (), None).unwrap(), 3);
}

#[test]
fn computed_offsets_and_host_functions_are_not_lost() {
    let engine = engine();
    let text = r#"(module (import "env" "host" (func $host)) (memory 1)
         (data (i32.add (i32.const 4096) (i32.mul (i32.const 2) (i32.const 3))) "here")
         (func (export "run") (call $host)))"#;
    let mut linker = engine.linker::<u32>();
    linker
        .func_wrap(
            "env",
            "host",
            |mut caller: wasmtime::Caller<'_, hatchery_engine::StoreData<u32>>| {
                caller.data_mut().data += 1;
            },
        )
        .unwrap();
    let frozen = freeze(&wasm(text)).unwrap();
    let golden = bake(&engine, &frozen, &linker, 0, |_| Ok::<(), BakeError>(())).unwrap();
    let mut instance = golden
        .prepare(&linker)
        .unwrap()
        .instantiate(40, InstanceConfig::default())
        .unwrap();
    assert_eq!(instance.read(4102, 4).unwrap(), b"here");
    instance.call::<(), ()>("run", (), None).unwrap();
    instance.call::<(), ()>("run", (), None).unwrap();
    assert_eq!(instance.into_data(), 42);
}

#[test]
fn the_same_bake_has_the_same_identity_and_another_has_not() {
    let engine = engine();
    let text = r#"(module (memory 1) (global (mut i32) (i32.const 1))
         (func (export "set") (param i32) (i32.store (i32.const 0) (local.get 0)))
         (func (export "global") (global.set 0 (i32.const 9))))"#;
    let plain = golden(&engine, text);
    assert_eq!(plain.id(), golden(&engine, text).id());
    let other = golden_with(&engine, text, |bake| bake.call("set", 1, None));
    assert_ne!(plain.id(), other.id());
    let other = golden_with(&engine, text, |bake| bake.call("global", (), None));
    assert_ne!(plain.id(), other.id());
}

#[test]
fn every_kind_of_global_is_restored() {
    let engine = engine();
    let text = r#"(module (memory 1)
         (global $a (mut i32) (i32.const 1)) (global $b (mut i64) (i64.const 2))
         (global $c (mut f32) (f32.const nan:0x200001)) (global $d (mut f64) (f64.const -0.0))
         (global $e (mut v128) (v128.const i64x2 5 6))
         (func (export "bake") (global.set $b (i64.const -3)))
         (func (export "scramble")
           (global.set $a (i32.const 9)) (global.set $b (i64.const 9)) (global.set $c (f32.const 9))
           (global.set $d (f64.const 9)) (global.set $e (v128.const i64x2 9 9))))"#;
    let golden = golden_with(&engine, text, |bake| bake.call("bake", (), None));
    let mut first = instance(&golden);
    let before = state(&mut first);
    assert_eq!(before.1[1], u128::from((-3_i64).cast_unsigned()));
    first.call::<(), ()>("scramble", (), None).unwrap();
    assert_ne!(state(&mut first), before);
    first.reset().unwrap();
    assert_eq!(state(&mut first), before);
}

#[test]
fn elements_dropped_in_the_bake_stay_dropped() {
    let text = r#"(module (memory 0) (table $t 4 funcref) (table $wide i64 4 funcref)
         (elem $p func $f) (elem $q func $f) (elem $w func $f) (data $d "passive") (func $f)
         (func (export "drop") (elem.drop $p) (elem.drop $w) (data.drop $d))
         (func (export "drop_q") (elem.drop $q))
         (func (export "wide") (table.init $wide $w (i64.const 0) (i32.const 0) (i32.const 1)))
         (func (export "data") (memory.init $d (i32.const 0) (i32.const 1) (i32.const 0)))
         (func (export "use") (table.init $t $p (i32.const 0) (i32.const 0) (i32.const 1)))
         (func (export "use_q") (table.init $t $q (i32.const 0) (i32.const 0) (i32.const 1))))"#;
    let engine = engine();
    let dropped = golden_with(&engine, text, |bake| bake.call("drop", (), None));
    let kept = golden_with(&engine, text, |_| Ok(()));
    assert_ne!(dropped.id(), kept.id());
    for (golden, traps) in [(&dropped, true), (&kept, false)] {
        let mut instance = instance(golden);
        for name in ["use", "wide", "data"] {
            let result = instance.call::<(), ()>(name, (), None);
            assert_eq!(result.is_err(), traps, "{name}: {result:?}");
            instance.reset().unwrap();
        }
        for _ in 0..2 {
            instance.call::<(), ()>("use_q", (), None).unwrap();
            instance.call::<(), ()>("drop_q", (), None).unwrap();
            assert!(instance.call::<(), ()>("use_q", (), None).is_err());
            instance.reset().unwrap();
        }
    }
}
