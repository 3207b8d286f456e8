//! Programs that try to get out, to bring the host down, or to leave something behind for whoever comes next.
//!
//! Each ends as it says: by itself, with a Python exception, or at a limit. After each of them the sandbox is reset,
//! and its memory is the golden image and its answers are those of a sandbox that has run nothing. What the host has of
//! files, descriptors, threads, memory and environment is in the end what it was before.

mod bombs;
mod bridge;
mod descriptors;
mod host;
mod interpreter;
mod memory;
mod native;
mod network;
mod paths;
mod recursion;
mod threads;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::host::{HostState, resident_bytes};
use hatchery::{Bytecode, Error, HostError, HostFunctions, Output, Sandbox, SandboxBuilder};
use hatchery_tests::{assert_same_state, repetitions, runtime, stdout};
use serde_json::Value;

/// How it ends, and what it is. `ok`, `exit 3`, `limit` (stopped in its time), `trap` or an exception's type; several
/// of them with `|` between; `any` where it depends on what of CPython is there.
type Program = (&'static str, &'static str);

const THEMES: &[(&str, &[Program])] = &[
    ("paths", paths::PROGRAMS),
    ("descriptors", descriptors::PROGRAMS),
    ("network", network::PROGRAMS),
    ("recursion", recursion::PROGRAMS),
    ("memory", memory::PROGRAMS),
    ("bombs", bombs::PROGRAMS),
    ("native", native::PROGRAMS),
    ("interpreter", interpreter::PROGRAMS),
    ("threads", threads::PROGRAMS),
    ("bridge", bridge::PROGRAMS),
];

const SECRET: &str = "canary-7d1c2f60-of-the-hosts";

/// Asks for all that programs of this corpus have tried to change.
const CHECK: &str = "
import asyncio, atexit, builtins, codecs, decimal, gc, hashlib, json, os, random, signal, sys, threading, types, warnings
def shape(kind): return {n: type(v).__name__ for n, v in vars(kind).items()}
kinds = (int, str, dict, list, tuple, object, type, bytes, float, bool, set, BaseException, Exception, types.CodeType)
facts = [
    [i + 0 for i in range(-5, 257)], [i * 2 - i for i in range(-5, 257)], [chr(i) for i in range(256)], 6 * 7, 2**100, None, True, (), '', b'',
    [(kind.__name__, shape(kind)) for kind in kinds], shape(sys), shape(builtins), shape(json), shape(os), shape(asyncio),
    json.loads(json.dumps({'a': [1, None, 'ü', 0.5]})), sorted(sys.modules), sys.path, sys.argv, sys.getrecursionlimit(),
    sys.gettrace(), sys.getprofile(), sys.excepthook is sys.__excepthook__, sys.stdout is sys.__stdout__, sys.get_int_max_str_digits(),
    sys.getswitchinterval(), len(sys.meta_path), len(sys.path_hooks), hash('hatchery'), len(warnings.filters),
    os.getcwd(), dict(os.environ), {p: sorted(os.listdir(p)) for p in ('/', '/work', '/tmp', '/lib')}, os.path.getsize('/usr/lib/python3.14/os.py') if os.path.exists('/usr/lib/python3.14/os.py') else None,
    gc.isenabled(), gc.get_threshold(), gc.get_debug(), len(gc.callbacks), atexit._ncallbacks(), threading.active_count(), signal.getsignal(2) is signal.default_int_handler,
    codecs.lookup('utf-8').name, b'\\xff'.decode('utf-8', 'replace'), decimal.getcontext().prec, str(decimal.Decimal(1) / 3), f'{1.5:.3f}',
    sorted(globals()), echo([1, 'x']), await later(4), await asyncio.sleep(0, 5),
]
print(hashlib.sha256(repr(facts).encode()).hexdigest(), random.random())
";

