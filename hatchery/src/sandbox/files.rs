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
use crate::files::{DirEntry, check_path, parse_entries};
use crate::python::{Answer, PythonGuest, Refusal};
use hatchery_engine::CallLimits;
use hatchery_engine::{CallError, Status};

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
        let limits = self.begin_files()?;
        self.write_raw(path.as_bytes(), bytes.as_ref(), limits)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`write_file`](Self::write_file).
    pub fn read_file(&mut self, path: &str) -> Result<Bytes, Error> {
        let limits = self.begin_files()?;
        self.read_raw(path.as_bytes(), limits)
    }

    /// What is in a folder, sorted by name.
    ///
    /// # Errors
    ///
    /// As [`write_file`](Self::write_file).
    pub fn list_dir(&mut self, path: &str) -> Result<Vec<DirEntry>, Error> {
        let limits = self.begin_files()?;
        let listing = self.list_raw(path.as_bytes(), limits)?;
        let entries = parse_entries(&listing).ok_or_else(not_a_listing)?;
        let mut entries: Vec<DirEntry> = entries.iter().map(|entry| entry.to_entry()).collect();
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
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
        let limits = self.begin_files()?;
        self.file_call(path.as_bytes(), |guest, path| {
            guest.change_file(export, path, limits)
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

    /// What has to be so before the host sees the files; how long it may take.
    pub(super) fn begin_files(&mut self) -> Result<CallLimits, Error> {
        let limits = self.call_limits(Instant::now());
        if let Status::Poisoned { reason } = self.guest.instance.status() {
            return Err(Error::Poisoned { reason });
        }
        self.place_files(limits)?;
        Ok(limits)
    }

    /// Mounts the folders and writes the files that the sandbox was made with, unless they are there.
    pub(super) fn place_files(&mut self, limits: CallLimits) -> Result<(), Error> {
        if self.told.files {
            return Ok(());
        }
        let settings = self.settings.clone();
        for mount in &settings.mounts {
            self.file_call(mount.guest_dir().as_bytes(), |guest, path| {
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
