//! What being interruptible costs, and how long an interrupt takes.

use super::Bench;
use crate::Failure;
use crate::baseline::stock::Stock;
use crate::measure::{Effort, Samples, compare};
use crate::report::{Figure, Target};
use hatchery::{Error, Sandbox};
use std::time::{Duration, Instant};

/// Calls, arithmetic, look-ups and allocation, for some tens of milliseconds.
const BUSY: &str = "
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
total = fib(17)
words = {}
for i in range(20000):
    key = str(i % 97)
    words[key] = words.get(key, 0) + i * i
total += sum(words.values()) + len(sorted([(i * 7919) % 10007 for i in range(10000)]))
";

const RUNAWAYS: [&str; 4] = [
    "while True: pass",
    "while True: [str(i) for i in range(1000)]",
    "sum(range(10**12))",
    "'a' in ('b' * 10**6) * 100 and None\nwhile True: sorted(range(10000), reverse=True)",
];
const TIMEOUT: Duration = Duration::from_millis(5);

/// A busy program, with interrupts of either kind, beside code that cannot be interrupted.
///
/// # Errors
///
/// What cannot be made.
pub fn cost(bench: &Bench) -> Result<(), Failure> {
    let (signal, epoch) = (bench.runtime()?, bench.epoch_runtime()?);
    let stock = bench.stock_python()?.engine(Stock::OnDemand)?;
    let mut off = stock.instance()?;
    let (mut signal, mut epoch) = (signal.sandbox()?, epoch.sandbox()?);
    let busy = |sandbox: &mut Sandbox| {
        let begun = Instant::now();
        sandbox.execute(BUSY)?;
        Ok(begun.elapsed())
    };
    let [signal, epoch, off] = compare(
        Effort {
            turns: bench.samples(60),
            samples_a_turn: 1,
        },
        [
            &mut || busy(&mut signal),
            &mut || busy(&mut epoch),
            &mut || {
                let begun = Instant::now();
                off.execute(BUSY)?;
                Ok(begun.elapsed())
            },
        ],
    )?;
    Figure::new("interrupt_cost", signal.median_us(), "µs")
        .p99(signal.p99_us())
        .against("code without interrupts", off.median_us())
        .target(Target::AtMost(1.02))
        .print();
    Figure::new("interrupt_cost_epoch", epoch.median_us(), "µs")
        .p99(epoch.p99_us())
        .against("code without interrupts", off.median_us())
        .print();
    Ok(())
}

/// From a deadline to the return of the call.
///
/// # Errors
///
/// What cannot be made, and programs that end by themselves.
pub fn latency(bench: &Bench) -> Result<(), Failure> {
    let runtime = bench.runtime()?;
    let mut sandbox = runtime.sandbox_builder().timeout(TIMEOUT).build()?;
    let (mut past_us, mut machine_us) = (Vec::new(), Vec::new());
    for _ in 0..bench.samples(150) {
        for program in RUNAWAYS {
            let begun = Instant::now();
            let outcome = sandbox.execute(program);
            let elapsed = begun.elapsed();
            if !matches!(outcome, Err(Error::Timeout { .. })) {
                return Err(format!("{program:?} was not stopped: {outcome:?}").into());
            }
            past_us.push(elapsed.saturating_sub(TIMEOUT).as_secs_f64() * 1e6);
            sandbox.reset()?;
            machine_us.push(busy_wait(TIMEOUT).as_secs_f64() * 1e6);
        }
    }
    let machine = Samples::new(machine_us);
    let past = Samples::new(past_us);
    Figure::new(
        "interrupt_latency",
        past.p99_us() / 1e3,
        "ms past the deadline, p99",
    )
    .target(Target::AtMost(2.0))
    .print();
    Figure::new(
        "interrupt_latency_of_machine",
        machine.p99_us() / 1e3,
        "ms that a thread which only looks at the clock is late, p99",
    )
    .print();
    Figure::new(
        "interrupt_latency_median",
        past.median_us() / 1e3,
        "ms past the deadline",
    )
    .print();
    Ok(())
}

/// How late a thread that does nothing but look at the clock sees that `length` is over: what the machine does to any
/// deadline.
fn busy_wait(length: Duration) -> Duration {
    let until = Instant::now() + length;
    loop {
        let now = Instant::now();
        if now >= until {
            return now - until;
        }
        std::hint::black_box(now);
    }
}
