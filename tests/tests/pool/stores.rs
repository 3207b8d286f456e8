use super::stored::Asked;
use bytes::Bytes;
use futures_lite::future::block_on;
use hatchery_pool::{
    FolderStore, MemoryStore, NAME_BYTES_MAX, RedbStore, SessionKey, SessionStore, StoreError,
    Version,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn key(tenant: &str, session: &str) -> SessionKey {
    SessionKey::new(tenant, session).unwrap()
}

fn bytes(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Names that would mean something to a file system or a database.
fn odd_names() -> Vec<String> {
    let odd = [
        "..",
        ".",
        "a/b",
        "/",
        "%2e",
        "a%",
        "é",
        "\u{1F40D}",
        " ",
        "a\nb",
        ".new",
        ".lock",
        "A",
        "a",
        "-",
    ];
    let mut names: Vec<String> = odd.map(str::to_owned).to_vec();
    names.push("\u{7f}".repeat(NAME_BYTES_MAX));
    names.push("/".repeat(NAME_BYTES_MAX));
    names
}

fn check(store: &dyn SessionStore) {
    assert!(store.count() == 0);
    assert_eq!(store.found(&key("ana", "s")), None);
    assert!(!store.removed(&key("ana", "s")));
    assert!(store.names("ana").is_empty());

    store.put(&key("ana", "s"), bytes("one")).unwrap();
    store.put(&key("ana", "s"), bytes("two")).unwrap();
    assert_eq!(store.found(&key("ana", "s")), Some(bytes("two")));
    assert_eq!(store.count(), 1);
    assert!(store.removed(&key("ana", "s")));
    assert_eq!(store.found(&key("ana", "s")), None);

    let names = odd_names();
    for tenant in &names {
        for session in &names {
            let session_bytes = bytes(&format!("{tenant} {session}"));
            store.put(&key(tenant, session), session_bytes).unwrap();
        }
    }
    assert_eq!(store.count(), names.len() * names.len());
    for tenant in &names {
        for session in &names {
            let stored = store.found(&key(tenant, session));
            assert_eq!(stored, Some(bytes(&format!("{tenant} {session}"))));
        }
        let mut found = store.names(tenant);
        found.sort();
        let mut wanted = names.clone();
        wanted.sort();
        assert_eq!(found, wanted, "of {tenant:?}");
    }
    assert!(store.removed(&key("..", "..")));
    assert_eq!(store.count(), names.len() * names.len() - 1);
}

#[test]
fn no_store_mixes_sessions_up() {
    let dir = tempfile::tempdir().unwrap();
    check(&MemoryStore::new());
    check(&FolderStore::open(dir.path().join("folder")).unwrap());
    check(&RedbStore::open(dir.path().join("sessions.redb")).unwrap());
    let mut left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(
        left,
        ["folder", "sessions.redb"],
        "no name led out of the folder"
    );
}

#[test]
fn a_store_that_is_opened_again_has_what_it_had() {
    let dir = tempfile::tempdir().unwrap();
    let open: [&dyn Fn() -> Box<dyn SessionStore>; 2] = [
        &|| Box::new(FolderStore::open(dir.path().join("folder")).unwrap()),
        &|| Box::new(RedbStore::open(dir.path().join("sessions.redb")).unwrap()),
    ];
    for open in open {
        open().put(&key("ana", "s"), bytes("kept")).unwrap();
        let again = open();
        assert_eq!(again.found(&key("ana", "s")), Some(bytes("kept")));
        assert_eq!(again.count(), 1);
    }
}

#[test]
fn two_do_not_write_to_one_store() {
    let dir = tempfile::tempdir().unwrap();
    let _folder = FolderStore::open(dir.path().join("folder")).unwrap();
    let second = FolderStore::open(dir.path().join("folder"));
    assert!(
        matches!(second, Err(StoreError::InUse { .. })),
        "{second:?}"
    );
    let _database = RedbStore::open(dir.path().join("sessions.redb")).unwrap();
    let second = RedbStore::open(dir.path().join("sessions.redb"));
    assert!(
        matches!(second, Err(StoreError::InUse { .. })),
        "{second:?}"
    );
}

#[test]
fn what_a_crash_left_half_written_is_nobodys_session() {
    let dir = tempfile::tempdir().unwrap();
    let open = || FolderStore::open(dir.path()).unwrap();
    open().put(&key("ana", "s"), bytes("whole")).unwrap();
    let half: &Path = &dir.path().join(".new/0.session");
    fs::write(half, "hal").unwrap();
    let store = open();
    assert!(!half.exists());
    assert_eq!(
        (store.count(), store.names("ana")),
        (1, vec!["s".to_owned()])
    );
    store.put(&key("ana", "t"), bytes("new")).unwrap();
    assert_eq!(store.found(&key("ana", "s")), Some(bytes("whole")));
}

#[test]
fn a_store_that_cannot_write_says_so_and_keeps_what_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let store = FolderStore::open(dir.path()).unwrap();
    store.put(&key("ana", "s"), bytes("old")).unwrap();
    // Even root cannot make a file there.
    fs::remove_dir(dir.path().join(".new")).unwrap();
    let refused = store.put(&key("ana", "s"), bytes("new"));
    assert!(matches!(refused, Err(StoreError::Io { .. })), "{refused:?}");
    assert_eq!(store.found(&key("ana", "s")), Some(bytes("old")));
    fs::write(dir.path().join("not-a-store"), "").unwrap();
    assert!(matches!(
        FolderStore::open(dir.path().join("not-a-store")),
        Err(StoreError::Io { .. })
    ));
    assert!(matches!(
        RedbStore::open(dir.path().join("ana/s.session")),
        Err(StoreError::Other(_))
    ));
}

fn stores(dir: &Path) -> [Arc<dyn SessionStore>; 3] {
    [
        Arc::new(MemoryStore::new()),
        Arc::new(FolderStore::open(dir.join("folder")).unwrap()),
        Arc::new(RedbStore::open(dir.join("sessions.redb")).unwrap()),
    ]
}

#[test]
fn no_store_replaces_a_version_that_the_caller_does_not_know() {
    let dir = tempfile::tempdir().unwrap();
    for store in stores(dir.path()) {
        let key = key("ana", "s");
        let put =
            |text, expected: Option<&Version>| block_on(store.store(&key, bytes(text), expected));
        let conflicts = |expected: Option<&Version>| {
            matches!(put("wrong", expected), Err(StoreError::Conflict))
        };
        let first = put("first", None).unwrap();
        assert!(conflicts(None));
        let loaded = block_on(store.load(&key)).unwrap().unwrap();
        assert_eq!(
            (&loaded.session[..], &loaded.version),
            (&b"first"[..], &first)
        );
        let second = put("first", Some(&first)).unwrap();
        assert!(second != first && conflicts(Some(&first)));
        assert!(store.removed(&key));
        assert!(conflicts(Some(&second)));
        let third = put("third", None).unwrap();
        // Not even one that was there before it was removed.
        assert!(conflicts(Some(&first)) && conflicts(Some(&second)));
        assert_eq!(store.found(&key), Some(bytes("third")));
        put("fourth", Some(&third)).unwrap();
    }
}

#[test]
fn of_many_who_replace_a_session_at_once_none_is_overwritten() {
    const TURNS: usize = 30;
    let dir = tempfile::tempdir().unwrap();
    for store in stores(dir.path()) {
        let key = key("ana", "s");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut turns = 0;
                    while turns < TURNS {
                        let there = block_on(store.load(&key)).unwrap();
                        let count = there.as_ref().map_or(0, |stored| stored.session.len());
                        let more = Bytes::from(vec![b'x'; count + 1]);
                        let expected = there.as_ref().map(|stored| &stored.version);
                        match block_on(store.store(&key, more, expected)) {
                            Ok(_) => turns += 1,
                            Err(StoreError::Conflict) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                });
            }
        });
        assert_eq!(store.found(&key).unwrap().len(), 4 * TURNS);
    }
}

