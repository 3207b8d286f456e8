//! What the memory layer takes for granted about wasmtime 48, a test a fact.
//! When one fails after an upgrade, the code that names the fact must change.
#![cfg(all(feature = "wasmtime", target_os = "linux"))]

mod common;

use cow_memory::{
    CowMemoryCreator, Error, Image, PageSet, ResetMode, ResetPolicy, SlotHandle, SlotPool,
    SlotPoolConfig,
};
use std::sync::Arc;
use wasmtime::{Config, Engine, Instance, Memory, Module, ResourceLimiter, Store, Trap, TypedFunc};

const WASM_PAGE: usize = 65536;

const GUEST: &str = r#"(module
  (memory (export "memory") 1 40)
  (func (export "size") (result i32) (memory.size))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "load_far") (param i32) (result i32)
    (i32.load8_u offset=33554431 (local.get 0)))
  (func (export "store") (param i32 i32) (i32.store8 (local.get 0) (local.get 1)))
  (func (export "fill") (param i32 i32 i32)
    (memory.fill (local.get 0) (local.get 1) (local.get 2))))"#;

fn creator(change: impl FnOnce(&mut SlotPoolConfig)) -> Arc<CowMemoryCreator> {
    let mut config = SlotPoolConfig::default();
    change(&mut config);
    CowMemoryCreator::new(SlotPool::new(config).unwrap())
}

fn engine(creator: &Arc<CowMemoryCreator>) -> Engine {
    let mut config = Config::new();
    creator.configure(&mut config);
    Engine::new(&config).unwrap()
}

struct Guest {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
    handle: SlotHandle,
}

impl Guest {
    fn new(creator: &Arc<CowMemoryCreator>, module: &Module, image: &Image) -> Result<Self, Error> {
        let mut store = Store::new(module.engine(), ());
        let slot = creator.pool().acquire(image)?;
        let (instance, handle) =
            creator.with_slot(slot, || Instance::new(&mut store, module, &[]))?;
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        Ok(Self {
            store,
            instance,
            memory,
            handle,
        })
    }

    fn function<P: wasmtime::WasmParams, R: wasmtime::WasmResults>(
        &mut self,
        name: &str,
    ) -> TypedFunc<P, R> {
        self.instance.get_typed_func(&mut self.store, name).unwrap()
    }

    fn size(&mut self) -> i32 {
        let size = self.function::<(), i32>("size");
        size.call(&mut self.store, ()).unwrap()
    }

    fn grow(&mut self, pages: i32) -> i32 {
        let grow = self.function::<i32, i32>("grow");
        grow.call(&mut self.store, pages).unwrap()
    }

    fn load(&mut self, at: usize) -> Result<i32, Trap> {
        let load = self.function::<i32, i32>("load");
        load.call(&mut self.store, at as u32 as i32)
            .map_err(|error| *error.downcast_ref::<Trap>().unwrap())
    }

    fn store(&mut self, at: usize, value: u8) -> Result<(), Trap> {
        let store = self.function::<(i32, i32), ()>("store");
        store
            .call(&mut self.store, (at as u32 as i32, i32::from(value)))
            .map_err(|error| *error.downcast_ref::<Trap>().unwrap())
    }

    fn reset(&mut self, policy: ResetPolicy) -> Result<cow_memory::ResetReport, Error> {
        self.handle.reset(&mut self.store, &self.memory, policy)
    }
}

fn golden(wasm_pages: usize) -> (Image, Vec<u8>) {
    let bytes = common::pattern(wasm_pages * WASM_PAGE / common::page(), 77);
    (Image::from_bytes(&bytes).unwrap(), bytes)
}

#[test]
fn a_data_segment_does_not_make_the_engine_panic() {
    // With `memory_init_cow` left on, a module with data panics in wasmtime.
    let creator = creator(|_| {});
    let module = r#"(module (memory (export "memory") 1) (data (i32.const 8) "hello"))"#;
    let module = Module::new(&engine(&creator), module).unwrap();
    let (image, bytes) = golden(1);
    let mut guest = Guest::new(&creator, &module, &image).unwrap();
    assert_eq!(&guest.memory.data(&guest.store)[8..13], b"hello");
    assert_eq!(guest.handle.private_pages().unwrap(), 1);
    guest.reset(ResetPolicy::default()).unwrap();
    assert!(guest.memory.data(&guest.store) == bytes);
}

