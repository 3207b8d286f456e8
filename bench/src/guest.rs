//! A made-up guest whose writes are known to the page, in Hatchery's memory layer and in a stock wasmtime.

use crate::Failure;
use crate::baseline::image_module::with_image;
use crate::baseline::stock::Stock;
use crate::sys::Compiled;
use cow_memory::{
    CowMemoryCreator, Image, PageSet, ResetMode, ResetPolicy, ResetReport, SlotHandle, SlotPool,
    SlotPoolConfig,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wasmtime::{Config, Engine, Instance, InstancePre, Linker, Memory, Module, Store, TypedFunc};

/// Bytes in a page.
pub const PAGE_BYTES: usize = 4096;
const WASM_PAGE_BYTES: usize = 64 << 10;

/// Keeps all private pages, as the pooling allocator is made to.
pub const KEEP_ALL: ResetPolicy = ResetPolicy::new(ResetMode::Counted, usize::MAX);

/// Every `image_bytes / count`-th page: `count` of them.
#[must_use]
pub fn scattered(count: usize, image_bytes: usize) -> PageSet {
    let stride = stride_pages(count, image_bytes);
    (0..count).map(|page| (page * stride) as u32).collect()
}

fn stride_pages(count: usize, image_bytes: usize) -> usize {
    image_bytes / PAGE_BYTES / count
}

/// A module of `functions` functions more than `touch`, half of them in a table.
fn wasm(functions: usize) -> Result<Vec<u8>, Failure> {
    use std::fmt::Write;
    let mut text = String::from(
        r#"(module (memory (export "memory") 1)
          (func (export "touch") (param $count i32) (param $stride i32) (local $at i32)
            (loop $next
              (i32.store (local.get $at) (local.get $count))
              (local.set $at (i32.add (local.get $at) (local.get $stride)))
              (br_if $next
                (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))"#,
    );
    let in_table = functions / 2;
    if in_table > 0 {
        write!(text, "(table {in_table} funcref) (elem (i32.const 0) func")?;
        (0..in_table).try_for_each(|number| write!(text, " $f{number}"))?;
        text.push(')');
    }
    for number in 0..functions {
        write!(text, "(func $f{number} (result i32) (i32.const {number}))")?;
    }
    text.push(')');
    Ok(wat::parse_str(&text)?)
}

fn image_bytes(len: usize) -> Vec<u8> {
    vec![7; len]
}

/// The made-up guest in slots.
pub struct CowGuest {
    creator: Arc<CowMemoryCreator>,
    engine: Engine,
    pre: InstancePre<()>,
}

/// One instance in a slot.
pub struct CowInstance {
    store: Store<()>,
    touch: TypedFunc<(i32, i32), ()>,
    memory: Memory,
    slot: SlotHandle,
}

impl CowGuest {
    /// The guest with `functions` more functions.
    ///
    /// # Errors
    ///
    /// wasmtime's or the memory layer's.
    pub fn new(functions: usize) -> Result<Self, Failure> {
        let creator = CowMemoryCreator::new(SlotPool::new(SlotPoolConfig::default())?);
        let mut config = Config::new();
        creator.configure(&mut config);
        config.gc_support(false).concurrency_support(false);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, wasm(functions)?)?;
        let pre = Linker::new(&engine).instantiate_pre(&module)?;
        Ok(Self {
            creator,
            engine,
            pre,
        })
    }

    /// An image for it.
    ///
    /// # Errors
    ///
    /// The memory layer's.
    pub fn image(len_bytes: usize) -> Result<Image, Failure> {
        Ok(Image::from_bytes(&image_bytes(len_bytes))?)
    }

    /// A new instance of it, ready to be called.
    ///
    /// # Errors
    ///
    /// wasmtime's or the memory layer's.
    pub fn instance(&self, image: &Image) -> Result<(Store<()>, Instance, SlotHandle), Failure> {
        let mut store = Store::new(&self.engine, ());
        let slot = self.creator.pool().acquire(image)?;
        let (instance, slot) = self
            .creator
            .with_slot_unwritten(slot, || self.pre.instantiate(&mut store))?;
        Ok((store, instance, slot))
    }

    /// How long making an instance takes. It is gone afterwards.
    ///
    /// # Errors
    ///
    /// As [`CowGuest::instance`].
    pub fn create(&self, image: &Image) -> Result<Duration, Failure> {
        let begun = Instant::now();
        let made = std::hint::black_box(self.instance(image)?);
        let time = begun.elapsed();
        drop(made);
        Ok(time)
    }

    /// How long making an instance and throwing it away takes.
    ///
    /// # Errors
    ///
    /// As [`CowGuest::instance`].
    pub fn churn(&self, image: &Image) -> Result<Duration, Failure> {
        let begun = Instant::now();
        drop(std::hint::black_box(self.instance(image)?));
        Ok(begun.elapsed())
    }

    /// An instance to run and reset.
    ///
    /// # Errors
    ///
    /// As [`CowGuest::instance`].
    pub fn runner(&self, image: &Image) -> Result<CowInstance, Failure> {
        let (mut store, instance, slot) = self.instance(image)?;
        let touch = instance.get_typed_func(&mut store, "touch")?;
        let memory = instance
            .get_memory(&mut store, "memory")
            .ok_or("no memory")?;
        Ok(CowInstance {
            store,
            touch,
            memory,
            slot,
        })
    }
}

impl CowInstance {
    /// Writes to `count` scattered pages.
    ///
    /// # Errors
    ///
    /// A trap.
    pub fn touch(&mut self, count: usize) -> Result<(), Failure> {
        let stride = stride_pages(count, self.slot.len_bytes()) * PAGE_BYTES;
        let run = self.slot.enter();
        self.touch
            .call(&mut self.store, (count as i32, stride as i32))?;
        drop(run);
        Ok(())
    }

    /// Back to the image.
    ///
    /// # Errors
    ///
    /// The memory layer's.
    pub fn reset(&mut self) -> Result<ResetReport, Failure> {
        Ok(self.slot.reset(&mut self.store, &self.memory, KEEP_ALL)?)
    }

    /// How long a reset and the next run take.
    ///
    /// # Errors
    ///
    /// As [`CowInstance::reset`] and [`CowInstance::touch`].
    pub fn cycle(&mut self, count: usize) -> Result<Duration, Failure> {
        let begun = Instant::now();
        self.reset()?;
        self.touch(count)?;
        Ok(begun.elapsed())
    }

    /// Whether its memory is the image's.
    #[must_use]
    pub fn is_golden(&self) -> bool {
        self.memory.data(&self.store) == self.slot.image().as_bytes()
    }
}

/// The made-up guest as a stock wasmtime has it: its image a data segment.
#[derive(Debug)]
pub struct StockGuest {
    compiled: Compiled,
}

/// That guest in one engine.
pub struct StockEngine {
    engine: Engine,
    pre: InstancePre<()>,
    image_bytes: usize,
    last: Option<Store<()>>,
}

impl StockGuest {
    /// The guest with `functions` more functions and an image of `len_bytes`.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn new(functions: usize, len_bytes: usize) -> Result<Self, Failure> {
        let wasm = with_image(&wasm(functions)?, &image_bytes(len_bytes), &[])?;
        Ok(Self {
            compiled: Compiled::new(&Stock::OnDemand.engine()?, &wasm)?,
        })
    }

    /// An engine with the guest in it.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn engine(&self, stock: Stock) -> Result<StockEngine, Failure> {
        let engine = stock.engine()?;
        let module = self.compiled.load(&engine)?;
        let minimum = module
            .get_export("memory")
            .and_then(|ty| ty.memory().map(wasmtime::MemoryType::minimum));
        Ok(StockEngine {
            pre: Linker::new(&engine).instantiate_pre(&module)?,
            image_bytes: minimum.ok_or("no memory")? as usize * WASM_PAGE_BYTES,
            engine,
            last: None,
        })
    }
}

