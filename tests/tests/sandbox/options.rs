//! Settings for some runs, who calls, and what is there before the first program.

use crate::{Outcome, builder, sandbox};
use hatchery::{Caller, Error, ErrorKind, HostFunctions, RunOptions};
use hatchery_tests::stdout;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn options_hold_for_their_runs_and_for_no_later_one() {
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let chunks = heard.clone();
    let other = HostFunctions::new().function("other", |(): ()| Outcome::Ok(2));
    let own = HostFunctions::new().function("own", |(): ()| Outcome::Ok(1));
    let mut sandbox = builder().functions(own).build().unwrap();
    let options = RunOptions::new()
        .timeout(Duration::from_millis(300))
        .max_output_bytes(10)
        .functions(other)
        .on_stdout(move |chunk| chunks.lock().extend_from_slice(chunk))
        .stdin("given");
    {
        let mut with = sandbox.with(&options).unwrap();
        let output = with.execute("print(input(), other())").unwrap();
        assert_eq!(output.stdout_text(), "given 2\n");
        assert_eq!(with.execute("own()").unwrap().exit_code, 1);
        let output = with.execute("print('x' * 100)").unwrap();
        assert_eq!((output.stdout.len(), output.stdout_dropped_bytes), (10, 91));
    }
    assert_eq!(*heard.lock(), b"given 2\nxxxxxxxxxx");
    assert_eq!(
        stdout(&mut sandbox, "print(own(), 'other' in globals())"),
        "1 False\n"
    );
    assert_eq!(stdout(&mut sandbox, "print('x' * 100)").len(), 101);
    assert_eq!(heard.lock().len(), 18);
    let stopped = sandbox.with(&options).unwrap().execute("while True: pass");
    let stopped = stopped.unwrap_err();
    assert!(stopped.is_timeout() && stopped.is_poisoning());
    sandbox.reset().unwrap();
    // A reset within does not bring the builder's settings back early.
    let mut with = sandbox.with(&options).unwrap();
    with.execute("1").unwrap();
    with.reset().unwrap();
    assert_eq!(with.execute("print('x' * 100)").unwrap().stdout.len(), 10);
    drop(with);
    assert_eq!(stdout(&mut sandbox, "print('x' * 100)").len(), 101);
}

#[test]
fn options_stay_with_the_sandbox_they_were_given_to() {
    let heard: Arc<Mutex<Vec<u8>>> = Arc::default();
    let chunks = heard.clone();
    let mut sandbox = sandbox();
    let options = RunOptions::new()
        .max_output_bytes(10)
        .functions(HostFunctions::new().function("lent", |(): ()| Outcome::Ok(1)))
        .on_stdout(move |chunk| chunks.lock().extend_from_slice(chunk))
        .stdin("mine");
    let mut with = sandbox.with(&options).unwrap();
    with.set_identity(Some("ana".into()), None);
    let mut fork = with.fork(1).unwrap().remove(0);
    assert_eq!(fork.execute("lent()").unwrap().exit_code, 1);
    let read = "import sys\nprint(repr(sys.stdin.read()), 'x' * 100)";
    let expected = format!("'' {}\n", "x".repeat(100));
    assert_eq!(stdout(&mut fork, read), expected);
    assert!(heard.lock().is_empty());
    assert_eq!(with.execute("print(lent())").unwrap().stdout, "1\n");
    assert_eq!(*heard.lock(), b"1\n");
}

#[test]
fn input_of_options_that_no_run_took_goes_with_them() {
    let mut sandbox = sandbox();
    let read = "import sys\nprint(repr(sys.stdin.read()))";
    sandbox.set_stdin("own");
    drop(sandbox.with(&RunOptions::new().stdin("lent")).unwrap());
    assert_eq!(stdout(&mut sandbox, read), "'own'\n");
    assert_eq!(stdout(&mut sandbox, read), "''\n");
}

