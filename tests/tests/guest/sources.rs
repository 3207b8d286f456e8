//! A program finds its own source: lines in tracebacks, `__file__`, `inspect.getsource`, names of runs.

use hatchery::{Output, Sandbox};

use crate::sandbox;

fn printed(sandbox: &mut Sandbox, program: &str) -> String {
    let output = sandbox.execute(program).unwrap();
    assert!(output.success(), "{program}: {}", output.stderr_text());
    output.stdout_text().into_owned()
}

fn errors(output: &Output) -> String {
    output.stderr_text().into_owned()
}

#[test]
fn a_traceback_that_the_program_prints_quotes_its_lines() {
    let program = "\
import io, logging, traceback, warnings, sys
logging.basicConfig(stream=sys.stdout)
def divide(a, b):
    return a / b  # here
try:
    divide(1, 0)  # there
except ZeroDivisionError:
    traceback.print_exc(file=sys.stdout)
    logging.exception('again')
def warn(message, category, filename, lineno, file=None, line=None):
    print(warnings.formatwarning(message, category, filename, lineno, line))
warnings.showwarning = warn
warnings.warn('old')  # warned
";
    let text = printed(&mut sandbox(), program);
    assert_eq!(text.matches("return a / b  # here").count(), 2, "{text}");
    assert_eq!(text.matches("divide(1, 0)  # there").count(), 2, "{text}");
    assert!(text.contains("~~^~~"), "{text}");
    assert!(text.contains("warnings.warn('old')  # warned"), "{text}");
}

