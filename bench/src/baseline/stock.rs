//! wasmtime's own allocators, set as well as they can be.

use crate::Failure;
use crate::measure::{Effort, Samples, compare};
use std::time::Duration;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

const RESERVATION_BYTES: usize = 4 << 30;
const GUARD_BYTES: u64 = 32 << 20;
/// Slots of a pool: more than are ever alive, few enough to leave the address space to others.
const SLOTS: u32 = 4;
/// Above every image here.
const KEEP_ALL_BYTES: usize = 2 << 30;

/// A way to run wasmtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// The pooling allocator.
    Pooling {
        /// Bytes of a memory that are reset by copying, instead of being dropped.
        keep_resident_bytes: usize,
        /// Whether the kernel is asked which pages were written.
        pagemap_scan: bool,
    },
    /// The on-demand allocator: maps and unmaps each memory.
    OnDemand,
}

impl Stock {
    /// Instances that can be alive at once.
    pub const POOL_SLOTS: usize = SLOTS as usize;

    /// The settings of the pooling allocator that can be the best, by workload.
    pub const POOLING: [Self; 3] = [
        Self::Pooling {
            keep_resident_bytes: KEEP_ALL_BYTES,
            pagemap_scan: true,
        },
        Self::Pooling {
            keep_resident_bytes: 4 << 20,
            pagemap_scan: true,
        },
        Self::Pooling {
            keep_resident_bytes: 0,
            pagemap_scan: false,
        },
    ];

    /// An engine of this kind. All kinds compile alike, so they can share compiled code.
    ///
    /// # Errors
    ///
    /// wasmtime's.
    pub fn engine(self) -> Result<Engine, Failure> {
        let mut config = Config::new();
        config
            .memory_init_cow(true)
            .memory_reservation(RESERVATION_BYTES as u64)
            .memory_guard_size(GUARD_BYTES)
            .max_wasm_stack(4 << 20)
            .async_stack_size(8 << 20)
            .gc_support(false)
            .concurrency_support(false);
        if let Self::Pooling {
            keep_resident_bytes,
            pagemap_scan,
        } = self
        {
            let mut pool = PoolingAllocationConfig::new();
            pool.total_memories(SLOTS)
                .total_tables(SLOTS)
                .total_core_instances(SLOTS)
                .total_stacks(SLOTS)
                .max_unused_warm_slots(SLOTS)
                .decommit_batch_size(1)
                .max_memory_size(RESERVATION_BYTES)
                .max_core_instance_size(16 << 20)
                .table_elements(1 << 20)
                .table_keep_resident(16 << 20)
                .linear_memory_keep_resident(keep_resident_bytes)
                .pagemap_scan(if pagemap_scan {
                    Enabled::Yes
                } else {
                    Enabled::No
                });
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        }
        Ok(Engine::new(&config)?)
    }
}

impl std::fmt::Display for Stock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::OnDemand => f.write_str("wasmtime on-demand"),
            Self::Pooling {
                keep_resident_bytes: 0,
                ..
            } => f.write_str("wasmtime pooling, keeps nothing"),
            Self::Pooling {
                keep_resident_bytes: KEEP_ALL_BYTES,
                ..
            } => f.write_str("wasmtime pooling, keeps all, scans"),
            Self::Pooling {
                keep_resident_bytes,
                ..
            } => write!(
                f,
                "wasmtime pooling, keeps {} MiB, scans",
                keep_resident_bytes >> 20
            ),
        }
    }
}

/// Measures `ours` beside the pooling allocator at each of its settings; returns ours, and the fastest of those with
/// its name.
///
/// # Errors
///
/// A contender's.
pub fn beside_pooling<R>(
    effort: Effort,
    ours: &mut dyn FnMut() -> Result<Duration, Failure>,
    make: impl Fn(Stock) -> Result<R, Failure>,
    run: impl Fn(&mut R) -> Result<Duration, Failure>,
) -> Result<(Samples, String, Samples), Failure> {
    let mut stocks = Vec::new();
    for stock in Stock::POOLING {
        stocks.push(make(stock)?);
    }
    let [first, second, third] = &mut stocks[..] else {
        return Err("three settings".into());
    };
    let [ours, times @ ..] = compare(
        effort,
        [ours, &mut || run(first), &mut || run(second), &mut || {
            run(third)
        }],
    )?;
    let (stock, best) = Stock::POOLING
        .iter()
        .zip(times)
        .min_by(|(_, a), (_, b)| a.median_us().total_cmp(&b.median_us()))
        .ok_or("there are settings")?;
    Ok((ours, stock.to_string(), best))
}
