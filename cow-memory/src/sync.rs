//! The locks and counters of the pool: with `--cfg shuttle` those of the crate shuttle, which tries the orders in which
//! threads can take them.

#[cfg(not(shuttle))]
pub(crate) use parking_lot::{Mutex, MutexGuard};
#[cfg(not(shuttle))]
pub(crate) use std::sync::atomic::AtomicUsize;

#[cfg(shuttle)]
pub(crate) use shuttle::sync::{MutexGuard, atomic::AtomicUsize};

/// Numbers threads in the order in which they first come here.
#[cfg(not(shuttle))]
pub(crate) fn thread_number() -> usize {
    use std::sync::atomic::Ordering;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.try_with(|number| *number).unwrap_or(0)
}

/// The scheduler's own number of the thread, the same whenever an order is tried again.
#[cfg(shuttle)]
pub(crate) fn thread_number() -> usize {
    shuttle::thread::current().id().into()
}

/// A lock that a panicking thread lets go of, as parking_lot's.
#[cfg(shuttle)]
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(shuttle::sync::Mutex<T>);

#[cfg(shuttle)]
impl<T> Mutex<T> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(|poison| poison.into_inner())
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.0.try_lock().ok()
    }
}