/// What `CHECK` finds, and the number that the sandbox drew.
fn check(sandbox: &mut Sandbox) -> (String, String) {
    // The limit that programs get is short for a machine that is busy.
    let printed = (0..10)
        .find_map(|_| match sandbox.execute(CHECK) {
            Ok(output) => Some(output),
            Err(Error::Timeout { .. }) => {
                sandbox.reset().unwrap();
                None
            }
            Err(error) => panic!("{error}"),
        })
        .expect("it ends");
    assert!(printed.success(), "{}", printed.stderr_text());
    let printed = printed.stdout_text().into_owned();
    let (facts, drawn) = printed.trim().split_once(' ').expect("two words");
    (facts.to_owned(), drawn.to_owned())
}

const MEMORY_BYTES_MAX: u64 = 112 << 20;
const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// What handlers have seen of standard output.
static HANDED_ON: AtomicUsize = AtomicUsize::new(0);

fn functions() -> HostFunctions {
    HostFunctions::new()
        .function("echo", |value: Value| Ok::<_, HostError>(value))
        .function("fail", |kind: String| {
            Err::<(), _>(HostError::new(kind, "the reason"))
        })
        .function("panic", |(): ()| -> Result<(), HostError> {
            std::panic::resume_unwind(Box::new("in a host function"))
        })
        .async_function("later", |(n,): (i64,)| async move { Ok::<_, HostError>(n) })
        .async_function("hang", |(): ()| {
            std::future::pending::<Result<(), HostError>>()
        })
        .async_function("keep", |value: Value| async move {
            std::future::pending::<()>().await;
            Ok::<_, HostError>(value)
        })
}

fn builder() -> SandboxBuilder {
    runtime()
        .sandbox_builder()
        .timeout(Duration::from_millis(400))
        .max_memory_bytes(MEMORY_BYTES_MAX)
        .max_output_bytes(OUTPUT_BYTES_MAX as u32)
        .functions(functions())
        .on_stdout(|chunk| {
            HANDED_ON.fetch_add(chunk.len(), Ordering::Relaxed);
        })
        .module("forge", native::FORGE)
}

fn how_it_ended(result: &Result<Output, Error>) -> String {
    match result {
        Ok(output) => match &output.exception {
            Some(exception) => exception.type_name.clone(),
            None if output.success() => "ok".to_owned(),
            None => format!("exit {}", output.exit_code),
        },
        Err(Error::Timeout { .. }) => "limit".to_owned(),
        Err(Error::Trap { .. }) => "trap".to_owned(),
        Err(error) => format!("an unexpected error: {error}"),
    }
}

/// What was printed, however the run ended.
fn output_of(result: &Result<Output, Error>) -> Option<&Output> {
    match result {
        Ok(output) => Some(output),
        Err(error) => error.output(),
    }
}

/// Of a run's end, what must not be.
fn wrong_with(expected: &str, result: &Result<Output, Error>) -> Option<String> {
    let ended = how_it_ended(result);
    // On a slow machine the time limit may come before anything else: see `LIMITS_UNEXPECTED_MAX`.
    let as_expected = ended == "limit"
        || expected.split('|').any(|end| end == ended)
        || expected.split('|').any(|end| end == "any") && !ended.starts_with("an unexpected");
    if !as_expected {
        let stderr = output_of(result).map(|output| output.stderr_text().into_owned());
        return Some(format!(
            "ended as {ended:?} instead of {expected:?}: {stderr:?}"
        ));
    }
    let output = output_of(result)?;
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let has = |word: &str| {
        let word = word.as_bytes();
        said.windows(word.len()).any(|window| window == word)
    };
    // A traceback may quote the line that would have said so.
    let stdout = output.stdout_text();
    (stdout.contains("ESCAPED") || has(SECRET)).then(|| format!("got out: {stdout:.500}"))
}

/// So many programs may run into the time limit though they should end by themselves: on a machine that is loaded. More,
/// and the test would show nothing.
const LIMITS_UNEXPECTED_MAX: usize = 10;

/// What holds one sandbox to its golden state.
struct Guard {
    fresh: Sandbox,
    facts: String,
    drawn: Vec<String>,
}

impl Guard {
    fn new() -> Self {
        let (facts, drawn) = check(&mut builder().build().unwrap());
        Self {
            fresh: builder().build().unwrap(),
            facts,
            drawn: vec![drawn],
        }
    }

