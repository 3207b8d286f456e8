//! CPython printing a word, with and without a reset.

use criterion::{Criterion, criterion_group, criterion_main};
use hatchery::Runtime;
use hatchery_bench::figure::{PRINT, print};

fn print(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("print");
    let runtime = Runtime::new().expect("a runtime");
    let mut sandbox = print::warm_sandbox(&runtime).expect("a sandbox");
    group.bench_function("print, reset", |bencher| {
        bencher.iter(|| print::cycle(&mut sandbox).expect("a cycle"));
    });
    group.bench_function("print", |bencher| {
        bencher.iter(|| sandbox.execute(PRINT).expect("a run"));
    });
    group.bench_function("create, print, drop", |bencher| {
        bencher.iter(|| {
            let mut sandbox = runtime.sandbox().expect("a sandbox");
            sandbox.execute(PRINT).expect("a run")
        });
    });
}

criterion_group!(benches, print);
criterion_main!(benches);
