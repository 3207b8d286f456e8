//! Whole folders, in and out.

use std::path::Path;

use super::Sandbox;
use super::files::not_a_listing;
use crate::Error;
use crate::files::{
    Copied, CopyLimits, EntryKind, FileError, HostFolder, Listing, Place, check_name, entries,
};
use hatchery_engine::CallLimits;

impl Sandbox {
    /// Copies what is in a folder of the host's into a folder of the sandbox's, which is made if it is not there.
    ///
    /// The host's folder must hold folders and plain files only: a symbolic link or a special file in it is refused
    /// before anything is copied. Files that are there already are replaced; permissions and times are not kept.
    ///
    /// # Errors
    ///
    /// - [`Error::HostFile`] and [`Error::HostLink`] for what the host's folder is not good for.
    /// - [`Error::File`] with [`FileError::Full`] when there is more in it than the sandbox has memory.
    /// - Those of [`write_file`](Self::write_file). What was copied until then stays.
    pub fn copy_in(
        &mut self,
        host_dir: impl AsRef<Path>,
        guest_dir: &str,
    ) -> Result<Copied, Error> {
        let files = self.begin_files()?;
        let time = files.limits;
        let host = HostFolder::open(host_dir.as_ref())?;
        let memory_bytes_max = self.settings.memory_bytes_max;
        let content = host.content(CopyLimits {
            bytes_max: memory_bytes_max,
            // No file or folder is had for less than this.
            entries_max: memory_bytes_max / NODE_BYTES_MIN,
        })?;
        let guest_dir = guest_dir.as_bytes();
        self.create_dir_raw(guest_dir, time)?;
        let mut copied = Copied::default();
        for (place, kind) in content.entries() {
            self.may_go_on(&files)?;
            let path = content.below(place, guest_dir);
            match kind {
                EntryKind::Directory => self.create_dir_raw(&path, time)?,
                // The host's folder has none.
                EntryKind::Link => {}
                EntryKind::File => {
                    let bytes = host.read(&content.names(place), memory_bytes_max)?;
                    self.write_raw(&path, &bytes, time)?;
                    copied.bytes += bytes.len() as u64;
                }
            }
            copied.entries += 1;
        }
        Ok(copied)
    }

    /// Copies what is in a folder of the sandbox's into a folder of the host's, within the default [`CopyLimits`].
    ///
    /// # Errors
    ///
    /// As [`copy_out_limited`](Self::copy_out_limited).
    pub fn copy_out(
        &mut self,
        guest_dir: &str,
        host_dir: impl AsRef<Path>,
    ) -> Result<Copied, Error> {
        self.copy_out_limited(guest_dir, host_dir, CopyLimits::default())
    }

    /// Copies what is in a folder of the sandbox's into a folder of the host's, which is made if it is not there.
    ///
    /// Nothing is written outside that folder, whatever the program has named its files, and no link in it is
    /// followed: where a file is to be, what has its name is replaced, unless it is a folder. Links above the folder
    /// are the caller's own. Symbolic links of the sandbox's are left out, as are permissions and times.
    ///
    /// # Errors
    ///
    /// - [`Error::File`] with [`FileError::CopyLimit`] or [`FileError::UnsafeName`], before anything is written.
    /// - [`Error::HostFile`] when the host cannot write a file. What was copied until then stays.
    /// - Those of [`read_file`](Self::read_file).
    pub fn copy_out_limited(
        &mut self,
        guest_dir: &str,
        host_dir: impl AsRef<Path>,
        limits: CopyLimits,
    ) -> Result<Copied, Error> {
        let files = self.begin_files()?;
        let time = files.limits;
        let guest_dir = guest_dir.as_bytes();
        let (found, content) = self.content(guest_dir, limits, time)?;
        let host = HostFolder::create(host_dir.as_ref())?;
        let mut bytes_left = found.bytes;
        for (place, kind) in content.entries() {
            self.may_go_on(&files)?;
            let names = content.names(place);
            match kind {
                EntryKind::Directory => host.create_dir(&names)?,
                // They are left out of the content.
                EntryKind::Link => {}
                EntryKind::File => {
                    let path = content.below(place, guest_dir);
                    let bytes = self.read_raw(&path, time)?;
                    // The guest's memory is the guest's: the listing may have said less.
                    bytes_left = bytes_left
                        .checked_sub(bytes.len() as u64)
                        .ok_or_else(|| too_much(&path, "bytes", limits.bytes_max))?;
                    host.write(&names, &bytes)?;
                }
            }
        }
        Ok(found)
    }

    /// Everything below a folder of the sandbox's, each folder before what is in it.
    fn content(
        &mut self,
        guest_dir: &[u8],
        limits: CopyLimits,
        time: CallLimits,
    ) -> Result<(Copied, Listing), Error> {
        let mut found = Copied::default();
        let mut content = Listing::default();
        let mut waiting = vec![Place::TOP];
        while let Some(at) = waiting.pop() {
            let path = content.below(at, guest_dir);
            let listing = self.list_raw(&path, time)?;
            for entry in entries(&listing) {
                let entry = entry.ok_or_else(not_a_listing)?;
                if !check_name(entry.name) {
                    return Err(refusal(&path, FileError::UnsafeName));
                }
                if entry.kind == EntryKind::Link {
                    continue;
                }
                let inner = content.add(at, entry.name, entry.kind);
                let inner = inner.ok_or_else(|| refusal(&path, Listing::TOO_DEEP))?;
                found.entries += 1;
                found.bytes = found.bytes.saturating_add(entry.len);
                if found.entries > limits.entries_max {
                    return Err(too_much(&path, "entries", limits.entries_max));
                }
                if found.bytes > limits.bytes_max {
                    return Err(too_much(&path, "bytes", limits.bytes_max));
                }
                if entry.kind == EntryKind::Directory {
                    waiting.push(inner);
                }
            }
        }
        Ok((found, content))
    }
}

/// The guest needs more than this for a file or folder, however small.
const NODE_BYTES_MIN: u64 = 64;

fn too_much(path: &[u8], what: &'static str, max: u64) -> Error {
    refusal(path, FileError::CopyLimit { what, max })
}

fn refusal(path: &[u8], reason: FileError) -> Error {
    Error::File {
        path: String::from_utf8_lossy(path).into_owned(),
        reason,
    }
}
