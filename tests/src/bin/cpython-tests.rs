//! Runs CPython's own tests in sandboxes and compares what comes of them with the committed list.

#![forbid(unsafe_code)]

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use hatchery_tests::cpython::{Expected, List, Outcome, Status, Suite, SuiteLimits, run_all};

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
        ..SuiteLimits::default()
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
    let run = |module: &str| run_module(&suite, &known, module, arguments.update);
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

/// Runs a module; to find out what is to be expected, again and again without the tests that do not end.
fn run_module(
    suite: &Suite,
    list: &List,
    module: &str,
    is_update: bool,
) -> Result<Outcome, hatchery::Error> {
    const ATTEMPTS_MAX: usize = 6;
    let mut left_out = list.left_out(module);
    let mut stopped = Vec::new();
    for _ in 1..ATTEMPTS_MAX {
        let mut outcome = suite.run(module, &left_out)?;
        if !is_update || outcome.stopped().is_empty() {
            outcome.tests.extend(stopped);
            return Ok(outcome);
        }
        left_out.extend(outcome.stopped());
        outcome
            .tests
            .retain(|_, test| test.status == Status::Stopped);
        stopped.extend(outcome.tests);
    }
    let mut outcome = suite.run(module, &left_out)?;
    outcome.tests.extend(stopped);
    Ok(outcome)
}

fn report(module: &str, outcome: &Outcome, differences: &[String], is_verbose: bool) {
    let mut out = std::io::stdout().lock();
    let verdict = if differences.is_empty() {
        ""
    } else {
        ", NOT AS EXPECTED"
    };
    // Nobody reads what is printed when the output is closed.
    let _ = match &outcome.skipped {
        Some(reason) => writeln!(out, "{module}: skipped{verdict}, {reason}"),
        None => writeln!(
            out,
            "{module}: {} passed, {} skipped, {} failed, {} stopped{verdict}, {:.1} s",
            outcome.count(Status::Passed) + outcome.count(Status::ExpectedFailure),
            outcome.count(Status::Skipped),
            outcome.count(Status::Failed),
            outcome.count(Status::Stopped),
            outcome.seconds,
        ),
    };
    for difference in differences {
        let _ = writeln!(out, "    {}", difference.replace('\n', "\n    "));
    }
    if is_verbose {
        for (name, test) in &outcome.tests {
            if matches!(test.status, Status::Failed | Status::Stopped) {
                let _ = writeln!(out, "=== {module} {name}\n{}", test.detail.trim_end());
            }
        }
    }
}

#[derive(Default)]
struct Totals {
    modules: usize,
    skipped_modules: usize,
    passed: usize,
    skipped: usize,
    failed: usize,
    differing: usize,
}

impl Totals {
    fn add(&mut self, outcome: &Outcome) {
        if outcome.skipped.is_some() {
            self.skipped_modules += 1;
            return;
        }
        self.modules += 1;
        self.passed += outcome.count(Status::Passed) + outcome.count(Status::ExpectedFailure);
        self.skipped += outcome.count(Status::Skipped);
        self.failed += outcome.count(Status::Failed) + outcome.count(Status::Stopped);
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} modules run, {} skipped; {} tests passed, {} skipped, {} failed; {} modules not as expected",
            self.modules,
            self.skipped_modules,
            self.passed,
            self.skipped,
            self.failed,
            self.differing
        )
    }
}
