//! One sandbox: a Python interpreter with its limits.

#[cfg(feature = "async")]
mod asynchronous;
mod builder;
mod common;
mod copy;
mod dirty;
mod files;
mod options;
mod run;
mod state;
mod usage;

#[cfg(feature = "async")]
pub use asynchronous::{AsyncSandbox, AsyncWithOptions, PythonSandboxAsync};
pub use builder::SandboxBuilder;
pub use common::PythonSandbox;
pub use options::{RunOptions, WithOptions};
pub use state::Checkpoint;
pub use usage::Usage;

use hatchery_abi::names::exports;
use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use cow_memory::PageSet;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmtime::Val;

use crate::json::{from_json, to_json};
#[cfg(feature = "async")]
use crate::python::Delivery;
use crate::python::{PythonGuest, Step};
use crate::runtime::Runtime;
use crate::settings::{Imposed, Settings, Told};
use crate::{Bytecode, Error, Output, Returned};
#[cfg(feature = "async")]
use futures_channel::mpsc::UnboundedSender;
use hatchery_engine::Interrupter;
use hatchery_engine::{Reset, Status};
use run::{Ran, checked, checked_bytes, names_its_encoding, without_nul};

/// A Python interpreter of its own, isolated from the host and from every other.
///
/// State persists from one [`execute`](Self::execute) to the next;
/// [`reset`](Self::reset) returns to the golden state. A sandbox that was stopped by
/// its time limit or a trap is poisoned: it refuses to run until it is reset.
///
/// Calls block the thread; [`AsyncSandbox`](crate::AsyncSandbox) has the same ones for asynchronous code.
#[derive(Debug)]
pub struct Sandbox {
    guest: PythonGuest,
    runtime: Runtime,
    /// What holds now: its own settings, or those that a [`WithOptions`] has put in their place.
    settings: Arc<Settings>,
    /// What it was built with.
    own: Arc<Settings>,
    /// Pages to make ready before the first run.
    cold: Option<Arc<PageSet>>,
    told: Told,
    /// What the guest keeps to; `None` when that is not known and has to be sent again.
    imposed: Option<Imposed>,
    /// For the next run.
    stdin: Option<Bytes>,
    usage: Usage,
}

impl Sandbox {
    fn new(guest: PythonGuest, runtime: Runtime, settings: Arc<Settings>) -> Self {
        Self {
            guest,
            cold: Some(runtime.write_set().clone()),
            told: runtime.told(),
            imposed: Some(Imposed::golden()),
            runtime,
            own: settings.clone(),
            settings,
            stdin: None,
            usage: Usage::default(),
        }
    }

    /// Runs a Python program in `__main__`. It may `await` at its top level.
    ///
    /// A Python exception, an exit by `sys.exit` and one by `os._exit` are results, not
    /// errors. The last of them poisons the sandbox, as it leaves the interpreter in
    /// the middle of what it did.
    ///
    /// # Errors
    ///
    /// - [`Error::Timeout`], [`Error::CpuTime`], [`Error::Cancelled`] and [`Error::Trap`] carry what was printed; the
    ///   sandbox is poisoned.
    /// - [`Error::Poisoned`], [`Error::NulByte`], [`Error::TooLong`] and
    ///   [`Error::NoMemory`]: nothing has run.
    /// - [`Error::Python`] when a module that the sandbox was built with does not run.
    pub fn execute(&mut self, source: &str) -> Result<Output, Error> {
        let ran = self.run(Step::new(exports::EXECUTE, checked("program", source)?))?;
        Ok(ran.output)
    }

    /// As [`execute`](Self::execute), for a program that has a name: tracebacks and its `__file__` say it. It may be any
    /// text, such as a path; nothing is read there.
    ///
    /// Without a name the first run of a sandbox is `<script>`, and those that follow are `<cell 2>`, `<cell 3>`, so that
    /// each keeps lines of its own for tracebacks and `inspect.getsource`. A run whose name another has takes its place.
    ///
    /// # Errors
    ///
    /// Those of [`execute`](Self::execute).
    pub fn execute_named(&mut self, name: &str, source: &str) -> Result<Output, Error> {
        let (name, source) = (checked("name", name)?, checked("program", source)?);
        Ok(self
            .run(Step::with_two(exports::EXECUTE_NAMED, name, source))?
            .output)
    }

    /// As [`execute`](Self::execute), and gives what the program's last expression gives, as a notebook does: the value's
    /// `repr`. `None` where the last statement is no expression, where its value is `None`, and after an exception.
    ///
    /// As in a notebook, `_` is that value from then on: `eval("_")` has it as data.
    ///
    /// # Errors
    ///
    /// [`Error::ValueTooLarge`] when the `repr` is longer than a value may be, and those of [`execute`](Self::execute).
    pub fn execute_cell(&mut self, source: &str) -> Result<Returned<Option<String>>, Error> {
        let source = checked("program", source)?;
        let ran = self.run(Step::with_two(exports::EXECUTE_CELL, b"", source))?;
        if ran.value.is_empty() {
            return Ok(Returned {
                value: None,
                output: ran.output,
            });
        }
        decoded(ran)
    }

