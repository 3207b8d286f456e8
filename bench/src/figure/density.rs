//! Many instances at once. Each figure wants a process of its own: see [`crate::figures`].

use super::PRINT;
use crate::Failure;
use crate::report::{Figure, Target};
use hatchery::{Error, Runtime, Sandbox};

const ALIVE: usize = 5000;

/// What an idle sandbox takes, and one that has printed, of 5,000 alive.
///
/// # Errors
///
/// What cannot be made.
pub fn kilobytes() -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let mut first = runtime.sandbox()?;
    first.execute(PRINT)?;
    let before = Taken::now()?;
    let mut sandboxes = Vec::with_capacity(ALIVE);
    for _ in 0..ALIVE {
        sandboxes.push(runtime.sandbox()?);
    }
    let idle = Taken::now()?;
    for sandbox in &mut sandboxes {
        sandbox.execute(PRINT)?;
    }
    let printed = Taken::now()?;
    Figure::new("idle_instance_kb", idle.each_kib(&before), "KiB")
        .target(Target::AtMost(60.0))
        .print();
    Figure::new("idle_instance_page_tables_kb", idle.tables(&before), "KiB").print();
    Figure::new("after_print_kb", printed.each_kib(&before), "KiB")
        .target(Target::AtMost(250.0))
        .print();
    Figure::new("after_print_page_tables_kb", printed.tables(&before), "KiB").print();
    for sandbox in &mut sandboxes {
        sandbox.reset()?;
    }
    let reset = Taken::now()?;
    Figure::new("after_reset_kb", reset.each_kib(&before), "KiB").print();
    Ok(())
}

/// As many sandboxes as there can be; a refusal; and all well afterwards.
///
/// # Errors
///
/// What cannot be made, or was lost.
pub fn most() -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let mut alive: Vec<Sandbox> = Vec::new();
    let refusal = loop {
        match runtime.sandbox() {
            Ok(sandbox) => alive.push(sandbox),
            Err(error) => break error,
        }
    };
    if !matches!(refusal, Error::Instance(_)) {
        return Err(refusal.into());
    }
    let count = alive.len();
    // The process still works, the living live, and a slot given back is there for the next.
    drop(vec![1_u8; 64 << 20]);
    for sandbox in alive.iter_mut().step_by(1000) {
        sandbox.execute(PRINT)?;
    }
    drop(alive.pop());
    alive.push(runtime.sandbox()?);
    drop(alive);
    runtime.sandbox()?.execute(PRINT)?;
    Figure::new("instances_max", count as f64, "sandboxes")
        .target(Target::AtLeast(30_000.0))
        .print();
    Ok(())
}

/// What this process has for itself.
struct Taken {
    private_kib: f64,
    page_tables_kib: f64,
}

impl Taken {
    fn now() -> Result<Self, Failure> {
        let rollup = std::fs::read_to_string("/proc/self/smaps_rollup")?;
        let status = std::fs::read_to_string("/proc/self/status")?;
        let private = ["Private_Clean:", "Private_Dirty:", "Swap:"];
        Ok(Self {
            private_kib: private.iter().map(|key| kib(&rollup, key)).sum(),
            page_tables_kib: kib(&status, "VmPTE:"),
        })
    }

    fn tables(&self, before: &Self) -> f64 {
        (self.page_tables_kib - before.page_tables_kib) / ALIVE as f64
    }

    fn each_kib(&self, before: &Self) -> f64 {
        (self.private_kib - before.private_kib) / ALIVE as f64 + self.tables(before)
    }
}

/// The `key` line of a text whose lines read `key   123 kB`, or 0.
fn kib(text: &str, key: &str) -> f64 {
    text.lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0)
}
