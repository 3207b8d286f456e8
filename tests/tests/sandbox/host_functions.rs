use crate::{Outcome, builder, sandbox, with_functions};
use hatchery::{Arguments, Error, HostError, HostFunctions};
use hatchery_tests::stdout;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Where something is.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Place {
    /// How far across.
    x: i64,
    /// How far up.
    #[serde(default)]
    y: i64,
}

fn functions() -> HostFunctions {
    HostFunctions::new()
        .function("move_to", |place: Place| Outcome::Ok(place))
        .function("add", |(a, b): (i64, i64)| Outcome::Ok(a + b))
        .function("geo.city.name", |(): ()| Outcome::Ok("Bern"))
        .function("geo.city.size", |(): ()| Outcome::Ok(134_000))
        .function("echo", |value: Value| Outcome::Ok(value))
        .function("parse", |text: String| text.parse::<i64>())
        .function("refuse", |kind: String| {
            Err::<(), _>(HostError::new(kind, "the reason"))
        })
        .function("panic", |(): ()| -> Outcome<()> {
            std::panic::resume_unwind(Box::new(1))
        })
        .async_function("later", |(n,): (i64,)| async move { Outcome::Ok(n * 10) })
}

#[test]
fn functions_are_called_like_pythons_own() {
    let mut sandbox = with_functions(functions());
    for (program, expected) in [
        ("print(add(1, 2))", "3\n"),
        (
            "print(move_to(1, y=2), move_to(x=5))",
            "{'x': 1, 'y': 2} {'x': 5, 'y': 0}\n",
        ),
        ("print(geo.city.name(), geo.city.size())", "Bern 134000\n"),
        (
            "print(echo({'a': [None, True, 1.5, 'ü', -1]}))",
            "{'a': [None, True, 1.5, 'ü', -1]}\n",
        ),
        ("print(await later(4))", "40\n"),
        (
            "import hatchery\nprint(hatchery.call('add', 1, 5), hatchery.host.add(2, 2))",
            "6 4\n",
        ),
        ("print(hatchery.call('later', 2))", "20\n"),
        ("print(await hatchery.call_async('add', 3, 4))", "7\n"),
        (
            "print(callable(add), add.__name__, add.__module__)",
            "True add hatchery.host\n",
        ),
        ("print(list(map(add, [1, 2], [3, 4])))", "[4, 6]\n"),
        (
            "x = 'z' * (3 << 20)\nprint(len(echo(x)), echo(x) == x)",
            "3145728 True\n",
        ),
    ] {
        assert_eq!(stdout(&mut sandbox, program), expected, "{program}");
    }
}

#[test]
fn modules_reach_them_and_a_reset_brings_them_back() {
    let mut sandbox = builder()
        .functions(functions())
        .module(
            "tools",
            "from hatchery import host\ndef twice(n): return host.add(n, n)",
        )
        .build()
        .unwrap();
    assert_eq!(
        stdout(&mut sandbox, "import tools\nprint(tools.twice(4))"),
        "8\n"
    );
    stdout(&mut sandbox, "add = None");
    sandbox.reset().unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "import tools\nprint(tools.twice(4), add(1, 1))"
        ),
        "8 2\n"
    );
    sandbox.reset_strict().unwrap();
    assert_eq!(stdout(&mut sandbox, "print(add(1, 1))"), "2\n");
}

#[test]
fn programs_can_ask_what_there_is() {
    let mut sandbox = with_functions(functions().describe("add", "Adds two numbers."));
    let program = "
import hatchery, inspect, json
by_name = {c['name']: c for c in hatchery.list_callbacks()}
print(sorted(by_name))
print(by_name['add']['description'], add.__doc__)
print(by_name['later']['is_async'], by_name['add']['is_async'], inspect.iscoroutinefunction(later))
print(move_to.__doc__, inspect.signature(move_to))
print(sorted(by_name['move_to']['parameters']['properties']['x'].items()))";
    assert_eq!(
        stdout(&mut sandbox, program),
        "['add', 'echo', 'geo.city.name', 'geo.city.size', 'later', 'move_to', 'panic', 'parse', 'refuse']
Adds two numbers. Adds two numbers.
True False True
Where something is. (x, y=Ellipsis)
[('description', 'How far across.'), ('format', 'int64'), ('type', 'integer')]\n"
    );
    assert_eq!(
        stdout(
            &mut crate::sandbox(),
            "import hatchery\nprint(hatchery.list_callbacks())"
        ),
        "[]\n"
    );
}

