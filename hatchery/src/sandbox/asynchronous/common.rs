//! What all kinds of sandbox for asynchronous code have in common.

use std::future::Future;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::AsyncSandbox;
use crate::sandbox::Checkpoint;
use crate::{Error, Output, Returned};
use hatchery_engine::{Hibernated, Reset};

/// What runs Python for asynchronous code: an [`AsyncSandbox`], and the leases and sessions of the crate `hatchery-pool`.
///
/// Each method does what the type's own method of the same name does. Dropping its future cancels the run.
///
/// ```
/// use hatchery::{Error, PythonSandboxAsync};
///
/// async fn greet(sandbox: &mut impl PythonSandboxAsync, name: &str) -> Result<String, Error> {
///     let output = sandbox.execute(format!("print('hello', {name:?})")).await?;
///     Ok(output.stdout_text().into_owned())
/// }
///
/// # futures_lite::future::block_on(async {
/// let mut sandbox = hatchery::Runtime::new()?.sandbox_builder().build_async()?;
/// assert_eq!(greet(&mut sandbox, "Ana").await?, "hello Ana\n");
/// # Ok::<(), hatchery::Error>(())
/// # }).unwrap();
/// ```
pub trait PythonSandboxAsync: Send {
    /// As [`AsyncSandbox::execute`].
    fn execute(
        &mut self,
        source: impl Into<String> + Send,
    ) -> impl Future<Output = Result<Output, Error>> + Send;

    /// As [`AsyncSandbox::execute_named`].
    fn execute_named(
        &mut self,
        name: impl Into<String> + Send,
        source: impl Into<String> + Send,
    ) -> impl Future<Output = Result<Output, Error>> + Send;

    /// As [`AsyncSandbox::execute_cell`].
    fn execute_cell(
        &mut self,
        source: impl Into<String> + Send,
    ) -> impl Future<Output = Result<Returned<Option<String>>, Error>> + Send;

    /// As [`AsyncSandbox::eval`].
    fn eval<T: DeserializeOwned + Send + 'static>(
        &mut self,
        expression: impl Into<String> + Send,
    ) -> impl Future<Output = Result<Returned<T>, Error>> + Send;

    /// As [`AsyncSandbox::call`].
    fn call<T: DeserializeOwned + Send + 'static>(
        &mut self,
        name: impl Into<String> + Send,
        args: impl Serialize + Send,
    ) -> impl Future<Output = Result<Returned<T>, Error>> + Send;

    /// As [`AsyncSandbox::execute_function`].
    fn execute_function(
        &mut self,
        name: impl Into<String> + Send,
        args: impl Serialize + Send,
    ) -> impl Future<Output = Result<Output, Error>> + Send;

    /// As [`AsyncSandbox::finalize`].
    fn finalize(&mut self) -> impl Future<Output = Result<Output, Error>> + Send;

    /// As [`AsyncSandbox::set_stdin`].
    fn set_stdin(&mut self, input: Bytes);

    /// As [`AsyncSandbox::write_file`].
    fn write_file(
        &mut self,
        path: impl Into<String> + Send,
        bytes: impl Into<Bytes> + Send,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// As [`AsyncSandbox::read_file`].
    fn read_file(
        &mut self,
        path: impl Into<String> + Send,
    ) -> impl Future<Output = Result<Bytes, Error>> + Send;

    /// As [`AsyncSandbox::checkpoint`].
    fn checkpoint(&mut self) -> impl Future<Output = Result<Checkpoint, Error>> + Send;

    /// As [`AsyncSandbox::rollback`].
    fn rollback(
        &mut self,
        checkpoint: &Checkpoint,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// As [`AsyncSandbox::hibernate`].
    fn hibernate(&mut self) -> impl Future<Output = Result<Hibernated, Error>> + Send;

    /// As [`AsyncSandbox::reset`].
    fn reset(&mut self) -> impl Future<Output = Result<Reset, Error>> + Send;

    /// As [`AsyncSandbox::is_poisoned`].
    fn is_poisoned(&mut self) -> impl Future<Output = Result<bool, Error>> + Send;
}

/// As `implement_python_sandbox`, for asynchronous code.
#[doc(hidden)]
#[macro_export]
macro_rules! implement_python_sandbox_async {
    ($type:ty) => {
        impl $crate::PythonSandboxAsync for $type {
            async fn execute(
                &mut self,
                source: impl Into<String> + Send,
            ) -> Result<$crate::Output, $crate::Error> {
                self.execute(source).await
            }

            async fn execute_named(
                &mut self,
                name: impl Into<String> + Send,
                source: impl Into<String> + Send,
            ) -> Result<$crate::Output, $crate::Error> {
                self.execute_named(name, source).await
            }

            async fn execute_cell(
                &mut self,
                source: impl Into<String> + Send,
            ) -> Result<$crate::Returned<Option<String>>, $crate::Error> {
                self.execute_cell(source).await
            }

            async fn eval<T: ::serde::de::DeserializeOwned + Send + 'static>(
                &mut self,
                expression: impl Into<String> + Send,
            ) -> Result<$crate::Returned<T>, $crate::Error> {
                self.eval(expression).await
            }

            async fn call<T: ::serde::de::DeserializeOwned + Send + 'static>(
                &mut self,
                name: impl Into<String> + Send,
                args: impl ::serde::Serialize + Send,
            ) -> Result<$crate::Returned<T>, $crate::Error> {
                self.call(name, args).await
            }

            async fn execute_function(
                &mut self,
                name: impl Into<String> + Send,
                args: impl ::serde::Serialize + Send,
            ) -> Result<$crate::Output, $crate::Error> {
                self.execute_function(name, args).await
            }

            async fn finalize(&mut self) -> Result<$crate::Output, $crate::Error> {
                self.finalize().await
            }

            async fn write_file(
                &mut self,
                path: impl Into<String> + Send,
                bytes: impl Into<::bytes::Bytes> + Send,
            ) -> Result<(), $crate::Error> {
                self.write_file(path, bytes).await
            }

            async fn read_file(
                &mut self,
                path: impl Into<String> + Send,
            ) -> Result<::bytes::Bytes, $crate::Error> {
                self.read_file(path).await
            }

            async fn checkpoint(&mut self) -> Result<$crate::Checkpoint, $crate::Error> {
                self.checkpoint().await
            }

            async fn rollback(
                &mut self,
                checkpoint: &$crate::Checkpoint,
            ) -> Result<(), $crate::Error> {
                self.rollback(checkpoint).await
            }

            async fn hibernate(&mut self) -> Result<$crate::Hibernated, $crate::Error> {
                self.hibernate().await
            }

            async fn reset(&mut self) -> Result<$crate::Reset, $crate::Error> {
                self.reset().await
            }

            async fn is_poisoned(&mut self) -> Result<bool, $crate::Error> {
                self.is_poisoned().await
            }

            fn set_stdin(&mut self, input: ::bytes::Bytes) {
                self.set_stdin(input);
            }
        }
    };
}

implement_python_sandbox_async!(AsyncSandbox);
