//! A single file of the host's, mounted by itself.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

use super::host::{Done, growth, set_modified};
use super::{Errno, Ledger, Mount, Open, Stat};

/// The file, open from when the sandbox was made: whatever happens to its name on the host, a program has this file or none.
#[derive(Debug)]
pub(super) struct SingleFile {
    pub(super) number: i32,
    pub(super) is_writable: bool,
    pub(super) usage: Ledger,
    file: File,
}

impl SingleFile {
    pub(super) fn open(mount: &Mount) -> io::Result<Self> {
        // Nobody may wait for the other end of a pipe.
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = File::options()
            .read(true)
            .write(mount.is_writable())
            .custom_flags(flags.bits().cast_signed())
            .open(mount.host_path())?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is no plain file; mount a folder with Mount::new",
            ));
        }
        Ok(Self {
            number: mount.number(),
            is_writable: mount.is_writable(),
            usage: mount.usage().clone(),
            file,
        })
    }

    /// The same file once more. All reads and writes say where, so that the copies need no places of their own.
    pub(super) fn open_again(&self, path: &Path, how: Open) -> Done<File> {
        check(path)?;
        if how.has(Open::CREATE) && how.has(Open::EXCLUSIVE) {
            return Err(Errno::EXISTS);
        }
        let is_emptied = how.has(Open::TRUNCATE);
        if (is_emptied || how.has(Open::WRITE)) && !self.is_writable {
            return Err(Errno::READ_ONLY);
        }
        let file = self.file.try_clone()?;
        if is_emptied {
            let before = std::cell::Cell::new(0);
            self.usage.step(
                || {
                    before.set(file.metadata()?.len());
                    Ok(growth(before.get(), 0))
                },
                || Ok((file.set_len(0)?, growth(before.get(), 0))),
            )?;
        }
        Ok(file)
    }

    pub(super) fn stat(&self, path: &Path) -> Done<Stat> {
        check(path)?;
        Ok(Stat::of_file(&self.file.metadata()?).read_only(!self.is_writable))
    }

    pub(super) fn set_modified(&self, path: &Path, modified_ns: u64) -> Done<()> {
        check(path)?;
        if !self.is_writable {
            return Err(Errno::READ_ONLY);
        }
        set_modified(&self.file, modified_ns)
    }
}

/// There is nothing below a file.
fn check(path: &Path) -> Done<()> {
    if path == Path::new(".") {
        Ok(())
    } else {
        Err(Errno::NOT_DIRECTORY)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mounts;
    use super::*;

    /// What the guest's own code never asks for, and a program that has taken it over may.
    #[test]
    fn no_path_leads_anywhere_but_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "shown").unwrap();
        std::fs::write(folder.path().join("secret"), "hidden").unwrap();
        let mount = Mount::file(folder.path().join("file"), "/data/file").writable();
        let number = mount.number();
        let mut mounts = Mounts::open_all(&[mount]).unwrap();
        let how = Open(Open::WRITE | Open::CREATE | Open::TRUNCATE);
        for path in ["..", "../secret", "secret", "file", "/etc/passwd", "./", ""] {
            let path = Path::new(path);
            let is_it = path == Path::new(".");
            assert_eq!(mounts.open(number, path, how).is_ok(), is_it, "{path:?}");
            assert_eq!(mounts.stat(number, path, true).is_ok(), is_it);
            assert_eq!(mounts.set_modified(number, path, 0).is_ok(), is_it);
            assert!(mounts.list(number, path).is_err());
            assert!(mounts.read_link(number, path).is_err());
            assert!(mounts.create_dir(number, path).is_err());
            assert!(mounts.unlink(number, path).is_err());
            assert!(mounts.remove_dir(number, path).is_err());
            assert!(
                mounts
                    .rename((number, path), (number, Path::new("x")))
                    .is_err()
            );
        }
        let secret = std::fs::read(folder.path().join("secret")).unwrap();
        assert_eq!(secret, b"hidden");
    }

    /// As above: what a handle is for is the host's to say, and a descriptor of the host's is for more.
    #[test]
    fn no_handle_changes_what_it_was_not_opened_to_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "shown").unwrap();
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        let it = Path::new(".");
        for is_writable in [false, true] {
            let mount = Mount::file(&path, "/data/file");
            let mount = if is_writable { mount.writable() } else { mount };
            let number = mount.number();
            let mut mounts = Mounts::open_all(&[mount]).unwrap();
            if !is_writable {
                for how in [Open::WRITE, Open::TRUNCATE, Open::WRITE | Open::CREATE] {
                    let refused = mounts.open(number, it, Open(how));
                    assert_eq!(refused, Err(Errno::READ_ONLY), "{how}");
                }
                assert_eq!(mounts.set_modified(number, it, 0), Err(Errno::READ_ONLY));
            }
            let handle = mounts.open(number, it, Open(0)).unwrap();
            assert_eq!(mounts.write(handle, 0, b"new"), Err(Errno::BAD_HANDLE));
            assert_eq!(mounts.set_len(handle, 0), Err(Errno::INVALID));
            if !is_writable {
                let refused = mounts.set_modified_open(handle, 0);
                assert_eq!(refused, Err(Errno::READ_ONLY));
            }
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"shown");
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!(metadata.modified().unwrap(), modified);
    }
}
