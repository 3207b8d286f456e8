//! Two hundred tenants do random work that goes wrong in all ways, in a process that is killed and started again. Each
//! leaves a secret of its own wherever it can, and none may see another's.

use crate::crashes::open;
use crate::stored::Asked;
use futures_lite::future::block_on;
use hatchery::{HostError, HostFunctions, Sandbox};
use hatchery_pool::{
    Lease, LeasedSandbox, Origin, Pool, Session, SessionKey, SessionStore, TenantSettings,
};
use hatchery_tests::{repetitions, runtime};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

const STORE: &str = "HATCHERY_TEST_TENANTS_STORE";
const SEED: &str = "HATCHERY_TEST_TENANTS_SEED";
const TENANTS: u64 = 200;
/// So many sessions are stored before the server is killed.
const STORED_MIN: usize = 40;
/// What every secret begins with. It is nowhere in the golden snapshot, as no program holds it in one piece.
const SECRET: &[u8] = b"secret-of-tenant-";

/// Small and good enough to choose with.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// Leaves the tenant's secret in memory, in a file, on the stack and in what is freed.
fn leave_secret(tenant: u64) -> String {
    format!(
        "
secret = '-'.join(['secret', 'of', 'tenant', '{tenant:05}', '{tenant:05}'])
copies = [secret + str(i) for i in range(50)]
freed = [(secret * 20) + str(i) for i in range(50)]; del freed
with open('/work/secret', 'w') as file: file.write(secret * 100)
def deep(n, s): return n and deep(n - 1, s + 'x')
deep(50, secret)
print(secret)
"
    )
}

/// Ways in which a run ends.
const ENDINGS: [&str; 9] = [
    "pass",
    "1 / 0",
    "while True: pass",
    "block = [bytes(1 << 20) for _ in range(1 << 20)]",
    "import os; os._exit(3)",
    "raise SystemExit(1)",
    "x = ()\nfor _ in range(300_000): x = (x,)\nhash(x)",
    "panic()",
    "import time; time.sleep(10)",
];

fn pool(store: Arc<dyn SessionStore>, cpu_time: Duration) -> Pool {
    let functions = HostFunctions::new().function("panic", |(): ()| -> Result<(), HostError> {
        std::panic::panic_any("a host function of the test's")
    });
    let sandbox = runtime()
        .sandbox_builder()
        .functions(functions)
        .cpu_time(cpu_time)
        .timeout(10 * cpu_time)
        .max_memory_bytes(64 << 20);
    let pool = Pool::builder(sandbox)
        .max_size(24)
        .min_idle(2)
        .tenant_max_leases(2)
        .max_session_memory_bytes(2 << 20)
        .recycle_after(Duration::from_micros(500))
        .shared_store(store)
        .session_key([3; 32])
        .build()
        .unwrap();
    // Some trust each other, and may meet after a reset in place.
    for tenant in 0..20 {
        let settings = TenantSettings::new().trust_group("friends");
        pool.set_tenant(&format!("t{tenant}"), settings).unwrap();
    }
    pool
}

/// Looks for secrets in all memory that is not shared with the golden snapshot.
fn secrets(sandbox: &Sandbox) -> Vec<String> {
    let page = cow_memory::page_bytes();
    let memory = sandbox.memory();
    let mut found = Vec::new();
    for run in sandbox.dirty_pages().unwrap().runs() {
        let end = (run.end as usize * page).min(memory.len());
        let Some(bytes) = memory.get(run.start as usize * page..end) else {
            continue;
        };
        for at in memchr::memmem::find_iter(bytes, SECRET) {
            let name = &bytes[at + SECRET.len()..];
            // What was freed may be written over by a pointer that looks like a digit: a secret says its number twice.
            if let (Some(first), Some(second)) = (name.get(..5), name.get(6..11))
                && first == second
                && first.iter().all(u8::is_ascii_digit)
            {
                found.push(String::from_utf8_lossy(first).into_owned());
            }
        }
    }
    found
}

fn assert_no_secret_of_others(sandbox: &Sandbox, own: Option<u64>, when: &str) {
    let own = own.map(|tenant| format!("{tenant:05}"));
    for found in secrets(sandbox) {
        assert_eq!(Some(&found), own.as_ref(), "{when}: the secret of {found}");
    }
}

/// Runs a program that must succeed; says whether the busy machine let it end in time.
fn ran(sandbox: &mut LeasedSandbox<'_>, program: &str) -> bool {
    match sandbox.execute(program) {
        Ok(output) => {
            assert!(output.success(), "{program} {}", output.stderr_text());
            true
        }
        Err(hatchery::Error::Timeout { .. } | hatchery::Error::CpuTime { .. }) => false,
        Err(error) => panic!("{program}: {error}"),
    }
}

