//! A stored snapshot is loaded as it was saved, or refused.

use crate::support::{engine, engine_of, golden_with, instance, kinds, state};
use hatchery_engine::{CowEngine, Golden, SnapshotError};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const MODULE: &str = r#"(module (memory 8) (global $g (mut i64) (i64.const 1))
     (data (i32.const 70000) "in the image")
     (func (export "bake") (global.set $g (i64.const 99)) (i32.store (i32.const 300000) (i32.const 77)))
     (func (export "look") (result i32) (i32.load (i32.const 300000))))"#;

fn baked(engine: &CowEngine) -> Golden {
    golden_with(engine, MODULE, |bake| {
        bake.note("language", "none");
        bake.call("bake", (), None)
    })
}

fn stored(engine: &CowEngine) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("cache").join("golden");
    baked(engine).save(&path).unwrap();
    (dir, path)
}

fn refusal(engine: &CowEngine, path: &Path) -> SnapshotError {
    match Golden::load(engine, path) {
        Err(error) => error,
        Ok(_) => panic!("loaded"),
    }
}

/// Waits until the kernel's clock has left the files' times behind, and loads twice: the second finds the stamp.
fn stamp(engine: &CowEngine, path: &Path) {
    std::thread::sleep(std::time::Duration::from_millis(80));
    Golden::load(engine, path).unwrap();
    assert!(path.join("verified").exists());
    Golden::load(engine, path).unwrap();
}

#[test]
fn a_loaded_snapshot_is_the_one_that_was_saved() {
    for kind in kinds() {
        let engine = engine_of(kind);
        let before = baked(&engine);
        let (_dir, path) = stored(&engine);
        // Another engine of the same kind: another process would have one.
        let after = Golden::load(&engine_of(kind), &path).unwrap();
        assert_eq!(after.id(), before.id());
        assert_eq!(after.metadata()["language"], "none");
        assert_eq!(after.reset_kind(), before.reset_kind());
        let (mut one, mut two) = (instance(&before), instance(&after));
        assert!(state(&mut one) == state(&mut two));
        assert_eq!(two.call::<(), i32>("look", (), None).unwrap(), 77);
        assert_eq!(two.private_dirty_pages().unwrap(), 0);
        two.reset().unwrap();
        assert!(state(&mut one) == state(&mut two));
    }
}

#[test]
fn holes_of_the_image_take_no_disk() {
    use std::os::unix::fs::MetadataExt;
    let engine = engine();
    let (_dir, path) = stored(&engine);
    let image = fs::metadata(path.join("image.bin")).unwrap();
    assert_eq!(image.len(), 8 << 16);
    assert!(
        image.blocks() * 512 <= 4 * 65536,
        "{} blocks",
        image.blocks()
    );
}

#[test]
fn no_damaged_byte_is_ever_run() {
    let engine = engine();
    let (_dir, path) = stored(&engine);
    stamp(&engine, &path);
    for name in ["manifest.json", "image.bin", "module.cwasm"] {
        let file = path.join(name);
        let good = fs::read(&file).unwrap();
        let step = (good.len() / 60).max(1);
        let mut places: Vec<usize> = (0..good.len()).step_by(step).collect();
        places.extend([good.len() - 1, 70_000.min(good.len() - 1)]);
        for at in places {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            fs::write(&file, &bad).unwrap();
            let error = refusal(&engine, &path);
            assert!(error.is_rebuildable(), "{name} byte {at}: {error}");
        }
        for length in [0, 1, good.len() / 2, good.len() - 1] {
            fs::write(&file, &good[..length]).unwrap();
            let error = refusal(&engine, &path);
            assert!(error.is_rebuildable(), "{name} cut to {length}: {error}");
        }
        let mut longer = good.clone();
        longer.extend_from_slice(&[0; 4096]);
        fs::write(&file, &longer).unwrap();
        assert!(refusal(&engine, &path).is_rebuildable());
        fs::remove_file(&file).unwrap();
        assert!(matches!(
            refusal(&engine, &path),
            SnapshotError::Missing { .. }
        ));
        fs::write(&file, &good).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        Golden::load(&engine, &path).unwrap();
    }
}

