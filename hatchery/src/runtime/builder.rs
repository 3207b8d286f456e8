//! How a runtime is made: where the guest and the snapshots are, and how guests are stopped.

use super::Runtime;
use crate::Error;
use crate::python::{Recipe, bake_cpython};
use cow_memory::SlotPoolConfig;
use hatchery_engine::{CowEngine, EngineConfig, Golden, InterruptKind};
use hatchery_guest::Guest;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How a [`Runtime`] is made.
#[derive(Default)]
#[must_use]
pub struct RuntimeBuilder {
    cache_dir: Option<PathBuf>,
    guest: Option<Guest>,
    engine: Option<CowEngine>,
    interrupt: Option<InterruptKind>,
    slots: Option<SlotPoolConfig>,
    rebuild_snapshot: bool,
    recipe: Recipe,
    on_bake: Option<Box<dyn FnOnce() + Send>>,
}

impl std::fmt::Debug for RuntimeBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RuntimeBuilder")
            .field("cache_dir", &self.cache_dir)
            .field("guest", &self.guest)
            .field("interrupt", &self.interrupt)
            .field("rebuild_snapshot", &self.rebuild_snapshot)
            .field("recipe", &self.recipe)
            .finish_non_exhaustive()
    }
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
    /// machine; together with [`SandboxBuilder::seed`](crate::SandboxBuilder::seed) and
    /// [`SandboxBuilder::clock`](crate::SandboxBuilder::clock) a run can then be had again anywhere. Each seed has a
    /// snapshot of its own.
    ///
    /// Unless set the secret is drawn when the snapshot is baked. It is the same for all sandboxes of a snapshot, as
    /// the hashes of CPython's own strings are part of it.
    pub fn hash_seed(mut self, seed: u32) -> Self {
        self.recipe.hash_seed = Some(seed);
        self
    }

    /// The guest module to bake, in place of the one that [`hatchery_guest::locate`] finds.
    pub fn guest(mut self, guest: Guest) -> Self {
        self.guest = Some(guest);
        self
    }

    /// Sizes and limits of the slots that hold the sandboxes' memories.
    pub fn slots(mut self, slots: SlotPoolConfig) -> Self {
        self.slots = Some(slots);
        self
    }

    /// An engine that is there already, so that its slots are shared with other runtimes; it takes precedence over
    /// [`slots`](Self::slots) and [`interrupt`](Self::interrupt).
    pub fn engine(mut self, engine: CowEngine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// Called when a snapshot has to be baked, before it is: to tell someone why the start takes seconds.
    pub fn on_bake(mut self, call: impl FnOnce() + Send + 'static) -> Self {
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
        let clock_start = Instant::now();
        let guest = match self.guest {
            Some(guest) => guest,
            None => hatchery_guest::locate()?.ok_or(Error::NoGuest)?,
        };
        let engine = make_engine(self.engine, self.interrupt, self.slots)?;
        let cache_dir = match self.cache_dir {
            Some(dir) => dir,
            None => hatchery_guest::cache_dir()?,
        };
        let snapshots = cache_dir.join("snapshots");
        let snapshot_dir = snapshots.join(self.recipe.snapshot_name(&guest, &engine));

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

        Runtime::assemble(golden, Some(guest), Some(snapshot_dir), clock_start)
    }

    /// As [`build`](Self::build), for asynchronous code: a bake takes seconds, and is done on a thread of its own.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    #[cfg(feature = "async")]
    pub async fn build_async(self) -> Result<Runtime, Error> {
        blocking::unblock(move || self.build()).await
    }

    /// Maps a golden snapshot that [`Runtime::save`] has stored. No guest has to be built on the machine; what says how
    /// to bake has no effect.
    ///
    /// # Errors
    ///
    /// - [`Error::Snapshot`] when there is no snapshot, or it is damaged, of another kind of machine or version, or
    ///   others can write to it.
    /// - [`Error::Abi`] when it is a snapshot of something other than this version's guest.
    /// - [`Error::Engine`] when the machine cannot run sandboxes.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Runtime, Error> {
        let clock_start = Instant::now();
        let path = path.as_ref();
        let engine = make_engine(self.engine, self.interrupt, self.slots)?;
        let golden = Golden::load(&engine, path)?;
        Runtime::assemble(golden, None, Some(path.to_owned()), clock_start)
    }
}

fn make_engine(
    engine: Option<CowEngine>,
    interrupt: Option<InterruptKind>,
    slots: Option<SlotPoolConfig>,
) -> Result<CowEngine, Error> {
    if let Some(engine) = engine {
        return Ok(engine);
    }
    let mut config = EngineConfig::default().with_slots(slots.unwrap_or_default());
    config.interrupt = interrupt;
    Ok(CowEngine::new(config)?)
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
