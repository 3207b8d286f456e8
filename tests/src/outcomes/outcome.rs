//! What came of a module's tests, as they told it one by one.

use std::collections::BTreeMap;

/// How a test ended; a later one outweighs an earlier where one test reports twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It did what it should.
    Passed,
    /// It skipped itself, or something skipped it, and said why.
    Skipped,
    /// It failed, as CPython's developers have marked it to.
    ExpectedFailure,
    /// It failed or raised, or it was expected to fail and passed.
    Failed,
    /// It did not end: the sandbox was stopped while it ran.
    Stopped,
}

/// How one test ended, and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestEnd {
    /// How.
    pub status: Status,
    /// The reason for a skip, the traceback of a failure, what stopped the sandbox.
    pub detail: String,
}

/// What came of one module.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// By name, the module's own part of it left out. Tests that share a name count once.
    pub tests: BTreeMap<String, TestEnd>,
    /// The module as a whole was skipped, for this reason.
    pub skipped: Option<String>,
    /// The processor's time that it took.
    pub seconds: f64,
}

impl Outcome {
    /// How many tests ended so.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.tests
            .values()
            .filter(|test| test.status == status)
            .count()
    }

    /// The tests that were stopped.
    #[must_use]
    pub fn stopped(&self) -> Vec<String> {
        self.tests
            .iter()
            .filter(|(_, test)| test.status == Status::Stopped)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// How often each reason for a skip was given.
    #[must_use]
    pub fn skips(&self) -> BTreeMap<String, usize> {
        let mut skips = BTreeMap::new();
        for test in self.tests.values() {
            if test.status == Status::Skipped {
                *skips.entry(test.detail.clone()).or_default() += 1;
            }
        }
        skips
    }
}

/// Collects the calls of a `driver.py`.
#[derive(Debug, Default)]
pub(crate) struct Events {
    running: Option<String>,
    outcome: Outcome,
    is_finished: bool,
}

impl Events {
    /// One call: what happened to which test, and what it said.
    pub(crate) fn take(&mut self, what: &str, test: &str, status: &str, detail: &str) {
        if what == "begin" {
            self.running = Some(test.to_owned());
            return;
        }
        if self.running.as_deref() == Some(test) {
            self.running = None;
        }
        let status = match status {
            "passed" => Status::Passed,
            "skipped" => Status::Skipped,
            "expected" => Status::ExpectedFailure,
            _ => Status::Failed,
        };
        match (test, status) {
            ("all", _) => self.is_finished = true,
            ("import", Status::Passed) => {}
            ("import", Status::Skipped) => {
                self.outcome.skipped = Some(reason(detail));
                self.is_finished = true;
            }
            ("import", _) => {
                self.end(test, status, detail.to_owned());
                self.is_finished = true;
            }
            (_, Status::Skipped) => self.end(test, status, reason(detail)),
            _ => self.end(test, status, detail.to_owned()),
        }
    }

    /// What came of it. `prefix` is left out of the tests' names; `stop` is what stopped the sandbox, if something did.
    pub(crate) fn finish(mut self, prefix: &str, stop: Option<String>, seconds: f64) -> Outcome {
        if !self.is_finished || stop.is_some() {
            let running = self.running.take().unwrap_or_else(|| "end".to_owned());
            let why = stop.unwrap_or_else(|| "the interpreter left in the middle".to_owned());
            self.end(&running, Status::Stopped, why);
        }
        let tests = std::mem::take(&mut self.outcome.tests);
        self.outcome.tests = tests
            .into_iter()
            .map(|(name, end)| (name.replace(prefix, ""), end))
            .collect();
        self.outcome.seconds = seconds;
        self.outcome
    }

    fn end(&mut self, test: &str, status: Status, detail: String) {
        let end = TestEnd { status, detail };
        let known = self
            .outcome
            .tests
            .entry(one_line(test))
            .or_insert_with(|| end.clone());
        if end.status > known.status {
            *known = end;
        }
    }
}

/// The reason for a skip as the list has it: without paths, which differ from machine to machine.
fn reason(text: &str) -> String {
    let mut parts: Vec<&str> = text.split('\'').collect();
    for part in parts.iter_mut().skip(1) {
        if part.starts_with('/') {
            *part = "/…";
        }
    }
    one_line(&parts.join("'"))
}

/// A text that fits on a line of the list.
pub(super) fn one_line(text: &str) -> String {
    const CHARS_MAX: usize = 160;
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_that_never_ended_is_not_a_test_that_passed() {
        let mut events = Events::default();
        events.take("begin", "test.test_a.T.test_one", "", "");
        events.take("end", "test.test_a.T.test_one", "passed", "");
        events.take("begin", "test.test_a.T.test_two", "", "");
        let outcome = events.finish("test.test_a.", Some("out of time".to_owned()), 1.0);
        assert_eq!(outcome.count(Status::Passed), 1);
        assert_eq!(outcome.stopped(), ["T.test_two"]);
    }

    #[test]
    fn a_module_that_leaves_early_is_not_a_module_that_ended() {
        let mut events = Events::default();
        events.take("begin", "import", "", "");
        events.take("end", "import", "passed", "0.1");
        assert_eq!(events.finish("test.test_a.", None, 0.0).stopped(), ["end"]);
    }

    #[test]
    fn no_path_of_a_machine_gets_into_the_list() {
        let mut events = Events::default();
        events.take(
            "end",
            "import",
            "skipped",
            "can't read '/home/me/src' or '/tmp/x'",
        );
        let outcome = events.finish("test.test_a.", None, 0.0);
        assert_eq!(outcome.skipped.unwrap(), "can't read '/…' or '/…'");
        assert_eq!(reason("/dev/zero is not there"), "/dev/zero is not there");
    }

    #[test]
    fn of_two_tests_with_one_name_the_failure_is_seen() {
        let mut events = Events::default();
        for status in ["failed", "passed"] {
            events.take("end", "test.test_a.T.test_one", status, "why");
        }
        events.take("end", "all", "passed", "");
        let outcome = events.finish("test.test_a.", None, 0.0);
        assert_eq!(outcome.count(Status::Failed), 1);
    }
}
