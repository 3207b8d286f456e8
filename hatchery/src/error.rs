use std::time::Duration;

use crate::{Exception, FromJsonError, Output, ToJsonError};
use hatchery_engine::{
    BakeError, CallError, EngineError, FreezeError, HibernateError, InstanceError, PoisonReason,
    ResumeError, SnapshotError, Trap,
};

/// Why a sandbox could not be had, or could not run a program to its end.
///
/// A Python exception is not among these: it is an [`Output`] with exit code 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No guest has been built on this machine.
    #[error(
        "the CPython guest is not built yet: run `hatchery build`, call hatchery_guest_build::build, or set HATCHERY_GUEST to a python.wasm"
    )]
    NoGuest,
    /// Looking for the guest failed.
    #[error("the CPython guest was not found")]
    Guest(#[from] hatchery_guest::Error),
    /// The guest's file could not be read.
    #[error("reading {path}")]
    ReadGuest {
        /// The file.
        path: std::path::PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// This machine cannot run sandboxes.
    #[error("the engine did not start")]
    Engine(#[from] EngineError),
    /// The guest module is not one that can be frozen.
    #[error("the guest cannot be frozen")]
    Freeze(#[from] FreezeError),
    /// Baking the golden snapshot failed.
    #[error("the golden snapshot could not be baked")]
    Bake(#[from] BakeError),
    /// The golden snapshot in the cache is damaged, foreign or older.
    #[error(
        "the golden snapshot was refused; `hatchery build --rebuild-snapshot` or RuntimeBuilder::rebuild_snapshot makes it anew"
    )]
    Snapshot(#[from] SnapshotError),
    /// An instance could not be made, read or reset.
    #[error("the sandbox's instance failed")]
    Instance(#[from] InstanceError),
    /// The guest does not export what its ABI says, or exports another version.
    #[error("the guest does not keep its ABI: {what}; rebuild it with `hatchery build`")]
    Abi {
        /// What is wrong.
        what: String,
    },
    /// The program ran longer than allowed and was stopped. The sandbox is poisoned if it had begun.
    #[error("the program was stopped after its time limit of {limit:?}")]
    Timeout {
        /// The limit.
        limit: Duration,
        /// Whether the guest had begun to run; otherwise nothing has changed.
        has_begun: bool,
        /// What it had printed until then.
        output: Box<Output>,
    },
    /// The program had all the processor time that it may have, and was stopped. The sandbox is poisoned if it had begun.
    #[error("the program was stopped after {limit:?} of processor time")]
    CpuTime {
        /// The limit.
        limit: Duration,
        /// Whether the guest had begun to run; otherwise nothing has changed.
        has_begun: bool,
        /// What it had printed until then.
        output: Box<Output>,
    },
    /// The guest trapped: the sandbox held, the program is lost. The sandbox is poisoned.
    #[error("the guest trapped: {reason}")]
    Trap {
        /// Which trap, to match on; `None` if the host's own side of a call ended the program.
        trap: Option<Trap>,
        /// What happened, to read.
        reason: String,
        /// What it had printed until then.
        output: Box<Output>,
    },
    /// The sandbox was stopped earlier and has not been reset.
    #[error("the sandbox is poisoned ({reason}): reset it before using it again")]
    Poisoned {
        /// What stopped it.
        reason: PoisonReason,
    },
    /// The program was cancelled through [`Interrupter`](crate::Interrupter). The sandbox is poisoned if it had begun.
    #[error("the program was cancelled{}", if *.has_begun { "" } else { " before it began" })]
    Cancelled {
        /// Whether the guest had begun to run; otherwise nothing has changed.
        has_begun: bool,
        /// What it had printed until then.
        output: Box<Output>,
    },
    /// What was asked for raised a Python exception.
    #[error("{exception}")]
    Python {
        /// The exception.
        exception: Box<Exception>,
        /// What was printed until then, the traceback included.
        output: Box<Output>,
    },
    /// What was asked for ended the program by `sys.exit` or `os._exit`.
    #[error("the program ended itself with exit code {code}")]
    Exited {
        /// The exit code.
        code: i32,
        /// What was printed until then.
        output: Box<Output>,
    },
    /// The value is not of the type that was asked for.
    #[error("the value cannot be read as {wanted}{}", crate::json::because_of(.place))]
    Value {
        /// What in it is not, such as `due[2].x`; empty where it is the value itself.
        place: String,
        /// The type's name.
        wanted: &'static str,
        /// Why not.
        source: FromJsonError,
        /// What was printed meanwhile.
        output: Box<Output>,
    },
    /// The value is larger than the host takes from the sandbox. The program ran to its end.
    #[error(
        "the value takes {bytes} bytes, more than the limit of {max}: return less, or raise max_value_bytes or max_memory_bytes"
    )]
    ValueTooLarge {
        /// Bytes of its JSON, or of host memory that it would take when decoded.
        bytes: u64,
        /// The limit.
        max: u64,
        /// What was printed meanwhile.
        output: Box<Output>,
    },
    /// The arguments cannot be turned into JSON.
    #[error("the arguments have no JSON")]
    Arguments(#[from] ToJsonError),
    /// The bytes are not bytecode.
    #[error("these bytes are not bytecode: take those of Bytecode::as_bytes")]
    NotBytecode,
    /// The bytecode was made by another build of the guest.
    #[error("another build of the guest made this bytecode: compile the source again")]
    ForeignBytecode,
    /// A session could not be put to sleep.
    #[error("the session could not be put to sleep")]
    Hibernate(#[source] HibernateError),
    /// A session could not be woken.
    #[error("the session cannot be resumed")]
    Resume(#[from] ResumeError),
    /// No sandbox can be made with this setting.
    #[error("the setting {name} cannot be used: {what}")]
    Setting {
        /// The builder's method.
        name: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// No sandbox can be made with these host functions.
    #[error("the host functions cannot be offered: {what}")]
    HostFunctions {
        /// What is wrong with them.
        what: String,
    },
    /// An output handler or Hatchery itself panicked during a call of an [`AsyncSandbox`](crate::AsyncSandbox)'s. It is
    /// poisoned.
    #[error("a handler panicked during the call, and the sandbox has to be reset")]
    Panicked,
    /// The thread that ran the sandbox is gone, and the sandbox with it.
    #[error("the sandbox was lost; make another")]
    Lost,
    /// A call could not begin.
    #[error("the call did not begin")]
    Call(#[source] CallError),
    /// The kernel refused to say something about the sandbox's memory.
    #[error("the sandbox's memory could not be inspected")]
    Memory(#[from] cow_memory::Error),
    /// The snapshot cache could not be used.
    #[error("the snapshot cache cannot be used: {path}")]
    Cache {
        /// The file.
        path: std::path::PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file or folder of the sandbox's could not be had or changed.
    #[error("{path:?}: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: crate::FileError,
    },
    /// A file or folder of the host's could not be copied from or to.
    #[error("the host's {path}")]
    HostFile {
        /// Which.
        path: std::path::PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Only folders and plain files are copied into a sandbox.
    #[error(
        "the host's {path} is a symbolic link or a special file: remove it, or copy what it leads to first"
    )]
    HostLink {
        /// Which.
        path: std::path::PathBuf,
    },
    /// The program is not UTF-8.
    #[error("the program is not UTF-8: invalid byte at offset {offset}")]
    NotUtf8 {
        /// Bytes before the first invalid one.
        offset: usize,
    },
    /// A text holds a NUL byte, which Python source cannot.
    #[error("the {what} holds a NUL byte at offset {offset}")]
    NulByte {
        /// Which text: the program, a module, a name.
        what: &'static str,
        /// Where it is.
        offset: usize,
    },
    /// A text is longer than the guest takes.
    #[error("the {what} has {len} bytes, more than the {max} that the guest takes")]
    TooLong {
        /// Which text: the program, a module, standard input, arguments.
        what: &'static str,
        /// Its length in bytes.
        len: usize,
        /// The most there may be.
        max: usize,
    },
    /// Not even the program's text fits into the guest's memory.
    #[error("the guest has no memory left; raise max_memory_bytes or reset the sandbox")]
    NoMemory,
    /// The memory limit is below what the golden snapshot alone needs.
    #[error(
        "a memory limit of {limit_bytes} bytes is less than the {golden_bytes} of the golden snapshot"
    )]
    MemoryLimitTooLow {
        /// The limit asked for.
        limit_bytes: u64,
        /// What the snapshot needs.
        golden_bytes: u64,
    },
}

impl Error {
    /// What a program had printed until it failed or was stopped.
    #[must_use]
    pub fn output(&self) -> Option<&Output> {
        match self {
            Self::Timeout { output, .. }
            | Self::CpuTime { output, .. }
            | Self::Trap { output, .. }
            | Self::Cancelled { output, .. }
            | Self::ValueTooLarge { output, .. }
            | Self::Python { output, .. }
            | Self::Exited { output, .. }
            | Self::Value { output, .. } => Some(output),
            _ => None,
        }
    }

    /// What kind of thing went wrong: for metrics, status codes, and what to tell whom.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Timeout { .. } | Self::CpuTime { .. } => ErrorKind::Timeout,
            Self::Cancelled { .. } => ErrorKind::Cancelled,
            Self::Trap { .. } | Self::Panicked | Self::Lost => ErrorKind::Crash,
            Self::Poisoned { .. } => ErrorKind::Poisoned,
            Self::Python { .. } | Self::Exited { .. } => ErrorKind::Program,
            Self::Value { .. } | Self::ValueTooLarge { .. } => ErrorKind::Value,
            Self::Arguments(_)
            | Self::NotBytecode
            | Self::ForeignBytecode
            | Self::NotUtf8 { .. }
            | Self::NulByte { .. }
            | Self::TooLong { .. } => ErrorKind::Input,
            Self::Setting { .. } | Self::HostFunctions { .. } | Self::MemoryLimitTooLow { .. } => {
                ErrorKind::Setting
            }
            Self::Hibernate(_) | Self::Resume(_) => ErrorKind::Session,
            Self::File { .. } | Self::HostFile { .. } | Self::HostLink { .. } => ErrorKind::File,
            Self::Instance(_) | Self::NoMemory | Self::Call(_) | Self::Memory(_) => {
                ErrorKind::Resources
            }
            Self::NoGuest
            | Self::Guest(_)
            | Self::ReadGuest { .. }
            | Self::Engine(_)
            | Self::Freeze(_)
            | Self::Bake(_)
            | Self::Snapshot(_)
            | Self::Abi { .. }
            | Self::Cache { .. } => ErrorKind::Installation,
        }
    }

    /// Whether a limit of time stopped the program.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether the sandbox has to be reset, or rolled back, before it runs anything more.
    #[must_use]
    pub fn is_poisoning(&self) -> bool {
        match self {
            Self::Timeout { has_begun, .. }
            | Self::CpuTime { has_begun, .. }
            | Self::Cancelled { has_begun, .. } => *has_begun,
            Self::Trap { .. } | Self::Panicked | Self::Poisoned { .. } | Self::Lost => true,
            Self::Instance(error) => !matches!(
                error,
                InstanceError::ForeignState | InstanceError::NotAValue
            ),
            _ => false,
        }
    }

    /// Whether the same call may succeed later with nothing changed: what it lacked is somebody else's at the moment.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Instance(InstanceError::Memory(_))
                | Self::Memory(_)
                | Self::Call(CallError::System(_))
        )
    }
}

/// What kind of thing an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The program took longer than it may.
    Timeout,
    /// Somebody stopped the program.
    Cancelled,
    /// The guest trapped, or something panicked: the program is lost, the host is not.
    Crash,
    /// The sandbox was stopped earlier and has not been reset.
    Poisoned,
    /// The program raised an exception or ended itself where a result was wanted.
    Program,
    /// The program's value is not what was asked for.
    Value,
    /// What was to be run cannot be.
    Input,
    /// The builder's settings cannot be.
    Setting,
    /// A session cannot be put to sleep or woken.
    Session,
    /// A file of the sandbox's or of the host's.
    File,
    /// There is no memory or no room for it.
    Resources,
    /// The guest, its snapshot or this machine is not as it should be.
    Installation,
}
