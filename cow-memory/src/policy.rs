//! What a reset is to do, and what it has done.

use std::time::Duration;

/// Private pages a slot keeps by default: 8 MiB of 4 KiB pages.
const RESIDENT_PAGES_MAX_DEFAULT: usize = 2048;

/// A reset of half a megabyte takes so little time that nothing in it is looked for.
const IDLE_PAGES_MIN_DEFAULT: usize = 128;

/// How a reset learns what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ResetMode {
    /// Asks the kernel which pages are private. Always right.
    #[default]
    Scan,
    /// Does not ask when the page-fault counters say that nothing is new.
    ///
    /// The caller promises that since the last reset every write to the memory
    /// was within a counted run ([`Slot::run`](crate::Slot::run) or
    /// `SlotHandle::enter`), on the thread of that run, kernel copies into the
    /// memory included. Writes by other threads, by `io_uring` workers or by
    /// other processes are not counted. A run whose thread took any page fault
    /// leads to a scan; debug builds scan every time and report a broken
    /// promise as [`Error::UncountedWrite`](crate::Error::UncountedWrite).
    Counted,
    /// Drops every private page, without asking. Gives all memory back; the next
    /// run pays a fault for each page it writes.
    Drop,
}

/// What a reset does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ResetPolicy {
    /// How written pages are found.
    pub mode: ResetMode,
    /// Private pages the slot may keep. What exceeds it is dropped.
    pub resident_pages_max: usize,
    /// From this many private pages on, one reset in eight of a slot's compares them with the image, or one in up to 64
    /// where that was in vain: if most are as in the image, because only an earlier run has written to them, those are
    /// dropped. `usize::MAX` for never.
    pub idle_pages_min: usize,
}

impl ResetPolicy {
    /// A policy of this mode that keeps so many private pages. Idle ones are looked for from 128 pages on.
    #[must_use]
    pub const fn new(mode: ResetMode, resident_pages_max: usize) -> Self {
        Self {
            mode,
            resident_pages_max,
            idle_pages_min: IDLE_PAGES_MIN_DEFAULT,
        }
    }

    /// The same, but idle pages are looked for from so many private pages on.
    #[must_use]
    pub const fn with_idle_pages_min(self, idle_pages_min: usize) -> Self {
        Self {
            idle_pages_min,
            ..self
        }
    }

    /// The default policy with another mode.
    #[must_use]
    pub fn with_mode(mode: ResetMode) -> Self {
        Self {
            mode,
            ..Self::default()
        }
    }
}

impl Default for ResetPolicy {
    /// [`ResetMode::Scan`], keeping up to 2,048 pages, and looking for idle ones from 128 on.
    fn default() -> Self {
        Self::new(ResetMode::Scan, RESIDENT_PAGES_MAX_DEFAULT)
    }
}

/// What a reset has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ResetReport {
    /// Pages overwritten with the image's bytes.
    pub pages_copied: usize,
    /// Pages overwritten with zeros, where the image has a hole.
    pub pages_zeroed: usize,
    /// Pages given back to the system, as far as they are known, for being too many or idle.
    pub pages_dropped: usize,
    /// Whether the kernel was asked which pages are private.
    pub scanned: bool,
    /// Runs of consecutive private pages.
    pub runs: usize,
    /// Bytes written to the memory: the pages copied and zeroed.
    pub bytes_copied: usize,
    /// Bytes by which the memory had grown, and has no more.
    pub growth_undone_bytes: usize,
    /// Time the reset took.
    pub duration: Duration,
}