#[test]
fn an_instance_starts_without_a_private_page() {
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, bytes) = golden(20);
    let mut guest = Guest::new(&creator, &module, &image).unwrap();
    assert_eq!(guest.handle.private_pages().unwrap(), 0);
    assert!(guest.memory.data(&guest.store) == bytes);
    // Reading, by guest or host, makes none either.
    guest.load(100).unwrap();
    assert_eq!(guest.handle.private_pages().unwrap(), 0);
    guest.store(100, 1).unwrap();
    assert_eq!(guest.handle.private_pages().unwrap(), 1);
}

/// The image may be longer than the declared minimum: wasmtime takes the length
/// from `byte_size`, compiled code from the instance.
#[test]
fn a_memory_longer_than_its_minimum_has_the_image_s_length() {
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, bytes) = golden(20);
    let mut guest = Guest::new(&creator, &module, &image).unwrap();
    assert_eq!(guest.size(), 20);
    assert_eq!(guest.memory.size(&guest.store), 20);
    assert_eq!(guest.memory.data_size(&guest.store), 20 * WASM_PAGE);
    for at in [0, WASM_PAGE - 1, WASM_PAGE, 20 * WASM_PAGE - 1] {
        assert_eq!(guest.load(at), Ok(i32::from(bytes[at])));
    }
    assert_eq!(guest.load(20 * WASM_PAGE), Err(Trap::MemoryOutOfBounds));
    // Growth counts from the image's length, and stops at the maximum.
    assert_eq!(guest.grow(21), -1);
    assert_eq!(guest.grow(20), 20);
    assert_eq!(guest.size(), 40);
}

#[test]
fn a_guest_sees_its_old_length_after_a_reset() {
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, bytes) = golden(2);
    let mut guest = Guest::new(&creator, &module, &image).unwrap();
    for mode in [ResetMode::Scan, ResetMode::Counted, ResetMode::Drop] {
        for _ in 0..3 {
            assert_eq!(guest.grow(5), 2);
            guest.store(7 * WASM_PAGE - 1, 0xA5).unwrap();
            guest.store(2 * WASM_PAGE, 0xA5).unwrap();
            let report = guest.reset(ResetPolicy::with_mode(mode)).unwrap();
            assert_eq!(report.growth_undone_bytes, 5 * WASM_PAGE);
            assert_eq!(guest.size(), 2);
            assert_eq!(guest.memory.data_size(&guest.store), 2 * WASM_PAGE);
            assert_eq!(guest.handle.len_bytes(), 2 * WASM_PAGE);
            assert_eq!(guest.load(2 * WASM_PAGE), Err(Trap::MemoryOutOfBounds));
            assert!(guest.memory.data(&guest.store) == bytes);
            // Bulk operations check against the length that wasmtime caches.
            let fill = guest.function::<(i32, i32, i32), ()>("fill");
            let filled = fill.call(&mut guest.store, (2 * WASM_PAGE as i32 - 1, 1, 2));
            assert!(filled.is_err());
            assert_eq!(guest.grow(1), 2);
            assert_eq!(
                guest.load(2 * WASM_PAGE),
                Ok(0),
                "grown memory is zero again"
            );
            assert_eq!(guest.load(3 * WASM_PAGE - 1), Ok(0));
            guest.reset(ResetPolicy::with_mode(mode)).unwrap();
        }
    }
}

#[test]
fn every_access_outside_the_memory_traps() {
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, _) = golden(2);
    let mut guest = Guest::new(&creator, &module, &image).unwrap();
    let neighbour = Guest::new(&creator, &module, &image).unwrap();
    for round in 0..4 {
        let len = guest.memory.data_size(&guest.store);
        for at in [
            len,
            len + 1,
            len + 4095,
            39 * WASM_PAGE,
            40 * WASM_PAGE,
            1 << 31,
            u32::MAX as usize,
        ] {
            assert_eq!(
                guest.load(at),
                Err(Trap::MemoryOutOfBounds),
                "load {at:#x}, {round}"
            );
            assert_eq!(
                guest.store(at, 1),
                Err(Trap::MemoryOutOfBounds),
                "store {at:#x}"
            );
            let far = guest.function::<i32, i32>("load_far");
            let far = far.call(&mut guest.store, at as u32 as i32);
            assert_eq!(
                far.unwrap_err().downcast_ref(),
                Some(&Trap::MemoryOutOfBounds)
            );
        }
        assert!(guest.load(len - 1).is_ok() && guest.store(len - 1, 1).is_ok());
        match round {
            0 | 2 => assert_eq!(guest.grow(3), 2),
            _ => drop(guest.reset(ResetPolicy::default()).unwrap()),
        }
    }
    assert_eq!(neighbour.handle.private_pages().unwrap(), 0);
}

