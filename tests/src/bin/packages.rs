//! Runs packages' own tests in sandboxes and compares what comes of them with the committed list.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use hatchery_tests::outcomes::{
    Expected, List, Outcome, SuiteLimits, Totals, report, run_all, run_until_it_ends,
};
use hatchery_tests::packages::{Cache, LIMITS, Native, Suite, Tally, parse, record};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packages");

/// Runs packages' own tests, each package in a sandbox of its own, and compares what comes of
/// them with tests/packages/expected.txt.
#[derive(Parser)]
struct Arguments {
    /// Such as attrs; all in tests/packages/packages.txt unless named.
    packages: Vec<String>,
    /// Run them with native CPython as well, and take what comes of both for what is expected.
    #[arg(long)]
    record: bool,
    /// How many packages run at once.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Of the processor's time, for a package.
    #[arg(long, default_value_t = 120)]
    cpu_seconds: u64,
    /// Print what every test that does not pass has said.
    #[arg(long)]
    verbose: bool,
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let list_path = PathBuf::from(FOLDER).join("expected.txt");
    let mut list = List::parse(&std::fs::read_to_string(&list_path)?)?;
    let table_path = PathBuf::from(FOLDER).join("packages.txt");
    let table = parse(&std::fs::read_to_string(&table_path)?)?;
    let mut names: Vec<String> = table.keys().cloned().collect();
    if !arguments.packages.is_empty() {
        if let Some(name) = arguments
            .packages
            .iter()
            .find(|&name| !table.contains_key(name))
        {
            return Err(format!(
                "{name} is not in {}: add a line for it",
                table_path.display()
            )
            .into());
        }
        names.clone_from(&arguments.packages);
    }
    names.retain(|name| !matches!(list.modules.get(name), Some(Expected::LeftOut(_))));

    let cache = Cache::open()?;
    let tools = cache.tools()?;
    let native = arguments
        .record
        .then(|| Native::find(&cache, &tools))
        .transpose()?;
    let limits = SuiteLimits {
        cpu_time: Duration::from_secs(arguments.cpu_seconds),
        ..LIMITS
    };
    let suite = Suite::prepare(hatchery_tests::runtime(), &tools, limits)?;

    let began = Instant::now();
    let mut totals = Totals::default();
    let known = list.clone();
    let run = |name: &str| -> Result<(Outcome, Option<Outcome>), Box<dyn std::error::Error + Send + Sync>> {
        let package = &table[name];
        let folders = cache.package(package)?;
        let natively = match &native {
            Some(native) => Some(native.run(package, &folders, &[])?),
            None => None,
        };
        let here = run_until_it_ends(&known, name, native.is_some(), |left_out| {
            suite.run(package, &folders, left_out)
        })?;
        Ok((here, natively))
    };
    run_all(&names, arguments.threads, run, |name, outcomes| {
        let (here, natively) = match outcomes {
            Ok(outcomes) => outcomes,
            Err(error) => {
                totals.differing += 1;
                println!("{name}: it cannot be run: {error}");
                return;
            }
        };
        totals.add(&here);
        let differences = if let Some(natively) = natively {
            record(&mut list, name, &here, &natively);
            let written = std::fs::write(&list_path, list.to_string());
            written
                .err()
                .map(|error| error.to_string())
                .into_iter()
                .collect()
        } else {
            list.differences(name, &here)
        };
        totals.differing += usize::from(!differences.is_empty());
        report(name, &here, &differences, arguments.verbose);
    });
    println!("{totals}; {:.0} s", began.elapsed().as_secs_f64());
    let tally = Tally::of(&list);
    println!(
        "in the list: {} packages, {} tests, {:.2} % of them as natively",
        tally.packages,
        tally.tests,
        tally.percent_as_natively()
    );
    Ok(if totals.differing == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
