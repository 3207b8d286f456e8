//! The files of a sandbox, for asynchronous code.

use std::path::PathBuf;

use bytes::Bytes;

use crate::files::{Copied, CopyLimits, DirEntry};
use crate::{AsyncSandbox, Error};

/// Files. They are read and written on the sandbox's thread, as programs run there.
impl AsyncSandbox {
    /// As [`Sandbox::write_file`](crate::Sandbox::write_file).
    ///
    /// # Errors
    ///
    /// As [`Sandbox::write_file`](crate::Sandbox::write_file), and [`Error::Lost`].
    pub async fn write_file(
        &mut self,
        path: impl Into<String>,
        bytes: impl Into<Bytes>,
    ) -> Result<(), Error> {
        let (path, bytes) = (path.into(), bytes.into());
        self.run(move |sandbox| sandbox.write_file(&path, bytes))
            .await
    }

    /// As [`Sandbox::read_file`](crate::Sandbox::read_file).
    ///
    /// # Errors
    ///
    /// As [`Sandbox::read_file`](crate::Sandbox::read_file), and [`Error::Lost`].
    pub async fn read_file(&mut self, path: impl Into<String>) -> Result<Bytes, Error> {
        let path = path.into();
        self.run(move |sandbox| sandbox.read_file(&path)).await
    }

    /// As [`Sandbox::list_dir`](crate::Sandbox::list_dir).
    ///
    /// # Errors
    ///
    /// As [`Sandbox::list_dir`](crate::Sandbox::list_dir), and [`Error::Lost`].
    pub async fn list_dir(&mut self, path: impl Into<String>) -> Result<Vec<DirEntry>, Error> {
        let path = path.into();
        self.run(move |sandbox| sandbox.list_dir(&path)).await
    }

    /// As [`Sandbox::remove`](crate::Sandbox::remove).
    ///
    /// # Errors
    ///
    /// As [`Sandbox::remove`](crate::Sandbox::remove), and [`Error::Lost`].
    pub async fn remove(&mut self, path: impl Into<String>) -> Result<(), Error> {
        let path = path.into();
        self.run(move |sandbox| sandbox.remove(&path)).await
    }

    /// As [`Sandbox::create_dir`](crate::Sandbox::create_dir).
    ///
    /// # Errors
    ///
    /// As [`Sandbox::create_dir`](crate::Sandbox::create_dir), and [`Error::Lost`].
    pub async fn create_dir(&mut self, path: impl Into<String>) -> Result<(), Error> {
        let path = path.into();
        self.run(move |sandbox| sandbox.create_dir(&path)).await
    }

    /// As [`Sandbox::copy_in`](crate::Sandbox::copy_in).
    ///
    /// # Errors
    ///
    /// As [`Sandbox::copy_in`](crate::Sandbox::copy_in), and [`Error::Lost`].
    pub async fn copy_in(
        &mut self,
        host_dir: impl Into<PathBuf>,
        guest_dir: impl Into<String>,
    ) -> Result<Copied, Error> {
        let (host_dir, guest_dir) = (host_dir.into(), guest_dir.into());
        self.run(move |sandbox| sandbox.copy_in(host_dir, &guest_dir))
            .await
    }

    /// As [`Sandbox::copy_out`](crate::Sandbox::copy_out).
    ///
    /// # Errors
    ///
    /// As [`Sandbox::copy_out`](crate::Sandbox::copy_out), and [`Error::Lost`].
    pub async fn copy_out(
        &mut self,
        guest_dir: impl Into<String>,
        host_dir: impl Into<PathBuf>,
    ) -> Result<Copied, Error> {
        self.copy_out_limited(guest_dir, host_dir, CopyLimits::default())
            .await
    }

    /// As [`Sandbox::copy_out_limited`](crate::Sandbox::copy_out_limited).
    ///
    /// # Errors
    ///
    /// As [`Sandbox::copy_out_limited`](crate::Sandbox::copy_out_limited), and [`Error::Lost`].
    pub async fn copy_out_limited(
        &mut self,
        guest_dir: impl Into<String>,
        host_dir: impl Into<PathBuf>,
        limits: CopyLimits,
    ) -> Result<Copied, Error> {
        let (guest_dir, host_dir) = (guest_dir.into(), host_dir.into());
        self.run(move |sandbox| sandbox.copy_out_limited(&guest_dir, host_dir, limits))
            .await
    }
}
