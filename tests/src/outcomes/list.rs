//! The committed list of what is expected of each module.
//!
//! ```text
//! reason KEY: why tests fail for which that is the reason
//!
//! MODULE: 10 passed, 3 skipped, 1 expected failure, 1 failed, 1 left out
//!   skip 3: what the tests themselves say
//!   fail TEST: KEY
//!   omit TEST: KEY
//!   differ TEST: KEY
//! MODULE: skipped, what the module itself says
//! MODULE: left out, KEY
//! ```
//!
//! A reason that begins with `?` is what a failing test said, and waits for someone to find out why. Counts in a
//! module's line are for its readers: passed tests and expected failures are compared, the rest is what the lines
//! under it say. A `differ` line is about a test that passes or is skipped where it does not do the same natively.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::outcome::{Outcome, Status, one_line};

/// What is expected of all modules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// What stands at its head, up to the first reason.
    pub preface: String,
    /// Why tests fail or are left out, by key.
    pub reasons: BTreeMap<String, String>,
    /// By name.
    pub modules: BTreeMap<String, Expected>,
}

/// What is expected of one module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It skips itself, for this reason.
    Skipped(String),
    /// It is not run, for this reason.
    LeftOut(String),
    /// It runs.
    Runs(ExpectedModule),
}

/// What is expected of the tests of a module that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedModule {
    /// How many pass.
    pub passed: usize,
    /// How many fail as CPython's developers have marked them to.
    pub expected_failures: usize,
    /// How many are skipped, by what they say.
    pub skips: BTreeMap<String, usize>,
    /// Which fail, and the key of the reason.
    pub failed: BTreeMap<String, String>,
    /// Which are not run, as they would not end, and the key of the reason.
    pub left_out: BTreeMap<String, String>,
    /// Which pass or are skipped, and natively are not, and the key of the reason.
    pub differing: BTreeMap<String, String>,
}

/// A line that is not as it should be.
#[derive(Debug)]
pub struct ListError {
    line: usize,
    what: &'static str,
}

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the list: {}", self.line, self.what)
    }
}

impl std::error::Error for ListError {}

impl List {
    /// Reads a list.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read, or that names a reason that there is none of.
    pub fn parse(text: &str) -> Result<Self, ListError> {
        let mut list = Self::default();
        let mut module: Option<ExpectedModule> = None;
        let mut name = String::new();
        for (index, line) in text.lines().enumerate() {
            let fail = |what| ListError {
                line: index + 1,
                what,
            };
            if line.starts_with('#') || line.is_empty() {
                if list.reasons.is_empty() && list.modules.is_empty() {
                    writeln!(list.preface, "{line}").expect("a String can be written to");
                }
                continue;
            }
            let (head, tail) = line
                .split_once(": ")
                .ok_or(fail("there is no `: ` in it"))?;
            if let Some(entry) = head.strip_prefix("  ") {
                let Some(Expected::Runs(module)) = list.modules.get_mut(&name) else {
                    return Err(fail("it belongs to no module that runs"));
                };
                let (what, of) = entry.split_once(' ').ok_or(fail("it says too little"))?;
                let into = match what {
                    "skip" => {
                        let count = of.parse().map_err(|_| fail("it has no number"))?;
                        module.skips.insert(tail.to_owned(), count);
                        continue;
                    }
                    "fail" => &mut module.failed,
                    "omit" => &mut module.left_out,
                    "differ" => &mut module.differing,
                    _ => return Err(fail("it begins with neither skip, fail, omit nor differ")),
                };
                if !tail.starts_with('?') && !list.reasons.contains_key(tail) {
                    return Err(fail("its reason is not among those at the head"));
                }
                into.insert(of.to_owned(), tail.to_owned());
            } else if let Some(key) = head.strip_prefix("reason ") {
                list.reasons.insert(key.to_owned(), tail.to_owned());
            } else {
                let expected = if let Some(reason) = tail.strip_prefix("skipped, ") {
                    Expected::Skipped(reason.to_owned())
                } else if let Some(reason) = tail.strip_prefix("left out, ") {
                    if !reason.starts_with('?') && !list.reasons.contains_key(reason) {
                        return Err(fail("its reason is not among those at the head"));
                    }
                    Expected::LeftOut(reason.to_owned())
                } else {
                    let mut counts = ExpectedModule::default();
                    for part in tail.split(", ") {
                        let (count, what) = part.split_once(' ').ok_or(fail("no count"))?;
                        let count = count.parse().map_err(|_| fail("it has no number"))?;
                        match what {
                            "passed" => counts.passed = count,
                            "expected failures" => counts.expected_failures = count,
                            "skipped" | "failed" | "left out" => {}
                            _ => return Err(fail("it counts what is unknown")),
                        }
                    }
                    Expected::Runs(module.take().unwrap_or(counts))
                };
                name = head.to_owned();
                list.modules.insert(name.clone(), expected);
            }
        }
        Ok(list)
    }

