use super::stored::Asked;
use bytes::Bytes;
use hatchery_pool::{
    FolderStore, MemoryStore, NAME_BYTES_MAX, RedbStore, SessionKey, SessionStore, StoreError,
};
use std::fs;
use std::path::Path;

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
