use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

use super::list::List;
use super::outcome::{Outcome, Status, TestEnd};

/// Runs a module; to find out what is to be expected, again and again without the tests that do not end.
///
/// # Errors
///
/// Those of `run`, which gets the tests to leave out.
pub fn run_until_it_ends<E>(
    list: &List,
    module: &str,
    is_update: bool,
    run: impl Fn(&[String]) -> Result<Outcome, E>,
) -> Result<Outcome, E> {
    const ATTEMPTS_MAX: usize = 6;
    let mut left_out = list.left_out(module);
    let mut stopped: BTreeMap<String, TestEnd> = BTreeMap::new();
    for _ in 1..ATTEMPTS_MAX {
        let mut outcome = run(&left_out)?;
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
    let mut outcome = run(&left_out)?;
    outcome.tests.extend(stopped);
    Ok(outcome)
}

/// Prints a module's line, and what is not as expected.
pub fn report(module: &str, outcome: &Outcome, differences: &[String], is_verbose: bool) {
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

/// What came of all modules.
#[derive(Debug, Default)]
pub struct Totals {
    modules: usize,
    skipped_modules: usize,
    passed: usize,
    skipped: usize,
    failed: usize,
    /// Modules that are not as expected.
    pub differing: usize,
}

impl Totals {
    /// Counts a module's tests.
    pub fn add(&mut self, outcome: &Outcome) {
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

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} run, {} skipped; {} tests passed, {} skipped, {} failed; {} not as expected",
            self.modules,
            self.skipped_modules,
            self.passed,
            self.skipped,
            self.failed,
            self.differing
        )
    }
}
