//! What the list says of how packages' tests come out beside native CPython.

use std::collections::BTreeMap;

use crate::outcomes::{Expected, ExpectedModule, List, Outcome, Status};

use super::native::compare;

/// The reason of tests that fail natively as well.
pub const NATIVELY: &str = "natively";
/// Stands between a file's name and how many tests it has, where none of them is there.
const ALL_OF_FILE: &str = "::* ";

/// Takes what came of a package here and natively for what is expected of it. Reasons that were known stay.
pub fn record(list: &mut List, package: &str, here: &Outcome, native: &Outcome) {
    list.update(package, here);
    let Some(Expected::Runs(expected)) = list.modules.get_mut(package) else {
        return;
    };
    let mut differing = compare(native, here);
    for (name, reason) in &mut expected.failed {
        match differing.remove(name) {
            None => NATIVELY.clone_into(reason),
            Some(_) if reason == NATIVELY => "? it passes natively".clone_into(reason),
            Some(_) => {}
        }
    }
    differing.retain(|name, _| {
        !expected.left_out.contains_key(name)
            && here
                .tests
                .get(name)
                .is_none_or(|end| end.status != Status::Stopped)
    });
    // Of a file that cannot be imported here no test is there: one line for all of them.
    let mut missing = BTreeMap::new();
    differing.retain(|name, _| {
        let is_there = here.tests.contains_key(name);
        if !is_there {
            let file = name.split("::").next().unwrap_or(name);
            *missing.entry(file.to_owned()).or_insert(0) += 1;
        }
        is_there
    });
    for (file, count) in missing {
        let how = "natively they run, here they are not there".to_owned();
        differing.insert(format!("{file}{ALL_OF_FILE}{count}"), how);
    }
    let known = std::mem::take(&mut expected.differing);
    expected.differing = differing
        .into_iter()
        .map(|(name, how)| {
            let reason = known.get(&name).cloned().unwrap_or(format!("? {how}"));
            (name, reason)
        })
        .collect();
}

/// How many tests of packages there are, and how many of them come out as they do natively.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Packages whose tests run.
    pub packages: usize,
    /// All tests, those included that are left out.
    pub tests: usize,
    /// Those that pass.
    pub passed: usize,
    /// Those that skip themselves, here and natively.
    pub skipped: usize,
    /// Those that fail here and natively.
    pub fail_natively: usize,
    /// Those that do not come out as natively.
    pub differing: usize,
}

impl Tally {
    /// Counts what a list says.
    #[must_use]
    pub fn of(list: &List) -> Self {
        let mut tally = Self::default();
        for expected in list.modules.values() {
            if let Expected::Runs(expected) = expected {
                tally.add(expected);
            }
        }
        tally
    }

    fn add(&mut self, expected: &ExpectedModule) {
        let skipped: usize = expected.skips.values().sum();
        let natively = expected.failed.values().filter(|&key| key == NATIVELY);
        let natively = natively.count();
        self.packages += 1;
        self.passed += expected.passed + expected.expected_failures;
        self.skipped += skipped;
        self.fail_natively += natively;
        let missing: usize = expected
            .differing
            .keys()
            .filter_map(|name| name.rsplit_once(ALL_OF_FILE)?.1.parse::<usize>().ok())
            .sum();
        let singly = expected.differing.keys();
        let singly = singly.filter(|name| !name.contains(ALL_OF_FILE)).count();
        self.differing +=
            expected.failed.len() - natively + expected.left_out.len() + singly + missing;
        self.tests += expected.passed
            + expected.expected_failures
            + skipped
            + expected.failed.len()
            + expected.left_out.len()
            + missing;
    }

    /// Those that come out as natively, in percent.
    #[must_use]
    pub fn percent_as_natively(&self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "there are fewer than 2^52 tests"
        )]
        let share = (self.tests - self.differing) as f64 / self.tests.max(1) as f64;
        share * 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcomes::TestEnd;

    fn outcome(tests: &[(&str, Status)]) -> Outcome {
        let end = |status| TestEnd {
            status,
            detail: "ValueError: why".to_owned(),
        };
        Outcome {
            tests: tests
                .iter()
                .map(|&(name, status)| (name.to_owned(), end(status)))
                .collect(),
            ..Outcome::default()
        }
    }

    #[test]
    fn a_failure_of_the_guest_is_not_taken_for_one_of_the_package() {
        let mut list = List::default();
        let native = outcome(&[
            ("a", Status::Failed),
            ("b", Status::Passed),
            ("c", Status::Passed),
            ("d", Status::Passed),
        ]);
        let here = outcome(&[
            ("a", Status::Failed),
            ("b", Status::Failed),
            ("c", Status::Skipped),
            ("d", Status::Passed),
        ]);
        record(&mut list, "p", &here, &native);
        let Expected::Runs(expected) = &list.modules["p"] else {
            panic!("it runs")
        };
        assert_eq!(expected.failed["a"], NATIVELY);
        assert_eq!(expected.failed["b"], "? ValueError: why");
        assert_eq!(
            expected.differing["c"],
            "? natively it passes, here it is skipped"
        );
        let tally = Tally::of(&list);
        assert_eq!(
            (tally.tests, tally.differing, tally.fail_natively),
            (4, 2, 1)
        );
        assert!((tally.percent_as_natively() - 50.0).abs() < 1e-9);

        // A test that passes natively after all is asked about again.
        let native = outcome(&[("a", Status::Passed), ("b", Status::Passed)]);
        record(
            &mut list,
            "p",
            &outcome(&[("a", Status::Failed), ("b", Status::Passed)]),
            &native,
        );
        let Expected::Runs(expected) = &list.modules["p"] else {
            panic!("it runs")
        };
        assert_eq!(expected.failed["a"], "? it passes natively");
        assert!(expected.differing.is_empty());
    }
}
