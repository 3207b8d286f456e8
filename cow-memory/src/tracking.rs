//! The proof that no page has become private unseen.
//!
//! A page becomes private by its first write only, and a first write takes a
//! page fault that the kernel counts on the writing thread, kernel copies on
//! its behalf included. So a run during which the thread's counter did not move
//! has made no page private. The proof holds as long as every write since the
//! last reset was within such a run, and it is broken by anything else: a
//! fault, a write outside a run, runs that overlap, a run that spans a reset,
//! a run that never ends. Where no run was counted at all there is no proof:
//! the caller may not know of runs.

use crate::sys;

/// See the module's text. What is not a write within a run cannot be seen from
/// here: [`ResetMode::Counted`](crate::ResetMode::Counted) says what the caller
/// promises.
#[derive(Debug, Default)]
pub(crate) struct WriteProof {
    /// Counts resets, so that a run from before one is told apart.
    generation: u64,
    open_runs: u32,
    /// A run was counted since the last reset.
    counted: bool,
    broken: bool,
}

/// Where a run began.
#[derive(Debug)]
pub(crate) struct RunMark {
    generation: u64,
    faults: Option<u64>,
}

impl WriteProof {
    /// Whether no page can have become private since the last reset.
    pub(crate) fn holds(&self) -> bool {
        self.counted && self.is_unbroken()
    }

    /// Whether no page can have become private since all were known, as [`WriteProof::holds`] says, for a caller who is
    /// known to count: no run at all is then proof too.
    pub(crate) fn is_unbroken(&self) -> bool {
        !self.broken && self.open_runs == 0
    }

    /// All private pages are known now, and the runs that were counted stay so. Says whether it can be: not while a run
    /// is under way.
    #[cfg(any(test, feature = "wasmtime"))]
    pub(crate) fn mend(&mut self) -> bool {
        if self.open_runs == 0 {
            self.broken = false;
        }
        self.open_runs == 0
    }

    /// Notes a write that no run has counted.
    pub(crate) fn void(&mut self) {
        self.broken = true;
    }

    /// Starts over: all private pages are known now.
    pub(crate) fn renew(&mut self) {
        *self = Self {
            generation: self.generation + 1,
            ..Self::default()
        };
    }

    /// Forgets that runs were counted, but not what broke the proof. For runs
    /// that do not show that the caller counts its own.
    #[cfg(feature = "wasmtime")]
    pub(crate) fn uncount(&mut self) {
        self.counted = false;
    }

    /// Begins a run on this thread.
    pub(crate) fn begin(&mut self) -> RunMark {
        self.begin_at(sys::thread_faults())
    }

    /// Ends a run on the thread that began it.
    pub(crate) fn end(&mut self, mark: &RunMark) {
        self.end_at(mark, sys::thread_faults());
    }

    fn begin_at(&mut self, faults: Option<u64>) -> RunMark {
        // Overlapping runs may be on two threads, of which either may count.
        self.broken |= self.open_runs > 0;
        self.open_runs += 1;
        RunMark {
            generation: self.generation,
            faults,
        }
    }

    fn end_at(&mut self, mark: &RunMark, faults: Option<u64>) {
        if mark.generation == self.generation {
            self.open_runs -= 1;
            self.counted = true;
        } else {
            self.broken = true;
        }
        let still = mark.faults.is_some() && mark.faults == faults;
        self.broken |= !still;
    }
}

#[cfg(test)]
mod tests {
    use super::WriteProof;

    #[test]
    fn runs_without_a_fault_keep_the_proof() {
        let mut proof = WriteProof::default();
        for _ in 0..3 {
            let mark = proof.begin_at(Some(7));
            assert!(!proof.holds(), "not while a run is open");
            proof.end_at(&mark, Some(7));
            assert!(proof.holds());
        }
    }

    #[test]
    fn a_fault_or_an_unreadable_counter_voids_it_until_renewed() {
        for (before, after) in [
            (Some(1), Some(2)),
            (None, None),
            (Some(1), None),
            (None, Some(1)),
        ] {
            let mut proof = WriteProof::default();
            let mark = proof.begin_at(before);
            proof.end_at(&mark, after);
            let mark = proof.begin_at(Some(5));
            proof.end_at(&mark, Some(5));
            assert!(!proof.holds());
            proof.renew();
            let mark = proof.begin_at(Some(5));
            proof.end_at(&mark, Some(5));
            assert!(proof.holds());
        }
    }

    #[test]
    fn without_a_run_there_is_no_proof() {
        let mut proof = WriteProof::default();
        assert!(!proof.holds());
        proof.renew();
        assert!(!proof.holds());
    }

    #[test]
    fn what_is_mended_holds_until_the_next_fault_and_not_within_a_run() {
        let mut proof = WriteProof::default();
        assert!(proof.is_unbroken() && !proof.holds());
        let mark = proof.begin_at(Some(1));
        assert!(!proof.is_unbroken() && !proof.mend());
        proof.end_at(&mark, Some(2));
        assert!(!proof.is_unbroken());
        assert!(proof.mend());
        assert!(proof.is_unbroken() && proof.holds());
        let mark = proof.begin_at(Some(2));
        proof.end_at(&mark, Some(3));
        assert!(!proof.is_unbroken() && !proof.holds());
        // A run that began before a reset may write after the scan: it breaks what was mended.
        let old = proof.begin_at(Some(3));
        proof.renew();
        assert!(proof.mend() && proof.is_unbroken());
        proof.end_at(&old, Some(3));
        assert!(!proof.is_unbroken());
    }

    #[test]
    fn overlapping_runs_void_it() {
        let mut proof = WriteProof::default();
        let first = proof.begin_at(Some(1));
        let second = proof.begin_at(Some(1));
        proof.end_at(&first, Some(1));
        proof.end_at(&second, Some(1));
        assert!(!proof.holds());
    }

    #[test]
    fn a_run_that_spans_a_reset_voids_it() {
        let mut proof = WriteProof::default();
        let old = proof.begin_at(Some(1));
        proof.renew();
        let new = proof.begin_at(Some(1));
        proof.end_at(&new, Some(1));
        assert!(proof.holds());
        proof.end_at(&old, Some(1));
        assert!(!proof.holds());
    }

    #[test]
    fn a_run_that_never_ends_voids_it() {
        let mut proof = WriteProof::default();
        let _ = proof.begin_at(Some(1));
        assert!(!proof.holds());
    }
}
