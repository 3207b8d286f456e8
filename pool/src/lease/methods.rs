//! What a lease and a session do with the sandbox that they hold.
//!
//! They do not give it away as `&mut`: who swapped two of them would carry a warm sandbox from one tenant to another.

use bytes::Bytes;
use hatchery::{
    Bytecode, Checkpoint, Copied, CopyLimits, DirEntry, DirtyReport, Error, Hibernated, Output,
    Reset, Returned, Sandbox,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::ops::Deref;
use std::path::Path;

/// Gives a type with a method `sandbox_mut` what an `AsyncSandbox` does.
macro_rules! sandbox_methods {
    ($holder:ident) => {
        const _: () = {
            use bytes::Bytes;
            use hatchery::{
                Bytecode, Checkpoint, Copied, CopyLimits, DirEntry, DirtyReport,
                Error as SandboxError, Hibernated, Output, Reset, Returned,
            };
            use serde::Serialize;
            use serde::de::DeserializeOwned;
            use std::path::PathBuf;

            $crate::lease::methods::delegate! { $holder, async, AsyncSandbox, SandboxError,
                execute(source: impl Into<String>) -> Output;
                execute_named(name: impl Into<String>, source: impl Into<String>) -> Output;
                execute_cell(source: impl Into<String>) -> Returned<Option<String>>;
                execute_bytes(source: impl Into<Bytes>) -> Output;
                execute_function(name: impl Into<String>, args: impl Serialize) -> Output;
                finalize() -> Output;
                compile(source: impl Into<String>) -> Bytecode;
                load_bytecode(bytecode: &Bytecode) -> Output;
                install_module(name: impl Into<String>, source: impl Into<String>) -> Output;
                uninstall_module(name: impl Into<String>) -> Output;
                reset() -> Reset;
                reset_strict() -> Reset;
                is_poisoned() -> bool;
                checkpoint() -> Checkpoint;
                rollback(checkpoint: &Checkpoint) -> ();
                hibernate() -> Hibernated;
                dirty_report() -> DirtyReport;
                write_file(path: impl Into<String>, bytes: impl Into<Bytes>) -> ();
                read_file(path: impl Into<String>) -> Bytes;
                list_dir(path: impl Into<String>) -> Vec<DirEntry>;
                remove(path: impl Into<String>) -> ();
                create_dir(path: impl Into<String>) -> ();
                copy_in(host_dir: impl Into<PathBuf>, guest_dir: impl Into<String>) -> Copied;
                copy_out(guest_dir: impl Into<String>, host_dir: impl Into<PathBuf>) -> Copied;
                copy_out_limited(
                    guest_dir: impl Into<String>,
                    host_dir: impl Into<PathBuf>,
                    limits: CopyLimits
                ) -> Copied;
            }

            impl $holder {
                /// As [`AsyncSandbox::eval`](hatchery::AsyncSandbox::eval).
                ///
                /// # Errors
                ///
                /// As [`AsyncSandbox::eval`](hatchery::AsyncSandbox::eval).
                pub async fn eval<T>(
                    &mut self,
                    expression: impl Into<String>,
                ) -> Result<Returned<T>, SandboxError>
                where
                    T: DeserializeOwned + Send + 'static,
                {
                    self.sandbox_mut().eval(expression).await
                }

                /// As [`AsyncSandbox::call`](hatchery::AsyncSandbox::call).
                ///
                /// # Errors
                ///
                /// As [`AsyncSandbox::call`](hatchery::AsyncSandbox::call).
                pub async fn call<T>(
                    &mut self,
                    name: impl Into<String>,
                    args: impl Serialize,
                ) -> Result<Returned<T>, SandboxError>
                where
                    T: DeserializeOwned + Send + 'static,
                {
                    self.sandbox_mut().call(name, args).await
                }

                /// As [`AsyncSandbox::set_options`](hatchery::AsyncSandbox::set_options), until this is returned.
                pub fn set_options(&mut self, options: Option<hatchery::RunOptions>) {
                    self.sandbox_mut().set_options(options);
                }

                /// As [`Sandbox::set_user_data`](hatchery::Sandbox::set_user_data), until this is returned.
                ///
                /// # Errors
                ///
                /// [`Error::Lost`](hatchery::Error::Lost).
                pub async fn set_user_data(
                    &mut self,
                    data: Option<std::sync::Arc<dyn std::any::Any + Send + Sync>>,
                ) -> Result<(), SandboxError> {
                    self.sandbox_mut().set_user_data(data).await
                }

                /// As [`AsyncSandbox::set_stdin`](hatchery::AsyncSandbox::set_stdin), until this is returned.
                pub fn set_stdin(&mut self, input: impl Into<Bytes>) {
                    self.sandbox_mut().set_stdin(input);
                }

                /// The sandbox for blocking code; waits for a cancelled run to end.
                ///
                /// # Errors
                ///
                /// [`Error::Lost`](hatchery::Error::Lost).
                pub fn blocking(&mut self) -> Result<$crate::LeasedSandbox<'_>, SandboxError> {
                    self.sandbox_mut()
                        .blocking()
                        .map($crate::lease::methods::LeasedSandbox::new)
                }
            }

            hatchery::implement_python_sandbox_async!($holder);
        };
    };
}
pub(crate) use sandbox_methods;

