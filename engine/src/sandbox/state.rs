//! A live session as a value: forks, checkpoints.

use super::{Sandbox, SandboxBuilder};
use crate::Error;
use crate::ambient::{Entropy, GuestClock};
use crate::instance::State;

/// A sandbox's state at some moment: to go back to it, as often as wanted.
///
/// It holds what differs from the golden snapshot and is cheap to clone. Checkpoints of one sandbox do not depend on
/// each other: going back to an older one leaves the newer ones as they are, so they can form a tree.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    state: State,
    clock: GuestClock,
    entropy: Entropy,
    is_set_up: bool,
    has_stdin: bool,
}

impl Checkpoint {
    /// Bytes that it holds, mostly pages of memory.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.state.bytes.len()
    }
}

impl Sandbox {
    /// Takes the sandbox's state: names, objects, generators half-way, files, all that a program could find.
    ///
    /// Costs what the sandbox has written, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`]: it is poisoned, or the kernel does not say what it has written.
    pub fn checkpoint(&mut self) -> Result<Checkpoint, Error> {
        let state = self.guest.instance.state()?;
        let host = self.guest.instance.data();
        Ok(Checkpoint {
            state,
            clock: host.clock.clone(),
            entropy: host.entropy.clone(),
            is_set_up: self.is_set_up,
            has_stdin: self.has_stdin,
        })
    }

    /// Goes back to what the sandbox was, or what the sandbox was that the checkpoint is of. Revives a poisoned
    /// sandbox.
    ///
    /// `random` goes on from where it was then: what followed the checkpoint follows again.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`] when the checkpoint is of another golden snapshot, or needs more memory than this sandbox may
    /// have; it is in the golden state or poisoned then.
    pub fn rollback(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        self.guest.instance.restore(&checkpoint.state)?;
        let host = self.guest.instance.data_mut();
        host.reset();
        host.clock = checkpoint.clock.clone();
        host.entropy = checkpoint.entropy.clone();
        self.is_set_up = checkpoint.is_set_up;
        self.has_stdin = checkpoint.has_stdin;
        self.stdin = None;
        // What it writes to first is there already.
        self.cold = None;
        Ok(())
    }

    /// Makes `count` sandboxes that go on from here, each on its own: with all that this one has, down to generators and
    /// half-read iterators, and with the same limits, host functions and handlers.
    ///
    /// Costs what this one has written, for each. As after `os.fork`, each fork's `random` draws numbers of its own,
    /// unless the sandbox has a seed.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`]: it is poisoned, or there is no room for so many; none is made then.
    pub fn fork(&mut self, count: usize) -> Result<Vec<Self>, Error> {
        let checkpoint = self.checkpoint()?;
        let builder = SandboxBuilder::of(self.runtime.clone(), self.settings.clone());
        let fork = || {
            let mut sandbox = builder.build()?;
            sandbox.rollback(&checkpoint)?;
            sandbox.is_forked = self.settings.seed.is_none();
            Ok(sandbox)
        };
        (0..count).map(|_| fork()).collect()
    }
}
