//! The same module in stock wasmtime: what is expected.

use super::{Call, HostCalls, Outcome, State, bits, define_imports, fingerprint, module};
use libfuzzer_sys::arbitrary::{self, Unstructured};
use std::sync::OnceLock;
use wasmtime::{Config, Engine, ExternType, Instance, Linker, Module, OptLevel, Store, Trap, Val};

const FUEL: u64 = 200_000;
const CALLS_MAX: usize = 8;
/// Less than what frozen modules get: what does not overflow it does not overflow theirs.
const STACK_BYTES: usize = 256 << 10;

/// A module compiled by stock wasmtime.
pub(super) struct Stock {
    module: Module,
    functions: Vec<(String, Vec<wasmtime::ValType>)>,
    globals: Vec<String>,
    memory: Option<String>,
}

/// What became of an instance.
pub(super) enum Life {
    /// It could not be instantiated.
    Stillborn,
    /// The last of the calls that belong to the bake trapped.
    DiedBaking(Vec<Outcome>),
    /// It came through the bake.
    Lived {
        baking: Vec<Outcome>,
        born: State,
        /// Until the first trap.
        lived: Vec<(Outcome, State)>,
    },
}

/// Fuel or stack ran out, which the other side has no like of.
struct Incomparable;

impl Stock {
    /// `None` when wasmtime does not compile it.
    pub(super) fn compile(wasm: &[u8]) -> Option<Self> {
        let module = Module::new(engine(), wasm).ok()?;
        let mut this = Self {
            functions: Vec::new(),
            globals: Vec::new(),
            memory: None,
            module,
        };
        for export in this.module.exports() {
            let name = export.name().to_owned();
            match export.ty() {
                ExternType::Func(ty) => this.functions.push((name, ty.params().collect())),
                ExternType::Global(_) => this.globals.push(name),
                ExternType::Memory(_) => this.memory = Some(name),
                ExternType::Table(_) | ExternType::Tag(_) => {}
            }
        }
        Some(this)
    }

    pub(super) fn module(&self) -> &Module {
        &self.module
    }

    pub(super) fn global_names(&self) -> impl Iterator<Item = &str> {
        self.globals.iter().map(String::as_str)
    }

    pub(super) fn memory_name(&self) -> Option<&str> {
        self.memory.as_deref()
    }

    /// Calls to make while baking, and calls to make afterwards.
    pub(super) fn choose_calls(
        &self,
        bytes: &mut Unstructured<'_>,
    ) -> arbitrary::Result<(Vec<Call>, Vec<Call>)> {
        let mut calls = Vec::new();
        let mut baked = Vec::new();
        if self.functions.is_empty() {
            return Ok((baked, calls));
        }
        // Every function once, where the bytes say nothing else.
        for nth in 0..CALLS_MAX.max(self.functions.len()) {
            let offset: u8 = bytes.arbitrary()?;
            let (name, params) =
                &self.functions[(nth + usize::from(offset >> 1)) % self.functions.len()];
            let params = params.iter().map(|ty| {
                let bits: u64 = bytes.arbitrary()?;
                module::value(ty, bits).ok_or(arbitrary::Error::IncorrectFormat)
            });
            let call = Call {
                name: name.clone(),
                params: params.collect::<Result<_, _>>()?,
            };
            let into = if offset & 1 == 1 {
                &mut baked
            } else {
                &mut calls
            };
            into.push(call);
        }
        Ok((baked, calls))
    }

    /// `None` when it cannot be compared.
    pub(super) fn live(&self, baked: &[Call], calls: &[Call]) -> Option<Life> {
        let host_calls = HostCalls::default();
        let mut linker = Linker::new(engine());
        define_imports(&mut linker, &self.module, &host_calls);
        let mut store = Store::new(engine(), ());
        store.set_fuel(FUEL).expect("fuel is on");
        let instance = match linker.instantiate(&mut store, &self.module) {
            Ok(instance) => instance,
            Err(error) => {
                return trap(&error).ok().map(|_| Life::Stillborn);
            }
        };
        let mut subject = Subject {
            stock: self,
            store,
            instance,
            host_calls,
        };
        let mut baking = Vec::new();
        for call in baked {
            let outcome = subject.call(call).ok()?;
            let trapped = matches!(outcome, Outcome::Trapped(_));
            baking.push(outcome);
            if trapped {
                return Some(Life::DiedBaking(baking));
            }
        }
        let born = subject.state();
        let mut lived = Vec::new();
        for call in calls {
            let outcome = subject.call(call).ok()?;
            let trapped = matches!(outcome, Outcome::Trapped(_));
            lived.push((outcome, subject.state()));
            if trapped {
                break;
            }
        }
        Some(Life::Lived {
            baking,
            born,
            lived,
        })
    }
}

struct Subject<'a> {
    stock: &'a Stock,
    store: Store<()>,
    instance: Instance,
    host_calls: HostCalls,
}

impl Subject<'_> {
    fn call(&mut self, call: &Call) -> Result<Outcome, Incomparable> {
        let function = self
            .instance
            .get_func(&mut self.store, &call.name)
            .expect("exported");
        let mut results = vec![Val::I32(0); function.ty(&self.store).results().len()];
        match function.call(&mut self.store, &call.params, &mut results) {
            Ok(()) => Ok(Outcome::Returned(results.iter().map(bits).collect())),
            Err(error) => trap(&error).map(Outcome::Trapped),
        }
    }

    fn state(&mut self) -> State {
        let Self {
            stock,
            store,
            instance,
            host_calls,
        } = self;
        let memory = stock.memory_name().map(|name| {
            let memory = instance.get_memory(&mut *store, name).expect("exported");
            fingerprint(memory.data(&*store))
        });
        let globals = stock.global_names().map(|name| {
            let global = instance.get_global(&mut *store, name).expect("exported");
            bits(&global.get(&mut *store))
        });
        State {
            memory,
            globals: globals.collect(),
            host_calls: host_calls.lock().expect("never poisoned").clone(),
        }
    }
}

fn trap(error: &wasmtime::Error) -> Result<Trap, Incomparable> {
    match error.downcast_ref::<Trap>() {
        None | Some(Trap::OutOfFuel | Trap::StackOverflow) => Err(Incomparable),
        Some(trap) => Ok(*trap),
    }
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config
            .consume_fuel(true)
            .cranelift_opt_level(OptLevel::None)
            .gc_support(false)
            .max_wasm_stack(STACK_BYTES);
        Engine::new(&config).expect("an engine")
    })
}
