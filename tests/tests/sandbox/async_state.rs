use crate::{Outcome, builder};
use hatchery::{AsyncSandbox, Error, HostFunctions, InstanceError, ResumeError};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const LIVE: &str = "
def counter():
    n = 0
    while True:
        n += 1
        yield n
numbers = counter(); next(numbers); next(numbers)
file = open('/work/notes', 'w+'); file.write('first line\\nsecond line\\n'); file.seek(0); file.readline()
";
const ASK: &str = "print(next(numbers), file.readline().strip())";
const ANSWER: &str = "3 second line\n";

async fn stdout(sandbox: &mut AsyncSandbox, source: &str) -> String {
    let output = sandbox.execute(source).await.unwrap();
    assert!(output.success(), "{source}: {}", output.stderr_text());
    output.stdout_text().into_owned()
}

async fn live() -> AsyncSandbox {
    let mut sandbox = builder().build_async().unwrap();
    stdout(&mut sandbox, LIVE).await;
    sandbox
}

#[tokio::test]
async fn a_generator_survives_fork_rollback_and_sleep() {
    let mut parent = live().await;
    let checkpoint = parent.checkpoint().await.unwrap();
    let asleep = parent.hibernate().await.unwrap();
    let mut forks = parent.fork(3).await.unwrap();
    assert_eq!(stdout(&mut parent, ASK).await, ANSWER);
    for fork in &mut forks {
        assert_eq!(stdout(fork, ASK).await, ANSWER);
        fork.rollback(&checkpoint).await.unwrap();
        assert_eq!(stdout(fork, ASK).await, ANSWER);
    }
    drop(parent);
    let stored = asleep.as_bytes().to_vec();
    let mut awake = builder().resume_async(stored).await.unwrap();
    assert_eq!(stdout(&mut awake, ASK).await, ANSWER);
    // What one kind of sandbox made the other takes.
    let mut blocking = builder().resume(&asleep).unwrap();
    blocking.rollback(&checkpoint).unwrap();
    assert_eq!(blocking.execute(ASK).unwrap().stdout_text(), ANSWER);
}

/// The run still has the sandbox when the fork is asked for: half of what it does must not be in any fork.
#[tokio::test]
async fn what_a_cancelled_run_left_half_done_is_not_taken() {
    for program in [
        "while True: next(numbers)",
        "import time\nwhile True: time.sleep(0.001)",
    ] {
        let mut sandbox = live().await;
        let checkpoint = sandbox.checkpoint().await.unwrap();
        let cut = timeout(Duration::from_millis(30), sandbox.execute(program)).await;
        assert!(cut.is_err(), "{program}: it went on");
        let poisoned = |error| {
            assert!(
                matches!(error, Error::Instance(InstanceError::Poisoned { .. })),
                "{error:?}"
            );
        };
        poisoned(sandbox.fork(2).await.unwrap_err());
        poisoned(sandbox.checkpoint().await.unwrap_err());
        poisoned(sandbox.hibernate().await.unwrap_err());
        sandbox.rollback(&checkpoint).await.unwrap();
        assert_eq!(stdout(&mut sandbox, ASK).await, ANSWER);
        let cut = timeout(Duration::from_millis(30), sandbox.execute(program)).await;
        assert!(cut.is_err());
        let refused = sandbox.into_golden().await.unwrap_err();
        assert!(matches!(refused, Error::Poisoned { .. }), "{refused:?}");
    }
}

/// A fork that nobody waits for any more leaves its parent as it was.
#[tokio::test]
async fn a_cancelled_fork_poisons_nothing() {
    let mut sandbox = live().await;
    stdout(&mut sandbox, "big = bytearray(b'ab') * (8 << 20)").await;
    for round in 0..20 {
        let _ = timeout(Duration::from_micros(50 * round), sandbox.fork(4)).await;
        let _ = timeout(Duration::from_micros(50 * round), sandbox.hibernate()).await;
        assert!(!sandbox.is_poisoned().await.unwrap());
        let expected = (3 + round).to_string() + "\n";
        assert_eq!(stdout(&mut sandbox, "print(next(numbers))").await, expected);
    }
}