#[test]
fn an_image_that_does_not_fit_the_memory_is_refused() {
    let creator = creator(|_| {});
    let engine = engine(&creator);
    let refuse = |module: &str, image_pages: usize, why: &str| {
        let module = Module::new(&engine, module).unwrap();
        let (image, _) = golden(image_pages);
        match Guest::new(&creator, &module, &image) {
            Err(error @ Error::MemoryMismatch { .. }) => {
                assert!(error.to_string().contains(why), "{error}");
            }
            other => panic!("{:?}", other.map(drop)),
        }
    };
    refuse(r#"(module (memory (export "memory") 3))"#, 2, "minimum");
    refuse(r#"(module (memory (export "memory") 1 3))"#, 4, "maximum");
    assert_eq!(creator.pool().status().leased, 0);
    let half = Image::from_bytes(&vec![1; common::page()]).unwrap();
    let module = Module::new(&engine, r#"(module (memory (export "memory") 0))"#).unwrap();
    let refused = Guest::new(&creator, &module, &half);
    assert!(matches!(refused, Err(Error::MemoryMismatch { .. })));
}

#[test]
fn no_memory_is_made_when_no_slot_lies_ready() {
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let mut store = Store::new(module.engine(), ());
    let error = Instance::new(&mut store, &module, &[]).unwrap_err();
    assert!(
        format!("{error:?}").contains("no slot lies ready"),
        "{error:?}"
    );
    // Nor for another thread, nor for a second memory.
    let (image, _) = golden(1);
    let slot = creator.pool().acquire(&image).unwrap();
    let elsewhere = creator.with_slot(slot, || {
        std::thread::scope(|threads| {
            threads.spawn(|| assert!(Instance::new(&mut store, &module, &[]).is_err()));
        });
        Ok(())
    });
    assert!(matches!(elsewhere, Err(Error::SlotNotUsed)));
    let two = r#"(module (memory (export "memory") 1) (memory 1))"#;
    let two = Module::new(module.engine(), two).unwrap();
    let refused = Guest::new(&creator, &two, &image).map(drop);
    assert!(
        matches!(refused, Err(Error::Instantiate { .. })),
        "{refused:?}"
    );
    assert_eq!(creator.pool().status().leased, 0);
}

/// wasmtime's text says that host memories come from the creator too. In 48 they
/// do not, and so cannot take a slot that was meant for an instance.
#[test]
fn a_memory_made_by_the_host_takes_no_slot() {
    let creator = creator(|_| {});
    let mut store = Store::new(&engine(&creator), ());
    let (image, _) = golden(1);
    let slot = creator.pool().acquire(&image).unwrap();
    let ty = wasmtime::MemoryType::new(1, None);
    let unused = creator.with_slot(slot, || Memory::new(&mut store, ty));
    assert!(matches!(unused, Err(Error::SlotNotUsed)), "{unused:?}");
}

#[test]
fn a_slot_is_not_given_to_another_creator_s_engine() {
    let (mine, other) = (creator(|_| {}), creator(|_| {}));
    let module = Module::new(&engine(&other), GUEST).unwrap();
    let (image, _) = golden(1);
    let mut store = Store::new(module.engine(), ());
    let slot = mine.pool().acquire(&image).unwrap();
    let refused = mine.with_slot(slot, || Instance::new(&mut store, &module, &[]));
    assert!(matches!(refused, Err(Error::Instantiate { .. })));
    assert_eq!(mine.pool().status().leased, 0);
}

#[test]
fn an_instantiation_within_another_gets_its_own_slot() {
    let creator = creator(|_| {});
    let engine = engine(&creator);
    let inner = Module::new(&engine, GUEST).unwrap();
    let outer = r#"(module (import "" "nest" (func $nest)) (memory (export "memory") 1)
        (start $nest))"#;
    let outer = Module::new(&engine, outer).unwrap();
    let ((outer_image, outer_bytes), (inner_image, inner_bytes)) = (golden(1), golden(3));
    let mut store = Store::new(&engine, ());
    let nested = Arc::clone(&creator);
    let nest = wasmtime::Func::wrap(&mut store, move || {
        let guest = Guest::new(&nested, &inner, &inner_image).unwrap();
        assert!(guest.memory.data(&guest.store) == inner_bytes);
    });
    let slot = creator.pool().acquire(&outer_image).unwrap();
    let (instance, _handle) = creator
        .with_slot(slot, || Instance::new(&mut store, &outer, &[nest.into()]))
        .unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    assert!(memory.data(&store) == outer_bytes);
}

#[test]
fn a_panic_while_instantiating_leaves_no_slot_behind() {
    let creator = creator(|_| {});
    let (image, _) = golden(1);
    let slot = creator.pool().acquire(&image).unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        creator.with_slot(slot, || -> wasmtime::Result<()> { panic!("host function") })
    }));
    assert!(panicked.is_err());
    assert_eq!(creator.pool().status().leased, 0);
    no_memory_is_made_when_no_slot_lies_ready();
}

