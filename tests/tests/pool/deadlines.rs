//! A store that hangs makes nobody wait for longer than he would, and takes no turn away for good.

use super::stored::{Mood, Moody};
use super::{eventually, pool};
use futures_lite::future::{block_on, poll_once};
use hatchery_pool::{Error, Origin, Pool, PoolBuilder, Session, SessionStore, StoreError};
use parking_lot::{Condvar, Mutex};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(100);

fn moody(builder: impl FnOnce(PoolBuilder) -> PoolBuilder) -> (Pool, Arc<Moody>) {
    let store = Arc::new(Moody::default());
    let pool = pool().store(store.clone()).acquire_timeout(SHORT);
    (builder(pool).build().unwrap(), store)
}

fn set(session: &mut Session, value: i32) {
    block_on(session.execute(format!("x = {value}"))).unwrap();
}

fn x(pool: &Pool) -> (i32, Origin) {
    let session = pool.session_timeout("ana", "s", Duration::from_secs(30));
    let mut session = block_on(session).unwrap();
    let x = block_on(session.eval("x")).unwrap().value;
    (x, session.origin())
}

fn assert_late<T>(result: Result<T, Error>) {
    match result {
        Err(Error::Timeout { .. }) => {}
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was there"),
    }
}

#[test]
fn a_read_that_hangs_takes_nobodys_turn() {
    // The pool's own thread may have the other turn for a moment.
    let (pool, store) = moody(|pool| pool.max_size(2));
    store.loads(Mood::Hangs);
    for _ in 0..3 {
        assert_late(block_on(pool.session("ana", "s")));
        assert_late(block_on(pool.try_session("ana", "s")));
        assert_eq!(pool.status().leased, 0);
        drop(pool.get_blocking("ben").unwrap());
    }
    store.loads(Mood::Works);
    set(&mut pool.session_blocking("ana", "s").unwrap(), 1);
    assert_eq!(x(&pool), (1, Origin::Live));
}

#[test]
fn a_session_that_makes_room_and_hangs_takes_nobodys_turn_and_is_not_lost() {
    let (pool, store) = moody(|pool| pool.max_size(1));
    set(&mut pool.session_blocking("ana", "s").unwrap(), 1);
    store.stores(Mood::Hangs);
    for _ in 0..3 {
        assert_late(block_on(pool.get("ben")));
        assert_late(pool.session_blocking("ben", "s"));
        // It is on its way to the store.
        assert_late(block_on(pool.session("ana", "s")));
        assert!(matches!(
            block_on(pool.try_session("ana", "s")),
            Err(Error::Busy { .. })
        ));
        assert_eq!((pool.status().leased, pool.status().waiting), (0, 0));
    }
    store.stores(Mood::Works);
    assert_eq!(x(&pool), (1, Origin::Woken));
}

#[test]
fn the_pools_own_thread_waits_for_no_store() {
    let (pool, store) = moody(|pool| pool.max_session_memory_bytes(0).recycle_after(SHORT));
    store.stores(Mood::Hangs);
    set(&mut pool.session_blocking("ana", "s").unwrap(), 1);
    store.wait_until_hanging(1);
    drop(pool.get_blocking("ben").unwrap());
    eventually(&pool, "a clean sandbox", |status| status.clean == 1);
    store.stores(Mood::Works);
    eventually(&pool, "sleep", |status| status.sessions_asleep == 1);
    assert_eq!(x(&pool), (1, Origin::Woken));
}

#[test]
fn a_store_that_fails_is_asked_again() {
    let (pool, store) = moody(|pool| pool.max_session_memory_bytes(0));
    store.stores(Mood::Fails);
    set(&mut pool.session_blocking("ana", "s").unwrap(), 1);
    std::thread::sleep(SHORT);
    store.stores(Mood::Works);
    eventually(&pool, "sleep", |status| status.sessions_asleep == 1);
}

