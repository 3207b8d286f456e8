//! Threads take turns; what they do over many runs, and over fork, sleep and reset. What single programs do with them
//! is in `tests/programs/threads`.

use std::time::Duration;

use hatchery::{Error, HostError, HostFunctions, Sandbox};
use hatchery_tests::runtime;

use crate::sandbox;

fn printed(sandbox: &mut Sandbox, program: &str) -> String {
    let output = sandbox.execute(program).unwrap();
    assert!(output.success(), "{program}: {}", output.stderr_text());
    assert_eq!(output.stderr_text(), "", "{program}");
    output.stdout_text().into_owned()
}

#[test]
fn a_run_ends_when_its_threads_have_ended() {
    let mut sandbox = sandbox();
    let program = "
import threading, time
def work(n):
    time.sleep(0.01 * n)
    print('thread', n)
for n in (2, 1): threading.Thread(target=work, args=(n,)).start()
print('main')
";
    assert_eq!(printed(&mut sandbox, program), "main\nthread 1\nthread 2\n");
    assert_eq!(
        printed(&mut sandbox, "print(threading.active_count())"),
        "1\n"
    );
    // Also of a function that is called, and after an exception.
    sandbox
        .execute("def later(): threading.Thread(target=work, args=(3,)).start()")
        .unwrap();
    let output = sandbox.execute_function("later", ()).unwrap();
    assert_eq!(output.stdout_text(), "thread 3\n");
    let output = sandbox.execute("later()\n1 / 0").unwrap();
    assert_eq!(
        (output.exit_code, output.stdout_text()),
        (1, "thread 3\n".into())
    );
    assert!(sandbox.eval::<()>("later()").unwrap().output.stdout_text() == "thread 3\n");
}

#[test]
fn a_daemon_goes_on_in_the_next_run_that_waits() {
    let mut sandbox = sandbox();
    let program = "
import threading, time
ticks = 0
def tick():
    global ticks
    while True:
        time.sleep(0.002)
        ticks += 1
threading.Thread(target=tick, daemon=True).start()
";
    assert_eq!(printed(&mut sandbox, program), "");
    let before = sandbox.eval::<u64>("ticks").unwrap().value;
    printed(&mut sandbox, "time.sleep(0.05)");
    let after = sandbox.eval::<u64>("ticks").unwrap().value;
    assert!(after >= before + 5, "{before} {after}");
    sandbox.reset().unwrap();
    assert_eq!(
        printed(
            &mut sandbox,
            "import threading; print(threading.active_count())"
        ),
        "1\n"
    );
}

#[test]
fn threads_that_wait_sleep_wake_and_fork_with_their_sandbox() {
    let mut sandbox = sandbox();
    let program = "
import queue, threading
todo, done = queue.Queue(), queue.Queue()
def work(name):
    seen = []
    while True:
        seen.append(todo.get())
        done.put((name, list(seen)))
for name in 'ab': threading.Thread(target=work, args=(name,), daemon=True).start()
todo.put(1)
first = done.get()
";
    printed(&mut sandbox, program);
    let checkpoint = sandbox.checkpoint().unwrap();
    let asleep = sandbox.hibernate().unwrap();
    let mut fork = sandbox.fork(1).unwrap().remove(0);
    let mut woken = runtime().resume(&asleep).unwrap();
    printed(&mut sandbox, "todo.put('lost'); done.get()");
    sandbox.rollback(&checkpoint).unwrap();
    for (n, sandbox) in [&mut sandbox, &mut fork, &mut woken]
        .into_iter()
        .enumerate()
    {
        let program = format!(
            "for _ in range(2): todo.put({n})\nprint([done.get()[1][-1] for _ in range(2)], first)"
        );
        assert_eq!(
            printed(sandbox, &program),
            format!("[{n}, {n}] ('a', [1])\n")
        );
    }
    // As a golden snapshot of its own.
    let runtime = sandbox.into_golden().unwrap();
    for _ in 0..2 {
        let mut sandbox = runtime.sandbox().unwrap();
        assert_eq!(
            printed(&mut sandbox, "todo.put(7); print(done.get()[1][-1])"),
            "7\n"
        );
    }
}

