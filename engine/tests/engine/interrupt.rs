//! Every kind of interrupt stops every kind of guest, and only that.

use crate::support::{engine_of, golden, instance, instance_with, kinds, wasm};
use hatchery_engine::{
    CallError, Instance, InterruptCause, PoisonReason, Status, StoreData, bake, freeze,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const LOOPS: &str = r#"(module (memory 17)
     (func (export "loop") (loop $l (br $l)))
     (func (export "store") (local i32)
       (loop $l (i32.store (i32.and (local.get 0) (i32.const 0xfffc)) (i32.const 1))
         (local.set 0 (i32.add (local.get 0) (i32.const 4))) (br $l)))
     (func (export "call") (loop $l (drop (call $deep (i32.const 60))) (br $l)))
     (func $deep (param i32) (result i32)
       (if (result i32) (local.get 0)
         (then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1))) (else (i32.const 0))))
     (func (export "builtin")
       (loop $l (memory.fill (i32.const 65536) (i32.const 1) (i32.const 1048000)) (br $l)))
     (func (export "answer") (result i32) (i32.const 42)))"#;

fn stopped(guest: &mut Instance<()>, name: &str, after: Duration) -> Duration {
    let deadline = Instant::now() + after;
    let error = guest.call::<(), ()>(name, (), Some(deadline)).unwrap_err();
    let late = deadline.elapsed();
    assert!(
        matches!(
            error,
            CallError::Interrupted {
                cause: InterruptCause::Deadline
            }
        ),
        "{error}"
    );
    // A deadline that passed before the guest began has left nothing to poison.
    let interrupted = Status::Poisoned {
        reason: PoisonReason::Interrupted {
            cause: InterruptCause::Deadline,
        },
    };
    assert!([interrupted, Status::Ready].contains(&guest.status()));
    guest.reset().unwrap();
    assert_eq!(guest.call::<(), i32>("answer", (), None).unwrap(), 42);
    late
}

#[test]
fn no_runaway_guest_outlives_its_deadline() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let mut guest = instance(&golden(&engine, LOOPS));
        for name in ["loop", "store", "call", "builtin"] {
            let mut late: Vec<Duration> = (0..100)
                .map(|n| stopped(&mut guest, name, Duration::from_micros(n * 20)))
                .collect();
            late.sort();
            println!(
                "{kind} {name}: late by {:?} at the median, {:?} at most",
                late[50], late[99]
            );
            // Generous, for a machine that does other things meanwhile.
            assert!(
                late[50] < Duration::from_millis(20),
                "{kind} {name}: {:?}",
                late[50]
            );
        }
    }
}

#[test]
fn a_deadline_that_has_passed_already_runs_little_or_nothing() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let mut guest = instance(&golden(&engine, LOOPS));
        let past = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        let error = guest.call::<(), ()>("loop", (), Some(past)).unwrap_err();
        assert!(matches!(error, CallError::Interrupted { .. }));
    }
}

#[test]
fn only_the_guest_that_is_meant_is_interrupted() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let golden = golden(&engine, LOOPS);
        let (mut victim, mut bystander) = (instance(&golden), instance(&golden));
        let handle = bystander.interrupter().clone();
        thread::scope(|scope| {
            let still_running = scope.spawn(move || bystander.call::<(), ()>("call", (), None));
            for _ in 0..50 {
                stopped(&mut victim, "loop", Duration::from_millis(1));
            }
            assert!(!still_running.is_finished(), "{kind}");
            handle.interrupt();
            let error = still_running.join().unwrap().unwrap_err();
            assert!(matches!(
                error,
                CallError::Interrupted {
                    cause: InterruptCause::Cancelled
                }
            ));
        });
    }
}

#[test]
fn a_thread_without_a_guest_is_never_hit() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let golden = golden(&engine, LOOPS);
        let done = Arc::new(AtomicBool::new(false));
        let computing = done.clone();
        // Sums over and over: any jump away from it would show, or crash.
        let bystander = thread::spawn(move || {
            let expected: u64 = (0..10_000_u64).sum();
            while !computing.load(Ordering::Relaxed) {
                assert_eq!(std::hint::black_box(0..10_000_u64).sum::<u64>(), expected);
            }
        });
        let mut guest = instance(&golden);
        for n in 0..300 {
            // Deadlines that pass just as the call begins and ends.
            let deadline = Instant::now() + Duration::from_micros(n % 30);
            match guest.call::<(), i32>("answer", (), Some(deadline)) {
                Ok(answer) => assert_eq!(answer, 42),
                Err(CallError::Interrupted { .. }) => {
                    guest.reset().unwrap();
                }
                Err(error) => panic!("{error}"),
            }
        }
        done.store(true, Ordering::Relaxed);
        bystander.join().unwrap();
    }
}