#[test]
fn a_session_that_is_stored_on_return_holds_no_turn_meanwhile() {
    let (pool, store) = moody(|pool| pool.max_size(2).store_on_return(true).tenant_max_leases(1));
    store.stores(Mood::Hangs);
    let mut session = pool.session_blocking("ana", "s").unwrap();
    set(&mut session, 1);
    drop(session);
    store.wait_until_hanging(1);
    eventually(&pool, "the turn", |status| status.leased == 0);
    drop(pool.get_blocking("ana").unwrap());
    assert_late(block_on(pool.session("ana", "s")));
    store.stores(Mood::Works);
    assert_eq!(x(&pool), (1, Origin::Live));
}

#[test]
fn what_is_asked_of_a_store_that_hangs_is_answered() {
    let (pool, store) = moody(|pool| pool.store_timeout(SHORT));
    let mut session = pool.session_blocking("ana", "s").unwrap();
    set(&mut session, 1);
    store.stores(Mood::Hangs);
    let is_late = |result: Result<(), Error>| {
        let Err(Error::Store { source, .. }) = result else {
            panic!("{result:?}");
        };
        assert!(matches!(source, StoreError::Timeout { .. }), "{source:?}");
    };
    is_late(block_on(session.save()));
    is_late(block_on(session.save()));
    is_late(block_on(pool.forget_session("ana", "s")).map(drop));
    is_late(block_on(session.forget()));
    eventually(&pool, "the turn", |status| status.leased == 0);
    let other = pool.session_timeout("ana", "t", Duration::from_secs(30));
    set(&mut block_on(other).unwrap(), 2);
    let drained = block_on(pool.drain(SHORT));
    assert_eq!(drained.sessions_stored, 0, "{drained:?}");
    // The one that comes back waits behind its own save.
    assert_eq!((drained.failures.len(), drained.sessions_pending), (1, 2));
    store.stores(Mood::Works);
    eventually(&pool, "both", |status| status.sessions_live == 0);
}

#[test]
fn a_live_session_that_nobody_waits_for_any_more_is_not_lost() {
    let (pool, _store) = moody(|pool| pool);
    let mut session = pool.session_blocking("ana", "s").unwrap();
    block_on(session.execute("x, block = 1, b'x' * (20 << 20)")).unwrap();
    drop(session);
    for _ in 0..10 {
        // Its checkpoint is taken on another thread.
        let given_up = async {
            let mut session = pin!(pool.session("ana", "s"));
            drop(poll_once(session.as_mut()).await);
        };
        block_on(given_up);
        assert_eq!(x(&pool), (1, Origin::Live));
    }
    // The last checkpoint is dropped on another thread too.
    eventually(&pool, "the last checkpoint's end", |status| {
        status.checkpoint_bytes == 0
    });
}

#[test]
fn a_timeout_of_ones_own_is_the_one_that_holds() {
    let pool = pool().max_size(1).build().unwrap();
    let held = pool.get_blocking("ana").unwrap();
    assert_late(block_on(pool.get_timeout("ben", SHORT)));
    assert_late(block_on(pool.session_timeout("ben", "s", SHORT)));
    assert!(matches!(
        block_on(pool.try_session("ben", "s")),
        Err(Error::Full { .. })
    ));
    drop(held);
    drop(block_on(pool.get_timeout("ben", Duration::MAX)).unwrap());
    drop(block_on(pool.try_session("ben", "s")).unwrap());
}

/// What a guest computes if it has a thread to run on.
fn answer_of_a_guest(pool: &Pool) -> Option<i32> {
    let (tell, told) = std::sync::mpsc::channel();
    let pool = pool.clone();
    std::thread::spawn(move || {
        let mut lease = block_on(pool.get("ben")).unwrap();
        let answer = block_on(lease.eval::<i32>("6 * 7")).unwrap();
        let _ = tell.send(answer.value);
    });
    told.recv_timeout(Duration::from_secs(30)).ok()
}

