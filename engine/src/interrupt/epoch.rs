//! Interrupts by epoch: the compiler puts a check into every loop and function.

use super::watchdog::Kick;
use wasmtime::{Engine, Store, UpdateDeadline};

use crate::store::StoreData;

/// Bumps the engine's epoch, which sends every running guest to its callback; those that may go on do.
pub(super) struct EpochKick(pub(super) Engine);

impl Kick for EpochKick {
    fn kick(&self) {
        self.0.increment_epoch();
    }
}

/// Makes `store` look at its interrupts whenever the epoch has moved.
pub(super) fn attend<T: 'static>(store: &mut Store<StoreData<T>>) {
    store.epoch_deadline_callback(|store| {
        store.data().interrupter().check()?;
        Ok(UpdateDeadline::Continue(1))
    });
    store.set_epoch_deadline(1);
}
