use crate::sandbox;
use hatchery::{Bytecode, Error};
use hatchery_tests::stdout;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[test]
fn names_live_from_one_run_to_the_next_and_not_past_a_reset() {
    let mut sandbox = sandbox();
    assert_eq!(stdout(&mut sandbox, "x = 41"), "");
    assert_eq!(
        stdout(&mut sandbox, "x += 1\nprint(x, __name__)"),
        "42 __main__\n"
    );
    sandbox.reset().unwrap();
    let output = sandbox.execute("x").unwrap();
    assert_eq!(output.exception.unwrap().type_name, "NameError");
}

#[test]
fn a_failed_run_leaves_what_it_had_done() {
    let mut sandbox = sandbox();
    let output = sandbox.execute("kept = 1\nraise ValueError('no')").unwrap();
    assert_eq!((output.exit_code, output.success()), (1, false));
    assert_eq!(stdout(&mut sandbox, "print(kept)"), "1\n");
}

#[test]
fn exits_are_results_with_their_codes() {
    let mut sandbox = sandbox();
    for (program, code, stderr) in [
        ("import sys; sys.exit()", 0, ""),
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("raise SystemExit(7)", 7, ""),
        ("exit(5)", 5, ""),
    ] {
        let output = sandbox.execute(program).unwrap();
        assert_eq!(
            (output.exit_code, &*output.stderr_text()),
            (code, stderr),
            "{program}"
        );
        assert_eq!(output.exception, None, "{program}");
        assert!(!sandbox.is_poisoned());
    }
    let output = sandbox.execute("import os; os._exit(4)").unwrap();
    assert_eq!(output.exit_code, 4);
    assert!(
        sandbox.is_poisoned(),
        "the interpreter stopped in the middle"
    );
    sandbox.reset().unwrap();
    assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");
}

#[test]
fn top_level_await_runs_its_tasks_to_the_end() {
    let mut sandbox = sandbox();
    let program = "
import asyncio
async def double(x):
    await asyncio.sleep(0.001)
    return 2 * x
print(await asyncio.gather(*[double(i) for i in range(3)]))
async with asyncio.timeout(5):
    print(await double(21))
print([x async for x in (await double(i) for i in range(2))])";
    assert_eq!(stdout(&mut sandbox, program), "[0, 2, 4]\n42\n[0, 2]\n");
    // What runs its own loop does so still.
    let own = "async def main():\n    return await double(4)\nprint(asyncio.run(main()))";
    assert_eq!(stdout(&mut sandbox, own), "8\n");
    let output = sandbox
        .execute("await double('x')\nawait double(None)")
        .unwrap();
    assert_eq!(
        output.exception.unwrap().line,
        Some(2),
        "the line of this run, not that in double()"
    );
    let waiting = sandbox.execute("await asyncio.Event().wait()").unwrap();
    assert!(
        waiting.stderr_text().contains("nothing can wake them"),
        "it would wait for ever"
    );
}

#[test]
fn a_traceback_begins_with_the_programs_own_frames() {
    let mut sandbox = sandbox();
    for program in ["1 / 0", "import asyncio\nawait asyncio.sleep(0)\n1 / 0"] {
        let output = sandbox.execute(program).unwrap();
        let stderr = output.stderr_text().into_owned();
        assert!(!stderr.contains("_hatchery"), "{stderr}");
        assert!(!stderr.contains("runners.py"), "{stderr}");
        assert!(stderr.contains("1 / 0"), "{stderr}");
        assert_eq!(output.exception.unwrap().frames.len(), 1);
    }
    sandbox
        .execute("def f(): g()\ndef g(): raise KeyError('k')")
        .unwrap();
    let Err(Error::Python { exception, .. }) = sandbox.call::<Value>("f", ()) else {
        panic!("it raises");
    };
    let functions: Vec<&str> = exception
        .frames
        .iter()
        .map(|f| f.function.as_str())
        .collect();
    assert_eq!(functions, ["f", "g"]);
}

