//! Hints that lead nowhere are worse than none.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use hatchery::{Error, Exception, HostFunctions, Mount, Sandbox};
use hatchery_tests::{runtime, stdout};

use crate::sandbox;

/// How many of the mistakes in `mistakes/` may have no hint yet. None may have a wrong one.
const WITHOUT_A_HINT_MAX: usize = 3;

fn exception(sandbox: &mut Sandbox, program: &str) -> Exception {
    let output = sandbox.execute(program).unwrap();
    let exception = output.exception.clone();
    exception.unwrap_or_else(|| panic!("{program}: no exception, {}", output.stderr_text()))
}

fn hint(program: &str) -> String {
    exception(&mut sandbox(), program).hint.unwrap_or_default()
}

/// A mistake and what its hint must say; `None` where there is nothing to say.
struct Mistake {
    hint: Option<String>,
    program: String,
}

/// A line `#: …` in a file says what the hint of the program under it contains, and `#: none` that there is none.
fn mistakes(text: &str) -> Vec<Mistake> {
    let mut found: Vec<Mistake> = Vec::new();
    for line in text.split_inclusive('\n') {
        if let Some(hint) = line.strip_prefix("#: ") {
            let hint = Some(hint.trim_end().to_owned()).filter(|hint| hint != "none");
            let program = String::new();
            found.push(Mistake { hint, program });
        } else {
            let last = found.last_mut().expect("a file begins with a hint");
            last.program.push_str(line);
        }
    }
    found
}

#[test]
fn mistakes_that_models_make_have_the_right_hint_or_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guest/mistakes");
    let mut sandbox = sandbox();
    let (mut count, mut without, mut wrong) = (0, String::new(), String::new());
    for entry in fs::read_dir(folder).unwrap() {
        for mistake in mistakes(&fs::read_to_string(entry.unwrap().path()).unwrap()) {
            count += 1;
            let program = &mistake.program;
            let given = exception(&mut sandbox, program).hint;
            sandbox.reset().unwrap();
            match (&mistake.hint, given) {
                (Some(hint), None) => writeln!(without, "{hint:?}: {program:?}").unwrap(),
                (Some(hint), Some(given)) if given.contains(hint) => {}
                (None, None) => {}
                (hint, Some(given)) => {
                    writeln!(wrong, "{given:?} and not {hint:?}: {program:?}").unwrap();
                }
            }
        }
    }
    println!(
        "{count} mistakes, {} without a hint, {} with a wrong one",
        without.lines().count(),
        wrong.lines().count()
    );
    assert!(count >= 730, "{count} mistakes");
    assert_eq!(wrong, "");
    assert!(without.lines().count() <= WITHOUT_A_HINT_MAX, "{without}");
}

#[test]
fn hints_know_what_the_host_has_given() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("sales.csv"), "1").unwrap();
    let mut sandbox = runtime()
        .sandbox_builder()
        .mount(Mount::new(folder.path(), "/data"))
        .functions(HostFunctions::new().function("fetch", |url: String| Ok::<_, Error>(url)))
        .build()
        .unwrap();
    for (program, expected) in [
        (
            "import urllib.request\nurllib.request.urlopen('https://example.com')",
            "(it offers fetch)",
        ),
        ("open('/data/sale.csv')", "did you mean 'sales.csv'?"),
        ("open('/data/new.csv', 'w')", "mounted to be read only"),
        ("fetch(1j)", "[z.real, z.imag]"),
        ("fetch([{'a': (n for n in 'ab')}])", "list()"),
        ("fetch({(1, 2): 3})", "str(key)"),
        ("fetch(float('nan'))", "None or a string"),
        ("fetch(fetch)", "data crosses, and not code"),
        ("class A: pass\nfetch(A())", "vars(value)"),
        ("class A: pass\nfetch(A)", "class itself"),
        ("a = []\na.append(a)\nfetch(a)", "leads back"),
        ("async def f(): pass\nfetch(f())", "await the call"),
        (
            "a = 0\nfor _ in range(100_000): a = [a]\nfetch(a)",
            "127 levels",
        ),
    ] {
        let hint = exception(&mut sandbox, program).hint.unwrap();
        assert!(hint.contains(expected), "{program}: {hint}");
    }
    let Error::Python { exception, .. } = sandbox.eval::<()>("object()").unwrap_err() else {
        panic!("an object has no JSON");
    };
    assert!(exception.hint.unwrap().contains("vars(value)"));
}