#[test]
fn a_loop_in_a_thread_sleeps_wakes_and_forks_with_its_sandbox() {
    let mut sandbox = sandbox();
    let program = "
import asyncio, threading
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
seen = []
async def work(n):
    await asyncio.sleep(0.002)
    seen.append(n)
    return list(seen)
def ask(n): return asyncio.run_coroutine_threadsafe(work(n), loop).result(20)
print(ask(0))
";
    assert_eq!(printed(&mut sandbox, program), "[0]\n");
    let checkpoint = sandbox.checkpoint().unwrap();
    let asleep = sandbox.hibernate().unwrap();
    let mut fork = sandbox.fork(1).unwrap().remove(0);
    let mut woken = runtime().resume(&asleep).unwrap();
    printed(&mut sandbox, "ask('lost')");
    sandbox.rollback(&checkpoint).unwrap();
    for (n, sandbox) in [&mut sandbox, &mut fork, &mut woken]
        .into_iter()
        .enumerate()
    {
        for run in 1..3 {
            let asked = printed(sandbox, &format!("print(ask({})[1:])", n * 10 + run));
            let all: Vec<String> = (1..=run).map(|run| (n * 10 + run).to_string()).collect();
            assert_eq!(asked, format!("[{}]\n", all.join(", ")));
        }
    }
    sandbox.reset().unwrap();
    assert_eq!(
        printed(
            &mut sandbox,
            "import threading; print(threading.active_count(), 'loop' in globals())"
        ),
        "1 False\n"
    );
}

#[test]
fn a_loop_in_a_thread_waits_for_host_functions_beside_the_main_one() {
    let functions = HostFunctions::new().async_function("tenfold", |(n,): (u64,)| async move {
        let (done, waiting) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(5));
            let _ = done.send(n * 10);
        });
        Ok::<u64, HostError>(waiting.await.unwrap())
    });
    let mut sandbox = runtime()
        .sandbox_builder()
        .functions(functions)
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let program = "
import asyncio, threading
loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
async def fetch(n): return await tenfold(n)
print(asyncio.run_coroutine_threadsafe(fetch(1), loop).result(10))
async def main():
    there = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(fetch(2), loop))
    return await asyncio.gather(there, fetch(3), asyncio.to_thread(asyncio.run, fetch(4)))
print(asyncio.run(main()))
print(asyncio.run_coroutine_threadsafe(asyncio.sleep(0.001, 'slept'), loop).result(10))
";
    assert_eq!(printed(&mut sandbox, program), "10\n[20, 30, 40]\nslept\n");
}

#[test]
fn a_wait_that_nobody_can_end_is_an_error_and_the_sandbox_lives_on() {
    for program in [
        "import threading\nl = threading.Lock(); l.acquire(); l.acquire()",
        "import threading\nl = threading.Lock(); l.acquire()\nt = threading.Thread(target=l.acquire, daemon=True); t.start(); t.join()",
        "import threading\na, b = threading.Lock(), threading.Lock()\ndef f(x, y):\n  with x:\n    ready.wait()\n    with y: pass\nready = threading.Barrier(2)\nts = [threading.Thread(target=f, args=p, daemon=True) for p in ((a, b), (b, a))]\nfor t in ts: t.start()\nfor t in ts: t.join()",
        "import queue; queue.SimpleQueue().get()",
        "import threading\nc = threading.Condition()\nwith c: c.wait()",
        "import concurrent.futures as f\nwith f.ThreadPoolExecutor(1) as pool: print(pool.submit(lambda: pool.submit(int).result()).result())",
    ] {
        let mut sandbox = sandbox();
        let output = sandbox.execute(program).unwrap();
        let exception = output.exception.unwrap_or_else(|| panic!("{program}"));
        assert_eq!(
            exception.type_name, "RuntimeError",
            "{program}: {exception:?}"
        );
        assert!(
            exception.message.contains("wait"),
            "{program}: {exception:?}"
        );
        assert!(exception.hint.is_some(), "{program}: {exception:?}");
        assert_eq!(printed(&mut sandbox, "print('alive')"), "alive\n");
    }
}

