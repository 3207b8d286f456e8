//! The end of a run, which is no end of a process, and the end of a program, which is one.

use std::time::Duration;

use crate::{Outcome, builder, sandbox};
use hatchery::{Error, HostFunctions, Mount, PythonSandbox, RunOptions, Sandbox};
use hatchery_tests::stdout;

fn file(sandbox: &mut Sandbox, path: &str) -> String {
    String::from_utf8(sandbox.read_file(path).unwrap().to_vec()).unwrap()
}

/// However a file is opened, and however the run ends, the file has what was written.
#[test]
fn what_is_written_is_in_the_file_when_the_run_ends() {
    for (name, program) in [
        ("text", "f = open('out', 'w'); f.write('kept')"),
        (
            "in a class",
            "class A: f = open('out', 'w')\nA.f.write('kept')",
        ),
        (
            "in a list",
            "l = [[open('out', 'a')]]; l[0][0].write('kept')",
        ),
        ("bytes", "f = open('out', 'wb'); f.write(b'kept')"),
        ("update", "f = open('out', 'w+'); f.write('kept')"),
        ("update bytes", "f = open('out', 'w+b'); f.write(b'kept')"),
        ("append", "f = open('out', 'a+'); f.write('kept')"),
        ("dropped", "open('out', 'w').write('kept')"),
        ("deleted", "f = open('out', 'w'); f.write('kept'); del f"),
        (
            "exit",
            "import sys\nf = open('out', 'w'); f.write('kept'); sys.exit(3)",
        ),
        ("exception", "f = open('out', 'w'); f.write('kept'); 1 / 0"),
        (
            "await",
            "import asyncio\nf = open('out', 'w'); f.write('kept'); await asyncio.sleep(0)",
        ),
        (
            "csv",
            "import csv\nw = csv.writer(open('out', 'w', newline=''), lineterminator=''); w.writerow(['kept'])",
        ),
        (
            "pathlib",
            "import pathlib\nf = pathlib.Path('out').open('w'); f.write('kept')",
        ),
        (
            "os",
            "import os\nf = os.fdopen(os.open('out', os.O_WRONLY | os.O_CREAT), 'w'); f.write('kept')",
        ),
        (
            "codecs",
            "import codecs\nf = codecs.open('out', 'w', 'utf-8'); f.write('kept')",
        ),
        (
            "wrapped",
            "import io\nf = io.TextIOWrapper(io.BufferedWriter(io.FileIO('out', 'w'))); f.write('kept')",
        ),
        (
            "subclass",
            "import io\nclass T(io.TextIOWrapper): pass\nf = T(open('out', 'wb')); f.write('kept')",
        ),
        (
            "generator",
            "def g():\n    with open('out', 'w') as f:\n        f.write('kept'); yield\ni = g(); next(i)",
        ),
        (
            "print",
            "f = open('out', 'w'); print('kept', end='', file=f)",
        ),
        (
            "log",
            "import logging\nlogging.basicConfig(filename='out', format='%(message)s'); logging.getLogger().handlers[0].terminator = ''; logging.error('kept')",
        ),
        (
            "json",
            "import json\nf = open('out', 'w'); json.dump('kept', f)",
        ),
    ] {
        let mut sandbox = sandbox();
        let output = sandbox.execute(program).unwrap();
        let expected = if name == "json" { "\"kept\"" } else { "kept" };
        let stderr = output.stderr_text();
        assert!(
            stderr.is_empty() || name == "exception" || name == "codecs",
            "{name}: {stderr}"
        );
        assert_eq!(file(&mut sandbox, "out"), expected, "{name}");
    }
}