#[test]
fn a_slot_is_not_used_again_while_its_store_or_handle_lives() {
    let creator = creator(|config| config.slots_max = 1);
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, bytes) = golden(1);
    for store_first in [true, false] {
        let mut guest = Guest::new(&creator, &module, &image).unwrap();
        assert!(guest.memory.data(&guest.store) == bytes);
        guest.store(5, 0xA5).unwrap();
        let Guest { store, handle, .. } = guest;
        let full = || matches!(creator.pool().acquire(&image), Err(Error::SlotLimit { .. }));
        if store_first {
            drop(store);
            assert!(full());
            drop(handle);
        } else {
            drop(handle);
            assert!(full());
            drop(store);
        }
        assert!(!full());
    }
}

#[test]
fn a_foreign_memory_is_not_reset() {
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, _) = golden(1);
    let mut first = Guest::new(&creator, &module, &image).unwrap();
    let mut second = Guest::new(&creator, &module, &image).unwrap();
    second.store(0, 0x5A).unwrap();
    let refused = first
        .handle
        .reset(&mut second.store, &second.memory, ResetPolicy::default());
    assert!(matches!(refused, Err(Error::ForeignMemory)));
    assert_eq!(second.load(0), Ok(0x5A));
}

/// The pooling allocator does not ask for host memories. `configure` selects the
/// on-demand allocator, so what would be a silent loss cannot happen.
#[test]
fn the_engine_s_memories_are_slots() {
    let creator = creator(|_| {});
    let engine = engine(&creator);
    assert!(!engine.get_memory_init_cow());
    assert!(!engine.get_memory_may_move());
    assert!(engine.get_guard_before_linear_memory());
    let module = Module::new(&engine, GUEST).unwrap();
    let (image, _) = golden(1);
    let guest = Guest::new(&creator, &module, &image).unwrap();
    assert!(guest.handle.holds(&guest.store, &guest.memory));
}

#[test]
fn sizes_changed_after_configuring_are_refused() {
    let creator = creator(|_| {});
    for guard in [true, false] {
        let mut config = Config::new();
        creator.configure(&mut config);
        if guard {
            config.memory_guard_size(64 << 20);
        } else {
            config.memory_reservation(8 << 30);
        }
        let module = Module::new(&Engine::new(&config).unwrap(), GUEST).unwrap();
        let (image, _) = golden(1);
        let refused = Guest::new(&creator, &module, &image).map(drop);
        assert!(
            matches!(refused, Err(Error::MemoryMismatch { .. })),
            "{refused:?}"
        );
    }
}

#[test]
fn a_store_s_limiter_still_limits_growth_and_does_not_stop_a_reset() {
    struct Limit;
    impl ResourceLimiter for Limit {
        fn memory_growing(
            &mut self,
            _: usize,
            desired: usize,
            _: Option<usize>,
        ) -> wasmtime::Result<bool> {
            Ok(desired <= 4 * WASM_PAGE)
        }
        fn table_growing(
            &mut self,
            _: usize,
            _: usize,
            _: Option<usize>,
        ) -> wasmtime::Result<bool> {
            Ok(true)
        }
    }
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, _) = golden(2);
    let mut store = Store::new(module.engine(), Limit);
    store.limiter(|limit| limit);
    let slot = creator.pool().acquire(&image).unwrap();
    let (instance, mut handle) = creator
        .with_slot(slot, || Instance::new(&mut store, &module, &[]))
        .unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    assert!(memory.grow(&mut store, 3).is_err());
    memory.grow(&mut store, 2).unwrap();
    handle
        .reset(&mut store, &memory, ResetPolicy::default())
        .unwrap();
    assert_eq!(memory.size(&store), 2);
}

#[test]
fn a_refused_growth_is_minus_one_to_the_guest() {
    let creator = creator(|config| {
        config.reservation_bytes = 10 * WASM_PAGE;
    });
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, _) = golden(2);
    let mut guest = Guest::new(&creator, &module, &image).unwrap();
    assert_eq!(guest.grow(9), -1);
    assert_eq!(guest.grow(8), 2);
    assert_eq!(guest.size(), 10);
}

