use crate::{Outcome, builder};
use hatchery::{Error, HostFunctions, Interrupter};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

fn functions() -> HostFunctions {
    HostFunctions::new()
        .async_function("wait", |(ms,): (u64,)| async move {
            sleep(Duration::from_millis(ms)).await;
            Outcome::Ok(ms)
        })
        .function("add", |(a, b): (i64, i64)| Outcome::Ok(a + b))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_calls_are_awaited() {
    let mut sandbox = builder()
        .functions(functions())
        .env("A", "b")
        .build_async()
        .unwrap();
    assert_eq!(
        sandbox
            .execute("x = 20\nprint(x)")
            .await
            .unwrap()
            .stdout_text(),
        "20\n"
    );
    assert_eq!(sandbox.eval::<i64>("add(x, 22)").await.unwrap().value, 42);
    sandbox.execute("def f(a, b): return a * b").await.unwrap();
    assert_eq!(sandbox.call::<i64>("f", (6, 7)).await.unwrap().value, 42);
    let bytecode = sandbox.compile("print('b')").await.unwrap();
    assert_eq!(
        sandbox
            .load_bytecode(&bytecode)
            .await
            .unwrap()
            .stdout_text(),
        "b\n"
    );
    sandbox.install_module("m", "n = 3").await.unwrap();
    assert_eq!(
        sandbox
            .execute_bytes("import m\nprint(m.n)")
            .await
            .unwrap()
            .stdout_text(),
        "3\n"
    );
    sandbox.uninstall_module("m").await.unwrap();
    sandbox.set_stdin("in");
    assert_eq!(sandbox.eval::<String>("input()").await.unwrap().value, "in");
    sandbox.reset().await.unwrap();
    assert_eq!(sandbox.execute("x").await.unwrap().exit_code, 1);
    sandbox.reset_strict().await.unwrap();
    let mut sandbox = sandbox.into_sync().await.unwrap();
    assert_eq!(sandbox.eval::<i64>("1").unwrap().value, 1);
}

/// On a runtime of one thread: guests do not run on it, or nothing would ever end.
#[tokio::test]
async fn awaited_host_calls_run_side_by_side() {
    let mut sandbox = builder().functions(functions()).build_async().unwrap();
    let program =
        "import asyncio\nprint(sum(await asyncio.gather(*[wait(50) for _ in range(100)])))";
    let begun = Instant::now();
    let output = sandbox.execute(program).await.unwrap();
    assert_eq!(output.stdout_text(), "5000\n", "{}", output.stderr_text());
    // One after the other it would be five seconds.
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn the_executor_goes_on_while_guests_compute() {
    let mut sandbox = builder().build_async().unwrap();
    let ticks = Arc::new(AtomicUsize::new(0));
    let counted = ticks.clone();
    let ticker = tokio::spawn(async move {
        loop {
            sleep(Duration::from_millis(1)).await;
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    sandbox
        .execute("import time\nt = time.time()\nwhile time.time() < t + 0.2: pass")
        .await
        .unwrap();
    ticker.abort();
    assert!(ticks.load(Ordering::Relaxed) > 5);
}

#[tokio::test]
async fn dropping_the_future_stops_the_guest() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let seen = dropped.clone();
    struct OnDrop(Arc<AtomicUsize>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let functions = functions().async_function("hang", move |(): ()| {
        let guard = OnDrop(seen.clone());
        async move {
            let _guard = guard;
            std::future::pending::<()>().await;
            Outcome::Ok(())
        }
    });
    let mut sandbox = builder().functions(functions).build_async().unwrap();
    for (round, program) in [
        "while True: pass",
        "await hang()",
        "import time\ntime.sleep(60)",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(
            timeout(Duration::from_millis(50), sandbox.execute(program))
                .await
                .is_err()
        );
        assert!(
            sandbox.is_poisoned().await.unwrap(),
            "{program}: it was stopped"
        );
        assert!(matches!(
            sandbox.execute("1").await,
            Err(Error::Poisoned { .. })
        ));
        sandbox.reset().await.unwrap();
        assert_eq!(
            sandbox.eval::<i64>("1").await.unwrap().value,
            1,
            "round {round}"
        );
    }
    assert_eq!(
        dropped.load(Ordering::SeqCst),
        1,
        "the host function's future was dropped with it"
    );
}

#[tokio::test]
async fn a_cancelled_call_that_had_ended_does_not_cancel_the_next() {
    let mut sandbox = builder().build_async().unwrap();
    for _ in 0..50 {
        // Polled once, so that it has begun; then dropped at some moment of its life.
        let _ = timeout(Duration::from_micros(200), sandbox.execute("pass")).await;
        if sandbox.is_poisoned().await.unwrap() {
            sandbox.reset().await.unwrap();
        }
        assert_eq!(sandbox.eval::<i64>("1").await.unwrap().value, 1);
    }
}

#[tokio::test]
async fn an_interrupt_that_comes_as_a_run_ends_does_not_reach_the_next() {
    let interrupter = Arc::new(OnceLock::<Interrupter>::new());
    let asked = interrupter.clone();
    // A line without an end is handed on when the run is over.
    let mut sandbox = builder()
        .on_stdout_line(move |_| {
            asked.get().expect("it is set by then").interrupt();
        })
        .build_async()
        .unwrap();
    interrupter.set(sandbox.interrupter()).unwrap();
    let output = sandbox.execute("print('stop', end='')").await.unwrap();
    assert_eq!(output.stdout_text(), "stop");
    assert!(sandbox.execute("x = 1").await.unwrap().success());
}

#[tokio::test]
async fn a_sandbox_that_is_dropped_in_the_middle_of_a_run_is_gone() {
    for program in ["while True: pass", "await wait(100000)"] {
        let mut sandbox = builder().functions(functions()).build_async().unwrap();
        let interrupter = sandbox.interrupter();
        assert!(
            timeout(Duration::from_millis(20), sandbox.execute(program))
                .await
                .is_err()
        );
        drop(sandbox);
        drop(interrupter);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_sandboxes_wait_at_once() {
    let mut tasks = Vec::new();
    for n in 0..50 {
        let mut sandbox = builder().functions(functions()).build_async().unwrap();
        tasks.push(tokio::spawn(async move {
            sandbox
                .eval::<i64>(format!("await wait(50) + {n}"))
                .await
                .unwrap()
                .value
        }));
    }
    for (n, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), 50 + n as i64);
    }
}

#[tokio::test]
async fn a_canary_of_a_dropped_call_is_not_in_the_next_lease() {
    let secret = "canary-5c6f1b7e-of-a-dropped-call";
    let mut sandbox = builder().functions(functions()).build_async().unwrap();
    let program = format!("kept = ['{secret}' + str(i) for i in range(20000)]\nawait wait(100000)");
    assert!(
        timeout(Duration::from_millis(300), sandbox.execute(program))
            .await
            .is_err()
    );
    sandbox.reset().await.unwrap();
    let sandbox = sandbox.into_sync().await.unwrap();
    let found = sandbox
        .memory()
        .windows(secret.len())
        .any(|window| window == secret.as_bytes());
    assert!(!found, "the secret survived the reset");
}
