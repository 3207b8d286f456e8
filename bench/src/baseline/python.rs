//! CPython, from the same golden state, in a wasmtime as it comes.

use super::image_module::with_image;
use super::stock::Stock;
use crate::Failure;
use crate::sys::Compiled;
use hatchery::Runtime;
use std::time::{Duration, Instant};
use wasmtime::{Caller, Engine, InstancePre, Linker, Module, Store, TypedFunc};

const REPORT_BYTES: usize = 104;
const NOT_SUPPORTED: i32 = 58;

/// CPython with the golden memory as its data segment, compiled once for all of wasmtime's allocators.
#[derive(Debug)]
pub struct StockPython {
    compiled: Compiled,
    report_address: u32,
}

/// CPython in one engine.
pub struct PythonEngine {
    engine: Engine,
    pre: InstancePre<()>,
    report_address: u32,
    last: Option<PythonInstance>,
}

/// One instance of it.
pub struct PythonInstance {
    store: Store<()>,
    instance: wasmtime::Instance,
    report_address: u32,
}

impl StockPython {
    /// Compiles the guest that `runtime` runs, with its golden snapshot.
    ///
    /// # Errors
    ///
    /// When the guest cannot be had as such a module.
    pub fn new(runtime: &Runtime) -> Result<Self, Failure> {
        let guest = std::fs::read(&runtime.guest().expect("it was built from one").wasm_path)?;
        let frozen = hatchery_engine::freeze(&guest)?;
        let globals = runtime.sandbox()?.globals();
        let wasm = with_image(frozen.wasm(), runtime.golden().image().as_bytes(), &globals)?;
        let address = &runtime.golden().metadata()["run_report_address"];
        Ok(Self {
            compiled: Compiled::new(&Stock::OnDemand.engine()?, &wasm)?,
            report_address: address.parse()?,
        })
    }

    /// An engine with this CPython in it.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn engine(&self, stock: Stock) -> Result<PythonEngine, Failure> {
        let engine = stock.engine()?;
        let module = self.compiled.load(&engine)?;
        Ok(PythonEngine {
            pre: linker(&engine, &module)?.instantiate_pre(&module)?,
            engine,
            report_address: self.report_address,
            last: None,
        })
    }
}

impl PythonEngine {
    /// A new instance.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn instance(&self) -> Result<PythonInstance, Failure> {
        let mut store = Store::new(&self.engine, ());
        let instance = self.pre.instantiate(&mut store)?;
        Ok(PythonInstance {
            store,
            instance,
            report_address: self.report_address,
        })
    }

    /// Throws the last instance away, makes another, and runs `code` in it.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn cycle(&mut self, code: &str) -> Result<Duration, Failure> {
        let begun = Instant::now();
        drop(self.last.take());
        let mut python = self.instance()?;
        std::hint::black_box(python.execute(code)?);
        let time = begun.elapsed();
        self.last = Some(python);
        Ok(time)
    }
}

impl PythonInstance {
    /// Runs `code` as Hatchery does, and returns what it printed.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn execute(&mut self, code: &str) -> Result<Vec<u8>, Failure> {
        let Self {
            store, instance, ..
        } = self;
        let alloc: TypedFunc<i32, i32> = instance.get_typed_func(&mut *store, "alloc")?;
        let execute: TypedFunc<(i32, i32), i32> =
            instance.get_typed_func(&mut *store, "execute")?;
        let dealloc: TypedFunc<(i32, i32), ()> = instance.get_typed_func(&mut *store, "dealloc")?;
        let memory = instance
            .get_memory(&mut *store, "memory")
            .ok_or("no memory")?;
        let len = i32::try_from(code.len())?;
        let address = alloc.call(&mut *store, len)?;
        memory.write(
            &mut *store,
            address.cast_unsigned() as usize,
            code.as_bytes(),
        )?;
        if execute.call(&mut *store, (address, len))? != 0 {
            return Err("the program failed".into());
        }
        dealloc.call(&mut *store, (address, len))?;
        let memory = memory.data(&*store);
        let at = self.report_address as usize;
        let report = &memory[at..at + REPORT_BYTES];
        let field = |at: usize| {
            u32::from_le_bytes(report[at..at + 4].try_into().expect("four bytes")) as usize
        };
        Ok(memory[field(0)..field(0) + field(4)].to_vec())
    }
}

/// The imports from WASI, answered as quickly as can be; the others are never called.
fn linker(engine: &Engine, module: &Module) -> Result<Linker<()>, Failure> {
    const MODULE: &str = "wasi_snapshot_preview1";
    let begun = Instant::now();
    let mut linker = Linker::new(engine);
    linker.func_wrap(MODULE, "clock_res_get", |_: i32, _: i32| NOT_SUPPORTED)?;
    linker.func_wrap(
        MODULE,
        "clock_time_get",
        move |mut caller: Caller<'_, ()>, _: i32, _: i64, into: i32| -> i32 {
            let time = begun.elapsed().as_nanos() as u64;
            fill(&mut caller, into, &time.to_le_bytes())
        },
    )?;
    linker.func_wrap(
        MODULE,
        "random_get",
        |mut caller: Caller<'_, ()>, into: i32, len: i32| -> i32 {
            fill(&mut caller, into, &vec![7; len.cast_unsigned() as usize])
        },
    )?;
    linker.func_wrap(MODULE, "sched_yield", || 0)?;
    linker.func_wrap(MODULE, "poll_oneoff", |_: i32, _: i32, _: i32, _: i32| {
        NOT_SUPPORTED
    })?;
    linker.func_wrap(MODULE, "proc_exit", |_: i32| -> wasmtime::Result<()> {
        Err(wasmtime::Error::msg("the guest has ended its process"))
    })?;
    linker.define_unknown_imports_as_traps(module)?;
    Ok(linker)
}

fn fill(caller: &mut Caller<'_, ()>, into: i32, bytes: &[u8]) -> i32 {
    let memory = caller
        .get_export("memory")
        .and_then(wasmtime::Extern::into_memory);
    let written = memory.map(|memory| {
        memory
            .write(caller, into.cast_unsigned() as usize, bytes)
            .is_ok()
    });
    if written == Some(true) {
        0
    } else {
        NOT_SUPPORTED
    }
}
