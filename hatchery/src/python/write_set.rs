//! The pages that a program writes to whatever it does, noted in the snapshot.
//!
//! A first write to a page takes a fault of some two microseconds, and a first run takes one for each page. Making the
//! usual pages private in one call before the first run costs a third of that. It is done when a sandbox first runs
//! something and not when it is made, so that an idle one takes no memory.

use hatchery_abi::names::exports;
use std::time::{Duration, Instant};

use cow_memory::PageSet;
use wasmtime::Linker;

use super::{Host, PythonGuest, Run, Step};
use hatchery_engine::Golden;
use hatchery_engine::StoreData;
use hatchery_engine::{CallError, InstanceConfig, InstanceError};

/// Where in a golden snapshot's metadata the pages are, as `first-end` pairs.
pub(crate) const METADATA_WRITE_SET: &str = "write_set";

/// What stands for any program.
const PROGRAM: &[u8] = b"print()";
const TIMEOUT: Duration = Duration::from_secs(10);

/// Why the pages could not be learned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LearnError {
    #[error(transparent)]
    Instance(#[from] InstanceError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Memory(#[from] cow_memory::Error),
    #[error("the guest did not run a program")]
    Refused,
}

/// Runs a small program in a fresh instance and notes what it has written to.
pub(crate) fn learn(
    golden: &Golden,
    linker: &Linker<StoreData<Host>>,
    host: Host,
) -> Result<Golden, LearnError> {
    let instance = golden
        .prepare(linker)?
        .instantiate(host, InstanceConfig::default())?;
    let mut guest = PythonGuest::new(instance, 0);
    let steps = [Step::new(exports::EXECUTE, PROGRAM)];
    match guest.run(None, &steps, Some(Instant::now() + TIMEOUT).into())? {
        Run::Finished => {}
        _ => return Err(LearnError::Refused),
    }
    let pages = guest.instance.dirty_pages()?;
    Ok(golden.with_note(METADATA_WRITE_SET, format(&pages)))
}

fn format(pages: &PageSet) -> String {
    let runs: Vec<String> = pages
        .runs()
        .map(|run| format!("{}-{}", run.start, run.end))
        .collect();
    runs.join(" ")
}

/// Reads a note back. `None` when it is something else.
pub(crate) fn parse(note: &str) -> Option<PageSet> {
    let mut pages = PageSet::new();
    for run in note.split_whitespace() {
        let (first, end) = run.split_once('-')?;
        pages.insert_run(first.parse().ok()?..end.parse().ok()?);
    }
    Some(pages)
}

#[cfg(test)]
mod tests {
    use super::{format, parse};
    use cow_memory::PageSet;

    #[test]
    fn what_is_noted_is_read_back() {
        let pages: PageSet = [1, 2, 3, 70, 500].into_iter().collect();
        assert_eq!(parse(&format(&pages)), Some(pages));
        assert_eq!(parse(""), Some(PageSet::new()));
        for broken in ["1", "1-", "-2", "a-b", "1-99999999999"] {
            assert_eq!(parse(broken), None, "{broken:?}");
        }
    }
}
