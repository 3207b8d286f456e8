//! Golden snapshots of tenants that come and go.

use super::{own_runtime, pool};
use hatchery_pool::TenantSettings;
use std::collections::HashSet;

/// Memory files of golden images that the process has mapped.
fn mapped_images() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let inode = |line: &str| line.split_whitespace().nth(4).map(str::to_owned);
    maps.lines()
        .filter(|line| line.contains("memfd:golden"))
        .filter_map(inode)
        .collect::<HashSet<_>>()
        .len()
}

#[test]
fn a_tenants_golden_that_is_forgotten_keeps_no_memory() {
    const ROUNDS: usize = 30;
    let runtime = own_runtime();
    let pool = pool().max_size(2).build().unwrap();
    let before = mapped_images();
    for round in 0..ROUNDS {
        let mut library = runtime.sandbox().unwrap();
        library.execute(&format!("round = {round}")).unwrap();
        let own = library.into_golden().unwrap();
        let settings = TenantSettings::new().sandbox(own.sandbox_builder());
        pool.set_tenant("shop", settings).unwrap();
        drop(own);
        let mut lease = pool.get_blocking("shop").unwrap();
        let found: usize = lease.blocking().unwrap().eval("round").unwrap().value;
        assert_eq!(found, round);
        drop(lease);
        // Half of them go with their tenant, half with its new settings.
        if round % 2 == 0 {
            pool.forget_tenant("shop");
        }
    }
    pool.forget_tenant("shop");
    // The tests beside this one have images too, a few of them.
    let begun = std::time::Instant::now();
    while mapped_images() > before + ROUNDS / 3 {
        assert!(begun.elapsed().as_secs() < 30, "{}", mapped_images());
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
