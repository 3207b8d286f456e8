//! Packages' own tests, in sandboxes and natively.
//!
//! `tests/packages/packages.txt` names the packages, each by version and checksum; their source distributions have the
//! tests. pytest is imported once, into a golden snapshot, and each package's tests run in a sandbox of their own. What
//! is expected of each is in `tests/packages/expected.txt`.

mod cache;
mod native;
mod record;
mod suite;
mod table;

pub use cache::{Cache, Folders};
pub use native::{Native, compare};
pub use record::{NATIVELY, Tally, record};
pub use suite::{LIMITS, Suite};
pub use table::{Package, TableError, parse};
