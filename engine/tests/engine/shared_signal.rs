//! A host program that handles our signal too, from some time after we did, neither disables interrupts nor loses
//! signals of its own.
//!
//! Handlers are the whole process's, so each test runs in a process of its own.

use crate::support::{engine_of, golden, instance};
use crate::sys::signals::{Style, calls_when_raised, claimed, restore, set_chains, take};
use hatchery_engine::{CallError, Instance, InterruptKind};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// After this long a child is taken to hang: a guest that cannot be stopped runs for ever.
const HANGS_AFTER: Duration = Duration::from_secs(120);
const CHILD: &str = "HATCHERY_TEST_CHILD";

/// Runs `scene` in a new process, as the test called `name`.
fn in_a_process_of_its_own(name: &str, scene: impl FnOnce()) {
    if InterruptKind::best_available() != InterruptKind::Signal {
        return;
    }
    if std::env::var(CHILD).is_ok_and(|child| child == name) {
        thread::spawn(|| {
            thread::sleep(HANGS_AFTER);
            eprintln!("the guest was not stopped");
            std::process::abort();
        });
        return scene();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("shared_signal::{name}")])
        .args(["--nocapture"])
        .env(CHILD, name)
        .output()
        .unwrap();
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("1 passed"),
        "{}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn guest() -> Instance<()> {
    let text = r#"(module (memory 17)
         (func (export "loop") (loop $l (br $l)))
         (func (export "builtin")
           (loop $l (memory.fill (i32.const 65536) (i32.const 1) (i32.const 1048000)) (br $l)))
         (func (export "trap") unreachable)
         (func (export "far") (drop (i32.load (i32.const 0x7fff0000))))
         (func (export "answer") (result i32) (i32.const 42)))"#;
    instance(&golden(&engine_of(InterruptKind::Signal), text))
}

/// Runaway guests are stopped, and what is not runaway is not.
fn assert_interrupts_work(guest: &mut Instance<()>) {
    for round in 0..5 {
        for name in ["loop", "builtin"] {
            let deadline = Instant::now() + Duration::from_millis(round);
            let error = guest.call::<(), ()>(name, (), Some(deadline)).unwrap_err();
            assert!(matches!(error, CallError::Interrupted { .. }), "{error}");
            guest.reset().unwrap();
            assert_eq!(guest.call::<(), i32>("answer", (), None).unwrap(), 42);
        }
    }
}

#[test]
fn a_handler_that_keeps_the_signal_to_itself_does_not_save_a_runaway_guest() {
    let name = "a_handler_that_keeps_the_signal_to_itself_does_not_save_a_runaway_guest";
    in_a_process_of_its_own(name, || {
        for style in [Style::Full, Style::Plain] {
            let mut guest = guest();
            assert_interrupts_work(&mut guest);
            let signal = claimed();
            take(signal, style);
            assert_eq!(calls_when_raised(signal), 1);
            assert_interrupts_work(&mut guest);
            assert_eq!(calls_when_raised(signal), 1, "{style:?}: what is not ours");
        }
    });
}

#[test]
fn a_handler_that_comes_while_the_guest_runs_does_not_save_it() {
    let name = "a_handler_that_comes_while_the_guest_runs_does_not_save_it";
    in_a_process_of_its_own(name, || {
        let mut guest = guest();
        let interrupter = guest.interrupter().clone();
        let running = thread::spawn(move || {
            let result = guest.call::<(), ()>("loop", (), None);
            (guest, result)
        });
        take(claimed(), Style::Full);
        while !interrupter.interrupt() {
            thread::yield_now();
        }
        let (mut guest, result) = running.join().unwrap();
        assert!(matches!(result, Err(CallError::Interrupted { .. })));
        guest.reset().unwrap();
        assert_interrupts_work(&mut guest);
    });
}

#[test]
fn a_handler_that_goes_on_to_ours_hinders_nothing() {
    let name = "a_handler_that_goes_on_to_ours_hinders_nothing";
    in_a_process_of_its_own(name, || {
        let mut guest = guest();
        let signal = claimed();
        set_chains(true);
        take(signal, Style::Full);
        assert_interrupts_work(&mut guest);
        assert_eq!(calls_when_raised(signal), 1);
    });
}

#[test]
fn handlers_that_go_on_to_each_other_do_not_do_so_for_ever() {
    let name = "handlers_that_go_on_to_each_other_do_not_do_so_for_ever";
    in_a_process_of_its_own(name, || {
        let mut guest = guest();
        let signal = claimed();
        // While theirs keeps the signal, ours is put over it, and goes on to it from then on.
        take(signal, Style::Full);
        assert_interrupts_work(&mut guest);
        set_chains(true);
        for _ in 0..10 {
            assert_eq!(calls_when_raised(signal), 1);
        }
        assert_interrupts_work(&mut guest);
        assert_eq!(calls_when_raised(signal), 1);
    });
}

#[test]
fn a_handler_that_goes_again_leaves_ours() {
    let name = "a_handler_that_goes_again_leaves_ours";
    in_a_process_of_its_own(name, || {
        let mut guest = guest();
        let signal = claimed();
        for style in [Style::Full, Style::Plain, Style::Ignore] {
            for interrupted_meanwhile in [false, true] {
                take(signal, style);
                if interrupted_meanwhile {
                    assert_interrupts_work(&mut guest);
                }
                restore(signal);
                assert_interrupts_work(&mut guest);
            }
        }
    });
}

#[test]
fn an_ignored_signal_does_not_save_a_runaway_guest() {
    let name = "an_ignored_signal_does_not_save_a_runaway_guest";
    in_a_process_of_its_own(name, || {
        let mut guest = guest();
        let signal = claimed();
        take(signal, Style::Ignore);
        assert_interrupts_work(&mut guest);
        assert_eq!(calls_when_raised(signal), 0);
    });
}

#[test]
fn handlers_of_faults_that_go_on_to_the_engine_s_hinder_nothing() {
    let name = "handlers_of_faults_that_go_on_to_the_engine_s_hinder_nothing";
    in_a_process_of_its_own(name, || {
        let mut guest = guest();
        set_chains(true);
        for signal in [libc::SIGILL, libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE] {
            take(signal, Style::Full);
        }
        assert_interrupts_work(&mut guest);
        for name in ["trap", "far"] {
            let error = guest.call::<(), ()>(name, (), None).unwrap_err();
            assert!(matches!(error, CallError::Trap { .. }), "{error}");
            guest.reset().unwrap();
        }
    });
}
