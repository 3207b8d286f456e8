//! What the tests share: engines, and modules from text.

use hatchery_engine::{
    Bake, CallError, CowEngine, EngineConfig, Golden, Instance, InstanceConfig, InterruptKind,
    StoreData, bake, freeze,
};
use wasmtime::{Linker, Val};

/// The kinds of interrupt that this machine has.
pub(crate) fn kinds() -> Vec<InterruptKind> {
    let all = [InterruptKind::Signal, InterruptKind::Epoch];
    let available = |kind: &InterruptKind| {
        CowEngine::new(EngineConfig::default().with_interrupt(*kind)).is_ok()
    };
    all.into_iter().filter(available).collect()
}

pub(crate) fn engine_of(kind: InterruptKind) -> CowEngine {
    CowEngine::new(EngineConfig::default().with_interrupt(kind)).unwrap()
}

pub(crate) fn engine() -> CowEngine {
    CowEngine::new(EngineConfig::default()).unwrap()
}

pub(crate) fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// Bakes a module without imports.
pub(crate) fn golden(engine: &CowEngine, text: &str) -> Golden {
    golden_with(engine, text, |_| Ok(()))
}

pub(crate) fn golden_with(
    engine: &CowEngine,
    text: &str,
    init: impl FnOnce(&mut Bake<()>) -> Result<(), CallError>,
) -> Golden {
    bake(
        engine,
        &freeze(&wasm(text)).unwrap(),
        &engine.linker(),
        (),
        init,
    )
    .unwrap()
}

pub(crate) fn instance(golden: &Golden) -> Instance<()> {
    instance_with(golden, &golden.engine().linker(), ())
}

pub(crate) fn instance_with<T: 'static>(
    golden: &Golden,
    linker: &Linker<StoreData<T>>,
    data: T,
) -> Instance<T> {
    golden
        .prepare(linker)
        .unwrap()
        .instantiate(data, InstanceConfig::default())
        .unwrap()
}

/// Everything that makes two instances equal: memory, its length, and globals.
pub(crate) fn state<T>(instance: &mut Instance<T>) -> (Vec<u8>, Vec<u128>) {
    let bits = |val: &Val| match val {
        Val::I32(value) => u128::from(value.cast_unsigned()),
        Val::I64(value) => u128::from(value.cast_unsigned()),
        Val::F32(bits) => u128::from(*bits),
        Val::F64(bits) => u128::from(*bits),
        Val::V128(value) => value.as_u128(),
        Val::FuncRef(None) => 0,
        _ => panic!("not a value that a snapshot holds"),
    };
    let globals = instance.globals().iter().map(bits).collect();
    (instance.memory().to_vec(), globals)
}
