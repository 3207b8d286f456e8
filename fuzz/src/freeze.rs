//! `freeze`: any bytes are refused or become a module that behaves as it did.
//!
//! Bytes that begin like a WebAssembly module are taken as one. From any others wasm-smith makes a module that has a
//! memory, and what is left of the bytes says which exports are called. The same calls are made in stock wasmtime,
//! with fuel, and in an instance of a snapshot: a part of them while it is baked, the rest twice, with a reset in
//! between. Results, traps, memory, exported globals and calls of host functions have to be the same.

mod module;
mod stock;

use hatchery_engine::{
    BakeError, CallError, CowEngine, EngineConfig, Instance, InstanceConfig, bake, freeze,
};
use libfuzzer_sys::arbitrary::Unstructured;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use stock::{Life, Stock};
use wasmtime::{ExternType, FuncType, Linker, Module, Ref, Trap, Val, ValType};

/// Far longer than the fuel of the stock run lasts.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What a call did.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    /// The results as bits; of references, whether they are null.
    Returned(Vec<u128>),
    Trapped(Trap),
}

/// What can be seen of an instance between calls.
#[derive(Debug, Clone, PartialEq, Eq)]
struct State {
    /// Length and hash of the memory, if the module exports it.
    memory: Option<(usize, blake3::Hash)>,
    /// Exported globals, as bits.
    globals: Vec<u128>,
    /// Calls of host functions so far, with their parameters.
    host_calls: Vec<(usize, Vec<u128>)>,
}

/// A call to make.
#[derive(Debug, Clone)]
struct Call {
    name: String,
    params: Vec<Val>,
}

type HostCalls = Arc<Mutex<Vec<(usize, Vec<u128>)>>>;

/// Freezes what `data` stands for, and compares.
///
/// # Panics
///
/// When the frozen module behaves differently.
pub fn run(data: &[u8]) {
    if data.starts_with(b"\0asm") {
        let Ok(frozen) = freeze(data) else {
            return;
        };
        wasmparser::validate(frozen.wasm()).expect("a frozen module is valid");
        if module::is_bounded(data) {
            // The calls have to come from somewhere: from the module's own bytes, last first.
            let mut calls = data.to_vec();
            calls.reverse();
            compare(data, &mut Unstructured::new(&calls));
        }
    } else {
        let mut bytes = Unstructured::new(data);
        if let Ok(wasm) = module::generate(&mut bytes) {
            compare(&wasm, &mut bytes);
        }
    }
}

