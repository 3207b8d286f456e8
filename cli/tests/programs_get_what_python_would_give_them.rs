//! Arguments, standard input, variables, folders and modules of a program that `hatchery run` runs.

mod support;

use std::fs;

use support::{hatchery, text};

const SHOW_ARGV: &str = "import sys; print(sys.argv)";

fn printed(arguments: &[&str], stdin: &[u8]) -> String {
    let output = hatchery(arguments, stdin);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    text(&output.stdout)
}

#[test]
fn what_follows_the_program_is_not_taken_for_an_option_of_hatcherys() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("program.py");
    fs::write(&file, SHOW_ARGV).unwrap();
    let file = file.to_str().unwrap();
    let given = ["a", "-b", "--json", "--timeout", "0", "--", "-c", "-", ""];
    let expected = |first: &str| {
        let quoted: Vec<String> = std::iter::once(&first)
            .chain(&given)
            .map(|argument| format!("'{argument}'"))
            .collect();
        format!("[{}]\n", quoted.join(", "))
    };
    for (program, stdin, first) in [
        (&[file][..], "", file),
        (&["-c", SHOW_ARGV], "", "-c"),
        (&["-"], SHOW_ARGV, "-"),
    ] {
        let arguments = [&["run", "--timeout", "20"], program, &given].concat();
        assert_eq!(printed(&arguments, stdin.as_bytes()), expected(first));
    }
    assert_eq!(printed(&["run"], SHOW_ARGV.as_bytes()), "['']\n");
    assert_eq!(printed(&["run", "-c", SHOW_ARGV], b""), "['-c']\n");
}

#[test]
fn input_is_not_an_eof_error_when_standard_input_has_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("program.py");
    let program = "a = input('first? ')\nb = input()\nprint(a, b)\ninput()";
    fs::write(&file, program).unwrap();
    for arguments in [
        &["run", file.to_str().unwrap()][..],
        &["run", "-c", program],
    ] {
        let output = hatchery(arguments, "grün\r\nzwei\n".as_bytes());
        assert_eq!(text(&output.stdout), "first? grün zwei\n");
        assert!(
            text(&output.stderr).contains("EOFError: EOF when reading a line"),
            "{output:?}"
        );
    }
    // All that there is, and bytes that are no text.
    let all = "import sys; print(len(sys.stdin.buffer.read()))";
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 256) as u8).collect();
    assert_eq!(printed(&["run", "-c", all], &bytes), "300000\n");
    let sum = "import sys; print(sum(map(int, sys.stdin)))";
    assert_eq!(printed(&["run", "-c", sum], b"1\n2\n3"), "6\n");
    let upper = "import fileinput\nfor line in fileinput.input(encoding='utf-8'): print(line.upper(), end='')";
    assert_eq!(printed(&["run", "-c", upper], b"a\nb\n"), "A\nB\n");
}

#[test]
fn a_program_that_reads_nothing_leaves_standard_input_to_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("input");
    fs::write(&input, "left alone\n").unwrap();
    let script = format!(
        "{{ {} run -c pass; cat; }} < {}",
        env!("CARGO_BIN_EXE_hatchery"),
        input.display()
    );
    drop(hatchery(&["doctor"], b""));
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "left alone\n");
}

#[test]
fn a_program_from_standard_input_finds_it_at_its_end() {
    let output = hatchery(&["run"], b"print(input())");
    assert!(text(&output.stderr).contains("EOFError"), "{output:?}");
}

#[test]
fn variables_of_the_host_do_not_reach_the_program_unasked() {
    let show = "import os; print(dict(os.environ))";
    let own = "{'HOME': '/home/user', 'USER': 'user', 'LOGNAME': 'user', 'PATH': '/usr/local/bin:/usr/bin:/bin', \
        'LANG': 'C.UTF-8'}\n";
    assert_eq!(printed(&["run", "-c", show], b""), own);
    let show = "import os; print(os.environ['A'], os.environ['B'], os.environ['C'])";
    assert_eq!(
        printed(
            &["run", "-e", "A=1=2", "--env", "B=", "-e", "C=ü", "-c", show],
            b""
        ),
        "1=2  ü\n"
    );
}

