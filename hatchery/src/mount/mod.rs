//! Folders of the host's that programs can use.
//!
//! The guest answers WASI itself and asks the host about mounted folders only, so wasmtime-wasi has no place here; and
//! its synchronous calls cannot be made on the threads of an asynchronous runtime. What confines wasmtime-wasi's own
//! preopened folders is cap-std, and it is what confines these: each call begins at an open folder, and the kernel
//! (or, where it cannot, cap-std name by name) refuses every path that leads out of it, whoever renames or links what
//! meanwhile.

mod errno;
mod host;
mod quota;
mod stat;

pub(crate) use errno::Errno;
pub(crate) use host::{Mounts, Open, to_path};
pub use quota::MountQuota;
pub(crate) use quota::{Change, FileId, Ledger, Removed};
pub(crate) use stat::Stat;

use std::path::{Path, PathBuf};

/// A folder of the host's, in a place in the sandbox.
///
/// Read-only unless it is made [`writable`](Self::writable).
#[derive(Debug, Clone)]
#[must_use]
pub struct Mount {
    host_dir: PathBuf,
    guest_dir: String,
    is_writable: bool,
    usage: Ledger,
}

impl Mount {
    /// The folder `host_dir`, seen as `guest_dir`: an absolute path that is neither the root nor in `/usr`.
    pub fn new(host_dir: impl Into<PathBuf>, guest_dir: impl Into<String>) -> Self {
        Self {
            host_dir: host_dir.into(),
            guest_dir: guest_dir.into(),
            is_writable: false,
            usage: Ledger::new(MountQuota::default()),
        }
    }

    /// Programs may also make, change and remove files in it, within a [`MountQuota`].
    pub fn writable(mut self) -> Self {
        self.is_writable = true;
        self
    }

    /// How much programs may add to it; [`MountQuota::default`] unless set. The quota is one for all sandboxes that are
    /// made with this mount or a clone of it, such as those of one builder, for as long as there are any.
    pub fn quota(mut self, quota: MountQuota) -> Self {
        self.usage = Ledger::new(quota);
        self
    }

    pub(crate) fn usage(&self) -> &Ledger {
        &self.usage
    }

    pub(crate) fn host_dir(&self) -> &Path {
        &self.host_dir
    }

    pub(crate) fn guest_dir(&self) -> &str {
        &self.guest_dir
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.is_writable
    }

    /// By which guest and host call it: the same in every sandbox that has something in this place, so that a session
    /// that is woken elsewhere finds its own again and no other.
    pub(crate) fn number(&self) -> i32 {
        let hash = blake3::hash(self.guest_dir.as_bytes());
        let four = *hash.as_bytes().first_chunk().expect("a hash is longer");
        i32::from_le_bytes(four) & 0x3fff_ffff
    }

    /// What keeps this from being mounted beside `others`, as far as its paths tell.
    pub(crate) fn problem(&self, others: &[Self]) -> Option<String> {
        let path = &self.guest_dir;
        let refuse = |why: &str| Some(format!("{path:?} {why}"));
        let Some(relative) = path.strip_prefix('/') else {
            return refuse("is not an absolute path");
        };
        let is_plain = |name: &str| !matches!(name, "" | "." | "..") && name.len() <= 255;
        if path.contains('\0') || path.len() > crate::files::PATH_BYTES_MAX {
            return refuse("is too long or has a NUL byte");
        }
        if !relative.split('/').all(is_plain) {
            return refuse("is not made of plain names");
        }
        if relative == "usr" || relative.starts_with("usr/") {
            return refuse("is in the read-only standard library");
        }
        let nested = |other: &Self| {
            let (a, b) = (Path::new(path), Path::new(&other.guest_dir));
            a.starts_with(b) || b.starts_with(a)
        };
        if others.iter().any(|other| other.number() == self.number()) {
            return refuse("cannot be told from another mount; choose another path");
        }
        if others.iter().any(nested) {
            return refuse("and another mount are the same, or one is in the other");
        }
        None
    }
}