#[test]
fn a_forged_stamp_is_worth_nothing() {
    let engine = engine();
    let (_dir, path) = stored(&engine);
    stamp(&engine, &path);
    let file = path.join("verified");
    let good = fs::read(&file).unwrap();
    let image = fs::read(path.join("image.bin")).unwrap();
    let mut bad = image.clone();
    bad[70_001] ^= 1;
    fs::write(path.join("image.bin"), &bad).unwrap();
    for at in 0..good.len() {
        let mut forged = good.clone();
        forged[at] ^= 1;
        fs::write(&file, &forged).unwrap();
        assert!(Golden::load(&engine, &path).is_err(), "stamp byte {at}");
    }
    fs::write(&file, "").unwrap();
    assert!(Golden::load(&engine, &path).is_err());
}

#[test]
fn a_snapshot_of_another_engine_is_refused_by_name() {
    let kinds = kinds();
    let [one, other, ..] = kinds[..] else { return };
    let (_dir, path) = stored(&engine_of(one));
    let error = refusal(&engine_of(other), &path);
    assert!(
        matches!(
            error,
            SnapshotError::Incompatible {
                what: "interrupts by",
                ..
            }
        ),
        "{error}"
    );
    assert!(error.is_rebuildable());
}

#[test]
fn what_others_can_write_to_is_not_trusted() {
    let engine = engine();
    let (_dir, path) = stored(&engine);
    for (file, mode) in [
        (path.clone(), 0o770),
        (path.clone(), 0o707),
        (path.join("module.cwasm"), 0o662),
    ] {
        let before = fs::metadata(&file).unwrap().permissions();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let error = refusal(&engine, &path);
        assert!(matches!(error, SnapshotError::Untrusted { .. }), "{error}");
        assert!(!error.is_rebuildable());
        fs::set_permissions(&file, before).unwrap();
    }
    let target = path.join("elsewhere");
    fs::rename(path.join("image.bin"), &target).unwrap();
    std::os::unix::fs::symlink(&target, path.join("image.bin")).unwrap();
    assert!(matches!(
        refusal(&engine, &path),
        SnapshotError::Damaged { .. }
    ));
}

#[test]
fn saving_again_replaces_and_leaves_nothing_behind() {
    let engine = engine();
    let (dir, path) = stored(&engine);
    let loaded = Golden::load(&engine, &path).unwrap();
    for _ in 0..3 {
        baked(&engine).save(&path).unwrap();
    }
    Golden::load(&engine, &path).unwrap();
    let entries: Vec<_> = fs::read_dir(dir.path().join("cache"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(entries, ["golden"]);
    // The one that was replaced is still mapped, and whole.
    assert_eq!(
        instance(&loaded).call::<(), i32>("look", (), None).unwrap(),
        77
    );
    drop(dir);
    assert_eq!(
        instance(&loaded).call::<(), i32>("look", (), None).unwrap(),
        77
    );
}

#[test]
fn nothing_there_is_said_to_be_missing() {
    let engine = engine();
    let dir = TempDir::new().unwrap();
    assert!(matches!(
        refusal(&engine, &dir.path().join("no")),
        SnapshotError::Missing { .. }
    ));
    fs::write(dir.path().join("file"), "").unwrap();
    assert!(matches!(
        refusal(&engine, &dir.path().join("file")),
        SnapshotError::Missing { .. }
    ));
}

/// Processes of two containers can have one process id, and save into one folder at the same time.
#[test]
fn savers_at_the_same_time_do_not_take_each_other_s_scratch_folders() {
    let engine = engine();
    let golden = baked(&engine);
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("golden");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5 {
                    golden.save(&path).unwrap();
                    Golden::load(&engine, &path)
                        .map(drop)
                        .unwrap_or_else(|error| {
                            // Between two swaps there may be none on file systems that cannot swap.
                            assert!(matches!(error, SnapshotError::Missing { .. }), "{error}");
                        });
                }
            });
        }
    });
    assert!(Golden::load(&engine, &path).is_ok());
    let left: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}
