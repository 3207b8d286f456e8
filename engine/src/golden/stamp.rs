//! The stamp: a note that the files were verified in full, so that the next process need not hash them again.
//!
//! Hashing tens of megabytes costs more than everything else that a load does. The stamp names what the files were
//! when their hashes were right: device, inode, length, and the times of the last change to contents and to metadata.
//! The kernel moves the last of these at every write and nobody can set it back, so a stamp that matches means files
//! that are the same; one that does not means only that they are hashed again. What a stamp cannot see is a disk that
//! returns other bytes than were written.

use super::folder::{Folder, SnapshotFile};
use std::fmt::Write;
use std::time::{Duration, SystemTime};

const FILE: &str = "verified";
const BYTES_MAX: u64 = 4096;
/// File times move in steps of the kernel's clock tick: a file changed this recently could change again unseen.
const SETTLED_AFTER: Duration = Duration::from_millis(50);

/// What the stamp of a verified snapshot says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    text: String,
    last_change: SystemTime,
}

impl Stamp {
    /// The stamp that these files deserve once they are verified.
    pub(super) fn of(files: &[(&str, &SnapshotFile)]) -> Self {
        let mut text = String::from("hatchery-verified 1\n");
        let mut last_change = SystemTime::UNIX_EPOCH;
        for (name, SnapshotFile { stat, .. }) in files {
            writeln!(
                text,
                "{name} {} {} {} {}.{:09} {}.{:09}",
                stat.st_dev,
                stat.st_ino,
                stat.st_size,
                stat.st_mtime,
                stat.st_mtime_nsec,
                stat.st_ctime,
                stat.st_ctime_nsec
            )
            .expect("writing to a string cannot fail");
            let changed = Duration::new(
                u64::try_from(stat.st_ctime).unwrap_or(u64::MAX / 2),
                u32::try_from(stat.st_ctime_nsec).unwrap_or(0),
            );
            last_change = last_change.max(SystemTime::UNIX_EPOCH + changed);
        }
        Self { text, last_change }
    }

    /// Whether the folder says that just these files were verified.
    pub(super) fn is_in(&self, folder: &Folder) -> bool {
        folder
            .file(FILE)
            .ok()
            .and_then(|file| file.read(BYTES_MAX).ok())
            .is_some_and(|text| text == self.text.as_bytes())
    }

    /// Notes that the files were verified, where the folder can be written to.
    pub(super) fn leave_in(&self, folder: &Folder) {
        let settled = SystemTime::now()
            .duration_since(self.last_change)
            .is_ok_and(|since| since >= SETTLED_AFTER);
        if settled {
            // A read-only folder is verified at every load.
            let _ = folder.replace_file(FILE, self.text.as_bytes());
        }
    }
}
