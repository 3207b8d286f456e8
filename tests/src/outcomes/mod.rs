//! What comes of tests that a sandbox ran, and the committed list of what was to come: shared by the runner of CPython's
//! own tests and the runner of packages.

mod list;
mod outcome;
mod parallel;
mod sandboxed;
mod totals;

pub use list::{Expected, ExpectedModule, List, ListError};
pub(crate) use outcome::Events;
pub use outcome::{Outcome, Status, TestEnd};
pub use parallel::run_all;
pub use sandboxed::SuiteLimits;
pub use totals::{Totals, report, run_until_it_ends};
