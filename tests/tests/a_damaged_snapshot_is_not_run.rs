//! A damaged, truncated or foreign golden snapshot is refused with the reason, and
//! baked anew on request.

use std::fs::{self, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use hatchery::{Error, Runtime, SnapshotError};
use hatchery_tests::{runtime, stdout};

/// A cache folder of its own with a copy of the shared snapshot in it.
struct Cache {
    dir: tempfile::TempDir,
}

impl Cache {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let cache = Self { dir };
        cache.restore();
        cache
    }

    fn snapshot(&self) -> PathBuf {
        let name = runtime().snapshot_dir().unwrap().file_name().unwrap();
        self.dir.path().join("snapshots").join(name)
    }

    fn restore(&self) {
        let to = self.snapshot();
        let _ = fs::remove_dir_all(&to);
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&to)
            .unwrap();
        for entry in fs::read_dir(runtime().snapshot_dir().unwrap()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }

    fn load(&self) -> Result<Runtime, Error> {
        Runtime::builder().cache_dir(self.dir.path()).build()
    }
}

fn flip(path: &Path, at: u64) {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
}

#[test]
fn every_kind_of_damage_is_named_and_a_rebuild_mends_it() {
    let cache = Cache::new();
    let mut sandbox = cache
        .load()
        .expect("an undamaged copy loads")
        .sandbox()
        .unwrap();
    assert_eq!(stdout(&mut sandbox, "print(1)"), "1\n");

    for file in ["manifest.json", "image.bin", "module.cwasm"] {
        let path = cache.snapshot().join(file);
        let len = fs::metadata(&path).unwrap().len();
        for at in [0, len / 3, len / 2, len - 2] {
            flip(&path, at);
            let error = cache.load().expect_err("a flipped bit was not noticed");
            assert!(
                matches!(error, Error::Snapshot(_)),
                "{file} at {at}: {error}"
            );
            cache.restore();
        }
        for shorter in [0, len / 2, len - 1] {
            OpenOptions::new()
                .write(true)
                .open(&path)
                .unwrap()
                .set_len(shorter)
                .unwrap();
            let error = cache.load().expect_err("a truncated file was not noticed");
            assert!(
                matches!(error, Error::Snapshot(_)),
                "{file} cut to {shorter}: {error}"
            );
            cache.restore();
        }
        fs::remove_file(&path).unwrap();
        let error = cache.load().expect_err("a missing file was not noticed");
        assert!(
            matches!(&error, Error::Snapshot(SnapshotError::Missing { .. })),
            "without {file}: {error:?}"
        );
        cache.restore();
    }

    fs::set_permissions(cache.snapshot(), fs::Permissions::from_mode(0o777)).unwrap();
    let error = cache
        .load()
        .expect_err("a folder that all can write was trusted");
    assert!(
        matches!(&error, Error::Snapshot(SnapshotError::Untrusted { .. })),
        "{error:?}"
    );
    cache.restore();

    flip(&cache.snapshot().join("image.bin"), 5_000_000);
    assert!(cache.load().is_err());
    let rebuilt = Runtime::builder()
        .cache_dir(cache.dir.path())
        .rebuild_snapshot(true)
        .build();
    let mut sandbox = rebuilt.expect("rebuilding mends it").sandbox().unwrap();
    assert_eq!(stdout(&mut sandbox, "print(2)"), "2\n");
    assert!(cache.load().is_ok());
}
