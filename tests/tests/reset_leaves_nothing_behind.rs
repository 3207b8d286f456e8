//! After a reset the whole memory, its length and the globals are a fresh instance's.

use std::time::{Duration, Instant};

use hatchery::{Error, Output};
use hatchery_tests::{assert_same_state, repetitions, runtime, stdout};

type EndedWell = fn(Result<Output, Error>) -> bool;

/// What a hostile or clumsy program leaves in its sandbox, and how each ends.
const PROGRAMS: &[(&str, EndedWell)] = &[
    // Writes all over memory: objects of every size class, freed and kept.
    (
        "import gc\nkept = [bytes([i % 256]) * (i * 37 % 5000) for i in range(20000)]\n\
         del kept[::2]\ngc.collect()\nkept2 = {i: str(i) * 10 for i in range(50000)}",
        |result| result.is_ok_and(|output| output.success()),
    ),
    (
        "import sys, json\nsys.modules.clear()\nraise SystemError('after wrecking sys.modules')",
        |result| result.is_ok_and(|output| output.exit_code == 1),
    ),
    ("import sys; sys.exit(5)", |result| {
        result.is_ok_and(|output| output.exit_code == 5)
    }),
    ("import os; os._exit(6)", |result| {
        result.is_ok_and(|output| output.exit_code == 6)
    }),
    ("def f(n): return f(n + 1)\nf(0)", |result| {
        result.is_ok_and(|output| output.stderr_text().contains("RecursionError"))
    }),
    ("import json; json.loads('[' * 100000)", |result| {
        result.is_ok_and(|output| output.stderr_text().contains("RecursionError"))
    }),
    // Grows memory by 64 MiB and writes to each of its pages.
    (
        "grown = bytearray(64 << 20)\nfor i in range(0, len(grown), 4096): grown[i] = 255",
        |result| result.is_ok_and(|output| output.success()),
    ),
    ("while True: pass", |result| {
        matches!(result, Err(Error::Timeout { .. }))
    }),
    (
        "grown = bytearray(32 << 20)\nwhile True:\n for i in range(0, len(grown), 4096): grown[i] ^= 1",
        |result| matches!(result, Err(Error::Timeout { .. })),
    ),
    // A chain of iterators overflows the native stack: a trap, in CPython itself a crash.
    (
        "x = iter(())\nfor i in range(3000000): x = map(int, x)\nnext(x)",
        |result| {
            let trap = Some(hatchery::Trap::StackOverflow);
            matches!(result, Err(Error::Trap { trap: found, .. }) if found == trap)
        },
    ),
    ("open('/work/left', 'w').write('x' * 1_000_000)", |result| {
        result.is_ok_and(|o| o.success())
    }),
];

#[test]
fn over_and_over() {
    let builder = || {
        runtime()
            .sandbox_builder()
            .timeout(Duration::from_millis(300))
    };
    let mut fresh = builder().build().unwrap();
    let mut sandbox = builder().build().unwrap();
    for round in 0..repetitions("HATCHERY_TEST_RESETS", 100) {
        let (program, ended_well) = PROGRAMS[round % PROGRAMS.len()];
        // Writing all over memory may need longer than the cut-off on a busy machine.
        let mut patient = builder().timeout(Duration::from_secs(60)).build().unwrap();
        let subject = if program.contains("while True") {
            &mut sandbox
        } else {
            &mut patient
        };
        let result = subject.execute(program);
        assert!(ended_well(result), "round {round}: {program}");
        subject.reset().unwrap();
        assert!(!subject.is_poisoned());
        assert_same_state(subject, &mut fresh, program);
        assert_eq!(stdout(subject, "print(6 * 7)"), "42\n", "after {program}");
        subject.reset().unwrap();
    }
}

#[test]
fn a_poisoned_sandbox_runs_nothing_until_it_is_reset() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let error = sandbox
        .execute("print('seen'); while_true = 1\nwhile True: pass")
        .unwrap_err();
    assert_eq!(error.output().unwrap().stdout_text(), "seen\n");
    assert!(sandbox.is_poisoned());
    assert!(matches!(
        sandbox.execute("print(1)"),
        Err(Error::Poisoned { .. })
    ));
    sandbox.reset().unwrap();
    assert_eq!(
        stdout(&mut sandbox, "print('while_true' in globals())"),
        "False\n"
    );
}

#[test]
fn a_timeout_holds_wherever_the_program_is() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let programs = [
        "while True: pass",
        "import time; time.sleep(60)",
        "import asyncio; asyncio.run(asyncio.sleep(60))",
        "sum(range(10**12))",
        "import re; re.match(r'(a+)+$', 'a' * 64 + 'b')",
        "pow(3, 10**9)",
        "x = '[' + '1,' * 10**7 + ']'\nwhile True: compile(x, '', 'eval')",
        "try:\n  while True: pass\nexcept BaseException: pass\nwhile True: pass",
    ];
    for program in programs {
        let begun = Instant::now();
        let result = sandbox.execute(program);
        let elapsed = begun.elapsed();
        assert!(
            matches!(result, Err(Error::Timeout { .. })),
            "{program}: {result:?}"
        );
        // The promise is 2 ms past the deadline and measured elsewhere; this is for a busy machine.
        assert!(
            elapsed < Duration::from_secs(2),
            "{program} took {elapsed:?}"
        );
        sandbox.reset().unwrap();
    }
}
