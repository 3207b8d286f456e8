use super::stored::{Asked, Mood, Moody};
use super::{eventually, pool};
use futures_lite::future::{block_on, poll_once};
use hatchery_pool::{
    Error, FolderStore, MemoryStore, Origin, Pool, Session, SessionKey, SessionStore,
};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

fn session(pool: &Pool, tenant: &str, name: &str) -> Session {
    pool.session_blocking(tenant, name).unwrap()
}

fn run(session: &mut Session, program: &str) -> String {
    let output = session.blocking().unwrap().execute(program).unwrap();
    assert!(output.success(), "{}", output.stderr_text());
    output.stdout_text().trim_end().to_owned()
}

/// Stops the session in the middle of a run.
fn stop(session: &mut Session) {
    let mut sandbox = session.blocking().unwrap();
    let interrupter = sandbox.interrupter();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(20));
        interrupter.interrupt();
    });
    sandbox
        .execute("x = 'half done'\nwhile True: pass")
        .unwrap_err();
    stopper.join().unwrap();
}

#[test]
fn a_session_is_found_again_live_and_asleep() {
    let pool = pool().build().unwrap();
    let mut first = session(&pool, "ana", "notebook");
    assert_eq!(first.origin(), Origin::Fresh);
    assert_eq!((first.tenant(), first.name()), ("ana", "notebook"));
    run(
        &mut first,
        "numbers = iter(range(10)); next(numbers)\nopen('note', 'w').write('text')",
    );
    drop(first);
    let mut other = session(&pool, "ben", "notebook");
    assert_eq!(run(&mut other, "print('numbers' in globals())"), "False");
    drop(other);

    let mut live = session(&pool, "ana", "notebook");
    assert_eq!(live.origin(), Origin::Live);
    assert_eq!(
        run(&mut live, "print(next(numbers), open('note').read())"),
        "1 text"
    );
    drop(live);
    let drained = block_on(pool.drain(Duration::from_secs(10)));
    assert_eq!((drained.sessions_stored, drained.leases_out), (2, 0));
}

#[test]
fn sessions_outlast_their_pool() {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::new());
    let make = || pool().shared_store(store.clone()).build().unwrap();
    let first = make();
    run(&mut session(&first, "ana", "s"), "x = 41");
    // Dropped without a drain: it is stored in the background.
    drop(first);
    let begun = std::time::Instant::now();
    while store.count() == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "it never was stored"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    let second = make();
    assert_eq!(second.status().sessions_asleep, 1);
    let mut woken = session(&second, "ana", "s");
    assert_eq!(woken.origin(), Origin::Woken);
    assert_eq!(run(&mut woken, "x += 1; print(x)"), "42");
    // One that comes back after its pool is gone is stored as well.
    let key = SessionKey::new("ana", "s").unwrap();
    let before = store.found(&key);
    drop(second);
    drop(woken);
    let begun = std::time::Instant::now();
    while store.found(&key) == before {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "what came back late is lost"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(run(&mut session(&make(), "ana", "s"), "print(x)"), "42");
}

#[test]
fn nobody_has_a_session_that_someone_else_has() {
    let pool = pool()
        .acquire_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let held = session(&pool, "ana", "s");
    assert!(matches!(
        pool.session_blocking("ana", "s"),
        Err(Error::Timeout { .. })
    ));
    let mut waits = pin!(pool.session("ana", "s"));
    assert!(block_on(poll_once(waits.as_mut())).is_none());
    // Waiting for a session takes no sandbox from others.
    assert_eq!(pool.status().leased, 1);
    drop(held);
    assert_eq!(block_on(waits).unwrap().origin(), Origin::Live);
}

#[test]
fn the_least_recently_used_sleep_when_memory_is_short() {
    let pool = pool().max_session_memory_bytes(3 << 20).build().unwrap();
    for name in ["a", "b", "c"] {
        run(
            &mut session(&pool, "ana", name),
            &format!("name = '{name}'; block = b'x' * (1 << 20)"),
        );
    }
    eventually(&pool, "sleep", |status| {
        status.session_bytes <= 3 << 20 && status.sessions_asleep > 0
    });
    let origins = ["c", "a"].map(|name| {
        let mut found = session(&pool, "ana", name);
        assert_eq!(
            run(&mut found, "print(name, len(block))"),
            format!("{name} 1048576")
        );
        found.origin()
    });
    assert_eq!(origins, [Origin::Live, Origin::Woken]);
}

