//! A stage's folder, which counts only once its marker is there.

use std::fs::{self, File};
use std::path::Path;

use hatchery_guest::recipe::{is_complete, marker};

use crate::Error;
use crate::durable::{Disk, FileSystem};

/// Fills `dir` by `work`, unless that was done before. What an interrupted run
/// left is wiped first; the marker comes last, after all else reached the disk.
pub(crate) fn fill(dir: &Path, work: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
    fill_on(&FileSystem, dir, work)
}

fn fill_on(
    disk: &impl Disk,
    dir: &Path,
    work: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    if is_complete(dir) {
        return Ok(());
    }
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(Error::io("removing the unfinished", dir))?;
    }
    fs::create_dir_all(dir).map_err(Error::io("creating", dir))?;
    work(dir)?;
    disk.sync_below(dir)
        .map_err(Error::io("writing to the disk", dir))?;
    let marker = marker(dir);
    disk.create(&marker)
        .and_then(|()| disk.sync_folder(dir))
        .map_err(Error::io("creating", &marker))
}

/// Held while stages are built, so that two processes do not build one folder.
pub(crate) struct BuildLock(#[expect(dead_code, reason = "held for its lock")] File);

impl BuildLock {
    /// Waits for another process that is building.
    pub(crate) fn acquire(cache: &Path) -> Result<Self, Error> {
        let dir = cache.join("guest");
        fs::create_dir_all(&dir).map_err(Error::io("creating", &dir))?;
        let path = dir.join("build.lock");
        let file = File::create(&path).map_err(Error::io("creating", &path))?;
        file.lock().map_err(Error::io("locking", &path))?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::io;

    #[test]
    fn an_interrupted_stage_is_wiped_and_run_again() {
        let dir = tempfile::tempdir().unwrap();
        let stage = dir.path().join("stage-1");
        let interrupted = fill(&stage, |out| {
            fs::write(out.join("half"), "written").unwrap();
            Err(Error::BadArchive {
                path: out.to_owned(),
                message: "interrupted".to_owned(),
            })
        });
        assert!(interrupted.is_err() && !is_complete(&stage));
        fill(&stage, |out| {
            assert!(
                !out.join("half").exists(),
                "the first attempt's file is still there"
            );
            fs::write(out.join("whole"), "written").unwrap();
            Ok(())
        })
        .unwrap();
        assert!(is_complete(&stage));
        fill(&stage, |_| panic!("a finished stage ran again")).unwrap();
    }

    /// Notes what is done to the disk, and what of the stage was there by then.
    struct Watched {
        work: &'static str,
        seen: RefCell<Vec<(&'static str, bool, bool)>>,
    }

    impl Watched {
        fn note(&self, what: &'static str, dir: &Path) -> io::Result<()> {
            let has_work = dir.join(self.work).is_file();
            let seen = (what, has_work, is_complete(dir));
            self.seen.borrow_mut().push(seen);
            Ok(())
        }
    }

    impl Disk for Watched {
        fn sync_below(&self, dir: &Path) -> io::Result<()> {
            self.note("sync below", dir)?;
            FileSystem.sync_below(dir)
        }

        fn create(&self, path: &Path) -> io::Result<()> {
            self.note("create", path.parent().unwrap())?;
            FileSystem.create(path)
        }

        fn sync_folder(&self, dir: &Path) -> io::Result<()> {
            self.note("sync folder", dir)?;
            FileSystem.sync_folder(dir)
        }
    }

    #[test]
    fn no_loss_of_power_leaves_a_marker_beside_a_half_written_stage() {
        let dir = tempfile::tempdir().unwrap();
        let stage = dir.path().join("stage-1");
        let disk = Watched {
            work: "lib/python.wasm",
            seen: RefCell::default(),
        };
        fill_on(&disk, &stage, |out| {
            fs::create_dir(out.join("lib")).unwrap();
            fs::write(out.join(disk.work), "module").unwrap();
            Ok(())
        })
        .unwrap();
        // All of the work is on the disk before the marker can be.
        let wanted = [
            ("sync below", true, false),
            ("create", true, false),
            ("sync folder", true, true),
        ];
        assert_eq!(*disk.seen.borrow(), wanted);
    }
}
