use std::io;

/// An error as WASI names it, which is all that the guest learns of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) i32);

impl Errno {
    pub(crate) const ACCESS: Self = Self(2);
    pub(crate) const BAD_HANDLE: Self = Self(8);
    pub(crate) const INVALID: Self = Self(28);
    pub(crate) const IO: Self = Self(29);
    pub(crate) const IS_DIRECTORY: Self = Self(31);
    pub(crate) const TOO_MANY_FILES: Self = Self(33);
    pub(crate) const NO_DEVICE: Self = Self(43);
    pub(crate) const NO_SPACE: Self = Self(51);
    pub(crate) const OVERFLOW: Self = Self(61);
    pub(crate) const NOT_PERMITTED: Self = Self(63);
    pub(crate) const READ_ONLY: Self = Self(69);
    pub(crate) const OTHER_DEVICE: Self = Self(75);
}

/// The system's numbers for what can happen to a file, and WASI's.
const KNOWN: [(rustix::io::Errno, i32); 20] = {
    use rustix::io::Errno as E;
    [
        (E::ACCESS, 2),
        (E::AGAIN, 6),
        (E::BADF, 8),
        (E::BUSY, 10),
        (E::DQUOT, 19),
        (E::EXIST, 20),
        (E::FBIG, 22),
        (E::INTR, 27),
        (E::INVAL, 28),
        (E::ISDIR, 31),
        (E::LOOP, 32),
        (E::NAMETOOLONG, 37),
        (E::NOENT, 44),
        (E::NOMEM, 48),
        (E::NOSPC, 51),
        (E::NOTDIR, 54),
        (E::NOTEMPTY, 55),
        (E::PERM, 63),
        (E::ROFS, 69),
        (E::XDEV, 75),
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
