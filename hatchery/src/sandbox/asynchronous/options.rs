//! Other settings for some runs of an asynchronous sandbox.

use std::ops::{Deref, DerefMut};

use super::AsyncSandbox;
use crate::RunOptions;

/// An [`AsyncSandbox`] with other settings for a while: see [`AsyncSandbox::with`].
#[derive(Debug)]
#[must_use = "the settings hold until this is dropped"]
pub struct AsyncWithOptions<'a> {
    sandbox: &'a mut AsyncSandbox,
    /// The options that come back.
    before: Option<RunOptions>,
}

impl AsyncSandbox {
    /// As [`Sandbox::with`](crate::Sandbox::with); invalid options are reported by the next call.
    pub fn with(&mut self, options: &RunOptions) -> AsyncWithOptions<'_> {
        let before = self.options.replace(options.clone());
        AsyncWithOptions {
            sandbox: self,
            before,
        }
    }

    /// Options for the calls that follow, until others are set; `None` for the builder's settings. For callers that cannot
    /// keep the guard of [`with`](Self::with) alive. What [`blocking`](Self::blocking) gives runs without them.
    pub fn set_options(&mut self, options: Option<RunOptions>) {
        self.options = options;
    }
}

impl Deref for AsyncWithOptions<'_> {
    type Target = AsyncSandbox;

    fn deref(&self) -> &AsyncSandbox {
        self.sandbox
    }
}

impl DerefMut for AsyncWithOptions<'_> {
    fn deref_mut(&mut self) -> &mut AsyncSandbox {
        self.sandbox
    }
}

impl Drop for AsyncWithOptions<'_> {
    fn drop(&mut self) {
        self.sandbox.options = self.before.take();
    }
}
