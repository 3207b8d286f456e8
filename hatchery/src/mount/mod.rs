//! Folders and files of the host's that programs can use.
//!
//! The guest answers WASI itself and asks the host about mounted folders only, so wasmtime-wasi has no place here; and
//! its synchronous calls cannot be made on the threads of an asynchronous runtime. What confines wasmtime-wasi's own
//! preopened folders is cap-std, and it is what confines these: each call begins at an open folder, and the kernel
//! (or, where it cannot, cap-std name by name) refuses every path that leads out of it, whoever renames or links what
//! meanwhile.

mod errno;
mod host;
mod quota;
mod single;
mod stat;

pub(crate) use errno::Errno;
pub(crate) use host::{Mounts, Open, to_path};
pub use quota::MountQuota;
pub(crate) use quota::{Change, FileId, Ledger, Removed};
pub(crate) use stat::Stat;

use std::path::{Path, PathBuf};

use hatchery_abi::mount::number;

/// A folder or a file of the host's, in a place in the sandbox.
///
/// Read-only unless it is made [`writable`](Self::writable).
#[derive(Debug, Clone)]
#[must_use]
pub struct Mount {
    host_path: PathBuf,
    guest_path: String,
    is_file: bool,
    is_writable: bool,
    usage: Ledger,
}

impl Mount {
    /// The folder `host_dir`, seen as `guest_dir`: an absolute path that is neither the root nor in `/usr`.
    pub fn new(host_dir: impl Into<PathBuf>, guest_dir: impl Into<String>) -> Self {
        Self::of(host_dir.into(), guest_dir.into(), false)
    }

    /// The file `host_file`, seen as `guest_file`: an absolute path that is not in `/usr`. Nothing beside it is seen.
    ///
    /// It is opened when a sandbox is made, forked or woken. A sandbox keeps that file, also when the host puts another in
    /// its place.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("hatchery-single-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder).unwrap();
    /// # let model = folder.join("model");
    /// std::fs::write(&model, "weights").unwrap();
    /// let mount = hatchery::Mount::file(&model, "/data/model");
    /// let runtime = hatchery::Runtime::new()?;
    /// let mut sandbox = runtime.sandbox_builder().mount(mount).build()?;
    /// let output = sandbox.execute("print(open('/data/model').read())")?;
    /// assert_eq!(output.stdout_text(), "weights\n");
    /// # std::fs::remove_dir_all(folder).unwrap();
    /// # Ok::<(), hatchery::Error>(())
    /// ```
    pub fn file(host_file: impl Into<PathBuf>, guest_file: impl Into<String>) -> Self {
        Self::of(host_file.into(), guest_file.into(), true)
    }

    fn of(host_path: PathBuf, guest_path: String, is_file: bool) -> Self {
        Self {
            host_path,
            guest_path,
            is_file,
            is_writable: false,
            usage: Ledger::new(MountQuota::default()),
        }
    }

    /// Programs may also make, change and remove files in it, or change the file that it is, within a [`MountQuota`].
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

    pub(crate) fn host_path(&self) -> &Path {
        &self.host_path
    }

    pub(crate) fn guest_path(&self) -> &str {
        &self.guest_path
    }

    pub(crate) fn is_file(&self) -> bool {
        self.is_file
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.is_writable
    }

    /// By which guest and host call it: the same in every sandbox that has something in this place, so that a session
    /// that is woken elsewhere finds its own again and no other.
    pub(crate) fn number(&self) -> i32 {
        let hash = blake3::hash(self.guest_path.as_bytes());
        let four = *hash.as_bytes().first_chunk().expect("a hash is longer");
        let number = i32::from_le_bytes(four) & (number::FILE - 1);
        if self.is_file {
            number | number::FILE
        } else {
            number
        }
    }

    /// What keeps this from being mounted beside `others`, as far as its paths tell.
    pub(crate) fn problem(&self, others: &[Self]) -> Option<String> {
        let path = &self.guest_path;
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
            let (a, b) = (Path::new(path), Path::new(&other.guest_path));
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