#[test]
fn what_a_sandbox_does_not_have_is_not_called_a_spelling_mistake() {
    for program in [
        "import os; os.openpty()",
        "import os; os.posix_spawn",
        "import os; os.fork()",
        "import os; os.setuid(0)",
        "from os import fork",
        "import signal; signal.pthread_sigmask",
        "import socket; socket.AF_UNIX",
        "import time; time.tzset()",
        "import select; select.epoll()",
        "import shutil; shutil.disk_usage('/')",
        "import threading; threading.get_native_id()",
        "import multiprocessing; multiprocessing.Process().start()",
    ] {
        let hint = hint(program);
        assert!(
            hint.contains("not available in a sandbox"),
            "{program}: {hint}"
        );
    }
    assert_eq!(hint("import os; os.lisdir()"), "did you mean 'listdir'?");
}

#[test]
fn no_known_package_is_taken_for_a_module_with_a_similar_name() {
    let program = "
import sys
from _hatchery_hints import names, packages
print(len(packages._distributions) > 500)
for name in packages._distributions:
    if name in sys.stdlib_module_names: print('of the standard library:', name)
for name in list(packages.REMOVED) + list(packages.INSTEAD):
    if name in sys.stdlib_module_names and name not in packages.ABSENT: print('there is one:', name)
for name in packages.INSTEAD:
    if packages.distribution(name) is None: print('no package:', name)
for name in packages.ABSENT:
    if names._can_be_found(name): print('it is there:', name)
";
    assert_eq!(stdout(&mut sandbox(), program), "True\n");
    for package in ["httpx", "dateutil", "lxml", "websocket", "tiktoken", "six"] {
        let hint = hint(&format!("import {package}"));
        assert!(hint.contains("is not installed"), "{package}: {hint}");
    }
}

#[test]
fn no_name_is_said_to_be_elsewhere_that_is_there() {
    let program = "
import importlib
from _hatchery_hints import known_names
for name, module in known_names.HOME.items():
    if not hasattr(importlib.import_module(module), name): print(module, name)
for name in known_names.MOVED:
    module, _, name = name.rpartition('.')
    try: module = importlib.import_module(module)
    except ImportError: continue
    if hasattr(module, name): print('there:', module, name)
for kind, name in known_names.METHODS:
    kind = getattr(__builtins__, kind, None)
    if kind and hasattr(kind, name): print('there:', kind, name)
for name in known_names.OTHER_LANGUAGES:
    if hasattr(__builtins__, name): print('there:', name)
";
    assert_eq!(stdout(&mut sandbox(), program), "");
}

#[test]
fn no_name_is_said_to_be_missing_that_is_there() {
    let program = "
import _hatchery_missing, importlib
for module, names in _hatchery_missing.MISSING.items():
    there = dir(importlib.import_module(module))
    wrong = [name for name in names.split() if name in there]
    if wrong: print(module, wrong)
";
    assert_eq!(stdout(&mut sandbox(), program), "");
}

#[test]
fn a_program_that_breaks_what_hints_are_made_with_is_still_told_what_was_wrong() {
    for program in [
        "import re, os, difflib, traceback\nre.search = os.getcwd = difflib.get_close_matches = None\ntraceback._compute_suggestion_error = None\nopen('gone')",
        "import _hatchery_hints\n_hatchery_hints.find = None\n1 / 0",
        "import _hatchery_hints\n_hatchery_hints.RULES = {'ZeroDivisionError': 5}\n1 / 0",
        "import sys\nsys.path.clear(); sys.meta_path.clear()\nimport nothing_of_that_name",
        "import builtins\nbuiltins.__import__ = None\nprint(undefined_name)",
        "class A(dict):\n  def __contains__(self, name): raise SystemExit(5)\nA()['a']",
        "class A:\n  def __getattribute__(self, name): raise AttributeError(name, name=name, obj=self)\nA().b",
        "raise NameError('x', name=5)",
        "raise ModuleNotFoundError('x', name=5)",
        "raise SyntaxError('invalid syntax', ('<script>', 1, 1, None))",
        "raise SyntaxError('invalid syntax', ('<script>', 1, 1, 'a' * 5000000))",
        "class E(OSError):\n  errno = property(lambda self: 1 / 0)\nraise E",
    ] {
        let output = sandbox().execute(program).unwrap();
        assert_eq!(output.exit_code, 1, "{program}");
        assert!(!output.stderr.is_empty(), "{program}");
    }
}