#[test]
fn a_mounted_folder_cannot_be_written_to_unless_it_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("with:colon");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("note"), "read me").unwrap();
    let mount = |suffix: &str| format!("{}:/data{suffix}", folder.display());
    let read = "print(open('/data/note').read())";
    let write = "open('/data/made', 'w').write('by the program')";
    for suffix in ["", ":ro"] {
        assert_eq!(
            printed(&["run", "--mount", &mount(suffix), "-c", read], b""),
            "read me\n"
        );
        let refused = hatchery(&["run", "--mount", &mount(suffix), "-c", write], b"");
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("Read-only"), "{refused:?}");
    }
    printed(&["run", "--mount", &mount(":rw"), "-c", write], b"");
    assert_eq!(
        fs::read_to_string(folder.join("made")).unwrap(),
        "by the program"
    );
}

#[test]
fn a_module_runs_as_the_program() {
    assert_eq!(
        printed(&["run", "-m", "json.tool", "--compact"], b"{\"a\":  1}"),
        "{\"a\":1}\n"
    );
    let dir = tempfile::tempdir().unwrap();
    let package = dir.path().join("tool");
    fs::create_dir(&package).unwrap();
    fs::write(package.join("__init__.py"), "WHO = 'tool'").unwrap();
    fs::write(
        package.join("__main__.py"),
        "import sys\nfrom . import WHO\nprint(WHO, __name__, sys.argv)",
    )
    .unwrap();
    let mount = format!("{}:/work/lib", dir.path().display());
    let with = [
        "run", "--mount", &mount, "-e", "X=1", "-m", "lib.tool", "a", "--b",
    ];
    assert_eq!(
        printed(&with, b""),
        "tool __main__ ['/work/lib/tool/__main__.py', 'a', '--b']\n"
    );
    let missing = hatchery(&["run", "-m", "no_such_module"], b"");
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(
        text(&missing.stderr),
        "hatchery run -m: No module named no_such_module\n"
    );
    let missing = hatchery(&["run", "-m", "json.nothing"], b"");
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(
        text(&missing.stderr),
        "hatchery run -m: No module named json.nothing\n"
    );
}

#[test]
fn a_file_is_mounted_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("in.txt");
    fs::write(&file, "text").unwrap();
    let mount = format!("{}:/data/it:rw", file.display());
    let program = "import os\nprint(open('/data/it').read(), os.listdir('/data'))\nopen('/data/it', 'w').write('new')";
    assert_eq!(
        printed(&["run", "--mount", &mount, "-c", program], b""),
        "text ['it']\n"
    );
    assert_eq!(fs::read(&file).unwrap(), b"new");
}

#[test]
fn options_that_make_no_sense_are_refused_with_a_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().to_str().unwrap();
    let usr = format!("{folder}:/usr/x");
    for (arguments, reason) in [
        (&["run", "-e", "NAME", "-c", "pass"][..], "NAME=VALUE"),
        (&["run", "-e", "=1", "-c", "pass"], "NAME=VALUE"),
        (&["run", "--mount", "here", "-c", "pass"], ".:/work"),
        (&["run", "--mount", ".:relative", "-c", "pass"], ".:/work"),
        (
            &["run", "--mount", "/does/not/exist:/data", "-c", "pass"],
            "--mount: /does/not/exist: No such file",
        ),
        (
            &["run", "--mount", &usr, "-c", "pass"],
            "--mount: \"/usr/x\" is in the read-only standard library",
        ),
        (&["run", folder], "is a folder"),
        (&["run", "-c"], "a value is required"),
    ] {
        let output = hatchery(arguments, b"");
        assert!(!output.status.success(), "{arguments:?}");
        assert!(
            text(&output.stderr).contains(reason),
            "{arguments:?}: {output:?}"
        );
    }
}

