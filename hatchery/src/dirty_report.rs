//! What a sandbox's memory has in place of the golden snapshot's, and whose it is.

use cow_memory::PageSet;
use std::collections::BTreeMap;
use std::fmt;

/// Whose a page of a guest's memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Owner {
    /// The C stack. What was written there stays when functions return.
    Stack,
    /// Variables of CPython's and of its libraries' own C code.
    StaticData,
    /// Objects that were made before the snapshot was taken, such as a module's names.
    GoldenHeap,
    /// Objects that were made since, those included that are freed by now.
    NewHeap,
    /// The contents of files.
    Files,
    /// Output that was printed, and the value and the exception of the last run.
    Output,
    /// It cannot be told.
    Unknown,
}

impl Owner {
    fn name(self) -> &'static str {
        match self {
            Self::Stack => "stack",
            Self::StaticData => "static data",
            Self::GoldenHeap => "golden heap",
            Self::NewHeap => "new heap",
            Self::Files => "files",
            Self::Output => "output",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which pages of a sandbox's memory differ from the golden snapshot, and whose they are:
/// [`Sandbox::dirty_report`](crate::Sandbox::dirty_report).
///
/// A page has one owner, whoever has most of it. Displayed it is a small table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirtyReport {
    pages: BTreeMap<u32, Page>,
    image_pages: u32,
    tells_files: bool,
}

/// A page that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Page {
    owner: Owner,
    /// Of its bytes.
    hash: blake3::Hash,
}

impl DirtyReport {
    /// `changed` gives pages that differ, their owners and their bytes.
    pub(crate) fn new<'a>(
        changed: impl Iterator<Item = (u32, Owner, &'a [u8])>,
        image_bytes: usize,
        tells_files: bool,
    ) -> Self {
        let pages = changed.map(|(index, owner, bytes)| {
            let hash = blake3::hash(bytes);
            (index, Page { owner, hash })
        });
        Self {
            pages: pages.collect(),
            image_pages: (image_bytes / cow_memory::page_bytes()) as u32,
            tells_files,
        }
    }

    /// Number of pages that differ.
    #[must_use]
    pub fn pages_total(&self) -> usize {
        self.pages.len()
    }

    /// The owners that have any pages, and those.
    #[must_use]
    pub fn owners(&self) -> Vec<(Owner, PageSet)> {
        let mut owners: BTreeMap<Owner, PageSet> = BTreeMap::new();
        for (index, page) in &self.pages {
            owners.entry(page.owner).or_default().insert(*index);
        }
        owners.into_iter().collect()
    }

    /// The pages of one owner.
    #[must_use]
    pub fn pages(&self, owner: Owner) -> PageSet {
        let pages = self.pages.iter().filter(|(_, page)| page.owner == owner);
        pages.map(|(index, _)| *index).collect()
    }

    /// How many of the pages are past the golden snapshot's end, in memory that the guest has grown by.
    #[must_use]
    pub fn pages_grown(&self) -> usize {
        self.pages.range(self.image_pages..).count()
    }

    /// Whether files are told from the heap that they lie in. Not when the sandbox is poisoned, or has broken its files.
    #[must_use]
    pub fn tells_files(&self) -> bool {
        self.tells_files
    }

    /// What has changed since an earlier report of the same sandbox: the pages whose bytes are others than then, those
    /// included that are the golden snapshot's again. Of the reports before and after a run, what that run has changed.
    ///
    /// What was written and put back in between is not in it: nothing counts single writes.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let is_same = |index: &u32, page: &Page| {
            let before = earlier.pages.get(index);
            before.is_some_and(|before| before.hash == page.hash)
        };
        let changed = self
            .pages
            .iter()
            .filter(|(index, page)| !is_same(index, page));
        let put_back = earlier.pages.iter();
        let put_back = put_back.filter(|(index, _)| !self.pages.contains_key(index));
        Self {
            pages: changed
                .chain(put_back)
                .map(|(index, page)| (*index, *page))
                .collect(),
            ..*self
        }
    }
}

impl fmt::Display for DirtyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let page = cow_memory::page_bytes();
        let row = |f: &mut fmt::Formatter<'_>, name: &str, pages: &PageSet| {
            let (count, runs) = (pages.len_pages(), pages.run_count());
            writeln!(
                f,
                "{name:<12}{count:>8}{:>10}{runs:>7}",
                (count * page) >> 10
            )
        };
        writeln!(f, "{:<12}{:>8}{:>10}{:>7}", "owner", "pages", "KiB", "runs")?;
        for (owner, pages) in self.owners() {
            row(f, owner.name(), &pages)?;
        }
        row(f, "total", &self.pages.keys().copied().collect())?;
        let grown = self.pages_grown();
        if grown > 0 {
            writeln!(f, "{grown} of them are past the golden snapshot's end")?;
        }
        if !self.tells_files {
            writeln!(f, "files are not told from the heap")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(pages: &[(u32, Owner, u8)]) -> DirtyReport {
        let page = cow_memory::page_bytes();
        let bytes: Vec<Vec<u8>> = pages.iter().map(|(.., byte)| vec![*byte; page]).collect();
        let pages = pages.iter().zip(&bytes);
        let changed = pages.map(|((index, owner, _), bytes)| (*index, *owner, &bytes[..]));
        DirtyReport::new(changed, 8 * page, true)
    }

    #[test]
    fn what_is_put_back_has_changed_and_what_stays_has_not() {
        let before = report(&[
            (1, Owner::Stack, 1),
            (2, Owner::NewHeap, 1),
            (3, Owner::NewHeap, 1),
        ]);
        let after = report(&[
            (2, Owner::NewHeap, 1),
            (3, Owner::Files, 2),
            (9, Owner::NewHeap, 1),
        ]);
        let changed = after.since(&before);
        let pages = |owner| changed.pages(owner).iter().collect::<Vec<_>>();
        assert_eq!(pages(Owner::Stack), [1], "golden again");
        assert_eq!(pages(Owner::Files), [3], "other bytes");
        assert_eq!(pages(Owner::NewHeap), [9], "not there before");
        assert_eq!((changed.pages_total(), changed.pages_grown()), (3, 1));
        assert_eq!(after.since(&after).pages_total(), 0);
    }

    #[test]
    fn the_table_adds_up() {
        let text = report(&[
            (1, Owner::Stack, 1),
            (2, Owner::Stack, 1),
            (9, Owner::Unknown, 1),
        ])
        .to_string();
        let rows: Vec<Vec<&str>> = text
            .lines()
            .map(|row| row.split_whitespace().collect())
            .collect();
        let kib = |pages: usize| ((pages * cow_memory::page_bytes()) >> 10).to_string();
        assert_eq!(rows[1], ["stack", "2", &kib(2), "1"]);
        assert_eq!(rows[2], ["unknown", "1", &kib(1), "1"]);
        assert_eq!(rows[3], ["total", "3", &kib(3), "2"]);
        assert!(
            text.ends_with("1 of them are past the golden snapshot's end\n"),
            "{text}"
        );
    }
}
