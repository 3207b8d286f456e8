//! A failure of the file system after a change was made: what is there is whole, and the store can say which it is.

use super::Folder;
use super::disk::{Disk, Files};
use crate::store::{SessionKey, StoreError};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The file system, whose next sync of a tenant's folder fails when it is told so.
#[derive(Clone, Default)]
struct FailsOnce(Arc<AtomicBool>);

impl Files for FailsOnce {
    type File = File;

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        Disk.make_folder(path)
    }

    fn create(&self, path: &Path, parts: &[&[u8]]) -> io::Result<File> {
        Disk.create(path, parts)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        Disk.sync_file(file)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        Disk.remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        Disk.remove_folder(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        if path.ends_with("ana") && self.0.swap(false, Ordering::SeqCst) {
            return Err(io::Error::other("the disk is gone for a moment"));
        }
        Disk.sync_folder(path)
    }
}

#[test]
fn a_sync_that_fails_after_the_change_leaves_a_session_that_can_be_gone_on_from() {
    let dir = tempfile::tempdir().unwrap();
    let files = FailsOnce::default();
    let store = Folder::open(dir.path().join("store"), files.clone()).unwrap();
    let key = SessionKey::new("ana", "s").unwrap();
    let fails = || files.0.store(true, Ordering::SeqCst);

    let first = store.store(&key, b"first", None).unwrap();
    fails();
    let failed = store.store(&key, b"second", Some(&first));
    assert!(matches!(failed, Err(StoreError::Io { .. })), "{failed:?}");
    let there = store.load(&key).unwrap().unwrap();
    assert_eq!(&there.session[..], b"second");
    assert!(there.version != first);
    let again = store.store(&key, b"third", Some(&first));
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    store.store(&key, b"third", Some(&there.version)).unwrap();

    fails();
    let failed = store.remove(&key);
    assert!(matches!(failed, Err(StoreError::Io { .. })), "{failed:?}");
    assert!(store.load(&key).unwrap().is_none());
    store.store(&key, b"fourth", None).unwrap();
}
