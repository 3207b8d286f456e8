use crate::sandbox;
use hatchery::{Error, Exception};
use hatchery_tests::stdout;

fn raised(program: &str) -> Exception {
    let output = sandbox().execute(program).unwrap();
    assert_eq!(output.exit_code, 1, "{program}");
    output
        .exception
        .clone()
        .unwrap_or_else(|| panic!("{program}: no exception, {}", output.stderr_text()))
}

#[test]
fn an_exception_is_data() {
    let error = raised(
        "import json
class Shop(Exception): pass
def buy(n):
    try:
        json.loads('{')
    except ValueError as error:
        error.add_note('while reading')
        raise Shop(f'sold out: {n}') from error
try:
    buy(3)
except Shop as e:
    e.add_note('one'); e.add_note('two'); raise",
    );
    assert_eq!(
        (error.type_name.as_str(), error.message.as_str()),
        ("Shop", "sold out: 3")
    );
    assert_eq!(error.line, Some(8));
    assert_eq!(error.notes, ["one", "two"]);
    let frames: Vec<_> = error
        .frames
        .iter()
        .map(|f| (f.function.as_str(), f.line))
        .collect();
    assert_eq!(frames, [("<module>", Some(10)), ("buy", Some(8))]);
    assert_eq!(error.frames[1].file, "<script>");
    assert_eq!(
        error.frames[1].source.as_deref(),
        Some("raise Shop(f'sold out: {n}') from error")
    );
    let cause = error.cause.unwrap();
    assert_eq!(cause.type_name, "json.decoder.JSONDecodeError");
    assert_eq!(cause.notes, ["while reading"]);
    assert_eq!(
        cause.line,
        Some(5),
        "the program's line and not the library's"
    );
}

#[test]
fn the_usual_mistakes_come_with_a_hint() {
    for (program, kind, hint) in [
        ("pritn(1)", "NameError", "did you mean 'print'?"),
        ("x = true", "NameError", "Python writes it True"),
        (
            "json.dumps(1)",
            "NameError",
            "add `import json` above this line",
        ),
        ("print(zzqqy)", "NameError", "has to be assigned"),
        (
            "def f():\n  x += 1\nx = 1\nf()",
            "UnboundLocalError",
            "`global`",
        ),
        (
            "import pandas",
            "ModuleNotFoundError",
            "'pandas' is not installed",
        ),
        ("import jsno", "ModuleNotFoundError", "did you mean 'json'?"),
        (
            "import tkinter",
            "ModuleNotFoundError",
            "belongs to the standard library",
        ),
        ("from math import sqroot", "ImportError", "did you mean"),
        (
            "if True\n  pass",
            "SyntaxError",
            "put a colon at the end of this line",
        ),
        ("print('a", "SyntaxError", "end the string"),
        ("x = (1,", "SyntaxError", "close the bracket"),
        ("print 'x'", "SyntaxError", "print is a function"),
        ("if x = 1: pass", "SyntaxError", "compare with `==`"),
        ("def f():\nreturn 1", "IndentationError", "indent the lines"),
        ("  x = 1\n y = 2", "IndentationError", "same column"),
        ("if 1:\n\tx = 1\n        y = 2", "TabError", "spaces only"),
        ("1 + 'a'", "TypeError", "different types"),
        ("None[0]", "TypeError", "the value is None"),
        ("len()", "TypeError", "more or fewer arguments"),
        ("(lambda a: a)()", "TypeError", "leaves out arguments"),
        ("(1)()", "TypeError", "a value and not a function"),
        ("{[]: 1}", "TypeError", "cannot be keys"),
        ("[1]['a']", "TypeError", "whole numbers"),
        ("None.strip()", "AttributeError", "the value is None"),
        ("'a'.uper()", "AttributeError", "did you mean 'upper'?"),
        ("{'a': 1}['b']", "KeyError", "the key 'b' is not there"),
        ("[1, 2][5]", "IndexError", "past the end"),
        ("int('x')", "ValueError", "not a whole number"),
        ("float('x')", "ValueError", "not a number"),
        ("a, b = 1, 2, 3", "ValueError", "number of names"),
        ("1 / 0", "ZeroDivisionError", "the divisor is zero"),
        ("def f(): f()\nf()", "RecursionError", "calls itself"),
        (
            "open('/none')",
            "FileNotFoundError",
            "no such file in the sandbox",
        ),
        ("open('/usr/x', 'w')", "OSError", "write to /work or /tmp"),
        (
            "b'\\xff'.decode()",
            "UnicodeDecodeError",
            "not in this encoding",
        ),
        ("input()", "EOFError", "standard input is at its end"),
        ("next(iter([]))", "StopIteration", "pass a default"),
        ("assert 1 == 2", "AssertionError", "asserts"),
        ("x = 'a' * (1 << 30)", "MemoryError", "memory limit"),
    ] {
        let error = raised(program);
        assert_eq!(error.type_name, kind, "{program}");
        let given = error.hint.clone().unwrap_or_default();
        assert!(
            given.contains(hint),
            "{program}: {given:?} instead of {hint:?}"
        );
    }
    assert_eq!(
        raised("class Own(Exception): pass\nraise Own").hint,
        None,
        "nothing to say"
    );
}