#[test]
fn an_idle_session_sleeps_when_it_is_told_to() {
    let pool = pool()
        .session_idle_timeout(Duration::from_millis(20))
        .build()
        .unwrap();
    run(&mut session(&pool, "ana", "s"), "x = 1");
    eventually(&pool, "sleep", |status| {
        (status.sessions_asleep, status.sessions_live) == (1, 0)
    });
    assert_eq!(session(&pool, "ana", "s").origin(), Origin::Woken);
    assert_eq!(pool.status().sessions_asleep, 0);
}

#[test]
fn live_sessions_make_room_when_a_sandbox_is_wanted() {
    let pool = pool().max_size(2).build().unwrap();
    for number in 0..20 {
        let name = format!("s{number}");
        run(&mut session(&pool, "ana", &name), &format!("x = {number}"));
        if number % 3 == 0 {
            drop(block_on(pool.get("ben")).unwrap());
        }
    }
    for number in (0..20).rev() {
        let mut found = session(&pool, "ana", &format!("s{number}"));
        assert_eq!(run(&mut found, "print(x)"), number.to_string());
    }
    assert!(pool.status().size <= 2);
    assert!(
        pool.status().sessions_live <= 2,
        "cells of sleeping sessions are forgotten"
    );
}

#[test]
fn a_session_that_was_stopped_goes_back_to_where_it_was() {
    let pool = pool().build().unwrap();
    let mut fresh = session(&pool, "ana", "s");
    stop(&mut fresh);
    drop(fresh);
    let mut again = session(&pool, "ana", "s");
    assert_eq!(again.origin(), Origin::Fresh, "it never was anything");
    run(&mut again, "x = 'whole'; letters = iter('abc')");
    drop(again);

    let mut live = session(&pool, "ana", "s");
    assert_eq!(live.origin(), Origin::Live);
    run(&mut live, "next(letters)");
    stop(&mut live);
    drop(live);
    let mut back = session(&pool, "ana", "s");
    assert_eq!(back.origin(), Origin::Live);
    assert_eq!(run(&mut back, "print(x, next(letters))"), "whole a");
    block_on(back.save()).unwrap();
    run(&mut back, "next(letters)");
    stop(&mut back);
    drop(back);
    let mut saved = session(&pool, "ana", "s");
    assert_eq!(saved.origin(), Origin::Woken, "from what was saved");
    assert_eq!(run(&mut saved, "print(x, next(letters))"), "whole b");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_run_is_cancelled_is_not_lost() {
    let pool = pool().build().unwrap();
    let mut live = pool.session("ana", "s").await.unwrap();
    live.execute("x = 1").await.unwrap();
    drop(live);
    let mut live = pool.session("ana", "s").await.unwrap();
    let run = live.execute("x = 2\nwhile True: pass");
    assert!(
        tokio::time::timeout(Duration::from_millis(20), run)
            .await
            .is_err()
    );
    drop(live);
    let mut live = pool.session("ana", "s").await.unwrap();
    assert_eq!(live.eval::<i32>("x").await.unwrap().value, 1);
}

#[test]
fn a_session_that_cannot_be_stored_stays_live() {
    let store = Arc::new(Moody::default());
    let pool = pool().max_size(1).store(store.clone()).build().unwrap();
    run(&mut session(&pool, "ana", "s"), "x = 1");
    store.stores(Mood::Fails);
    assert!(matches!(
        pool.get_blocking("ben"),
        Err(Error::Store {
            action: "stored",
            ..
        })
    ));
    let mut live = session(&pool, "ana", "s");
    assert_eq!(
        (live.origin(), run(&mut live, "print(x)").as_str()),
        (Origin::Live, "1")
    );
    assert!(matches!(block_on(live.save()), Err(Error::Store { .. })));
    assert!(matches!(block_on(live.forget()), Err(Error::Store { .. })));
    let drained = block_on(pool.drain(Duration::from_secs(10)));
    assert_eq!((drained.sessions_stored, drained.failures.len()), (0, 1));
    store.stores(Mood::Panics);
    let drained = block_on(pool.drain(Duration::from_secs(10)));
    assert_eq!((drained.sessions_stored, drained.failures.len()), (0, 1));
    store.stores(Mood::Works);
    let drained = block_on(pool.drain(Duration::from_secs(10)));
    assert_eq!((drained.sessions_stored, drained.failures.len()), (1, 0));
    assert_eq!(store.names("ana"), ["s"]);
}

#[test]
fn a_stored_session_answers_to_no_other_name_and_no_other_key() {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::new());
    let make = |key: Option<u8>| {
        let mut builder = pool().shared_store(store.clone());
        if let Some(key) = key {
            builder = builder.session_key([key; 32]);
        }
        builder.build().unwrap()
    };
    let keyed = make(Some(1));
    run(&mut session(&keyed, "ana", "s"), "x = 1");
    assert!(
        block_on(keyed.drain(Duration::from_secs(10)))
            .failures
            .is_empty()
    );
    let of = |tenant, name| SessionKey::new(tenant, name).unwrap();
    let stored = store.found(&of("ana", "s")).unwrap();
    for (tenant, name) in [("ben", "s"), ("ana", "t"), ("an", "as")] {
        store.put(&of(tenant, name), stored.clone()).unwrap();
    }
    let again = make(Some(1));
    for (tenant, name) in [("ben", "s"), ("ana", "t"), ("an", "as")] {
        let refused = again.session_blocking(tenant, name);
        assert!(matches!(refused, Err(Error::Wake { .. })), "{refused:?}");
        assert!(store.found(&of(tenant, name)).is_some(), "it is kept");
    }
    assert_eq!(run(&mut session(&again, "ana", "s"), "print(x)"), "1");
    for other in [make(Some(2)), make(None)] {
        let refused = other.session_blocking("ana", "s");
        assert!(matches!(refused, Err(Error::Wake { .. })), "{refused:?}");
    }
    assert!(block_on(again.forget_session("ben", "s")).unwrap());
    assert_eq!(session(&again, "ben", "s").origin(), Origin::Fresh);
}

