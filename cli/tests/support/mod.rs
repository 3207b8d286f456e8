//! Runs the real binary.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use signal_hook::consts::SIGINT;

/// The command, with a guest and a snapshot to run programs in.
pub(crate) fn command(arguments: &[&str]) -> Command {
    // On a new machine the guest is built first: minutes that no time limit is about.
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let build = Command::new(env!("CARGO_BIN_EXE_hatchery"))
            .arg("build")
            .status()
            .unwrap();
        assert!(build.success());
    });
    let mut command = Command::new(env!("CARGO_BIN_EXE_hatchery"));
    command.args(arguments);
    command
}

/// Started, with all three of its streams in our hands.
pub(crate) fn start(command: &mut Command) -> Child {
    // A shell starts what it runs in the background with Ctrl-C ignored, and so would every child of these tests be.
    // A signal that has a handler here has its usual effect in a child; this handler ends the tests, as usual.
    static CTRL_C: Once = Once::new();
    CTRL_C.call_once(|| {
        let always = Arc::new(AtomicBool::new(true));
        signal_hook::flag::register_conditional_default(SIGINT, always).unwrap();
    });
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Run to its end with this standard input.
pub(crate) fn hatchery(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = start(&mut command(arguments));
    // A program may leave it unread.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Reads until `wanted` has come, and gives all that came.
pub(crate) fn read_until(stream: &mut impl Read, wanted: &str) -> String {
    let mut seen = Vec::new();
    let mut byte = [0];
    while !String::from_utf8_lossy(&seen).contains(wanted) {
        match stream.read(&mut byte) {
            Ok(1) => seen.push(byte[0]),
            end => panic!(
                "{wanted:?} did not come, but {:?} and {end:?}",
                String::from_utf8_lossy(&seen)
            ),
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

/// What Ctrl-C sends.
pub(crate) fn interrupt(child: &Child) {
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// The command at a terminal: what is written to the child's standard input is typed there, and its standard output
/// is what the terminal shows. Exits as the command does.
pub(crate) fn at_a_terminal(arguments: &[&str]) -> Child {
    const TERMINAL: &str = "
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])) & 0xff)
";
    let program = command(&[]);
    let mut terminal = Command::new("python3");
    terminal
        .args(["-c", TERMINAL])
        .arg(program.get_program())
        .args(arguments);
    start(&mut terminal)
}
