//! Single files of the host's, mounted by themselves.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::builder;
use crate::files::reason;
use hatchery::{Error, FileError, Mount, MountQuota, Sandbox};
use hatchery_tests::stdout;
use tempfile::TempDir;

/// A function that says how an attempt ended.
const ATTEMPT: &str = "
import errno, os, shutil
def attempt(f, *args, **kwargs):
    try: f(*args, **kwargs)
    except OSError as e: return errno.errorcode.get(e.errno, e.errno)
    return 'done'
";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model"), "0123456789").unwrap();
    fs::write(folder.path().join("secret"), "a secret").unwrap();
    folder
}

fn mounted(folder: &TempDir, change: impl FnOnce(Mount) -> Mount) -> Sandbox {
    let mount = change(Mount::file(folder.path().join("model"), "/work/data/model"));
    builder().mount(mount).build().unwrap()
}

#[test]
fn a_program_reads_the_file_and_sees_nothing_beside_it() {
    let folder = folder();
    let mut sandbox = mounted(&folder, |mount| mount);
    let program = format!(
        "{ATTEMPT}
path = '/work/data/model'
print(open(path).read(), os.path.isfile(path), os.path.isdir(path), os.stat(path).st_size, os.path.islink(path))
print(os.listdir('/work/data'), [(e.name, e.is_file(), e.is_dir()) for e in os.scandir('/work/data')])
print([(r, f) for r, _, f in os.walk('/work')], os.path.realpath(path), os.path.exists(path + '/x'))
os.chdir('/work/data')
with open('model', 'rb') as f:
    print(f.seek(-2, 2), f.read(), f.seek(3), f.read(2), os.fstat(f.fileno()).st_size)
    with open('model', 'rb') as g: print(g.read(2), f.read(1))
print(attempt(open, path + '/secret'), attempt(open, path + '/../secret'), attempt(open, path + '/'),
      attempt(os.listdir, path), attempt(os.chdir, path), attempt(os.readlink, path))
print(attempt(open, path, 'w'), attempt(open, path, 'r+'), attempt(open, path, 'x'), attempt(os.truncate, path, 1),
      attempt(os.utime, path))
print(attempt(os.unlink, path), attempt(os.rmdir, path), attempt(os.mkdir, path), attempt(os.rename, path, '/work/other'),
      attempt(shutil.rmtree, '/work/data'))
open('/work/mine', 'w').write('x')
print(attempt(os.replace, '/work/mine', path))
open('/work/data/beside', 'w').write('mine')
print(sorted(os.listdir('/work/data')), open(path).read())
"
    );
    assert_eq!(
        stdout(&mut sandbox, &program),
        "0123456789 True False 10 False
['model'] [('model', True, False)]
[('/work', []), ('/work/data', ['model'])] /work/data/model False
8 b'89' 3 b'34' 10
b'01' b'5'
ENOTDIR ENOTDIR ENOTDIR ENOTDIR ENOTDIR EINVAL
EROFS EROFS EEXIST EROFS EROFS
EBUSY ENOTDIR EEXIST EXDEV EBUSY
EXDEV
['beside', 'model'] 0123456789\n"
    );
    assert_eq!(
        fs::read(folder.path().join("model")).unwrap(),
        b"0123456789"
    );
    let refused = reason(sandbox.write_file("/work/data/model", "x"));
    assert_eq!(refused, FileError::Mounted);
    let refused = reason(sandbox.read_file("/work/data/model"));
    assert_eq!(refused, FileError::Mounted);
}