#[tokio::test]
async fn input_goes_to_the_sandbox_that_it_was_set_for() {
    let ask = "input()";
    let mut sandbox = live().await;
    let checkpoint = sandbox.checkpoint().await.unwrap();
    sandbox.set_stdin("of the parent's");
    let mut fork = sandbox.fork(1).await.unwrap().remove(0);
    assert!(matches!(
        fork.eval::<String>(ask).await,
        Err(Error::Python { .. })
    ));
    let line = sandbox.eval::<String>(ask).await.unwrap().value;
    assert_eq!(line, "of the parent's");
    sandbox.set_stdin("before the rollback");
    sandbox.rollback(&checkpoint).await.unwrap();
    assert!(matches!(
        sandbox.eval::<String>(ask).await,
        Err(Error::Python { .. })
    ));
}

#[tokio::test]
async fn forks_await_host_functions_side_by_side() {
    let functions = HostFunctions::new().async_function("wait", |(ms,): (u64,)| async move {
        sleep(Duration::from_millis(ms)).await;
        Outcome::Ok(ms)
    });
    let mut parent = builder().functions(functions).build_async().unwrap();
    stdout(&mut parent, "import random\nwaited = await wait(1)").await;
    let mut tasks = Vec::new();
    for mut fork in parent.fork(20).await.unwrap() {
        tasks.push(tokio::spawn(async move {
            let program = "print(waited + await wait(30), random.random())";
            stdout(&mut fork, program).await
        }));
    }
    let mut drawn = HashSet::new();
    for task in tasks {
        let line = task.await.unwrap();
        assert!(line.starts_with("31 "), "{line}");
        assert!(drawn.insert(line), "two forks drew the same number");
    }
}

#[tokio::test]
async fn only_its_key_wakes_a_session() {
    let (key, other) = ([1; 32], [2; 32]);
    let with = |key: [u8; 32]| builder().sealing_key(key);
    let mut sandbox = live().await;
    let checkpoint = sandbox.checkpoint().await.unwrap();
    let asleep = checkpoint.hibernate(Some(&key.into())).unwrap();
    let mut awake = with(key).resume_async(asleep).await.unwrap();
    let asleep = awake.hibernate().await.unwrap();
    assert_eq!(stdout(&mut awake, ASK).await, ANSWER);
    let mut awake = with(key).resume_async(asleep.clone()).await.unwrap();
    assert_eq!(stdout(&mut awake, ASK).await, ANSWER);
    assert!(matches!(
        with(other).resume_async(asleep.clone()).await,
        Err(Error::Resume(ResumeError::Damaged))
    ));
    assert!(matches!(
        builder().resume_async(asleep).await,
        Err(Error::Resume(ResumeError::KeyNeeded))
    ));
}

/// On a runtime of one thread that has to go on: a snapshot takes tens of milliseconds.
#[tokio::test]
async fn the_executor_goes_on_while_a_snapshot_is_made() {
    let mut sandbox = live().await;
    sandbox.install_module("prices", "pear = 3").await.unwrap();
    let ticker = tokio::spawn(async {
        for _ in 0..5 {
            sleep(Duration::from_millis(1)).await;
        }
    });
    let tenant = sandbox.into_golden().await.unwrap();
    assert!(ticker.is_finished(), "nothing else ran meanwhile");
    for _ in 0..2 {
        let mut sandbox = tenant.sandbox_builder().build_async().unwrap();
        assert_eq!(stdout(&mut sandbox, ASK).await, ANSWER);
        assert_eq!(
            stdout(&mut sandbox, "import prices; print(prices.pear)").await,
            "3\n"
        );
    }
}