#[test]
fn a_tenants_folder_goes_with_its_last_session_and_with_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = FolderStore::open(dir.path()).unwrap();
    let folder = dir.path().join("ana");
    for session in ["s", "t"] {
        store.put(&key("ana", session), bytes("x")).unwrap();
    }
    assert!(store.removed(&key("ana", "s")) && folder.exists());
    assert!(store.removed(&key("ana", "t")) && !folder.exists());
    // Those who add sessions while others remove the last one lose none.
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for turn in 0..50 {
                    let key = key("ana", &format!("{thread}"));
                    store.put(&key, bytes(&format!("{turn}"))).unwrap();
                    assert_eq!(store.found(&key), Some(bytes(&format!("{turn}"))));
                    assert!(store.removed(&key));
                }
            });
        }
    });
    assert_eq!((store.count(), folder.exists()), (0, false));
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_write_to_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let store = FolderStore::open(&path).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    store.put(&key("ana", "s"), bytes("x")).unwrap();
    let (tenant, file) = (path.join("ana"), path.join("ana/s.session"));
    assert_eq!(
        (mode(&path), mode(&tenant), mode(&file)),
        (0o700, 0o700, 0o600)
    );
    let load = || block_on(store.load(&key("ana", "s")));
    for (path, usual) in [(&tenant, 0o700), (&file, 0o600)] {
        for bad in [0o020, 0o002] {
            allow(path, usual | bad);
            assert!(
                matches!(load(), Err(StoreError::Untrusted { .. })),
                "{path:?}"
            );
        }
        allow(path, usual);
    }
    assert!(load().unwrap().is_some());
    drop(store);
    for bad in [0o720, 0o702] {
        allow(&path, bad);
        let opened = FolderStore::open(&path);
        assert!(
            matches!(opened, Err(StoreError::Untrusted { .. })),
            "{opened:?}"
        );
    }
    allow(&path, 0o755);
    assert_eq!(FolderStore::open(&path).unwrap().count(), 1);
}

#[test]
fn a_session_that_was_stored_before_there_were_versions_is_still_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = FolderStore::open(dir.path()).unwrap();
    store.put(&key("ana", "other"), bytes("x")).unwrap();
    fs::write(dir.path().join("ana/s.session"), "as it was").unwrap();
    let old = block_on(store.load(&key("ana", "s"))).unwrap().unwrap();
    assert_eq!(&old.session[..], b"as it was");
    let key = key("ana", "s");
    block_on(store.store(&key, bytes("new"), Some(&old.version))).unwrap();
    assert_eq!(store.found(&key), Some(bytes("new")));
}
