//! Instances of any module put to sleep.

use super::{Hibernated, SESSION_KEY_BYTES, Surroundings, hibernate, resume};
use crate::instance::{Instance, InstanceError};

impl<T: 'static> Instance<T> {
    /// Puts the instance's state into bytes: what its memory and its globals have in place of the golden snapshot's. It
    /// stays as it is. With a key, that vouches for the bytes: who can write a state that is resumed can have the guest
    /// do anything that it is able to.
    ///
    /// # Errors
    ///
    /// - [`InstanceError::Poisoned`] when it was stopped in the middle.
    /// - [`InstanceError::NotAValue`] when the module keeps state elsewhere than in its memory and globals.
    /// - [`InstanceError::Memory`] when the kernel does not say which pages it has changed, and
    ///   [`InstanceError::Hibernate`] when compressing fails.
    pub fn hibernate(
        &mut self,
        key: Option<&[u8; SESSION_KEY_BYTES]>,
    ) -> Result<Hibernated, InstanceError> {
        let state = self.state()?;
        let image = self.golden().image();
        hibernate(&state, &Surroundings::default(), image, key).map_err(InstanceError::Hibernate)
    }

    /// Becomes what another instance of the same snapshot was when it was put to sleep, whatever this one is now.
    /// Revives a poisoned instance.
    ///
    /// # Errors
    ///
    /// - [`InstanceError::Resume`] and [`InstanceError::ForeignState`] when the bytes are no state that this instance
    ///   can have: nothing has changed then.
    /// - [`InstanceError::Restore`] when the module cannot have as much memory, and the errors of
    ///   [`Instance::reset`]: the instance is then in the golden state, or poisoned.
    pub fn resume(
        &mut self,
        session: impl AsRef<[u8]>,
        key: Option<&[u8; SESSION_KEY_BYTES]>,
    ) -> Result<(), InstanceError> {
        let golden = self.golden().clone();
        let limit = self.limits().memory_bytes_max;
        let (state, _) = resume(session.as_ref(), golden.id(), golden.image(), limit, key)?;
        self.restore(&state)
    }
}
