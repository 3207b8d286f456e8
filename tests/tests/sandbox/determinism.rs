use crate::{builder, sandbox};
use hatchery::Clock;
use hatchery_tests::{repetitions, runtime, stdout};
use std::collections::HashSet;
use std::time::{Duration, SystemTime};

const DRAW: &str = "import random, uuid, secrets, os, tempfile
print(random.random(), uuid.uuid4(), secrets.token_hex(), os.urandom(8).hex(), random.getstate()[1][0])
print(random.Random().random(), next(tempfile._get_candidate_names()))";

#[test]
fn no_two_sandboxes_draw_the_same() {
    let count = repetitions("HATCHERY_TEST_CLONES", 200);
    let mut seen: [HashSet<String>; 7] = Default::default();
    for _ in 0..count {
        let drawn = stdout(&mut sandbox(), DRAW);
        for (seen, drawn) in seen.iter_mut().zip(drawn.split_whitespace()) {
            assert!(seen.insert(drawn.to_owned()), "{drawn} came twice");
        }
    }
    assert!(seen.iter().all(|seen| seen.len() == count));
}

#[test]
fn resets_draw_anew_and_seeds_draw_the_same_again() {
    let mut free = sandbox();
    let first = stdout(&mut free, DRAW);
    free.reset().unwrap();
    assert_ne!(stdout(&mut free, DRAW), first);

    let seeded = builder().seed(42);
    let first = stdout(&mut seeded.build().unwrap(), DRAW);
    for _ in 0..3 {
        let mut sandbox = seeded.build().unwrap();
        assert_eq!(stdout(&mut sandbox, DRAW), first);
        assert_ne!(stdout(&mut sandbox, DRAW), first, "the stream goes on");
        sandbox.reset().unwrap();
        assert_eq!(stdout(&mut sandbox, DRAW), first);
        sandbox.reset_strict().unwrap();
        assert_eq!(stdout(&mut sandbox, DRAW), first);
    }
    assert_ne!(
        stdout(&mut builder().seed(43).build().unwrap(), DRAW),
        first
    );
}

#[test]
fn programs_seed_their_own_generators_as_ever() {
    let mut sandbox = sandbox();
    let program = "import random\nrandom.seed(1)\nprint(random.random(), random.getrandbits(8), random.gauss(0, 1))";
    let first = stdout(&mut sandbox, program);
    assert!(
        first.starts_with("0.13436424411240122 "),
        "CPython's own sequence: {first}"
    );
    assert_eq!(stdout(&mut sandbox, program), first);
    let state = "import random\ns = random.getstate()\na = random.random()\nrandom.setstate(s)\nprint(a == random.random())";
    assert_eq!(stdout(&mut crate::sandbox(), state), "True\n");
}

#[test]
fn a_fixed_clock_stands_still_but_for_sleeps() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let mut sandbox = builder().clock(Clock::Fixed(time)).build().unwrap();
    let program = "import time, datetime, asyncio
print(time.time(), datetime.datetime.now(datetime.UTC).isoformat(), time.monotonic())
time.sleep(3600)
print(time.time(), time.monotonic())
await asyncio.sleep(60)
print(time.time())";
    let expected =
        "1000000000.0 2001-09-09T01:46:40+00:00 0.0\n1000003600.0 3600.0\n1000003660.0\n";
    let output = sandbox.execute(program).unwrap();
    assert_eq!(output.stdout_text(), expected);
    sandbox.reset().unwrap();
    assert_eq!(
        stdout(&mut sandbox, program),
        expected,
        "a reset turns it back"
    );
    let mut now = crate::sandbox();
    let seconds: f64 = now.eval("__import__('time').time()").unwrap().value;
    let host = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    assert!((host - seconds).abs() < 60.0);
}

#[test]
fn the_hash_secret_is_the_snapshots() {
    let hash =
        |sandbox: &mut hatchery::Sandbox| sandbox.eval::<i64>("hash('hatchery')").unwrap().value;
    let (mut a, mut b) = (sandbox(), sandbox());
    assert_eq!(
        hash(&mut a),
        hash(&mut b),
        "it cannot differ: CPython's own strings are hashed with it"
    );
    assert_eq!(
        runtime().sandbox().map(|mut s| hash(&mut s)).unwrap(),
        hash(&mut a)
    );
}