#[test]
fn a_store_that_hangs_leaves_threads_to_the_guests() {
    // More than there are threads that may wait, which are 500.
    const SESSIONS: usize = 600;
    let store = Arc::new(Moody::default());
    let pool = pool()
        .max_size(SESSIONS + 1)
        .store(store.clone())
        .store_on_return(true)
        .build()
        .unwrap();
    store.stores(Mood::Hangs);
    for number in 0..SESSIONS {
        drop(pool.session_blocking("ana", &number.to_string()).unwrap());
    }
    store.wait_until_hanging(1);
    // Nor do those that wait for a thread have a turn.
    eventually(&pool, "all turns", |status| status.leased == 0);
    let answer = answer_of_a_guest(&pool);
    store.stores(Mood::Works);
    assert_eq!(answer, Some(42), "the guest has no thread");
    let drained = block_on(pool.drain(Duration::from_secs(60)));
    assert!(drained.failures.is_empty() && drained.sessions_pending == 0);
    eventually(&pool, "all", |status| status.sessions_asleep == SESSIONS);
}

#[test]
fn saves_into_a_store_that_hangs_leave_threads_to_the_guests() {
    // More than there are threads that may wait, which are 500, and how many of those may wait for one pool's store.
    const SESSIONS: usize = 600;
    const HANGING_MAX: usize = 64;
    let store = Arc::new(Moody::default());
    let pool = pool().max_size(SESSIONS + 1).store(store.clone());
    let pool = pool.build().unwrap();
    let mut sessions: Vec<_> = (0..SESSIONS)
        .map(|number| pool.session_blocking("ana", &number.to_string()).unwrap())
        .collect();
    let forgotten = sessions.split_off(SESSIONS / 2);
    store.stores(Mood::Hangs);
    let mut asked: Vec<Pin<Box<dyn Future<Output = _>>>> = Vec::new();
    for session in &mut sessions {
        asked.push(Box::pin(session.save()));
    }
    for session in forgotten {
        asked.push(Box::pin(session.forget()));
    }
    let mut poll_all = || {
        for asked in &mut asked {
            assert!(block_on(poll_once(asked.as_mut())).is_none(), "it hangs");
        }
    };
    let begun = Instant::now();
    while store.hanging() < HANGING_MAX {
        assert!(begun.elapsed() < Duration::from_secs(30), "none hangs");
        poll_all();
    }
    for _ in 0..20 {
        poll_all();
        std::thread::sleep(Duration::from_millis(10));
    }
    let hanging = store.hanging();
    assert_eq!(hanging, HANGING_MAX, "threads wait for the store");
    store.stores(Mood::Works);
    for asked in asked {
        block_on(asked).unwrap();
    }
}

#[test]
fn reads_that_nobody_waits_for_any_more_are_not_kept_and_hold_up_no_other_store() {
    const READS: usize = 300;
    const HANGING_MAX: usize = 64;
    let store = Arc::new(Moody::default());
    let shared: Arc<dyn SessionStore> = Arc::new(store.clone());
    let hung = pool().max_size(READS).shared_store(shared.clone());
    let hung = hung.build().unwrap();
    store.loads(Mood::Hangs);
    let names: Vec<_> = (0..READS).map(|number| number.to_string()).collect();
    let mut reads: Vec<_> = (names.iter())
        .map(|name| Box::pin(hung.session("ana", name)))
        .collect();
    for read in &mut reads {
        assert!(block_on(poll_once(read.as_mut())).is_none(), "it hangs");
    }
    store.wait_until_hanging(HANGING_MAX);
    // Each read has the store.
    let kept = || Arc::strong_count(&store) + Arc::strong_count(&shared);
    assert!(kept() > READS);
    drop(reads);
    let left = kept();
    assert!(left < HANGING_MAX + 10, "{left} reads are kept");

    let (other, _store) = moody(|pool| pool.acquire_timeout(Duration::from_secs(10)));
    set(&mut other.session_blocking("ana", "s").unwrap(), 1);
    store.loads(Mood::Works);
    set(&mut hung.session_blocking("ana", "s").unwrap(), 1);
}

/// A gate that hooks wait at.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn set_closed(&self, is_closed: bool) {
        *self.0.0.lock() = is_closed;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let mut is_closed = self.0.0.lock();
        self.0.1.wait_while(&mut is_closed, |is_closed| *is_closed);
    }
}

