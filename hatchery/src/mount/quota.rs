//! How much programs may add to a mounted folder.

use super::Errno;
use parking_lot::Mutex;
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
pub(crate) struct Usage {
    quota: MountQuota,
    added: Arc<Mutex<Added>>,
}

/// Less than nothing where more was removed than added.
#[derive(Debug, Clone, Copy, Default)]
struct Added {
    bytes: i128,
    entries: i128,
}

/// What a step changes of a folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) bytes: i128,
    pub(crate) entries: i128,
}

impl Usage {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(usage: &Usage, bytes: i128, entries: i128) -> Result<(), Errno> {
        let change = Change { bytes, entries };
        usage.step(|| Ok(change), || Ok(((), change)))
    }

    #[test]
    fn what_is_removed_can_be_added_again_and_no_more() {
        let usage = Usage::new(MountQuota::new(100, 2));
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
    fn a_step_that_fails_takes_nothing() {
        let usage = Usage::new(MountQuota::new(10, 10));
        let change = Change {
            bytes: 10,
            entries: 0,
        };
        let failed = usage.step(|| Ok(change), || Err::<((), Change), _>(Errno::IO));
        assert_eq!(failed, Err(Errno::IO));
        assert!(add(&usage, 10, 0).is_ok());
    }
}
