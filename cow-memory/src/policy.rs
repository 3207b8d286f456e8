//! What a reset is to do, and what it has done.

use std::time::Duration;

/// Private pages a slot keeps by default: 8 MiB of 4 KiB pages.
const RESIDENT_PAGES_MAX_DEFAULT: usize = 2048;

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
}

impl ResetPolicy {
    /// A policy that says all there is to say.
    #[must_use]
    pub const fn new(mode: ResetMode, resident_pages_max: usize) -> Self {
        Self {
            mode,
            resident_pages_max,
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
    /// [`ResetMode::Scan`], keeping up to 2,048 pages.
    fn default() -> Self {
        Self {
            mode: ResetMode::Scan,
            resident_pages_max: RESIDENT_PAGES_MAX_DEFAULT,
        }
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
    /// Pages given back to the system, as far as they are known.
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