#[test]
fn options_that_no_run_can_have_change_nothing() {
    let mut sandbox = sandbox();
    let zero = RunOptions::new().timeout(Duration::ZERO).stdin("not taken");
    let refused = sandbox.with(&zero).map(drop).unwrap_err();
    assert!(matches!(
        refused,
        Error::Setting {
            name: "timeout",
            ..
        }
    ));
    assert_eq!(refused.kind(), ErrorKind::Setting);
    let read = "import sys\nprint(repr(sys.stdin.read()))";
    assert_eq!(stdout(&mut sandbox, read), "''\n");
}

#[tokio::test]
async fn asynchronous_runs_have_options_too() {
    let mut sandbox = builder().build_async().unwrap();
    let options = RunOptions::new()
        .timeout(Duration::from_millis(200))
        .max_output_bytes(10)
        .stdin("once");
    let mut with = sandbox.with(&options);
    let output = with.execute("print(input())").await.unwrap();
    assert_eq!(output.stdout_text(), "once\n");
    let read = "import sys\nprint(repr(sys.stdin.read()))";
    assert_eq!(with.execute(read).await.unwrap().stdout_text(), "''\n");
    assert!(
        with.execute("while True: pass")
            .await
            .unwrap_err()
            .is_timeout()
    );
    // Options within options give way to the outer ones.
    drop(with.with(&RunOptions::new().max_output_bytes(20)));
    with.reset().await.unwrap();
    let output = with.execute("print('x' * 100)").await.unwrap();
    assert_eq!(output.stdout.len(), 10);
    drop(with);
    sandbox.reset().await.unwrap();
    assert!(
        sandbox
            .execute("import time\ntime.sleep(0.3)")
            .await
            .unwrap()
            .success()
    );
    let zero = RunOptions::new().timeout(Duration::ZERO);
    let refused = sandbox.with(&zero).execute("1").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Setting);
    assert!(sandbox.execute("1").await.is_ok());
}

/// What a caller is, as text.
fn of(caller: &Caller) -> String {
    let data = caller.data::<u32>().map(|number| *number);
    format!(
        "{:?} {:?} {} {data:?}",
        caller.tenant(),
        caller.session(),
        caller.run()
    )
}

#[test]
fn closures_that_sandboxes_share_know_who_calls() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let (lines, logs) = (seen.clone(), seen.clone());
    let note = |seen: &Mutex<Vec<String>>, what: &str| {
        let caller = Caller::current().expect("somebody calls");
        seen.lock().push(format!("{what} {}", of(&caller)));
    };
    let functions = HostFunctions::new()
        .function("who", |(): ()| Outcome::Ok(of(&Caller::current().unwrap())))
        .async_function("who_later", |(): ()| {
            let caller = Caller::current().unwrap();
            async move { Outcome::Ok(of(&caller)) }
        })
        .function("stop", |(): ()| {
            Caller::current().unwrap().interrupter().interrupt();
            Outcome::Ok(())
        });
    let builder = builder()
        .functions(functions)
        .on_stdout_line(move |_| note(&lines, "line"))
        .on_log(move |level, text| note(&logs, &format!("log {level} {text}")));
    let (mut first, mut second) = (builder.build().unwrap(), builder.build().unwrap());
    first.set_identity(Some("ana".into()), Some("notes".into()));
    second.set_identity(Some("ben".into()), None);
    second.set_user_data(Some(Arc::new(7_u32)));
    let program = "
import hatchery
print(who())
print(await who_later())
hatchery.log('error', 'text')";
    for (sandbox, expected) in [
        (&mut first, "Some(\"ana\") Some(\"notes\") 1 None"),
        (&mut second, "Some(\"ben\") None 1 Some(7)"),
    ] {
        seen.lock().clear();
        let said = stdout(sandbox, program);
        assert_eq!(said, format!("{expected}\n{expected}\n"));
        let line = format!("line {expected}");
        let log = format!("log 40 text {expected}");
        assert_eq!(*seen.lock(), [line.clone(), line, log]);
    }
    assert!(Caller::current().is_none(), "outside nobody does");
    second.reset().unwrap();
    assert!(stdout(&mut second, "print(who())").starts_with("Some(\"ben\") None 2 Some(7)"));
    // A host function can end the run that calls it.
    let stopped = first.execute("stop()\nwhile True: pass").unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Cancelled);
    assert!(stopped.is_poisoning());
}

