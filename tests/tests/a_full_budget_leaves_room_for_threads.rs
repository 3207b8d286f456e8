//! A process whose slots have taken all the mappings they may have still runs guests on as many threads as there are for
//! them. Alone in its process, for it takes all the mappings there are.
#![cfg(target_os = "linux")]

use cow_memory::{Error, Image};
use hatchery_tests::runtime;
use std::sync::Barrier;

/// As many threads as run guests for asynchronous code.
const THREADS: usize = 500;

#[test]
fn five_hundred_guests_run_at_once_in_a_process_that_is_full() {
    let runtime = runtime();
    let sandboxes: Vec<_> = (0..THREADS).map(|_| runtime.sandbox().unwrap()).collect();
    let slots = runtime.golden().engine().slots();
    let image = Image::from_bytes(&vec![7; 1 << 16]).unwrap();
    let mut taken = Vec::new();
    let refusal = loop {
        match slots.acquire(&image) {
            Ok(slot) => taken.push(slot),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(
            refusal,
            Error::MappingBudget { .. } | Error::AddressSpaceBudget { .. }
        ),
        "{refusal}"
    );
    let (started, running) = (Barrier::new(THREADS), Barrier::new(THREADS));
    std::thread::scope(|scope| {
        let threads: Vec<_> = sandboxes
            .into_iter()
            .map(|mut sandbox| {
                let (started, running) = (&started, &running);
                scope.spawn(move || {
                    started.wait();
                    // Each has its stacks, and what `malloc` wants, while all the others have theirs.
                    let block = vec![1_u8; 1 << 20];
                    let ran = sandbox.execute("x = [0] * 1000\nprint(len(x))");
                    // Before anything is said of it: the others wait for this thread too.
                    running.wait();
                    drop(block);
                    ran.unwrap().stdout_text() == "1000\n"
                })
            })
            .collect();
        for thread in threads {
            assert!(thread.join().unwrap());
        }
    });
    assert_eq!(slots.status().quarantined, 0);
    drop(taken);
}