    /// Resets the sandbox, and asks whether anything has survived.
    fn revive(&mut self, sandbox: &mut Sandbox, after: &str) {
        sandbox
            .reset()
            .unwrap_or_else(|error| panic!("{after}: {error}"));
        assert!(!sandbox.is_poisoned());
        assert_same_state(sandbox, &mut self.fresh, after);
        let (facts, drawn) = check(sandbox);
        assert_eq!(facts, self.facts, "after {after}");
        assert!(
            !self.drawn.contains(&drawn),
            "{drawn} came twice, after {after}"
        );
        self.drawn.push(drawn);
        sandbox.reset().unwrap();
    }
}

fn each_program(sandbox: &mut Sandbox, guard: &mut Guard, canary: &Path) {
    // Some themes only, with how each program of theirs ends: for whoever adds to them.
    let shown = std::env::var("HATCHERY_TEST_ESCAPES").ok();
    let mut wrong = Vec::new();
    let mut stopped_early = Vec::new();
    for (theme, programs) in THEMES {
        if shown.as_ref().is_some_and(|shown| !shown.contains(theme)) {
            continue;
        }
        for (expected, program) in *programs {
            let program = program.replace("CANARY", canary.to_str().unwrap());
            HANDED_ON.store(0, Ordering::Relaxed);
            let result = sandbox.execute(&program);
            let handed_on = HANDED_ON.load(Ordering::Relaxed);
            assert!(
                handed_on <= OUTPUT_BYTES_MAX,
                "{handed_on} bytes of {program}"
            );
            if shown.is_some() {
                let duration = output_of(&result)
                    .map(|output| output.duration)
                    .unwrap_or_default();
                eprintln!(
                    "{theme} | {expected} | {} | {duration:?} | {program}",
                    how_it_ended(&result)
                );
            }
            let may_be_stopped = expected
                .split('|')
                .any(|end| matches!(end, "limit" | "any"));
            if how_it_ended(&result) == "limit" && !may_be_stopped {
                stopped_early.push(program.clone());
            }
            if let Some(what) = wrong_with(expected, &result) {
                wrong.push(format!("{theme}: {program}\n  {what}"));
            }
            // Whatever the program has made of its files, the host may ask.
            let _ = sandbox.list_dir("/work");
            let _ = sandbox.read_file("/work/f");
            guard.revive(sandbox, &program);
        }
    }
    assert!(
        stopped_early.len() <= LIMITS_UNEXPECTED_MAX,
        "{} programs were stopped before they could show anything:\n{}",
        stopped_early.len(),
        stopped_early.join("\n")
    );
    assert!(
        wrong.is_empty(),
        "{} went wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Bytecode that comes from outside, damaged at every place in turn.
fn damaged_bytecode(sandbox: &mut Sandbox, guard: &mut Guard) {
    let program = "import json\ndef f(x, *a, k=1, **kw):\n  with open('/work/f', 'w') as file: file.write(str(x))\n  return [y async for y in kw] if 0 else json.dumps(a)\nclass A: x = 1\nprint(f(A.x, 2), f'{A.x!r:>5}')";
    let good = sandbox
        .compile(program.replace("async for", "for").as_str())
        .unwrap();
    let good = good.as_bytes();
    sandbox.reset().unwrap();
    let header = 20;
    let damaged = (header..good.len()).step_by(7).flat_map(|at| {
        let mut flipped = good.to_vec();
        flipped[at] ^= 0x80 >> (at % 8);
        let mut huge = good.to_vec();
        let end = huge.len().min(at + 4);
        huge[at..end].fill(0xff);
        [flipped, huge, good[..at].to_vec()]
    });
    for (index, bytes) in damaged.enumerate() {
        let result = sandbox.load_bytecode(&Bytecode::from_bytes(bytes).unwrap());
        assert_eq!(wrong_with("any", &result), None);
        if index % 10 == 0 {
            guard.revive(sandbox, "damaged bytecode");
        } else {
            sandbox.reset().unwrap();
        }
    }
}

/// Words of the guest's memory overwritten at random, while it goes on using Python, files and the bridge; and then all
/// that the host can ask of such a sandbox.
fn damaged_memory(sandbox: &mut Sandbox, guard: &mut Guard) {
    for seed in 0..repetitions("HATCHERY_TEST_ESCAPES_SEEDS", 30) {
        let gap = 1 + seed % 50;
        let program = format!(
            "import forge, random, struct, json, os, asyncio
random.seed({seed}); m = forge.memory()
near = [id(random), id(echo), id(os.write), id(json), id({{}}), id(asyncio), forge.report(m) or 1 << 20, 1 << 16, forge.END // 2]
values = [0, 1, 0xffffffff, 0x7fffffff, 0x80000000, forge.END, id(m), id(None)]
for turn in range(300):
    at = random.choice(near) + random.randrange(-4096, 4096) if turn % 2 else random.randrange(1024, forge.END)
    if turn % {gap} == 0: struct.pack_into('<I', m, at, random.choice(values) if turn % 3 else random.getrandbits(32))
    try:
        with open('/work/f', 'a') as file: file.write('x' * turn)
        echo([turn, 'x' * turn]); print(json.dumps(os.listdir('/work')), turn)
        if turn % 50 == 0: await later(turn)
    except Exception: pass"
        );
        let result = sandbox.execute(&program);
        assert_eq!(wrong_with("any", &result), None, "seed {seed}");
        let _ = sandbox.list_dir("/work");
        let _ = sandbox.read_file("/work/f");
        let _ = sandbox.write_file("/work/g", "x");
        let _ = sandbox.eval::<Value>("[1, 'x' * 1000]");
        let _ = sandbox.call::<Value>("echo", (1,));
        let _ = sandbox.compile("def f(): return 1");
        if let Ok(damaged) = sandbox.checkpoint() {
            let _ = sandbox.execute("print(1)");
            sandbox.rollback(&damaged).unwrap();
        }
        if let Ok(asleep) = sandbox.hibernate() {
            let mut woken = builder().resume(asleep.as_bytes()).unwrap();
            let _ = woken.execute("print(1)");
        }
        for mut fork in sandbox.fork(1).unwrap_or_default() {
            let _ = fork.execute("print(1)");
        }
        guard.revive(sandbox, &format!("damaged memory, seed {seed}"));
    }
}

/// One test, as the host's state is that of the whole process.
#[test]
fn nothing_gets_out_and_nothing_stays() {
    let canary = tempfile::tempdir().unwrap();
    std::fs::write(canary.path().join("secret"), SECRET).unwrap();
    let mut guard = Guard::new();
    let mut bystander = builder().build().unwrap();
    stdout(
        &mut bystander,
        "kept = {'mine': [1, 2, 3]}; open('/work/mine', 'w').write('mine')",
    );
    let mut sandbox = builder().build().unwrap();
    guard.revive(&mut sandbox, "nothing");

    let image = runtime().golden().image().clone();
    let golden = blake3::hash(image.as_bytes());
    let host = HostState::now(canary.path());
    let (resident, _) = resident_bytes();

    each_program(&mut sandbox, &mut guard, canary.path());
    damaged_bytecode(&mut sandbox, &mut guard);
    damaged_memory(&mut sandbox, &mut guard);

    assert_eq!(HostState::now(canary.path()), host);
    assert_eq!(blake3::hash(image.as_bytes()), golden, "the golden image");
    let (resident_now, resident_peak) = resident_bytes();
    let grown = resident_now.saturating_sub(resident);
    // What the allocator and idle slots keep is some tens of MiB; what the programs took together is thousands.
    assert!(
        grown < 2 * MEMORY_BYTES_MAX,
        "the host has grown by {grown} bytes"
    );
    // A sandbox's memory, as much again for what it sends to the host, and what the host makes of that.
    let peak = resident_peak.saturating_sub(resident);
    assert!(
        peak < 4 * MEMORY_BYTES_MAX,
        "the host had {peak} bytes more for a while"
    );
    assert_eq!(
        stdout(
            &mut bystander,
            "print(kept, open('/work/mine').read(), echo(5), 2 + 2)"
        ),
        "{'mine': [1, 2, 3]} mine 5 4\n"
    );
    let (facts, _) = check(&mut builder().build().unwrap());
    assert_eq!(facts, guard.facts);
}
