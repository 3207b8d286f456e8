//! `/dev`: what programs open without a thought.

use std::time::Duration;

use hatchery::Error;
use hatchery_tests::{runtime, stdout};

use crate::sandbox;

#[test]
fn the_usual_idioms_with_devnull_do_not_fail() {
    let program = "
import contextlib, io, os, stat, subprocess, sys
assert os.devnull == '/dev/null' and os.path.exists(os.devnull)
with open(os.devnull) as f: assert f.read() == '' and f.readlines() == []
with open(os.devnull, 'rb') as f: assert f.read(10) == b''
for mode in ('w', 'a', 'r+', 'wb', 'ab', 'w+'):
    with open(os.devnull, mode) as f:
        assert f.write('x' * 10 if 'b' not in mode else b'x' * 10) == 10
        assert not f.isatty()
with open(os.devnull, 'w') as f, contextlib.redirect_stdout(f): print('swallowed')
sys.stderr = open(os.devnull, 'w'); print('swallowed', file=sys.stderr); sys.stderr = sys.__stderr__
fd = os.open(os.devnull, os.O_RDWR)
assert os.write(fd, b'x' * 100_000) == 100_000 and os.read(fd, 10) == b''
assert stat.S_ISCHR(os.fstat(fd).st_mode) and stat.S_ISCHR(os.stat(os.devnull).st_mode)
os.close(fd)
assert os.path.getsize(os.devnull) == 0 and not os.path.isfile(os.devnull)
print('kept')
";
    assert_eq!(stdout(&mut sandbox(), program), "kept\n");
}

#[test]
fn devices_read_as_what_they_are() {
    let program = "
import os
with open('/dev/zero', 'rb') as f: assert f.read(100_000) == bytes(100_000)
for name in ('/dev/random', '/dev/urandom'):
    with open(name, 'rb') as f:
        a, b = f.read(200_000), f.read(200_000)
    assert len(a) == len(b) == 200_000 and a != b and a.count(0) < 2_000
    with open(name, 'wb') as f: f.write(b'seed')
print(sorted(os.listdir('/dev')))
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "['fd', 'full', 'null', 'random', 'stderr', 'stdin', 'stdout', 'urandom', 'zero']\n"
    );
    let seeded = || {
        let mut sandbox = runtime().sandbox_builder().seed(7).build().unwrap();
        stdout(&mut sandbox, "print(open('/dev/urandom', 'rb').read(8))")
    };
    assert_eq!(seeded(), seeded(), "a seed does not decide what comes");
}

#[test]
fn the_standard_streams_have_names() {
    let mut sandbox = sandbox();
    sandbox.set_stdin("first\nsecond\n");
    let output = sandbox
        .execute(
            "
open('/dev/stdout', 'w').write('to stdout\\n')
open('/dev/stderr', 'w').write('to stderr\\n')
print(open('/dev/stdin').read())
import os
try: os.write(os.open('/dev/stdin', os.O_WRONLY), b'x')
except OSError as error: print(type(error).__name__)
",
        )
        .unwrap();
    assert_eq!(
        output.stdout_text(),
        "to stdout\nfirst\nsecond\n\nOSError\n",
        "{output:?}"
    );
    assert_eq!(output.stderr_text(), "to stderr\n");
}

#[test]
fn devices_can_be_neither_removed_nor_made() {
    let program = "
import errno, os
def fails(what, *args):
    try: what(*args)
    except OSError as error: return errno.errorcode[error.errno]
print(fails(os.unlink, '/dev/null'), fails(os.rename, '/dev/null', '/work/null'),
      fails(os.mkdir, '/dev/mine'), fails(open, '/dev/mine', 'w'), fails(os.rmdir, '/dev'),
      fails(os.truncate, '/dev/null', 5), fails(os.listdir, '/dev/null'))
open('/dev/null').read(); print(os.path.exists('/dev/null'))
";
    assert_eq!(
        stdout(&mut sandbox(), program),
        "EROFS EBUSY EROFS EROFS EROFS EINVAL ENOTDIR\nTrue\n"
    );
}

#[test]
fn the_host_finds_no_files_among_devices() {
    let mut sandbox = sandbox();
    assert!(sandbox.list_dir("/dev").unwrap().is_empty());
    assert!(matches!(
        sandbox.read_file("/dev/zero"),
        Err(Error::File { .. })
    ));
    assert!(matches!(
        sandbox.write_file("/dev/null", "x"),
        Err(Error::File { .. })
    ));
    assert!(sandbox.remove("/dev/null").is_err() && sandbox.remove("/dev").is_err());
    let dir = tempfile::tempdir().unwrap();
    let copied = sandbox.copy_out("/dev", dir.path().join("dev")).unwrap();
    assert_eq!(copied.bytes, 0);
}

#[test]
fn reading_random_bytes_does_not_hold_the_deadline_up() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .timeout(Duration::from_millis(100))
        .build()
        .unwrap();
    let result = sandbox.execute("f = open('/dev/urandom', 'rb')\nwhile True: f.read(1 << 26)");
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
}