/// Writes methods that do what those of the same name do of the sandbox.
macro_rules! delegate {
    ($holder:ident, async, $of:ident, $error:ident,
     $($name:ident($($argument:ident: $type:ty),*) -> $returned:ty;)*) => {
        impl $holder {
            $(
                #[doc = concat!("As [`", stringify!($of), "::", stringify!($name), "`](hatchery::", stringify!($of), "::", stringify!($name), ").")]
                ///
                /// # Errors
                ///
                #[doc = concat!("As [`", stringify!($of), "::", stringify!($name), "`](hatchery::", stringify!($of), "::", stringify!($name), ").")]
                pub async fn $name(&mut self, $($argument: $type),*) -> Result<$returned, $error> {
                    self.sandbox_mut().$name($($argument),*).await
                }
            )*
        }
    };
    ($holder:ident, blocking, $of:ident, $error:ident,
     $($name:ident($($argument:ident: $type:ty),*) -> $returned:ty;)*) => {
        impl $holder<'_> {
            $(
                #[doc = concat!("As [`", stringify!($of), "::", stringify!($name), "`](hatchery::", stringify!($of), "::", stringify!($name), ").")]
                ///
                /// # Errors
                ///
                #[doc = concat!("As [`", stringify!($of), "::", stringify!($name), "`](hatchery::", stringify!($of), "::", stringify!($name), ").")]
                pub fn $name(&mut self, $($argument: $type),*) -> Result<$returned, $error> {
                    self.sandbox.$name($($argument),*)
                }
            )*
        }
    };
}
pub(crate) use delegate;

/// A leased sandbox, in the hands of blocking code.
///
/// It does what a [`Sandbox`] does. It does not give the sandbox away.
#[derive(Debug)]
pub struct LeasedSandbox<'a> {
    sandbox: &'a mut Sandbox,
}

impl<'a> LeasedSandbox<'a> {
    pub(crate) fn new(sandbox: &'a mut Sandbox) -> Self {
        Self { sandbox }
    }

    /// As [`Sandbox::eval`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::eval`].
    pub fn eval<T: DeserializeOwned>(&mut self, expression: &str) -> Result<Returned<T>, Error> {
        self.sandbox.eval(expression)
    }

    /// As [`Sandbox::call`].
    ///
    /// # Errors
    ///
    /// As [`Sandbox::call`].
    pub fn call<T: DeserializeOwned>(
        &mut self,
        name: &str,
        args: impl Serialize,
    ) -> Result<Returned<T>, Error> {
        self.sandbox.call(name, args)
    }

    /// As [`Sandbox::set_stdin`].
    pub fn set_stdin(&mut self, input: impl Into<Bytes>) {
        self.sandbox.set_stdin(input);
    }
}

delegate! { LeasedSandbox, blocking, Sandbox, Error,
    execute(source: &str) -> Output;
    execute_named(name: &str, source: &str) -> Output;
    execute_cell(source: &str) -> Returned<Option<String>>;
    execute_bytes(source: &[u8]) -> Output;
    execute_function(name: &str, args: impl Serialize) -> Output;
    finalize() -> Output;
    compile(source: &str) -> Bytecode;
    load_bytecode(bytecode: &Bytecode) -> Output;
    install_module(name: &str, source: &str) -> Output;
    uninstall_module(name: &str) -> Output;
    reset() -> Reset;
    reset_strict() -> Reset;
    checkpoint() -> Checkpoint;
    rollback(checkpoint: &Checkpoint) -> ();
    hibernate() -> Hibernated;
    dirty_report() -> DirtyReport;
    write_file(path: &str, bytes: impl AsRef<[u8]>) -> ();
    read_file(path: &str) -> Bytes;
    list_dir(path: &str) -> Vec<DirEntry>;
    remove(path: &str) -> ();
    create_dir(path: &str) -> ();
    copy_in(host_dir: impl AsRef<Path>, guest_dir: &str) -> Copied;
    copy_out(guest_dir: &str, host_dir: impl AsRef<Path>) -> Copied;
    copy_out_limited(guest_dir: &str, host_dir: impl AsRef<Path>, limits: CopyLimits) -> Copied;
}

hatchery::implement_python_sandbox!(LeasedSandbox<'_>);

impl Deref for LeasedSandbox<'_> {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        self.sandbox
    }
}
