//! Times of the steady path, against copying the same pages.
//!
//! `cargo run --release -p cow-memory --example cycle_times`

use cow_memory::{
    CowMemoryCreator, Image, PageSet, ResetMode, ResetPolicy, SlotPool, SlotPoolConfig,
};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use wasmtime::{Config, Engine, Linker, Module, Store};

const PAGE: usize = 4096;
const ROUNDS: usize = 2000;

/// The median of `ROUNDS` timings, in microseconds.
fn median_us(mut act: impl FnMut()) -> f64 {
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            act();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[ROUNDS / 2].as_secs_f64() * 1e6
}

fn main() -> Result<(), Box<dyn Error>> {
    let policy = |mode| ResetPolicy::new(mode, usize::MAX);
    let pool = SlotPool::new(SlotPoolConfig::default())?;
    let image = Image::from_bytes(&vec![7; 48 << 20])?;
    println!("scan method: {:?}", pool.status().scan);

    let lease = median_us(|| drop(black_box(pool.acquire(&image))));
    println!("acquire + release, warm and untouched   {lease:8.2} us");

    for count in [10, 100, 1000, 10_000] {
        let stride = image.len_pages() / count;
        let pages: PageSet = (0..count).map(|n| (n * stride) as u32).collect();
        let mut slot = pool.acquire(&image)?;
        slot.prefault(&pages)?;
        let mut target = vec![0u8; 48 << 20];
        let golden = image.as_bytes();
        let copy = |target: &mut [u8]| {
            for run in pages.runs() {
                let range = run.start as usize * PAGE..run.end as usize * PAGE;
                target[range.clone()].copy_from_slice(&golden[range]);
            }
        };
        copy(&mut target);
        let memcpy = median_us(|| copy(black_box(&mut target)));
        let write = |memory: &mut [u8]| {
            for page in pages.iter() {
                memory[page as usize * PAGE] ^= 1;
            }
        };
        let mut cost = |mode| {
            median_us(|| {
                slot.run(write);
                slot.reset(policy(mode)).expect("reset");
            })
        };
        let counted = cost(ResetMode::Counted);
        let scan = cost(ResetMode::Scan);
        let drop = cost(ResetMode::Drop);
        println!(
            "write + reset {count:6} pages: counted {counted:8.2}, scan {scan:8.2}, drop \
             {drop:9.2} us; memcpy alone {memcpy:8.2} us"
        );
    }

    let creator = CowMemoryCreator::new(pool.clone());
    let mut config = Config::new();
    creator.configure(&mut config);
    let engine = Engine::new(&config)?;
    let module = Module::new(&engine, r#"(module (memory (export "memory") 1))"#)?;
    let template = Linker::<()>::new(&engine).instantiate_pre(&module)?;
    for mib in [1, 48, 1024] {
        let image = Image::zeroed(mib << 20)?;
        let create = median_us(|| {
            let mut store = Store::new(&engine, ());
            let slot = pool.acquire(&image).expect("slot");
            let made = creator.with_slot(slot, || template.instantiate(&mut store));
            drop(black_box((made, store)));
        });
        println!("wasmtime: create + drop, {mib:4} MiB image    {create:8.2} us");
    }
    let scan = ResetPolicy::with_mode(ResetMode::Scan);
    let fresh = median_us(|| {
        // A slot that never showed this image: mapped anew each time.
        let image = Image::zeroed(1 << 20).expect("image");
        drop(black_box(pool.acquire(&image)));
    });
    println!("image + bind + release, new image        {fresh:8.2} us ({scan:?})");
    Ok(())
}