#[test]
fn an_uncaught_exception_quotes_lines_of_the_runs_that_led_to_it() {
    let mut sandbox = sandbox();
    sandbox
        .execute("# one\ndef inner(x):\n    return 1 / x  # of the first\n")
        .unwrap();
    sandbox
        .execute("def outer(x):\n    return inner(x)  # of the second\n")
        .unwrap();
    let output = sandbox.execute("\n\nouter(0)  # of the third").unwrap();
    let text = errors(&output);
    for part in [
        "File \"<cell 3>\", line 3, in <module>",
        "outer(0)  # of the third",
        "File \"<cell 2>\", line 2, in outer",
        "return inner(x)  # of the second",
        "File \"<script>\", line 3, in inner",
        "return 1 / x  # of the first",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let exception = output.exception.unwrap();
    assert_eq!(
        exception.line,
        Some(3),
        "the line is of the run in progress"
    );
    assert_eq!(
        exception.frames[2].source.as_deref(),
        Some("return 1 / x  # of the first")
    );

    let error = sandbox.call::<i64>("outer", (0,)).unwrap_err();
    let hatchery::Error::Python { exception, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(exception.line, Some(3), "of the innermost function");
    assert_eq!(exception.frames.len(), 2);
}

#[test]
fn a_syntax_error_found_late_quotes_its_line() {
    for (program, line) in [
        ("x = 1\nreturn x", "return x"),
        ("def f():\n    nonlocal y", "nonlocal y"),
        ("for i in ():\n    pass\nbreak", "break"),
        ("a = (1,\n", "a = (1,"),
    ] {
        let output = sandbox().execute(program).unwrap();
        assert!(errors(&output).contains(line), "{}", errors(&output));
        assert!(output.exception.unwrap().line.is_some());
        let output = sandbox().execute_cell(program).unwrap().output;
        let text = errors(&output);
        assert!(text.contains(line), "{text}");
        assert!(!text.contains("Traceback"), "{text}");
    }
}

#[test]
fn a_program_has_a_file_and_a_name() {
    let mut sandbox = sandbox();
    let folder = "from pathlib import Path\nprint(__file__, Path(__file__).parent, Path(__file__).resolve().parent)";
    assert_eq!(printed(&mut sandbox, folder), "<script> . /work\n");
    assert_eq!(printed(&mut sandbox, folder), "<cell 2> . /work\n");
    let output = sandbox.execute_named("tools/report.py", folder).unwrap();
    assert_eq!(output.stdout_text(), "tools/report.py tools /work/tools\n");
    let output = sandbox.execute_named("", "print(__file__)").unwrap();
    assert_eq!(output.stdout_text(), "<cell 3>\n", "no name is none");

    let output = sandbox
        .execute_named("/work/größe.py", "\n1 / 0  # mine")
        .unwrap();
    assert!(
        errors(&output).contains("File \"/work/größe.py\", line 2, in <module>\n    1 / 0  # mine"),
        "{}",
        errors(&output)
    );
    let error = sandbox.execute_named("a\0b", "1").unwrap_err();
    assert!(
        matches!(
            error,
            hatchery::Error::NulByte {
                what: "name",
                offset: 1
            }
        ),
        "{error:?}"
    );

    sandbox.reset().unwrap();
    assert_eq!(printed(&mut sandbox, "print(__file__)"), "<script>\n");
}

#[test]
fn a_name_used_again_has_the_newer_lines() {
    let mut sandbox = sandbox();
    sandbox
        .execute_named("main.py", "def f(): return 1 / 0  # old")
        .unwrap();
    let output = sandbox.execute_named("main.py", "f()").unwrap();
    assert!(!errors(&output).contains("# old"), "{}", errors(&output));
    sandbox
        .execute_named("main.py", "def f(): return 1 / 0  # new")
        .unwrap();
    let output = sandbox.execute("f()").unwrap();
    assert!(errors(&output).contains("# new"), "{}", errors(&output));
}

#[test]
fn what_a_program_defined_has_its_source() {
    let mut sandbox = sandbox();
    let tool = "\
def tool(x: int) -> int:
    return x + 1
";
    let shown = format!("import inspect\n{tool}print(inspect.getsource(tool), end='')");
    assert_eq!(printed(&mut sandbox, &shown), tool);
    let class = "\
class Shape:
    '''A shape.'''
    def area(self):
        return 0
";
    sandbox.execute(&format!("\n{class}")).unwrap();
    let data = "\
@dataclass
class Point:
    x: int
";
    sandbox
        .execute(&format!(
            "from dataclasses import dataclass\n\n{data}\ntwice = lambda x: 2 * x"
        ))
        .unwrap();
    let program = "\
import inspect
for thing in (tool, Shape, Shape.area, Point, twice):
    print(inspect.getsource(thing))
print(inspect.getsourcefile(tool), inspect.getfile(Shape))
";
    let text = printed(&mut sandbox, program);
    let method = "    def area(self):\n        return 0\n";
    let lambda = "twice = lambda x: 2 * x\n";
    assert_eq!(
        text,
        format!("{tool}\n{class}\n{method}\n{data}\n{lambda}\n<script> <cell 2>\n")
    );
}

#[test]
fn source_stays_over_fork_checkpoint_and_sleep() {
    let mut sandbox = sandbox();
    sandbox
        .execute("def f():\n    return 1 / 0  # mine")
        .unwrap();
    let checkpoint = sandbox.checkpoint().unwrap();
    let mut fork = sandbox.fork(1).unwrap().remove(0);
    let asleep = sandbox.hibernate().unwrap();
    let mut woken = hatchery_tests::runtime().resume(&asleep).unwrap();
    sandbox.reset().unwrap();
    sandbox.rollback(&checkpoint).unwrap();
    for sandbox in [&mut sandbox, &mut fork, &mut woken] {
        let output = sandbox.execute("f()").unwrap();
        assert!(errors(&output).contains("# mine"), "{}", errors(&output));
    }
}

#[test]
fn the_source_of_what_is_gone_is_not_kept() {
    let mut sandbox = sandbox();
    let names = "__import__('_hatchery_host').run_names()";
    sandbox
        .execute("x = 1\nprint([i for i in range(3)])")
        .unwrap();
    sandbox.execute("def f(): pass\ndel f").unwrap();
    sandbox
        .execute("try: 1 / 0\nexcept Exception: __import__('traceback').print_exc()")
        .unwrap();
    assert_eq!(
        sandbox.eval::<Vec<String>>(names).unwrap().value,
        ["<expression>"]
    );
    let held =
        "__import__('linecache').cache.keys() & {'<script>', '<cell 2>', '<cell 3>'} == set()";
    assert!(sandbox.eval::<bool>(held).unwrap().value);
    sandbox
        .execute("def f():\n  def g(): return 1 / 0\n  return g\ng = f()\ndel f")
        .unwrap();
    sandbox
        .execute("def count():\n  yield 1 / len(())\nnext_ = count()")
        .unwrap();
    assert_eq!(
        sandbox.eval::<Vec<String>>(names).unwrap().value,
        ["<cell 4>", "<cell 5>", "<expression>"]
    );
    let output = sandbox.execute("next(next_)").unwrap();
    assert!(
        errors(&output).contains("yield 1 / len(())"),
        "{}",
        errors(&output)
    );
}

#[test]
fn a_session_of_many_runs_keeps_a_bounded_amount_of_source() {
    let mut sandbox = sandbox();
    let padding = "#".repeat(20_000);
    for _ in 0..400 {
        sandbox
            .execute(&format!("def f(): return 1\n{padding}"))
            .unwrap();
    }
    let kept = "sum(len(__import__('_hatchery_host').source(n)) for n in __import__('_hatchery_host').run_names())";
    let bytes = sandbox.eval::<u64>(kept).unwrap().value;
    assert!(
        bytes < 200_000,
        "one function is alive, {bytes} bytes of text are kept"
    );
    for i in 0..400 {
        sandbox
            .execute(&format!("def f{i}(): return 1\n{padding}"))
            .unwrap();
    }
    let bytes = sandbox.eval::<u64>(kept).unwrap().value;
    assert!(bytes < 5 << 20, "{bytes}");
    let last = "__import__('inspect').getsource(f399)[:9]";
    assert_eq!(sandbox.eval::<String>(last).unwrap().value, "def f399(");
}

#[test]
fn a_program_that_clears_or_breaks_linecache_only_loses_lines() {
    for program in [
        "import linecache; linecache.clearcache()",
        "import linecache; linecache.cache = {}",
        "import linecache; linecache.cache = None",
        "import linecache; del linecache.cache",
        "import sys; sys.modules['linecache'] = None",
        "import linecache; linecache.cache['<cell 2>'] = 1",
        "import linecache; linecache.checkcache()",
    ] {
        let mut sandbox = sandbox();
        sandbox.execute(program).unwrap();
        let output = sandbox.execute("def f(): return 1 / 0\nf()").unwrap();
        assert_eq!(output.exit_code, 1, "{program}");
        let type_name = output.exception.unwrap().type_name;
        assert_eq!(type_name, "ZeroDivisionError", "{program}");
        assert_eq!(printed(&mut sandbox, "print(1)"), "1\n", "{program}");
    }
}

#[test]
fn a_cell_gives_the_value_of_its_last_expression() {
    let mut sandbox = sandbox();
    for (program, value) in [
        ("x = 6\nx * 7", Some("42")),
        ("'a' + \"'\"", Some("\"a'\"")),
        ("x = 1", None),
        ("None", None),
        ("", None),
        ("# nothing", None),
        ("'only a string'", Some("'only a string'")),
        ("def f(): return 1\nf", Some("<function f at")),
        (
            "import asyncio\nawait asyncio.sleep(0, 'waited')",
            Some("'waited'"),
        ),
        (
            "from __future__ import annotations\n[1,\n 2]  # two lines",
            Some("[1, 2]"),
        ),
        ("if x:\n  5", None),
        ("'\\ud800'", Some("'\\ud800'")),
        ("__name__", Some("'__main__'")),
    ] {
        let cell = sandbox.execute_cell(program).unwrap();
        let matches = match (&cell.value, value) {
            (Some(given), Some(wanted)) => given.starts_with(wanted),
            (given, wanted) => given.is_none() && wanted.is_none(),
        };
        assert!(matches, "{program}: {cell:?}");
        assert!(cell.output.success(), "{program}: {cell:?}");
    }
    sandbox.execute_cell("[1, 2.5]").unwrap();
    assert_eq!(sandbox.eval::<Vec<f64>>("_").unwrap().value, [1.0, 2.5]);
    sandbox.execute_cell("None").unwrap();
    assert_eq!(sandbox.eval::<Vec<f64>>("_").unwrap().value, [1.0, 2.5]);
    let globals = "sorted(n for n in globals() if not n.isidentifier())";
    assert!(
        sandbox
            .eval::<Vec<String>>(globals)
            .unwrap()
            .value
            .is_empty()
    );
}

#[test]
fn a_cell_that_raises_or_shows_values_itself_has_none() {
    let mut sandbox = sandbox();
    let cell = sandbox
        .execute_cell("print('before')\n1 / 0  # mine")
        .unwrap();
    assert_eq!(cell.value, None);
    assert_eq!(
        (cell.output.exit_code, cell.output.stdout_text()),
        (1, "before\n".into())
    );
    assert!(
        errors(&cell.output).contains("File \"<cell 1>\", line 2, in <module>\n    1 / 0  # mine")
    );
    let cell = sandbox
        .execute_cell(
            "class Broken:\n    def __repr__(self): raise ValueError('no repr')\nBroken()",
        )
        .unwrap();
    assert_eq!(cell.value, None);
    assert_eq!(cell.output.exception.unwrap().message, "no repr");
    let cell = sandbox.execute_cell("import sys; sys.exit(3)").unwrap();
    assert_eq!((cell.value, cell.output.exit_code), (None, 3));
    let cell = sandbox
        .execute_cell("import sys\nsys.displayhook = lambda value: print('shown:', value)\n6 * 7")
        .unwrap();
    assert_eq!(
        (cell.value, cell.output.stdout_text()),
        (None, "shown: 42\n".into())
    );
}

#[test]
fn a_cells_value_is_bounded_as_other_values_are() {
    let mut sandbox = hatchery_tests::runtime()
        .sandbox_builder()
        .max_value_bytes(1000)
        .build()
        .unwrap();
    let error = sandbox.execute_cell("'x' * 2000").unwrap_err();
    assert!(
        matches!(error, hatchery::Error::ValueTooLarge { max: 1000, .. }),
        "{error:?}"
    );
    assert_eq!(
        sandbox.execute_cell("len(_)").unwrap().value.as_deref(),
        Some("2000")
    );
}

#[test]
fn bytecode_knows_where_it_failed() {
    let mut sandbox = sandbox();
    let bytecode = sandbox.compile("\n1 / 0").unwrap();
    let output = sandbox.load_bytecode(&bytecode).unwrap();
    assert_eq!(output.exception.unwrap().line, Some(2));
}
