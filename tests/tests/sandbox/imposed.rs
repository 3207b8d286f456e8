//! What the host imposes holds for whoever has the sandbox now, whatever its memory came from.

use crate::{Outcome, builder, sandbox};
use hatchery::{HostFunctions, Sandbox, SandboxBuilder};
use hatchery_tests::stdout;
use parking_lot::Mutex;
use std::sync::Arc;

const PRINT: &str = "print('x' * 999)";
const RECURSE: &str = "
def depth(n=0):
    try: return depth(n + 1)
    except RecursionError: return n
import sys
print(sys.getrecursionlimit(), depth() < 200)";
const OPEN: &str = "
import os
kept = []
try:
    while True: kept.append(os.open('/tmp/f', os.O_CREAT | os.O_RDWR))
except OSError: pass
print(len(kept))
for fd in kept: os.close(fd)";

fn tight() -> SandboxBuilder {
    builder()
        .max_output_bytes(100)
        .recursion_limit(150)
        .max_open_files(5)
}

/// Every way in which a sandbox of `to` gets memory that was a sandbox's of `from`.
fn handed_over(from: &SandboxBuilder, to: &SandboxBuilder) -> Vec<(&'static str, Sandbox)> {
    let mut source = from.build().unwrap();
    source.execute("name = 'kept'").unwrap();
    let asleep = source.hibernate().unwrap();
    let woken = to.resume(&asleep).unwrap();

    let checkpoint = source.checkpoint().unwrap();
    let mut rolled_back = to.build().unwrap();
    rolled_back.execute("1").unwrap();
    rolled_back.rollback(&checkpoint).unwrap();

    let mut twice = to.resume(&asleep).unwrap();
    let fork = twice.fork(1).unwrap().remove(0);
    vec![
        ("woken", woken),
        ("rolled back", rolled_back),
        ("a fork of a woken one", fork),
    ]
}

fn check_default(how: &str, mut sandbox: Sandbox) {
    let output = sandbox.execute(PRINT).unwrap();
    assert_eq!(output.stdout.len(), 1000, "{how}");
    assert_eq!(stdout(&mut sandbox, OPEN), "252\n", "{how}");
    assert_eq!(stdout(&mut sandbox, RECURSE), "1000 False\n", "{how}");
}

fn check_tight(how: &str, mut sandbox: Sandbox) {
    let output = sandbox.execute(PRINT).unwrap();
    assert_eq!(output.stdout.len(), 100, "{how}");
    assert_eq!(output.stdout_dropped_bytes, 900, "{how}");
    assert_eq!(stdout(&mut sandbox, OPEN), "5\n", "{how}");
    assert_eq!(stdout(&mut sandbox, RECURSE), "150 True\n", "{how}");
}

#[test]
fn limits_are_those_of_the_builder_that_resumes_or_rolls_back() {
    for (how, mut sandbox) in handed_over(&tight(), &builder()) {
        assert_eq!(stdout(&mut sandbox, "print(name)"), "kept\n");
        check_default(how, sandbox);
    }
    for (how, mut sandbox) in handed_over(&builder(), &tight()) {
        assert_eq!(stdout(&mut sandbox, "print(name)"), "kept\n");
        check_tight(how, sandbox);
    }
}

#[test]
fn a_derived_snapshot_has_nobody_s_limits() {
    let mut source = tight().build().unwrap();
    source.execute("name = 'kept'").unwrap();
    let own = source.into_golden().unwrap();
    check_default("the default", own.sandbox().unwrap());
    let tight = own
        .sandbox_builder()
        .max_output_bytes(100)
        .recursion_limit(150)
        .max_open_files(5);
    let mut sandbox = tight.build().unwrap();
    sandbox.execute("1").unwrap();
    sandbox.reset().unwrap();
    check_tight("after a reset", sandbox);
}

#[test]
fn a_limit_that_the_program_has_set_stays_with_the_session() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, "import sys; sys.setrecursionlimit(700)");
    let asleep = sandbox.hibernate().unwrap();
    let mut awake = builder().resume(&asleep).unwrap();
    assert_eq!(
        stdout(&mut awake, "print(sys.getrecursionlimit())"),
        "700\n"
    );
}

#[test]
fn handlers_of_the_builder_that_resumes_are_called_and_no_others() {
    let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
    let chunks = seen.clone();
    let listening = builder().on_stdout(move |chunk| chunks.lock().extend_from_slice(chunk));
    for (how, mut sandbox) in handed_over(&builder(), &listening) {
        seen.lock().clear();
        assert_eq!(stdout(&mut sandbox, "print('heard')"), "heard\n");
        assert_eq!(*seen.lock(), b"heard\n", "{how}");
    }
    for (how, mut sandbox) in handed_over(&listening, &builder()) {
        seen.lock().clear();
        assert_eq!(stdout(&mut sandbox, "print('not heard')"), "not heard\n");
        assert!(seen.lock().is_empty(), "{how}");
    }
}

#[test]
fn functions_are_those_that_can_be_called_now() {
    let of = |names: &[&str]| {
        let functions = names.iter().fold(HostFunctions::new(), |functions, name| {
            functions.function(*name, |(): ()| Outcome::Ok(1))
        });
        builder().functions(functions)
    };
    let list = "
import hatchery
print([f['name'] for f in hatchery.list_callbacks()], [n for n in ('a', 'b', 'group') if n in globals()],
      sorted(n for n in vars(hatchery.host) if not n.startswith('_')))";
    let (first, second) = (of(&["a", "group.x"]), of(&["b"]));
    for (how, mut sandbox) in handed_over(&first, &second) {
        assert_eq!(stdout(&mut sandbox, list), "['b'] ['b'] ['b']\n", "{how}");
        assert_eq!(sandbox.eval::<i32>("b()").unwrap().value, 1);
    }
    for (how, mut sandbox) in handed_over(&first, &builder()) {
        assert_eq!(stdout(&mut sandbox, list), "[] [] []\n", "{how}");
    }
    // A name that the program has taken for itself is the program's.
    let mut source = first.build().unwrap();
    stdout(&mut source, "a = 'mine'");
    let asleep = source.hibernate().unwrap();
    let mut awake = second.resume(&asleep).unwrap();
    assert_eq!(stdout(&mut awake, "print(a)"), "mine\n");
    // And the same functions stay what they were, objects that the program keeps included.
    let mut source = first.build().unwrap();
    stdout(&mut source, "kept = a");
    let asleep = source.hibernate().unwrap();
    let mut awake = first.resume(&asleep).unwrap();
    assert_eq!(stdout(&mut awake, "print(kept is a, kept())"), "True 1\n");
    // In a snapshot of a live session too.
    let own = first.build().unwrap().into_golden().unwrap();
    let mut sandbox = own.sandbox().unwrap();
    assert_eq!(stdout(&mut sandbox, list), "[] [] []\n");
}