#[test]
fn a_cancellation_belongs_to_the_run_in_progress_and_to_no_later_one() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let mut guest = instance(&golden(&engine, LOOPS));
        assert!(!guest.interrupter().interrupt(), "nothing runs");
        assert_eq!(guest.call::<(), i32>("answer", (), None).unwrap(), 42);

        // Between two calls of a run, or before the first.
        let run = guest.interrupter().begin_run();
        assert!(guest.interrupter().interrupt());
        for _ in 0..2 {
            let error = guest.call::<(), ()>("loop", (), None).unwrap_err();
            assert!(matches!(
                error,
                CallError::Interrupted {
                    cause: InterruptCause::Cancelled
                }
            ));
            assert_eq!(guest.status(), Status::Ready, "nothing has run");
        }
        drop(run);
        assert_eq!(guest.call::<(), i32>("answer", (), None).unwrap(), 42);
    }
}

const CALLS_ANOTHER: &str = r#"(module (import "env" "inner" (func $inner)) (memory 1)
     (func (export "outer") (call $inner)))"#;

/// A host function that runs a second guest does not outlive its own guest's cancellation.
#[test]
fn a_cancelled_guest_takes_the_guests_of_its_host_functions_with_it() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let inner = golden(&engine, LOOPS);
        let mut linker = engine.linker::<Instance<()>>();
        linker
            .func_wrap(
                "env",
                "inner",
                |mut caller: wasmtime::Caller<'_, StoreData<Instance<()>>>| {
                    let ended = caller.data_mut().data.call::<(), ()>("loop", (), None);
                    assert!(matches!(
                        ended,
                        Err(CallError::Interrupted {
                            cause: InterruptCause::Cancelled
                        })
                    ));
                    Ok(caller.data().interrupter().check()?)
                },
            )
            .unwrap();
        let frozen = freeze(&wasm(CALLS_ANOTHER)).unwrap();
        let golden = bake(&engine, &frozen, &linker, instance(&inner), |_| {
            Ok::<(), CallError>(())
        })
        .unwrap();
        // At any moment: before the inner guest begins, while it runs, and between.
        for pause in [0, 1, 100, 5_000, 20_000] {
            let mut outer = instance_with(&golden, &linker, instance(&inner));
            let handle = outer.interrupter().clone();
            thread::scope(|scope| {
                let running = scope.spawn(move || outer.call::<(), ()>("outer", (), None));
                thread::sleep(Duration::from_micros(pause));
                while !handle.interrupt() {
                    thread::yield_now();
                }
                let ended = running.join().unwrap();
                assert!(
                    matches!(ended, Err(CallError::Interrupted { .. })),
                    "{kind}"
                );
            });
        }
    }
}

const WAITS: &str = r#"(module (import "env" "wait" (func $wait (param i32))) (memory 1)
     (func (export "wait") (param i32) (loop $l (call $wait (local.get 0)) (br $l)))
     (func (export "answer") (result i32) (i32.const 42)))"#;

#[test]
fn a_guest_in_a_host_function_is_stopped_when_it_comes_back_or_sleeps() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let mut linker = engine.linker::<()>();
        linker
            .func_wrap(
                "env",
                "wait",
                |caller: wasmtime::Caller<'_, StoreData<()>>, how: i32| {
                    match how {
                        // As a host function should: it wakes up.
                        0 => caller.data().interrupter().sleep(Duration::from_secs(60))?,
                        // As it should not: it is waited for.
                        1 => thread::sleep(Duration::from_millis(10)),
                        // Busy in the host.
                        _ => {
                            let until = Instant::now() + Duration::from_micros(200);
                            while Instant::now() < until {}
                        }
                    }
                    Ok(())
                },
            )
            .unwrap();
        let frozen = freeze(&wasm(WAITS)).unwrap();
        let golden = bake(&engine, &frozen, &linker, (), |_| Ok::<(), CallError>(())).unwrap();
        let mut guest = instance_with(&golden, &linker, ());
        for how in [0, 1, 2] {
            for _ in 0..20 {
                let deadline = Instant::now() + Duration::from_millis(3);
                let error = guest
                    .call::<i32, ()>("wait", how, Some(deadline))
                    .unwrap_err();
                assert!(
                    matches!(
                        error,
                        CallError::Interrupted {
                            cause: InterruptCause::Deadline
                        }
                    ),
                    "{error}"
                );
                assert!(deadline.elapsed() < Duration::from_secs(5), "{kind} {how}");
                guest.reset().unwrap();
            }
        }
        assert_eq!(guest.call::<(), i32>("answer", (), None).unwrap(), 42);
    }
}

#[test]
fn many_guests_on_many_threads_are_all_stopped() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let golden = golden(&engine, LOOPS);
        thread::scope(|scope| {
            for thread in 0..8_u64 {
                let golden = &golden;
                scope.spawn(move || {
                    let mut guest = instance(golden);
                    for round in 0..25 {
                        let name = ["loop", "store", "call"][(round % 3) as usize];
                        stopped(&mut guest, name, Duration::from_micros(300 * (thread + 1)));
                    }
                });
            }
        });
    }
}