#[test]
fn lines_are_those_of_the_program() {
    for (program, line) in [
        ("x = 1\n\nraise ValueError", Some(3)),
        ("x = 1\ny = (", Some(2)),
        ("import json\njson.loads('x')", Some(2)),
        ("exec('1/0')", Some(1)),
        (
            "def f():\n  return g()\ndef g():\n  return 1/0\nf()",
            Some(4),
        ),
    ] {
        assert_eq!(raised(program).line, line, "{program}");
    }
}

#[test]
fn exceptions_that_fight_back_are_still_reported() {
    for program in [
        "class E(Exception):\n  def __str__(self): raise ValueError\nraise E",
        "class E(Exception):\n  def __str__(self): return 1\nraise E",
        "class E(Exception):\n  def __getattribute__(self, n): raise RuntimeError(n)\nraise E",
        "e = ValueError('x' * (5 << 20))\ne.add_note('y' * (5 << 20))\nraise e",
        "e = ValueError()\nfor i in range(10000): e.add_note(str(i))\nraise e",
        "e = ValueError('\\ud800\\0')\nraise e",
        "a = ValueError(); a.__cause__ = a\nraise a",
        "def f(n):\n  try: 1/0\n  except Exception as e: raise (ValueError(n) if n == 0 else f(n-1)) from e\nf(100)",
        "class M(type):\n  @property\n  def __module__(s): 1/0\nclass E(Exception, metaclass=M): pass\nraise E",
        "raise ExceptionGroup('many', [ValueError(i) for i in range(1000)])",
        "import sys\nsys.excepthook = None\n1/0",
        "import sys\ndef hook(*a): raise SystemExit(9)\nsys.excepthook = hook\n1/0",
        "import _hatchery_errors\n_hatchery_errors.describe = lambda e: 1\n1/0",
        "import _hatchery_errors\n_hatchery_errors.describe = lambda e: '[' * 1000000\n1/0",
        "import json\njson.dumps = None\n1/0",
    ] {
        let mut sandbox = sandbox();
        match sandbox.execute(program) {
            Ok(output) => {
                assert_ne!(output.exit_code, 0, "{program}");
                if let Some(error) = output.exception {
                    assert!(
                        error.message.len() < 100_000 && error.notes.len() < 100,
                        "{program}"
                    );
                }
            }
            Err(error) => assert!(matches!(error, Error::Trap { .. }), "{program}: {error}"),
        }
        sandbox.reset().unwrap();
        assert_eq!(
            stdout(&mut sandbox, "print('alive')"),
            "alive\n",
            "after {program}"
        );
    }
}

#[test]
fn question_marks_carry_errors_of_every_kind() {
    fn service() -> Result<i64, Box<dyn std::error::Error + Send + Sync>> {
        let mut sandbox = sandbox();
        Ok(sandbox.eval::<i64>("[].pop()")?.value)
    }
    let error = service().unwrap_err();
    assert_eq!(
        error.to_string(),
        "IndexError: pop from empty list (line 1)"
    );
    let error = error.downcast::<Error>().unwrap();
    assert!(error.output().unwrap().stderr_text().contains("IndexError"));
}
