//! Sets of pages, kept as sorted runs.

use std::fmt;
use std::iter::{Copied, FlatMap, FusedIterator};
use std::ops::Range;

/// A run of consecutive pages: `start` is in it, `end` is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PageRun {
    /// Index of the first page.
    pub start: u32,
    /// Index after the last page.
    pub end: u32,
}

impl PageRun {
    /// Number of pages.
    #[must_use]
    pub fn len_pages(self) -> usize {
        (self.end - self.start) as usize
    }

    fn range(self) -> Range<u32> {
        self.start..self.end
    }
}

/// A set of page indexes, counted from the start of a linear memory.
///
/// Kept as sorted runs that neither overlap nor touch, so a set costs eight
/// bytes a run however many pages a run has.
///
/// ```
/// use cow_memory::PageSet;
///
/// let mut dirty: PageSet = [3, 4, 9].into_iter().collect();
/// dirty.insert(5);
/// assert_eq!(dirty.len_pages(), 4);
/// assert_eq!(dirty.run_count(), 2);
/// assert!(dirty.contains(5) && !dirty.contains(6));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct PageSet {
    runs: Vec<PageRun>,
}

impl PageSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { runs: Vec::new() }
    }

    /// All pages of `pages`.
    #[must_use]
    pub fn from_range(pages: Range<u32>) -> Self {
        let mut set = Self::new();
        set.insert_run(pages);
        set
    }

    /// Adds one page. Does nothing for `u32::MAX`, which is no page's index.
    pub fn insert(&mut self, page: u32) {
        self.insert_run(page..page.saturating_add(1));
    }

    /// Adds a run of pages. Cheapest in ascending order.
    pub fn insert_run(&mut self, pages: Range<u32>) {
        if pages.is_empty() {
            return;
        }
        // The usual case: behind everything there is, or touching the end of it.
        match self.runs.last_mut() {
            None => {}
            Some(last) if pages.start > last.end => {}
            Some(last) if pages.start >= last.start => {
                last.end = last.end.max(pages.end);
                return;
            }
            Some(_) => {
                // Every run that overlaps or touches becomes one with this one.
                let from = self.runs.partition_point(|run| run.end < pages.start);
                let to = self.runs.partition_point(|run| run.start <= pages.end);
                let mut merged = PageRun {
                    start: pages.start,
                    end: pages.end,
                };
                if from < to {
                    merged.start = merged.start.min(self.runs[from].start);
                    merged.end = merged.end.max(self.runs[to - 1].end);
                }
                self.runs.splice(from..to, [merged]);
                return;
            }
        }
        self.runs.push(PageRun {
            start: pages.start,
            end: pages.end,
        });
    }

    /// Whether `page` is in the set.
    #[must_use]
    pub fn contains(&self, page: u32) -> bool {
        let index = self.runs.partition_point(|run| run.end <= page);
        self.runs.get(index).is_some_and(|run| run.start <= page)
    }

    /// Whether the set has no page.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Number of pages.
    #[must_use]
    pub fn len_pages(&self) -> usize {
        self.runs.iter().map(|run| run.len_pages()).sum()
    }

    /// Number of runs.
    #[must_use]
    pub fn run_count(&self) -> usize {
        self.runs.len()
    }

    /// The runs, ascending, none touching the next.
    pub fn runs(
        &self,
    ) -> impl ExactSizeIterator<Item = PageRun> + DoubleEndedIterator + Clone + '_ {
        self.runs.iter().copied()
    }

    /// The page indexes, ascending.
    pub fn iter(&self) -> Pages<'_> {
        let pages: PagesOf = PageRun::range;
        Pages(self.runs.iter().copied().flat_map(pages))
    }

    /// The index after the last page, or 0.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.runs.last().map_or(0, |run| run.end)
    }

    /// Pages in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut set = Self {
            runs: Vec::with_capacity(self.runs.len().max(other.runs.len())),
        };
        let (mut left, mut right) = (self.runs().peekable(), other.runs().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if a.start <= b.start => left.next(),
                (Some(_), None) => left.next(),
                (_, Some(_)) => right.next(),
                (None, None) => return set,
            };
            if let Some(run) = next {
                set.insert_run(run.range());
            }
        }
    }

    /// Pages in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut set = Self::new();
        let (mut i, mut j) = (0, 0);
        while let (Some(a), Some(b)) = (self.runs.get(i), other.runs.get(j)) {
            set.insert_run(a.start.max(b.start)..a.end.min(b.end));
            if a.end <= b.end {
                i += 1;
            } else {
                j += 1;
            }
        }
        set
    }

    /// The set cut where `other` begins and ends: each part, ascending, and whether it is in `other`. Takes a search for
    /// each run of this set, however many `other` has, and no memory.
    pub(crate) fn parts_in<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (Range<u32>, bool)> + 'a {
        self.runs.iter().flat_map(|run| {
            let first = other.runs.partition_point(|other| other.end <= run.start);
            let mut others = other.runs[first..].iter().peekable();
            let mut start = run.start;
            std::iter::from_fn(move || {
                if start == run.end {
                    return None;
                }
                let (end, is_in) = match others.peek() {
                    Some(other) if other.start <= start => (other.end.min(run.end), true),
                    Some(other) => (other.start.min(run.end), false),
                    None => (run.end, false),
                };
                if is_in {
                    others.next();
                }
                let part = start..end;
                start = end;
                Some((part, is_in))
            })
        })
    }

    /// Pages in this set and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut set = Self::new();
        let mut holes = other.runs().peekable();
        for run in self.runs() {
            let mut start = run.start;
            while holes.next_if(|hole| hole.end <= start).is_some() {}
            let mut ahead = holes.clone();
            while let Some(hole) = ahead.next_if(|hole| hole.start < run.end) {
                set.insert_run(start..hole.start.max(start));
                start = hole.end;
            }
            set.insert_run(start..run.end.max(start));
        }
        set
    }

    /// The first `pages_max` pages of the set.
    #[must_use]
    pub fn first(&self, pages_max: usize) -> Self {
        let mut set = Self::new();
        let mut left = pages_max;
        for run in self.runs() {
            if left == 0 {
                break;
            }
            let take = run.len_pages().min(left);
            set.insert_run(run.start..run.start + take as u32);
            left -= take;
        }
        set
    }

    /// Pages of the set that are below `end`.
    #[must_use]
    pub fn below(&self, end: u32) -> Self {
        self.intersection(&Self::from_range(0..end))
    }

    /// The runs as byte ranges, for pages of `page_size` bytes.
    pub(crate) fn byte_ranges(&self, page_size: usize) -> Vec<Range<usize>> {
        self.runs()
            .map(|run| run.start as usize * page_size..run.end as usize * page_size)
            .collect()
    }
}

