//! The engine: one compiler configuration, one pool of slots, one watchdog.

use crate::interrupt::{InterruptKind, Watchdog};
use crate::stack::{HOST_STACK_BYTES, WASM_STACK_BYTES};
use crate::store::StoreData;
use cow_memory::{CowMemoryCreator, SlotPool, SlotPoolConfig};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use wasmtime::{Config, Engine, Linker};

/// What a [`CowEngine`] is made with.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct EngineConfig {
    /// How running guests are stopped; `None` for the best way on this machine.
    pub interrupt: Option<InterruptKind>,
    /// Sizes and limits of the slots that hold the instances' memories.
    pub slots: SlotPoolConfig,
}

impl EngineConfig {
    /// The same with this way to stop guests.
    #[must_use]
    pub const fn with_interrupt(mut self, kind: InterruptKind) -> Self {
        self.interrupt = Some(kind);
        self
    }

    /// The same with slots of these sizes and limits.
    #[must_use]
    pub const fn with_slots(mut self, slots: SlotPoolConfig) -> Self {
        self.slots = slots;
        self
    }
}

/// Why an engine cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There can be no slots of these sizes here.
    #[error("no slots for memories")]
    Slots(#[from] cow_memory::Error),

    /// wasmtime does not support this machine or these sizes.
    #[error("wasmtime refused the engine's configuration: {0:#}")]
    Engine(wasmtime::Error),

    /// The machine lacks what this kind of interrupt needs.
    #[error("interrupts by {kind} are not available on this machine; use InterruptKind::Epoch")]
    Interrupt {
        /// The kind asked for.
        kind: InterruptKind,
    },
}

/// Compiles frozen modules and runs their instances in copy-on-write slots.
///
/// Cloning gives the same engine. Snapshots belong to engines of one configuration: see
/// [`CowEngine::compatibility_hash`].
///
/// ```
/// use hatchery_engine::{CowEngine, EngineConfig};
///
/// let engine = CowEngine::new(EngineConfig::default())?;
/// # Ok::<(), hatchery_engine::EngineError>(())
/// ```
#[derive(Clone)]
pub struct CowEngine {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    pool: SlotPool,
    creator: Arc<CowMemoryCreator>,
    interrupt: InterruptKind,
    watchdog: Arc<Watchdog>,
}

impl CowEngine {
    /// Makes an engine. Address space and the watchdog's thread are taken when the first instance needs them.
    ///
    /// # Errors
    ///
    /// [`EngineError`] when the machine lacks something, and says what.
    pub fn new(config: EngineConfig) -> Result<Self, EngineError> {
        let interrupt = config
            .interrupt
            .unwrap_or_else(InterruptKind::best_available);
        interrupt
            .prepare()
            .map_err(|()| EngineError::Interrupt { kind: interrupt })?;
        let pool = SlotPool::new(config.slots)?;
        let creator = CowMemoryCreator::new(pool.clone());
        let mut settings = Config::new();
        creator.configure(&mut settings);
        settings
            .max_wasm_stack(WASM_STACK_BYTES)
            .async_stack_size(WASM_STACK_BYTES + HOST_STACK_BYTES)
            .signals_based_traps(true)
            .parallel_compilation(true)
            .epoch_interruption(interrupt == InterruptKind::Epoch)
            // Collected objects would live outside linear memory; the freeze refuses them. Without a collector, wasmtime
            // 48 ends the process where code asks whether one type is another's subtype, so such types are off too.
            .gc_support(false)
            .wasm_gc(false)
            .concurrency_support(false)
            // An interrupt by signal stops a guest between the instructions that set up a frame, where a walk of its
            // stack is not possible.
            .wasm_backtrace_max_frames(None);
        let engine = Engine::new(&settings).map_err(EngineError::Engine)?;
        let watchdog = Arc::new(Watchdog::new());
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                pool,
                creator,
                interrupt,
                watchdog,
            }),
        })
    }

    /// wasmtime's engine, for linkers and host functions.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// The slots.
    pub fn slots(&self) -> &SlotPool {
        &self.inner.pool
    }

    /// How running guests are stopped.
    pub fn interrupt_kind(&self) -> InterruptKind {
        self.inner.interrupt
    }

    /// An empty linker for instances whose host functions use a `T`.
    pub fn linker<T: 'static>(&self) -> Linker<StoreData<T>> {
        Linker::new(self.engine())
    }

    /// A hash of everything that decides whether code compiled by one engine runs in another: wasmtime's version, the
    /// target and its CPU features, and all settings. Snapshots are stored under it.
    pub fn compatibility_hash(&self) -> blake3::Hash {
        of_hashable(self.engine().precompile_compatibility_hash())
    }

    pub(crate) fn creator(&self) -> &CowMemoryCreator {
        &self.inner.creator
    }

    pub(crate) fn watchdog(&self) -> &Arc<Watchdog> {
        &self.inner.watchdog
    }
}

impl std::fmt::Debug for CowEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CowEngine")
            .field("interrupt", &self.inner.interrupt)
            .field("slots", &self.inner.pool.status())
            .finish_non_exhaustive()
    }
}

/// The hash of anything that can be hashed, the same in every process of the same build.
fn of_hashable(value: impl Hash) -> blake3::Hash {
    struct Feed(blake3::Hasher);
    impl Hasher for Feed {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut feed = Feed(blake3::Hasher::new());
    value.hash(&mut feed);
    feed.0.finalize()
}
