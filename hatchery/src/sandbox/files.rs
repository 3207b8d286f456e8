//! The sandbox's own files, from the host's side.
//!
//! None of this runs Python: the guest's file tree answers by itself. Paths that do not begin with `/` are below
//! `/work`.

use hatchery_abi::names::exports;
use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::Sandbox;
use crate::Error;
use crate::files::{DirEntry, FileError, check_path, entries};
use crate::python::{Answer, PythonGuest, Refusal};
use hatchery_engine::{CallError, CallLimits, InterruptCause, RunInProgress, Status};

/// An operation on files in progress.
pub(super) struct FilesInProgress {
    pub(super) limits: CallLimits,
    _in_progress: RunInProgress,
}

impl Sandbox {
    /// Writes a file, in place of one that is there, and makes the folders above it.
    ///
    /// The bytes count against the memory limit. A reset forgets the file; one of
    /// [`SandboxBuilder::file`](crate::SandboxBuilder::file) is there again.
    ///
    /// # Errors
    ///
    /// - [`Error::File`] says what is in the way; everything is as it was, but for folders that may have been made.
    /// - [`Error::Poisoned`], [`Error::Timeout`] and [`Error::Cancelled`], as for
    ///   [`execute`](Self::execute); and [`Error::Trap`], when the program has broken its own interpreter.
    pub fn write_file(&mut self, path: &str, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
        let files = self.begin_files()?;
        self.write_raw(path.as_bytes(), bytes.as_ref(), files.limits)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`write_file`](Self::write_file).
    pub fn read_file(&mut self, path: &str) -> Result<Bytes, Error> {
        let files = self.begin_files()?;
        self.read_raw(path.as_bytes(), files.limits)
    }

    /// What is in a folder, sorted by name.
    ///
    /// # Errors
    ///
    /// As [`write_file`](Self::write_file).
    pub fn list_dir(&mut self, path: &str) -> Result<Vec<DirEntry>, Error> {
        let files = self.begin_files()?;
        let listing = self.list_raw(path.as_bytes(), files.limits)?;
        let mut listed = Vec::new();
        let mut held_bytes = listing.len() as u64;
        let bytes_max = self.settings.memory_bytes_max;
        for entry in entries(&listing) {
            let entry = entry.ok_or_else(not_a_listing)?;
            // A listing is the guest's, and a small entry of it becomes a large one here.
            held_bytes += (2 * size_of::<DirEntry>() + entry.name.len()) as u64;
            if held_bytes > bytes_max {
                return Err(Error::File {
                    path: path.to_owned(),
                    reason: FileError::CopyLimit {
                        what: "bytes of names",
                        max: bytes_max,
                    },
                });
            }
            listed.push(entry.to_entry());
        }
        listed.sort_unstable_by(|a: &DirEntry, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    /// Removes a file, or a folder with everything in it. A program that has such a file open keeps what it has.
    ///
    /// # Errors
    ///
    /// As [`write_file`](Self::write_file); nothing is removed then.
    pub fn remove(&mut self, path: &str) -> Result<(), Error> {
        self.change(exports::FILE_REMOVE, path)
    }

    /// Makes a folder and those above it, where they are missing.
    ///
    /// # Errors
    ///
    /// As [`write_file`](Self::write_file).
    pub fn create_dir(&mut self, path: &str) -> Result<(), Error> {
        self.change(exports::FILE_CREATE_DIR, path)
    }

    fn change(&mut self, export: &'static str, path: &str) -> Result<(), Error> {
        let files = self.begin_files()?;
        self.file_call(path.as_bytes(), |guest, path| {
            guest.change_file(export, path, files.limits)
        })
    }

    pub(super) fn create_dir_raw(&mut self, path: &[u8], limits: CallLimits) -> Result<(), Error> {
        self.file_call(path, |guest, path| {
            guest.change_file(exports::FILE_CREATE_DIR, path, limits)
        })
    }

    pub(super) fn write_raw(
        &mut self,
        path: &[u8],
        bytes: &[u8],
        limits: CallLimits,
    ) -> Result<(), Error> {
        self.file_call(path, |guest, path| guest.write_file(path, bytes, limits))
    }

    pub(super) fn read_raw(&mut self, path: &[u8], limits: CallLimits) -> Result<Bytes, Error> {
        self.file_call(path, |guest, path| {
            guest.ask_file(exports::FILE_READ, path, limits)
        })
    }

    pub(super) fn list_raw(&mut self, path: &[u8], limits: CallLimits) -> Result<Bytes, Error> {
        self.file_call(path, |guest, path| {
            guest.ask_file(exports::FILE_LIST, path, limits)
        })
    }

    pub(super) fn locate_raw(
        &mut self,
        path: &[u8],
        limits: CallLimits,
    ) -> Result<Range<u32>, Error> {
        self.file_call(path, |guest, path| guest.locate_file(path, limits))
    }

    /// What has to be so before the host sees the files; how long it may take. The operation can be interrupted until the
    /// result is dropped.
    pub(super) fn begin_files(&mut self) -> Result<FilesInProgress, Error> {
        let in_progress = self.guest.instance.interrupter().begin_run();
        let limits = self.call_limits(Instant::now());
        if let Status::Poisoned { reason } = self.guest.instance.status() {
            return Err(Error::Poisoned { reason });
        }
        self.place_files(limits)?;
        Ok(FilesInProgress {
            limits,
            _in_progress: in_progress,
        })
    }

    /// Fails when an operation of many steps has to end, between two of them.
    pub(super) fn may_go_on(&self, files: &FilesInProgress) -> Result<(), Error> {
        let deadline = files.limits.deadline;
        let cause = match self.guest.instance.interrupter().check() {
            Err(interrupted) => interrupted.cause,
            Ok(()) if deadline.is_some_and(|deadline| deadline <= Instant::now()) => {
                InterruptCause::Deadline
            }
            Ok(()) => return Ok(()),
        };
        Err(self.failure(CallError::Interrupted { cause }, Duration::ZERO))
    }

    /// Mounts the folders and writes the files that the sandbox was made with, unless they are there.
    pub(super) fn place_files(&mut self, limits: CallLimits) -> Result<(), Error> {
        if self.told.files {
            return Ok(());
        }
        let settings = self.settings.clone();
        #[cfg(feature = "mounts")]
        for mount in &settings.mounts {
            self.file_call(mount.guest_path().as_bytes(), |guest, path| {
                guest.mount(path, mount.number(), limits)
            })?;
        }
        for (path, bytes) in &settings.files {
            self.write_raw(path.as_bytes(), bytes, limits)?;
        }
        self.told.files = true;
        Ok(())
    }

    fn file_call<T>(
        &mut self,
        path: &[u8],
        call: impl FnOnce(&mut PythonGuest, &[u8]) -> Result<Answer<T>, CallError>,
    ) -> Result<T, Error> {
        let refused = |reason| {
            Err(Error::File {
                path: String::from_utf8_lossy(path).into_owned(),
                reason,
            })
        };
        if let Err(reason) = check_path(path) {
            return refused(reason);
        }
        match call(&mut self.guest, path) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Refusal::File(reason))) => refused(reason),
            Ok(Err(Refusal::Abi(code))) => Err(Error::Abi {
                what: format!("the guest refused a file with code {code}"),
            }),
            Err(error) => Err(self.failure(error, Duration::ZERO)),
        }
    }
}

pub(super) fn not_a_listing() -> Error {
    Error::Abi {
        what: "its listing of a folder cannot be read".to_owned(),
    }
}
