//! `hatchery doctor`: what this machine offers, what it lacks, and what follows.

use std::process::ExitCode;

use cow_memory::{Capabilities, SlotPoolConfig};
use hatchery::InterruptKind;

enum Verdict {
    Good,
    /// Works, slower or with less room.
    Reduced(&'static str),
    /// Hatchery does not run, or cannot build its guest.
    Missing(String),
}

struct Finding {
    what: String,
    verdict: Verdict,
}

fn finding(what: impl Into<String>, good: bool, otherwise: Verdict) -> Finding {
    Finding {
        what: what.into(),
        verdict: if good { Verdict::Good } else { otherwise },
    }
}

pub(crate) fn doctor() -> ExitCode {
    let mut missing = false;
    for (title, findings) in [("kernel", kernel()), ("room", room()), ("guest", guest())] {
        println!("{title}");
        for Finding { what, verdict } in findings {
            match verdict {
                Verdict::Good => println!("  ok       {what}"),
                Verdict::Reduced(effect) => println!("  reduced  {what}\n           {effect}"),
                Verdict::Missing(remedy) => {
                    missing = true;
                    println!("  MISSING  {what}\n           {remedy}");
                }
            }
        }
    }
    if missing {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn kernel() -> Vec<Finding> {
    let has = Capabilities::probe();
    let interrupts = InterruptKind::best_available();
    vec![
        finding(
            "copy-on-write slots",
            has.slots,
            Verdict::Missing("needs Linux on a 64-bit processor".into()),
        ),
        finding(
            "PAGEMAP_SCAN, to find dirty pages",
            has.pagemap_scan,
            Verdict::Reduced(if has.pagemap_read {
                "dirty pages are read from /proc/self/pagemap instead: a slower reset; Linux 6.7 has the call"
            } else {
                "/proc/self/pagemap cannot be read either: every reset drops all pages"
            }),
        ),
        finding(
            "process_madvise on the own process, to drop scattered pages in one call",
            has.process_madvise,
            Verdict::Reduced("pages are dropped a run at a time; Linux 6.14 has the call"),
        ),
        finding(
            "MADV_POPULATE_WRITE in one call, to prefault a write set",
            has.populate_write,
            Verdict::Reduced("pages are prefaulted a run at a time"),
        ),
        finding(
            format!("interrupts by {interrupts}"),
            interrupts == InterruptKind::Signal,
            Verdict::Reduced("guests are compiled with epoch checks and run a quarter slower"),
        ),
    ]
}

/// Reservation and guard of one slot.
const SLOT_BYTES: u64 = (4 << 30) + (32 << 20);
const MAPPINGS_PER_INSTANCE: u64 = 2;

fn room() -> Vec<Finding> {
    let has = Capabilities::probe();
    let address_space = has
        .address_space_limit_bytes
        .unwrap_or(u64::MAX)
        .min(1 << has.address_bits)
        .saturating_sub(has.address_space_in_use_bytes);
    let by_address_space = address_space / SLOT_BYTES;
    let by_mappings = has.mappings_max.map_or(u64::MAX, |max| {
        let left_to_others = SlotPoolConfig::default().mappings_headroom;
        let free = max.saturating_sub(has.mappings_in_use + left_to_others);
        free as u64 / MAPPINGS_PER_INSTANCE
    });
    let limit = has.address_space_limit_bytes.map_or_else(
        || "no ulimit -v".to_owned(),
        |bytes| format!("ulimit -v {} MiB", bytes >> 20),
    );
    let mappings = has
        .mappings_max
        .map_or_else(|| "unknown".to_owned(), |max| max.to_string());
    vec![
        finding(
            format!(
                "{}-bit addresses, {limit}: room for {by_address_space} instances",
                has.address_bits
            ),
            by_address_space >= 1000,
            Verdict::Reduced("raise it with ulimit -v unlimited"),
        ),
        finding(
            format!(
                "vm.max_map_count {mappings}, {} in use: room for {by_mappings} instances",
                has.mappings_in_use
            ),
            by_mappings >= 1000,
            Verdict::Reduced("raise it with sysctl vm.max_map_count=262144"),
        ),
        finding(
            if has.swap_total_bytes == 0 {
                "no swap: idle instances stay in memory".to_owned()
            } else {
                format!(
                    "{} MiB of swap: idle instances can leave memory",
                    has.swap_total_bytes >> 20
                )
            },
            true,
            Verdict::Good,
        ),
        finding(
            format!("pages of {} bytes", has.page_size_bytes),
            true,
            Verdict::Good,
        ),
    ]
}

fn guest() -> Vec<Finding> {
    let mut findings: Vec<Finding> = hatchery_guest_build::missing_prerequisites()
        .into_iter()
        .map(|prerequisite| {
            finding(
                prerequisite.what,
                false,
                Verdict::Missing(prerequisite.remedy.to_owned()),
            )
        })
        .collect();
    if findings.is_empty() {
        findings.push(finding(
            "all that building the guest needs",
            true,
            Verdict::Good,
        ));
    }
    let found = match hatchery_guest::locate() {
        Ok(Some(guest)) => {
            // A built guest needs none of what would build it.
            findings.clear();
            finding(
                format!("CPython guest {}", guest.wasm_path.display()),
                true,
                Verdict::Good,
            )
        }
        Ok(None) => finding(
            "CPython guest",
            false,
            Verdict::Reduced("not built yet: `hatchery build` or the first run builds it"),
        ),
        Err(error) => finding("CPython guest", false, Verdict::Missing(error.to_string())),
    };
    findings.push(found);
    findings
}
