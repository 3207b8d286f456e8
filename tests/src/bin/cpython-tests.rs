//! Runs CPython's own tests in sandboxes and compares what comes of them with the committed list.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use hatchery_tests::cpython::{LIMITS, Suite};
use hatchery_tests::outcomes::{
    Expected, List, SuiteLimits, Totals, report, run_all, run_until_it_ends,
};

/// Runs CPython's own tests, each module in a sandbox of its own, and compares what comes of
/// them with tests/cpython/expected.txt.
#[derive(Parser)]
struct Arguments {
    /// Such as test_json, or test_asyncio.test_tasks; all that there are unless named.
    modules: Vec<String>,
    /// Take what comes of them for what is expected.
    #[arg(long)]
    update: bool,
    /// The list to use in place of the committed one.
    #[arg(long)]
    list: Option<PathBuf>,
    /// How many modules run at once.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Of the processor's time, for a module.
    #[arg(long, default_value_t = 60)]
    cpu_seconds: u64,
    /// Print what every test that does not pass has said.
    #[arg(long)]
    verbose: bool,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let path = arguments.list.clone().unwrap_or_else(|| {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/cpython/expected.txt"))
    });
    let mut list = List::parse(&std::fs::read_to_string(&path)?)?;
    let runtime = hatchery_tests::runtime();
    let source = hatchery_guest::source_dir()?.ok_or(
        "the guest's build cache has no CPython source: build the guest with `hatchery build`, \
         without HATCHERY_GUEST",
    )?;
    let limits = SuiteLimits {
        cpu_time: Duration::from_secs(arguments.cpu_seconds),
        ..LIMITS
    };
    let suite = Suite::prepare(runtime, &source, limits)?;
    let mut modules = if arguments.modules.is_empty() {
        suite.modules()?
    } else {
        arguments.modules.clone()
    };
    if arguments.modules.is_empty() || !arguments.update {
        modules.retain(|name| !matches!(list.modules.get(name), Some(Expected::LeftOut(_))));
    }

    let began = Instant::now();
    let mut totals = Totals::default();
    let known = list.clone();
    let run = |module: &str| {
        run_until_it_ends(&known, module, arguments.update, |left_out| {
            suite.run(module, left_out)
        })
    };
    run_all(&modules, arguments.threads, run, |module, outcome| {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                totals.differing += 1;
                println!("{module}: no sandbox can be made: {error}");
                return;
            }
        };
        totals.add(&outcome);
        let differences = if arguments.update {
            list.update(module, &outcome);
            Vec::new()
        } else {
            list.differences(module, &outcome)
        };
        totals.differing += usize::from(!differences.is_empty());
        report(module, &outcome, &differences, arguments.verbose);
    });
    println!("{totals}; {:.0} s", began.elapsed().as_secs_f64());
    if arguments.update {
        std::fs::write(&path, list.to_string())?;
        println!("written to {}", path.display());
    }
    Ok(if totals.differing == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