#[test]
fn a_pool_that_nobody_shut_down_does_not_keep_a_run_from_ending() {
    let mut sandbox = sandbox();
    let program = "
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(3)
print(sum(pool.map(lambda n: n * n, range(10))))
";
    assert_eq!(printed(&mut sandbox, program), "285\n");
    assert_eq!(
        printed(&mut sandbox, "print(pool.submit(pow, 2, 5).result())"),
        "32\n"
    );
}

#[test]
fn a_time_limit_ends_threads_that_never_wait() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(Duration::from_millis(300))
        .build()
        .unwrap();
    let program = "
import threading
def spin():
    while True: pass
print('begun', flush=True)
for _ in range(3): threading.Thread(target=spin).start()
";
    let error = sandbox.execute(program).unwrap_err();
    let Error::Timeout { output, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(output.stdout_text(), "begun\n");
    sandbox.reset().unwrap();
    assert_eq!(printed(&mut sandbox, "print('alive')"), "alive\n");
}

#[test]
fn an_exception_in_a_thread_is_printed_and_ends_that_thread_only() {
    let mut sandbox = sandbox();
    let program = "
import threading, time
def fail():
    time.sleep(0.001)
    return 1 / 0  # here
t = threading.Thread(target=fail, name='failing'); t.start(); t.join()
print('main goes on')
";
    let output = sandbox.execute(program).unwrap();
    assert!(output.success());
    assert_eq!(output.stdout_text(), "main goes on\n");
    let errors = output.stderr_text();
    for part in [
        "Exception in thread failing:",
        "return 1 / 0  # here",
        "ZeroDivisionError",
    ] {
        assert!(errors.contains(part), "{part}: {errors}");
    }
}

#[test]
fn a_deep_program_can_be_put_aside_anywhere() {
    // Every kind of frame and of call lies between the begin of the thread and its wait at some time.
    let program = "
import threading, time, random, functools
random.seed(5)
class Manager:
    def __enter__(self): time.sleep(0); return self
    def __exit__(self, *error): time.sleep(0); return error[0] is KeyError
class Value:
    def __init__(self, n): time.sleep(0); self.n = n
    def __eq__(self, other): time.sleep(0); return self.n == other.n
    def __getattr__(self, name): time.sleep(0); return name
    def __call__(self, n): time.sleep(0); return n
    @property
    def twice(self): time.sleep(0); return 2 * self.n
    def __iter__(self):
        for i in range(3): time.sleep(0); yield i
@functools.cache
def cached(n): time.sleep(0); return n if n < 2 else cached(n - 1) + cached(n - 2)
def pick(n, lock):
    if n == 0: return 1
    kind = n % 10
    if kind == 0:
        with lock: return pick(n - 1, lock)
    if kind == 1:
        with Manager(): raise KeyError
        return pick(n - 1, lock) + cached(n)
    if kind == 2: return sum(i for i in Value(n)) - 3 + pick(n - 1, lock)
    if kind == 3: return sorted([pick(n - 1, lock), 0], key=lambda v: (time.sleep(0), v)[1])[-1]
    if kind == 4: return Value(n).twice - 2 * n + pick(n - 1, lock)
    if kind == 5:
        try:
            time.sleep(0)
            raise ValueError(n)
        except ValueError as error:
            return pick(n - 1, lock) + error.args[0] - n
        finally:
            time.sleep(0)
    if kind == 6: return [pick(m, lock) for m in (n - 1,)][0]
    if kind == 7: return Value(n)(pick(n - 1, lock)) if Value(1) == Value(1) else None
    if kind == 8: return {**{'a': pick(n - 1, lock)}}['a'] + len(f'{Value(n).abc}') - 3
    def inner():
        nonlocal n
        time.sleep(0)
        yield pick(n - 1, lock)
    return next(inner())
def work(n, out):
    lock = threading.RLock()
    out.append((n, pick(n, lock)))
expected = []
for n in range(60): work(n, expected)
results = []
threads = [threading.Thread(target=work, args=(n, results)) for n in range(60)]
for t in threads: t.start()
for t in threads: t.join()
results.sort()
print(results == expected, len(results))
";
    assert_eq!(printed(&mut sandbox(), program), "True 60\n");
}
