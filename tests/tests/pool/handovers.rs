//! What the host has of a sandbox's user, and the next one must not meet.

use super::{own_runtime, pool};
use futures_lite::future::block_on;
use hatchery::{Caller, Clock, Error, HostError, HostFunctions, RunOptions, Runtime};
use hatchery_pool::{Lease, Origin, Pool};
use hatchery_tests::runtime;
use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

fn drawn(lease: &mut Lease) -> String {
    let program = "import os, time\nprint(os.urandom(8).hex(), time.time() < 1e9)";
    let output = lease.blocking().unwrap().execute(program).unwrap();
    output.stdout_text().into_owned()
}

#[test]
fn a_session_with_a_seed_and_a_clock_leaves_neither_behind() {
    let (pool, time) = (pool().max_size(1).build().unwrap(), SystemTime::UNIX_EPOCH);
    let seeded = runtime()
        .sandbox_builder()
        .seed(7)
        .clock(Clock::Fixed(time));
    let mut seeded = seeded.build().unwrap();
    seeded.execute("x = 1").unwrap();
    let checkpoint = seeded.checkpoint().unwrap();

    let mut lease = pool.get_blocking("ana").unwrap();
    lease.blocking().unwrap().rollback(&checkpoint).unwrap();
    assert!(drawn(&mut lease).ends_with("True\n"), "it has that clock");
    drop(lease);
    // In place for herself, strictly for another.
    let mut seen = Vec::new();
    for tenant in ["ana", "ana", "ben", "cleo"] {
        let numbers = drawn(&mut pool.get_blocking(tenant).unwrap());
        assert!(numbers.ends_with("False\n"), "{tenant}: {numbers}");
        assert!(!seen.contains(&numbers), "{tenant}: {numbers} again");
        seen.push(numbers);
    }
}

#[test]
fn an_interrupter_of_the_one_before_stops_nobody() {
    let pool = pool().max_size(1).build().unwrap();
    for (first, second) in [("ana", "ana"), ("ana", "ben")] {
        let lease = pool.get_blocking(first).unwrap();
        let interrupter = lease.interrupter();
        drop(lease);
        let mut lease = pool.get_blocking(second).unwrap();
        interrupter.interrupt();
        let output = lease.blocking().unwrap().execute("print(1)").unwrap();
        assert_eq!(output.stdout_text(), "1\n", "{first} stops {second}");
        let own = lease.interrupter();
        let mut sandbox = lease.blocking().unwrap();
        let run = own.begin_run();
        assert!(own.interrupt());
        assert!(sandbox.execute("print(1)").is_err(), "its own still works");
        drop(run);
    }
    let mut session = block_on(pool.session("ana", "s")).unwrap();
    session.blocking().unwrap().execute("x = 1").unwrap();
    let interrupter = session.interrupter();
    drop(session);
    let mut session = block_on(pool.session("ana", "s")).unwrap();
    interrupter.interrupt();
    assert_eq!(block_on(session.eval::<i32>("x")).unwrap().value, 1);
}

