//! A live session as a value: forks, checkpoints, sleep.

use super::{Sandbox, SandboxBuilder};
use crate::ambient::{Entropy, GuestClock};
use crate::hibernate::{SESSION_KEY_BYTES, Surroundings, hibernate, resume};
use crate::instance::State;
use crate::python::Step;
use crate::settings::Setup;
use crate::{Error, Hibernated, InstanceError, Runtime};

/// A sandbox's state at some moment: to go back to it, as often as wanted.
///
/// It holds what differs from the golden snapshot and is cheap to clone. Checkpoints of one sandbox do not depend on
/// each other: going back to an older one leaves the newer ones as they are, so they can form a tree.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    state: State,
    clock: GuestClock,
    entropy: Entropy,
    setup: Setup,
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
            setup: self.setup,
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
        if let Err(error) = self.guest.instance.restore(&checkpoint.state) {
            if !matches!(error, InstanceError::ForeignState) {
                self.forget();
            }
            return Err(error.into());
        }
        let host = self.guest.instance.data_mut();
        host.reset();
        host.clock = checkpoint.clock.clone();
        host.entropy = checkpoint.entropy.clone();
        self.setup = checkpoint.setup;
        self.stdin = None;
        // What it writes to first is there already.
        self.cold = None;
        Ok(())
    }

    /// Puts the session into bytes, to be woken by [`Runtime::resume`](crate::Runtime::resume) or [`SandboxBuilder::resume`]. The sandbox stays
    /// as it is.
    ///
    /// # Errors
    ///
    /// As [`checkpoint`](Self::checkpoint), and [`Error::Hibernate`] when compressing fails.
    pub fn hibernate(&mut self) -> Result<Hibernated, Error> {
        let checkpoint = self.checkpoint()?;
        self.put_to_bytes(&checkpoint, None)
    }

    /// As [`hibernate`](Self::hibernate), with a key that vouches for the bytes: a resumed session is code, and who can
    /// write bytes that are resumed can have it do anything that a sandbox can do.
    ///
    /// # Errors
    ///
    /// As [`hibernate`](Self::hibernate).
    pub fn hibernate_authenticated(
        &mut self,
        key: &[u8; SESSION_KEY_BYTES],
    ) -> Result<Hibernated, Error> {
        let checkpoint = self.checkpoint()?;
        self.put_to_bytes(&checkpoint, Some(key))
    }

    /// As [`hibernate`](Self::hibernate), of what a checkpoint holds and not of what the sandbox is now: it may be
    /// poisoned.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`] when the checkpoint is of another golden snapshot, and [`Error::Hibernate`].
    pub fn hibernate_checkpoint(&self, checkpoint: &Checkpoint) -> Result<Hibernated, Error> {
        self.put_to_bytes(checkpoint, None)
    }

    /// As [`hibernate_checkpoint`](Self::hibernate_checkpoint), with a key that vouches for the bytes.
    ///
    /// # Errors
    ///
    /// As [`hibernate_checkpoint`](Self::hibernate_checkpoint).
    pub fn hibernate_checkpoint_authenticated(
        &self,
        checkpoint: &Checkpoint,
        key: &[u8; SESSION_KEY_BYTES],
    ) -> Result<Hibernated, Error> {
        self.put_to_bytes(checkpoint, Some(key))
    }

    fn put_to_bytes(
        &self,
        checkpoint: &Checkpoint,
        key: Option<&[u8; SESSION_KEY_BYTES]>,
    ) -> Result<Hibernated, Error> {
        self.guest.instance.check(&checkpoint.state)?;
        let surroundings = Surroundings {
            setup: checkpoint.setup,
            clock_passed: checkpoint.clock.passed(),
            entropy: checkpoint.entropy.clone(),
        };
        let image = self.runtime.golden().image();
        hibernate(&checkpoint.state, &surroundings, image, key).map_err(Error::Hibernate)
    }

    /// Makes the sandbox's state a golden snapshot of its own: what was imported, defined and written to files is there
    /// in every sandbox of the new runtime, shared, and after every reset. For the libraries of a tenant.
    ///
    /// Takes some tens of milliseconds and as much memory as the sandbox has. Garbage is collected, and `random`
    /// forgets its state, so that no two sandboxes draw the same. The settings of this sandbox's builder that the
    /// program can see, such as environment and host functions, stay visible; those of later builders come on top.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`] when it is poisoned, [`Error::Memory`] when there is no memory for another image,
    /// [`Error::Python`] when a finaliser in the program fails, and those of [`execute`](Self::execute).
    pub fn into_golden(mut self) -> Result<Runtime, Error> {
        self.make_golden()
    }

    /// The same of a sandbox that is dropped afterwards: what is left of it has forgotten things.
    pub(crate) fn make_golden(&mut self) -> Result<Runtime, Error> {
        self.run(Step::bare("settle_snapshot"))?.succeeded()?;
        let globals = self.guest.instance.state()?.globals;
        self.runtime
            .with_contents(self.guest.instance.memory(), &globals)
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
        let builder = SandboxBuilder::of(self.runtime.clone(), self.settings.clone());
        let forks: Result<Vec<Self>, Error> = (0..count).map(|_| builder.build()).collect();
        let mut forks = forks?;
        let instances = forks.iter_mut().map(|fork| &mut fork.guest.instance);
        self.guest.instance.copy_to(instances)?;
        let host = self.guest.instance.data();
        let (clock, entropy) = (&host.clock, &host.entropy);
        for fork in &mut forks {
            let host = fork.guest.instance.data_mut();
            host.clock = clock.clone();
            host.entropy = entropy.clone();
            fork.setup = Setup {
                is_forked: self.settings.seed.is_none(),
                ..self.setup
            };
            // What it writes to first is there already.
            fork.cold = None;
        }
        Ok(forks)
    }
}

impl SandboxBuilder {
    /// Wakes a session in a sandbox with this builder's limits, host functions and handlers. What the guest was told
    /// when the session began stays as it was: environment, arguments, modules, and the names of host functions.
    ///
    /// # Errors
    ///
    /// [`Error::Resume`] when the bytes are no session that this sandbox can be; and those of [`build`](Self::build).
    pub fn resume(&self, session: impl AsRef<[u8]>) -> Result<Sandbox, Error> {
        self.resume_with(session.as_ref(), None)
    }

    /// As [`resume`](Self::resume), and only if this key vouches for the session.
    ///
    /// # Errors
    ///
    /// As [`resume`](Self::resume).
    pub fn resume_authenticated(
        &self,
        session: impl AsRef<[u8]>,
        key: &[u8; SESSION_KEY_BYTES],
    ) -> Result<Sandbox, Error> {
        self.resume_with(session.as_ref(), Some(key))
    }

    fn resume_with(
        &self,
        session: &[u8],
        key: Option<&[u8; SESSION_KEY_BYTES]>,
    ) -> Result<Sandbox, Error> {
        let golden = self.runtime.golden();
        let limit = self.settings.memory_bytes_max;
        let (state, surroundings) = resume(session, golden.id(), golden.image(), limit, key)?;
        let mut sandbox = self.build()?;
        let mut clock = sandbox.guest.instance.data().clock.clone();
        clock.pass(surroundings.clock_passed);
        sandbox.rollback(&Checkpoint {
            state,
            clock,
            entropy: surroundings.entropy,
            setup: surroundings.setup,
        })?;
        Ok(sandbox)
    }
}