#[test]
fn a_file_that_stays_open_goes_on_where_it_was() {
    let mut sandbox = sandbox();
    sandbox
        .execute("f = open('out', 'w'); f.write('a')")
        .unwrap();
    for (program, expected) in [
        ("f.write('b')", "ab"),
        ("f.seek(0); f.write('c')", "cb"),
        (
            "f.seek(0, 2); f.write('d' * 10_000)",
            &format!("cb{}", "d".repeat(10_000)),
        ),
        ("f.truncate(1)", "c"),
        ("f.close()", "c"),
    ] {
        assert!(sandbox.execute(program).unwrap().success());
        assert_eq!(file(&mut sandbox, "out"), expected, "{program}");
    }
    // Neither is what a program reads disturbed, nor what it both reads and writes.
    sandbox.write_file("in", "one\ntwo\nthree\nfour\n").unwrap();
    let program =
        "r = open('in'); next(r); w = open('other', 'w'); both = open('in', 'r+'); both.readline()";
    sandbox.execute(program).unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "print(next(r), both.readline(), both.tell(), sep='', end='')"
        ),
        "two\ntwo\n8"
    );
    sandbox
        .execute("both.seek(both.tell()); both.write('2')")
        .unwrap();
    assert_eq!(
        stdout(&mut sandbox, "print(r.read(), end='')"),
        "three\nfour\n"
    );
    assert_eq!(file(&mut sandbox, "in"), "one\ntwo\n2hree\nfour\n");
    // Values and calls are runs too.
    sandbox
        .execute("def write(text): return w.write(text)")
        .unwrap();
    sandbox.call::<i32>("write", ("x",)).unwrap();
    assert_eq!(file(&mut sandbox, "other"), "x");
    sandbox.eval::<i32>("write('y')").unwrap();
    assert_eq!(file(&mut sandbox, "other"), "xy");
    sandbox.execute_function("write", ("z",)).unwrap();
    assert_eq!(file(&mut sandbox, "other"), "xyz");
}

#[test]
fn a_file_in_a_mount_has_what_was_written_when_the_run_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mount = Mount::new(folder.path(), "/out").writable();
    let mut sandbox = builder().mount(mount).build().unwrap();
    sandbox
        .execute("f = open('/out/f', 'w'); f.write('kept')")
        .unwrap();
    let read = || std::fs::read_to_string(folder.path().join("f")).unwrap();
    assert_eq!(read(), "kept");
    // In a fork it is closed, and there is nothing that would have to be written.
    let forked = sandbox
        .fork(1)
        .unwrap()
        .remove(0)
        .execute("print(1)")
        .unwrap();
    assert_eq!(
        (&*forked.stdout_text(), &*forked.stderr_text()),
        ("1\n", "")
    );
    sandbox.execute("f.write(' on')").unwrap();
    assert_eq!(read(), "kept on");
}

#[test]
fn a_file_that_cannot_be_written_is_told_and_nothing_else_is_lost() {
    let mut sandbox = sandbox();
    let output = sandbox
        .execute(
            "import io
class Full(io.RawIOBase):
    def writable(self): return True
    def write(self, data): raise OSError(28, 'No space left on device')
full = io.BufferedWriter(Full()); full.write(b'lost')
class Quits(io.TextIOWrapper):
    def flush(self): raise SystemExit(9)
quits = Quits(open('q', 'wb')); quits.write('x')
detached = open('d', 'w'); buffer = detached.detach()
f = open('out', 'w'); f.write('kept')
print('done')",
        )
        .unwrap();
    assert_eq!((output.exit_code, &*output.stdout_text()), (0, "done\n"));
    let stderr = output.stderr_text();
    assert!(
        stderr.contains("Exception ignored while writing to"),
        "{stderr}"
    );
    assert!(stderr.contains("No space left on device"), "{stderr}");
    assert!(stderr.contains("SystemExit: 9"), "{stderr}");
    assert!(!stderr.contains("detached"), "{stderr}");
    assert_eq!(file(&mut sandbox, "out"), "kept");
}

#[test]
fn a_sandbox_writes_no_page_more_where_no_file_is_open() {
    let dirty = |program: &str| {
        let mut sandbox = builder().count_pages(true).build().unwrap();
        sandbox.execute(program).unwrap().pages_dirtied.unwrap()
    };
    let (without, with) = (
        dirty("print('hello')"),
        dirty("print('hello'); f = open('f', 'w'); f.write('x')"),
    );
    println!("{without} pages, and {with} with a file");
    assert!(without < with);
}

#[test]
fn a_file_that_is_open_in_a_snapshot_of_a_session_is_written_too() {
    let mut sandbox = sandbox();
    sandbox
        .execute("f = open('text', 'w'); f.write('a'); b = open('bytes', 'wb')")
        .unwrap();
    let golden = sandbox.into_golden().unwrap();
    let mut derived = golden.sandbox().unwrap();
    let program = "f.write('b'); b.write(b'c'); g = open('other', 'w'); g.write('d')";
    derived.execute(program).unwrap();
    for (path, expected) in [("text", "ab"), ("bytes", "c"), ("other", "d")] {
        assert_eq!(file(&mut derived, path), expected);
    }
    let mut twice = derived.into_golden().unwrap().sandbox().unwrap();
    twice.execute("f.write('e'); g.write('f')").unwrap();
    for (path, expected) in [("text", "abe"), ("other", "df")] {
        assert_eq!(file(&mut twice, path), expected);
    }
}