/// A pool whose handler of standard output panics at a line that says so.
fn panicking_pool(runtime: &Runtime) -> Pool {
    let sandbox = runtime.sandbox_builder().on_stdout_line(|line| {
        if line == "panic" {
            std::panic::resume_unwind(Box::new("as it was told"));
        }
    });
    Pool::builder(sandbox).max_size(1).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_whose_handler_panics_goes_back_to_where_it_was() {
    let pool = panicking_pool(&own_runtime());
    let mut session = pool.session("ana", "s").await.unwrap();
    session.execute("x = 'hours of work'").await.unwrap();
    drop(session);
    for program in ["x = 1\nprint('panic')", "x = 1\nprint('panic', end='')"] {
        let mut session = pool.session("ana", "s").await.unwrap();
        let error = session.execute(program).await.unwrap_err();
        assert!(matches!(error, Error::Panicked), "{error:?}");
        drop(session);
        let mut session = pool.session("ana", "s").await.unwrap();
        let found = session.eval::<String>("x").await.unwrap().value;
        assert_eq!(found, "hours of work", "after {program:?}");
    }
    assert_eq!(pool.status().quarantined, 0);
    let mut lease = tokio::time::timeout(Duration::from_secs(10), pool.get("ben"))
        .await
        .unwrap()
        .unwrap();
    assert!(lease.execute("print('panic')").await.is_err());
    lease.reset().await.unwrap();
    assert!(lease.execute("print('well')").await.unwrap().success());
}

/// What one lease is lent does not pass to its forks, whose leases have other ends.
#[test]
fn options_of_a_lease_are_not_its_forks_nor_the_next_tenant_s() {
    let pool = Pool::builder(runtime().sandbox_builder())
        .max_size(3)
        .build()
        .unwrap();
    let lent = HostFunctions::new().function("lent", |(): ()| Ok::<_, HostError>(1));
    let mut lease = pool.get_blocking("ana").unwrap();
    lease.set_options(Some(RunOptions::new().functions(lent)));
    assert_eq!(block_on(lease.eval::<u32>("lent()")).unwrap().value, 1);
    let mut forks = block_on(lease.fork(1)).unwrap();
    assert!(block_on(forks[0].eval::<u32>("lent()")).is_err());
    assert_eq!(block_on(lease.eval::<u32>("lent()")).unwrap().value, 1);
    drop((lease, forks));
    for _ in 0..3 {
        let mut next = pool.get_blocking("ben").unwrap();
        assert!(block_on(next.eval::<u32>("lent()")).is_err());
        std::mem::forget(next);
    }
}

/// Host functions see whose program calls, and nothing that the one before has left.
#[test]
fn host_functions_see_the_tenant_of_the_lease_and_the_name_of_the_session() {
    let functions = HostFunctions::new().function("who", |(): ()| {
        let caller = Caller::current().expect("a program calls");
        let data = caller.data::<u32>().map(|number| *number);
        Ok::<_, HostError>((
            caller.tenant().map(str::to_owned),
            caller.session().map(str::to_owned),
            data,
        ))
    });
    type Who = (Option<String>, Option<String>, Option<u32>);
    let some = |text: &str| Some(text.to_owned());
    let builder = runtime().sandbox_builder().functions(functions);
    let pool = Pool::builder(builder).max_size(1).build().unwrap();
    let mut lease = pool.get_blocking("ana").unwrap();
    block_on(lease.set_user_data(Some(Arc::new(7_u32)))).unwrap();
    let who = block_on(lease.eval::<Who>("who()")).unwrap().value;
    assert_eq!(who, (some("ana"), None, Some(7)));
    lease.set_options(Some(RunOptions::new().max_host_calls(0)));
    assert!(block_on(lease.eval::<Who>("who()")).is_err());
    drop(lease);
    let mut session = pool.session_blocking("ana", "notes").unwrap();
    let who = block_on(session.eval::<Who>("who()")).unwrap().value;
    assert_eq!(who, (some("ana"), some("notes"), None));
    drop(session);
    let mut lease = pool.get_blocking("ben").unwrap();
    let who = block_on(lease.eval::<Who>("who()")).unwrap().value;
    assert_eq!(who, (some("ben"), None, None));
}

/// What a tenant's service has given for its programs is let go when the lease ends, and not when the next one begins.
#[test]
fn what_was_given_for_a_lease_is_not_kept_after_it() {
    let pool = pool().max_size(2).recycle_after(Duration::from_secs(3600));
    let pool = pool.build().unwrap();
    let data: Arc<dyn Any + Send + Sync> = Arc::new(7_u32);
    let is_let_go = || Arc::strong_count(&data) == 1;

    let mut lease = pool.get_blocking("ana").unwrap();
    block_on(lease.set_user_data(Some(data.clone()))).unwrap();
    drop(lease);
    assert!(is_let_go(), "an idle sandbox has it");
    let mut session = pool.session_blocking("ana", "s").unwrap();
    block_on(session.set_user_data(Some(data.clone()))).unwrap();
    drop(session);
    assert!(is_let_go(), "a parked session has it");
    let mut lease = pool.get_blocking("ana").unwrap();
    block_on(lease.set_user_data(Some(data.clone()))).unwrap();
    let detached = lease.detach();
    assert!(is_let_go(), "a detached sandbox has it");
    drop(detached);
}

#[test]
fn the_next_holder_of_a_session_does_not_read_the_standard_input_of_the_one_before() {
    let pool = pool().build().unwrap();
    let read = "import sys\nprint([sys.stdin.read()])";
    let mut session = pool.session_blocking("ana", "s").unwrap();
    session.set_stdin("a password");
    drop(session);
    let mut session = pool.session_blocking("ana", "s").unwrap();
    session.blocking().unwrap().set_stdin("another one");
    assert_eq!(session.origin(), Origin::Live);
    drop(session);
    let mut session = pool.session_blocking("ana", "s").unwrap();
    let output = block_on(session.execute(read)).unwrap();
    assert_eq!(output.stdout_text(), "['']\n");
    session.set_stdin("its own");
    let output = block_on(session.execute(read)).unwrap();
    assert_eq!(output.stdout_text(), "['its own']\n");
}

#[test]
fn a_detached_sandbox_says_of_nobody_that_it_is_his() {
    type Who = (Option<String>, Option<String>);
    let functions = HostFunctions::new().function("who", |(): ()| {
        let caller = Caller::current().expect("a program calls");
        let (tenant, session) = (caller.tenant(), caller.session());
        Ok::<_, HostError>((tenant.map(str::to_owned), session.map(str::to_owned)))
    });
    let builder = runtime().sandbox_builder().functions(functions);
    let pool = Pool::builder(builder).max_size(1).build().unwrap();
    let mut detached = pool.get_blocking("ana").unwrap().detach();
    let who = block_on(detached.eval::<Who>("who()")).unwrap().value;
    assert_eq!(who, (None, None));
}
