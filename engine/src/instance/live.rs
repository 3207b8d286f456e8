//! A store with the instance in it.

use super::state::WASM_PAGE_BYTES;
use super::{CallError, InstanceConfig, InstanceError, OutOfBounds, Prepared};
use crate::golden::GlobalValue;
use crate::interrupt::Stopper;
use crate::store::StoreData;
use cow_memory::SlotHandle;
use std::any::Any;
use std::collections::HashMap;
use wasmtime::{Extern, Func, Global, HeapType, Instance, Memory, ModuleExport, Store, TypedFunc};
use wasmtime::{Val, ValType, WasmParams, WasmResults};

/// Everything that a fresh-store reset replaces.
pub(super) struct Live<T: 'static> {
    pub(super) store: Store<StoreData<T>>,
    instance: Instance,
    pub(super) memory: Memory,
    pub(super) slot: SlotHandle,
    globals: Vec<(Global, Val)>,
    functions: HashMap<String, Func>,
    /// A `TypedFunc` each, of the type that it was last called with: to check a type anew takes a lock of the engine's.
    /// There are few, and finding one is faster than hashing a name.
    typed_functions: Vec<(String, Box<dyn Any + Send + Sync>)>,
}

impl<T: 'static> Live<T> {
    /// A new store, its memory a view of the image and its globals as baked. Gives `data` back when it fails.
    pub(super) fn new(
        prepared: &Prepared<T>,
        config: &InstanceConfig,
        stopper: &Stopper,
        data: T,
    ) -> Result<Self, (InstanceError, T)> {
        let data = StoreData::new(data, config.limits, stopper.interrupter().clone());
        let mut store = Store::new(prepared.golden().engine().engine(), data);
        store.limiter(|data| &mut data.limiter);
        match Parts::new(prepared, config, stopper, &mut store) {
            Ok(Parts {
                instance,
                memory,
                slot,
                globals,
            }) => Ok(Self {
                store,
                instance,
                memory,
                slot,
                globals,
                functions: HashMap::new(),
                typed_functions: Vec::new(),
            }),
            Err(error) => Err((error, store.into_data().data)),
        }
    }

    /// Grows memory to this length, which is not less than what it has.
    pub(super) fn grow_to(&mut self, memory_bytes: usize) -> Result<(), InstanceError> {
        let more = memory_bytes - self.slot.len_bytes();
        if more > 0 {
            let pages = (more / WASM_PAGE_BYTES) as u64;
            self.memory
                .grow(&mut self.store, pages)
                .map_err(InstanceError::Restore)?;
        }
        Ok(())
    }

    /// Gives the mutable globals these values, in the order of their indexes.
    pub(super) fn set_globals(&mut self, values: &[GlobalValue]) -> Result<(), InstanceError> {
        for ((global, _), value) in self.globals.iter().zip(values) {
            let ty = global.ty(&self.store);
            let value = value
                .to_val(ty.content())
                .ok_or(InstanceError::ForeignState)?;
            global
                .set(&mut self.store, value)
                .map_err(InstanceError::Restore)?;
        }
        Ok(())
    }

    /// Puts memory, its length and the globals back. What else an instance has must not have changed.
    pub(super) fn reset(
        &mut self,
        config: &InstanceConfig,
    ) -> Result<cow_memory::ResetReport, InstanceError> {
        let report = self
            .slot
            .reset(&mut self.store, &self.memory, config.reset)?;
        put_back(&mut self.store, &self.globals)?;
        let len_bytes = self.slot.len_bytes() as u64;
        let limiter = &mut self.store.data_mut().limiter;
        limiter.memory_bytes_peak = len_bytes;
        limiter.refusals = 0;
        Ok(report)
    }

    /// Looks the function of this name up and checks its type, once.
    pub(super) fn check_type<P, R>(&mut self, name: &str) -> Result<(), CallError>
    where
        P: WasmParams + 'static,
        R: WasmResults + 'static,
    {
        if find_typed::<P, R>(&self.typed_functions, name).is_some() {
            return Ok(());
        }
        let function = self.function(name)?;
        let typed: TypedFunc<P, R> =
            function
                .typed(&self.store)
                .map_err(|source| CallError::WrongType {
                    name: name.to_owned(),
                    source,
                })?;
        self.typed_functions.retain(|(known, _)| known != name);
        self.typed_functions
            .push((name.to_owned(), Box::new(typed)));
        Ok(())
    }

    /// Calls a function that [`Live::check_type`] has seen. The function is borrowed and not cloned, because a clone
    /// counts references that all threads share.
    pub(super) fn call<P, R>(&mut self, name: &str, params: P) -> wasmtime::Result<R>
    where
        P: WasmParams + 'static,
        R: WasmResults + 'static,
    {
        let function = find_typed::<P, R>(&self.typed_functions, name);
        let function = function.ok_or_else(|| wasmtime::Error::msg("its type was not checked"))?;
        function.call(&mut self.store, params)
    }

    /// The function of this name, looked up once.
    pub(super) fn function(&mut self, name: &str) -> Result<Func, CallError> {
        if let Some(function) = self.functions.get(name) {
            return Ok(*function);
        }
        let function = self
            .instance
            .get_func(&mut self.store, name)
            .ok_or_else(|| CallError::NoFunction {
                name: name.to_owned(),
            })?;
        self.functions.insert(name.to_owned(), function);
        Ok(function)
    }

    /// What a call of `function` with `params` has room for its results in.
    pub(super) fn results_for(
        &self,
        name: &str,
        function: Func,
        params: &[Val],
    ) -> Result<Vec<Val>, CallError> {
        let ty = function.ty(&self.store);
        let same = ty.params().len() == params.len()
            && ty.params().zip(params).all(|(ty, val)| fits(&ty, val));
        if same {
            // Of whatever type: a call overwrites them.
            Ok(vec![Val::I32(0); ty.results().len()])
        } else {
            Err(CallError::WrongType {
                name: name.to_owned(),
                source: wasmtime::Error::msg(format!("its type is {ty}")),
            })
        }
    }

    pub(super) fn export(&mut self, name: &str) -> Option<Extern> {
        self.instance.get_export(&mut self.store, name)
    }

    pub(super) fn bytes(&self, address: u32, len_bytes: usize) -> Result<&[u8], OutOfBounds> {
        let data = self.memory.data(&self.store);
        let begin = address as usize;
        begin
            .checked_add(len_bytes)
            .and_then(|end| data.get(begin..end))
            .ok_or(OutOfBounds {
                address,
                len_bytes,
                memory_bytes: data.len(),
            })
    }

    pub(super) fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        let _run = self.slot.enter();
        self.write_in_run(address, bytes)
    }

    /// The same in a run that has begun.
    pub(super) fn write_in_run(&mut self, address: u32, bytes: &[u8]) -> Result<(), OutOfBounds> {
        self.bytes(address, bytes.len())?;
        let begin = address as usize;
        self.memory.data_mut(&mut self.store)[begin..begin + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    pub(super) fn globals(&mut self) -> Vec<Val> {
        let Self { store, globals, .. } = self;
        globals
            .iter()
            .map(|(global, _)| global.get(&mut *store))
            .collect()
    }
}

/// What instantiation gives.
struct Parts {
    instance: Instance,
    memory: Memory,
    slot: SlotHandle,
    globals: Vec<(Global, Val)>,
}

impl Parts {
    fn new<T: 'static>(
        prepared: &Prepared<T>,
        config: &InstanceConfig,
        stopper: &Stopper,
        store: &mut Store<StoreData<T>>,
    ) -> Result<Self, InstanceError> {
        let golden = prepared.golden();
        let engine = golden.engine();
        let image_bytes = golden.image().len_bytes() as u64;
        if config.limits.memory_bytes_max < image_bytes {
            let limit_bytes = config.limits.memory_bytes_max;
            return Err(InstanceError::LimitBelowImage {
                limit_bytes,
                image_bytes,
            });
        }
        let slot = engine.slots().acquire(golden.image())?;
        // The freeze has taken out active data and the start function: nothing is written to memory meanwhile.
        let (instance, mut slot) = engine
            .creator()
            .with_slot_unwritten(slot, || prepared.pre().instantiate(&mut *store))?;
        // What holds for a reset holds for the last one too.
        slot.set_release_policy(config.reset);

        let mut export = |export: &ModuleExport| {
            instance
                .get_module_export(&mut *store, export)
                .expect("assembled from this module")
        };
        let memory = export(golden.memory_export())
            .into_memory()
            .expect("checked when assembled");
        let globals: Vec<(Global, Val)> = golden
            .globals()
            .iter()
            .map(|(index, value)| {
                (
                    export(index).into_global().expect("checked when assembled"),
                    *value,
                )
            })
            .collect();
        let drops: Vec<Func> = golden
            .drops()
            .iter()
            .filter_map(|index| export(index).into_func())
            .collect();
        let trap = export(golden.trap_export())
            .into_func()
            .expect("checked when assembled");
        stopper.attend(store, &trap);
        put_back(store, &globals)?;
        for drop in drops {
            drop.call(&mut *store, &[], &mut [])
                .map_err(InstanceError::Restore)?;
        }
        store.data_mut().limiter.memory_bytes_peak = image_bytes;
        Ok(Self {
            instance,
            memory,
            slot,
            globals,
        })
    }
}

fn find_typed<'a, P: 'static, R: 'static>(
    functions: &'a [(String, Box<dyn Any + Send + Sync>)],
    name: &str,
) -> Option<&'a TypedFunc<P, R>> {
    let (_, function) = functions.iter().find(|(known, _)| known == name)?;
    function.downcast_ref()
}

fn put_back<T>(store: &mut Store<T>, globals: &[(Global, Val)]) -> Result<(), InstanceError> {
    for (global, value) in globals {
        global
            .set(&mut *store, *value)
            .map_err(InstanceError::Restore)?;
    }
    Ok(())
}

/// Whether `val` can be a parameter of type `ty`. References other than null belong to some other store.
fn fits(ty: &ValType, val: &Val) -> bool {
    match (ty, val) {
        (ValType::I32, Val::I32(_))
        | (ValType::I64, Val::I64(_))
        | (ValType::F32, Val::F32(_))
        | (ValType::F64, Val::F64(_))
        | (ValType::V128, Val::V128(_)) => true,
        (ValType::Ref(ty), Val::FuncRef(None)) => {
            ty.is_nullable() && ty.heap_type().matches(&HeapType::Func)
        }
        _ => false,
    }
}
