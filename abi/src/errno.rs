//! WASI's errno numbers, as far as guest and host tell each other of them.

use crate::table::constants;

constants! { "ABI_ERRNO_", i32;
    /// No error.
    SUCCESS = 0;
    /// Permission denied.
    ACCES = 2;
    /// Try again.
    AGAIN = 6;
    /// Bad file descriptor.
    BADF = 8;
    /// In use.
    BUSY = 10;
    /// Over a quota.
    DQUOT = 19;
    /// Is there already.
    EXIST = 20;
    /// Bad address.
    FAULT = 21;
    /// File too large.
    FBIG = 22;
    /// Not text of this encoding.
    ILSEQ = 25;
    /// Interrupted.
    INTR = 27;
    /// Invalid argument.
    INVAL = 28;
    /// Input or output failed.
    IO = 29;
    /// Is a folder.
    ISDIR = 31;
    /// Too many links to follow.
    LOOP = 32;
    /// Too many files open.
    MFILE = 33;
    /// Too many links.
    MLINK = 34;
    /// Name or path too long.
    NAMETOOLONG = 37;
    /// Too many files open in the whole system.
    NFILE = 41;
    /// No such device.
    NODEV = 43;
    /// No such file or folder.
    NOENT = 44;
    /// No memory left.
    NOMEM = 48;
    /// No room left.
    NOSPC = 51;
    /// Not implemented.
    NOSYS = 52;
    /// Is no folder.
    NOTDIR = 54;
    /// Folder is not empty.
    NOTEMPTY = 55;
    /// Not supported.
    NOTSUP = 58;
    /// No such device or address.
    NXIO = 60;
    /// Value too large.
    OVERFLOW = 61;
    /// Operation not permitted.
    PERM = 63;
    /// Broken pipe.
    PIPE = 64;
    /// Read-only.
    ROFS = 69;
    /// Cannot seek.
    SPIPE = 70;
    /// The handle's file is gone.
    STALE = 72;
    /// Timed out.
    TIMEDOUT = 73;
    /// Program is being run.
    TXTBSY = 74;
    /// On another device.
    XDEV = 75;
    /// Leads out of the folder.
    NOTCAPABLE = 76;
}
