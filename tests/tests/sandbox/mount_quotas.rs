//! How much programs may add to a folder of the host's.

use crate::builder;
use hatchery::{Mount, MountQuota, SandboxBuilder};
use hatchery_tests::stdout;
use std::fs;
use tempfile::TempDir;

const ATTEMPT: &str = "
import errno, os
def attempt(f, *args):
    try: f(*args)
    except OSError as e: return errno.errorcode[e.errno]
    return 'done'
def write(name, size):
    with open('/data/' + name, 'wb') as f: f.write(b'x' * size)
";

fn with_quota(folder: &TempDir, quota: MountQuota) -> SandboxBuilder {
    builder().mount(Mount::new(folder.path(), "/data").writable().quota(quota))
}

fn bytes_in(folder: &TempDir) -> u64 {
    let entries = fs::read_dir(folder.path()).unwrap();
    entries
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum()
}

#[test]
fn no_program_fills_the_disk_by_whatever_call() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("given"), vec![0; 5000]).unwrap();
    let mut sandbox = with_quota(&folder, MountQuota::new(100_000, 50))
        .build()
        .unwrap();
    stdout(&mut sandbox, ATTEMPT);
    for (call, expected) in [
        ("write, 'a', 60_000", "done"),
        ("write, 'b', 50_000", "ENOSPC"),
        ("os.truncate, '/data/a', 1 << 40", "ENOSPC"),
        ("os.remove, '/data/b'", "done"),
        // A hole counts as what it stands for.
        ("os.truncate, '/data/a', 90_000", "done"),
        ("write, 'c', 20_000", "ENOSPC"),
        ("os.remove, '/data/c'", "done"),
        ("os.truncate, '/data/a', 1000", "done"),
        ("write, 'c', 90_000", "done"),
        // Overwriting takes nothing more.
        ("write, 'c', 90_000", "done"),
        // A rename over a file gives that one's bytes back.
        ("os.rename, '/data/a', '/data/c'", "done"),
        ("write, 'd', 90_000", "done"),
    ] {
        let line = stdout(&mut sandbox, &format!("print(attempt({call}))"));
        assert_eq!(line.trim_end(), expected, "{call}");
        assert!(bytes_in(&folder) <= 105_000, "{call}");
    }
}

#[test]
fn what_is_removed_while_it_is_open_stays_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut sandbox = with_quota(&folder, MountQuota::new(100_000, 50))
        .build()
        .unwrap();
    stdout(&mut sandbox, ATTEMPT);
    let program = "
kept = []
def hidden():
    f = open('/data/x', 'wb'); kept.append(f)
    f.write(b'x' * 60_000); f.flush()
    os.remove('/data/x')
print(attempt(hidden), attempt(hidden))";
    assert_eq!(stdout(&mut sandbox, program), "done ENOSPC\n");
}

#[test]
fn entries_are_counted_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut sandbox = with_quota(&folder, MountQuota::new(100_000, 4))
        .build()
        .unwrap();
    stdout(&mut sandbox, ATTEMPT);
    let program = "
print([attempt(os.mkdir, f'/data/d{n}') for n in range(3)], attempt(write, 'a', 1), attempt(write, 'b', 1),
      attempt(os.mkdir, '/data/e'), attempt(os.rmdir, '/data/d0'), attempt(write, 'b', 1), attempt(write, 'b', 1))";
    assert_eq!(
        stdout(&mut sandbox, program),
        "['done', 'done', 'done'] done ENOSPC ENOSPC done done done\n"
    );
}

#[test]
fn sandboxes_of_one_builder_share_the_quota_and_a_reset_gives_nothing_back() {
    let folder = tempfile::tempdir().unwrap();
    let builder = with_quota(&folder, MountQuota::new(100_000, 50));
    let mut first = builder.build().unwrap();
    stdout(&mut first, ATTEMPT);
    assert_eq!(
        stdout(&mut first, "print(attempt(write, 'a', 60_000))"),
        "done\n"
    );
    first.reset().unwrap();
    let mut second = builder.build().unwrap();
    for sandbox in [&mut first, &mut second] {
        stdout(sandbox, ATTEMPT);
        assert_eq!(
            stdout(sandbox, "print(attempt(write, 'b', 60_000))"),
            "ENOSPC\n"
        );
    }
}

#[test]
fn what_is_removed_gives_its_bytes_back_when_the_last_sandbox_closes_it() {
    let folder = tempfile::tempdir().unwrap();
    let builder = with_quota(&folder, MountQuota::new(100_000, 50));
    let (mut first, mut second) = (builder.build().unwrap(), builder.build().unwrap());
    for sandbox in [&mut first, &mut second] {
        stdout(sandbox, ATTEMPT);
    }
    let write = "print(attempt(write, 'b', 60_000))";
    stdout(
        &mut first,
        "a = open('/data/a', 'wb'); a.write(b'x' * 60_000); a.flush()\nalso = open('/data/a')",
    );
    stdout(&mut second, "a = open('/data/a')\nos.remove('/data/a')");
    assert_eq!(stdout(&mut second, write), "ENOSPC\n");
    stdout(
        &mut second,
        "os.path.exists('/data/b') and os.remove('/data/b')",
    );
    stdout(&mut first, "a.close(); also.close()");
    assert_eq!(stdout(&mut second, write), "ENOSPC\n", "it has it open");
    stdout(
        &mut second,
        "os.path.exists('/data/b') and os.remove('/data/b')",
    );
    stdout(&mut second, "a.close()");
    assert_eq!(stdout(&mut second, write), "done\n");
}
