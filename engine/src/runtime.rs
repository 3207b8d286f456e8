use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use cow_memory::PageSet;
use hatchery_guest::Guest;

use crate::bake::BakeError;
use crate::engine::{CowEngine, EngineConfig};
use crate::golden::{GlobalValue, Golden};
use crate::instance::Prepared;
use crate::python::{
    Host, METADATA_MEMORY_MAP, METADATA_WRITE_SET, MemoryMap, Recipe, add_to_linker, bake_cpython,
    learn, parse_write_set,
};
use crate::sandbox::{Sandbox, SandboxBuilder};
use crate::{Error, InterruptKind};

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
    guest: Guest,
    snapshot_dir: Option<PathBuf>,
    report_address: u32,
    memory_map: Option<MemoryMap>,
    write_set: Arc<PageSet>,
    clock_start: Instant,
}

/// How a [`Runtime`] is made.
#[derive(Default)]
#[must_use]
pub struct RuntimeBuilder {
    cache_dir: Option<PathBuf>,
    interrupt: Option<InterruptKind>,
    rebuild_snapshot: bool,
    recipe: Recipe,
    on_bake: Option<Box<dyn FnOnce()>>,
}

impl std::fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuntimeBuilder")
            .field("cache_dir", &self.cache_dir)
            .field("interrupt", &self.interrupt)
            .field("rebuild_snapshot", &self.rebuild_snapshot)
            .field("recipe", &self.recipe)
            .finish_non_exhaustive()
    }
}

/// Where in a golden snapshot's metadata the address of the run report is.
pub(crate) const METADATA_RUN_REPORT: &str = "run_report_address";

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

    /// The guest that the snapshot was baked from.
    #[must_use]
    pub fn guest(&self) -> &Guest {
        &self.inner.guest
    }

    /// The folder of the golden snapshot; `None` for one that was made by
    /// [`Sandbox::into_golden`], which is in memory only.
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

    /// Where the monotonic clock of guests begins.
    pub(crate) fn clock_start(&self) -> Instant {
        self.inner.clock_start
    }
}

impl Runtime {
    fn assemble(
        golden: Golden,
        guest: Guest,
        snapshot_dir: Option<PathBuf>,
        clock_start: Instant,
    ) -> Result<Self, Error> {
        let report_address = golden
            .metadata()
            .get(METADATA_RUN_REPORT)
            .and_then(|address| address.parse().ok())
            .ok_or_else(|| Error::Abi {
                what: format!("the snapshot has no {METADATA_RUN_REPORT}"),
            })?;
        // Without it nobody can say whose a page is, and that is all.
        let memory_map = golden
            .metadata()
            .get(METADATA_MEMORY_MAP)
            .and_then(|address| address.parse().ok())
            .and_then(|address| MemoryMap::read(golden.image().as_bytes(), address));
        // It only saves time.
        let write_set = golden
            .metadata()
            .get(METADATA_WRITE_SET)
            .and_then(|note| parse_write_set(note))
            .unwrap_or_default();
        let prepared = golden.prepare(&linker(golden.engine())?)?;
        Ok(Self {
            inner: Arc::new(Inner {
                prepared,
                guest,
                snapshot_dir,
                report_address,
                memory_map,
                write_set: Arc::new(write_set),
                clock_start,
            }),
        })
    }

    /// A runtime whose golden snapshot is this one's with other contents.
    pub(crate) fn with_contents(
        &self,
        memory: &[u8],
        globals: &[GlobalValue],
    ) -> Result<Self, Error> {
        let golden = self.golden().with_contents(memory, globals)?;
        let linker = linker(golden.engine())?;
        let host = Host::plain(self.clock_start());
        let golden =
            learn(&golden, &linker, host).map_err(|error| BakeError::Init(error.into()))?;
        Self::assemble(golden, self.guest().clone(), None, self.clock_start())
    }
}

fn linker(engine: &CowEngine) -> Result<wasmtime::Linker<crate::StoreData<Host>>, Error> {
    let mut linker = engine.linker();
    add_to_linker(&mut linker).map_err(|error| Error::Abi {
        what: error.to_string(),
    })?;
    Ok(linker)
}

