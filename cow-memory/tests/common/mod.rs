//! What the tests share: small pools, patterned images, a view of the process's
//! mappings.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::sync::OnceLock;

use cow_memory::{Capabilities, Image, ScanMethod, SlotPool, SlotPoolConfig};

pub fn page() -> usize {
    static PAGE: OnceLock<usize> = OnceLock::new();
    *PAGE.get_or_init(|| Capabilities::probe().page_size_bytes)
}

/// A pool of small slots, so that many of them are cheap.
pub fn small_pool(change: impl FnOnce(&mut SlotPoolConfig)) -> SlotPool {
    let mut config = SlotPoolConfig::default();
    config.reservation_bytes = 64 * page();
    config.guard_bytes = 16 * page();
    config.arena_slots = 4;
    change(&mut config);
    SlotPool::new(config).unwrap()
}

/// Bytes that differ from page to page and from seed to seed; every third page
/// is zeros.
pub fn pattern(pages: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = vec![0; pages * page()];
    for (index, content) in bytes.chunks_mut(page()).enumerate() {
        if index % 3 == 2 {
            continue;
        }
        for word in content.chunks_mut(8) {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(seed);
            word.copy_from_slice(&state.to_le_bytes());
        }
    }
    bytes
}

pub fn image(pages: usize, seed: u64) -> (Image, Vec<u8>) {
    let bytes = pattern(pages, seed);
    (Image::from_bytes(&bytes).unwrap(), bytes)
}

pub const SCANS: [ScanMethod; 3] = [
    ScanMethod::PagemapScan,
    ScanMethod::PagemapRead,
    ScanMethod::Blind,
];

/// How many cases a property test tries: more for a long run.
pub fn cases(few: u32) -> u32 {
    std::env::var("COW_MEMORY_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(few)
}

/// A line of `/proc/self/maps`.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub start: usize,
    pub end: usize,
    pub permissions: String,
    pub rest: String,
}

pub fn mappings() -> Vec<Mapping> {
    std::fs::read_to_string("/proc/self/maps")
        .unwrap()
        .lines()
        .map(|line| {
            let (addresses, rest) = line.split_once(' ').unwrap();
            let (permissions, rest) = rest.split_once(' ').unwrap();
            let (start, end) = addresses.split_once('-').unwrap();
            Mapping {
                start: usize::from_str_radix(start, 16).unwrap(),
                end: usize::from_str_radix(end, 16).unwrap(),
                permissions: permissions.into(),
                rest: rest.into(),
            }
        })
        .collect()
}

/// The permissions of each piece of `start..end`, which has no gaps.
pub fn permissions(start: usize, end: usize) -> Vec<(usize, usize, String)> {
    let mut pieces = Vec::new();
    let mut at = start;
    for mapping in mappings() {
        if mapping.end <= at || mapping.start >= end {
            continue;
        }
        assert!(
            mapping.start <= at,
            "a gap at {at:#x} in {start:#x}..{end:#x}"
        );
        let until = mapping.end.min(end);
        pieces.push((at, until, mapping.permissions));
        at = until;
    }
    assert_eq!(at, end, "a gap at the end of {start:#x}..{end:#x}");
    pieces
}

/// Whether an image is mapped at an address.
pub fn shows_an_image(address: usize) -> bool {
    let mappings = mappings();
    let mapping = mappings
        .iter()
        .find(|mapping| (mapping.start..mapping.end).contains(&address));
    mapping.is_some_and(|mapping| mapping.rest.contains("memfd:golden"))
}

/// Asserts that `start..end` is mapped with `wanted` permissions throughout.
pub fn assert_permissions(start: usize, end: usize, wanted: &str) {
    for (from, to, found) in permissions(start, end) {
        assert_eq!(found, wanted, "{from:#x}..{to:#x}");
    }
}