impl Extend<u32> for PageSet {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, pages: I) {
        for page in pages {
            self.insert(page);
        }
    }
}

/// The page indexes of a [`PageSet`], ascending.
#[derive(Debug, Clone)]
pub struct Pages<'a>(FlatMap<Copied<std::slice::Iter<'a, PageRun>>, Range<u32>, PagesOf>);

type PagesOf = fn(PageRun) -> Range<u32>;

impl Iterator for Pages<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }

    fn fold<B, F: FnMut(B, u32) -> B>(self, init: B, each: F) -> B {
        self.0.fold(init, each)
    }
}

impl DoubleEndedIterator for Pages<'_> {
    fn next_back(&mut self) -> Option<u32> {
        self.0.next_back()
    }
}

impl FusedIterator for Pages<'_> {}

impl<'a> IntoIterator for &'a PageSet {
    type Item = u32;
    type IntoIter = Pages<'a>;

    fn into_iter(self) -> Pages<'a> {
        self.iter()
    }
}

impl FromIterator<u32> for PageSet {
    fn from_iter<I: IntoIterator<Item = u32>>(pages: I) -> Self {
        let mut set = Self::new();
        for page in pages {
            set.insert(page);
        }
        set
    }
}

impl fmt::Debug for PageSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(self.runs.iter().map(|run| run.range()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::PageSet;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn model() -> impl Strategy<Value = BTreeSet<u32>> {
        proptest::collection::btree_set(0u32..96, 0..64)
    }

    fn set(pages: &BTreeSet<u32>) -> PageSet {
        pages.iter().copied().collect()
    }

    proptest! {
        // Miri takes a second for what takes a millisecond, and has no files to note failures in.
        #![proptest_config(if cfg!(miri) {
            ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() }
        } else {
            ProptestConfig::default()
        })]

        #[test]
        fn no_page_is_lost_or_invented(a in model(), b in model(), n in 0usize..80) {
            let (x, y) = (set(&a), set(&b));
            let same = |set: &PageSet, model: Vec<u32>| {
                prop_assert_eq!(set.iter().collect::<Vec<_>>(), model);
                let runs: Vec<_> = set.runs().collect();
                prop_assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
                prop_assert!(runs.iter().all(|run| run.start < run.end));
                prop_assert_eq!(set.len_pages(), set.iter().count());
                Ok(())
            };
            same(&x.union(&y), a.union(&b).copied().collect())?;
            same(&x.intersection(&y), a.intersection(&b).copied().collect())?;
            same(&x.difference(&y), a.difference(&b).copied().collect())?;
            let parts: Vec<_> = x.parts_in(&y).collect();
            let in_or_out = |is_in| parts.iter().filter(move |part| part.1 == is_in);
            prop_assert!(in_or_out(true).flat_map(|part| part.0.clone()).eq(a.intersection(&b).copied()));
            prop_assert!(in_or_out(false).flat_map(|part| part.0.clone()).eq(a.difference(&b).copied()));
            prop_assert!(parts.iter().all(|part| !part.0.is_empty()));
            same(&x.first(n), a.iter().copied().take(n).collect())?;
            same(&x.below(n as u32), a.range(..n as u32).copied().collect())?;
            prop_assert!((0..97).all(|page| x.contains(page) == a.contains(&page)));
        }

        #[test]
        fn order_of_insertion_does_not_matter(
            runs in proptest::collection::vec((0u32..90, 0u32..9), 0..24)
        ) {
            let mut pages = BTreeSet::new();
            let mut built = PageSet::new();
            for (start, len) in runs {
                built.insert_run(start..start + len);
                pages.extend(start..start + len);
            }
            prop_assert_eq!(built, set(&pages));
        }
    }

    #[test]
    fn the_highest_index_does_not_overflow() {
        let mut pages = PageSet::new();
        pages.insert(u32::MAX);
        pages.insert(u32::MAX - 1);
        assert_eq!(pages.len_pages(), 1);
    }
}
