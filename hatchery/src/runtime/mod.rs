//! CPython's golden snapshot, loaded, and what makes sandboxes of it.

mod builder;

pub use builder::RuntimeBuilder;

use crate::Error;
use crate::ambient::{Clock, GuestClock};
use crate::python::{
    Host, METADATA_ABI, METADATA_GUEST_BUILD, METADATA_MEMORY_MAP, METADATA_RUN_REPORT,
    METADATA_WRITE_SET, MemoryMap, add_to_linker, learn, parse_write_set,
};
use crate::sandbox::{Sandbox, SandboxBuilder};
use crate::settings::{FunctionsDigest, Told};
use cow_memory::{PageSet, SlotPool};
use hatchery_engine::{BakeError, CowEngine, GlobalValue, Golden, Prepared, StoreData};
use hatchery_guest::Guest;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Where in a golden snapshot's metadata the digest of the host functions is that programs see.
const METADATA_FUNCTIONS: &str = "functions";
/// Where in it is what the monotonic clock said when the snapshot was taken of a live session, in nanoseconds.
const METADATA_MONOTONIC: &str = "monotonic_ns";

/// CPython's golden snapshot, loaded, and the engine that makes sandboxes of it.
///
/// Make one for a process; cloning gives the same one. Sandboxes are disposable.
///
/// ```no_run
/// let runtime = hatchery::Runtime::new()?;
/// let mut sandbox = runtime.sandbox()?;
/// let output = sandbox.execute("print(6 * 7)")?;
/// assert_eq!(output.stdout_text(), "42\n");
/// # Ok::<(), hatchery::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Runtime {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    prepared: Prepared<Host>,
    /// Where the guest module is; not known of a snapshot that was opened.
    guest: Option<Guest>,
    guest_build_id: String,
    snapshot_dir: Option<PathBuf>,
    report_address: u32,
    memory_map: Option<MemoryMap>,
    write_set: Arc<PageSet>,
    /// What programs in the snapshot have been told.
    told: Told,
    clock_start: Instant,
    /// What programs in the snapshot may have read of the monotonic clock: it goes on from there at least.
    monotonic: Duration,
}

impl Runtime {
    /// The runtime of the built guest, with its golden snapshot out of the cache; the
    /// snapshot is baked first (about ten seconds) when the cache does not have it.
    ///
    /// # Errors
    ///
    /// As [`RuntimeBuilder::build`].
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// A builder, to say where things are and how guests are stopped.
    pub fn builder() -> RuntimeBuilder {
        RuntimeBuilder::default()
    }

    /// A sandbox in the golden state, with default limits. Takes microseconds.
    ///
    /// # Errors
    ///
    /// [`Error::Instance`] when there is no room for another instance; it names the limit to raise.
    pub fn sandbox(&self) -> Result<Sandbox, Error> {
        self.sandbox_builder().build()
    }

    /// A builder for a sandbox with limits of its own.
    pub fn sandbox_builder(&self) -> SandboxBuilder {
        SandboxBuilder::new(self.clone())
    }

    /// Wakes a session that [`Sandbox::hibernate`] put to sleep, with default limits. See
    /// [`SandboxBuilder::resume`].
    ///
    /// # Errors
    ///
    /// [`Error::Resume`] and [`Error::Instance`].
    pub fn resume(&self, session: impl AsRef<[u8]>) -> Result<Sandbox, Error> {
        self.sandbox_builder().resume(session)
    }

    /// Maps a golden snapshot that [`save`](Self::save) has stored, with what else there is by default; nothing is built
    /// or baked. See [`RuntimeBuilder::open`].
    ///
    /// # Errors
    ///
    /// As [`RuntimeBuilder::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::builder().open(path)
    }

    /// Stores the golden snapshot as the folder `path`, in place of an older one there: its compiled code, its memory
    /// and a manifest. [`Runtime::open`] maps it again, in this or another process on a machine of the same kind, and
    /// sessions of this runtime can be resumed there.
    ///
    /// The folder holds machine code that is run as it is: it is made readable by its owner only, and opened only if
    /// nobody else can write to it.
    ///
    /// # Errors
    ///
    /// [`Error::Snapshot`] when the operating system refuses. What was at `path` is then still there.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        Ok(self.golden().save(path.as_ref())?)
    }

    /// The guest module that the snapshot was baked from, if this runtime was made from one and not by
    /// [`open`](Self::open).
    #[must_use]
    pub fn guest(&self) -> Option<&Guest> {
        self.inner.guest.as_ref()
    }

    /// What identifies the build of the guest that the snapshot was baked from.
    #[must_use]
    pub fn guest_build_id(&self) -> &str {
        &self.inner.guest_build_id
    }

    /// The slots that hold the memories of this runtime's sandboxes. Runtimes made by [`Sandbox::into_golden`] share
    /// those of the one that they came from.
    #[must_use]
    pub fn slots(&self) -> &SlotPool {
        self.golden().engine().slots()
    }

    /// The folder of the golden snapshot; `None` for one that was made by [`Sandbox::into_golden`] and is in memory
    /// only.
    #[must_use]
    pub fn snapshot_dir(&self) -> Option<&Path> {
        self.inner.snapshot_dir.as_deref()
    }

    /// The golden snapshot.
    #[must_use]
    pub fn golden(&self) -> &Golden {
        self.inner.prepared.golden()
    }

    pub(crate) fn prepared(&self) -> &Prepared<Host> {
        &self.inner.prepared
    }

    pub(crate) fn report_address(&self) -> u32 {
        self.inner.report_address
    }

    /// What lies where in the golden snapshot's memory.
    pub(crate) fn memory_map(&self) -> Option<&MemoryMap> {
        self.inner.memory_map.as_ref()
    }

    /// The pages that programs usually write to.
    pub(crate) fn write_set(&self) -> &Arc<PageSet> {
        &self.inner.write_set
    }

    /// What a guest in the golden state has been told.
    pub(crate) fn told(&self) -> Told {
        self.inner.told
    }

    /// Where the monotonic clock of guests begins.
    pub(crate) fn clock_start(&self) -> Instant {
        self.inner.clock_start
    }

    /// The clock of a guest in the golden state.
    pub(crate) fn new_clock(&self, clock: Clock) -> GuestClock {
        let mut clock = GuestClock::new(clock, self.inner.clock_start);
        clock.resume(Duration::ZERO, self.inner.monotonic);
        clock
    }
}