/// The key that wakes a session is the pool's: no sandbox that it has woken seals anything with it.
#[test]
fn a_woken_sandbox_seals_with_its_builder_s_key() {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::new());
    let make = || {
        let builder = pool().max_size(1).shared_store(store.clone());
        builder.session_key([7; 32]).build().unwrap()
    };
    let first = make();
    run(&mut session(&first, "ana", "s"), "x = 1");
    let drained = block_on(first.drain(Duration::from_secs(10)));
    assert!(drained.failures.is_empty());
    let again = make();
    let mut woken = session(&again, "ana", "s");
    assert_eq!(run(&mut woken, "print(x)"), "1");
    let by_itself = block_on(woken.hibernate()).unwrap();
    hatchery_tests::runtime().resume(&by_itself).unwrap();
    drop(woken);
    let mut lease = again.get_blocking("ben").unwrap();
    let of_the_next = block_on(lease.hibernate()).unwrap();
    hatchery_tests::runtime().resume(&of_the_next).unwrap();
}

#[test]
fn a_session_that_is_forgotten_is_gone() {
    let pool = pool().build().unwrap();
    let mut first = session(&pool, "ana", "s");
    run(&mut first, "x = 1");
    block_on(first.save()).unwrap();
    block_on(first.forget()).unwrap();
    let mut next = session(&pool, "ana", "s");
    assert_eq!(next.origin(), Origin::Fresh);
    assert_eq!(run(&mut next, "print('x' in globals())"), "False");
    drop(next);
    assert!(!block_on(pool.forget_session("ana", "never")).unwrap());
}

#[test]
fn every_session_of_a_tenant_is_listed_once_wherever_it_is() {
    let pool = pool().max_size(2).build().unwrap();
    for name in ["c", "a", "b", "d"] {
        let mut made = session(&pool, "ana", name);
        run(&mut made, "x = 1");
        block_on(made.save()).unwrap();
    }
    run(&mut session(&pool, "ben", "e"), "x = 1");
    let held = session(&pool, "ana", "a");
    assert_eq!(
        block_on(pool.sessions("ana")).unwrap(),
        ["a", "b", "c", "d"]
    );
    drop(held);
    let asleep = pool.status().sessions_asleep;
    assert!(block_on(pool.forget_session("ana", "c")).unwrap());
    assert_eq!(pool.status().sessions_asleep, asleep - 1);
    assert_eq!(block_on(pool.sessions("ana")).unwrap(), ["a", "b", "d"]);
    assert!(block_on(pool.sessions("nobody")).unwrap().is_empty());
}