/// A host function that runs another sandbox lends it nothing of its own program's.
#[test]
fn a_sandbox_within_a_host_function_has_its_own_caller() {
    let tenant = || Caller::current().map(|caller| caller.tenant().map(str::to_owned));
    let asks = HostFunctions::new()
        .function("who", move |(): ()| {
            Outcome::Ok(tenant().expect("a program calls"))
        })
        // The future is outside of the call, and so in nobody's.
        .async_function("nobody", move |(): ()| async move {
            Outcome::Ok(tenant().is_none())
        });
    let inner = builder().functions(asks);
    let calls = HostFunctions::new().function("within", move |(): ()| {
        let mut sandbox = inner.build().expect("a sandbox");
        let said = stdout(&mut sandbox, "print(who(), await nobody())");
        let after = Caller::current().expect("the outer program calls");
        Outcome::Ok((said, after.tenant().map(str::to_owned)))
    });
    let mut outer = builder().functions(calls).build().unwrap();
    outer.set_identity(Some("ana".into()), None);
    assert_eq!(
        stdout(&mut outer, "print(within())"),
        "['None True\\n', 'ana']\n"
    );
}

#[test]
fn a_prelude_and_a_path_are_there_after_each_reset() {
    let mut sandbox = builder()
        .prelude("import json\nprint('not seen')\ndef helper(x): return json.dumps([x])")
        .file("/lib/mine/tool.py", "def answer(): return 42")
        .python_path("/lib/mine")
        .build()
        .unwrap();
    for _ in 0..2 {
        sandbox.set_stdin("kept");
        let program = "import tool\nprint(helper(1), tool.answer(), input())";
        assert_eq!(stdout(&mut sandbox, program), "[1] 42 kept\n");
        sandbox.execute("helper = None").unwrap();
        assert_eq!(sandbox.execute("helper(1)").unwrap().exit_code, 1, "once");
        sandbox.reset().unwrap();
    }
    let mut broken = builder().prelude("1 / 0").build().unwrap();
    for _ in 0..2 {
        let error = broken.execute("print(1)").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Program);
    }
}

#[test]
fn what_a_run_gave_can_be_logged_as_json() {
    let mut sandbox = sandbox();
    let output = sandbox.execute("print('grüße')\n1 / 0").unwrap();
    let json = serde_json::to_value(&output).unwrap();
    assert_eq!(json["stdout"], "grüße\n");
    assert_eq!(json["exit_code"], 1);
    assert_eq!(json["exception"]["type"], "ZeroDivisionError");
    assert!(json["duration_seconds"].as_f64().unwrap() > 0.0);
    let usage = serde_json::to_value(sandbox.usage()).unwrap();
    assert_eq!(usage["runs"], 1);
    sandbox.write_file("/work/a", "x").unwrap();
    let entries = serde_json::to_value(sandbox.list_dir("/work").unwrap()).unwrap();
    assert_eq!(entries[0]["kind"], "file");
}

#[test]
fn settings_that_no_sandbox_can_have_are_refused_before_one_is_made() {
    let nul = "a\0b";
    for (name, builder) in [
        ("max_open_files", builder().max_open_files(253)),
        ("max_open_files", builder().max_open_files(u32::MAX)),
        ("recursion_limit", builder().recursion_limit(u32::MAX)),
        ("recursion_limit", builder().recursion_limit(10)),
        ("module", builder().module("m", nul)),
        ("module", builder().module(nul, "x = 1")),
        ("module", builder().module("m", "#".repeat(65 << 20))),
        ("env", builder().env("K", nul)),
        ("args", builder().args([nul])),
        ("env and args", builder().env("K", "x".repeat(64 << 20))),
        ("prelude", builder().prelude(nul)),
        ("python_path", builder().python_path(nul)),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(
            matches!(&refused, Error::Setting { name: found, .. } if *found == name),
            "{name}: {refused}"
        );
    }
    let mut sandbox = sandbox();
    sandbox.set_stdin(vec![b'x'; 65 << 20]);
    let refused = sandbox.execute("1").unwrap_err();
    assert!(
        refused.to_string().starts_with("the standard input has"),
        "{refused}"
    );
}
