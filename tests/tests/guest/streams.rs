//! Each run has its own standard streams, whatever an earlier one did to them.

use hatchery::Sandbox;

use crate::sandbox;

fn error_of(sandbox: &mut Sandbox, program: &str) -> String {
    let output = sandbox.execute(program).unwrap();
    output
        .exception
        .map_or_else(String::new, |exception| exception.type_name)
}

#[test]
fn a_run_that_ends_itself_does_not_close_the_next_ones_input() {
    for program in [
        "exit()",
        "quit(3)",
        "import sys; sys.stdin.close()",
        "import sys; sys.stdin.detach().close()",
        "import os; os.close(0)",
        "import sys\ntry: exit()\nexcept SystemExit: pass",
        "import io, sys; sys.stdin = io.StringIO('mine'); exit()",
    ] {
        let mut sandbox = sandbox();
        sandbox.set_stdin("left by the first run");
        sandbox.execute(program).unwrap();
        assert_eq!(error_of(&mut sandbox, "input()"), "EOFError", "{program}");
        sandbox.set_stdin("a line\n");
        let output = sandbox.execute("print(input())").unwrap();
        assert_eq!(output.stdout_text(), "a line\n", "{program}: {output:?}");
        let value = sandbox.eval::<bool>("__import__('sys').stdin.closed");
        assert!(!value.unwrap().value);
    }
}

#[test]
fn a_run_that_closes_output_does_not_close_the_next_ones() {
    let mut sandbox = sandbox();
    sandbox
        .execute("import os; os.close(1); os.close(2)")
        .unwrap();
    let output = sandbox
        .execute("import os; os.write(1, b'out'); os.write(2, b'err')")
        .unwrap();
    assert_eq!(
        (output.stdout_text(), output.stderr_text()),
        ("out".into(), "err".into()),
        "{output:?}"
    );
}

#[test]
fn what_a_program_has_put_in_place_of_its_input_stays() {
    let mut sandbox = sandbox();
    sandbox
        .execute("import io, sys; sys.stdin = io.StringIO('mine\\nand more\\n')")
        .unwrap();
    for line in ["mine\n", "and more\n"] {
        assert_eq!(
            sandbox.execute("print(input())").unwrap().stdout_text(),
            line
        );
    }
}

#[test]
fn standard_output_can_be_reconfigured_as_a_text_file_can() {
    let program = r#"
import io, sys, weakref
out = sys.stdout
out.reconfigure(errors="replace")
print("sur \ud800 ok", out.errors, out.encoding)
out.reconfigure(encoding="latin-1")
print("é", out.errors, out.encoding)
for wrong in (dict(encoding="no such"), dict(errors="no such"), dict(newline="x"), dict(encoding=3), dict(unknown=1)):
    try: out.reconfigure(**wrong)
    except Exception as error: print(type(error).__name__, out.encoding)
try: print("€")
except UnicodeEncodeError: print("refused")
out.reconfigure(encoding="utf-8", newline="\r\n", line_buffering=True)
print("a\nb", out.line_buffering)
out.reconfigure(newline="\n", errors="backslashreplace")
print("\ud800", weakref.ref(out)() is out, weakref.ref(out.buffer)() is out.buffer)
sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding="utf-16", write_through=True)
print("x")
"#;
    let mut sandbox = sandbox();
    let output = sandbox.execute(program).unwrap();
    assert!(output.success(), "{}", output.stderr_text());
    let expected: &[u8] = b"sur ? ok replace utf-8\n\xe9 strict latin-1\nLookupError latin-1\nLookupError latin-1\n\
        ValueError latin-1\nTypeError latin-1\nTypeError latin-1\nrefused\na\r\nb True\r\n\\ud800 True True\n\
        x\0\n\0";
    assert_eq!(
        output.stdout,
        expected,
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    let output = sandbox
        .execute("sys.stdout = sys.__stdout__; print('the next run')")
        .unwrap();
    assert_eq!(output.stdout_text(), "the next run\n");
}
