//! Every system call fails once, at each of its calls in turn.
//!
//! Whatever fails, the answer is a typed error (or none, where there is a
//! fallback), no lease shows a foreign byte, nothing leaks, and the pool works
//! afterwards.

use crate::sys::page_size;
use crate::sys::seam::{Site, armed};
use crate::{
    Error, Image, PageSet, ResetMode, ResetPolicy, ScanMethod, Slot, SlotPool, SlotPoolConfig,
};
use std::io::Write;

const SITES: [Site; 19] = [
    Site::Reserve,
    Site::Advise,
    Site::MapImage,
    Site::MapBlank,
    Site::Open,
    Site::Close,
    Site::Discard,
    Site::DiscardMany,
    Site::Populate,
    Site::MemfdCreate,
    Site::MemfdTruncate,
    Site::MemfdWrite,
    Site::MemfdSeal,
    Site::MapView,
    Site::SeekData,
    Site::PagemapOpen,
    Site::PagemapScan,
    Site::PagemapRead,
    Site::Faults,
];

const SECRET: u8 = 0xA5;

fn golden(pages: usize, value: u8) -> Vec<u8> {
    let mut bytes = vec![0; pages * page_size()];
    for content in bytes.chunks_mut(2 * page_size()) {
        content[0] = value;
    }
    bytes
}

/// Looks at every byte, and spoils it.
fn check_and_spoil(slot: &mut Slot, bytes: &[u8]) {
    assert!(slot.as_slice() == bytes, "a lease shows foreign bytes");
    slot.run(|memory| memory.fill(SECRET));
}

/// One pass through everything that calls the kernel. Stops at the first error,
/// as a caller would.
fn drive(pool: &SlotPool, small: &Golden, large: &Golden) -> Result<(), Error> {
    let page = page_size();
    let scattered: PageSet = [0, 2, 3, 6].into_iter().collect();
    for (image, bytes) in [small, large, small] {
        let mut slot = pool.acquire(image)?;
        slot.prefault(&scattered)?;
        check_and_spoil(&mut slot, bytes);
        slot.grow(bytes.len() + page)?;
        slot.grow(bytes.len() + 3 * page)?;
        assert!(slot.as_slice()[bytes.len()..].iter().all(|byte| *byte == 0));
        slot.as_mut_slice().fill(SECRET);
        for (mode, resident_pages_max) in [
            (ResetMode::Counted, 3),
            (ResetMode::Scan, 100),
            (ResetMode::Drop, 0),
        ] {
            slot.reset(ResetPolicy::new(mode, resident_pages_max))?;
            check_and_spoil(&mut slot, bytes);
        }
        // As many resets as it takes to look for idle pages, which all but one are.
        for _ in 0..9 {
            slot.reset(ResetPolicy::default().with_idle_pages_min(0))?;
            slot.run(|bytes| bytes[0] ^= 1);
        }
        slot.reset(ResetPolicy::default())?;
        check_and_spoil(&mut slot, bytes);
        slot.dirty_pages()?;
        drop(slot);
        let mut again = pool.acquire(image)?;
        check_and_spoil(&mut again, bytes);
        let mut beside = pool.acquire(image)?;
        check_and_spoil(&mut beside, bytes);
        drop((again, beside));
        pool.trim();
    }
    // An image that is gone when its slot is trimmed.
    let bytes = golden(3, 3);
    check_and_spoil(&mut pool.acquire(&Image::from_bytes(&bytes)?)?, &bytes);
    pool.trim();
    let mut slot = pool.acquire(&large.0)?;
    check_and_spoil(&mut slot, &large.1);
    Ok(())
}

/// An image and its bytes.
type Golden = (Image, Vec<u8>);

