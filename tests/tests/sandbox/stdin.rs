//! Standard input belongs to one run: the next one that begins.

use crate::{builder, sandbox};
use hatchery::Error;
use hatchery_tests::stdout;
use std::time::Duration;

const READ: &str = "
import sys
print(repr(sys.stdin.read()))";

#[test]
fn input_of_a_run_that_never_began_is_the_next_run_s() {
    let mut sandbox = sandbox();
    sandbox.set_stdin("a\nb");
    let wanted = sandbox.interrupter().begin_run();
    sandbox.interrupter().interrupt();
    assert!(matches!(
        sandbox.execute("print(input())"),
        Err(Error::Cancelled {
            has_begun: false,
            ..
        })
    ));
    drop(wanted);
    assert_eq!(stdout(&mut sandbox, READ), "'a\\nb'\n");

    // Files that the sandbox was to have and that do not fit.
    let mut sandbox = builder()
        .max_memory_bytes(80 << 20)
        .file("/work/big", vec![0; 200 << 20])
        .build()
        .unwrap();
    sandbox.set_stdin("kept");
    for _ in 0..2 {
        assert!(matches!(
            sandbox.execute("print(input())"),
            Err(Error::File { .. })
        ));
    }
}

#[test]
fn input_that_a_run_did_not_read_does_not_reach_a_later_one() {
    let mut sandbox = sandbox();
    sandbox.set_stdin("a\nb");
    assert_eq!(stdout(&mut sandbox, "print(input())"), "a\n");
    // The run in between is cancelled before it begins, and takes nothing away.
    let wanted = sandbox.interrupter().begin_run();
    sandbox.interrupter().interrupt();
    assert!(sandbox.execute("1").is_err());
    drop(wanted);
    assert_eq!(stdout(&mut sandbox, READ), "''\n");

    // What prepares a program leaves the rest where it is, for no program.
    sandbox.set_stdin("c\nd");
    assert_eq!(stdout(&mut sandbox, "print(input())"), "c\n");
    sandbox.compile("1").unwrap();
    sandbox.install_module("m", "x = 1").unwrap();
    assert_eq!(stdout(&mut sandbox, READ), "''\n");
}

#[test]
fn input_that_a_stopped_run_had_is_gone_after_the_reset() {
    let mut sandbox = builder()
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    sandbox.set_stdin("secret\nmore");
    assert!(sandbox.execute("input()\nwhile True: pass").is_err());
    sandbox.reset().unwrap();
    assert_eq!(stdout(&mut sandbox, READ), "''\n");
    // The same across a rollback.
    let checkpoint = sandbox.checkpoint().unwrap();
    sandbox.set_stdin("secret\nmore");
    assert!(sandbox.execute("input()\nwhile True: pass").is_err());
    sandbox.rollback(&checkpoint).unwrap();
    assert_eq!(stdout(&mut sandbox, READ), "''\n");
}

#[test]
fn standard_input_has_its_name_however_often_it_is_renewed() {
    let mut sandbox = sandbox();
    for line in ["first\n", "second\n"] {
        sandbox.set_stdin(bytes::Bytes::from_static(line.as_bytes()));
        let program = "import sys; print(sys.stdin.name, sys.stdin.mode, input())";
        assert_eq!(stdout(&mut sandbox, program), format!("<stdin> r {line}"));
    }
}