/// What a program finds at its beginning, the next one finds too.
#[test]
fn a_program_after_the_end_of_another_has_functions_and_prelude() {
    let functions = HostFunctions::new().function("add", |(a, b): (i64, i64)| Outcome::Ok(a + b));
    let made = builder().functions(functions).prelude("base = 10");
    let mut sandbox = made.build().unwrap();
    for _ in 0..2 {
        assert_eq!(
            stdout(&mut sandbox, "print(add(1, base)); base = None; add = None"),
            "11\n"
        );
        sandbox.finalize().unwrap();
    }
    let asleep = sandbox.hibernate().unwrap();
    let mut awake = made.resume(&asleep).unwrap();
    assert_eq!(stdout(&mut awake, "print(add(1, base))"), "11\n");
    let mut forks = sandbox.fork(1).unwrap();
    assert_eq!(stdout(&mut forks[0], "print(add(1, base))"), "11\n");
    assert_eq!(sandbox.call::<i64>("add", (1, 2)).unwrap().value, 3);
}

const PROGRAM: &str = "
import atexit, weakref
class Thing:
    def __init__(self, name): self.name = name
    def __del__(self): print('deleted', self.name, WORD)
class Plain: pass
WORD = 'word'
thing = Thing('thing'); ring = Thing('ring'); ring.ring = ring
def generator():
    try: yield
    finally: print('generator ended', WORD)
started = generator(); next(started)
plain = Plain(); weakref.finalize(plain, print, 'finalized')
left = Plain(); weakref.finalize(left, print, 'not at exit').atexit = False
atexit.register(print, 'first')
@atexit.register
def last(): print('last')
def gone(): print('never')
atexit.register(gone); atexit.unregister(gone)
@atexit.register
def bad(): 1 / 0
@atexit.register
def quits(): raise SystemExit(5)
log = open('log', 'w'); log.write('unwritten')
class Holder:
    def __init__(self): self.file, self.me = open('held', 'w'), self
    def __del__(self): self.file.write('at the end')
holder = Holder()
print('hi')
";

#[test]
fn the_end_of_a_program_is_that_of_a_process() {
    let mut sandbox = sandbox();
    assert_eq!(stdout(&mut sandbox, PROGRAM), "hi\n");
    assert_eq!(file(&mut sandbox, "log"), "unwritten");
    let output = sandbox.finalize().unwrap();
    let said = output.stdout_text();
    assert!(said.starts_with("last\nfirst\nfinalized\n"), "{said}");
    let mut rest: Vec<&str> = said.lines().skip(3).collect();
    rest.sort_unstable();
    assert_eq!(
        rest,
        [
            "deleted ring word",
            "deleted thing word",
            "generator ended word"
        ]
    );
    let stderr = output.stderr_text();
    assert_eq!(
        stderr
            .matches("Exception ignored in atexit callback")
            .count(),
        2,
        "{stderr}"
    );
    assert!(
        stderr.contains("ZeroDivisionError") && stderr.contains("SystemExit: 5"),
        "{stderr}"
    );
    assert!(output.success() && output.exception.is_none());
    assert_eq!(file(&mut sandbox, "held"), "at the end");
    // It lives on, with an empty `__main__`, and another program has an end too.
    let names =
        "print([name for name in globals() if not name.startswith('__')], 'log' in globals())";
    assert_eq!(stdout(&mut sandbox, names), "[] False\n");
    let again = sandbox.finalize().unwrap();
    assert_eq!((&*again.stdout_text(), &*again.stderr_text()), ("", ""));
    stdout(&mut sandbox, PROGRAM);
    let again = sandbox.finalize().unwrap().stdout_text().into_owned();
    assert!(again.starts_with("last\nfirst\nfinalized\n"), "{again}");
    assert_eq!(again.lines().count(), 6);
    assert_eq!(stdout(&mut sandbox, "print(input.__name__)"), "input\n");
}