fn compare(wasm: &[u8], choices: &mut Unstructured<'_>) {
    let frozen = match freeze(wasm) {
        Ok(frozen) => frozen,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let Some(stock) = Stock::compile(wasm) else {
        return;
    };
    let Ok((baked, calls)) = stock.choose_calls(choices) else {
        return;
    };
    let Some(life) = stock.live(&baked, &calls) else {
        return;
    };

    let engine = engine();
    let host_calls = HostCalls::default();
    let mut linker = engine.linker::<()>();
    define_imports(&mut linker, stock.module(), &host_calls);
    let mut outcomes = Vec::new();
    let golden = bake(engine, &frozen, &linker, (), |bake| {
        for call in &baked {
            let result = bake.call_values(&call.name, &call.params, deadline());
            outcomes.push(outcome(&result));
            result?;
        }
        Ok::<(), CallError>(())
    });
    let (born, lived) = match life {
        Life::Stillborn => {
            assert!(
                matches!(
                    golden,
                    Err(BakeError::Start(_) | BakeError::Data { .. } | BakeError::Instantiate(_))
                ),
                "stock wasmtime cannot instantiate what was baked: {golden:?}"
            );
            return;
        }
        Life::DiedBaking(expected) => {
            assert_eq!(outcomes, expected);
            assert!(matches!(golden, Err(BakeError::Init(_))), "{golden:?}");
            return;
        }
        Life::Lived {
            baking,
            born,
            lived,
        } => {
            assert_eq!(outcomes, baking);
            (born, lived)
        }
    };
    let golden = match golden {
        Ok(golden) => golden,
        // State that a snapshot does not hold, refused as it should be.
        Err(BakeError::TableChanged { .. } | BakeError::ReferenceGlobal { .. }) => return,
        Err(error) => panic!("stock wasmtime bakes it: {error:?}"),
    };
    let mut instance = golden
        .prepare(&linker)
        .and_then(|prepared| prepared.instantiate((), InstanceConfig::default()))
        .expect("what was baked can be instantiated");
    for round in 0..3 {
        host_calls
            .lock()
            .expect("never poisoned")
            .clone_from(&born.host_calls);
        assert_eq!(
            state(&mut instance, &stock, &host_calls),
            born,
            "round {round}"
        );
        for (call, (expected, after)) in calls.iter().zip(&lived) {
            let result = instance.call_values(&call.name, &call.params, deadline());
            assert_eq!(&outcome(&result), expected, "{call:?} in round {round}");
            assert_eq!(
                &state(&mut instance, &stock, &host_calls),
                after,
                "{call:?} in round {round}"
            );
        }
        let reset = if round == 0 {
            instance.reset()
        } else {
            instance.reset_strict()
        };
        reset.expect("an instance can be reset");
    }
}

fn outcome(result: &Result<Vec<Val>, CallError>) -> Outcome {
    match result {
        Ok(values) => Outcome::Returned(values.iter().map(bits).collect()),
        Err(CallError::Trap { trap }) => Outcome::Trapped(*trap),
        Err(other) => panic!("neither a result nor a trap: {other}"),
    }
}

fn state(instance: &mut Instance<()>, stock: &Stock, host_calls: &HostCalls) -> State {
    let globals = stock
        .global_names()
        .map(|name| instance.global(name).expect("exported"));
    let globals = globals.collect::<Vec<_>>().iter().map(bits).collect();
    State {
        memory: stock.memory_name().map(|_| fingerprint(instance.memory())),
        globals,
        host_calls: host_calls.lock().expect("never poisoned").clone(),
    }
}

fn fingerprint(memory: &[u8]) -> (usize, blake3::Hash) {
    (memory.len(), blake3::hash(memory))
}

fn bits(value: &Val) -> u128 {
    match value {
        Val::I32(value) => value.cast_unsigned().into(),
        Val::I64(value) => value.cast_unsigned().into(),
        Val::F32(bits) => (*bits).into(),
        Val::F64(bits) => (*bits).into(),
        Val::V128(value) => value.as_u128(),
        other => other
            .ref_()
            .map_or(2, |reference: Ref| u128::from(!reference.is_null())),
    }
}

/// Defines the functions that `module` imports: each notes its parameters and returns something made of them.
fn define_imports<T: 'static>(linker: &mut Linker<T>, module: &Module, host_calls: &HostCalls) {
    for (index, import) in module.imports().enumerate() {
        let ExternType::Func(ty) = import.ty() else {
            unreachable!("only functions are imported: see module.rs");
        };
        let results: Vec<ValType> = ty.results().collect();
        let ty = FuncType::new(linker.engine(), ty.params(), ty.results());
        let host_calls = Arc::clone(host_calls);
        let function = move |_: wasmtime::Caller<'_, T>, params: &[Val], out: &mut [Val]| {
            let params: Vec<u128> = params.iter().map(bits).collect();
            let seed = params.iter().fold(index as u64 + 1, |seed, bits| {
                (seed ^ *bits as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            });
            host_calls
                .lock()
                .expect("never poisoned")
                .push((index, params));
            for (ty, out) in results.iter().zip(out) {
                *out = module::value(ty, seed >> 32).expect("a number: see module.rs");
            }
            Ok(())
        };
        // The same import twice is one definition.
        let _ = linker.func_new(import.module(), import.name(), ty, function);
    }
}

fn deadline() -> Option<Instant> {
    Some(Instant::now() + TIMEOUT)
}

fn engine() -> &'static CowEngine {
    static ENGINE: OnceLock<CowEngine> = OnceLock::new();
    ENGINE.get_or_init(|| CowEngine::new(EngineConfig::default()).expect("an engine"))
}