#[test]
fn counted_runs_of_a_guest_skip_the_scan_and_miss_nothing() {
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, bytes) = golden(4);
    let mut guest = Guest::new(&creator, &module, &image).unwrap();
    let store = guest.function::<(i32, i32), ()>("store");
    let counted = ResetPolicy::with_mode(ResetMode::Counted);
    let mut skipped = 0;
    for round in 0..200 {
        let run = guest.handle.enter();
        for page in 0..8 {
            store
                .call(&mut guest.store, (page * 4096 + round, 0xA5))
                .unwrap();
        }
        drop(run);
        skipped += usize::from(!guest.reset(counted).unwrap().scanned);
        assert!(guest.memory.data(&guest.store) == bytes);
    }
    assert!(skipped > 150, "{skipped} of 200");
}

#[test]
fn pages_copied_out_and_in_make_the_same_memory() {
    let creator = creator(|_| {});
    let module = Module::new(&engine(&creator), GUEST).unwrap();
    let (image, bytes) = golden(4);
    let mut parent = Guest::new(&creator, &module, &image).unwrap();
    parent.grow(2);
    for at in [3, 70_000, 150_000, 5 * WASM_PAGE] {
        parent.store(at, 0xA5).unwrap();
    }
    let dirty = parent.handle.dirty_pages().unwrap();
    assert_eq!(dirty.len_pages(), 4);
    let delta = parent
        .handle
        .read_pages(&parent.store, &parent.memory, &dirty)
        .unwrap();
    let mut child = Guest::new(&creator, &module, &image).unwrap();
    assert!(matches!(
        child
            .handle
            .write_pages(&mut child.store, &child.memory, &dirty, &delta),
        Err(Error::PageOutOfRange { .. })
    ));
    child.grow(2);
    child
        .handle
        .write_pages(&mut child.store, &child.memory, &dirty, &delta)
        .unwrap();
    assert!(child.memory.data(&child.store) == parent.memory.data(&parent.store));
    let short = child.handle.write_pages(
        &mut child.store,
        &child.memory,
        &PageSet::from_range(0..1),
        b"x",
    );
    assert!(matches!(short, Err(Error::PageBytes { .. })));
    child
        .reset(ResetPolicy::with_mode(ResetMode::Counted))
        .unwrap();
    assert!(child.memory.data(&child.store) == bytes);
}

/// What a module without data and start function may do, and nobody else.
#[test]
fn an_instantiation_that_writes_is_noticed_where_none_was_promised() {
    let instantiate = |module: &str, index: usize| {
        let creator = creator(|_| {});
        let module = Module::new(&engine(&creator), module).unwrap();
        let (image, bytes) = golden(1);
        let counted = ResetPolicy::with_mode(ResetMode::Counted);
        let mut store = Store::new(module.engine(), ());
        let slot = creator.pool().acquire(&image).unwrap();
        let (instance, mut handle) = creator
            .with_slot_unwritten(slot, || Instance::new(&mut store, &module, &[]))
            .unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        // The first run's faults make the first reset scan, the second does not.
        let mut scanned = Vec::new();
        for _ in 0..2 {
            let run = handle.enter();
            memory.data_mut(&mut store)[index] ^= 1;
            drop(run);
            scanned.push(
                handle
                    .reset(&mut store, &memory, counted)
                    .map(|r| r.scanned),
            );
            assert!(memory.data(&store) == bytes);
        }
        scanned
    };
    let quiet = instantiate(r#"(module (memory (export "memory") 1))"#, 0);
    assert!(matches!(quiet[..], [Ok(true), Ok(false)]), "{quiet:?}");
    // Where the run takes a fault, what was written before it is found as well.
    let noisy = r#"(module (memory (export "memory") 1) (data (i32.const 8) "hello"))"#;
    assert!(matches!(instantiate(noisy, 5000)[0], Ok(true)));
    // Where it does not, only debug builds look.
    if cfg!(debug_assertions) {
        let creator = creator(|_| {});
        let module = Module::new(&engine(&creator), noisy).unwrap();
        let (image, _) = golden(1);
        let mut store = Store::new(module.engine(), ());
        let slot = creator.pool().acquire(&image).unwrap();
        let (instance, mut handle) = creator
            .with_slot_unwritten(slot, || Instance::new(&mut store, &module, &[]))
            .unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        drop(handle.enter());
        let counted = ResetPolicy::with_mode(ResetMode::Counted);
        let refused = handle.reset(&mut store, &memory, counted);
        assert!(
            matches!(refused, Err(Error::UncountedWrite { pages: 1 })),
            "{refused:?}"
        );
    }
}
