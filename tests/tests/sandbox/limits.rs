use crate::{builder, sandbox};
use hatchery::Error;
use hatchery_tests::stdout;
use std::time::Duration;

#[test]
fn the_time_limit_holds_wherever_the_program_is() {
    let mut sandbox = builder()
        .timeout(Duration::from_millis(150))
        .build()
        .unwrap();
    let nested = format!("x = {}1{}", "(".repeat(80), ")".repeat(80));
    for program in [
        "while True: pass",
        "sum(range(10**12))",
        "pow(7, 10**9)",
        "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')",
        "import time\ntime.sleep(60)",
        "import asyncio\nawait asyncio.sleep(60)",
        "try:\n  while True: pass\nexcept BaseException: pass",
        "while True:\n  try: raise ValueError\n  except ValueError: pass",
        "sorted(range(10**7), key=lambda x: -x) * 10**9",
        "'a' in 'b' * 10**8 or [0] * 10**7\nwhile 1: str(10**2000)",
        "def f():\n  try: f()\n  finally: f()\nf()",
        "import zlib\nwhile 1: zlib.compress(bytes(1 << 20))",
        "import hashlib\nx = bytes(8 << 20)\nwhile 1: hashlib.sha256(x)",
        "compile('+'.join(['x'] * 10**6), '', 'exec')\nwhile 1: pass",
        "import itertools\nlist(itertools.permutations(range(12)))\nwhile 1: pass",
        "class A:\n  def __del__(self):\n    while 1: pass\nA()",
        "print((lambda: (yield from iter(int, 1)))().__next__) or list(iter(int, 1))",
    ] {
        match sandbox.execute(program) {
            Err(Error::Timeout { limit, .. }) => assert_eq!(limit, Duration::from_millis(150)),
            // Some run out of memory first.
            Ok(output)
                if output
                    .exception
                    .as_ref()
                    .is_some_and(|e| e.type_name == "MemoryError") => {}
            other => panic!("{program}: {other:?}"),
        }
        sandbox.reset().unwrap();
        assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n", "after {program}");
    }
    assert_eq!(stdout(&mut sandbox, &nested), "");
}

#[test]
fn processor_time_is_limited_and_waiting_is_not() {
    let mut sandbox = builder()
        .cpu_time(Duration::from_millis(100))
        .build()
        .unwrap();
    assert_eq!(
        stdout(&mut sandbox, "import time; time.sleep(0.3); print(1)"),
        "1\n"
    );
    for program in ["while True: pass", "sum(range(10**12))"] {
        match sandbox.execute(program) {
            Err(Error::CpuTime { limit, .. }) => assert_eq!(limit, Duration::from_millis(100)),
            other => panic!("{program}: {other:?}"),
        }
        assert!(sandbox.is_poisoned());
        sandbox.reset().unwrap();
    }
    assert_eq!(
        stdout(&mut sandbox, "print(1)"),
        "1\n",
        "each run has its own"
    );
    // The time limit holds beside it.
    let mut sandbox = builder()
        .cpu_time(Duration::from_secs(20))
        .timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    assert!(matches!(
        sandbox.execute("while True: pass"),
        Err(Error::Timeout { .. })
    ));
}

#[test]
fn a_stopped_sandbox_says_what_was_printed_and_refuses_to_go_on() {
    let mut sandbox = builder()
        .timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let error = sandbox
        .execute("print('until here')\nwhile True: pass")
        .unwrap_err();
    assert_eq!(error.output().unwrap().stdout_text(), "until here\n");
    assert!(error.to_string().contains("50ms"), "{error}");
    assert!(sandbox.is_poisoned());
    let refused = sandbox.execute("print(1)").unwrap_err();
    assert!(matches!(refused, Error::Poisoned { .. }));
    assert!(refused.to_string().contains("reset"), "{refused}");
    assert!(refused.to_string().contains("deadline"), "{refused}");
    assert!(matches!(
        sandbox.eval::<i64>("1"),
        Err(Error::Poisoned { .. })
    ));
    assert!(matches!(sandbox.compile("1"), Err(Error::Poisoned { .. })));
    sandbox.reset().unwrap();
    assert!(!sandbox.is_poisoned());
    assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");
}