impl Runtime {
    fn assemble(
        golden: Golden,
        guest: Option<Guest>,
        snapshot_dir: Option<PathBuf>,
        clock_start: Instant,
    ) -> Result<Self, Error> {
        let note = |key: &str| golden.metadata().get(key);
        let missing = |key: &str| Error::Abi {
            what: format!("the snapshot has no {key}"),
        };
        let abi = note(METADATA_ABI).ok_or_else(|| missing(METADATA_ABI))?;
        if *abi != hatchery_abi::VERSION.to_string() {
            return Err(Error::Abi {
                what: format!(
                    "the snapshot's ABI is version {abi}, not {}",
                    hatchery_abi::VERSION
                ),
            });
        }
        let report_address = note(METADATA_RUN_REPORT)
            .and_then(|address| address.parse().ok())
            .ok_or_else(|| missing(METADATA_RUN_REPORT))?;
        let guest_build_id = note(METADATA_GUEST_BUILD)
            .ok_or_else(|| missing(METADATA_GUEST_BUILD))?
            .clone();
        // Without the map nobody can say whose a page is, and that is all.
        let memory_map = note(METADATA_MEMORY_MAP)
            .and_then(|address| address.parse().ok())
            .and_then(|address| MemoryMap::read(golden.image().as_bytes(), address));
        // The write set only saves time.
        let write_set = note(METADATA_WRITE_SET)
            .and_then(|note| parse_write_set(note))
            .unwrap_or_default();
        let functions = match note(METADATA_FUNCTIONS) {
            None => FunctionsDigest::default(),
            Some(note) => parse_digest(note).ok_or_else(|| missing(METADATA_FUNCTIONS))?,
        };
        let monotonic = match note(METADATA_MONOTONIC) {
            None => Duration::ZERO,
            Some(note) => note
                .parse()
                .map(Duration::from_nanos)
                .map_err(|_| missing(METADATA_MONOTONIC))?,
        };
        let prepared = golden.prepare(&linker(golden.engine())?)?;
        Ok(Self {
            inner: Arc::new(Inner {
                prepared,
                guest,
                guest_build_id,
                snapshot_dir,
                report_address,
                memory_map,
                write_set: Arc::new(write_set),
                told: Told {
                    functions,
                    ..Told::default()
                },
                clock_start,
                monotonic,
            }),
        })
    }

    /// A runtime whose golden snapshot is this one's with other contents, in which programs see these functions.
    pub(crate) fn with_contents(
        &self,
        memory: &[u8],
        globals: &[GlobalValue],
        functions: FunctionsDigest,
        monotonic: Duration,
    ) -> Result<Self, Error> {
        let golden = self.golden().with_contents(memory, globals)?;
        let golden = golden.with_note(METADATA_FUNCTIONS, format_digest(&functions));
        let golden = golden.with_note(METADATA_MONOTONIC, monotonic.as_nanos().to_string());
        let linker = linker(golden.engine())?;
        let host = Host::plain(self.clock_start());
        let golden =
            learn(&golden, &linker, host).map_err(|error| BakeError::Init(error.into()))?;
        let guest = self.inner.guest.clone();
        Self::assemble(golden, guest, None, self.clock_start())
    }
}

fn linker(engine: &CowEngine) -> Result<wasmtime::Linker<StoreData<Host>>, Error> {
    let mut linker = engine.linker();
    add_to_linker(&mut linker).map_err(|error| Error::Abi {
        what: error.to_string(),
    })?;
    Ok(linker)
}

fn format_digest(digest: &FunctionsDigest) -> String {
    format!("{:032x}", u128::from_be_bytes(*digest))
}

fn parse_digest(note: &str) -> Option<FunctionsDigest> {
    u128::from_str_radix(note, 16).ok().map(u128::to_be_bytes)
}