#[test]
fn functions_take_and_give_values() {
    let mut sandbox = sandbox();
    sandbox
        .execute(
            "def add(a, b=10, *, c=100): return a + b + c
def kinds(): return {'n': None, 'b': True, 'i': -7, 'f': 0.5, 's': 'ü', 'l': [1, (2,)], 'd': {'k': 1}}
async def later(x): return [x, x]
class Counter:
    def __init__(self): self.n = 0
    def up(self, by): self.n += by; return self.n
counter = Counter()
def big(): return 2**100
def echo(x): return x
def nothing(): print('printed')",
        )
        .unwrap();
    let by_name = BTreeMap::from([("a", 1), ("c", 0)]);
    assert_eq!(sandbox.call::<i64>("add", (1,)).unwrap().value, 111);
    assert_eq!(sandbox.call::<i64>("add", (1, 2)).unwrap().value, 103);
    assert_eq!(sandbox.call::<i64>("add", &by_name).unwrap().value, 11);
    assert_eq!(sandbox.call::<i64>("add", 5).unwrap().value, 115);
    assert_eq!(
        sandbox.call::<Value>("kinds", ()).unwrap().value,
        json!({"n": null, "b": true, "i": -7, "f": 0.5, "s": "ü", "l": [1, [2]], "d": {"k": 1}})
    );
    assert_eq!(
        sandbox.call::<Vec<String>>("later", "x").unwrap().value,
        ["x", "x"]
    );
    assert_eq!(sandbox.call::<i64>("counter.up", 2).unwrap().value, 2);
    assert_eq!(sandbox.call::<i64>("counter.up", 3).unwrap().value, 5);
    assert_eq!(sandbox.call::<i128>("big", ()).unwrap().value, 1 << 100);
    let nothing = sandbox.call::<()>("nothing", ()).unwrap();
    assert_eq!(nothing.output.stdout_text(), "printed\n");
    let text = "x".repeat(3 << 20);
    assert_eq!(
        sandbox.call::<String>("echo", &text).unwrap().value,
        text,
        "no cliff at a MiB"
    );
}

