//! Whether somebody else could have written what is in a folder: stored sessions are code.

use crate::store::StoreError;
use std::fs::{self, File, Metadata};
use std::path::Path;

/// Refuses a folder that somebody other than this user or the superuser can write to.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::metadata(path).map_err(StoreError::io("look at its folder"))?;
    judge(&metadata, path)
}

/// As [`check`], for a file that is open.
pub(super) fn check_file(file: &File, path: &Path) -> Result<(), StoreError> {
    let metadata = file
        .metadata()
        .map_err(StoreError::io("look at a session"))?;
    judge(&metadata, path)
}

#[cfg(unix)]
fn judge(metadata: &Metadata, path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt;

    const GROUP_OR_OTHERS_WRITE: u32 = 0o022;
    let refuse = |reason| {
        Err(StoreError::Untrusted {
            path: path.to_owned(),
            reason,
        })
    };
    let ours = rustix::process::geteuid().as_raw();
    if metadata.uid() != ours && metadata.uid() != 0 {
        return refuse("it belongs to another user");
    }
    if metadata.mode() & GROUP_OR_OTHERS_WRITE != 0 {
        return refuse("its group or others can write to it (chmod go-w)");
    }
    Ok(())
}

/// Where folders have no owners and modes, whoever has access is trusted.
#[cfg(not(unix))]
fn judge(_: &Metadata, _: &Path) -> Result<(), StoreError> {
    Ok(())
}
