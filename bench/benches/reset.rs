//! A reset and the next run, which writes to pages all over the image.

use criterion::{Criterion, criterion_group, criterion_main};
use hatchery_bench::baseline::stock::Stock;
use hatchery_bench::guest::{CowGuest, StockGuest};

const IMAGE_BYTES: usize = 64 << 20;

fn reset(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reset");
    let guest = CowGuest::new(0).expect("the guest");
    let image = CowGuest::image(IMAGE_BYTES).expect("an image");
    let stock_guest = StockGuest::new(0, IMAGE_BYTES).expect("the guest");
    for pages in [10, 100, 1000] {
        let mut instance = guest.runner(&image).expect("an instance");
        group.bench_function(format!("slot, {pages} pages"), |bencher| {
            bencher.iter(|| instance.cycle(pages).expect("a cycle"));
        });
        for stock in Stock::POOLING {
            let mut engine = stock_guest.engine(stock).expect("an engine");
            group.bench_function(format!("{stock}, {pages} pages"), |bencher| {
                bencher.iter(|| engine.cycle(pages).expect("a cycle"));
            });
        }
    }
}

criterion_group!(benches, reset);
criterion_main!(benches);
