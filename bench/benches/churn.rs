//! Making instances and throwing them away.

use criterion::{Criterion, criterion_group, criterion_main};
use hatchery_bench::baseline::stock::Stock;
use hatchery_bench::guest::{CowGuest, StockGuest};

const MIB: usize = 1 << 20;
const FUNCTIONS: usize = 12_000;

fn churn(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("churn");
    let guest = CowGuest::new(FUNCTIONS).expect("the guest");
    for mib in [1, 64, 1024] {
        let image = CowGuest::image(mib * MIB).expect("an image");
        group.bench_function(format!("slot, {mib} MiB"), |bencher| {
            bencher.iter(|| guest.churn(&image).expect("an instance"));
        });
    }
    let guest = StockGuest::new(FUNCTIONS, MIB).expect("the guest");
    for stock in [Stock::POOLING[0], Stock::OnDemand] {
        let mut engine = guest.engine(stock).expect("an engine");
        group.bench_function(format!("{stock}, 1 MiB"), |bencher| {
            bencher.iter(|| engine.churn().expect("an instance"));
        });
    }
}

criterion_group!(benches, churn);
criterion_main!(benches);
