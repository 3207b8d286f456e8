//! `hatchery run` as a shell uses it: output, exit codes, inputs, limits.

mod support;

use std::io::Read;
use std::process::Command;
use std::time::{Duration, Instant};

use support::{command, hatchery, text};

#[test]
fn a_program_comes_from_an_option_a_file_or_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("program.py");
    std::fs::write(&file, "print('from a file')").unwrap();
    assert_eq!(
        text(&hatchery(&["run", "-c", "print(6 * 7)"], b"").stdout),
        "42\n"
    );
    assert_eq!(
        text(&hatchery(&["run", file.to_str().unwrap()], b"").stdout),
        "from a file\n"
    );
    assert_eq!(
        text(&hatchery(&["run"], b"print('piped')").stdout),
        "piped\n"
    );
    assert_eq!(
        text(&hatchery(&["run", "-"], b"print('piped')").stdout),
        "piped\n"
    );
}

#[test]
fn the_exit_code_is_the_programs() {
    for (program, code) in [
        ("pass", 0),
        ("1/0", 1),
        ("import sys; sys.exit(7)", 7),
        ("import sys; sys.exit('text')", 1),
        ("import sys; sys.exit(-1)", 255),
        ("import os; os._exit(9)", 9),
    ] {
        let output = hatchery(&["run", "-c", program], b"");
        assert_eq!(output.status.code(), Some(code), "{program}");
    }
}

#[test]
fn output_and_traceback_go_where_they_belong() {
    let output = hatchery(&["run", "-c", "print('out')\nraise ValueError('why')"], b"");
    assert_eq!(text(&output.stdout), "out\n");
    assert!(text(&output.stderr).ends_with("ValueError: why\n"));
}

#[test]
fn a_runaway_program_is_stopped_at_its_limit() {
    let begun = Instant::now();
    let output = hatchery(
        &[
            "run",
            "--timeout",
            "0.2",
            "-c",
            "print('seen')\nwhile True: pass",
        ],
        b"",
    );
    assert_eq!(output.status.code(), Some(124));
    assert_eq!(text(&output.stdout), "seen\n");
    assert!(
        text(&output.stderr).contains("time limit of 200ms"),
        "{output:?}"
    );
    // The promise is 0.3 s; the margin is for a machine that is busy with other tests.
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_memory_limit_is_a_memory_error() {
    let output = hatchery(
        &[
            "run",
            "--max-memory",
            "128M",
            "-c",
            "x = bytearray(300 << 20)",
        ],
        b"",
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("MemoryError"));
    let output = hatchery(&["run", "--max-memory", "1M", "-c", "pass"], b"");
    assert_eq!(output.status.code(), Some(125));
    assert!(
        text(&output.stderr).contains("golden snapshot"),
        "{output:?}"
    );
}

#[test]
fn json_is_one_object_that_says_how_it_ended() {
    let object = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_slice(&hatchery(arguments, b"").stdout).unwrap()
    };
    let done = object(&["run", "--json", "-c", "print('a')"]);
    assert_eq!(
        (&done["stdout"], &done["exit_code"]),
        (&"a\n".into(), &0.into())
    );
    assert!(done["error"].is_null() && done["duration_ms"].as_f64().unwrap() > 0.0);
    let stopped = object(&[
        "run",
        "--json",
        "--timeout",
        "0.2",
        "-c",
        "print('a')\nwhile True: pass",
    ]);
    assert_eq!(
        (&stopped["stdout"], &stopped["error"]["kind"]),
        (&"a\n".into(), &"timeout".into())
    );
    for (arguments, exit_code, reason) in [
        (&["/does/not/exist.py"][..], 125, "exist.py"),
        (&["--nope"], 2, "--nope is no option"),
        (
            &["--mount", "/does/not/exist:/data", "-c", "1"],
            125,
            "exist",
        ),
        (&["--max-memory", "1M", "-c", "1"], 125, "golden snapshot"),
        (&["--mount", "data", "-c", "1"], 2, "'data' for '--mount"),
        (&["--timeout", "x"], 2, "'x' for '--timeout"),
    ] {
        let mut all = vec!["run", "--json"];
        all.extend(arguments);
        let output = hatchery(&all, b"");
        let refused: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(exit_code), "{output:?}");
        assert_eq!(refused["exit_code"], exit_code);
        assert_eq!(refused["error"]["kind"], "host");
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
        assert!(refused["stdout"].is_null() && output.stderr.is_empty());
    }
}

