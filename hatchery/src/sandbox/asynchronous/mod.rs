//! Sandboxes for asynchronous code.
//!
//! The guest runs on a thread of its own, out of a pool, so that no executor's thread stands still. The task that awaits
//! the run drives the host functions' futures meanwhile: they live where they were awaited, in whatever runtime that is.
//!
//! ```text
//!   task      execute(…).await ── sandbox ─►┐   drives futures ◄─┐        ┌─► the result
//!   thread                                  └─► runs the guest ──┴────────┘
//! ```

mod common;
mod files;
mod options;
mod state;

pub use common::PythonSandboxAsync;
pub use options::AsyncWithOptions;

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::RunOptions;
use crate::sandbox::{Sandbox, arguments};
use crate::{Bytecode, Error, Output, Returned};
use hatchery_engine::Interrupter;
use hatchery_engine::Reset;

/// A [`Sandbox`] whose calls are awaited: the same ones, with the same meaning.
///
/// Any executor will do; guests run on a thread pool. Dropping a call's future cancels it: the guest is stopped, the
/// futures of its host functions are dropped, and the sandbox is poisoned until it is reset, unless it had ended by
/// then.
///
/// ```no_run
/// # async fn example() -> Result<(), hatchery::Error> {
/// let runtime = hatchery::Runtime::new()?;
/// let mut sandbox = runtime.sandbox_builder().build_async()?;
/// let output = sandbox.execute("print(6 * 7)").await?;
/// assert_eq!(output.stdout_text(), "42\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AsyncSandbox {
    place: Place,
    /// Of the sandbox while it is away.
    interrupter: Interrupter,
    stdin: Option<Bytes>,
    /// For the calls that follow.
    pub(super) options: Option<RunOptions>,
}

#[derive(Debug)]
enum Place {
    Here(Box<Sandbox>),
    /// On its thread, or on its way back from there.
    Away(oneshot::Receiver<Box<Sandbox>>),
    Lost,
}

impl AsyncSandbox {
    pub(crate) fn new(sandbox: Sandbox) -> Self {
        Self {
            interrupter: sandbox.interrupter(),
            place: Place::Here(Box::new(sandbox)),
            stdin: None,
            options: None,
        }
    }

    /// As [`Sandbox::execute`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute`], [`Error::Panicked`] after a panic of an output handler's, and [`Error::Lost`].
    pub async fn execute(&mut self, source: impl Into<String>) -> Result<Output, Error> {
        let source = source.into();
        self.run(move |sandbox| sandbox.execute(&source)).await
    }

    /// As [`Sandbox::execute_named`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute_named`].
    pub async fn execute_named(
        &mut self,
        name: impl Into<String>,
        source: impl Into<String>,
    ) -> Result<Output, Error> {
        let (name, source) = (name.into(), source.into());
        self.run(move |sandbox| sandbox.execute_named(&name, &source))
            .await
    }

    /// As [`Sandbox::execute_cell`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute_cell`].
    pub async fn execute_cell(
        &mut self,
        source: impl Into<String>,
    ) -> Result<Returned<Option<String>>, Error> {
        let source = source.into();
        self.run(move |sandbox| sandbox.execute_cell(&source)).await
    }

    /// As [`Sandbox::execute_bytes`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute_bytes`].
    pub async fn execute_bytes(&mut self, source: impl Into<Bytes>) -> Result<Output, Error> {
        let source = source.into();
        self.run(move |sandbox| sandbox.execute_bytes(&source))
            .await
    }

