//! Folders and files of the host's: the imports `mount_path` and `mount_file`.

/// What a mount's number says.
pub mod number {
    use crate::table::constants;

    constants! { "ABI_MOUNT_", i32;
        /// This bit is set in the number of a mount that is a file and no folder.
        FILE = 0x4000_0000;
    }
}

/// Operations of `mount_path`.
pub mod path {
    use crate::table::constants;

    constants! { "ABI_PATH_", i32;
        /// Open a file; argument: [`open`](super::open), left: `i64` handle.
        OPEN = 0;
        /// Argument: 1 for what a link leads to; left: a [`stat`](super::stat).
        STAT = 1;
        /// Left: `u32` length of the listing, to be taken.
        LIST = 2;
        /// Left: `u32` length of the target, to be taken.
        READ_LINK = 3;
        /// Make a folder.
        CREATE_DIRECTORY = 4;
        /// Remove a file.
        UNLINK = 5;
        /// Remove a folder.
        REMOVE_DIRECTORY = 6;
        /// Argument: nanoseconds since 1970.
        SET_MODIFIED = 7;
        /// There already: where to.
        RENAME = 8;
    }
}

/// Operations of `mount_file`.
pub mod file {
    use crate::table::constants;

    constants! { "ABI_FILE_", i32;
        /// Close the handle.
        CLOSE = 0;
        /// Read at an offset.
        READ = 1;
        /// Write at an offset.
        WRITE = 2;
        /// Set the length.
        RESIZE = 3;
        /// A [`stat`](super::stat).
        STAT = 4;
        /// Write through to the disk.
        SYNC = 5;
        /// Nanoseconds since 1970.
        SET_MODIFIED = 6;
        /// Take what was listed or read of a link.
        TAKE = 7;
    }
}

/// How to open a file, added up.
pub mod open {
    use crate::table::constants;

    constants! { "ABI_OPEN_", i64;
        /// To be read.
        READ = 1;
        /// To be written.
        WRITE = 2;
        /// Made if it is missing.
        CREATE = 4;
        /// Must be missing.
        EXCLUSIVE = 8;
        /// Emptied.
        TRUNCATE = 16;
    }
}

/// What the host leaves of a file.
pub mod stat {
    use crate::table::constants;

    constants! { "ABI_STAT_", usize;
        /// `u64`.
        INODE = 0;
        /// `u64`: length.
        SIZE = 8;
        /// `u64`: nanoseconds since 1970 of the last modification.
        MODIFIED_NS = 16;
        /// `u32`: WASI's file type.
        FILE_TYPE = 24;
        /// `u32`: number of links.
        LINKS = 28;
        /// This bit is set in the file type where the mount can be read only.
        READ_ONLY = 0x4000_0000;
        /// Its length.
        BYTES = 32;
    }
}

/// A record of a listing; the name follows.
pub mod listing {
    use crate::table::constants;

    constants! { "ABI_LISTING_", usize;
        /// `u64`.
        INODE = 0;
        /// `u32`: length of the name.
        NAME_LEN = 8;
        /// `u32`: WASI's file type.
        FILE_TYPE = 12;
        /// Its length without the name.
        BYTES = 16;
    }
}

/// Where a rename leads.
pub mod target {
    use crate::table::constants;

    constants! { "ABI_TARGET_", usize;
        /// `i32`.
        MOUNT = 0;
        /// `u32`: address of the path.
        PATH = 4;
        /// `u32`: its length.
        LEN = 8;
        /// Its length.
        BYTES = 12;
    }
}

/// WASI's file types.
pub mod file_type {
    use crate::table::constants;

    constants! { "ABI_FILE_TYPE_", u32;
        /// None of the others.
        UNKNOWN = 0;
        /// A device for characters.
        CHARACTER_DEVICE = 2;
        /// A folder.
        DIRECTORY = 3;
        /// A file.
        REGULAR_FILE = 4;
        /// A link.
        SYMBOLIC_LINK = 7;
    }
}
