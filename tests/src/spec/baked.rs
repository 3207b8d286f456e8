//! Modules that are frozen and baked before anything is asserted of them.

use super::script::Wasm;
use super::spectest;
use hatchery_engine::{
    BakeError, CallError, CowEngine, EngineConfig, EngineError, FreezeError, Instance,
    InstanceConfig, StoreData, bake, freeze,
};
use std::time::{Duration, Instant};
use wasmtime::{ExternType, Linker, Module, Val};

/// For calls that only serve to soil an instance.
const SOILING_TIME: Duration = Duration::from_millis(20);
/// For calls that the script makes.
const CALL_TIME: Duration = Duration::from_secs(60);
/// Of a longer memory only the ends are soiled and carried over.
const PIECE_BYTES: usize = 1 << 20;

/// Freezes and bakes.
pub(super) struct Oven {
    engine: CowEngine,
    linker: Linker<StoreData<()>>,
}

/// What became of a module in the oven.
pub(super) enum Baking {
    Done(Box<Baked>),
    /// It has to run as it is, for a reason that is counted.
    Refused(&'static str),
    /// Instantiation failed, as the module may want it to.
    Failed {
        trapped: bool,
        why: String,
    },
}

/// An instance of a snapshot, with what a script has done to it.
///
/// The specification lets an instance go on after a trap; ours has to be reset. So that a script can go on, the calls
/// that returned are made again after the reset, and the memory as the trap left it is written over theirs.
pub(super) struct Baked {
    instance: Instance<()>,
    returned: Vec<(String, Vec<Val>)>,
}

impl Oven {
    pub(super) fn new() -> Result<Self, EngineError> {
        let engine = CowEngine::new(EngineConfig::default())?;
        let mut linker = engine.linker();
        spectest::define_functions(&mut linker).map_err(EngineError::Engine)?;
        Ok(Self { engine, linker })
    }

    /// Freezes `wasm`, bakes it, makes an instance, soils it and resets it.
    pub(super) fn bake(&self, wasm: &[u8]) -> Baking {
        let frozen = match freeze(wasm) {
            Ok(frozen) => frozen,
            Err(error) => return Baking::Refused(freeze_reason(&error)),
        };
        if !self.has_imports_of(frozen.wasm()) {
            return Baking::Refused("imports what lives in another store");
        }
        let init = |_: &mut hatchery_engine::Bake<()>| Ok::<(), CallError>(());
        let golden = match bake(&self.engine, &frozen, &self.linker, (), init) {
            Ok(golden) => golden,
            Err(BakeError::TableChanged { .. }) => {
                return Baking::Refused("its start function writes a table");
            }
            Err(BakeError::ReferenceGlobal { .. }) => {
                return Baking::Refused("a mutable global holds a reference");
            }
            Err(error) => {
                let trapped = match &error {
                    BakeError::Data { .. } => true,
                    BakeError::Start(error) => matches!(error, CallError::Trap { .. }),
                    other => is_trap(other),
                };
                return Baking::Failed {
                    trapped,
                    why: format!("{error:?}"),
                };
            }
        };
        let instance = golden
            .prepare(&self.linker)
            .and_then(|prepared| prepared.instantiate((), InstanceConfig::default()));
        let mut baked = match instance {
            Ok(instance) => Baked {
                instance,
                returned: Vec::new(),
            },
            Err(error) => {
                return Baking::Failed {
                    trapped: false,
                    why: format!("{error:?}"),
                };
            }
        };
        match baked.soil_and_reset() {
            Ok(()) => Baking::Done(Box::new(baked)),
            Err(why) => Baking::Failed {
                trapped: false,
                why,
            },
        }
    }

    fn has_imports_of(&self, wasm: &[u8]) -> bool {
        let Ok(module) = Module::new(self.engine.engine(), wasm) else {
            // The bake says why.
            return true;
        };
        module
            .imports()
            .all(|import| import.module() == spectest::NAME && import.ty().func().is_some())
    }
}

impl Baked {
    pub(super) fn global(&mut self, name: &str) -> Option<Val> {
        self.instance.global(name)
    }

