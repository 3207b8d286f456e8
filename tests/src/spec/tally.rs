//! Counts verdicts.

use super::machine::Verdict;
use std::fmt;

/// How many files and assertions pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    files: usize,
    files_passed: usize,
    assertions: usize,
    assertions_passed: usize,
    commands: usize,
    commands_passed: usize,
}

impl Tally {
    /// Adds a file's.
    pub fn add(&mut self, verdicts: &[Verdict]) {
        self.files += 1;
        self.files_passed += usize::from(verdicts.iter().all(|verdict| verdict.result.is_ok()));
        for Verdict {
            is_assertion,
            result,
            ..
        } in verdicts
        {
            let passed = usize::from(result.is_ok());
            if *is_assertion {
                self.assertions += 1;
                self.assertions_passed += passed;
            } else {
                self.commands += 1;
                self.commands_passed += passed;
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {} files, {} of {} assertions, {} of {} modules and other commands",
            self.files_passed,
            self.files,
            self.assertions_passed,
            self.assertions,
            self.commands_passed,
            self.commands
        )
    }
}