    /// The tests of a module that are not to be run.
    #[must_use]
    pub fn left_out(&self, module: &str) -> Vec<String> {
        match self.modules.get(module) {
            Some(Expected::Runs(expected)) => expected.left_out.keys().cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// Takes what came of a module for what is expected of it. Reasons that were known stay.
    pub fn update(&mut self, module: &str, outcome: &Outcome) {
        let known = match self.modules.remove(module) {
            Some(Expected::Runs(known)) => known,
            _ => ExpectedModule::default(),
        };
        let expected = match &outcome.skipped {
            Some(reason) => Expected::Skipped(reason.clone()),
            None => Expected::Runs(expected_of(outcome, &known)),
        };
        self.modules.insert(module.to_owned(), expected);
    }

    /// How an outcome differs from what is expected, a line a difference.
    #[must_use]
    pub fn differences(&self, module: &str, outcome: &Outcome) -> Vec<String> {
        let mut differences = Vec::new();
        let expected = match self.modules.get(module) {
            None => return vec!["is not in the list".to_owned()],
            Some(Expected::LeftOut(_)) => return vec!["was to be left out".to_owned()],
            Some(Expected::Skipped(reason)) => {
                return match &outcome.skipped {
                    Some(now) if now == reason => Vec::new(),
                    Some(now) => vec![format!("skips itself for another reason: {now}")],
                    None => vec!["runs, and was to skip itself".to_owned()],
                };
            }
            Some(Expected::Runs(expected)) => expected,
        };
        if let Some(reason) = &outcome.skipped {
            return vec![format!("skips itself, and was to run: {reason}")];
        }
        let now = expected_of(outcome, expected);
        for (name, test) in &outcome.tests {
            let is_new = match test.status {
                Status::Failed => !expected.failed.contains_key(name),
                Status::Stopped => true,
                _ => false,
            };
            if is_new {
                differences.push(format!("{name} fails:\n{}", test.detail.trim_end()));
            }
        }
        for name in expected.failed.keys() {
            if !now.failed.contains_key(name) {
                differences.push(format!("{name} does not fail, and was to"));
            }
        }
        let reasons = expected.skips.keys().chain(now.skips.keys());
        for reason in reasons.collect::<std::collections::BTreeSet<_>>() {
            let count = |skips: &BTreeMap<String, usize>| skips.get(reason).copied().unwrap_or(0);
            let (was, is) = (count(&expected.skips), count(&now.skips));
            if was != is {
                differences.push(format!("{is} skipped, not {was}: {reason}"));
            }
        }
        for (what, was, is) in [
            ("passed", expected.passed, now.passed),
            (
                "failed as expected",
                expected.expected_failures,
                now.expected_failures,
            ),
        ] {
            if was != is {
                differences.push(format!("{is} {what}, not {was}"));
            }
        }
        differences
    }
}

/// An outcome as the list has it, with what `known` says of failing tests.
fn expected_of(outcome: &Outcome, known: &ExpectedModule) -> ExpectedModule {
    let with_reasons = |status: Status, known: &BTreeMap<String, String>| {
        let tests = outcome.tests.iter();
        tests
            .filter(|(_, test)| test.status == status)
            .map(|(name, test)| {
                let last = test.detail.trim_end().lines().last().unwrap_or_default();
                let said = || format!("? {}", one_line(last));
                (name.clone(), known.get(name).cloned().unwrap_or_else(said))
            })
            .collect::<BTreeMap<_, _>>()
    };
    let mut left_out = with_reasons(Status::Stopped, &known.left_out);
    left_out.extend(known.left_out.clone());
    ExpectedModule {
        passed: outcome.count(Status::Passed),
        expected_failures: outcome.count(Status::ExpectedFailure),
        skips: outcome.skips(),
        failed: with_reasons(Status::Failed, &known.failed),
        left_out,
        differing: known.differing.clone(),
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.preface)?;
        for (key, reason) in &self.reasons {
            writeln!(f, "reason {key}: {reason}")?;
        }
        writeln!(f)?;
        for (name, expected) in &self.modules {
            match expected {
                Expected::Skipped(reason) => writeln!(f, "{name}: skipped, {reason}")?,
                Expected::LeftOut(reason) => writeln!(f, "{name}: left out, {reason}")?,
                Expected::Runs(module) => {
                    writeln!(f, "{name}: {}", module.counts())?;
                    for (reason, count) in &module.skips {
                        writeln!(f, "  skip {count}: {reason}")?;
                    }
                    for (test, reason) in &module.failed {
                        writeln!(f, "  fail {test}: {reason}")?;
                    }
                    for (test, reason) in &module.left_out {
                        writeln!(f, "  omit {test}: {reason}")?;
                    }
                    for (test, reason) in &module.differing {
                        writeln!(f, "  differ {test}: {reason}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl ExpectedModule {
    /// In words, without those that are zero.
    #[must_use]
    pub fn counts(&self) -> String {
        let mut counts = format!("{} passed", self.passed);
        for (count, what) in [
            (self.skips.values().sum(), "skipped"),
            (self.expected_failures, "expected failures"),
            (self.failed.len(), "failed"),
            (self.left_out.len(), "left out"),
        ] {
            if count != 0 {
                write!(counts, ", {count} {what}").expect("a String can be written to");
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::TestEnd;

    const TEXT: &str = "\
# What is expected.

reason no-links: the sandbox's file system has no links

test_a: 1 passed, 2 skipped, 1 failed, 1 left out
  skip 2: needs: a network
  fail T.test_link: no-links
  omit T.test_long: no-links
test_b: skipped, No module named 'b'
test_c: left out, no-links
";

    fn outcome(tests: &[(&str, Status, &str)]) -> Outcome {
        let tests = tests.iter().map(|&(name, status, detail)| {
            let detail = detail.to_owned();
            (name.to_owned(), TestEnd { status, detail })
        });
        Outcome {
            tests: tests.collect(),
            ..Outcome::default()
        }
    }

    #[test]
    fn a_list_does_not_change_by_being_read_and_written() {
        assert_eq!(List::parse(TEXT).unwrap().to_string(), TEXT);
    }

    #[test]
    fn a_reason_that_nobody_has_written_is_refused() {
        let error = List::parse("test_a: 0 passed, 1 failed\n  fail T.test_b: no-luck\n");
        assert!(error.unwrap_err().to_string().starts_with("line 2 "));
    }

    #[test]
    fn no_difference_stays_unseen() {
        use Status::{Failed, Passed, Skipped};
        let list = List::parse(TEXT).unwrap();
        let network = "needs: a network";
        let as_expected = [
            ("T.test_one", Passed, ""),
            ("T.test_link", Failed, "OSError"),
            ("T.test_x", Skipped, network),
            ("T.test_y", Skipped, network),
        ];
        assert!(
            list.differences("test_a", &outcome(&as_expected))
                .is_empty()
        );
        for (index, status) in [
            (0, Failed),
            (0, Skipped),
            (1, Passed),
            (2, Passed),
            (3, Status::Stopped),
        ] {
            let mut tests = as_expected;
            tests[index].1 = status;
            let differences = list.differences("test_a", &outcome(&tests));
            assert!(!differences.is_empty(), "{index} {status:?}");
        }
        let fewer = outcome(&as_expected[1..]);
        assert_eq!(
            list.differences("test_a", &fewer),
            ["0 passed, not 1".to_owned()]
        );
        assert_eq!(list.differences("test_b", &outcome(&[])).len(), 1);
        assert_eq!(list.differences("test_d", &outcome(&[])).len(), 1);
    }

    #[test]
    fn an_update_keeps_the_reasons_that_are_known_and_asks_for_the_others() {
        let mut list = List::parse(TEXT).unwrap();
        let now = outcome(&[
            ("T.test_link", Status::Failed, "OSError: no"),
            ("T.test_new", Status::Failed, "Traceback\nValueError: why"),
        ]);
        list.update("test_a", &now);
        let text = list.to_string();
        assert!(text.contains("  fail T.test_link: no-links\n"), "{text}");
        assert!(
            text.contains("  fail T.test_new: ? ValueError: why\n"),
            "{text}"
        );
        assert!(text.contains("  omit T.test_long: no-links\n"), "{text}");
        assert_eq!(List::parse(&text).unwrap(), list);
    }
}
