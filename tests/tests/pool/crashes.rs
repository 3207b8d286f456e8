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
use std::sync::{Arc, mpsc};
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

/// When the worker is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it was started: while it starts, opens its store, or works.
    Started(Duration),
    /// So long after it has said so many times that something is stored.
    Stored(usize, Duration),
}

/// Starts the worker, kills it, and gives the versions that it said were stored.
fn run_and_kill(store: &str, moment: Moment) -> HashMap<usize, u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crashes::worker", "--ignored", "--nocapture"])
        .env(STORE, store)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let (tell, told) = mpsc::channel();
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
                let _ = tell.send(());
            }
        }
        stored
    });
    let wait = match moment {
        Moment::Started(wait) => wait,
        Moment::Stored(times, wait) => {
            for _ in 0..times {
                told.recv_timeout(Duration::from_secs(60))
                    .expect("something is stored");
            }
            wait
        }
    };
    std::thread::sleep(wait);
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

/// Moments from the first one of the process's life on, most of them in the middle of its work.
fn moments() -> impl Iterator<Item = Moment> {
    let mut random = u64::from(std::process::id()) | 1;
    let mut dice = move |sides: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % sides
    };
    let rounds = repetitions("HATCHERY_TEST_CRASHES", 12);
    (0..rounds).map(move |round| match round % 4 {
        0 => Moment::Started(Duration::from_micros(dice(400_000))),
        _ => Moment::Stored(dice(30) as usize, Duration::from_micros(dice(20_000))),
    })
}

fn nothing_stored_is_lost(store: &Path) {
    let store = store.to_str().unwrap();
    let mut stored: HashMap<usize, u64> = HashMap::new();
    // At the end long enough for all sessions to have been stored.
    for moment in moments().chain([Moment::Stored(4 * SESSIONS, Duration::ZERO)]) {
        stored.extend(run_and_kill(store, moment));
        let pool = pool(store);
        for (number, count) in &stored {
            let mut session = pool.session_blocking("ana", &format!("s{number}")).unwrap();
            let output = session.blocking().unwrap().execute(CHECK).unwrap();
            assert!(output.success(), "{moment:?}: {}", output.stderr_text());
            let found: u64 = output.stdout_text().trim().parse().unwrap();
            // A later version may have been stored and not said so in time.
            assert!(
                found >= *count,
                "{moment:?}: s{number} has {found}, said was {count}"
            );
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