#[test]
fn the_version_is_that_of_the_command_that_was_typed() {
    let version = text(&hatchery(&["--version"], b"").stdout);
    assert_eq!(version, format!("hatchery {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_is_left_open_is_written_and_what_is_registered_is_called_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let mount = format!("{}:/out:rw", dir.path().display());
    for (end, code) in [("", 0), ("sys.exit(3)", 3), ("1 / 0", 1)] {
        let program = format!(
            "import atexit, csv, sys
atexit.register(print, 'bye')
text = open('/out/text', 'w'); text.write('kept')
rows = csv.writer(open('/out/rows', 'w')); rows.writerow([1, 2])
{end}"
        );
        let output = hatchery(&["run", "--mount", &mount, "-c", &program], b"");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(text(&output.stdout), "bye\n");
        for (name, content) in [("text", "kept"), ("rows", "1,2\r\n")] {
            let path = dir.path().join(name);
            assert_eq!(fs::read_to_string(&path).unwrap(), content, "{end}");
            fs::remove_file(path).unwrap();
        }
    }
    let json = printed(
        &[
            "run",
            "--json",
            "-c",
            "import atexit; print(1); atexit.register(print, 'bye')",
        ],
        b"",
    );
    assert!(json.contains(r#""stdout":"1\nbye\n""#), "{json}");
}

/// In the order of `python3`, with its exit codes and its words for what fails.
#[test]
fn the_end_of_a_program_is_pythons() {
    let program = "import atexit, sys, weakref
class Thing:
    def __del__(self): print('deleted', WORD)
WORD = 'word'
thing = Thing()
other = {1}.__class__ and type('Other', (), {})()
weakref.finalize(other, print, 'finalized')
atexit.register(print, 'first registered')
@atexit.register
def bad(): raise ValueError('in the end')
def started():
    try: yield
    finally: print('generator ended', file=sys.stderr)
running = started(); next(running)
print('hi')
";
    for (end, code) in [("", 0), ("sys.exit(3)", 3), ("1 / 0", 1), ("exit('no')", 1)] {
        let output = hatchery(&["run", "-c", &format!("{program}{end}")], b"");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert_eq!(
            text(&output.stdout),
            "hi\nfirst registered\nfinalized\ndeleted word\n",
            "{end}"
        );
        let stderr = text(&output.stderr);
        for expected in [
            "Exception ignored in atexit callback <function bad",
            "ValueError: in the end",
            "generator ended\n",
        ] {
            assert!(stderr.contains(expected), "{stderr}");
        }
        if end == "1 / 0" {
            let (before, after) = stderr.split_once("ZeroDivisionError").unwrap();
            assert!(!before.contains("atexit callback") && after.contains("atexit callback"));
        }
    }
    for (end, code, expected) in [
        ("import atexit, os; atexit.register(os._exit, 9)", 9, ""),
        (
            "import atexit, os; atexit.register(print, 'x'); os._exit(4)",
            4,
            "",
        ),
        (
            "import atexit, sys; atexit.register(sys.exit, 9); sys.exit(2)",
            2,
            "",
        ),
        (
            "import atexit; atexit.register(lambda: print(input()))",
            0,
            "typed\n",
        ),
    ] {
        let output = hatchery(&["run", "-c", end], b"typed\n");
        assert_eq!(output.status.code(), Some(code), "{end}: {output:?}");
        assert_eq!(text(&output.stdout), expected, "{end}");
    }
}

/// The program's limits are for its end too, and what it has printed is not lost with it.
#[test]
fn the_end_of_a_program_has_what_the_program_has_left() {
    let run = |options: &[&str], program: &str| {
        let arguments = [&["run"], options, &["-c", program]].concat();
        let begun = std::time::Instant::now();
        let output = hatchery(&arguments, b"");
        (output, begun.elapsed())
    };
    let hangs = "import atexit
@atexit.register
def hang():
    while True: pass
print('kept')";
    let (output, _) = run(&["--json", "--timeout", "1"], hangs);
    assert_eq!(output.status.code(), Some(124), "{output:?}");
    assert!(
        text(&output.stdout).contains(r#""stdout":"kept\n""#),
        "{output:?}"
    );
    let slow = format!("import time\ntime.sleep(2)\n{hangs}");
    let (output, elapsed) = run(&["--timeout", "3"], &slow);
    assert_eq!(output.status.code(), Some(124), "{output:?}");
    assert!(elapsed.as_secs_f64() < 4.5, "two limits: {elapsed:?}");
    let floods = "import atexit\natexit.register(print, 'y' * 100)\nprint('x' * 60)";
    let (output, _) = run(&["--max-output", "100"], floods);
    assert_eq!(output.stdout.len(), 100, "{output:?}");
    // Names that the program has taken do not matter.
    let dir = tempfile::tempdir().unwrap();
    let mount = format!("{}:/out:rw", dir.path().display());
    let taken = "f = open('/out/f', 'w'); f.write('kept')\nissubclass = type = print = open = None";
    let (output, _) = run(&["--mount", &mount], taken);
    assert!(output.stderr.is_empty(), "{output:?}");
    assert_eq!(fs::read_to_string(dir.path().join("f")).unwrap(), "kept");
}

#[test]
fn a_misspelt_option_is_not_taken_for_a_file() {
    let output = hatchery(&["run", "--maxmemory", "1", "-c", "1"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("--maxmemory is no option"),
        "{output:?}"
    );
}
