//! Interrupts by signal, where there are none yet: the twin of `signal.rs`.

use super::exit::ExitState;
use crate::interrupt::{CodeRange, Kick};

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

impl Kick for Target {
    fn kick(&self) {
        match *self {}
    }
}