    /// As [`execute`](Self::execute), for a program read from somewhere. One that is not UTF-8 is decoded by the coding
    /// comment in its first two lines, as Python does.
    ///
    /// # Errors
    ///
    /// [`Error::NotUtf8`] where it has no such comment, and those of [`execute`](Self::execute).
    pub fn execute_bytes(&mut self, source: &[u8]) -> Result<Output, Error> {
        match std::str::from_utf8(source) {
            Ok(text) => self.execute(text),
            Err(_) if names_its_encoding(source) => {
                let source = without_nul("program", source)?;
                Ok(self.run(Step::new(exports::EXECUTE, source))?.output)
            }
            Err(error) => Err(Error::NotUtf8 {
                offset: error.valid_up_to(),
            }),
        }
    }

    /// The value of a Python expression. It may `await`.
    ///
    /// Values cross as JSON: `None`, booleans, numbers, strings, lists, tuples and dicts of such. Dates and times become
    /// ISO 8601 text, `timedelta` seconds, `Decimal`, `UUID` and paths text, bytes Base64 text, sets lists, dataclasses
    /// objects of their fields, and members of an `Enum` their value. Whole numbers of more than 64 bits need a type that
    /// holds them, such as `i128` or `Box<serde_json::value::RawValue>`. The guide's page on values has all rules.
    ///
    /// # Errors
    ///
    /// - [`Error::Python`] when it raises, and when its value is of a type that does not cross; the message names it and
    ///   its place.
    /// - [`Error::Value`] when the value is not a `T`.
    /// - [`Error::Exited`] when it ends the program; and those of [`execute`](Self::execute).
    pub fn eval<T: DeserializeOwned>(&mut self, expression: &str) -> Result<Returned<T>, Error> {
        self.returned(Step::new(
            exports::EVALUATE,
            checked("expression", expression)?,
        ))
    }

    /// Calls a function of `__main__` and gives what it returns; a coroutine is run to its end.
    ///
    /// `args` is a tuple or a list for arguments by position, a struct or a map for arguments by name, `()` for none.
    /// Anything else is the only argument. A dotted name reaches into classes, objects and modules.
    ///
    /// # Errors
    ///
    /// As [`eval`](Self::eval), and [`Error::Arguments`] when `args` has no JSON.
    pub fn call<T: DeserializeOwned>(
        &mut self,
        name: &str,
        args: impl Serialize,
    ) -> Result<Returned<T>, Error> {
        let args = arguments(args)?;
        self.call_json(name, &args)
    }

    pub(crate) fn call_json<T: DeserializeOwned>(
        &mut self,
        name: &str,
        args: &str,
    ) -> Result<Returned<T>, Error> {
        let (name, args) = (
            checked("name", name)?,
            checked_bytes("arguments", args.as_bytes())?,
        );
        self.returned(Step::with_two(exports::CALL_FUNCTION, name, args))
    }

    /// Calls a function of `__main__` for its effect and for what it prints; what it returns is dropped, whatever it is.
    /// As of [`execute`](Self::execute), an exception is an [`Output`] with exit code 1.
    ///
    /// `name` and `args` are as of [`call`](Self::call).
    ///
    /// # Errors
    ///
    /// Those of [`execute`](Self::execute), and [`Error::Arguments`] when `args` has no JSON.
    pub fn execute_function(&mut self, name: &str, args: impl Serialize) -> Result<Output, Error> {
        let args = arguments(args)?;
        self.execute_function_json(name, &args)
    }

    pub(crate) fn execute_function_json(
        &mut self,
        name: &str,
        args: &str,
    ) -> Result<Output, Error> {
        let (name, args) = (
            checked("name", name)?,
            checked_bytes("arguments", args.as_bytes())?,
        );
        let step = Step::with_two(exports::EXECUTE_FUNCTION, name, args);
        Ok(self.run(step)?.output)
    }

    /// Compiles a program without running it.
    ///
    /// # Errors
    ///
    /// [`Error::Python`] with the `SyntaxError`, and those of [`execute`](Self::execute).
    pub fn compile(&mut self, source: &str) -> Result<Bytecode, Error> {
        let ran = self.run(Step::new(exports::COMPILE, checked("program", source)?))?;
        Bytecode::from_bytes(ran.succeeded()?.value)
    }

