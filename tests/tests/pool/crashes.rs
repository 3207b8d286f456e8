//! A process that is killed in the middle of its work loses nothing that it said was stored.
//!
//! This test binary runs itself as the process that is killed: [`worker`] does nothing unless it is told to.

use futures_lite::future::block_on;
use hatchery_pool::{FolderStore, Pool, RedbStore, SessionStore, StoreError};
use hatchery_tests::{repetitions, runtime};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const STORE: &str = "HATCHERY_TEST_CRASHING_STORE";
const SESSIONS: usize = 12;

/// Opens a store that a pool of the test's may still be about to close.
pub(crate) fn open(store: &str) -> Arc<dyn SessionStore> {
    let begun = Instant::now();
    loop {
        let opened: Result<Arc<dyn SessionStore>, StoreError> = if store.ends_with(".redb") {
            RedbStore::open(store).map(|store| Arc::new(store) as _)
        } else {
            FolderStore::open(store).map(|store| Arc::new(store) as _)
        };
        match opened {
            Ok(store) => return store,
            Err(StoreError::InUse { .. }) if begun.elapsed() < Duration::from_secs(10) => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn pool(store: &str) -> Pool {
    Pool::builder(runtime().sandbox_builder())
        .max_size(4)
        .shared_store(open(store))
        .session_key([7; 32])
        .build()
        .unwrap()
}

/// What a session holds in its `count`-th version: enough that a mixture of two would show.
const ADVANCE: &str = "
count = globals().get('count', 0) + 1
trail = [count] * 2000
text = f'{count} ' * 500
print(count)
";
const CHECK: &str = "
assert trail == [count] * 2000 and text == f'{count} ' * 500, 'a mixture'
print(count)
";

/// Advances sessions for ever and says which version of which is stored.
#[test]
#[ignore = "the process that is killed; the tests below start it"]
fn worker() {
    let store = std::env::var(STORE).expect("it is started by a test");
    let pool = pool(&store);
    let threads: Vec<_> = (0..3_usize)
        .map(|thread| {
            let pool = pool.clone();
            std::thread::spawn(move || {
                for turn in 0.. {
                    let number = (turn * 7 + thread) % SESSIONS;
                    let name = format!("s{number}");
                    let mut session = pool.session_blocking("ana", &name).unwrap();
                    let output = session.blocking().unwrap().execute(ADVANCE).unwrap();
                    if turn % 2 == 0 {
                        block_on(session.save()).unwrap();
                        // In one piece, and before anyone else can advance the session.
                        let line = format!("stored {number} {}", output.stdout_text());
                        std::io::stdout().write_all(line.as_bytes()).unwrap();
                        std::io::stdout().flush().unwrap();
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Starts the worker, kills it after a while, and gives the versions that it said were stored.
fn run_and_kill(store: &str, after: Duration) -> HashMap<usize, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::worker", "--ignored", "--nocapture"])
        .env(STORE, store)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || {
        let mut stored = HashMap::new();
        for line in output.lines() {
            let Ok(line) = line else { break };
            let words: Vec<&str> = line.split_whitespace().collect();
            // The last line may be cut.
            if let [.., "stored", number, count] = words[..]
                && let (Ok(number), Ok(count)) = (number.parse(), count.parse::<u64>())
            {
                stored.insert(number, count);
            }
        }
        stored
    });
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

fn nothing_stored_is_lost(store: &Path) {
    let store = store.to_str().unwrap();
    let mut stored: HashMap<usize, u64> = HashMap::new();
    let rounds = repetitions("HATCHERY_TEST_CRASHES", 3);
    for round in 0..rounds {
        let after = Duration::from_millis(700 + (round as u64 * 137) % 500);
        stored.extend(run_and_kill(store, after));
        let pool = pool(store);
        for (number, count) in &stored {
            let mut session = pool.session_blocking("ana", &format!("s{number}")).unwrap();
            let output = session.blocking().unwrap().execute(CHECK).unwrap();
            assert!(output.success(), "{}", output.stderr_text());
            let found: u64 = output.stdout_text().trim().parse().unwrap();
            // A later version may have been stored and not said so in time.
            assert!(found >= *count, "s{number} has {found}, said was {count}");
        }
    }
    assert!(
        stored.len() == SESSIONS,
        "too little was stored: {stored:?}"
    );
}

#[test]
fn nothing_stored_in_a_folder_is_lost_when_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    nothing_stored_is_lost(&dir.path().join("folder"));
}

#[test]
fn nothing_stored_in_a_database_is_lost_when_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    nothing_stored_is_lost(&dir.path().join("sessions.redb"));
}