#[test]
fn a_hint_is_shown_with_the_exception() {
    for program in [
        "!pip install requests",
        "try: import requests\nexcept ImportError as e: raise SystemError from e",
    ] {
        let shown = hatchery(&["run", "-c", program], b"");
        let stderr = text(&shown.stderr);
        let last = stderr.lines().last().unwrap();
        assert!(
            last.starts_with("hatchery: hint: ") && last.contains("host has to provide"),
            "{stderr}"
        );
    }
    let forged =
        "import _hatchery_hints\n_hatchery_hints.find = lambda *a: chr(27) + '[31m'\n1 / 0";
    let stderr = hatchery(&["run", "-c", forged], b"").stderr;
    let hint = text(&stderr).lines().last().unwrap().to_owned();
    assert_eq!(hint, "hatchery: hint: [31m", "no control characters");

    let output = hatchery(&["run", "--json", "-c", "print(totl)"], b"");
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["exception"]["type"], "NameError");
    assert_eq!(object["exception"]["line"], 1);
    let hint = object["exception"]["hint"].as_str().unwrap();
    assert!(hint.contains("'totl' has to be assigned"), "{hint}");
    let output = hatchery(&["run", "--json", "-c", "exit(3)"], b"");
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(object["exception"].is_null());
}

#[test]
fn json_that_the_program_is_to_have_is_none_of_ours() {
    let output = hatchery(&["run", "--timeout", "x", "a.py", "--json"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("--timeout"), "{output:?}");
    let help = hatchery(&["run", "--json", "--help"], b"");
    assert!(help.status.success() && text(&help.stdout).contains("Usage"));
}

#[test]
fn what_the_command_says_itself_begins_a_line() {
    let program = "import sys\nsys.stderr.write('half a line')\nwhile True: print('x' * 99)";
    let output = hatchery(
        &[
            "run",
            "--max-output",
            "1K",
            "--timeout",
            "0.5",
            "-c",
            program,
        ],
        b"",
    );
    let said = text(&output.stderr);
    assert!(
        said.starts_with("half a line\nhatchery: output past the limit"),
        "{said}"
    );
    assert!(
        said.contains("\nhatchery: the program was stopped at its time limit"),
        "{said}"
    );
    let whole = hatchery(
        &["run", "-c", "import sys\nsys.stderr.write('half a line')"],
        b"",
    );
    assert_eq!(text(&whole.stderr), "half a line");
    // Both streams in one pipe, as `2>&1` has them.
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut child = command(&["run", "--max-output", "4", "-c", "print('long line')"])
        .stdout(writer.try_clone().unwrap())
        .stderr(writer)
        .spawn()
        .unwrap();
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(
        said.starts_with("long\nhatchery: output past the limit"),
        "{said}"
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    for (arguments, reason) in [
        (&["run", "/does/not/exist.py"][..], "exist.py"),
        (&["run", "--timeout", "0", "-c", "pass"], "seconds above 0"),
        (&["run", "--timeout", "x", "-c", "pass"], "seconds above 0"),
        (
            &["run", "--max-memory", "1T", "-c", "pass"],
            "number of bytes",
        ),
    ] {
        let output = hatchery(arguments, b"");
        assert!(!output.status.success());
        assert!(
            text(&output.stderr).contains(reason),
            "{arguments:?}: {output:?}"
        );
    }
    let output = hatchery(&["run"], b"print('\xff')");
    assert!(
        text(&output.stderr).contains("not UTF-8: invalid byte at offset 7"),
        "{output:?}"
    );
    let output = hatchery(&["run"], b"print(1)\0");
    assert!(
        text(&output.stderr).contains("NUL byte at offset 8"),
        "{output:?}"
    );
}

#[test]
fn the_doctor_names_what_the_machine_offers() {
    let report = text(&hatchery(&["doctor"], b"").stdout);
    for word in [
        "PAGEMAP_SCAN",
        "vm.max_map_count",
        "-bit addresses",
        "swap",
        "CPython guest",
    ] {
        assert!(report.contains(word), "{word} is not in:\n{report}");
    }
}

#[test]
fn a_machine_that_cannot_build_the_guest_is_told_what_it_lacks() {
    let empty = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hatchery"))
        .args(["run", "-c", "pass"])
        .env("PATH", empty.path())
        .env("HATCHERY_CACHE_DIR", empty.path())
        .env_remove("HATCHERY_GUEST")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = text(&output.stderr);
    for word in [
        "cc, a native C compiler",
        "make is missing",
        "python3 with pip",
        "apt-get install",
    ] {
        assert!(said.contains(word), "{word} is not in:\n{said}");
    }
}