    /// Runs a compiled program in `__main__`, as [`execute`](Self::execute) runs source.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignBytecode`] when another build of the guest made it, and those of [`execute`](Self::execute).
    pub fn load_bytecode(&mut self, bytecode: &Bytecode) -> Result<Output, Error> {
        let bytes = checked_bytes("bytecode", bytecode.as_bytes())?;
        Ok(self.run(Step::new(exports::LOAD_BYTECODE, bytes))?.output)
    }

    /// Runs `source` as a module that programs can import from then on, until the next reset. Packages that a dotted
    /// name needs and that do not exist are made.
    ///
    /// # Errors
    ///
    /// [`Error::Python`] when it raises; it is not installed then. And those of [`execute`](Self::execute).
    pub fn install_module(&mut self, name: &str, source: &str) -> Result<Output, Error> {
        let (name, source) = (checked("name", name)?, checked("module", source)?);
        let ran = self.run(Step::with_two(exports::INSTALL_MODULE, name, source))?;
        Ok(ran.succeeded()?.output)
    }

    /// Removes a module that was installed, and its submodules.
    ///
    /// # Errors
    ///
    /// [`Error::Python`] with a `ModuleNotFoundError` when there is none, and those of [`execute`](Self::execute).
    pub fn uninstall_module(&mut self, name: &str) -> Result<Output, Error> {
        let ran = self.run(Step::new(exports::UNINSTALL_MODULE, checked("name", name)?))?;
        Ok(ran.succeeded()?.output)
    }

    /// Does what a Python process does at its end, and a sandbox, which lives on, does not: calls the functions that the
    /// program has registered with `atexit`, the last first, and what `weakref.finalize` has registered; writes what files
    /// that are still open have not got yet, and closes them; calls `__del__` of what is still there and ends generators;
    /// and empties `__main__`. Modules stay imported. What is printed meanwhile is the output.
    ///
    /// The sandbox can run another program then, whose `__main__` has the host functions and what the prelude makes, as
    /// at the beginning. Files need no `finalize`: after each run they have what was written to them. What a golden
    /// snapshot has, as by [`into_golden`](Self::into_golden), stays: only what was made since is ended.
    ///
    /// An exception in one of these functions does not hold up the others, and is reported in standard error, as of a
    /// `python3` process. The exit code is 0, or what `os._exit` was given, which poisons the sandbox.
    ///
    /// # Errors
    ///
    /// Those of [`execute`](Self::execute): the limits of a run hold for the end of a program too.
    pub fn finalize(&mut self) -> Result<Output, Error> {
        Ok(self.run(Step::bare(exports::FINALIZE))?.output)
    }

    /// What the next run reads from standard input. Later runs find it at its end again, as it is unless set.
    /// Compiling and installing modules leave it for that run.
    pub fn set_stdin(&mut self, input: impl Into<Bytes>) {
        self.stdin = Some(input.into());
    }

    /// Takes back what [`set_stdin`](Self::set_stdin) has set and no run has read.
    pub fn clear_stdin(&mut self) {
        self.stdin = None;
    }

    /// Says whom the sandbox is for: a tenant and the name of a session, for host functions and handlers to see in
    /// [`Caller`](crate::Caller). The pool says it of its leases and sessions. A reset keeps it.
    pub fn set_identity(&mut self, tenant: Option<Arc<str>>, session: Option<Arc<str>>) {
        let identity = &mut self.guest.instance.data_mut().identity;
        identity.tenant = tenant;
        identity.session = session;
    }

    /// Anything of the embedder's own that host functions and handlers are to see in [`Caller`](crate::Caller). A reset
    /// keeps it.
    pub fn set_user_data(&mut self, data: Option<Arc<dyn Any + Send + Sync>>) {
        self.guest.instance.data_mut().identity.data = data;
    }

    /// Returns to the golden state: memory, its length and all globals are what they
    /// were when the sandbox was made. Revives a poisoned sandbox.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`]; the sandbox stays poisoned and the reset can be tried again.
    pub fn reset(&mut self) -> Result<Reset, Error> {
        let reset = self.guest.instance.reset()?;
        self.forget();
        Ok(reset)
    }

    /// Returns to the golden state with a new wasmtime store: nothing of the old
    /// instance is used again.
    ///
    /// # Errors
    ///
    /// As [`reset`](Self::reset).
    pub fn reset_strict(&mut self) -> Result<Reset, Error> {
        let reset = self.guest.instance.reset_strict()?;
        self.forget();
        Ok(reset)
    }

    /// Whether the sandbox has to be reset before it runs anything.
    #[must_use]
    pub fn is_poisoned(&self) -> bool {
        self.guest.instance.status() != Status::Ready
    }