#[test]
fn a_hook_or_a_reset_that_hangs_makes_nobody_wait_for_longer_than_his_deadline() {
    let gates = [0, 1].map(|_| Gate::default());
    let hooks = gates.clone();
    let [on_lease, on_reset] = hooks;
    let pool = pool().max_size(2).acquire_timeout(SHORT);
    let pool = pool.recycle_after(Duration::from_secs(3600));
    let pool = pool
        .on_lease(move |lessee, _| {
            if lessee.tenant == "ben" {
                on_lease.pass();
            }
            Ok(())
        })
        .on_lease_async(|lessee, _| {
            let hangs = lessee.tenant == "cleo";
            Box::pin(async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                Ok(())
            })
        })
        .on_reset(move |_| {
            on_reset.pass();
            Ok(())
        });
    let pool = pool.build().unwrap();
    let (tell, told) = std::sync::mpsc::channel();
    let waits = std::thread::spawn({
        let (gates, pool) = (gates.clone(), pool.clone());
        move || {
            gates[0].set_closed(true);
            assert_late(pool.get_blocking("ben"));
            gates[0].set_closed(false);
            assert_late(pool.get_blocking("cleo"));
            eventually(&pool, "all turns", |status| status.leased == 0);
            gates[1].set_closed(true);
            assert_late(pool.get_blocking("ana"));
            gates[1].set_closed(false);
            eventually(&pool, "all turns", |status| status.leased == 0);
            drop(pool.get_blocking("ana").unwrap());
            gates[1].set_closed(true);
            assert_late(block_on(pool.try_session("dora", "s")));
            gates[1].set_closed(false);
            tell.send(()).unwrap();
        }
    });
    let in_time = told.recv_timeout(Duration::from_secs(60));
    for gate in gates {
        gate.set_closed(false);
    }
    in_time.expect("nobody waits for as long as that");
    waits.join().unwrap();
}

#[test]
fn a_drain_of_several_sessions_waits_for_a_store_that_hangs_only_once() {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let (pool, store) = moody(|pool| pool.max_size(4).store_timeout(TIMEOUT));
    for name in ["a", "b", "c", "d"] {
        set(&mut pool.session_blocking("ana", name).unwrap(), 1);
    }
    store.stores(Mood::Hangs);
    let begun = Instant::now();
    let drained = block_on(pool.drain(Duration::from_secs(30)));
    let took = begun.elapsed();
    assert_eq!((drained.failures.len(), drained.sessions_pending), (4, 4));
    assert!(took < 3 * TIMEOUT, "it took {took:?}");
    store.stores(Mood::Works);
}

#[test]
fn sessions_that_come_back_to_a_closed_pool_leave_threads_to_the_guests() {
    const SESSIONS: usize = 600;
    let store = Arc::new(Moody::default());
    let closed = pool().max_size(SESSIONS).store(store.clone());
    let closed = closed.store_timeout(Duration::from_secs(3600));
    let closed = closed.build().unwrap();
    let sessions: Vec<_> = (0..SESSIONS)
        .map(|number| closed.session_blocking("ana", &number.to_string()).unwrap())
        .collect();
    store.stores(Mood::Hangs);
    closed.close();
    for session in sessions {
        drop(session);
        // One after the other.
        std::thread::sleep(Duration::from_millis(1));
    }
    store.wait_until_hanging(1);
    let answer = answer_of_a_guest(&pool().build().unwrap());
    store.stores(Mood::Works);
    assert_eq!(answer, Some(42), "the guest has no thread");
    let drained = block_on(closed.drain(Duration::from_secs(60)));
    assert_eq!(drained.sessions_stored, SESSIONS, "{drained:?}");
}

#[test]
fn a_session_that_a_closed_pool_could_not_store_is_stored_when_another_comes_back() {
    let (pool, store) = moody(|pool| pool.max_size(3));
    let [mut early, mut late] = ["early", "late"].map(|name| {
        let session = pool.session_blocking("ana", name);
        session.unwrap()
    });
    set(&mut early, 1);
    set(&mut late, 2);
    pool.close();
    store.stores(Mood::Hangs);
    drop(early);
    store.wait_until_hanging(1);
    store.stores(Mood::Fails);
    eventually(&pool, "a session that stays live", |status| {
        status.sessions_parked == 1
    });
    store.stores(Mood::Works);
    drop(late);
    eventually(&pool, "both sessions in the store", |status| {
        (status.sessions_asleep, status.sessions_parked) == (2, 0)
    });
}
