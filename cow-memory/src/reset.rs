//! Back to the golden image, at the cost of what was written.
//!
//! ```text
//!   private pages ── known without looking (counted run) ─┐
//!                └── found by a scan ─────────────────────┴─► set
//!   set ─┬─ up to the resident budget, familiar pages first ─► copied over
//!        └─ the rest ─────────────────────────────────────────► dropped, one call
//!   growth ─► dropped and inaccessible
//! ```
//!
//! Copying over a page that is already private costs a tenth of the fault that
//! dropping it would cost the next run. Holes of the image are never read: that
//! would make the kernel fill them.
//!
//! Which of its private pages a run has written is not known, so each reset copies
//! over all of them, also over those that only some earlier, larger run has used.
//! Where there are many, a reset now and then compares them with the image: if most
//! have not changed, those are dropped, and the resets that follow cost what their
//! runs have written.

use crate::dirty::PageSet;
use crate::error::Error;
use crate::mapping::SlotMemory;
use crate::policy::{ResetMode, ResetPolicy, ResetReport};
use crate::scanner::Scanned;
use crate::sys;
use std::time::Instant;

/// When a slot looks for idle pages: at first in one reset of many pages in eight, and the more rarely the more often it
/// has looked in vain, as slots do whose runs all write as much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdleLooks {
    interval: u32,
    resets: u32,
}

impl IdleLooks {
    const INTERVAL_MIN: u32 = 8;
    const INTERVAL_MAX: u32 = 64;

    /// Counts a reset, and says whether it is to look.
    fn is_due(&mut self) -> bool {
        self.resets += 1;
        self.resets >= self.interval
    }

    fn has_looked(&mut self, in_vain: bool) {
        self.resets = 0;
        self.interval = if in_vain {
            (self.interval * 2).min(Self::INTERVAL_MAX)
        } else {
            Self::INTERVAL_MIN
        };
    }
}

impl Default for IdleLooks {
    fn default() -> Self {
        Self {
            interval: Self::INTERVAL_MIN,
            resets: 0,
        }
    }
}

impl SlotMemory {
    /// Puts every byte and the length back to the image's.
    ///
    /// The caller owns the memory: no guest runs on it.
    pub(crate) fn reset(&mut self, policy: ResetPolicy) -> Result<ResetReport, Error> {
        let started = Instant::now();
        let mut report = ResetReport::default();
        // Pristine again only at the end: a reset that fails half-way has to be
        // done again.
        self.pristine = false;
        report.growth_undone_bytes = self.undo_growth()?;
        match self.private_pages(policy.mode, &mut report)? {
            Scanned::Anything => self.drop_everything(&mut report)?,
            Scanned::Pages(private) => {
                report.runs = private.run_count();
                let pages = private.len_pages();
                let mut kept = private;
                if pages > policy.resident_pages_max {
                    kept = self.drop_excess(kept, policy.resident_pages_max, &mut report)?;
                }
                if pages >= policy.idle_pages_min && self.looks.is_due() {
                    kept = self.drop_idle(kept, &mut report)?;
                }
                self.overwrite(&kept, &mut report);
                self.known = kept;
            }
        }
        self.proof.renew();
        self.pristine = true;
        report.duration = started.elapsed();
        Ok(report)
    }

    /// The private pages of the image part, or more.
    fn private_pages(
        &mut self,
        mode: ResetMode,
        report: &mut ResetReport,
    ) -> Result<Scanned, Error> {
        let counted = mode == ResetMode::Counted && self.proof.holds();
        if mode == ResetMode::Drop {
            return Ok(Scanned::Anything);
        }
        if counted {
            if cfg!(debug_assertions) {
                self.check_promise()?;
            }
            return Ok(Scanned::Pages(std::mem::take(&mut self.known)));
        }
        report.scanned = true;
        let image_bytes = self.image.len_bytes();
        let scanned = self
            .context
            .scanner
            .scan(self.region.base(), 0..image_bytes);
        // Where looking fails, dropping everything is right without looking.
        Ok(scanned.unwrap_or(Scanned::Anything))
    }

    /// Looks whether a page is private that should not be.
    pub(crate) fn check_promise(&mut self) -> Result<(), Error> {
        let image_bytes = self.image.len_bytes();
        let scanned = self
            .context
            .scanner
            .scan(self.region.base(), 0..image_bytes);
        if let Ok(Scanned::Pages(found)) = scanned {
            let unseen = found.difference(&self.known);
            if !unseen.is_empty() {
                self.proof.void();
                return Err(Error::UncountedWrite {
                    pages: unseen.len_pages(),
                });
            }
        }
        Ok(())
    }

    fn drop_everything(&mut self, report: &mut ResetReport) -> Result<(), Error> {
        report.pages_dropped = self.known.len_pages();
        self.region
            .discard(0..self.image.len_bytes())
            .map_err(Error::system("dropping private pages"))?;
        self.known = PageSet::new();
        Ok(())
    }

    /// Drops what exceeds the budget, and returns the rest. Pages that were
    /// private before this run come first: they will be written again.
    #[cold]
    fn drop_excess(
        &mut self,
        private: PageSet,
        pages_max: usize,
        report: &mut ResetReport,
    ) -> Result<PageSet, Error> {
        let familiar = self.known.intersection(&private).first(pages_max);
        let others = private
            .difference(&familiar)
            .first(pages_max - familiar.len_pages());
        let kept = familiar.union(&others);
        let excess = private.difference(&kept);
        report.pages_dropped = excess.len_pages();
        // Known until they are gone, should the call fail.
        self.known = private;
        self.region
            .discard_runs(&excess.byte_ranges(sys::page_size()))
            .map_err(Error::system("dropping private pages"))?;
        Ok(kept)
    }

    /// Compares the `private` pages with the image, and drops those that are as there if they are most. The rest.
    #[cold]
    fn drop_idle(&mut self, private: PageSet, report: &mut ResetReport) -> Result<PageSet, Error> {
        let idle = self.unchanged(&private);
        let in_vain = idle.len_pages() * 2 <= private.len_pages();
        self.looks.has_looked(in_vain);
        if in_vain {
            return Ok(private);
        }
        let rest = private.difference(&idle);
        report.pages_dropped += idle.len_pages();
        // Known until they are gone, should the call fail.
        self.known = private;
        self.region
            .discard_runs(&idle.byte_ranges(sys::page_size()))
            .map_err(Error::system("dropping idle private pages"))?;
        Ok(rest)
    }

    /// Those of `pages` that are byte for byte as in the image.
    fn unchanged(&self, pages: &PageSet) -> PageSet {
        let page = sys::page_size();
        let zeros = vec![0; page];
        let memory = self.region.bytes();
        pages
            .iter()
            .filter(|&index| {
                let at = index as usize * page;
                memory[at..at + page] == *self.image.page_data(index).unwrap_or(&zeros)
            })
            .collect()
    }

    /// Copies the image over `pages`, and zeros where it has holes.
    fn overwrite(&mut self, pages: &PageSet, report: &mut ResetReport) {
        let page = sys::page_size();
        let golden = self.image.as_bytes();
        let memory = self.region.bytes_mut();
        for (part, has_data) in pages.parts_in(self.image.data_pages()) {
            let bytes = part.start as usize * page..part.end as usize * page;
            if has_data {
                report.pages_copied += part.len();
                memory[bytes.clone()].copy_from_slice(&golden[bytes]);
            } else {
                report.pages_zeroed += part.len();
                memory[bytes].fill(0);
            }
        }
        report.bytes_copied = (report.pages_copied + report.pages_zeroed) * page;
    }
}
