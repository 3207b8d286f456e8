//! What is in a folder and in those below it, without a path for each entry.
//!
//! A program can make very many folders in each other, and names as long as a page. Each entry here costs its own name
//! and a few bytes, however deep it lies.

use super::{EntryKind, FileError};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// As many folders may lie in each other.
const DEPTH_MAX: u8 = 128;

/// The entries below a folder, each folder before what is in it.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// All names, one after the other.
    names: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The folder that it is in; [`Place::TOP`] for the one at the top.
    parent: Place,
    /// Where its name ends in `names`; it begins where the one before ends.
    name_end: u32,
    depth: u8,
    kind: EntryKind,
}

/// One entry of a listing, or the folder at the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    pub(crate) const TOP: Self = Self(u32::MAX);
}

impl Listing {
    /// That a folder is too deep.
    pub(crate) const TOO_DEEP: FileError = FileError::CopyLimit {
        what: "levels of folders",
        max: DEPTH_MAX as u64,
    };

    /// Adds what is called `name` in the folder `parent`; `None` when it is too deep, or there are too many.
    pub(crate) fn add(&mut self, parent: Place, name: &[u8], kind: EntryKind) -> Option<Place> {
        let depth = self.entry(parent).map_or(0, |entry| entry.depth) + 1;
        if depth > DEPTH_MAX {
            return None;
        }
        let place = u32::try_from(self.entries.len()).ok()?;
        let name_end = u32::try_from(self.names.len() + name.len()).ok()?;
        self.names.extend_from_slice(name);
        self.entries.push(Entry {
            parent,
            name_end,
            depth,
            kind,
        });
        Some(Place(place))
    }

    /// All entries, each folder before what is in it.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Place, EntryKind)> + '_ {
        (0..)
            .map(Place)
            .zip(self.entries.iter().map(|entry| entry.kind))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    fn entry(&self, place: Place) -> Option<&Entry> {
        self.entries.get(place.0 as usize)
    }

    fn name(&self, place: Place) -> &[u8] {
        let at = place.0 as usize;
        let begin = at
            .checked_sub(1)
            .map_or(0, |before| self.entries[before].name_end);
        &self.names[begin as usize..self.entries[at].name_end as usize]
    }

    /// The names that lead to an entry, from the top.
    pub(crate) fn names(&self, place: Place) -> Vec<&OsStr> {
        let mut names = Vec::new();
        let mut at = place;
        while let Some(entry) = self.entry(at) {
            names.push(OsStr::from_bytes(self.name(at)));
            at = entry.parent;
        }
        names.reverse();
        names
    }

    /// The path of an entry below a folder of the guest's.
    pub(crate) fn below(&self, place: Place, guest_dir: &[u8]) -> Vec<u8> {
        let mut path = guest_dir.to_vec();
        for name in self.names(place) {
            path.push(b'/');
            path.extend_from_slice(name.as_bytes());
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_know_the_way_to_them_and_no_more() {
        let mut listing = Listing::default();
        let mut at = Place::TOP;
        for depth in 0..DEPTH_MAX {
            let name = format!("d{depth}");
            at = listing
                .add(at, name.as_bytes(), EntryKind::Directory)
                .unwrap();
            listing.add(at, b"file", EntryKind::File);
        }
        assert!(listing.add(at, b"one more", EntryKind::File).is_none());
        assert_eq!(listing.len(), 2 * usize::from(DEPTH_MAX) - 1);
        let (second, kind) = listing.entries().nth(2).unwrap();
        assert_eq!(kind, EntryKind::Directory);
        assert_eq!(listing.below(second, b"/work"), b"/work/d0/d1");
        assert!(listing.names(Place::TOP).is_empty());
        assert_eq!(listing.names(at).len(), usize::from(DEPTH_MAX));
        // A path for each would be as long as the folders are deep.
        assert!(listing.names.len() < 10 * listing.len());
        assert!(size_of::<Entry>() <= 12);
    }
}
