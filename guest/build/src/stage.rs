//! A stage's folder, which counts only once its marker is there.

use std::fs::{self, File};
use std::path::Path;

use hatchery_guest::recipe::{is_complete, marker};

use crate::Error;

/// Fills `dir` by `work`, unless that was done before. What an interrupted run
/// left is wiped first; the marker comes last, after all else reached the disk.
pub(crate) fn fill(dir: &Path, work: impl FnOnce(&Path) -> Result<(), Error>) -> Result<(), Error> {
    if is_complete(dir) {
        return Ok(());
    }
    if dir.exists() {
        fs::remove_dir_all(dir).map_err(Error::io("removing the unfinished", dir))?;
    }
    fs::create_dir_all(dir).map_err(Error::io("creating", dir))?;
    work(dir)?;
    write_to_disk(dir).map_err(Error::io("syncing", dir))?;
    let marker = marker(dir);
    File::create(&marker)
        .and_then(|file| file.sync_all())
        .and_then(|()| write_to_disk(dir))
        .map_err(Error::io("creating", &marker))
}

/// Everything that was written below `dir`, which can be many thousands of files, in one call.
fn write_to_disk(dir: &Path) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(File::open(dir)?)?;
    #[cfg(not(target_os = "linux"))]
    {
        let _ = dir;
        rustix::fs::sync();
    }
    Ok(())
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
}
