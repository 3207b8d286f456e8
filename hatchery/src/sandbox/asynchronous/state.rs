//! A live session as a value, for asynchronous code.

use bytes::Bytes;

use crate::{
    AsyncSandbox, Checkpoint, DirtyReport, Error, Hibernated, Runtime, Sandbox, SandboxBuilder,
};

/// State. What is done to it takes as long as the session is large, so all of it is done on the sandbox's thread, once a
/// run that was cancelled has left it.
impl AsyncSandbox {
    /// As [`Sandbox::fork`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::fork`], and [`Error::Lost`].
    pub async fn fork(&mut self, count: usize) -> Result<Vec<Self>, Error> {
        let forks = self.run(move |sandbox| sandbox.fork(count)).await?;
        Ok(forks.into_iter().map(Self::new).collect())
    }

    /// As [`Sandbox::checkpoint`]. It is one for sandboxes of either kind.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::checkpoint`], and [`Error::Lost`].
    pub async fn checkpoint(&mut self) -> Result<Checkpoint, Error> {
        self.run(Sandbox::checkpoint).await
    }

    /// As [`Sandbox::rollback`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::rollback`], and [`Error::Lost`].
    pub async fn rollback(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let checkpoint = checkpoint.clone();
        self.run(move |sandbox| sandbox.rollback(&checkpoint)).await
    }

    /// As [`Sandbox::hibernate`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::hibernate`], and [`Error::Lost`].
    pub async fn hibernate(&mut self) -> Result<Hibernated, Error> {
        self.run(Sandbox::hibernate).await
    }

    /// As [`Sandbox::dirty_report`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::dirty_report`], and [`Error::Lost`].
    pub async fn dirty_report(&mut self) -> Result<DirtyReport, Error> {
        self.run(Sandbox::dirty_report).await
    }

    /// As [`Sandbox::into_golden`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::into_golden`], and [`Error::Lost`].
    pub async fn into_golden(mut self) -> Result<Runtime, Error> {
        self.run(Sandbox::make_golden).await
    }
}

/// Waking sessions. What is woken is decompressed on another thread.
impl SandboxBuilder {
    /// As [`resume`](Self::resume), for asynchronous code.
    ///
    /// # Errors
    ///
    /// As [`resume`](Self::resume).
    pub async fn resume_async(&self, session: impl Into<Bytes>) -> Result<AsyncSandbox, Error> {
        let (builder, session) = (self.clone(), session.into());
        let span = tracing::Span::current();
        let sandbox = blocking::unblock(move || {
            let _span = span.enter();
            builder.resume(session)
        });
        Ok(AsyncSandbox::new(sandbox.await?))
    }
}
