//! Instances of any module put to sleep.

use super::{HibernateError, Hibernated, ResumeError, SealingKey};
use crate::instance::{Instance, State};

impl<T: 'static> Instance<T> {
    /// Puts the instance's state into bytes: what its memory and its globals have in place of the golden snapshot's. It
    /// stays as it is. With a key, that vouches for the bytes: who can write a state that is resumed can have the guest
    /// do anything that it is able to.
    ///
    /// # Errors
    ///
    /// Those of [`Instance::state`], and [`HibernateError::Compress`].
    pub fn hibernate(&mut self, key: Option<&SealingKey>) -> Result<Hibernated, HibernateError> {
        let state = self.state()?;
        state.hibernate(self.golden(), b"", key)
    }

    /// Becomes what another instance of the same snapshot was when it was put to sleep, whatever this one is now.
    /// Revives a poisoned instance.
    ///
    /// # Errors
    ///
    /// [`ResumeError`] when the bytes are no state that this instance can have: nothing has changed then. Within
    /// [`ResumeError::Instance`] those of [`Instance::restore`]: except after
    /// [`ForeignState`](crate::InstanceError::ForeignState) the instance is then in the golden state, or poisoned.
    pub fn resume(
        &mut self,
        session: impl AsRef<[u8]>,
        key: Option<&SealingKey>,
    ) -> Result<(), ResumeError> {
        let limit = self.limits().memory_bytes_max;
        let (state, _) = State::resume(session.as_ref(), self.golden(), limit, key)?;
        Ok(self.restore(&state)?)
    }
}