/// A pool and two images that the failing call may be in the making of.
fn set_up(scan: ScanMethod) -> Result<(SlotPool, Golden, Golden), Error> {
    let page = page_size();
    let pool = SlotPool::new(SlotPoolConfig {
        reservation_bytes: 32 * page,
        guard_bytes: 4 * page,
        arena_slots: 2,
        // So that the images have to take each other's slots.
        slots_max: 2,
        scan: Some(scan),
        ..SlotPoolConfig::default()
    })?;
    let (small, large) = (golden(7, 1), golden(20, 2));
    let small = (Image::from_bytes(&small)?, small);
    let mut file = tempfile::tempfile().map_err(Error::system("making a file"))?;
    file.write_all(&large).map_err(Error::system("writing"))?;
    let large = (Image::from_vouched_file(&file, 0, large.len())?, large);
    Ok((pool, small, large))
}

fn mappings() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().count()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Fails the `nth` call of `site`. Whether there was such a call.
fn inject(site: Site, nth: u64, scan: ScanMethod) -> bool {
    armed::arm(Some((site, nth)));
    let outcome = set_up(scan).and_then(|(pool, small, large)| {
        let outcome = drive(&pool, &small, &large);
        let fired = armed::fired();
        // From here on nothing fails: the same pool has to work.
        armed::arm(None);
        let status = pool.status();
        assert_eq!(status.leased, 0, "{site:?} {nth}: a lease is lost");
        let counted = status.idle + status.blank + status.quarantined;
        assert_eq!(counted, status.slots, "{site:?} {nth}: a slot is lost");
        assert!(status.quarantined as u64 <= fired);
        drive(&pool, &small, &large)
            .unwrap_or_else(|error| panic!("{site:?} {nth}: unusable afterwards: {error}"));
        assert!(small.0.as_bytes() == small.1 && large.0.as_bytes() == large.1);
        armed::arm(None);
        outcome.map(|()| fired)
    });
    match outcome {
        Ok(fired) => fired > 0,
        Err(Error::System { source, .. }) => {
            assert_eq!(source.raw_os_error(), Some(libc::ENOMEM), "{site:?} {nth}");
            true
        }
        Err(other) => panic!("{site:?} {nth}: {other}"),
    }
}

/// Runs alone in a child process, so that no other test's mappings and
/// descriptors are counted.
#[test]
#[cfg_attr(miri, ignore = "maps memory")]
fn no_failing_call_leaks_or_breaks_the_pool() {
    const CHILD: &str = "COW_MEMORY_FAILING_CHILD";
    if std::env::var_os(CHILD).is_some() {
        fail_each_call();
        return;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "failing_syscalls::no_failing_call_leaks_or_breaks_the_pool",
            "--nocapture",
        ])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(text.contains("injected failures:"));
}

fn fail_each_call() {
    let scans = [
        ScanMethod::PagemapScan,
        ScanMethod::PagemapRead,
        ScanMethod::Blind,
    ];
    // Lets thread-locals, the ledger and the allocator settle first.
    for scan in scans {
        assert!(!inject(Site::Reserve, u64::MAX, scan));
    }
    let before = (mappings(), descriptors());
    let mut injected = 0u64;
    let mut reached = Vec::new();
    let mut lost_mappings = 0;
    let kernels = [false, true];
    for (scan, old_kernel) in scans
        .into_iter()
        .flat_map(|scan| kernels.map(|old| (scan, old)))
    {
        armed::pretend_old_kernel(old_kernel);
        for site in SITES {
            let mut nth = 1;
            while inject(site, nth, scan) {
                injected += 1;
                nth += 1;
                reached.push(site);
                assert!(nth < 10_000, "{site:?} never stops being called");
                assert_eq!(
                    descriptors(),
                    before.1,
                    "{site:?} {nth}: a descriptor leaked"
                );
                let now = mappings();
                let lost = now.saturating_sub(before.0 + lost_mappings);
                // Where a failed replacement may leave a gap, its addresses stay
                // in quarantine for good; nothing else may leave anything.
                let quarantines = old_kernel && matches!(site, Site::MapImage | Site::MapBlank);
                assert!(
                    lost <= if quarantines { 3 } else { 0 },
                    "{site:?} {nth}: {lost}"
                );
                lost_mappings += lost;
            }
        }
    }
    println!("injected failures: {injected}; mappings in quarantine: {lost_mappings}");
    for site in SITES {
        assert!(reached.contains(&site), "{site:?} was never made to fail");
    }
}
