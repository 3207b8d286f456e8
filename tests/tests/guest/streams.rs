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
