//! A sandbox made on one thread runs on others, and what it wrote there is reset too.

use std::thread;

use hatchery::Sandbox;
use hatchery_tests::{runtime, stdout};

fn on_another_thread(mut sandbox: Sandbox, source: &'static str) -> (Sandbox, String) {
    thread::spawn(move || {
        let printed = stdout(&mut sandbox, source);
        (sandbox, printed)
    })
    .join()
    .unwrap()
}

#[test]
fn nothing_written_on_any_thread_survives_a_reset() {
    let mut sandbox = runtime().sandbox().unwrap();
    let fresh = runtime().sandbox().unwrap();
    for round in 0..20 {
        stdout(&mut sandbox, "kept = ['here'] * 1000");
        let (moved, printed) =
            on_another_thread(sandbox, "kept2 = bytes(100_000); print(len(kept))");
        assert_eq!(printed, "1000\n");
        let (moved, _) = on_another_thread(moved, "kept3 = {i: str(i) for i in range(5000)}");
        sandbox = moved;
        if round % 2 == 0 {
            sandbox.reset().unwrap();
        } else {
            sandbox = thread::spawn(move || {
                sandbox.reset().unwrap();
                sandbox
            })
            .join()
            .unwrap();
        }
        assert!(sandbox.memory() == fresh.memory(), "round {round}");
    }
}

#[test]
fn many_threads_run_many_sandboxes_at_once() {
    thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                for round in 0..25 {
                    let mut sandbox = runtime().sandbox().unwrap();
                    let program =
                        format!("x = {number} * 1000 + {round}\nprint(x, 'y' in globals())\ny = x");
                    let expected = format!("{} False\n", number * 1000 + round);
                    assert_eq!(stdout(&mut sandbox, &program), expected);
                    sandbox.reset().unwrap();
                    assert_eq!(stdout(&mut sandbox, &program), expected);
                }
            });
        }
    });
}

#[test]
fn interrupts_reach_the_right_sandbox_of_many() {
    use std::time::Duration;
    thread::scope(|scope| {
        for number in 0..4_u32 {
            scope.spawn(move || {
                for _ in 0..5 {
                    // Every other one runs away; the others must not notice.
                    let limit = if number % 2 == 0 { 50 } else { 60_000 };
                    let mut sandbox = runtime()
                        .sandbox_builder()
                        .timeout(Duration::from_millis(limit))
                        .build()
                        .unwrap();
                    if number % 2 == 0 {
                        assert!(sandbox.execute("while True: pass").is_err());
                    } else {
                        assert_eq!(
                            stdout(&mut sandbox, "print(sum(range(300_000)))"),
                            "44999850000\n"
                        );
                    }
                }
            });
        }
    });
}
