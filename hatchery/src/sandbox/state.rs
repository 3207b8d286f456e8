//! A live session as a value: forks, checkpoints, sleep.

use super::{Sandbox, SandboxBuilder};
use crate::ambient::{Entropy, GuestClock};
use crate::python::Step;
use crate::session::Surroundings;
use crate::settings::{Imposed, Told};
use crate::{Error, Hibernated, InstanceError, Runtime, SealingKey};
use hatchery_abi::names::exports;
use hatchery_engine::State;
use std::time::{Duration, Instant};

/// A sandbox's state at some moment: to go back to it, as often as wanted.
///
/// It holds what differs from the golden snapshot and is cheap to clone. Checkpoints of one sandbox do not depend on
/// each other: going back to an older one leaves the newer ones as they are, so they can form a tree.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    runtime: Runtime,
    state: State,
    clock: GuestClock,
    entropy: Entropy,
    told: Told,
    imposed: Option<Imposed>,
}

impl Checkpoint {
    /// Bytes that it holds, mostly pages of memory.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.state.len_bytes()
    }

    /// Puts what it holds into bytes, as [`Sandbox::hibernate`] does with what a sandbox is now; the sandbox may be
    /// poisoned or gone. With a key, that vouches for the bytes: a resumed session is code, and who can write bytes that
    /// are resumed can have it do anything that a sandbox can do.
    ///
    /// # Errors
    ///
    /// [`Error::Hibernate`] when compressing fails.
    pub fn hibernate(&self, key: Option<&SealingKey>) -> Result<Hibernated, Error> {
        let surroundings = Surroundings::new(self.told, &self.clock, &self.entropy);
        let golden = self.runtime.golden();
        let hibernated = self.state.hibernate(golden, &surroundings.to_note(), key);
        hibernated.map_err(Error::Hibernate)
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
            runtime: self.runtime.clone(),
            told: self.told,
            imposed: self.imposed,
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
        self.told = checkpoint.told;
        self.imposed = checkpoint.imposed;
        self.stdin = None;
        // The pages of a first run are private already: they need no prefault.
        self.cold = None;
        Ok(())
    }

    /// Puts the session into bytes, to be woken by [`Runtime::resume`](crate::Runtime::resume) or
    /// [`SandboxBuilder::resume`]. The sandbox stays as it is. The builder's
    /// [`sealing_key`](SandboxBuilder::sealing_key), if it has one, vouches for them.
    ///
    /// # Errors
    ///
    /// As [`checkpoint`](Self::checkpoint), and [`Error::Hibernate`] when compressing fails.
    pub fn hibernate(&mut self) -> Result<Hibernated, Error> {
        let key = self.settings.sealing_key.clone();
        self.checkpoint()?.hibernate(key.as_ref())
    }

    /// Makes the sandbox's state a golden snapshot of its own: what was imported, defined and written to files is there
    /// in every sandbox of the new runtime, shared, and after every reset. For the libraries of a tenant.
    ///
    /// Takes some tens of milliseconds and as much memory as the sandbox has. Garbage is collected, and `random`
    /// forgets its state, so that no two sandboxes draw the same. The settings of this sandbox's builder that the
    /// program can see stay visible, such as its environment; those of later builders come on top. Host functions are those
    /// of later builders alone.
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
        let _in_progress = self.guest.instance.interrupter().begin_run();
        let settled = self.run(Step::bare(exports::SETTLE_SNAPSHOT));
        // The guest has taken its limits back, whatever came of the rest.
        self.imposed = None;
        settled?.succeeded()?;
        let limits = self.call_limits(Instant::now());
        let room = self.guest.make_room(limits);
        room.map_err(|error| self.failure(error, Duration::ZERO))?;
        let state = self.guest.instance.state()?;
        let memory = self.guest.instance.memory();
        let monotonic = self.guest.instance.data().clock.monotonic();
        self.runtime
            .with_contents(memory, state.globals(), self.told.functions, monotonic)
    }

    /// Makes `count` sandboxes that go on from here, each on its own: with all that this one has, down to generators and
    /// half-read iterators, and with the limits, host functions and handlers that it was built with;
    /// [`RunOptions`](crate::RunOptions) are not passed on.
    ///
    /// Costs what this one has written, for each. As after `os.fork`, each fork's `random` draws numbers of its own,
    /// unless the sandbox has a seed.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`]: it is poisoned, or there is no room for so many; none is made then.
    pub fn fork(&mut self, count: usize) -> Result<Vec<Self>, Error> {
        let builder = SandboxBuilder::of(self.runtime.clone(), self.own.clone());
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
            fork.told = Told {
                forked: self.own.seed.is_none(),
                ..self.told
            };
            fork.imposed = self.imposed;
            // The pages of a first run are private already: they need no prefault.
            fork.cold = None;
        }
        Ok(forks)
    }
}

impl SandboxBuilder {
    /// Wakes a session in a sandbox with this builder's limits, host functions and handlers. What the program was told
    /// when the session began stays as it was: environment, arguments and modules. With a
    /// [`sealing_key`](Self::sealing_key), only a session for which that key vouches.
    ///
    /// # Errors
    ///
    /// [`Error::Resume`] when the bytes are no session that this sandbox can be; and those of [`build`](Self::build).
    pub fn resume(&self, session: impl AsRef<[u8]>) -> Result<Sandbox, Error> {
        self.resume_with(session, self.settings.sealing_key.as_ref())
    }

    /// As [`resume`](Self::resume), with the key that vouches for this session in place of the builder's; `None` for a
    /// session without one. The sandbox does not keep the key.
    ///
    /// # Errors
    ///
    /// As [`resume`](Self::resume).
    pub fn resume_with(
        &self,
        session: impl AsRef<[u8]>,
        key: Option<&SealingKey>,
    ) -> Result<Sandbox, Error> {
        let asleep = self.read(session.as_ref(), key)?;
        let mut sandbox = self.build()?;
        sandbox.wake(asleep)?;
        Ok(sandbox)
    }
}

/// A session taken out of bytes, to be put into a sandbox.
pub(super) struct Asleep {
    state: State,
    surroundings: Surroundings,
}

impl SandboxBuilder {
    fn read(&self, session: &[u8], key: Option<&SealingKey>) -> Result<Asleep, Error> {
        let (golden, limit) = (self.runtime.golden(), self.settings.memory_bytes_max);
        let (state, note) = State::resume(session, golden, limit, key)?;
        let surroundings = Surroundings::from_note(&note)?;
        Ok(Asleep {
            state,
            surroundings,
        })
    }
}

impl Sandbox {
    fn wake(&mut self, asleep: Asleep) -> Result<(), Error> {
        let Asleep {
            state,
            surroundings,
        } = asleep;
        let mut clock = self.guest.instance.data().clock.clone();
        clock.resume(surroundings.clock_passed, surroundings.monotonic);
        let runtime = self.runtime.clone();
        self.rollback(&Checkpoint {
            runtime,
            state,
            clock,
            entropy: surroundings.entropy,
            told: surroundings.told,
            imposed: None,
        })
    }
}