#[test]
fn errors_cross_with_their_type_and_message() {
    let mut sandbox = with_functions(functions());
    let program = "
import hatchery
def attempt(f, *args, **kw):
    try:
        f(*args, **kw)
    except Exception as error:
        print(type(error).__name__, isinstance(error, hatchery.HostError), error)
attempt(refuse, 'ValueError')
attempt(refuse, 'QuotaExceeded')
attempt(refuse, 'SystemExit')
attempt(refuse, 'UnicodeDecodeError')
attempt(parse, 'x')
attempt(panic)
attempt(add, 1)
attempt(add, 1, 2, c=3)
attempt(add, 1, object())
attempt(echo, float('nan'))
attempt(hatchery.call, 'absent')
try:
    await hatchery.call_async('absent')
except NameError as error:
    print('awaited', error)";
    assert_eq!(
        stdout(&mut sandbox, program),
        "ValueError False the reason
QuotaExceeded True the reason
SystemExit True the reason
UnicodeDecodeError True the reason
ParseIntError True invalid digit found in string
HostError True the host function panic() panicked
TypeError False add() missing 1 required positional argument
TypeError False add() takes no keyword arguments
TypeError False add() argument 2 is of type 'object', which cannot cross to the host: make a dict, a list, a string or a number of it
ValueError False echo() argument 1 is nan, which cannot cross to the host: pass None or a string in its place
NameError False the host offers no function \"absent\"
awaited the host offers no function \"absent\"\n"
    );
    // Out of Python again, to the host.
    let error = sandbox
        .execute("refuse('QuotaExceeded')")
        .unwrap()
        .exception
        .unwrap();
    assert_eq!(
        (error.type_name.as_str(), error.message.as_str()),
        ("hatchery.QuotaExceeded", "the reason")
    );
    assert_eq!(error.line, Some(1));
}

#[test]
fn one_handler_can_take_every_name() {
    let handler = |name: &str, arguments: Arguments| {
        if name == "bad" {
            return Err(HostError::new("PermissionError", "not you"));
        }
        Ok(json!([name, arguments.args, arguments.kwargs]))
    };
    let mut sandbox = with_functions(HostFunctions::new().fallback(handler));
    let program = "import hatchery
print(hatchery.call('any.name', 1, k='v'))
try: hatchery.call('bad')
except PermissionError as e: print(e)";
    assert_eq!(
        stdout(&mut sandbox, program),
        "['any.name', [1], {'k': 'v'}]\nnot you\n"
    );
}

#[test]
fn what_is_registered_comes_before_the_fallback() {
    let functions = HostFunctions::new()
        .fallback(|name: &str, _: Arguments| Outcome::Ok(format!("fallback for {name}")))
        .function("known", |(): ()| Outcome::Ok("registered"));
    let mut sandbox = with_functions(functions);
    assert_eq!(
        stdout(
            &mut sandbox,
            "import hatchery\nprint(hatchery.call('known'), hatchery.call('other'))"
        ),
        "registered fallback for other\n"
    );
}

#[test]
fn calls_are_counted_and_limited() {
    let calls = Arc::new(AtomicU64::new(0));
    let counted = calls.clone();
    let functions = HostFunctions::new().function("tick", move |(): ()| {
        Outcome::Ok(counted.fetch_add(1, Ordering::Relaxed))
    });
    let mut sandbox = builder()
        .functions(functions)
        .max_host_calls(5)
        .build()
        .unwrap();
    let output = sandbox.execute("for _ in range(3): tick()").unwrap();
    assert_eq!(output.host_calls, 3);
    let output = sandbox.execute("while True: tick()").unwrap();
    assert_eq!(
        calls.load(Ordering::Relaxed),
        8,
        "each run has its own count"
    );
    let error = output.exception.unwrap();
    assert_eq!(error.type_name, "RuntimeError");
    assert!(
        error.message.contains("max_host_calls"),
        "{}",
        error.message
    );
}

#[test]
fn what_is_too_large_is_refused_with_the_limits_name() {
    let functions = HostFunctions::new()
        .function("measure", |text: String| Outcome::Ok(text.len()))
        .function("fill", |len: usize| Outcome::Ok("x".repeat(len)));
    let mut sandbox = builder()
        .functions(functions.clone())
        .max_host_call_bytes(1 << 20)
        .build()
        .unwrap();
    for program in ["measure('x' * (1 << 20))", "fill(1 << 20)"] {
        let error = sandbox.execute(program).unwrap().exception.unwrap();
        assert_eq!(error.type_name, "ValueError");
        assert!(
            error.message.contains("max_host_call_bytes"),
            "{}",
            error.message
        );
    }
    assert_eq!(
        stdout(&mut sandbox, "print(measure('x' * 1000), len(fill(1000)))"),
        "1000 1000\n"
    );
    // With room for it all of it crosses.
    let mut large = builder()
        .functions(functions)
        .max_host_call_bytes(200 << 20)
        .max_memory_bytes(1 << 30)
        .build()
        .unwrap();
    let program = "print(measure('x' * (100 << 20)))\nprint(len(fill(100 << 20)))";
    assert_eq!(stdout(&mut large, program), "104857600\n104857600\n");
}

