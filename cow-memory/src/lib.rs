//! Copy-on-write linear memories over sealed golden images.
//!
//! An [`Image`] holds bytes that never change. A [`SlotPool`] leases
//! [`Slot`]s: reserved address space that shows an image, privately, so that a
//! written page is copied and everything else is shared. A reset puts back what
//! was written and costs just that; released slots are reset and leased again.
//! With the `wasmtime` feature slots become the linear memories of WebAssembly
//! instances, which then start in microseconds whatever the size of the image.
//!
//! ```
//! # #[cfg(feature = "wasmtime")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use cow_memory::{CowMemoryCreator, Image, ResetPolicy, SlotPool, SlotPoolConfig};
//! use wasmtime::{Config, Engine, Instance, Module, Store};
//!
//! let creator = CowMemoryCreator::new(SlotPool::new(SlotPoolConfig::default())?);
//! let mut config = Config::new();
//! creator.configure(&mut config);
//! let engine = Engine::new(&config)?;
//! let module = Module::new(
//!     &engine,
//!     r#"(module (memory (export "memory") 1)
//!          (func (export "bump") (result i32)
//!            (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
//!            (i32.load (i32.const 64))))"#,
//! )?;
//!
//! let mut golden = vec![0; 65536];
//! golden[64] = 41;
//! let image = Image::from_bytes(&golden)?;
//!
//! let mut store = Store::new(&engine, ());
//! let slot = creator.pool().acquire(&image)?;
//! let (instance, mut handle) =
//!     creator.with_slot(slot, || Instance::new(&mut store, &module, &[]))?;
//! let bump = instance.get_typed_func::<(), i32>(&mut store, "bump")?;
//! let memory = instance.get_memory(&mut store, "memory").ok_or("no memory")?;
//! assert_eq!(bump.call(&mut store, ())?, 42);
//! assert_eq!(bump.call(&mut store, ())?, 43);
//! let report = handle.reset(&mut store, &memory, ResetPolicy::default())?;
//! assert_eq!(report.pages_copied, 1);
//! assert_eq!(bump.call(&mut store, ())?, 42);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "wasmtime"))]
//! # fn main() {}
//! ```

// `forbid` for each module but one: whoever allows it elsewhere does not compile.
#![deny(unsafe_code)]

#[cfg(not(target_pointer_width = "64"))]
compile_error!("cow-memory reserves more address space than a 32-bit process has");

#[forbid(unsafe_code)]
mod budget;
#[forbid(unsafe_code)]
mod capabilities;
#[cfg(feature = "wasmtime")]
#[forbid(unsafe_code)]
mod creator;
#[forbid(unsafe_code)]
mod dirty;
#[forbid(unsafe_code)]
mod error;
#[cfg(all(test, target_os = "linux"))]
#[forbid(unsafe_code)]
mod failing_syscalls;
#[cfg(feature = "wasmtime")]
#[forbid(unsafe_code)]
mod handle;
#[forbid(unsafe_code)]
mod idle;
#[forbid(unsafe_code)]
mod image;
#[cfg(all(test, shuttle))]
#[forbid(unsafe_code)]
mod interleavings;
#[forbid(unsafe_code)]
mod layout;
#[forbid(unsafe_code)]
mod mapping;
#[forbid(unsafe_code)]
mod policy;
#[forbid(unsafe_code)]
mod pool;
#[forbid(unsafe_code)]
mod reset;
#[forbid(unsafe_code)]
mod scanner;
#[forbid(unsafe_code)]
mod slot;
#[forbid(unsafe_code)]
mod sync;
#[allow(unsafe_code)]
mod sys;
#[forbid(unsafe_code)]
mod tracking;

pub use budget::Budget;
pub use capabilities::Capabilities;
#[cfg(feature = "wasmtime")]
pub use creator::CowMemoryCreator;
pub use dirty::{PageRun, PageSet, Pages};
pub use error::Error;
#[cfg(feature = "wasmtime")]
pub use handle::{Run, SlotHandle};
pub use image::{Image, ImageId};
pub use policy::{ResetMode, ResetPolicy, ResetReport};
pub use pool::{SlotPool, SlotPoolConfig, SlotPoolStatus, TrimReport};
pub use scanner::ScanMethod;
pub use slot::Slot;

/// Bytes in a page of this machine's memory: what a [`PageSet`] counts.
#[must_use]
pub fn page_bytes() -> usize {
    sys::page_size()
}
