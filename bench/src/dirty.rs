//! The page-by-page view: what one run of a program writes to.

use std::time::Instant;

use hatchery::Runtime;

/// What the `dirty` command takes.
#[derive(Debug, clap::Args)]
pub struct DirtyArguments {
    /// The programs, each run in a fresh sandbox
    #[arg(short = 'c', value_name = "CODE", default_values_t = [
        "pass".to_owned(),
        "print('hello')".to_owned(),
        "import json; print(json.dumps({'a': [1, 2, {'b': None}]}))".to_owned(),
        "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint(fib(18))".to_owned(),
    ])]
    code: Vec<String>,

    /// List every page: its address, how many bytes changed, and where the first one is
    #[arg(long)]
    pages: bool,
}

const FRESH_SANDBOXES: usize = 200;

/// Prints which pages each program dirties in a fresh sandbox.
///
/// # Errors
///
/// A sandbox's.
pub fn dirty(arguments: &DirtyArguments) -> Result<(), crate::Failure> {
    let runtime = Runtime::new()?;
    let page_bytes = cow_memory::Capabilities::probe().page_size_bytes;
    let golden = runtime.golden().image().clone();
    println!("golden image {} MiB", golden.len_bytes() >> 20);
    // All made before one runs, so that none gets a slot that another has warmed.
    let mut sandboxes = Vec::new();
    for _ in &arguments.code {
        sandboxes.push(runtime.sandbox()?);
    }
    for (code, sandbox) in arguments.code.iter().zip(&mut sandboxes) {
        let before = sandbox.private_dirty_pages()?;
        sandbox.execute(code)?;
        let pages = sandbox.dirty_pages()?;
        println!(
            "{:4} pages in {:3} runs (before: {before}), cold {:.0} µs: {}",
            pages.len_pages(),
            pages.run_count(),
            cold_median_us(&runtime, code)?,
            code.lines().next().unwrap_or_default()
        );
        if !arguments.pages {
            continue;
        }
        for page in pages.iter() {
            let start = page as usize * page_bytes;
            let now = &sandbox.memory()[start..start + page_bytes];
            let then = golden
                .as_bytes()
                .get(start..start + page_bytes)
                .unwrap_or(&[]);
            let changed = now.iter().zip(then).filter(|(a, b)| a != b).count();
            let first = now.iter().zip(then).position(|(a, b)| a != b).unwrap_or(0);
            let was = if then.iter().all(|byte| *byte == 0) {
                "empty"
            } else {
                ""
            };
            println!(
                "  {start:#010x} {changed:5} bytes, first at {:#010x} {was}",
                start + first
            );
        }
    }
    Ok(())
}

/// First run in a sandbox whose memory nobody has touched.
fn cold_median_us(runtime: &Runtime, code: &str) -> Result<f64, hatchery::Error> {
    // Held, so that each gets a slot of its own that was never warmed.
    let mut held = Vec::new();
    let mut times = Vec::new();
    for _ in 0..FRESH_SANDBOXES {
        let mut sandbox = runtime.sandbox()?;
        let begun = Instant::now();
        sandbox.execute(code)?;
        times.push(begun.elapsed().as_secs_f64() * 1e6);
        held.push(sandbox);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}
