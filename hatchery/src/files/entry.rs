use hatchery_abi::layout::entry as layout;
use hatchery_abi::mount::file_type;
use serde::Serialize;

/// One file or folder in a folder of a sandbox's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DirEntry {
    /// Its name, without the path. What is not UTF-8 in it is replaced by U+FFFD.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// A file's length in bytes; 0 for a folder.
    pub len: u64,
}

/// What a [`DirEntry`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link, whose length is that of the path that it leads to.
    Link,
}

/// How much [`Sandbox::copy_out_limited`](crate::Sandbox::copy_out_limited) may put on the host's disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyLimits {
    /// Bytes of all files together; 1 GiB by default.
    pub bytes_max: u64,
    /// Files and folders; 100,000 by default.
    pub entries_max: u64,
}

impl Default for CopyLimits {
    fn default() -> Self {
        Self {
            bytes_max: 1 << 30,
            entries_max: 100_000,
        }
    }
}

impl CopyLimits {
    /// The same, with at most so many bytes of all files together.
    #[must_use]
    pub const fn with_bytes_max(self, bytes_max: u64) -> Self {
        Self { bytes_max, ..self }
    }

    /// The same, with at most so many files and folders.
    #[must_use]
    pub const fn with_entries_max(self, entries_max: u64) -> Self {
        Self {
            entries_max,
            ..self
        }
    }
}

/// What was copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Files and folders.
    pub entries: u64,
}

/// An entry as the guest lists it.
#[derive(Debug)]
pub(crate) struct RawEntry<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) kind: EntryKind,
    pub(crate) len: u64,
}

impl RawEntry<'_> {
    pub(crate) fn to_entry(&self) -> DirEntry {
        DirEntry {
            name: String::from_utf8_lossy(self.name).into_owned(),
            kind: self.kind,
            len: self.len,
        }
    }
}

/// The guest's listing of a folder (`docs/guest-abi.md`), entry by entry: there can be very many. An entry is `None` where
/// the listing is none; nothing in it is trusted.
pub(crate) fn entries(listing: &[u8]) -> impl Iterator<Item = Option<RawEntry<'_>>> {
    let mut rest = listing;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let entry = take_entry(&mut rest);
        if entry.is_none() {
            rest = &[];
        }
        Some(entry)
    })
}

fn take_entry<'a>(rest: &mut &'a [u8]) -> Option<RawEntry<'a>> {
    let (header, behind) = rest.split_at_checked(layout::BYTES)?;
    let u32_at = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let len = header[layout::SIZE..].first_chunk().expect("eight bytes");
    let (name, behind) = behind.split_at_checked(u32_at(layout::NAME_LEN) as usize)?;
    if name.is_empty() {
        return None;
    }
    let kind = match u32_at(layout::FILE_TYPE) {
        file_type::DIRECTORY => EntryKind::Directory,
        file_type::SYMBOLIC_LINK => EntryKind::Link,
        _ => EntryKind::File,
    };
    *rest = behind;
    Some(RawEntry {
        name,
        kind,
        len: u64::from_le_bytes(*len),
    })
}

/// Whether a name of the guest's is the name of something in a folder of the host's, and nothing more.
pub(crate) fn check_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
        && name.len() <= 255
        && !name.iter().any(|byte| matches!(byte, 0 | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_that_is_none_is_refused() {
        let mut listing = 7u64.to_le_bytes().to_vec();
        listing.extend(1u32.to_le_bytes());
        listing.extend(4u32.to_le_bytes());
        listing.push(b'a');
        let last = |listing: &[u8]| entries(listing).last().unwrap().map(|entry| entry.len);
        assert_eq!(last(&listing), Some(7));
        for cut in 1..listing.len() {
            assert!(last(&listing[..cut]).is_none(), "{cut}");
        }
        listing[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(last(&listing).is_none());
        listing[8..12].copy_from_slice(&[0; 4]);
        assert!(last(&listing).is_none(), "a name is not empty");
        assert_eq!(entries(&[]).count(), 0);
    }

    #[test]
    fn a_name_that_leads_elsewhere_is_none() {
        for name in [&b""[..], b".", b"..", b"a/b", b"/", b"a\0", &[b'x'; 256]] {
            assert!(!check_name(name), "{name:?}");
        }
        for name in [&b"a"[..], b"...", b"-rf", b"a\nb", b"\xff", b"a\\b"] {
            assert!(check_name(name), "{name:?}");
        }
    }
}
