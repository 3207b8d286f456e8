//! Output as it is written, prompts at a terminal, Ctrl-C.

mod support;

use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::thread;
use std::time::{Duration, Instant};

use support::{at_a_terminal, command, hatchery, interrupt, read_until, start, text};

#[test]
fn output_is_not_kept_until_the_program_ends() {
    // It goes on only when it is told that its lines were seen.
    let program = "
import sys
print('to stdout')
input()
print('to stderr', file=sys.stderr)
input()
sys.stdout.write('half a line')
input()
print(' and the other half')
";
    let mut child = start(&mut command(&["run", "-c", program]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    assert_eq!(read_until(&mut stdout, "\n"), "to stdout\n");
    stdin.write_all(b"\n").unwrap();
    assert_eq!(read_until(&mut stderr, "\n"), "to stderr\n");
    stdin.write_all(b"\n").unwrap();
    read_until(&mut stdout, "half a line");
    stdin.write_all(b"\n").unwrap();
    read_until(&mut stdout, " and the other half\n");
    assert!(child.wait().unwrap().success());
}

#[test]
fn ctrl_c_does_not_leave_the_program_running() {
    for program in [
        "print('begun')\nwhile True: pass",
        "print('begun')\nimport time\ntime.sleep(1000)",
        "print('begun')\ninput()",
        "print('begun')\ntry:\n    while True: pass\nfinally:\n    print('not seen')",
    ] {
        let mut child = start(&mut command(&["run", "-c", program]));
        let mut stdout = child.stdout.take().unwrap();
        read_until(&mut stdout, "begun\n");
        interrupt(&child);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{program}: {output:?}");
        assert_eq!(rest, "");
        assert_eq!(
            text(&output.stderr),
            "hatchery: the program was stopped by Ctrl-C\n"
        );
    }
}

#[test]
fn ctrl_c_is_not_lost_while_the_program_is_being_prepared() {
    for milliseconds in (0..60).step_by(3) {
        let begun = Instant::now();
        let mut child = start(&mut command(&["run", "-c", "while True: pass"]));
        thread::sleep(Duration::from_millis(milliseconds));
        interrupt(&child);
        let status = child.wait().unwrap();
        // Before it listens to Ctrl-C the command ends as any other.
        assert!(
            status.code() == Some(130) || status.signal() == Some(2),
            "after {milliseconds} ms: {status:?}"
        );
        assert!(begun.elapsed() < Duration::from_secs(25));
    }
}

#[test]
fn ctrl_c_is_in_the_report_of_json() {
    let dir = tempfile::tempdir().unwrap();
    let mount = format!("{}:/data:rw", dir.path().display());
    let program = "print('seen')\nopen('/data/begun', 'w').close()\nwhile True: pass";
    let child = start(&mut command(&[
        "run", "--json", "--mount", &mount, "-c", program,
    ]));
    while !dir.path().join("begun").exists() {
        thread::sleep(Duration::from_millis(5));
    }
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["stdout"], "seen\n");
    assert_eq!(object["error"]["kind"], "interrupted");
    assert_eq!(object["exit_code"], 130);
    assert_eq!(output.status.code(), Some(130));
}

#[test]
fn a_second_ctrl_c_ends_what_the_first_could_not() {
    // Nobody reads: printing waits in the host, where a program is not stopped.
    let program = "print('begun')\nwhile True: print('x' * 1000)";
    let mut child = start(&mut command(&["run", "-c", program]));
    let mut stdout = child.stdout.take().unwrap();
    read_until(&mut stdout, "begun\n");
    thread::sleep(Duration::from_millis(300));
    interrupt(&child);
    thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none());
    interrupt(&child);
    assert_eq!(child.wait().unwrap().signal(), Some(2));
}

#[test]
fn a_program_whose_output_nobody_reads_is_stopped() {
    let program = "print('begun')\nwhile True: print('x' * 1000)";
    let mut child = start(&mut command(&["run", "-c", program]));
    let mut stdout = child.stdout.take().unwrap();
    read_until(&mut stdout, "begun\n");
    drop(stdout);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141), "{output:?}");
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn someone_at_a_terminal_sees_the_prompt_before_answering_and_has_time() {
    let program = "
import sys
print('at a terminal:', sys.stdin.isatty())
name = input('name? ')
print('hello', name, 'from', input('city? '))
";
    let mut child = at_a_terminal(&["run", "--timeout", "1", "-c", program]);
    let (mut typed, mut seen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let before = read_until(&mut seen, "name? ");
    assert!(before.contains("at a terminal: True"), "{before}");
    // Longer than the program may run.
    thread::sleep(Duration::from_millis(1500));
    typed.write_all(b"Ada\n").unwrap();
    read_until(&mut seen, "city? ");
    typed.write_all(b"London\n").unwrap();
    read_until(&mut seen, "hello Ada from London");
    drop(typed);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_program_at_a_terminal_is_stopped_at_its_time_limit_too() {
    let program = "print('begun')\nwhile True: pass";
    let mut child = at_a_terminal(&["run", "--timeout", "0.5", "-c", program]);
    let typed = child.stdin.take().unwrap();
    let mut seen = child.stdout.take().unwrap();
    read_until(&mut seen, "stopped at its time limit of 500ms");
    assert_eq!(child.wait().unwrap().code(), Some(124));
    drop(typed);
}

#[test]
fn ctrl_c_at_a_prompt_is_exit_130() {
    let mut child = at_a_terminal(&["run", "-c", "input('name? ')"]);
    let (mut typed, mut seen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    read_until(&mut seen, "name? ");
    typed.write_all(b"\x03").unwrap();
    read_until(&mut seen, "the program was stopped by Ctrl-C");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn no_message_speaks_of_a_sandbox_to_reset() {
    for arguments in [
        &["run", "--timeout", "0.2", "-c", "while True: pass"][..],
        &["run", "-c", "import os; os.abort()"],
        &["run", "--max-memory", "64M", "-c", "pass"],
    ] {
        let said = text(&hatchery(arguments, b"").stderr);
        assert!(!said.contains("reset the sandbox"), "{arguments:?}: {said}");
    }
    let stopped = hatchery(&["run", "--timeout", "0.2", "-c", "while True: pass"], b"");
    assert!(
        text(&stopped.stderr).contains("--timeout SECONDS"),
        "{stopped:?}"
    );
}

#[test]
fn output_past_its_limit_is_cut_and_said_to_be() {
    let output = hatchery(
        &["run", "--max-output", "1K", "-c", "print('x' * 5000)"],
        b"",
    );
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "x".repeat(1024));
    assert!(
        text(&output.stderr).contains("3977 bytes of stdout")
            && text(&output.stderr).contains("--max-output"),
        "{output:?}"
    );
}

#[test]
fn output_that_cannot_be_written_is_said_and_is_no_closed_pipe() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = support::command(&["run", "-c", "while True: print(1)"])
        .stdout(full)
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(125), "{output:?}");
    let said = support::text(&output.stderr);
    assert_eq!(said.matches("No space left on device").count(), 1, "{said}");
}
