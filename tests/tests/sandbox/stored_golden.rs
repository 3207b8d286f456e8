//! A golden snapshot made of a live session, stored and opened again.

use crate::{builder, sandbox};
use hatchery::{Error, ResumeError, Runtime, SnapshotError};
use hatchery_tests::{runtime, stdout};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const LIBRARY: &str = "
import json
class Shape:
    def __init__(self, n): self.n = n
shapes = [Shape(n) for n in range(5)]
open('/work/data', 'w').write('kept')";

fn library() -> Runtime {
    let mut sandbox = sandbox();
    stdout(&mut sandbox, LIBRARY);
    sandbox.into_golden().unwrap()
}

fn in_another_process(snapshot: &Path, session: &Path, program: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_another-process"))
        .args([snapshot, session])
        .arg(program)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_stored_snapshot_is_opened_with_all_that_was_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library");
    let own = library();
    own.save(&path).unwrap();
    let opened = Runtime::open(&path).unwrap();
    assert_eq!(opened.golden().id(), own.golden().id());
    assert_ne!(opened.golden().id(), runtime().golden().id());
    assert_eq!(opened.guest_build_id(), runtime().guest_build_id());
    let mut sandbox = opened.sandbox().unwrap();
    let ask = "print(shapes[3].n, open('/work/data').read())";
    assert_eq!(stdout(&mut sandbox, ask), "3 kept\n");
    sandbox.execute("shapes = None").unwrap();
    sandbox.reset().unwrap();
    assert_eq!(stdout(&mut sandbox, ask), "3 kept\n");
    // It is stored over an older one, and derived from again.
    stdout(&mut sandbox, "shapes.append(Shape(77))");
    let later = sandbox.into_golden().unwrap();
    later.save(&path).unwrap();
    let mut sandbox = Runtime::open(&path).unwrap().sandbox().unwrap();
    assert_eq!(stdout(&mut sandbox, "print(shapes[-1].n)"), "77\n");
}

#[test]
fn its_sessions_outlast_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let (path, session) = (folder.path().join("library"), folder.path().join("session"));
    let own = library();
    own.save(&path).unwrap();
    let mut sandbox = own.sandbox().unwrap();
    stdout(&mut sandbox, "numbers = iter(range(9)); next(numbers)");
    fs::write(&session, sandbox.hibernate().unwrap()).unwrap();
    let program = "print(next(numbers), shapes[2].n)";
    assert_eq!(in_another_process(&path, &session, program), "1 2\n");
    // The session is of this snapshot and of no other.
    let foreign = runtime().resume(fs::read(&session).unwrap());
    assert!(matches!(
        foreign,
        Err(Error::Resume(ResumeError::ForeignGolden))
    ));
}

#[test]
fn damaged_and_foreign_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library");
    assert!(matches!(
        Runtime::open(&path),
        Err(Error::Snapshot(SnapshotError::Missing { .. }))
    ));
    library().save(&path).unwrap();
    // Others can write to it, and so run code here.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(matches!(
        Runtime::open(&path),
        Err(Error::Snapshot(SnapshotError::Untrusted { .. }))
    ));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    for file in ["image.bin", "module.cwasm", "manifest.json"] {
        let at = path.join(file);
        let sound = fs::read(&at).unwrap();
        let mut damaged = sound.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 1;
        fs::write(&at, &damaged).unwrap();
        assert!(
            matches!(Runtime::open(&path), Err(Error::Snapshot(_))),
            "{file}"
        );
        fs::write(&at, &sound[..middle]).unwrap();
        assert!(
            matches!(Runtime::open(&path), Err(Error::Snapshot(_))),
            "{file}"
        );
        fs::write(&at, &sound).unwrap();
    }
    assert!(Runtime::open(&path).is_ok());
}

#[test]
fn monotonic_time_does_not_go_back_where_a_session_wakes() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session");
    let mut sandbox = builder().build().unwrap();
    // The other process begins its clock anew: this one's has to be ahead.
    std::thread::sleep(std::time::Duration::from_secs(2));
    stdout(&mut sandbox, "import time\nbefore = time.monotonic()");
    fs::write(&session, sandbox.hibernate().unwrap()).unwrap();
    let program = "print(0 <= time.monotonic() - before < 1000)";
    assert_eq!(
        in_another_process(Path::new("-"), &session, program),
        "True\n"
    );
}

#[test]
fn monotonic_time_does_not_go_back_where_a_stored_snapshot_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ahead");
    let mut sandbox = builder().build().unwrap();
    // The other process begins its clock anew: this one's has to be ahead.
    std::thread::sleep(std::time::Duration::from_secs(2));
    stdout(&mut sandbox, "import time\nbefore = time.monotonic()");
    sandbox.into_golden().unwrap().save(&path).unwrap();
    let program = "print(0 <= time.monotonic() - before < 1000)";
    assert_eq!(in_another_process(&path, Path::new("-"), program), "True\n");
}