#[test]
fn a_result_that_the_guest_has_no_memory_for_is_a_memory_error() {
    let functions =
        HostFunctions::new().function("fill", |len: usize| Outcome::Ok("x".repeat(len)));
    let mut sandbox = builder()
        .functions(functions)
        .max_host_call_bytes(1 << 30)
        .max_memory_bytes(96 << 20)
        .build()
        .unwrap();
    let program =
        "try: fill(200 << 20)\nexcept MemoryError: print('too much')\nprint(len(fill(9)))";
    assert_eq!(stdout(&mut sandbox, program), "too much\n9\n");
}

/// Arguments of calls that have not ended, replies that nobody takes, and small JSON that becomes much.
#[test]
fn what_calls_hold_of_the_host_is_no_more_than_the_sandbox_may_have() {
    let functions = functions()
        .async_function("keep", |_: Value| std::future::pending::<Outcome<()>>())
        .function("ignore", |_: Value| Outcome::Ok(()));
    let mut sandbox = builder()
        .functions(functions)
        .max_memory_bytes(96 << 20)
        .max_host_calls(2_000)
        .timeout(Duration::from_secs(300))
        .build()
        .unwrap();
    let program = "
import _hatchery_host as host, json, hatchery
def outcomes(name, value, count):
    arguments = json.dumps({'args': [value], 'kwargs': {}})
    tokens = [host.start(name, arguments) for _ in range(count)]
    ends = []
    while done := host.wait(0): ends.append(json.loads(done[2])['type'] if done[1] else 'value')
    for token in tokens: host.cancel(token)
    return {end: ends.count(end) > count // 2 for end in sorted(set(ends))}
print(outcomes('keep', 'x' * (1 << 20), 300))
print(outcomes('echo', 'x' * (1 << 20), 300))
print(outcomes('ignore', 'x' * (1 << 20), 300))
try: ignore([[]] * 1_000_000)
except MemoryError as error: print(str(error)[:8], 'max_memory_bytes' in str(error))";
    assert_eq!(
        stdout(&mut sandbox, program),
        "{'MemoryError': True}
{'MemoryError': True, 'value': False}
{'value': True}
ignore() True\n"
    );
    let stopped =
        sandbox.execute("import _hatchery_host as host\nwhile True: host.start('absent', '{}')");
    match stopped {
        Err(Error::Trap { trap, reason, .. }) => {
            assert_eq!(trap, None, "the host ended it");
            assert!(reason.contains("waited for none"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_hundred_waits_take_the_time_of_one() {
    let functions = HostFunctions::new().async_function("wait", |(n,): (u64,)| async move {
        futures_timer(Duration::from_millis(50)).await;
        Outcome::Ok(n)
    });
    let mut sandbox = with_functions(functions);
    let program =
        "import asyncio\nprint(sum(await asyncio.gather(*[wait(i) for i in range(100)])))";
    let output = sandbox.execute(program).unwrap();
    assert_eq!(output.stdout_text(), "4950\n", "{}", output.stderr_text());
    assert_eq!(output.host_calls, 100);
    // One after the other it would be five seconds.
    assert!(
        output.duration < Duration::from_secs(2),
        "{:?}",
        output.duration
    );
}

/// A timer that needs no runtime.
async fn futures_timer(duration: Duration) {
    let (done, waiting) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        std::thread::sleep(duration);
        let _ = done.send(());
    });
    waiting.await.expect("the thread is there");
}

#[test]
fn a_function_that_never_ends_is_given_up_in_its_time() {
    let functions =
        HostFunctions::new().async_function("hang", |(): ()| std::future::pending::<Outcome<()>>());
    let mut sandbox = builder()
        .functions(functions.clone())
        .host_call_timeout(Duration::from_millis(30))
        .build()
        .unwrap();
    let program = "try: await hang()\nexcept TimeoutError as error: print(error)";
    assert_eq!(
        stdout(&mut sandbox, program),
        "the host function hang() did not end in its time\n"
    );
    // The run's own limit holds while it waits.
    let mut sandbox = builder()
        .functions(functions)
        .timeout(Duration::from_millis(60))
        .build()
        .unwrap();
    assert!(matches!(
        sandbox.execute("await hang()"),
        Err(Error::Timeout { .. })
    ));
    assert!(matches!(sandbox.execute("1"), Err(Error::Poisoned { .. })));
    sandbox.reset().unwrap();
    assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");
    // And Python's own.
    let program = "import asyncio
try:
    async with asyncio.timeout(0.02): await hang()
except TimeoutError: print('python gave up')
task = asyncio.ensure_future(hang()); await asyncio.sleep(0); task.cancel()
try: await task
except asyncio.CancelledError: print('cancelled')";
    let mut sandbox = with_functions(
        HostFunctions::new().async_function("hang", |(): ()| std::future::pending::<Outcome<()>>()),
    );
    assert_eq!(stdout(&mut sandbox, program), "python gave up\ncancelled\n");
}

#[test]
fn a_host_function_may_run_another_sandbox() {
    let inner = parking_lot::Mutex::new(sandbox());
    let functions = HostFunctions::new().function("run", move |source: String| {
        let output = inner.lock().execute(&source)?;
        Outcome::Ok(output.stdout_text().into_owned())
    });
    let mut outer = with_functions(functions);
    assert_eq!(
        stdout(&mut outer, "print(run('print(6 * 7)'), end='')"),
        "42\n"
    );
}

#[test]
fn programs_that_take_the_bridge_apart_harm_only_themselves() {
    let mut sandbox = with_functions(functions());
    for program in [
        "import _hatchery_host as h\nh.call('add', 'not json')",
        "import _hatchery_host as h\nh.call('x' * 100000, '{}')",
        "import _hatchery_host as h\nh.start('later', '{\"args\": 1}'); print(h.wait(-1)); print(h.wait(-1))",
        "import _hatchery_host as h\n[h.cancel(i) for i in range(1000)]",
        "import _hatchery_host as h\nfor i in range(900): h.start('later', '{\"args\":[1],\"kwargs\":{}}')",
        "import _hatchery_host as h\nh.wait(1 << 62) or h.wait(0)",
        "import hatchery\nhatchery._started = None\nawait later(1)",
        "import hatchery\nhatchery._hatchery_host = None\nadd(1, 2)",
        "import json\njson.dumps = lambda *a, **k: '[' * 100000\nadd(1, 2)",
        "import _hatchery\n_hatchery.configure('{}')",
    ] {
        let _ = sandbox.execute(program);
        sandbox.reset().unwrap();
        assert_eq!(
            stdout(&mut sandbox, "print(add(1, 2), await later(1))"),
            "3 10\n",
            "after {program}"
        );
    }
}

#[test]
fn calls_that_a_run_has_left_are_not_the_next_ones() {
    let mut sandbox = with_functions(functions());
    let program = "import asyncio\nkept = [asyncio.ensure_future(later(n)) for n in range(5)]\nawait asyncio.sleep(0)";
    sandbox.execute(program).unwrap();
    sandbox
        .execute("import _hatchery_host as host\nfor n in range(5): host.start('later', '{\"args\":[1],\"kwargs\":{}}')")
        .unwrap();
    assert_eq!(
        stdout(&mut sandbox, "print(host.wait(0), await later(7))"),
        "False 70\n"
    );
}

#[test]
fn names_that_cannot_be_offered_are_refused_when_the_sandbox_is_made() {
    let functions = HostFunctions::new().function("no-name", |(): ()| Outcome::Ok(()));
    let error = builder().functions(functions).build().unwrap_err();
    assert!(matches!(error, Error::HostFunctions { .. }), "{error}");
}

/// Keeps the level and the text of every event.
#[derive(Clone, Default)]
struct Events(Arc<parking_lot::Mutex<Vec<String>>>);

impl tracing::Subscriber for Events {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "hatchery::guest"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        struct Text(String);
        impl tracing::field::Visit for Text {
            fn record_debug(&mut self, _: &tracing::field::Field, text: &dyn std::fmt::Debug) {
                self.0 = format!("{text:?}");
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0
            .lock()
            .push(format!("{} {}", event.metadata().level(), text.0));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn the_log_is_the_hosts() {
    let events = Events::default();
    let mut sandbox = sandbox();
    let program = "import hatchery
hatchery.log('info', 'one'); hatchery.log(40, {'two': 2}); hatchery.log('debug', '\\ud800')
hatchery.log('warning', 'x' * 1000000)
try: hatchery.log('loud', 'x')
except ValueError as error: print(error)";
    let printed =
        tracing::subscriber::with_default(events.clone(), || stdout(&mut sandbox, program));
    assert_eq!(
        printed,
        "unknown level 'loud': it is one of debug, info, warning, warn, error, critical\n"
    );
    let seen = events.0.lock();
    assert_eq!(seen[..3], ["INFO one", "ERROR {'two': 2}", "DEBUG ?"]);
    assert!(
        seen[3].starts_with("WARN xxx") && seen[3].len() < 100_000,
        "cut"
    );
}
