//! The bake: a frozen module is brought to life once, and what it has become is the golden snapshot.
//!
//! ```text
//!   compile ─► instance on zeros ─► data segments ─► start function ─► the baker's own calls ─► snapshot
//! ```
//!
//! The order up to the start function is the specification's for an instantiation.

use crate::engine::CowEngine;
use crate::freeze::{Frozen, names};
use crate::golden::{BakedState, Digest, GlobalValue, Golden};
use crate::instance::{CallError, Instance, InstanceConfig, InstanceError, OutOfBounds};
use crate::interrupt::{InterruptKind, find_trap_site};
use crate::store::StoreData;
use cow_memory::Image;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;
use wasmtime::{Extern, ExternType, Linker, Module, Ref, Val, WasmParams, WasmResults};

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BakeError {
    /// wasmtime cannot compile the module, for instance because it uses a feature that is not enabled.
    #[error("the module does not compile: {0:#}")]
    Compile(wasmtime::Error),

    /// The compiled code has no place for an interrupt by signal to land.
    #[error("this module cannot be interrupted by signal; use InterruptKind::Epoch")]
    NoLandingPlace,

    /// The module cannot be instantiated.
    #[error("the module cannot be instantiated")]
    Instantiate(#[from] InstanceError),

    /// An active data segment does not fit the memory.
    #[error("data segment {segment} does not fit the memory")]
    Data {
        /// The segment's index in the module.
        segment: u32,
        /// Where it should have gone.
        source: OutOfBounds,
    },

    /// The module's start function did not return.
    #[error("the module's start function failed")]
    Start(#[source] CallError),

    /// The baker's own work failed.
    #[error("the bake's own initialisation failed")]
    Init(#[source] Box<dyn Error + Send + Sync>),

    /// The guest changed a table, which is not part of a snapshot.
    #[error(
        "the bake changed table {table}; a snapshot holds memory and globals only, so fill tables with element \
         segments"
    )]
    TableChanged {
        /// The table's index in the module.
        table: u32,
    },

    /// A mutable global holds a reference, which is not part of a snapshot.
    #[error(
        "mutable global {index} holds a reference at the end of the bake; set it to null first"
    )]
    ReferenceGlobal {
        /// The global's index in the module.
        index: u32,
    },

    /// The image could not be made.
    #[error("no memory for the golden image")]
    Image(#[from] cow_memory::Error),
}

/// A module in the oven: what the baker's own work may do.
pub struct Bake<T: 'static> {
    instance: Instance<T>,
    metadata: BTreeMap<String, String>,
}

impl<T: 'static> Bake<T> {
    /// Calls an exported function. See [`Instance::call`].
    ///
    /// # Errors
    ///
    /// As [`Instance::call`].
    pub fn call<P, R>(
        &mut self,
        name: &str,
        params: P,
        deadline: Option<Instant>,
    ) -> Result<R, CallError>
    where
        P: WasmParams + 'static,
        R: WasmResults + 'static,
    {
        self.instance.call(name, params, deadline)
    }

    /// Calls an exported function of whatever type. See [`Instance::call_values`].
    ///
    /// # Errors
    ///
    /// As [`Instance::call_values`].
    pub fn call_values(
        &mut self,
        name: &str,
        params: &[Val],
        deadline: Option<Instant>,
    ) -> Result<Vec<Val>, CallError> {
        self.instance.call_values(name, params, deadline)
    }

    /// The bytes of linear memory at `address`.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`].
    pub fn read(&self, address: u32, len_bytes: usize) -> Result<&[u8], OutOfBounds> {
        self.instance.read(address, len_bytes)
    }

    /// Writes to linear memory.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`].
    pub fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        self.instance.write(address, bytes)
    }

    /// The caller's own data, as host functions see it.
    pub fn data_mut(&mut self) -> &mut T {
        self.instance.data_mut()
    }

    /// The instance that becomes the snapshot.
    pub fn instance_mut(&mut self) -> &mut Instance<T> {
        &mut self.instance
    }

    /// Leaves a note in the snapshot. See [`Golden::metadata`].
    pub fn note(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.metadata.insert(key.into(), value.into());
    }
}

/// Compiles `frozen`, brings it to life, lets `init` do its work, and takes the snapshot.
///
/// `linker` needs host functions only for what the guest calls meanwhile, but all imports have to be there.
///
/// # Errors
///
/// [`BakeError`]; there is no snapshot then.
pub fn bake<T: 'static, E: Into<Box<dyn Error + Send + Sync>>>(
    engine: &CowEngine,
    frozen: &Frozen,
    linker: &Linker<StoreData<T>>,
    data: T,
    init: impl FnOnce(&mut Bake<T>) -> Result<(), E>,
) -> Result<Golden, BakeError> {
    let module = Module::new(engine.engine(), frozen.wasm()).map_err(BakeError::Compile)?;
    let blank = blank(engine, frozen, module)?;
    let instance = blank
        .prepare(linker)?
        .instantiate(data, InstanceConfig::default())?;
    let mut bake = Bake {
        instance,
        metadata: BTreeMap::new(),
    };

    let tables = tables(&mut bake.instance, frozen);
    apply_data(&mut bake.instance, frozen)?;
    if let Some(start) = frozen.start_export() {
        bake.call::<(), ()>(start, (), None)
            .map_err(BakeError::Start)?;
    }
    init(&mut bake).map_err(|error| BakeError::Init(error.into()))?;

    check_tables(&mut bake.instance, frozen, &tables)?;
    let globals = globals(&mut bake.instance, frozen)?;
    let image = Image::from_bytes(bake.instance.memory())?;
    let Bake {
        mut instance,
        metadata,
    } = bake;
    let state = BakedState {
        globals,
        dropped_segments: dropped(
            &mut instance,
            &frozen.layout().droppable_segments,
            names::probe_data,
        ),
        dropped_elements: dropped(
            &mut instance,
            &frozen.layout().droppable_elements,
            names::probe_elements,
        ),
        metadata,
        ..blank.state().clone()
    };
    let golden = Golden::assemble(engine, blank.module().clone(), image, state);
    Ok(golden.expect("the parts are from one module"))
}