impl RuntimeBuilder {
    /// Keep snapshots in this folder instead of [`hatchery_guest::cache_dir`]. Whoever
    /// can write there can run code in this process: it holds compiled machine code.
    pub fn cache_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cache_dir = Some(dir.into());
        self
    }

    /// How running guests are stopped; the best way on this machine unless set.
    pub fn interrupt(mut self, kind: InterruptKind) -> Self {
        self.interrupt = Some(kind);
        self
    }

    /// Bake the snapshot anew, over whatever the cache holds.
    pub fn rebuild_snapshot(mut self, rebuild: bool) -> Self {
        self.rebuild_snapshot = rebuild;
        self
    }

    /// Start CPython with this secret for the hashes of strings, so that sets of strings have the same order on every
    /// machine; together with [`SandboxBuilder::seed`] and [`SandboxBuilder::clock`] a run can then be had again
    /// anywhere. Each seed has a snapshot of its own.
    ///
    /// Unless set the secret is drawn when the snapshot is baked. It is the same for all sandboxes of a snapshot, as
    /// the hashes of CPython's own strings are part of it.
    pub fn hash_seed(mut self, seed: u32) -> Self {
        self.recipe.hash_seed = Some(seed);
        self
    }

    /// Called when a snapshot has to be baked, before it is: to tell someone why the
    /// start takes seconds.
    pub fn on_bake(mut self, call: impl FnOnce() + 'static) -> Self {
        self.on_bake = Some(Box::new(call));
        self
    }

    /// Loads the golden snapshot, or bakes and stores it.
    ///
    /// # Errors
    ///
    /// - [`Error::NoGuest`] when no guest is built: this builds none.
    /// - [`Error::Snapshot`] when the cache's snapshot is damaged, foreign or older.
    /// - [`Error::Engine`] when the machine cannot run sandboxes.
    /// - [`Error::Freeze`], [`Error::Bake`] and [`Error::Abi`] when the guest does not
    ///   bear baking.
    pub fn build(self) -> Result<Runtime, Error> {
        let guest = hatchery_guest::locate()?.ok_or(Error::NoGuest)?;
        let config = EngineConfig {
            interrupt: self.interrupt,
            ..EngineConfig::default()
        };
        let engine = CowEngine::new(config)?;
        let cache_dir = match self.cache_dir {
            Some(dir) => dir,
            None => hatchery_guest::cache_dir()?,
        };
        let snapshots = cache_dir.join("snapshots");
        let snapshot_dir = snapshots.join(self.recipe.snapshot_name(&guest, &engine));
        let clock_start = Instant::now();

        let _span = tracing::info_span!("runtime", guest = %guest.build_id).entered();
        let golden = if !self.rebuild_snapshot && snapshot_dir.is_dir() {
            let golden = Golden::load(&engine, &snapshot_dir)?;
            tracing::debug!(elapsed = ?clock_start.elapsed(), "loaded the golden snapshot");
            golden
        } else {
            let _lock = BakeLock::acquire(&snapshots)?;
            if !self.rebuild_snapshot && snapshot_dir.is_dir() {
                // Another process has baked it while this one waited.
                Golden::load(&engine, &snapshot_dir)?
            } else {
                if let Some(call) = self.on_bake {
                    call();
                }
                let golden = bake_cpython(&engine, &guest, self.recipe, clock_start)?;
                golden.save(&snapshot_dir)?;
                tracing::info!(
                    elapsed = ?clock_start.elapsed(),
                    image_bytes = golden.image().len_bytes(),
                    "baked the golden snapshot"
                );
                golden
            }
        };

        Runtime::assemble(golden, guest, Some(snapshot_dir), clock_start)
    }
}

/// Held while a snapshot is baked, so that processes that start together bake it once.
struct BakeLock(#[expect(dead_code, reason = "held for its lock")] File);

impl BakeLock {
    fn acquire(snapshots: &Path) -> Result<Self, Error> {
        let path = snapshots.join("bake.lock");
        let locked = create_private_dir(snapshots)
            .and_then(|()| File::create(&path))
            .and_then(|file| file.lock().map(|()| file));
        match locked {
            Ok(file) => Ok(Self(file)),
            Err(source) => Err(Error::Cache { path, source }),
        }
    }
}

/// A snapshot is machine code: nobody else may write where it is kept.
fn create_private_dir(dir: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
