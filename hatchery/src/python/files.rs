//! The guest's own files, by the exports that run no Python (`docs/guest-abi.md`).

use hatchery_abi::codes;
use hatchery_abi::layout::report;
use hatchery_abi::names::exports;
use std::ops::Range;

use bytes::Bytes;

use super::Host;
use super::guest::{PythonGuest, lend};
use crate::files::FileError;
use hatchery_engine::CallLimits;
use hatchery_engine::{CallError, Calls, Stopped};

/// What the guest's archive of files takes; the guest refuses less than this already.
const FILE_BYTES_MAX: usize = 1 << 30;

/// What a guest answers about a file.
pub(crate) type Answer<T> = Result<T, Refusal>;

/// Why it did not do it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Refusal {
    File(FileError),
    /// The code is none that the ABI has for this.
    Abi(i32),
}

impl From<i32> for Refusal {
    fn from(code: i32) -> Self {
        match u16::try_from(i64::from(code) - i64::from(codes::WASI)) {
            Ok(errno) => Self::File(FileError::from_errno(errno)),
            Err(_) if code == codes::NO_MEMORY => Self::File(FileError::Full),
            Err(_) if code == codes::TOO_LONG => Self::File(FileError::PathTooLong),
            Err(_) => Self::Abi(code),
        }
    }
}

impl PythonGuest {
    /// Makes a file of these bytes, and the folders above it.
    pub(crate) fn write_file(
        &mut self,
        path: &[u8],
        bytes: &[u8],
        limits: CallLimits,
    ) -> Result<Answer<()>, CallError> {
        let Some(len) = Some(bytes.len()).filter(|&len| len <= FILE_BYTES_MAX) else {
            return Ok(Err(Refusal::File(FileError::TooLarge)));
        };
        let len = i32::try_from(len).expect("1 GiB");
        let report = self.report_address();
        self.file_call(path, limits, |calls, path, path_len| {
            let code: i32 = calls.call(exports::FILE_WRITE, (path, path_len, len))?;
            if code != codes::OK {
                return Ok(code);
            }
            // Where the guest made room. It may say anything: the write is checked.
            let room = calls.read(report + report::VALUE as u32, 8).map(|capture| {
                let (address, len) = capture.split_at(4);
                [address, len].map(|four| u32::from_le_bytes(four.try_into().expect("four")))
            });
            let filled = match room {
                Ok([address, room]) => {
                    room as usize == bytes.len() && calls.write(address, bytes).is_ok()
                }
                Err(_) => false,
            };
            Ok(if filled {
                codes::OK
            } else {
                codes::OUTSIDE_MEMORY
            })
        })
    }

    /// Calls one of the exports that take a path and leave nothing.
    pub(crate) fn change_file(
        &mut self,
        export: &'static str,
        path: &[u8],
        limits: CallLimits,
    ) -> Result<Answer<()>, CallError> {
        self.file_call(path, limits, |calls, path, path_len| {
            calls.call(export, (path, path_len))
        })
    }

    /// Mounts the host's folder or file of this number.
    #[cfg(feature = "mounts")]
    pub(crate) fn mount(
        &mut self,
        path: &[u8],
        number: i32,
        limits: CallLimits,
    ) -> Result<Answer<()>, CallError> {
        self.file_call(path, limits, |calls, path, path_len| {
            calls.call(exports::FILE_MOUNT, (path, path_len, number))
        })
    }

    /// Calls one of the exports that take a path and leave a value.
    pub(crate) fn ask_file(
        &mut self,
        export: &'static str,
        path: &[u8],
        limits: CallLimits,
    ) -> Result<Answer<Bytes>, CallError> {
        let answer = self.change_file(export, path, limits)?;
        Ok(answer.map(|()| self.value()))
    }

    /// Where in memory a file's bytes lie.
    pub(crate) fn locate_file(
        &mut self,
        path: &[u8],
        limits: CallLimits,
    ) -> Result<Answer<Range<u32>>, CallError> {
        let answer = self.change_file(exports::FILE_READ, path, limits)?;
        Ok(answer.map(|()| self.value_place()))
    }

    fn file_call(
        &mut self,
        path: &[u8],
        limits: CallLimits,
        call: impl FnOnce(&mut Calls<'_, Host>, i32, i32) -> Result<i32, Stopped>,
    ) -> Result<Answer<()>, CallError> {
        let code = self.instance.calls(limits, |calls| {
            let Some((address, len)) = lend(calls, path)? else {
                return Ok(codes::NO_MEMORY);
            };
            let code = call(calls, address, len)?;
            let () = calls.call(exports::DEALLOC, (address, len))?;
            Ok(code)
        })?;
        Ok(if code == codes::OK {
            Ok(())
        } else {
            Err(code.into())
        })
    }
}
