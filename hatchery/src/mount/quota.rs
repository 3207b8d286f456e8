//! How much programs may add to a mounted folder.

use super::Errno;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// How much programs may add to a writable mount: the net growth of its files, and how many files and folders more
/// there are. What they remove counts back.
///
/// The length of a file counts, holes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MountQuota {
    /// Bytes of all files together; 1 GiB by default.
    pub bytes_max: u64,
    /// Files and folders; 100,000 by default.
    pub entries_max: u64,
}

impl Default for MountQuota {
    fn default() -> Self {
        Self {
            bytes_max: 1 << 30,
            entries_max: 100_000,
        }
    }
}

impl MountQuota {
    /// As much as this.
    #[must_use]
    pub fn new(bytes_max: u64, entries_max: u64) -> Self {
        Self {
            bytes_max,
            entries_max,
        }
    }

    /// As much as the disk has.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(u64::MAX, u64::MAX)
    }
}

/// What programs have added so far: one count for all sandboxes that are made with the same mount.
#[derive(Debug, Clone)]
pub(crate) struct Ledger {
    quota: MountQuota,
    added: Arc<Mutex<Added>>,
}

#[derive(Debug, Default)]
struct Added {
    /// Less than nothing where more was removed than added.
    bytes: i128,
    entries: i128,
    open: HashMap<FileId, OpenCount>,
}

/// A file, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(crate) fn new(device: u64, inode: u64) -> Self {
        Self { device, inode }
    }
}

/// How often a file is open, in all sandboxes together.
#[derive(Debug, Default)]
struct OpenCount {
    handles: usize,
    /// Its last name is gone: its bytes stay until the last handle is closed.
    has_no_name: bool,
}

/// What goes when a name is removed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Removed {
    pub(crate) entries: u64,
    /// The file whose last name it was.
    pub(crate) file: Option<FileId>,
    pub(crate) bytes: u64,
}

impl Removed {
    pub(crate) const NOTHING: Self = Self {
        entries: 0,
        file: None,
        bytes: 0,
    };
}

/// What a step changes of a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) bytes: i128,
    pub(crate) entries: i128,
}

impl Ledger {
    pub(crate) fn new(quota: MountQuota) -> Self {
        Self {
            quota,
            added: Arc::default(),
        }
    }

    /// Takes a step that changes the folder. No other is taken meanwhile, so that what `look` finds is still so when the
    /// step is taken. `look` tells what the step would change; `step` takes it and tells what it has changed, which is
    /// no more.
    pub(crate) fn step<T>(
        &self,
        look: impl FnOnce() -> Result<Change, Errno>,
        step: impl FnOnce() -> Result<(T, Change), Errno>,
    ) -> Result<T, Errno> {
        let mut added = self.added.lock();
        let wanted = look()?;
        let past = |added: i128, more: i128, max: u64| more > 0 && added + more > i128::from(max);
        if past(added.bytes, wanted.bytes, self.quota.bytes_max)
            || past(added.entries, wanted.entries, self.quota.entries_max)
        {
            return Err(Errno::NO_SPACE);
        }
        let (value, changed) = step()?;
        added.bytes += changed.bytes;
        added.entries += changed.entries;
        Ok(value)
    }

    /// Takes a step that removes a name, and gives back what goes with it: the bytes of a file that is open stay until it
    /// is closed.
    pub(crate) fn remove(
        &self,
        look: impl FnOnce() -> Removed,
        step: impl FnOnce() -> Result<(), Errno>,
    ) -> Result<(), Errno> {
        let mut added = self.added.lock();
        let removed = look();
        step()?;
        added.entries -= i128::from(removed.entries);
        if let Some(id) = removed.file {
            match added.open.get_mut(&id) {
                Some(open) => open.has_no_name = true,
                None => added.bytes -= i128::from(removed.bytes),
            }
        }
        Ok(())
    }

    /// A file is open once more.
    pub(crate) fn opened(&self, id: FileId) {
        self.added.lock().open.entry(id).or_default().handles += 1;
    }

    /// A file of `len` bytes is open once less.
    pub(crate) fn closed(&self, id: FileId, len: u64) {
        let mut added = self.added.lock();
        let Some(open) = added.open.get_mut(&id) else {
            return;
        };
        open.handles -= 1;
        if open.handles == 0 {
            let has_no_name = open.has_no_name;
            added.open.remove(&id);
            if has_no_name {
                added.bytes -= i128::from(len);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(usage: &Ledger, bytes: i128, entries: i128) -> Result<(), Errno> {
        let change = Change { bytes, entries };
        usage.step(|| Ok(change), || Ok(((), change)))
    }

    #[test]
    fn what_is_removed_can_be_added_again_and_no_more() {
        let usage = Ledger::new(MountQuota::new(100, 2));
        let shared = usage.clone();
        assert!(add(&usage, 60, 1).is_ok());
        assert_eq!(add(&shared, 41, 0), Err(Errno::NO_SPACE));
        assert!(add(&shared, 40, 1).is_ok());
        assert_eq!(add(&usage, 0, 1), Err(Errno::NO_SPACE));
        assert!(add(&usage, 0, 0).is_ok(), "what takes nothing is allowed");
        assert!(add(&usage, -60, -1).is_ok());
        assert!(add(&usage, 60, 1).is_ok());
        assert_eq!(add(&usage, 1, 0), Err(Errno::NO_SPACE));
    }

    #[test]
    fn bytes_without_a_name_count_until_the_last_handle_is_closed() {
        let usage = Ledger::new(MountQuota::new(100, 10));
        let id = FileId::new(1, 2);
        let removed = Removed {
            entries: 1,
            file: Some(id),
            bytes: 80,
        };
        add(&usage, 80, 1).unwrap();
        usage.opened(id);
        usage.opened(id);
        usage.remove(|| removed, || Ok(())).unwrap();
        assert_eq!(add(&usage, 80, 1), Err(Errno::NO_SPACE));
        usage.closed(id, 80);
        assert_eq!(add(&usage, 80, 1), Err(Errno::NO_SPACE));
        usage.closed(id, 80);
        assert!(add(&usage, 80, 1).is_ok());
        // One that is not open gives back at once, and one that could not be removed nothing.
        assert!(usage.remove(|| removed, || Err(Errno::IO)).is_err());
        assert_eq!(add(&usage, 80, 1), Err(Errno::NO_SPACE));
        usage.remove(|| removed, || Ok(())).unwrap();
        assert!(add(&usage, 80, 1).is_ok());
    }

    #[test]
    fn a_step_that_fails_takes_nothing() {
        let usage = Ledger::new(MountQuota::new(10, 10));
        let change = Change {
            bytes: 10,
            entries: 0,
        };
        let failed = usage.step(|| Ok(change), || Err::<((), Change), _>(Errno::IO));
        assert_eq!(failed, Err(Errno::IO));
        assert!(add(&usage, 10, 0).is_ok());
    }
}