#[test]
fn what_the_library_finishes_at_the_end_is_finished() {
    let mut sandbox = sandbox();
    for program in [
        "import gzip\nf = gzip.open('out.gz', 'wt'); f.write('kept')",
        "import zipfile\nz = zipfile.ZipFile('out.zip', 'w'); z.writestr('a', 'kept')",
        "import tempfile\nt = tempfile.NamedTemporaryFile(dir='/work'); name = t.name; d = tempfile.TemporaryDirectory(dir='/work')",
        "import logging, logging.handlers
target = logging.FileHandler('log'); memory = logging.handlers.MemoryHandler(100, target=target)
logging.getLogger().addHandler(memory); logging.warning('kept')",
        "import shelve\ns = shelve.open('shelf'); s['a'] = 'kept'",
        "import contextlib\n@contextlib.contextmanager\ndef c():\n    try: yield\n    finally: open('context', 'w').write('kept')\nx = c(); x.__enter__()",
        "import io\nclass U(io.StringIO):\n    def close(self):\n        if not self.closed: open('closed', 'w').write(self.getvalue())\n        super().close()\nu = U(); u.write('kept')",
    ] {
        let output = sandbox.execute(program).unwrap();
        assert_eq!(output.stderr_text(), "", "{program}");
    }
    let output = sandbox.finalize().unwrap();
    println!("{}", output.stderr_text());
    let read = "import gzip, zipfile, shelve, os
print(gzip.open('out.gz', 'rt').read(), zipfile.ZipFile('out.zip').read('a'), shelve.open('shelf')['a'])
print(open('log').read().strip(), open('context').read(), open('closed').read())
print([name for name in os.listdir('/work') if name.startswith('tmp')])";
    assert_eq!(
        stdout(&mut sandbox, read),
        "kept b'kept' kept\nkept kept kept\n[]\n"
    );
}

#[test]
fn limits_hold_at_the_end_too() {
    let mut sandbox = sandbox();
    sandbox
        .execute("import atexit\n@atexit.register\ndef hang():\n    print('begun')\n    while True: pass")
        .unwrap();
    let options = RunOptions::new().timeout(Duration::from_millis(200));
    let stopped = sandbox.with(&options).unwrap().finalize();
    match stopped {
        Err(Error::Timeout { output, .. }) => assert_eq!(output.stdout_text(), "begun\n"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(sandbox.finalize(), Err(Error::Poisoned { .. })));
    sandbox.reset().unwrap();
    assert_eq!(sandbox.finalize().unwrap().stdout_text(), "");
    // A reset is no end of a program: nothing of it runs any more.
    sandbox
        .execute("import atexit; atexit.register(print, 'never')")
        .unwrap();
    sandbox.reset().unwrap();
    assert_eq!(sandbox.finalize().unwrap().stdout_text(), "");
    sandbox
        .execute(
            "import atexit, os\natexit.register(os._exit, 7); atexit.register(print, 'before')",
        )
        .unwrap();
    let exited = sandbox.finalize().unwrap();
    assert_eq!((exited.exit_code, &*exited.stdout_text()), (7, "before\n"));
    assert!(sandbox.is_poisoned());
}

#[test]
fn what_threads_are_in_the_middle_of_is_left_to_them() {
    let mut sandbox = sandbox();
    sandbox
        .execute(
            "import atexit, threading, time
def steps():
    while True:
        time.sleep(0.01); yield
def work():
    for _ in steps(): pass
threading.Thread(target=work, daemon=True).start()
threading.Thread(target=lambda: (time.sleep(0.03), print('done'))).start()
atexit.register(print, 'bye')",
        )
        .unwrap();
    let ended = sandbox.finalize().unwrap();
    assert!(ended.stdout_text().ends_with("bye\n"), "{ended:?}");
    assert_eq!(ended.stderr_text(), "");
    assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");
}

#[test]
fn finalizers_that_fight_back_end_with_the_run() {
    let mut sandbox = sandbox();
    sandbox
        .execute(
            "import atexit, io, sys, weakref
class Again:
    def __del__(self): self.other = Again(); keep.append(self)
class Bad:
    def __del__(self): raise SystemExit(3)
class Liar(io.RawIOBase):
    @property
    def closed(self): raise OSError('closed')
keep = [Again(), Bad(), Liar()]
def again(): atexit.register(again)
atexit.register(again)
class Out:
    def write(self, text): raise OSError('out')
    def flush(self): raise OSError('flush')
sys.stderr = Out()
print('said')
sys.modules['logging'] = None",
        )
        .unwrap();
    assert!(sandbox.finalize().unwrap().success());
    assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");
}

#[test]
fn all_kinds_of_sandbox_can_end_a_program() {
    fn ended(sandbox: &mut impl PythonSandbox) -> String {
        sandbox
            .execute("import atexit; atexit.register(print, 'bye')")
            .unwrap();
        sandbox.finalize().unwrap().stdout_text().into_owned()
    }
    assert_eq!(ended(&mut sandbox()), "bye\n");
    futures_lite::future::block_on(async {
        let mut sandbox = builder().build_async().unwrap();
        sandbox
            .execute("import atexit; atexit.register(print, 'bye')")
            .await
            .unwrap();
        assert_eq!(sandbox.finalize().await.unwrap().stdout_text(), "bye\n");
    });
}
