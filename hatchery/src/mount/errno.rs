use hatchery_abi::errno;
use std::io;

/// An error as WASI names it, which is all that the guest learns of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) i32);

impl Errno {
    pub(crate) const ACCESS: Self = Self(errno::ACCES);
    pub(crate) const BAD_HANDLE: Self = Self(errno::BADF);
    pub(crate) const EXISTS: Self = Self(errno::EXIST);
    pub(crate) const INVALID: Self = Self(errno::INVAL);
    pub(crate) const IO: Self = Self(errno::IO);
    pub(crate) const IS_DIRECTORY: Self = Self(errno::ISDIR);
    pub(crate) const TOO_MANY_FILES: Self = Self(errno::MFILE);
    pub(crate) const NO_DEVICE: Self = Self(errno::NODEV);
    pub(crate) const NOT_DIRECTORY: Self = Self(errno::NOTDIR);
    pub(crate) const NO_SPACE: Self = Self(errno::NOSPC);
    pub(crate) const OVERFLOW: Self = Self(errno::OVERFLOW);
    pub(crate) const NOT_PERMITTED: Self = Self(errno::PERM);
    pub(crate) const READ_ONLY: Self = Self(errno::ROFS);
    pub(crate) const OTHER_DEVICE: Self = Self(errno::XDEV);
}

/// The system's numbers for what can happen to a file, and WASI's.
const KNOWN: [(rustix::io::Errno, i32); 20] = {
    use rustix::io::Errno as E;
    [
        (E::ACCESS, errno::ACCES),
        (E::AGAIN, errno::AGAIN),
        (E::BADF, errno::BADF),
        (E::BUSY, errno::BUSY),
        (E::DQUOT, errno::DQUOT),
        (E::EXIST, errno::EXIST),
        (E::FBIG, errno::FBIG),
        (E::INTR, errno::INTR),
        (E::INVAL, errno::INVAL),
        (E::ISDIR, errno::ISDIR),
        (E::LOOP, errno::LOOP),
        (E::NAMETOOLONG, errno::NAMETOOLONG),
        (E::NOENT, errno::NOENT),
        (E::NOMEM, errno::NOMEM),
        (E::NOSPC, errno::NOSPC),
        (E::NOTDIR, errno::NOTDIR),
        (E::NOTEMPTY, errno::NOTEMPTY),
        (E::PERM, errno::PERM),
        (E::ROFS, errno::ROFS),
        (E::XDEV, errno::XDEV),
    ]
};

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Self {
        let known = error.raw_os_error().and_then(|raw| {
            KNOWN
                .iter()
                .find(|(system, _)| system.raw_os_error() == raw)
        });
        match (known, error.kind()) {
            (Some((_, wasi)), _) => Self(*wasi),
            // What cap-std refuses by itself: a path that leads out.
            (None, io::ErrorKind::PermissionDenied) => Self::NOT_PERMITTED,
            (None, io::ErrorKind::InvalidInput) => Self::INVALID,
            (None, _) => Self::IO,
        }
    }
}

impl From<rustix::io::Errno> for Errno {
    fn from(errno: rustix::io::Errno) -> Self {
        io::Error::from(errno).into()
    }
}
