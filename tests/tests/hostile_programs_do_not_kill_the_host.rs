//! Programs that abort a peer's host process end here as a Python error, a memory
//! error, a timeout or a trap, and the sandbox is usable after a reset.

use std::time::Duration;

use hatchery::Error;
use hatchery_tests::{runtime, stdout};

const PROGRAMS: &[&str] = &[
    "import json; json.loads('[' * 100000)",
    "import json; json.loads('{\"a\":' * 100000)",
    "eval('(' * 100000)",
    "eval('-' * 100000 + '1')",
    "eval('[' * 50 + ']' * 50 + '.a' * 100000)",
    "compile('if 1:\\n' + ''.join(' ' * i + 'if 1:\\n' for i in range(1, 200)), '', 'exec')",
    "import ast; ast.literal_eval('[' * 100000)",
    "x = []\nfor i in range(100000): x = [x]\nrepr(x)",
    "x = {}\nfor i in range(100000): x = {1: x}\nstr(x)",
    "x = []\nfor i in range(100000): x = [x]\nx == x[:]\ny = []\nfor i in range(100000): y = [y]\nx == y",
    "x = ()\nfor i in range(1000000): x = (x,)\ndel x",
    "class A: pass\na = A()\nfor i in range(1000000):\n  b = A(); b.a = a; a = b\ndel a, b",
    "x = ()\nfor i in range(100000): x = (x,)\nhash(x)",
    "import pickle\nx = []\nfor i in range(100000): x = [x]\npickle.dumps(x)",
    "import copy\nx = []\nfor i in range(100000): x = [x]\ncopy.deepcopy(x)",
    "import marshal\nx = []\nfor i in range(100000): x = [x]\nmarshal.dumps(x)",
    "t = int\nfor i in range(100000): t = (t,)\nisinstance(1, t)",
    "class K:\n  def __init__(s, k): s.k = k\n  def __lt__(s, o): return K(s.k) < o\nsorted([K(1), K(2)])",
    "class A:\n  def __getattr__(s, n): return getattr(s, n + 'x')\nA().q",
    "class A:\n  def __repr__(s): return repr(s)\nrepr(A())",
    "class A:\n  def __eq__(s, o): return s == o\nA() == 1",
    "def f(): return f()\nf()",
    "import sys; sys.setrecursionlimit(10**9)\ndef f(): return f()\nf()",
    "import sys; sys.setrecursionlimit(10**9)\nclass A:\n  def __call__(s): return s()\nA.__call__ = A()\nA()()",
    "import functools\nf = len\nfor i in range(100000): f = functools.partial(f)\nf([])",
    "import itertools\nx = iter(())\nfor i in range(100000): x = itertools.chain(x)\nnext(x)",
    "import re; re.match(r'(a+)+$', 'a' * 64 + 'b')",
    "import re; re.compile('(' * 100000)",
    "import re; re.match('(?:a?){50}a{50}', 'a' * 50)",
    "1 << 10**9",
    "1 << 10**12",
    "9 ** 9 ** 9",
    "str(1 << 10**8)",
    "int('9' * 10**7)",
    "'x' * 10**10",
    "[0] * 10**9",
    "x = []\nwhile True: x.append('y' * 10**6)",
    "x = 'a'\nwhile True: x += x",
    "{i: i for i in range(10**9)}",
    "f'{1:1000000000}'",
    "'%1000000000d' % 1",
    "b'x'.ljust(1 << 40)",
    "import itertools; list(itertools.product(range(100), repeat=100))",
    "import zlib; zlib.decompress(zlib.compress(b'0' * 10**8) , bufsize=1 << 31)",
    "import decimal; decimal.Decimal(10) ** 10**9 ** 2",
    "import decimal; decimal.getcontext().prec = decimal.MAX_PREC; decimal.Decimal(1) / 7",
    "import sqlite3; sqlite3.connect(':memory:').execute('select zeroblob(2000000000)')",
    "import xml.etree.ElementTree as E; E.fromstring('<a>' * 200000)",
    "import gc, sys\nfor o in gc.get_objects():\n  try: o.clear()\n  except BaseException: pass",
    "import sys; sys.stdout = sys.stderr = None; print(1); 1 / 0",
    "import sys\nclass W:\n  def write(s, t): raise KeyboardInterrupt\nsys.stderr = W()\n1 / 0",
    "import sys; sys.excepthook = lambda *a: 1 / 0\n1 / 0",
    "import sys; sys.excepthook = lambda *a: sys.exit(9)\n1 / 0",
    "import builtins; builtins.__dict__.clear(); print(1)",
    "import os; os.abort()",
    "import signal; signal.raise_signal(signal.SIGABRT)",
    "raise KeyboardInterrupt",
    "raise SystemExit(1 << 80)",
    "raise SystemExit(type('X', (), {'__str__': lambda s: 1 / 0})())",
    "import threading; threading.Thread(target=print).start()",
    "import subprocess; subprocess.run(['ls'])",
    "import socket; socket.create_connection(('127.0.0.1', 1))",
    "import ctypes",
    "import sys; sys._getframe().f_builtins.clear(); x",
    "exec('a' * 1000000 + ' = 1')",
    "import os\nfor i in range(1000): os.open('/tmp/' + str(i), os.O_CREAT | os.O_RDWR)",
    "open('/work/f', 'wb').truncate(1 << 40)",
    "f = open('/work/f', 'wb')\nwhile True: f.write(b'x' * 10**7)",
];

#[test]
fn each_ends_and_the_sandbox_lives_on() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(Duration::from_secs(1))
        .max_memory_bytes(192 << 20)
        .build()
        .unwrap();
    for program in PROGRAMS {
        match sandbox.execute(program) {
            Ok(_) | Err(Error::Timeout { .. } | Error::Trap { .. }) => {}
            Err(error) => panic!("{program}: {error}"),
        }
        sandbox.reset().unwrap();
        assert_eq!(
            stdout(&mut sandbox, "print(6 * 7)"),
            "42\n",
            "after {program}"
        );
        sandbox.reset().unwrap();
    }
}

#[test]
fn recursion_is_a_python_error_and_not_a_trap() {
    let mut sandbox = runtime().sandbox().unwrap();
    for program in [
        "import json; json.loads('[' * 100000)",
        "x = []\nfor i in range(100000): x = [x]\nrepr(x)",
        "class A:\n  def __repr__(s): return repr(s)\nrepr(A())",
        "def f(): return f()\nf()",
        "import pickle\nx = []\nfor i in range(100000): x = [x]\npickle.dumps(x)",
    ] {
        let output = sandbox.execute(program).unwrap();
        assert!(
            output.stderr_text().contains("RecursionError"),
            "{program}: {}",
            output.stderr_text()
        );
    }
}

#[test]
fn bad_programs_are_refused_before_they_run() {
    let mut sandbox = runtime().sandbox().unwrap();
    assert!(matches!(
        sandbox.execute("a\0b"),
        Err(Error::NulByte { offset: 1, .. })
    ));
    assert!(matches!(
        sandbox.execute_bytes(b"ab\xff"),
        Err(Error::NotUtf8 { offset: 2 })
    ));
    let long = "#".repeat((64 << 20) + 1);
    assert!(matches!(sandbox.execute(&long), Err(Error::TooLong { .. })));
    assert!(matches!(
        runtime()
            .sandbox_builder()
            .max_memory_bytes(1 << 20)
            .build(),
        Err(Error::MemoryLimitTooLow { .. })
    ));
    assert_eq!(
        stdout(&mut sandbox, "\u{feff}print('after a byte order mark')"),
        "after a byte order mark\n"
    );
}