    pub(super) fn call(&mut self, name: &str, params: &[Val]) -> Result<Vec<Val>, CallError> {
        let deadline = Instant::now() + CALL_TIME;
        let result = self.instance.call_values(name, params, Some(deadline));
        match &result {
            Ok(_) => self.returned.push((name.to_owned(), params.to_vec())),
            Err(_) => self.go_on(),
        }
        result
    }

    /// Lets the script go on after a trap.
    fn go_on(&mut self) {
        let left = ends(self.instance.memory())
            .map(|(at, bytes)| (at, bytes.to_vec()))
            .collect::<Vec<_>>();
        let len_bytes = self.instance.memory().len();
        self.instance.reset().expect("an instance can be reset");
        for (name, params) in &self.returned {
            let deadline = Instant::now() + CALL_TIME;
            let again = self.instance.call_values(name, params, Some(deadline));
            again.expect("a call returns again after a reset");
        }
        if self.instance.memory().len() == len_bytes {
            for (at, bytes) in left {
                self.instance
                    .write(at, &bytes)
                    .expect("it was read from there");
            }
        }
    }

    /// Runs what runs without parameters, overwrites the memory, and puts all of it back.
    fn soil_and_reset(&mut self) -> Result<(), String> {
        let golden: Vec<_> = ends(self.instance.memory())
            .map(|(at, bytes)| (at, bytes.to_vec()))
            .collect();
        let len_bytes = self.instance.memory().len();
        let globals = format!("{:?}", self.instance.globals());
        let functions: Vec<String> = self
            .instance
            .golden()
            .module()
            .exports()
            .filter(|export| !export.name().starts_with(hatchery_engine::RESERVED_PREFIX))
            .filter(|export| matches!(export.ty(), ExternType::Func(ty) if ty.params().len() == 0))
            .map(|export| export.name().to_owned())
            .collect();
        for name in functions {
            let deadline = Instant::now() + SOILING_TIME;
            if self
                .instance
                .call_values(&name, &[], Some(deadline))
                .is_err()
            {
                self.instance
                    .reset()
                    .map_err(|error| format!("{error:?}"))?;
            }
        }
        let soiled: Vec<_> = ends(self.instance.memory())
            .map(|(at, bytes)| (at, bytes.len()))
            .collect();
        for (at, len) in soiled {
            self.instance
                .write(at, &vec![0xa5; len])
                .map_err(|error| error.to_string())?;
        }
        self.instance
            .reset()
            .map_err(|error| format!("{error:?}"))?;
        let clean = self.instance.memory().len() == len_bytes
            && ends(self.instance.memory()).eq(golden.iter().map(|(at, bytes)| (*at, &bytes[..])))
            && format!("{:?}", self.instance.globals()) == globals;
        if clean {
            Ok(())
        } else {
            Err("a reset left something behind".to_owned())
        }
    }
}

/// The first and the last piece of a memory, or all of a short one.
fn ends(memory: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let first = memory.len().min(PIECE_BYTES);
    let last = memory.len().saturating_sub(PIECE_BYTES).max(first);
    let pieces = [(0, &memory[..first]), (last as u32, &memory[last..])];
    pieces.into_iter().filter(|(_, bytes)| !bytes.is_empty())
}

fn is_trap(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| error.downcast_ref::<wasmtime::Trap>().is_some())
}

fn freeze_reason(error: &FreezeError) -> &'static str {
    match error {
        FreezeError::Invalid(_) => "not valid with the freeze's features",
        FreezeError::NoMemory => "defines no memory",
        FreezeError::ManyMemories { .. } => "has several memories",
        FreezeError::ImportedMemory { .. } => "imports its memory",
        FreezeError::Memory64 => "has a 64-bit memory",
        FreezeError::SharedMemory => "has a shared memory",
        FreezeError::PageSize { .. } => "has pages of another size",
        FreezeError::ImportedMutableGlobal { .. } => "imports a mutable global",
        FreezeError::ReferenceGlobal { .. } => "has a mutable global that cannot be null",
        FreezeError::ReservedExport { .. } => "exports a reserved name",
        FreezeError::OffsetExpression { .. } => "has a data offset that the host cannot evaluate",
        _ => "another reason",
    }
}

/// The bytes of a module that could be encoded.
pub(super) fn bytes(wasm: &Wasm) -> Result<&[u8], String> {
    wasm.as_deref().map_err(Clone::clone)
}
