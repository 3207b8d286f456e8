//! Whose the pages are that a sandbox has changed.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use cow_memory::PageSet;

use super::Sandbox;
use super::files::not_a_listing;
use crate::Error;
use crate::dirty_report::{DirtyReport, Owner};
use crate::files::{EntryKind, FileError, check_name, entries};
use hatchery_engine::CallLimits;

/// More files than this are not looked for.
const ENTRIES_MAX: usize = 100_000;
/// Nor for longer than this: a program may have broken its files.
const LOOK_FOR_FILES_MAX: Duration = Duration::from_secs(2);

impl Sandbox {
    /// What differs from the golden snapshot, and whose it is: to see what a program costs, and where. Changes nothing.
    ///
    /// Takes a look at each page that the sandbox has made its own, and a fork to ask where its files lie: a
    /// millisecond or so, more for a large session. Of a poisoned sandbox there is a report too; files count as heap in
    /// it.
    ///
    /// ```no_run
    /// # let runtime = hatchery::Runtime::new()?;
    /// # let mut sandbox = runtime.sandbox()?;
    /// let before = sandbox.dirty_report()?;
    /// sandbox.execute("numbers = list(range(100_000))")?;
    /// let after = sandbox.dirty_report()?;
    /// println!("{after}\nby the last run:\n{}", after.since(&before));
    /// # Ok::<(), hatchery::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] when the kernel does not say which pages those are.
    pub fn dirty_report(&mut self) -> Result<DirtyReport, Error> {
        let page_bytes = cow_memory::page_bytes();
        let changed = self.changed_pages()?;
        let output = self.output_pages();
        // Whatever keeps them from being found, the rest can be told.
        let files = self.file_pages().ok();
        let tells_files = files.is_some();
        let files = files.unwrap_or_default();

        let map = self.runtime.memory_map();
        let owner = |index: u32| {
            let from = u64::from(index) * page_bytes as u64;
            let Some(map) = map else {
                return Owner::Unknown;
            };
            match map.owner(from..from + page_bytes as u64) {
                Owner::GoldenHeap | Owner::NewHeap if files.contains(index) => Owner::Files,
                Owner::GoldenHeap | Owner::NewHeap if output.contains(index) => Owner::Output,
                owner => owner,
            }
        };
        let memory = self.memory();
        let pages = changed.iter().map(|index| {
            let at = index as usize * page_bytes;
            (index, owner(index), &memory[at..at + page_bytes])
        });
        let image_bytes = self.runtime.golden().image().len_bytes();
        Ok(DirtyReport::new(pages, image_bytes, tells_files))
    }

    fn output_pages(&self) -> PageSet {
        let mut pages = Mostly::default();
        for buffer in self.guest.output_buffers() {
            pages.add(buffer);
        }
        pages.finish()
    }

    /// Where files lie. A fork is asked, as asking leaves traces; its files lie where this sandbox's do.
    fn file_pages(&mut self) -> Result<PageSet, Error> {
        let limits = CallLimits::default().with_deadline(Instant::now() + LOOK_FOR_FILES_MAX);
        let mut fork = self.fork(1)?.remove(0);
        let mut pages = Mostly::default();
        let mut folders = vec![b"/".to_vec()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            let listing = match fork.list_raw(&folder, limits) {
                Ok(listing) => listing,
                // A folder of the host's: nothing in it is in this memory.
                Err(Error::File {
                    reason: FileError::Mounted,
                    ..
                }) => continue,
                Err(error) => return Err(error),
            };
            for entry in entries(&listing) {
                let entry = entry.ok_or_else(not_a_listing)?;
                seen += 1;
                if seen > ENTRIES_MAX || !check_name(entry.name) {
                    return Err(not_a_listing());
                }
                let path = [&folder[..], entry.name].concat();
                match entry.kind {
                    // The standard library is the module's own.
                    EntryKind::Directory if path == b"/usr" => {}
                    EntryKind::Directory => folders.push([&path[..], b"/"].concat()),
                    EntryKind::Link => {}
                    EntryKind::File => pages.add(fork.locate_raw(&path, limits)?),
                }
            }
        }
        Ok(pages.finish())
    }
}

/// Gathers the pages that are mostly covered.
#[derive(Default)]
struct Mostly {
    whole: PageSet,
    /// Bytes of pages that are covered in part.
    partly: BTreeMap<u32, usize>,
}

impl Mostly {
    fn add(&mut self, bytes: Range<u32>) {
        if bytes.is_empty() {
            return;
        }
        let page_bytes = cow_memory::page_bytes() as u32;
        let (first, last) = (bytes.start / page_bytes, (bytes.end - 1) / page_bytes);
        self.whole.insert_run(first + 1..last);
        for edge in [Some(first), (last > first).then_some(last)]
            .into_iter()
            .flatten()
        {
            let from = bytes.start.max(edge * page_bytes);
            let len = (bytes.end - from).min(page_bytes - from % page_bytes);
            *self.partly.entry(edge).or_default() += len as usize;
        }
    }

    fn finish(mut self) -> PageSet {
        for (page, bytes) in self.partly {
            if bytes * 2 > cow_memory::page_bytes() {
                self.whole.insert(page);
            }
        }
        self.whole
    }
}

#[cfg(test)]
mod tests {
    use super::Mostly;

    #[test]
    fn a_page_counts_when_most_of_it_is_covered() {
        let page = cow_memory::page_bytes() as u32;
        let pages = |ranges: &[(u32, u32)]| {
            let mut mostly = Mostly::default();
            ranges.iter().for_each(|&(from, to)| mostly.add(from..to));
            mostly.finish().iter().collect::<Vec<_>>()
        };
        assert_eq!(pages(&[(page, 3 * page)]), [1, 2]);
        assert_eq!(pages(&[(page + 8, 5 * page + 8)]), [1, 2, 3, 4]);
        assert_eq!(pages(&[(page - 8, 3 * page - 8)]), [1, 2]);
        assert_eq!(pages(&[(8, page - 8)]), [0], "inside of one page");
        assert!(pages(&[(8, page / 2)]).is_empty());
        assert_eq!(
            pages(&[(8, page / 2), (page / 2, page - 8)]),
            [0],
            "together"
        );
        assert!(pages(&[(page, page), (5, 5)]).is_empty());
        assert_eq!(pages(&[(u32::MAX - page, u32::MAX)]).len(), 1);
    }
}