impl StockEngine {
    /// How long making an instance takes. It is gone afterwards.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn create(&mut self) -> Result<Duration, Failure> {
        let begun = Instant::now();
        let mut store = Store::new(&self.engine, ());
        std::hint::black_box(self.pre.instantiate(&mut store)?);
        let time = begun.elapsed();
        drop(store);
        Ok(time)
    }

    /// How long making an instance and throwing it away takes.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn churn(&mut self) -> Result<Duration, Failure> {
        let begun = Instant::now();
        let mut store = Store::new(&self.engine, ());
        std::hint::black_box(self.pre.instantiate(&mut store)?);
        drop(store);
        Ok(begun.elapsed())
    }

    /// How long it takes to throw the last instance away, make another, and write to `count` scattered pages.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn cycle(&mut self, count: usize) -> Result<Duration, Failure> {
        let stride = stride_pages(count, self.image_bytes) * PAGE_BYTES;
        let begun = Instant::now();
        drop(self.last.take());
        let mut store = Store::new(&self.engine, ());
        let instance = self.pre.instantiate(&mut store)?;
        let touch: TypedFunc<(i32, i32), ()> = instance.get_typed_func(&mut store, "touch")?;
        touch.call(&mut store, (count as i32, stride as i32))?;
        let time = begun.elapsed();
        self.last = Some(store);
        Ok(time)
    }
}