#[test]
fn what_is_stored_on_return_is_there_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let store: Arc<dyn SessionStore> = Arc::new(FolderStore::open(dir.path()).unwrap());
    let pool = pool()
        .shared_store(store.clone())
        .store_on_return(true)
        .build()
        .unwrap();
    let key = SessionKey::new("ana", "s").unwrap();
    let mut last = None;
    for round in 0..5 {
        let mut live = session(&pool, "ana", "s");
        // Whoever has it now has it after it was stored.
        let stored = store.found(&key);
        assert_eq!(stored.is_some(), round > 0);
        assert!(round == 0 || stored != last, "an older version is stored");
        last = stored;
        run(&mut live, &format!("x = {round}"));
    }
    assert_eq!(session(&pool, "ana", "s").origin(), Origin::Live);
}

#[test]
fn a_session_that_was_forgotten_and_stopped_is_not_counted_as_asleep() {
    let pool = pool().build().unwrap();
    let mut live = session(&pool, "ana", "s");
    run(&mut live, "x = 1");
    block_on(live.save()).unwrap();
    assert!(block_on(pool.forget_session("ana", "s")).unwrap());
    stop(&mut live);
    drop(live);
    eventually(&pool, "its end", |status| status.sessions_live == 0);
    assert_eq!(pool.status().sessions_asleep, 0);
    assert_eq!(session(&pool, "ana", "s").origin(), Origin::Fresh);
    // One that was not forgotten is.
    let mut live = session(&pool, "ana", "t");
    run(&mut live, "x = 1");
    block_on(live.save()).unwrap();
    stop(&mut live);
    drop(live);
    eventually(&pool, "sleep", |status| status.sessions_asleep == 1);
    assert_eq!(session(&pool, "ana", "t").origin(), Origin::Woken);
    assert_eq!(pool.status().sessions_asleep, 0);
}

#[test]
fn what_a_session_in_use_can_go_back_to_counts_as_sessions_memory() {
    let pool = pool().max_session_memory_bytes(16 << 20).build().unwrap();
    let block = "block = b'x' * (10 << 20)";
    run(&mut session(&pool, "ana", "large"), block);
    // It is in use, and its checkpoint is memory too.
    let held = session(&pool, "ana", "large");
    assert!(pool.status().checkpoint_bytes > 10 << 20);
    run(&mut session(&pool, "ana", "other"), block);
    eventually(&pool, "sleep", |status| status.sessions_asleep == 1);
    drop(held);
    eventually(&pool, "nothing kept", |status| status.checkpoint_bytes == 0);
}

#[test]
fn hooks_are_called_for_sessions_too() {
    let seen = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let (leased, returned) = (seen.clone(), seen.clone());
    let pool = pool()
        .on_lease(move |lessee, _| {
            leased.lock().push(format!("leased {:?}", lessee.session));
            if lessee.tenant == "nobody" {
                return Err("not you".into());
            }
            Ok(())
        })
        .on_return(move |lessee, sandbox, usage| {
            let note = format!("returned {:?} {}", lessee.session, usage.runs);
            returned.lock().push(note);
            let is_bad = sandbox.execute("assert x != 'bad'")?;
            if is_bad.success() {
                return Ok(());
            }
            Err("it is bad".into())
        })
        .build()
        .unwrap();
    run(&mut session(&pool, "ana", "s"), "x = 'good'");
    run(&mut session(&pool, "ana", "s"), "x = 'bad'");
    let mut again = session(&pool, "ana", "s");
    assert_eq!(run(&mut again, "print(x)"), "good", "it was refused");
    let refused = pool.session_blocking("nobody", "s");
    assert!(matches!(
        refused,
        Err(Error::Hook {
            hook: "on_lease",
            ..
        })
    ));
    let fresh = "Some((\"s\", Fresh))";
    let seen = seen.lock();
    assert_eq!(seen[0], format!("leased {fresh}"));
    assert_eq!(seen[1], format!("returned {fresh} 1"));
    assert_eq!(seen[2], "leased Some((\"s\", Live))");
    assert_eq!(pool.status().quarantined, 0);
}