#[test]
fn any_thread_can_cancel() {
    let mut sandbox = sandbox();
    for program in [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "sum(range(10**12))",
    ] {
        let interrupter = sandbox.interrupter();
        let canceller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(30));
            interrupter.interrupt();
        });
        assert!(
            matches!(sandbox.execute(program), Err(Error::Cancelled { .. })),
            "{program}"
        );
        canceller.join().unwrap();
        sandbox.reset().unwrap();
        assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");
    }
}

#[test]
fn a_run_that_was_cancelled_before_it_began_has_no_output() {
    let mut sandbox = sandbox();
    assert_eq!(
        stdout(&mut sandbox, "print('of the run before')"),
        "of the run before\n"
    );
    // As an asynchronous call does until its thread takes it up.
    let wanted = sandbox.interrupter().begin_run();
    assert!(sandbox.interrupter().interrupt());
    let cancelled = sandbox.execute("print(1)").unwrap_err();
    assert_eq!(
        cancelled.to_string(),
        "the program was cancelled before it began"
    );
    assert_eq!(cancelled.output().unwrap().stdout_text(), "");
    drop(wanted);
    assert_eq!(stdout(&mut sandbox, "print(2)"), "2\n", "it has not begun");
}

#[test]
fn an_interrupt_that_finds_no_run_is_not_kept_for_the_next() {
    let mut sandbox = sandbox();
    assert!(!sandbox.interrupter().interrupt());
    assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");
    assert!(!sandbox.interrupter().interrupt(), "it comes late");
    assert_eq!(stdout(&mut sandbox, "print(2)"), "2\n");
}

#[test]
fn memory_past_the_limit_is_a_memory_error_that_programs_can_handle() {
    let mut sandbox = builder().max_memory_bytes(96 << 20).build().unwrap();
    let program = "
kept = []
try:
    while True: kept.append(bytearray(1 << 20))
except MemoryError:
    n = len(kept); kept.clear(); print('stopped', 20 < n < 96)
try: 'x' * (1 << 30)
except MemoryError: print('again')
with open('/tmp/big', 'wb') as f:
    try:
        while True: f.write(bytes(1 << 20))
    except (OSError, MemoryError) as error: print('files too')";
    assert_eq!(
        stdout(&mut sandbox, program),
        "stopped True\nagain\nfiles too\n"
    );
    let too_low = builder().max_memory_bytes(1 << 20).build().unwrap_err();
    assert!(matches!(too_low, Error::MemoryLimitTooLow { .. }));
}

#[test]
fn files_and_recursion_have_their_limits() {
    let mut sandbox = builder()
        .max_open_files(10)
        .recursion_limit(200)
        .build()
        .unwrap();
    let program = "
import errno
kept = []
try:
    for i in range(300): kept.append(open(f'/tmp/{i}', 'w'))
except OSError as error: print(len(kept), error.errno == errno.EMFILE)
kept.clear(); open('/tmp/0').close()
def depth(n):
    try: return depth(n + 1)
    except RecursionError: return n
print(150 < depth(0) < 200)";
    assert_eq!(stdout(&mut sandbox, program), "10 True\nTrue\n");
    sandbox.reset().unwrap();
    assert_eq!(
        stdout(&mut sandbox, program),
        "10 True\nTrue\n",
        "also after a reset"
    );
    let most = "kept = []
try:
    while True: kept.append(open('/tmp/x', 'w'))
except OSError: print(len(kept))";
    assert_eq!(stdout(&mut crate::sandbox(), most), "252\n");
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for (builder, name) in [
        (builder().timeout(Duration::ZERO), "timeout"),
        (
            builder().host_call_timeout(Duration::ZERO),
            "host_call_timeout",
        ),
        (builder().max_output_bytes(0), "max_output_bytes"),
        (builder().recursion_limit(3), "recursion_limit"),
        (builder().env("A=B", ""), "env"),
        (builder().env("", "x"), "env"),
        (builder().env("A", "\0"), "env"),
    ] {
        match builder.build() {
            Err(Error::Setting { name: given, .. }) => assert_eq!(given, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}