    /// A handle that stops the execution in progress from any thread. See [`Interrupter::interrupt`].
    #[must_use]
    pub fn interrupter(&self) -> Interrupter {
        self.guest.instance.interrupter().clone()
    }

    /// Makes a new interrupter: those handed out before do nothing any more. For a sandbox that gets another user, who
    /// is not to be stopped by a timer of the one before.
    pub fn renew_interrupter(&mut self) {
        self.guest.instance.renew_interrupter();
        self.guest.instance.data_mut().calls.disconnect();
    }

    /// A panic has come out of a run: nothing more runs until a reset.
    #[cfg(feature = "async")]
    pub(crate) fn abandon(&mut self) {
        self.guest.instance.abandon();
    }

    /// What all runs so far have taken, those that failed and those before a reset included.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Which pages of memory differ from the golden snapshot: what a checkpoint of the sandbox holds.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] when the kernel does not say.
    pub fn changed_pages(&self) -> Result<PageSet, Error> {
        Ok(self.guest.instance.changed_pages()?)
    }

    /// The guest's whole memory, to inspect.
    #[must_use]
    pub fn memory(&self) -> &[u8] {
        self.guest.instance.memory()
    }

    /// The guest module's mutable globals, to inspect.
    pub fn globals(&mut self) -> Vec<Val> {
        self.guest.instance.globals()
    }

    /// Pages of memory that are this sandbox's own and not shared with the golden snapshot.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] when the kernel does not say.
    pub fn private_dirty_pages(&self) -> Result<usize, Error> {
        Ok(self.guest.instance.private_dirty_pages()?)
    }

    /// As [`private_dirty_pages`](Self::private_dirty_pages), or somewhat more, and mostly without asking the kernel: for
    /// who asks after every run.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] when the kernel does not say.
    pub fn written_pages(&self) -> Result<usize, Error> {
        Ok(self.guest.instance.written_pages()?)
    }

    /// Whether a reset takes no longer than the hand-over to another thread.
    #[cfg(feature = "async")]
    pub(crate) fn is_small(&self) -> bool {
        const SMALL_PAGES: usize = 256;
        self.written_pages().is_ok_and(|pages| pages <= SMALL_PAGES)
    }

    /// Which pages of memory those are.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] when the kernel does not say.
    pub fn dirty_pages(&self) -> Result<PageSet, Error> {
        Ok(self.guest.instance.dirty_pages()?)
    }

    /// Host functions are driven by the task behind `task`, or by the thread that runs the guest.
    #[cfg(feature = "async")]
    pub(crate) fn drive_with(&mut self, task: Option<UnboundedSender<Delivery>>) {
        self.guest.instance.data_mut().calls.drive_with(task);
    }

    /// What the guest was told is gone, and the world around it begins anew.
    fn forget(&mut self) {
        let host = self.guest.instance.data_mut();
        host.reset();
        // Back to this sandbox's own clock and seed, not those of a session that it had resumed.
        host.clock = self.runtime.new_clock(self.settings.clock);
        host.entropy = self.settings.new_entropy();
        self.told = self.runtime.told();
        self.imposed = Some(Imposed::golden());
        self.stdin = None;
    }

    fn returned<T: DeserializeOwned>(&mut self, step: Step<'_>) -> Result<Returned<T>, Error> {
        decoded(self.run(step)?.succeeded()?)
    }
}

/// What a run has left as its value.
fn decoded<T: DeserializeOwned>(ran: Ran) -> Result<Returned<T>, Error> {
    match from_json(&ran.value) {
        Ok(value) => Ok(Returned {
            value,
            output: ran.output,
        }),
        Err((place, source)) => Err(Error::Value {
            place,
            wanted: std::any::type_name::<T>(),
            source,
            output: Box::new(ran.output),
        }),
    }
}

/// A call's arguments as the guest takes them.
pub(crate) fn arguments(args: impl Serialize) -> Result<String, Error> {
    let json = to_json(&args)?;
    Ok(match json.as_bytes().first() {
        Some(b'[') => json,
        Some(b'{') => format!("{{\"kwargs\":{json}}}"),
        _ if json == "null" => "[]".to_owned(),
        _ => format!("[{json}]"),
    })
}

#[cfg(test)]
mod tests {
    use super::{Sandbox, SandboxBuilder};
    use crate::{HostFunctions, Runtime};

    #[test]
    fn no_sandbox_is_bound_to_a_thread() {
        fn is_send<T: Send>() {}
        fn is_sync<T: Sync>() {}
        is_send::<Sandbox>();
        #[cfg(feature = "async")]
        is_send::<crate::AsyncSandbox>();
        is_send::<SandboxBuilder>();
        is_sync::<SandboxBuilder>();
        is_send::<Runtime>();
        is_sync::<Runtime>();
        is_sync::<HostFunctions>();
    }
}