    /// As [`Sandbox::eval`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::eval`].
    pub async fn eval<T>(&mut self, expression: impl Into<String>) -> Result<Returned<T>, Error>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let expression = expression.into();
        self.run(move |sandbox| sandbox.eval(&expression)).await
    }

    /// As [`Sandbox::call`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::call`].
    pub async fn call<T>(
        &mut self,
        name: impl Into<String>,
        args: impl Serialize,
    ) -> Result<Returned<T>, Error>
    where
        T: DeserializeOwned + Send + 'static,
    {
        let (name, args) = (name.into(), arguments(args)?);
        self.run(move |sandbox| sandbox.call_json(&name, &args))
            .await
    }

    /// As [`Sandbox::finalize`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::finalize`].
    pub async fn finalize(&mut self) -> Result<Output, Error> {
        self.run(Sandbox::finalize).await
    }

    /// As [`Sandbox::execute_function`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute_function`].
    pub async fn execute_function(
        &mut self,
        name: impl Into<String>,
        args: impl Serialize,
    ) -> Result<Output, Error> {
        let (name, args) = (name.into(), arguments(args)?);
        self.run(move |sandbox| sandbox.execute_function_json(&name, &args))
            .await
    }

    /// As [`Sandbox::compile`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::compile`].
    pub async fn compile(&mut self, source: impl Into<String>) -> Result<Bytecode, Error> {
        let source = source.into();
        self.run(move |sandbox| sandbox.compile(&source)).await
    }

    /// As [`Sandbox::load_bytecode`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::load_bytecode`].
    pub async fn load_bytecode(&mut self, bytecode: &Bytecode) -> Result<Output, Error> {
        let bytecode = bytecode.clone();
        self.run(move |sandbox| sandbox.load_bytecode(&bytecode))
            .await
    }

    /// As [`Sandbox::install_module`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::install_module`].
    pub async fn install_module(
        &mut self,
        name: impl Into<String>,
        source: impl Into<String>,
    ) -> Result<Output, Error> {
        let (name, source) = (name.into(), source.into());
        self.run(move |sandbox| sandbox.install_module(&name, &source))
            .await
    }

    /// As [`Sandbox::uninstall_module`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::uninstall_module`].
    pub async fn uninstall_module(&mut self, name: impl Into<String>) -> Result<Output, Error> {
        let name = name.into();
        self.run(move |sandbox| sandbox.uninstall_module(&name))
            .await
    }

    /// As [`Sandbox::set_stdin`].
    pub fn set_stdin(&mut self, input: impl Into<Bytes>) {
        self.stdin = Some(input.into());
    }

    /// As [`Sandbox::set_user_data`].
    ///
    /// # Errors
    ///
    /// [`Error::Lost`].
    pub async fn set_user_data(
        &mut self,
        data: Option<Arc<dyn Any + Send + Sync>>,
    ) -> Result<(), Error> {
        self.sandbox().await?.set_user_data(data);
        Ok(())
    }

    /// As [`Sandbox::reset`]. Takes microseconds after a small program, and is done here then; after one that has written
    /// to much memory it is done on the sandbox's thread.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::reset`], and [`Error::Lost`].
    pub async fn reset(&mut self) -> Result<Reset, Error> {
        self.reset_with(Sandbox::reset).await
    }

    /// As [`Sandbox::reset_strict`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::reset_strict`].
    pub async fn reset_strict(&mut self) -> Result<Reset, Error> {
        self.reset_with(Sandbox::reset_strict).await
    }

    async fn reset_with(
        &mut self,
        reset: fn(&mut Sandbox) -> Result<Reset, Error>,
    ) -> Result<Reset, Error> {
        self.stdin = None;
        let sandbox = self.sandbox().await?;
        if sandbox.is_small() {
            return reset(sandbox);
        }
        self.run(reset).await
    }

    /// Whether the sandbox has to be reset before it runs anything.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`].
    pub async fn is_poisoned(&mut self) -> Result<bool, Error> {
        Ok(self.sandbox().await?.is_poisoned())
    }

    /// As [`Sandbox::interrupter`].
    #[must_use]
    pub fn interrupter(&self) -> Interrupter {
        match &self.place {
            Place::Here(sandbox) => sandbox.interrupter(),
            Place::Away(_) | Place::Lost => self.interrupter.clone(),
        }
    }

    /// The sandbox itself, to be used from blocking code for a while; waits for a cancelled run to end.
    ///
    /// [`RunOptions`](crate::RunOptions) of this handle do not hold for it: it has [`Sandbox::with`].
    ///
    /// # Errors
    ///
    /// [`Error::Lost`].
    pub fn blocking(&mut self) -> Result<&mut Sandbox, Error> {
        if !matches!(self.place, Place::Here(_)) {
            futures_lite::future::block_on(self.sandbox())?;
        }
        let stdin = self.stdin.take();
        match &mut self.place {
            Place::Here(sandbox) => {
                if let Some(input) = stdin {
                    sandbox.set_stdin(input);
                }
                Ok(sandbox)
            }
            Place::Away(_) | Place::Lost => Err(Error::Lost),
        }
    }

    /// Whether a cancelled run still has the sandbox, so that the next call waits for it first.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self.place, Place::Away(_))
    }

    /// The sandbox itself, for blocking code, once a cancelled run has ended.
    ///
    /// # Errors
    ///
    /// [`Error::Lost`].
    pub async fn into_sync(mut self) -> Result<Sandbox, Error> {
        self.sandbox().await?;
        match std::mem::replace(&mut self.place, Place::Lost) {
            Place::Here(mut sandbox) => {
                if let Some(input) = self.stdin.take() {
                    sandbox.set_stdin(input);
                }
                Ok(*sandbox)
            }
            Place::Away(_) | Place::Lost => Err(Error::Lost),
        }
    }

    /// Waits for the sandbox if a run that was cancelled still has it.
    async fn sandbox(&mut self) -> Result<&mut Sandbox, Error> {
        if let Place::Away(returning) = &mut self.place {
            self.place = match returning.await {
                Ok(sandbox) => Place::Here(sandbox),
                Err(oneshot::Canceled) => Place::Lost,
            };
        }
        match &mut self.place {
            Place::Here(sandbox) => Ok(sandbox),
            Place::Away(_) | Place::Lost => Err(Error::Lost),
        }
    }

    pub(crate) async fn run<R: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Sandbox) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        self.sandbox().await?;
        let (back, returning) = oneshot::channel();
        let Place::Here(mut sandbox) = std::mem::replace(&mut self.place, Place::Away(returning))
        else {
            return Err(Error::Lost);
        };
        if let Some(input) = self.stdin.take() {
            sandbox.set_stdin(input);
        }
        let options = self.options.clone();
        let stdin_taken = Arc::new(AtomicBool::new(false));
        let tell_taken = stdin_taken.clone();
        let (to_task, mut started) = mpsc::unbounded();
        let (done, mut result) = oneshot::channel();
        sandbox.drive_with(Some(to_task));
        self.interrupter = sandbox.interrupter();
        let cancel = CancelOnDrop(Some(self.interrupter.clone()));
        // From now on, so that a cancellation is not lost before the guest's thread takes the run up.
        let in_progress = self.interrupter.begin_run();
        let span = tracing::Span::current();
        blocking::unblock(move || {
            let _span = span.enter();
            let outcome = catch_unwind(AssertUnwindSafe(|| match options {
                None => work(&mut sandbox),
                Some(options) => {
                    let mut with = sandbox.with(&options)?;
                    let done = work(&mut with);
                    tell_taken.store(with.stdin_is_taken(), Ordering::Release);
                    done
                }
            }));
            sandbox.drive_with(None);
            let outcome = outcome.unwrap_or_else(|_panic| {
                sandbox.abandon();
                Err(Error::Panicked)
            });
            drop(in_progress);
            // Nobody waits when the call was cancelled; the sandbox waits to be asked for, or is dropped.
            let _ = done.send(outcome);
            let _ = back.send(sandbox);
        })
        .detach();

        let mut in_flight = FuturesUnordered::new();
        let outcome = loop {
            futures_util::select_biased! {
                outcome = result => break outcome,
                future = started.select_next_some() => in_flight.push(future),
                () = in_flight.select_next_some() => {}
                complete => break Err(oneshot::Canceled),
            }
        };
        cancel.disarm();
        if stdin_taken.load(Ordering::Acquire) {
            self.options = self.options.as_ref().map(RunOptions::later);
        }
        drop(in_flight);
        self.sandbox().await?;
        outcome.unwrap_or(Err(Error::Lost))
    }
}

impl From<Sandbox> for AsyncSandbox {
    fn from(sandbox: Sandbox) -> Self {
        Self::new(sandbox)
    }
}

/// Stops the guest when the future that waits for it is dropped.
struct CancelOnDrop(Option<Interrupter>);

impl CancelOnDrop {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(interrupter) = &self.0 {
            interrupter.interrupt();
        }
    }
}
