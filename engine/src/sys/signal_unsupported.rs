//! Interrupts by signal, where there are none yet: the twin of `signal.rs`.

use super::code::CodeRange;
use super::exit::ExitState;

/// Cannot be made.
#[derive(Debug)]
pub(crate) enum Target {}

pub(crate) fn prepare() -> Result<(), ()> {
    Err(())
}

impl Target {
    pub(crate) fn new(_code: CodeRange) -> Self {
        unreachable!("an engine that interrupts by signal cannot be made here")
    }

    pub(crate) fn attach(&self, _exit: Option<ExitState>) {
        match *self {}
    }

    pub(crate) fn enter<R>(&self, _call: impl FnOnce() -> R) -> R {
        match *self {}
    }

    pub(crate) fn landed(&self) -> bool {
        match *self {}
    }
}

impl Target {
    /// Signals the thread that runs the guest. Called only while its call is in progress.
    pub(crate) fn kick(&self) {
        match *self {}
    }

    pub(crate) fn settle(&self) {
        match *self {}
    }
}
