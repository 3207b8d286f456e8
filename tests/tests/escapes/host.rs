//! What the host is like from outside the sandbox.

use std::collections::BTreeMap;
use std::path::Path;

/// What a program that got out could have changed.
#[derive(Debug, PartialEq)]
pub(crate) struct HostState {
    descriptors: usize,
    threads: usize,
    canary: Vec<(String, String)>,
    working_folder: Vec<String>,
    environment: BTreeMap<String, String>,
}

impl HostState {
    pub(crate) fn now(canary: &Path) -> Self {
        let entries = |folder: &Path| {
            let entries = std::fs::read_dir(folder).expect("a folder that is there");
            let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
            entries.sort();
            entries
        };
        let name = |path: &Path| path.to_string_lossy().into_owned();
        Self {
            descriptors: entries(Path::new("/proc/self/fd")).len(),
            threads: entries(Path::new("/proc/self/task")).len(),
            canary: entries(canary)
                .iter()
                .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
                .collect(),
            working_folder: entries(Path::new("."))
                .iter()
                .map(|path| name(path))
                .collect(),
            environment: std::env::vars().collect(),
        }
    }
}

/// How much of the machine's memory this process has, and the most it ever had.
pub(crate) fn resident_bytes() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        kib.and_then(|kib| kib.parse::<u64>().ok()).expect(name) << 10
    };
    (field("VmRSS:"), field("VmHWM:"))
}
