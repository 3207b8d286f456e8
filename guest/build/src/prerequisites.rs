use std::process::{Command, Stdio};

/// A program that building the guest needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prerequisite {
    /// What it is and what it is for.
    pub what: &'static str,
    /// How to get it.
    pub remedy: &'static str,
    probe: &'static [&'static str],
}

const PREREQUISITES: &[Prerequisite] = &[
    Prerequisite {
        what: "cc, a native C compiler (CPython's build runs a native python)",
        remedy: "install gcc or clang; on Debian and Ubuntu: apt-get install build-essential",
        probe: &["cc", "--version"],
    },
    Prerequisite {
        what: "make",
        remedy: "install GNU make; on Debian and Ubuntu: apt-get install build-essential",
        probe: &["make", "--version"],
    },
    Prerequisite {
        what: "patch",
        remedy: "install patch; on Debian and Ubuntu: apt-get install patch",
        probe: &["patch", "--version"],
    },
    Prerequisite {
        what: "python3 with pip (it fetches the WebAssembly C compiler)",
        remedy: "install python3 and pip; on Debian and Ubuntu: apt-get install python3 python3-pip",
        probe: &["python3", "-m", "pip", "--version"],
    },
    Prerequisite {
        what: "cargo (it fetches the C libraries' sources)",
        remedy: "install Rust, see https://rustup.rs",
        probe: &["cargo", "--version"],
    },
];

/// What this machine lacks to build the guest; empty when it has everything.
#[must_use]
pub fn missing_prerequisites() -> Vec<Prerequisite> {
    PREREQUISITES
        .iter()
        .copied()
        .filter(|p| !runs(p.probe))
        .collect()
}

fn runs(command: &[&str]) -> bool {
    Command::new(command[0])
        .args(&command[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
