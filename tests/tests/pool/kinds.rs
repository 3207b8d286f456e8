//! Code that takes any kind of sandbox has the same of each.

use super::pool;
use bytes::Bytes;
use futures_lite::future::block_on;
use hatchery::{Error, Output, PythonSandbox, PythonSandboxAsync, Trap};
use hatchery_tests::runtime;

const PROGRAM: &str = "
import sys
seen = []
async def add(word, times=1):
    seen.extend([word] * times)
    return len(seen)
def look():
    print(sys.stdin.readline().strip(), seen)
    return look
";
const REGISTERS: &str = "import atexit; atexit.register(print, 'bye')";
const OVERFLOW: &str = "x = iter(())\nfor i in range(3000000): x = map(int, x)\nnext(x)";

/// What every kind has to say.
const LOG: [&str; 12] = [
    "executed 0",
    "called 2",
    "called 3",
    "a line ['a', 'a', 'b'] 0",
    " ['a', 'a', 'b'] 0",
    "NameError 1",
    "no value",
    "read b'in the file'",
    "rolled back 3",
    "trapped, poisoned: true",
    "after a reset False",
    "ended bye",
];

fn printed(output: &Output) -> String {
    format!("{} {}", output.stdout_text().trim_end(), output.exit_code)
}

fn raised(output: &Output) -> String {
    let kind = &output.exception.as_ref().unwrap().type_name;
    format!("{kind} {}", output.exit_code)
}

fn has_trapped(result: Result<Output, Error>) -> bool {
    matches!(
        result,
        Err(Error::Trap {
            trap: Some(Trap::StackOverflow),
            ..
        })
    )
}

fn drive(sandbox: &mut impl PythonSandbox) -> Result<Vec<String>, Error> {
    let mut log = vec![format!("executed {}", sandbox.execute(PROGRAM)?.exit_code)];
    let len: i64 = sandbox.call("add", ("a", 2))?.value;
    log.push(format!("called {len}"));
    let len: i64 = sandbox.call("add", ["b"])?.value;
    log.push(format!("called {len}"));
    sandbox.set_stdin(Bytes::from_static(b"a line\n"));
    log.push(printed(&sandbox.execute_function("look", ())?));
    log.push(printed(&sandbox.execute_function("look", ())?));
    log.push(raised(&sandbox.execute_function("missing", ())?));
    if let Err(Error::Python { .. }) = sandbox.call::<i64>("look", ()) {
        log.push("no value".to_owned());
    }
    sandbox.write_file("/work/f", b"in the file")?;
    log.push(
        format!("read {:?}", sandbox.read_file("/work/f")?)
            .replace("b\"", "b'")
            .replace('"', "'"),
    );
    let checkpoint = sandbox.checkpoint()?;
    sandbox.execute("seen.clear()")?;
    sandbox.rollback(&checkpoint)?;
    log.push(format!(
        "rolled back {}",
        sandbox.eval::<i64>("len(seen)")?.value
    ));
    assert!(!sandbox.hibernate()?.as_bytes().is_empty());
    if has_trapped(sandbox.execute(OVERFLOW)) {
        log.push(format!("trapped, poisoned: {}", sandbox.is_poisoned()));
    }
    sandbox.reset()?;
    let known: String = sandbox.eval("str('seen' in globals())")?.value;
    log.push(format!("after a reset {known}"));
    sandbox.execute(REGISTERS)?;
    let ended = sandbox.finalize()?;
    log.push(format!("ended {}", ended.stdout_text().trim()));
    Ok(log)
}

async fn drive_async(sandbox: &mut impl PythonSandboxAsync) -> Result<Vec<String>, Error> {
    let executed = sandbox.execute(PROGRAM).await?;
    let mut log = vec![format!("executed {}", executed.exit_code)];
    let len: i64 = sandbox.call("add", ("a", 2)).await?.value;
    log.push(format!("called {len}"));
    let len: i64 = sandbox.call("add", ["b"]).await?.value;
    log.push(format!("called {len}"));
    sandbox.set_stdin(Bytes::from_static(b"a line\n"));
    log.push(printed(&sandbox.execute_function("look", ()).await?));
    log.push(printed(&sandbox.execute_function("look", ()).await?));
    log.push(raised(&sandbox.execute_function("missing", ()).await?));
    if let Err(Error::Python { .. }) = sandbox.call::<i64>("look", ()).await {
        log.push("no value".to_owned());
    }
    sandbox.write_file("/work/f", "in the file").await?;
    let read = sandbox.read_file("/work/f").await?;
    log.push(
        format!("read {read:?}")
            .replace("b\"", "b'")
            .replace('"', "'"),
    );
    let checkpoint = sandbox.checkpoint().await?;
    sandbox.execute("seen.clear()").await?;
    sandbox.rollback(&checkpoint).await?;
    let len = sandbox.eval::<i64>("len(seen)").await?.value;
    log.push(format!("rolled back {len}"));
    assert!(!sandbox.hibernate().await?.as_bytes().is_empty());
    if has_trapped(sandbox.execute(OVERFLOW).await) {
        log.push(format!(
            "trapped, poisoned: {}",
            sandbox.is_poisoned().await?
        ));
    }
    sandbox.reset().await?;
    let known: String = sandbox.eval("str('seen' in globals())").await?.value;
    log.push(format!("after a reset {known}"));
    sandbox.execute(REGISTERS).await?;
    let ended = sandbox.finalize().await?;
    log.push(format!("ended {}", ended.stdout_text().trim()));
    Ok(log)
}

#[test]
fn every_kind_of_sandbox_does_the_same() {
    let builder = runtime().sandbox_builder();
    let pool = pool().build().unwrap();
    assert_eq!(drive(&mut builder.build().unwrap()).unwrap(), LOG);
    let mut lease = pool.get_blocking("ana").unwrap();
    assert_eq!(drive(&mut lease.blocking().unwrap()).unwrap(), LOG);
    let mut session = pool.session_blocking("ana", "s").unwrap();
    assert_eq!(drive(&mut session.blocking().unwrap()).unwrap(), LOG);
    block_on(async {
        let mut sandbox = builder.build_async().unwrap();
        assert_eq!(drive_async(&mut sandbox).await.unwrap(), LOG);
        assert_eq!(drive_async(&mut lease).await.unwrap(), LOG);
        assert_eq!(drive_async(&mut session).await.unwrap(), LOG);
    });
}
