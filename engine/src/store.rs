//! What a store carries.

use crate::interrupt::Interrupter;
use crate::limits::{Limiter, Limits};

/// What host functions find in the store: the caller's own data, and the instance's interrupts.
///
/// A reset leaves `data` as it is. What a guest put there through host functions is its owner's to clear.
#[derive(Debug)]
pub struct StoreData<T> {
    /// The caller's own.
    pub data: T,
    pub(crate) limiter: Limiter,
    interrupter: Interrupter,
}

impl<T> StoreData<T> {
    pub(crate) fn new(data: T, limits: Limits, interrupter: Interrupter) -> Self {
        Self {
            data,
            limiter: Limiter::new(limits),
            interrupter,
        }
    }

    pub(crate) fn set_interrupter(&mut self, interrupter: Interrupter) {
        self.interrupter = interrupter;
    }

    /// Lets a host function see that the guest has to end, and sleep no longer than it may run.
    pub fn interrupter(&self) -> &Interrupter {
        &self.interrupter
    }
}