#[test]
fn a_writable_one_is_changed_within_its_quota() {
    let folder = folder();
    let mut sandbox = mounted(&folder, |mount| {
        mount.writable().quota(MountQuota::new(5, 0))
    });
    let program = format!(
        "{ATTEMPT}
path = '/work/data/model'
with open(path, 'r+') as f: f.write('ab')
with open(path, 'a') as f: f.write('cdefg')
print(open(path).read())
def more():
    with open(path, 'ab', buffering=0) as f: f.write(b'h')
print(attempt(more), attempt(os.truncate, path, 16), os.stat(path).st_size)
with open(path, 'w') as f: f.write('anew')
print(attempt(more), attempt(os.truncate, path, 15), attempt(os.truncate, path, 16), attempt(os.truncate, path, 2))
print(attempt(os.unlink, path), attempt(os.utime, path, ns=(0, 10**9)), os.stat(path).st_mtime)
fd = os.open(path, os.O_WRONLY)
print(attempt(os.read, fd, 1), attempt(open, path, 'x'), open(path).read())
"
    );
    assert_eq!(
        stdout(&mut sandbox, &program),
        "ab23456789cdefg
ENOSPC ENOSPC 15
done done ENOSPC done
EBUSY done 1.0
EBADF EEXIST an\n"
    );
    assert_eq!(fs::read(folder.path().join("model")).unwrap(), b"an");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn it_stays_the_file_that_it_was_when_the_sandbox_was_made() {
    let folder = folder();
    let model = folder.path().join("model");
    let builder = builder().mount(Mount::file(&model, "/work/data/model").writable());
    let mut sandbox = builder.build().unwrap();
    fs::remove_file(&model).unwrap();
    symlink(folder.path().join("secret"), &model).unwrap();
    let read = "print(open('/work/data/model').read())";
    assert_eq!(stdout(&mut sandbox, read), "0123456789\n");
    sandbox
        .execute("open('/work/data/model', 'w').write('changed')")
        .unwrap();
    assert_eq!(fs::read(folder.path().join("secret")).unwrap(), b"a secret");
    sandbox.reset().unwrap();
    assert_eq!(stdout(&mut sandbox, read), "changed\n");
    // A fork and a session that wakes open it anew; a builder without it has no such file.
    fs::remove_file(&model).unwrap();
    fs::write(&model, "another").unwrap();
    let mut fork = sandbox.fork(1).unwrap().remove(0);
    assert_eq!(stdout(&mut fork, read), "another\n");
    assert_eq!(stdout(&mut sandbox, read), "changed\n");
    let asleep = sandbox.hibernate().unwrap();
    let mut awake = builder.resume(&asleep).unwrap();
    assert_eq!(stdout(&mut awake, read), "another\n");
    let mut elsewhere = crate::builder().resume(&asleep).unwrap();
    let output = elsewhere.execute(read).unwrap();
    assert!(output.stderr_text().contains("OSError"), "{output:?}");
}

#[test]
fn what_is_no_plain_file_is_not_mounted_as_one() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for host in [
        folder.path().to_owned(),
        pipe,
        "/dev/zero".into(),
        folder.path().join("missing"),
    ] {
        for is_writable in [false, true] {
            let mount = Mount::file(&host, "/data/it");
            let mount = if is_writable { mount.writable() } else { mount };
            let refused = builder().mount(mount).build();
            assert!(
                matches!(&refused, Err(Error::HostFile { path, .. }) if *path == host),
                "{host:?}: {refused:?}"
            );
        }
    }
    let model = folder.path().join("model");
    for guest in ["data", "/usr/model", "/", "/data/../x"] {
        let refused = builder().mount(Mount::file(&model, guest)).build();
        assert!(matches!(refused, Err(Error::Setting { .. })), "{guest}");
    }
    let both = builder()
        .mount(Mount::file(&model, "/data/a"))
        .mount(Mount::file(folder.path().join("secret"), "/data/b"));
    let read = "print(open('/data/a').read(), open('/data/b').read())";
    assert_eq!(
        stdout(&mut both.build().unwrap(), read),
        "0123456789 a secret\n"
    );
    let nested = both.mount(Mount::new(folder.path(), "/data/a/b")).build();
    assert!(matches!(nested, Err(Error::Setting { .. })));
    let taken = builder()
        .file("/work/taken", "x")
        .mount(Mount::file(&model, "/work/taken"))
        .build()
        .unwrap()
        .execute("1");
    assert!(matches!(taken, Err(Error::File { .. })), "{taken:?}");
}
