use crate::{Outcome, builder, sandbox};
use hatchery::{Clock, Error, HostFunctions, ResumeError, Runtime};
use hatchery_tests::{runtime, stdout};
use std::time::{Duration, SystemTime};

const LIVE: &str = "
def counter():
    n = 0
    while True:
        n += 1
        yield n
class Node:
    def __init__(self, parent, n): self.parent, self.n = parent, n
numbers = counter(); next(numbers); next(numbers)
nodes = [Node(None, i) for i in range(20)]
table = {f'key{i}': i * i for i in range(50)}
file = open('/work/notes', 'w+'); file.write('first line\\nsecond line\\n'); file.seek(0); file.readline()
";
const ASK: &str = "print(next(numbers), nodes[7].n, table['key9'], file.readline().strip())";
const ANSWER: &str = "3 7 81 second line\n";

#[test]
fn a_session_wakes_where_it_fell_asleep() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, LIVE);
    let asleep = sandbox.hibernate().unwrap();
    assert_eq!(
        stdout(&mut sandbox, ASK),
        ANSWER,
        "the sandbox itself stays awake"
    );
    drop(sandbox);
    for _ in 0..2 {
        let mut awake = runtime().resume(&asleep).unwrap();
        assert_eq!(stdout(&mut awake, ASK), ANSWER);
        awake.reset().unwrap();
        assert_eq!(awake.execute("numbers").unwrap().exit_code, 1);
    }
    let fresh = crate::sandbox().hibernate().unwrap();
    assert!(
        fresh.len_bytes() < 1000,
        "{}: there is nothing to keep",
        fresh.len_bytes()
    );
    assert_eq!(
        stdout(&mut runtime().resume(&fresh).unwrap(), "print(1)"),
        "1\n"
    );
}

#[test]
fn a_checkpoint_is_put_to_sleep_whatever_the_sandbox_has_become() {
    let (mut sandbox, key) = (
        builder()
            .timeout(Duration::from_millis(300))
            .build()
            .unwrap(),
        [5; 32],
    );
    stdout(&mut sandbox, LIVE);
    let checkpoint = sandbox.checkpoint().unwrap();
    assert!(sandbox.execute("nodes = None\nwhile True: pass").is_err());
    assert!(sandbox.is_poisoned() && sandbox.hibernate().is_err());
    drop(sandbox);
    let asleep = checkpoint.hibernate(None).unwrap();
    assert_eq!(stdout(&mut runtime().resume(&asleep).unwrap(), ASK), ANSWER);
    let sealed = checkpoint.hibernate(Some(&key.into())).unwrap();
    assert!(runtime().resume(&sealed).is_err());
    let mut awake = builder().sealing_key(key).resume(&sealed).unwrap();
    assert_eq!(stdout(&mut awake, ASK), ANSWER);
}

#[test]
fn it_wakes_byte_for_byte() {
    let mut sandbox = builder().seed(3).build().unwrap();
    stdout(&mut sandbox, LIVE);
    stdout(
        &mut sandbox,
        "import random\nrandom.random()\nbig = bytearray(b'ab') * (4 << 20)",
    );
    let asleep = sandbox.hibernate().unwrap();
    let mut awake = runtime().resume(&asleep).unwrap();
    assert_eq!(blake3::hash(awake.memory()), blake3::hash(sandbox.memory()));
    assert_eq!(
        format!("{:?}", awake.globals()),
        format!("{:?}", sandbox.globals())
    );
    let draw = "import random, os\nprint(random.random(), os.urandom(8))";
    assert_eq!(
        stdout(&mut awake, draw),
        stdout(&mut sandbox, draw),
        "the seed's stream goes on"
    );
}

#[test]
fn another_process_s_runtime_wakes_it_too() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, LIVE);
    let asleep = sandbox.hibernate().unwrap();
    let other = Runtime::new().unwrap();
    assert_eq!(
        stdout(&mut other.resume(asleep.as_bytes()).unwrap(), ASK),
        ANSWER
    );
}

#[test]
fn what_is_damaged_foreign_or_too_large_is_refused() {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, LIVE);
    let asleep = sandbox.hibernate().unwrap();
    let refusal = |bytes: &[u8]| match runtime().resume(bytes) {
        Err(Error::Resume(error)) => error,
        other => panic!("{other:?}"),
    };
    let bytes = asleep.as_bytes();
    for at in (0..bytes.len()).step_by(bytes.len() / 200 + 1) {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 0x10;
        refusal(&damaged);
        refusal(&bytes[..at]);
    }
    assert!(matches!(
        refusal(b""),
        ResumeError::NotASession | ResumeError::Damaged
    ));
    assert!(matches!(refusal(b"HATCHing"), ResumeError::NotASession));
    let mut newer = bytes.to_vec();
    newer[8] = 9;
    assert!(matches!(refusal(&newer), ResumeError::Version { found: 9 }));

    stdout(&mut sandbox, "big = bytearray(100 << 20)");
    let large = sandbox.hibernate().unwrap();
    let small = builder().max_memory_bytes(64 << 20);
    assert!(matches!(
        small.resume(&large),
        Err(Error::Resume(ResumeError::TooLarge { .. }))
    ));
    assert_eq!(
        stdout(&mut builder().resume(&large).unwrap(), "print(len(big))"),
        "104857600\n"
    );
}

#[test]
fn a_key_vouches_for_a_session() {
    let (key, other) = ([1; 32], [2; 32]);
    let with = |key: [u8; 32]| builder().sealing_key(key);
    let mut sandbox = with(key).build().unwrap();
    stdout(&mut sandbox, "x = 5");
    let asleep = sandbox.hibernate().unwrap();
    let plain = sandbox.checkpoint().unwrap().hibernate(None).unwrap();
    let mut awake = with(key).resume(&asleep).unwrap();
    assert_eq!(stdout(&mut awake, "print(x)"), "5\n");
    assert!(matches!(
        builder().resume(&asleep),
        Err(Error::Resume(ResumeError::KeyNeeded))
    ));
    assert!(matches!(
        with(other).resume(&asleep),
        Err(Error::Resume(ResumeError::Damaged))
    ));
    assert!(matches!(
        with(key).resume(&plain),
        Err(Error::Resume(ResumeError::NotAuthenticated))
    ));
}

#[test]
fn a_session_keeps_its_functions_environment_and_clock() {
    let functions = HostFunctions::new().function("add", |(a, b): (i64, i64)| Outcome::Ok(a + b));
    let clock = Clock::Fixed(SystemTime::UNIX_EPOCH);
    let builder = builder()
        .functions(functions)
        .env("K", "v")
        .clock(clock)
        .file("/work/given", "as given");
    let mut sandbox = builder.build().unwrap();
    stdout(
        &mut sandbox,
        "import time\ntime.sleep(90)\nopen('/work/given', 'w').write('changed')",
    );
    let asleep = sandbox.hibernate().unwrap();
    let mut awake = builder.resume(&asleep).unwrap();
    let program = "import os
print(add(1, 2), os.environ['K'], time.time(), open('/work/given').read())";
    assert_eq!(stdout(&mut awake, program), "3 v 90.0 changed\n");
    // Where the functions are not offered, calling them is an error.
    let mut without = runtime().resume(&asleep).unwrap();
    assert_eq!(
        without
            .execute("add(1, 2)")
            .unwrap()
            .exception
            .unwrap()
            .type_name,
        "NameError"
    );
}
