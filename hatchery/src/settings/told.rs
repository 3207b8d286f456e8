//! What a guest knows of its host: what its program was told, and what the host imposes on it.
//!
//! The two differ in whose they are. What the program was told (environment, arguments, modules, files) is part of the
//! session: it stays as it was across sleep, forks and rollbacks. What the host imposes (limits, and which output is
//! handed on) belongs to whoever holds the sandbox now, and is sent again whenever the guest's memory may say
//! otherwise.

use super::OUTPUT_BYTES_MAX_DEFAULT;

/// A digest of the description of host functions; zeros for none.
pub(crate) type FunctionsDigest = [u8; 16];

/// Which set-up steps a guest has been through. Part of a session: what has been done is not done again when it is
/// rolled back to, forked or woken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The guest has its environment, its arguments and its modules.
    pub(crate) settings: bool,
    /// The files that the sandbox was made with are there, and its folders mounted.
    pub(crate) files: bool,
    /// The last run had standard input, of which something may be left.
    pub(crate) stdin: bool,
    /// The guest shares the state of its random generators with the one that it is a fork of.
    pub(crate) forked: bool,
    /// The last program was ended, and `__main__` has neither the host functions nor what the prelude has made.
    pub(crate) ended: bool,
    /// The host functions that the program sees.
    pub(crate) functions: FunctionsDigest,
}

/// What the host has a guest keep to, and what the guest hands on to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Imposed {
    pub(crate) output_bytes_max: u32,
    /// `None` for as many as the guest can have.
    pub(crate) open_files_max: Option<u32>,
    /// `None` leaves the limit as the program has it.
    pub(crate) recursion_max: Option<u32>,
    /// Whether standard output and standard error are handed to the host while they are written.
    pub(crate) streams: [bool; 2],
}

impl Imposed {
    /// What every golden snapshot has its guests keep to.
    pub(crate) const fn golden() -> Self {
        Self {
            output_bytes_max: OUTPUT_BYTES_MAX_DEFAULT,
            open_files_max: None,
            recursion_max: None,
            streams: [false; 2],
        }
    }

    /// The parameters of the guest's `impose`: 0 stands for no limit of the host's.
    pub(crate) fn to_guest(self) -> (i32, i32, i32, i32) {
        let [stdout, stderr] = self.streams.map(i32::from);
        (
            self.output_bytes_max.cast_signed(),
            self.open_files_max.unwrap_or(u32::MAX).cast_signed(),
            self.recursion_max.unwrap_or(0).cast_signed(),
            stdout | stderr << 1,
        )
    }
}
