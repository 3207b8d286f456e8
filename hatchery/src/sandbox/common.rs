//! What all kinds of sandbox have in common, for code that does not mind which it is given.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Checkpoint, Sandbox};
use crate::{Error, Output, Returned};
use hatchery_engine::{Hibernated, Reset};

/// What runs Python for blocking code: a [`Sandbox`], and what the crate `hatchery-pool` lends to blocking code.
///
/// Each method does what the type's own method of the same name does.
///
/// ```
/// use hatchery::{Error, PythonSandbox};
///
/// /// How many words a sandbox of any kind counts.
/// fn count(sandbox: &mut impl PythonSandbox, text: &str) -> Result<usize, Error> {
///     sandbox.execute("def count(text): return len(text.split())")?;
///     Ok(sandbox.call("count", (text,))?.value)
/// }
///
/// let mut sandbox = hatchery::Runtime::new()?.sandbox()?;
/// assert_eq!(count(&mut sandbox, "a few words")?, 3);
/// # Ok::<(), hatchery::Error>(())
/// ```
pub trait PythonSandbox {
    /// As [`Sandbox::execute`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute`].
    fn execute(&mut self, source: &str) -> Result<Output, Error>;

    /// As [`Sandbox::execute_named`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute_named`].
    fn execute_named(&mut self, name: &str, source: &str) -> Result<Output, Error>;

    /// As [`Sandbox::execute_cell`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute_cell`].
    fn execute_cell(&mut self, source: &str) -> Result<Returned<Option<String>>, Error>;

    /// As [`Sandbox::eval`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::eval`].
    fn eval<T: DeserializeOwned>(&mut self, expression: &str) -> Result<Returned<T>, Error>
    where
        Self: Sized;

    /// As [`Sandbox::call`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::call`].
    fn call<T: DeserializeOwned>(
        &mut self,
        name: &str,
        args: impl Serialize,
    ) -> Result<Returned<T>, Error>
    where
        Self: Sized;

    /// As [`Sandbox::execute_function`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::execute_function`].
    fn execute_function(&mut self, name: &str, args: impl Serialize) -> Result<Output, Error>
    where
        Self: Sized;

    /// As [`Sandbox::finalize`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::finalize`].
    fn finalize(&mut self) -> Result<Output, Error>;

    /// As [`Sandbox::set_stdin`].
    fn set_stdin(&mut self, input: Bytes);

    /// As [`Sandbox::write_file`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::write_file`].
    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), Error>;

    /// As [`Sandbox::read_file`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::read_file`].
    fn read_file(&mut self, path: &str) -> Result<Bytes, Error>;

    /// As [`Sandbox::checkpoint`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::checkpoint`].
    fn checkpoint(&mut self) -> Result<Checkpoint, Error>;

    /// As [`Sandbox::rollback`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::rollback`].
    fn rollback(&mut self, checkpoint: &Checkpoint) -> Result<(), Error>;

    /// As [`Sandbox::hibernate`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::hibernate`].
    fn hibernate(&mut self) -> Result<Hibernated, Error>;

    /// As [`Sandbox::reset`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::reset`].
    fn reset(&mut self) -> Result<Reset, Error>;

    /// As [`Sandbox::is_poisoned`].
    fn is_poisoned(&self) -> bool;
}

/// Has a type's own methods do what the trait's of the same name do. For this crate and `hatchery-pool`.
#[doc(hidden)]
#[macro_export]
macro_rules! implement_python_sandbox {
    ($type:ty) => {
        impl $crate::PythonSandbox for $type {
            fn execute(&mut self, source: &str) -> Result<$crate::Output, $crate::Error> {
                self.execute(source)
            }

            fn execute_named(
                &mut self,
                name: &str,
                source: &str,
            ) -> Result<$crate::Output, $crate::Error> {
                self.execute_named(name, source)
            }

            fn execute_cell(
                &mut self,
                source: &str,
            ) -> Result<$crate::Returned<Option<String>>, $crate::Error> {
                self.execute_cell(source)
            }

            fn eval<T: ::serde::de::DeserializeOwned>(
                &mut self,
                expression: &str,
            ) -> Result<$crate::Returned<T>, $crate::Error> {
                self.eval(expression)
            }

            fn call<T: ::serde::de::DeserializeOwned>(
                &mut self,
                name: &str,
                args: impl ::serde::Serialize,
            ) -> Result<$crate::Returned<T>, $crate::Error> {
                self.call(name, args)
            }

            fn execute_function(
                &mut self,
                name: &str,
                args: impl ::serde::Serialize,
            ) -> Result<$crate::Output, $crate::Error> {
                self.execute_function(name, args)
            }

            fn finalize(&mut self) -> Result<$crate::Output, $crate::Error> {
                self.finalize()
            }

            fn set_stdin(&mut self, input: ::bytes::Bytes) {
                self.set_stdin(input);
            }

            fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), $crate::Error> {
                self.write_file(path, bytes)
            }

            fn read_file(&mut self, path: &str) -> Result<::bytes::Bytes, $crate::Error> {
                self.read_file(path)
            }

            fn checkpoint(&mut self) -> Result<$crate::Checkpoint, $crate::Error> {
                self.checkpoint()
            }

            fn rollback(&mut self, checkpoint: &$crate::Checkpoint) -> Result<(), $crate::Error> {
                self.rollback(checkpoint)
            }

            fn hibernate(&mut self) -> Result<$crate::Hibernated, $crate::Error> {
                self.hibernate()
            }

            fn reset(&mut self) -> Result<$crate::Reset, $crate::Error> {
                self.reset()
            }

            fn is_poisoned(&self) -> bool {
                $crate::Sandbox::is_poisoned(self)
            }
        }
    };
}

implement_python_sandbox!(Sandbox);