/// The module on zeros, with nothing to put back: what the bake runs.
fn blank(engine: &CowEngine, frozen: &Frozen, module: Module) -> Result<Golden, BakeError> {
    let trap = match engine.interrupt_kind() {
        InterruptKind::Signal => Some(find_trap_site(&module).ok_or(BakeError::NoLandingPlace)?),
        InterruptKind::Epoch => None,
    };
    let memory_bytes = match module.get_export(names::MEMORY) {
        Some(ExternType::Memory(ty)) => ty.minimum() * ty.page_size(),
        _ => unreachable!("the freeze exports the memory"),
    };
    let image = Image::zeroed(usize::try_from(memory_bytes).unwrap_or(usize::MAX))?;
    let state = BakedState {
        source: Digest(frozen.source_hash()),
        globals: Vec::new(),
        dropped_segments: Vec::new(),
        dropped_elements: Vec::new(),
        layout: frozen.layout().clone(),
        report: frozen.report().clone(),
        trap,
        metadata: BTreeMap::new(),
    };
    Ok(Golden::assemble(engine, module, image, state).expect("the parts are from one module"))
}

fn apply_data<T: 'static>(instance: &mut Instance<T>, frozen: &Frozen) -> Result<(), BakeError> {
    for segment in frozen.segments() {
        let address = segment
            .offset()
            .evaluate(|name| instance.global(name)?.i32());
        let address = address.expect("the freeze exports the globals that offsets read");
        instance
            .write(address, segment.bytes())
            .map_err(|source| BakeError::Data {
                segment: segment.index(),
                source,
            })?;
    }
    Ok(())
}

fn globals<T: 'static>(
    instance: &mut Instance<T>,
    frozen: &Frozen,
) -> Result<Vec<(u32, GlobalValue)>, BakeError> {
    let value = |index: &u32| {
        let value = instance.global(&names::global(*index));
        let value = value.expect("the freeze exports the mutable globals");
        let value =
            GlobalValue::from_val(&value).ok_or(BakeError::ReferenceGlobal { index: *index })?;
        Ok((*index, value))
    };
    frozen.layout().mutable_globals.iter().map(value).collect()
}

/// A table's contents, as far as they can be compared: functions by their address in the store.
type TableContents = Vec<Option<usize>>;

fn tables<T: 'static>(instance: &mut Instance<T>, frozen: &Frozen) -> Vec<TableContents> {
    let contents = |index| {
        let look = |store: &mut wasmtime::Store<StoreData<T>>, export: Option<Extern>| {
            let table = export
                .and_then(Extern::into_table)
                .expect("the freeze exports the tables");
            let elements = table.size(&mut *store);
            let element = |at| match table.get(&mut *store, at) {
                Some(Ref::Func(function)) => function.map(|f| f.to_raw(&mut *store).addr()),
                // Nothing but functions can be there without a collector.
                _ => None,
            };
            (0..elements).map(element).collect()
        };
        instance
            .with_export(&names::table(index), look)
            .unwrap_or_default()
    };
    (0..frozen.layout().written_tables).map(contents).collect()
}

fn check_tables<T: 'static>(
    instance: &mut Instance<T>,
    frozen: &Frozen,
    before: &[TableContents],
) -> Result<(), BakeError> {
    let after = tables(instance, frozen);
    match (0..)
        .zip(before.iter().zip(&after))
        .find(|(_, (before, after))| before != after)
    {
        Some((table, _)) => Err(BakeError::TableChanged { table }),
        None => Ok(()),
    }
}

/// Which of the passive `segments` the guest has dropped: those whose probes trap.
fn dropped<T: 'static>(
    instance: &mut Instance<T>,
    segments: &[u32],
    probe_name: impl Fn(u32) -> String,
) -> Vec<u32> {
    let is_dropped = |segment: &u32| {
        let probe = |store: &mut wasmtime::Store<StoreData<T>>, export: Option<Extern>| {
            let probe = export
                .and_then(Extern::into_func)
                .expect("the freeze exports the probes");
            probe.call(store, &[], &mut []).is_err()
        };
        instance
            .with_export(&probe_name(*segment), probe)
            .unwrap_or(false)
    };
    segments.iter().copied().filter(is_dropped).collect()
}
