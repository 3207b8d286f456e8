//! How deep programs may recur: as deep as natively, where the main thread has 8 MiB of stack.

use hatchery_tests::stdout;

use crate::sandbox;

/// Each with what CPython 3.14 prints natively.
const DEEP: &[(&str, &str)] = &[
    (
        "from functools import cache
@cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(len(str(fib(980))))",
        "205\n",
    ),
    (
        "def nested(n): return 0 if n == 0 else sorted([n], key=lambda n: nested(n - 1))[0]
print(nested(480))",
        "480\n",
    ),
    (
        "class A:
    def __init__(self, n): self.n = n
    def __repr__(self): return f'({A(self.n - 1)!r})' if self.n else '.'
print(len(repr(A(900))))",
        "1801\n",
    ),
    (
        "import sys
sys.setrecursionlimit(30_000)
def down(n): return 0 if n == 0 else 1 + down(n - 1)
print(down(29_000))",
        "29000\n",
    ),
    (
        "import sys
from functools import cache
sys.setrecursionlimit(5_000)
@cache
def down(n): return 0 if n == 0 else 1 + down(n - 1)
print(down(4_900))",
        "4900\n",
    ),
    (
        "import json
print(len(json.dumps(json.loads('[' * 40_000 + ']' * 40_000))))",
        "80000\n",
    ),
    (
        "source = 'if a == 0: pass\\n' + ''.join(f'elif a == {i}: pass\\n' for i in range(5_500))
compile(source, 's', 'exec'); print('ok')",
        "ok\n",
    ),
    (
        "print(len(str(eval('[' * 199 + ']' * 199))))
try: eval('[' * 201 + ']' * 201)
except SyntaxError as error: print(error.msg)",
        "398\ntoo many nested parentheses\n",
    ),
    (
        "x = []
for i in range(3_000_000): x = [x]
del x; print('ok')",
        "ok\n",
    ),
];

#[test]
fn no_program_ends_at_a_depth_that_it_has_natively() {
    for (program, expected) in DEEP {
        assert_eq!(stdout(&mut sandbox(), program), *expected, "{program}");
    }
}

/// What goes too deep ends as CPython ends it, and leaves a sandbox that goes on.
#[test]
fn what_goes_too_deep_is_an_exception() {
    let mut sandbox = sandbox();
    for program in [
        "def f(): f()\nf()",
        "import sys; sys.setrecursionlimit(10**9)\nclass A:\n    def __repr__(self): return repr([self])\nrepr(A())",
        "import json; json.loads('[' * 1_000_000)",
        "compile('-' * 1_000_000 + '1', 's', 'eval')",
        "compile('+'.join(['1'] * 100_000), 's', 'eval')",
        "compile('+'.join(['1'] * 1_000_000), 's', 'eval')",
        "compile('a' + '.b' * 1_000_000, 's', 'eval')",
        "compile('a' + '()' * 1_000_000, 's', 'eval')",
        "import ast; ast.parse('+'.join(['1'] * 1_000_000))",
    ] {
        let output = sandbox
            .execute(program)
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let kind = output.exception.map(|exception| exception.type_name);
        assert!(
            matches!(kind.as_deref(), Some("RecursionError" | "MemoryError")),
            "{program}: {kind:?}"
        );
        assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");
    }
}
