//! The scheduler, where nothing can be asked of it: the twin of `thread.rs`.

/// Does nothing: the thread wakes when it wakes.
pub(crate) fn wake_on_time() {}
