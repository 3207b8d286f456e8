//! CPython's own tests, in sandboxes.
//!
//! The guest does not ship them: they come from the source that the guest was built from, mounted read-only at
//! `/lib/test`. A golden snapshot with `unittest` and `test.support` imported is made once, and every module runs in a
//! sandbox of its own. What is expected of each is in `tests/cpython/expected.txt`.

mod suite;

pub use suite::{LIMITS, Suite};