#[test]
fn calls_that_cannot_be_made_say_why() {
    let mut sandbox = sandbox();
    sandbox
        .execute("def f(): return object()\ndef g(): raise LookupError('gone')\nx = 1")
        .unwrap();
    let mut raised = |name: &str| match sandbox.call::<i64>(name, ()) {
        Err(Error::Python { exception, .. }) => (exception.type_name, exception.message),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(raised("absent").0, "NameError");
    assert_eq!(
        raised("x"),
        (
            "TypeError".into(),
            "'x' is not callable: it is of type 'int'".into()
        )
    );
    assert_eq!(
        raised("f").1,
        "the value is of type 'object', which cannot cross to the host: make a dict, a list, a string or a number of it"
    );
    assert_eq!(raised("g"), ("LookupError".into(), "gone".into()));
    assert!(matches!(
        sandbox.call::<i64>("f", BTreeMap::from([((1, 2), 3)])),
        Err(Error::Arguments(_))
    ));
    sandbox
        .execute("import sys\ndef leave(): sys.exit(3)\ndef text(): return 'x'")
        .unwrap();
    assert!(matches!(
        sandbox.call::<i64>("leave", ()),
        Err(Error::Exited { code: 3, .. })
    ));
    let wrong = sandbox.call::<i64>("text", ()).unwrap_err();
    assert_eq!(wrong.to_string(), "the value cannot be read as i64");
    assert_eq!(stdout(&mut sandbox, "print('alive')"), "alive\n");
}

#[test]
fn expressions_have_values_and_statements_do_not() {
    let mut sandbox = sandbox();
    sandbox.execute("x = 20").unwrap();
    assert_eq!(sandbox.eval::<i64>("x * 2 + 2").unwrap().value, 42);
    assert_eq!(
        sandbox
            .eval::<Vec<i64>>("[i for i in range(3)]")
            .unwrap()
            .value,
        [0, 1, 2]
    );
    assert_eq!(
        sandbox
            .eval::<i64>("await __import__('asyncio').sleep(0, 7)")
            .unwrap()
            .value,
        7
    );
    assert_eq!(sandbox.eval::<Option<i64>>("None").unwrap().value, None);
    for (expression, kind) in [
        ("x = 1", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError"),
        ("float('nan')", "ValueError"),
    ] {
        match sandbox.eval::<Value>(expression) {
            Err(Error::Python { exception, .. }) => assert_eq!(exception.type_name, kind),
            other => panic!("{expression}: {other:?}"),
        }
    }
}

#[test]
fn bytecode_runs_where_its_build_does_and_nowhere_else() {
    let mut first = sandbox();
    let bytecode = first.compile("print('compiled', __name__)\ny = 5").unwrap();
    let stored = bytecode.as_bytes().to_vec();
    assert_eq!(
        stdout(&mut first, "print('y' in globals())"),
        "False\n",
        "compiling runs nothing"
    );
    drop(first);

    let mut second = sandbox();
    let bytecode = Bytecode::from_bytes(stored.clone()).unwrap();
    let output = second.load_bytecode(&bytecode).unwrap();
    assert_eq!(output.stdout_text(), "compiled __main__\n");
    assert_eq!(stdout(&mut second, "print(y)"), "5\n");

    let mut foreign = stored.clone();
    foreign[4] ^= 1;
    let foreign = Bytecode::from_bytes(foreign).unwrap();
    assert!(matches!(
        second.load_bytecode(&foreign),
        Err(Error::ForeignBytecode)
    ));
    assert!(matches!(
        Bytecode::from_bytes(b"print(1)".to_vec()),
        Err(Error::NotBytecode)
    ));
    // Tampered with: the sandbox may go, the host may not.
    for at in (20..stored.len()).step_by(3) {
        let mut damaged = stored.clone();
        damaged[at] ^= 0x55;
        let _ = second.load_bytecode(&Bytecode::from_bytes(damaged).unwrap());
        second.reset().unwrap();
    }
    assert_eq!(stdout(&mut second, "print('alive')"), "alive\n");

    match second.compile("def f(:\n  pass") {
        Err(Error::Python { exception, output }) => {
            assert_eq!(
                (exception.type_name.as_str(), exception.line),
                ("SyntaxError", Some(1))
            );
            assert!(output.stderr_text().contains("SyntaxError"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn bytecode_awaits_at_its_top_level_too() {
    let mut sandbox = sandbox();
    let bytecode = sandbox
        .compile("import asyncio\nprint(await asyncio.sleep(0, 3))")
        .unwrap();
    assert_eq!(
        sandbox.load_bytecode(&bytecode).unwrap().stdout_text(),
        "3\n"
    );
}

#[test]
fn standard_input_is_for_one_run() {
    let mut sandbox = sandbox();
    let output = sandbox.execute("input()").unwrap();
    assert_eq!(output.exception.unwrap().type_name, "EOFError");
    sandbox.set_stdin("one\ntwo\nthree\n");
    assert_eq!(
        stdout(&mut sandbox, "print(input(), input('? '))"),
        "? one two\n"
    );
    let output = sandbox.execute("input()").unwrap();
    assert_eq!(
        output.exception.unwrap().type_name,
        "EOFError",
        "the rest was that run's"
    );
    sandbox.set_stdin("a\nb");
    assert_eq!(
        stdout(&mut sandbox, "import sys\nprint(list(sys.stdin))"),
        "['a\\n', 'b']\n"
    );
    sandbox.set_stdin(vec![0u8, 255, 10]);
    assert_eq!(
        stdout(&mut sandbox, "print(sys.stdin.buffer.read())"),
        "b'\\x00\\xff\\n'\n"
    );
    sandbox.set_stdin("x".repeat(1 << 20));
    assert_eq!(
        stdout(
            &mut sandbox,
            "import os\nprint(len(sys.stdin.read()), os.read(0, 9))"
        ),
        "1048576 b''\n"
    );
    sandbox.set_stdin("lost");
    sandbox.reset().unwrap();
    assert_eq!(sandbox.execute("input()").unwrap().exit_code, 1);
}

#[test]
fn input_waits_for_the_program_that_is_compiled_or_installed_first() {
    let mut sandbox = sandbox();
    sandbox.set_stdin("one\ntwo\n");
    let bytecode = sandbox.compile("print(input())").unwrap();
    sandbox.install_module("extra", "n = 1").unwrap();
    let output = sandbox.load_bytecode(&bytecode).unwrap();
    assert_eq!(output.stdout_text(), "one\n");
    assert!(
        matches!(
            sandbox.install_module("reads", "x = input()"),
            Err(Error::Python { .. })
        ),
        "the rest was that run's"
    );
}

#[test]
fn a_value_is_never_that_of_an_earlier_run() {
    let mut sandbox = sandbox();
    assert_eq!(sandbox.eval::<i64>("41 + 1").unwrap().value, 42);
    for expression in ["1 / 0", "__import__('sys').exit()", "object()"] {
        match sandbox.eval::<i64>(expression) {
            Err(Error::Python { .. } | Error::Exited { .. } | Error::Value { .. }) => {}
            other => panic!("{expression}: {other:?}"),
        }
    }
    sandbox.execute("def g(): yield 1").unwrap();
    assert!(matches!(
        sandbox.call::<i64>("g", ()),
        Err(Error::Python { .. })
    ));
}

#[test]
fn programs_that_are_none_are_refused_before_anything_runs() {
    let mut sandbox = sandbox();
    assert!(matches!(
        sandbox.execute("a\0b"),
        Err(Error::NulByte { offset: 1, .. })
    ));
    assert!(matches!(
        sandbox.execute_bytes(b"a\xff"),
        Err(Error::NotUtf8 { offset: 1 })
    ));
    assert!(matches!(
        sandbox.call::<()>("a\0", ()),
        Err(Error::NulByte { .. })
    ));
    assert!(matches!(
        sandbox.execute(&" ".repeat((64 << 20) + 1)),
        Err(Error::TooLong { .. })
    ));
    assert_eq!(
        stdout(&mut sandbox, "\u{feff}print('after a byte order mark')"),
        "after a byte order mark\n"
    );
    assert_eq!(stdout(&mut sandbox, ""), "");
}

#[test]
fn arguments_and_environment_are_the_sandboxs_own() {
    let mut sandbox = crate::builder()
        .env("GREETING", "hällo")
        .env("EMPTY", "")
        .args(["prog", "--flag"])
        .build()
        .unwrap();
    let show = "import os, sys\nprint(dict(os.environ), os.getenv('GREETING'), sys.argv)";
    let usual = "'HOME': '/home/user', 'USER': 'user', 'LOGNAME': 'user', \
                 'PATH': '/usr/local/bin:/usr/bin:/bin', 'LANG': 'C.UTF-8'";
    let expected =
        format!("{{{usual}, 'GREETING': 'hällo', 'EMPTY': ''}} hällo ['prog', '--flag']\n");
    assert_eq!(stdout(&mut sandbox, show), expected);
    stdout(
        &mut sandbox,
        "os.environ['GREETING'] = 'changed'; sys.argv.append('x')",
    );
    sandbox.reset().unwrap();
    assert_eq!(stdout(&mut sandbox, show), expected);
    assert_eq!(
        stdout(&mut crate::sandbox(), "import os\nprint(dict(os.environ))"),
        format!("{{{usual}}}\n")
    );
}

#[test]
fn a_program_that_is_not_utf8_is_what_its_coding_comment_says() {
    let mut sandbox = sandbox();
    let mut run = |source: &[u8]| {
        let output = sandbox.execute_bytes(source).unwrap();
        (
            output.exit_code,
            output.stdout_text().to_string(),
            output.stderr_text().to_string(),
        )
    };
    let latin = run(b"# -*- coding: latin-1 -*-\nprint('caf\xe9', len('\xe9'))");
    assert_eq!((latin.0, &*latin.1), (0, "café 1\n"));
    let cyrillic =
        run(b"#!/usr/bin/python\n# vim: set fileencoding=cp1251 :\nprint('\xec\xe8\xf0')");
    assert_eq!((cyrillic.0, &*cyrillic.1), (0, "мир\n"));
    let unknown = run(b"# coding: no-such-thing\nprint('\xe9')");
    assert!(
        unknown
            .2
            .contains("SyntaxError: unknown encoding: no-such-thing"),
        "{}",
        unknown.2
    );
    let other = run(b"# coding: ascii\nprint('\xe9')");
    assert!(
        other
            .2
            .contains("SyntaxError: (unicode error) 'ascii' codec can't decode byte 0xe9"),
        "{}",
        other.2
    );
    // Text that is UTF-8 stays it, whatever it says.
    let text = run("# coding: latin-1\nprint('é')".as_bytes());
    assert_eq!(text.1, "é\n");
    for none in [
        &b"print('\xe9')  # coding: latin-1"[..],
        b"# encoding\n\xe9",
        b"\n\n# coding: latin-1\n\xe9",
    ] {
        assert!(matches!(
            sandbox.execute_bytes(none),
            Err(Error::NotUtf8 { .. })
        ));
    }
    assert!(matches!(
        sandbox.execute_bytes(b"# coding: latin-1\n\xe9\0"),
        Err(Error::NulByte { .. })
    ));
}
