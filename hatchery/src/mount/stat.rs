use hatchery_abi::mount::stat;
use rustix::fs::FileType;

/// What the guest learns of a file in a mounted folder: no owner, no permissions, no device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stat {
    inode: u64,
    size: u64,
    modified_ns: u64,
    file_type: u32,
    links: u32,
}

impl Stat {
    pub(crate) const BYTES: usize = 32;

    pub(super) fn of_path(metadata: &cap_std::fs::Metadata) -> Self {
        use cap_std::fs::MetadataExt;
        Self {
            inode: metadata.ino(),
            size: metadata.size(),
            modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            file_type: wasi_file_type(FileType::from_raw_mode(metadata.mode())),
            links: u32::try_from(metadata.nlink()).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn of_file(metadata: &std::fs::Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self {
            inode: metadata.ino(),
            size: metadata.size(),
            modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            file_type: wasi_file_type(FileType::from_raw_mode(metadata.mode())),
            links: u32::try_from(metadata.nlink()).unwrap_or(u32::MAX),
        }
    }

    /// Where nothing can be written.
    pub(super) fn read_only(mut self, is_read_only: bool) -> Self {
        if is_read_only {
            self.file_type |= stat::READ_ONLY as u32;
        }
        self
    }

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.inode.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.size.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.modified_ns.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.file_type.to_le_bytes());
        bytes[28..].copy_from_slice(&self.links.to_le_bytes());
        bytes
    }
}

/// Since 1970; what was before is then.
fn nanoseconds(seconds: i64, nanoseconds: i64) -> u64 {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(u64::try_from(nanoseconds).unwrap_or(0))
}

pub(super) fn wasi_file_type(file_type: FileType) -> u32 {
    match file_type {
        FileType::BlockDevice => 1,
        FileType::CharacterDevice => 2,
        FileType::Directory => 3,
        FileType::RegularFile => 4,
        FileType::Socket => 6,
        FileType::Symlink => 7,
        _ => 0,
    }
}