/// One lease of one tenant's, plain or of a session.
fn work(pool: &Pool, dice: &mut Dice) {
    let tenant = dice.roll(TENANTS);
    let name = format!("t{tenant}");
    let ending = ENDINGS[dice.roll(ENDINGS.len() as u64) as usize];
    if dice.roll(2) == 0 {
        let mut lease = pool.get_blocking(&name).unwrap();
        let mut sandbox = lease.blocking().unwrap();
        assert_no_secret_of_others(&sandbox, None, "a lease begins");
        if ran(&mut sandbox, &leave_secret(tenant)) {
            finish(dice, Held::Lease(lease), ending);
        }
        return;
    }
    let mut session = pool.session_blocking(&name, "work").unwrap();
    let origin = session.origin();
    let mut sandbox = session.blocking().unwrap();
    let own = (origin != Origin::Fresh).then_some(tenant);
    assert_no_secret_of_others(&sandbox, own, "a session begins");
    if origin != Origin::Fresh {
        let check = format!(
            "assert secret == '-'.join(['secret', 'of', 'tenant', '{tenant:05}', '{tenant:05}']), secret\n\
             assert open('/work/secret').read() == secret * 100\nprint(count)"
        );
        if !ran(&mut sandbox, &check) {
            return;
        }
    }
    let program = leave_secret(tenant) + "count = globals().get('count', 0) + 1\n";
    if !ran(&mut sandbox, &program) {
        return;
    }
    if dice.roll(3) == 0
        && let Ok(count) = sandbox.eval::<u64>("count")
    {
        let count = count.value;
        block_on(session.save()).unwrap();
        let line = format!("stored {tenant} {count}\n");
        std::io::stdout().write_all(line.as_bytes()).unwrap();
        std::io::stdout().flush().unwrap();
    }
    finish(dice, Held::Session(session), ending);
}

/// Ends a lease by a run that ends in some way, or is given up in the middle.
fn finish(dice: &mut Dice, mut held: Held, ending: &str) {
    let polls = dice.roll(4);
    if polls == 0 {
        let mut sandbox = match &mut held {
            Held::Lease(lease) => lease.blocking(),
            Held::Session(session) => session.blocking(),
        }
        .unwrap();
        // A panic of a host function's comes through; the sandbox is returned by the unwinding otherwise.
        let run = std::panic::AssertUnwindSafe(|| drop(sandbox.execute(ending)));
        let _ = std::panic::catch_unwind(run);
        return;
    }
    let run = async {
        match &mut held {
            Held::Lease(lease) => lease.execute(ending).await,
            Held::Session(session) => session.execute(ending).await,
        }
    };
    let mut run = std::pin::pin!(run);
    for _ in 0..polls {
        if block_on(futures_lite::future::poll_once(run.as_mut())).is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

enum Held {
    Lease(Lease),
    Session(Session),
}

/// The process that serves the tenants until it is killed.
#[test]
#[ignore = "the process that is killed; the test below starts it"]
fn server() {
    let path = std::env::var(STORE).expect("it is started by a test");
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    // Panics of host functions are a part of this; those of assertions end the process with a message.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if info.payload().downcast_ref::<&str>() != Some(&"a host function of the test's") {
            usual(info);
            std::process::abort();
        }
    }));
    let pool = pool(open(&path), Duration::from_millis(60));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let pool = &pool;
            let mut dice = Dice((seed * 4 + thread + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            scope.spawn(move || {
                loop {
                    work(pool, &mut dice);
                }
            });
        }
    });
}

#[test]
fn two_hundred_tenants_never_meet_and_lose_nothing_whatever_goes_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store").to_str().unwrap().to_owned();
    let seconds = repetitions("HATCHERY_TEST_TENANTS_SECONDS", 3) as u64;
    let mut stored = std::collections::HashMap::new();
    for round in 0..3_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tenants::server", "--ignored", "--nocapture"])
            .env(STORE, &path)
            .env(SEED, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, told) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in lines {
                let Ok(line) = line else { break };
                let words: Vec<&str> = line.split_whitespace().collect();
                if let [.., "stored", tenant, count] = words[..]
                    && let (Ok(tenant), Ok(count)) = (tenant.parse::<u64>(), count.parse::<u64>())
                {
                    let _ = tell.send((tenant, count));
                }
            }
        });
        // For a while, and on a busy machine until enough was done to prove something.
        let (begun, mut new) = (Instant::now(), 0);
        while begun.elapsed() < Duration::from_secs(seconds)
            || new < STORED_MIN && begun.elapsed() < Duration::from_secs(120)
        {
            match told.recv_timeout(Duration::from_millis(10)) {
                Ok((tenant, count)) => {
                    stored.insert(tenant, count);
                    new += 1;
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        let ended = child.try_wait().unwrap();
        if ended.is_none() {
            child.kill().unwrap();
        }
        reader.join().unwrap();
        stored.extend(told.try_iter());
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(ended.is_none(), "it ended by itself: {errors}");
        assert!(new >= STORED_MIN, "too little was done: {new} {errors}");
        let store = open(&path);
        let pool = pool(store.clone(), Duration::from_secs(5));
        for (tenant, count) in &stored {
            let name = format!("t{tenant}");
            let key = SessionKey::new(name.as_str(), "work").unwrap();
            assert!(store.found(&key).is_some(), "{key} is lost");
            let mut session = pool.session_blocking(&name, "work").unwrap();
            let mut sandbox = session.blocking().unwrap();
            assert_no_secret_of_others(&sandbox, Some(*tenant), "after the restart");
            let found: u64 = sandbox.eval("count").unwrap().value;
            assert!(found >= *count, "{key} has {found}, said was {count}");
        }
    }
}
