use std::fs;
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::builder;
use crate::files::{names, reason};
use hatchery::{Error, FileError, Mount, Sandbox};
use hatchery_tests::stdout;
use tempfile::TempDir;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("sub/deep")).unwrap();
    fs::write(folder.path().join("a.txt"), "alpha").unwrap();
    fs::write(folder.path().join("sub/b.csv"), "x,1\ny,2\n").unwrap();
    fs::write(folder.path().join("sub/deep/grüße"), "hello").unwrap();
    folder
}

fn mounted(folder: &TempDir) -> Sandbox {
    let mount = Mount::new(folder.path(), "/data");
    builder().mount(mount).build().unwrap()
}

fn writable(folder: &TempDir) -> Sandbox {
    let mount = Mount::new(folder.path(), "/data").writable();
    builder().mount(mount).build().unwrap()
}

/// A function that says how an attempt ended.
const ATTEMPT: &str = "
import errno, os, shutil
def attempt(f, *args, **kwargs):
    try: f(*args, **kwargs)
    except OSError as e: return errno.errorcode.get(e.errno, e.errno)
    return 'done'
";

#[test]
fn programs_read_what_is_mounted() {
    let folder = folder();
    let big: Vec<u8> = (0..5u32 << 20).flat_map(u32::to_le_bytes).collect();
    fs::write(folder.path().join("big"), &big).unwrap();
    let mut sandbox = mounted(&folder);
    let program = "
import csv, glob, os, pathlib
print(open('/data/a.txt').read(), sorted(os.listdir('/data')), os.listdir('/data/sub/deep'))
print([(root, sorted(folders), sorted(files)) for root, folders, files in os.walk('/data')])
print(list(csv.reader(open('/data/sub/b.csv', newline=''))), sorted(glob.glob('/data/**/*.*', recursive=True)))
p = pathlib.Path('/data/sub/deep/grüße')
print(p.read_text(), p.stat().st_size, p.is_file(), p.parent.is_dir(), p.exists(), pathlib.Path('/data/no').exists())
with open('/data/a.txt', 'rb') as f:
    print(f.seek(-2, 2), f.read(), f.seek(1), f.read(2), f.tell(), os.fstat(f.fileno()).st_size, os.pread(f.fileno(), 3, 0))
print(sorted(e.name for e in os.scandir('/') if e.is_dir()))
";
    assert_eq!(
        stdout(&mut sandbox, program),
        "alpha ['a.txt', 'big', 'sub'] ['grüße']
[('/data', ['sub'], ['a.txt', 'big']), ('/data/sub', ['deep'], ['b.csv']), ('/data/sub/deep', [], ['grüße'])]
[['x', '1'], ['y', '2']] ['/data/a.txt', '/data/sub/b.csv']
hello 5 True True True False
3 b'ha' 1 b'lp' 3 5 b'alp'
['data', 'dev', 'home', 'lib', 'tmp', 'usr', 'work']\n"
    );
    let compare = "import array, sys
b = array.array('I', open('/data/big', 'rb').read())
print(len(b), b == array.array('I', range(len(b))))";
    assert_eq!(stdout(&mut sandbox, compare), "5242880 True\n");
    fs::write(folder.path().join("a.txt"), "changed").unwrap();
    assert_eq!(
        stdout(&mut sandbox, "print(open('/data/a.txt').read())"),
        "changed\n"
    );
}

#[test]
fn paths_lead_into_a_mount_and_out_again() {
    let folder = folder();
    let mut sandbox = mounted(&folder);
    let program = "
import os
open('/work/mine', 'w').write('tree')
for path in ['/data/../work/mine', '/data/sub/deep/../../../work/./mine', '/work/../data/a.txt', '//data//./sub/../a.txt',
             '../data/a.txt', '/../data/sub/../../work/mine', '/data/sub/b.csv/../../a.txt']:
    print(open(path).read(), end=' ')
print(os.path.isdir('/data/..'), os.path.isdir('/data/'), os.path.isdir('/data/sub/..'), os.path.exists('/data/a.txt/'))
os.chdir('/data/sub')
print(os.getcwd(), open('b.csv').read(3), open('../../work/mine').read(), sorted(os.listdir('..')), sorted(os.listdir()))
print(os.path.realpath('deep/../../a.txt'))
fd = os.open('/data/sub', os.O_RDONLY)
print(os.stat('b.csv', dir_fd=fd).st_size, os.open('../../work/mine', os.O_RDONLY, dir_fd=fd) > 3)
";
    assert_eq!(
        stdout(&mut sandbox, program),
        "tree tree alpha alpha alpha tree alpha True True True False
/data/sub x,1 tree ['a.txt', 'sub'] ['b.csv', 'deep']
/data/a.txt
8 True\n"
    );
}

#[test]
fn a_mount_is_read_only_unless_said_otherwise() {
    let folder = folder();
    let mut sandbox = mounted(&folder);
    let program = format!(
        "{ATTEMPT}
for call in [(open, '/data/new', 'w'), (open, '/data/a.txt', 'w'), (open, '/data/a.txt', 'a'), (open, '/data/a.txt', 'r+'),
             (os.mkdir, '/data/d'), (os.remove, '/data/a.txt'), (os.rmdir, '/data/sub/deep'), (os.utime, '/data/a.txt'),
             (os.rename, '/data/a.txt', '/data/b'), (os.truncate, '/data/a.txt', 0), (os.open, '/data/a.txt', os.O_RDONLY | os.O_TRUNC),
             (os.open, '/data/new', os.O_RDONLY | os.O_CREAT), (os.utime, os.open('/data/a.txt', os.O_RDONLY))]:
    print(attempt(*call), end=' ')
print(attempt(shutil.rmtree, '/data'), attempt(os.symlink, 'a', '/data/l'), attempt(os.link, '/data/a.txt', '/data/l'),
      attempt(os.ftruncate, os.open('/data/a.txt', os.O_RDONLY), 0) != 'done', attempt(os.write, os.open('/data/a.txt', os.O_RDONLY), b'x'))
"
    );
    let seen = stdout(&mut sandbox, &program);
    assert_eq!(seen.matches("EROFS").count(), 14, "{seen}");
    assert!(!seen.contains("done"), "{seen}");
    assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"alpha");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn programs_write_where_they_may() {
    let folder = folder();
    let mut sandbox = writable(&folder);
    let program = format!(
        "{ATTEMPT}
import pathlib, sqlite3, tempfile, zipfile
with open('/data/log', 'w') as f: f.write('one\\n')
with open('/data/log', 'a') as f: f.write('two\\n')
with open('/data/log', 'r+') as f: f.seek(1); f.write('N'); f.truncate(6)
os.makedirs('/data/new/er/est')
open('/data/new/er/f', 'wb').write(bytes(3 << 20))
os.rename('/data/a.txt', '/data/new/moved')
shutil.move('/data/sub/b.csv', '/work/b.csv')
shutil.copytree('/data/sub', '/work/sub'); shutil.copytree('/work/sub', '/data/copied')
shutil.move('/work/b.csv', '/data/back.csv')
with sqlite3.connect('/data/out.db') as db:
    db.execute('create table t (n)'); db.executemany('insert into t values (?)', [(i,) for i in range(1000)])
db.close()
print(sqlite3.connect('/data/out.db').execute('select sum(n) from t').fetchone())
with zipfile.ZipFile('/data/out.zip', 'w') as z: z.write('/data/new/moved', 'm')
with tempfile.NamedTemporaryFile(dir='/data') as t: t.write(b'x' * 100); t.flush(); print(os.path.getsize(t.name))
os.utime('/data/log', (5, 1_000_000_000)); os.utime('/data/new', (5, 7))
with open('/data/log') as f: os.utime(f.fileno(), (1, 1_000_000_000)) if os.utime in os.supports_fd else None
with open('/data/log', 'r+') as f: print(os.stat('/data/log').st_mtime, os.fstat(f.fileno()).st_mtime, os.stat('/data/new').st_mtime)
os.rmdir('/data/new/er/est')
print(attempt(os.rmdir, '/data/new'), attempt(os.mkdir, '/data/new'), attempt(os.remove, '/data/new'), attempt(open, '/data/new', 'w'),
      attempt(open, '/data/log', 'x'), attempt(open, '/data/none/x', 'w'), attempt(os.rename, '/data/log', '/data/new'),
      attempt(os.rename, '/data/log', '/work/log'), attempt(os.rmdir, '/data'), attempt(os.rename, '/data', '/other'), attempt(open, '/data/z/', 'w'))
shutil.rmtree('/data/copied')
print(sorted(os.listdir('/data')))
"
    );
    assert_eq!(
        stdout(&mut sandbox, &program),
        "(499500,)\n100\n1000000000.0 1000000000.0 7.0
ENOTEMPTY EEXIST EISDIR EISDIR EEXIST ENOENT EISDIR EXDEV EBUSY EXDEV EISDIR
['back.csv', 'log', 'new', 'out.db', 'out.zip', 'sub']\n"
    );
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("log"), b"oNe\ntw");
    assert_eq!(read("new/er/f"), vec![0; 3 << 20]);
    assert_eq!(read("new/moved"), b"alpha");
    assert_eq!(read("back.csv"), b"x,1\ny,2\n");
    assert!(read("out.db").starts_with(b"SQLite format 3\0"));
    assert!(read("out.zip").starts_with(b"PK"));
    let modified = fs::metadata(folder.path().join("log"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(
        modified,
        std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
    );
}

#[test]
fn no_link_leads_out() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let folder = folder();
    let path = folder.path();
    let name = outside.path().file_name().unwrap();
    symlink("a.txt", path.join("inside")).unwrap();
    symlink("../a.txt", path.join("sub/up")).unwrap();
    symlink("sub", path.join("folder")).unwrap();
    symlink(outside.path(), path.join("absolute")).unwrap();
    symlink(outside.path().join("secret"), path.join("file")).unwrap();
    symlink(
        Path::new("..").join(name).join("secret"),
        path.join("relative"),
    )
    .unwrap();
    symlink(path.join("a.txt"), path.join("own-absolute")).unwrap();
    symlink("sub/deep/../../absolute", path.join("chain")).unwrap();
    symlink("/proc/self/root", path.join("magic")).unwrap();
    symlink("/proc/self/cwd", path.join("cwd")).unwrap();
    symlink("..", path.join("parent")).unwrap();
    symlink("loop", path.join("loop")).unwrap();
    symlink("nowhere", path.join("dangling")).unwrap();
    let mut sandbox = writable(&folder);
    let program = format!(
        "{ATTEMPT}
print(open('/data/inside').read(), open('/data/sub/up').read(), open('/data/folder/b.csv').read(3), os.readlink('/data/sub/up'),
      os.path.islink('/data/inside'), os.path.realpath('/data/folder/up'))
names = ['absolute', 'file', 'relative', 'own-absolute', 'chain', 'magic', 'cwd', 'parent', 'loop', 'dangling', 'absolute/secret', 'chain/secret',
         'magic/etc/passwd', 'parent/' + os.listdir('/data')[0], 'sub/../relative']
for name in names:
    path = '/data/' + name
    results = {{attempt(f, path) for f in (open, os.listdir, os.stat)}} | {{attempt(os.truncate, path, 0)}}
    results |= {{attempt(open, path + '/x', 'w'), attempt(os.mkdir, path + '/x'), attempt(os.remove, path + '/secret'),
                attempt(os.utime, path), attempt(os.rename, '/data/a.txt', path + '/a.txt')}}
    if 'done' in results or os.path.exists(path): print('led out:', name, results)
for name in ['absolute', 'file', 'relative', 'own-absolute', 'magic', 'cwd', 'parent']: print(attempt(os.readlink, '/data/' + name), end=' ')
print()
for name in ['sub/up/../../../../etc/passwd', '../../etc/passwd', '../' * 40 + 'etc/passwd', './/..//../etc/passwd']:
    print(attempt(open, '/data/' + name), end=' ')
fd = os.open('/data/sub', os.O_RDONLY)
print(attempt(os.open, '../../etc/passwd', os.O_RDONLY, dir_fd=fd), attempt(os.open, '/etc/passwd', os.O_RDONLY, dir_fd=fd))
# A link itself can be removed, and a tree with links in it without what they lead to.
os.remove('/data/file'); open('/data/sub/kept', 'w').close()
os.mkdir('/data/tree'); os.rename('/data/folder', '/data/tree/folder'); os.rename('/data/absolute', '/data/tree/absolute')
shutil.rmtree('/data/tree')
print(os.path.exists('/data/tree'), os.path.exists('/data/sub/kept'))
"
    );
    assert_eq!(
        stdout(&mut sandbox, &program),
        "alpha alpha x,1 ../a.txt True /data/a.txt
EPERM EPERM EPERM EPERM EPERM EPERM EPERM \nENOENT ENOENT ENOENT ENOENT ENOENT ENOENT\nFalse True\n"
    );
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert!(
        fs::symlink_metadata(path.join("chain"))
            .unwrap()
            .file_type()
            .is_symlink()
    );
}

#[test]
fn nobody_who_swaps_folders_for_links_meanwhile_lets_a_program_out() {
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("d")).unwrap();
    fs::write(outside.path().join("d/f"), "OUTSIDE SECRET").unwrap();
    fs::write(outside.path().join("d/only-outside"), "").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    for name in ["real", "real/d"] {
        fs::create_dir(path.join(name)).unwrap();
    }
    fs::write(path.join("real/d/f"), "inside").unwrap();
    symlink(outside.path(), path.join("evil")).unwrap();
    fs::create_dir(path.join("spare")).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = {
        let (stop, path) = (stop.clone(), path.clone());
        std::thread::spawn(move || {
            let mut swaps = 0u64;
            while !stop.load(Ordering::Relaxed) {
                // What is called `now` is the folder, the link to outside, or nothing, from one moment to the next.
                for name in ["real", "evil"] {
                    fs::rename(path.join(name), path.join("now")).unwrap();
                    fs::rename(path.join("now"), path.join(name)).unwrap();
                    swaps += 1;
                }
            }
            swaps
        })
    };
    let mut sandbox = writable(&folder);
    let program = "
import os
seen, failed = {}, 0
for i in range(100_000):
    if seen.get('inside', 0) >= 100 and failed >= 100: break
    try:
        with open('/data/now/d/f') as f: text = f.read()
        seen[text] = seen.get(text, 0) + 1
    except OSError: failed += 1
    try:
        if os.path.getsize('/data/now/d/f') != 6: raise SystemExit('size')
        names = os.listdir('/data/now/d')
        if 'only-outside' in names: raise SystemExit(str(names))
        os.mkdir('/data/now/made')
    except OSError: pass
    try: open('/data/now/d/written', 'w').close(); os.remove('/data/now/d/written')
    except OSError: pass
    try: os.rmdir('/data/now/made')
    except OSError: pass
    try: os.remove('/data/now/d/written')
    except OSError: pass
print(sorted(seen), failed > 0)
";
    let ran = sandbox.execute(program);
    stop.store(true, Ordering::Relaxed);
    let swaps = swapper.join().unwrap();
    let output = ran.unwrap();
    assert!(swaps > 0);
    assert_eq!(
        output.stdout_text(),
        "['inside'] True\n",
        "{}",
        output.stderr_text()
    );
    let outside_now: Vec<_> = fs::read_dir(outside.path()).unwrap().collect();
    assert_eq!(outside_now.len(), 1, "{outside_now:?}");
    assert_eq!(fs::read_dir(outside.path().join("d")).unwrap().count(), 2);
    assert_eq!(
        fs::read(outside.path().join("d/f")).unwrap(),
        b"OUTSIDE SECRET"
    );
}

#[test]
fn pipes_sockets_and_devices_are_not_opened() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    symlink("pipe", folder.path().join("link")).unwrap();
    let mut sandbox = writable(&folder);
    let program = format!(
        "{ATTEMPT}
for name in ['pipe', 'socket', 'link']:
    path = '/data/' + name
    print({{attempt(open, path), attempt(open, path, 'w'), attempt(open, path, 'r+'), attempt(open, path, 'a'), attempt(os.utime, path),
           attempt(os.open, path, os.O_RDONLY | os.O_NONBLOCK), attempt(os.truncate, path, 0)}}, os.path.isfile(path), os.path.exists(path))
"
    );
    assert_eq!(
        stdout(&mut sandbox, &program),
        "{'EACCES'} False True\n".repeat(3)
    );
    assert!(fs::symlink_metadata(pipe).unwrap().file_type().is_fifo());
    // A mount of a folder with devices: they are there and cannot be opened.
    let devices = Mount::new("/dev", "/devices");
    let mut sandbox = builder().mount(devices).build().unwrap();
    let program =
        format!("{ATTEMPT}\nprint(attempt(open, '/devices/zero'), attempt(open, '/devices/null'))");
    assert_eq!(stdout(&mut sandbox, &program), "EACCES EACCES\n");
}

/// Descriptors of this process that lead into `folder`, the mount's own not counted.
fn open_in(folder: &TempDir) -> usize {
    let descriptors = fs::read_dir("/proc/self/fd").unwrap();
    let targets = descriptors.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    targets
        .filter(|target| target.starts_with(folder.path()) && target != folder.path())
        .count()
}

#[test]
fn what_is_open_ends_with_the_run_that_is_reset() {
    let folder = folder();
    let mut sandbox = writable(&folder);
    let program = "held = [open('/data/a.txt') for _ in range(5)]; print(len(held))";
    for strict in [false, true] {
        assert_eq!(stdout(&mut sandbox, program), "5\n");
        assert_eq!(open_in(&folder), 5);
        if strict {
            sandbox.reset_strict().unwrap();
        } else {
            sandbox.reset().unwrap();
        }
        assert_eq!(open_in(&folder), 0);
        assert_eq!(
            stdout(&mut sandbox, "print(open('/data/a.txt').read())"),
            "alpha\n"
        );
    }
    let too_many = format!(
        "{ATTEMPT}
held = []
while (end := attempt(lambda: held.append(open('/data/a.txt')))) == 'done': pass
print(end, len(held) > 200)
held.pop().close()
print(open('/data/sub/b.csv').read(1))
"
    );
    assert_eq!(stdout(&mut sandbox, &too_many), "EMFILE True\nx\n");
    drop(sandbox);
    assert_eq!(open_in(&folder), 0);
}

#[test]
fn a_program_learns_nothing_of_the_hosts_paths() {
    let folder = folder();
    symlink(folder.path(), folder.path().join("self")).unwrap();
    symlink("nowhere/at/all", folder.path().join("dangling")).unwrap();
    let mut sandbox = mounted(&folder);
    let program = "
import glob, os, traceback
os.chdir('/data/sub')
calls = [lambda p=p, f=f: f(p) for p in ['/data/self', '/data/self/a.txt', '/data/no', '/data/a.txt/x', '/data', '/data/dangling', 'b.csv', '..']
         for f in (open, os.listdir, os.readlink, os.path.realpath, os.stat, os.lstat, os.mkdir, os.remove)]
for call in calls:
    try: print(call())
    except Exception: traceback.print_exc()
print(os.getcwd(), glob.glob('/data/**', recursive=True), os.environ)
";
    let output = sandbox.execute(program).unwrap();
    assert!(output.success(), "{}", output.stderr_text());
    let seen = format!("{}{}", output.stdout_text(), output.stderr_text());
    assert!(seen.contains("grüße"));
    let secret = folder.path().file_name().unwrap().to_str().unwrap();
    assert!(!seen.contains(secret), "{seen}");
}

#[test]
fn a_mount_can_be_anywhere_but_in_the_library() {
    let folder = folder();
    let mount = |path: &str| Mount::new(folder.path(), path);
    for path in [
        "data",
        "",
        "/",
        "/usr",
        "/usr/lib/x",
        "/a//b",
        "/a/../b",
        "/a/",
        "/a\0b",
    ] {
        let built = builder().mount(mount(path)).build();
        assert!(
            matches!(built, Err(Error::Setting { name: "mount", .. })),
            "{path:?}"
        );
    }
    for (one, two) in [("/a", "/a"), ("/a", "/a/b"), ("/a/b", "/a")] {
        let built = builder().mount(mount(one)).mount(mount(two)).build();
        assert!(
            matches!(built, Err(Error::Setting { name: "mount", .. })),
            "{one} {two}"
        );
    }
    let missing = Mount::new(folder.path().join("missing"), "/data");
    assert!(matches!(
        builder().mount(missing).build(),
        Err(Error::HostFile { .. })
    ));
    let file = Mount::new(folder.path().join("a.txt"), "/data");
    assert!(matches!(
        builder().mount(file).build(),
        Err(Error::HostFile { .. })
    ));

    fs::write(folder.path().join("helper.py"), "n = 8").unwrap();
    let mut sandbox = builder()
        .mount(mount("/work"))
        .mount(mount("/lib/more/data"))
        .mount(mount("/ab"))
        .build()
        .unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "import helper, os; print(helper.n, open('a.txt').read(), os.listdir('/lib/more'), open('/ab/a.txt').read())"
        ),
        "8 alpha ['data'] alpha\n"
    );
}

#[test]
fn the_hosts_calls_leave_mounts_to_the_host() {
    let folder = folder();
    let mount = Mount::new(folder.path(), "/data").writable();
    let mut sandbox = builder().mount(mount).file("kept", "k").build().unwrap();
    assert_eq!(
        names(&mut sandbox, "/"),
        ["data", "dev", "home", "lib", "tmp", "usr", "work"]
    );
    assert_eq!(reason(sandbox.read_file("/data/a.txt")), FileError::Mounted);
    assert_eq!(
        reason(sandbox.write_file("/data/new/f", "x")),
        FileError::Mounted
    );
    assert_eq!(reason(sandbox.list_dir("/data")), FileError::Mounted);
    assert_eq!(reason(sandbox.remove("/data/a.txt")), FileError::Mounted);
    assert_eq!(reason(sandbox.remove("/data")), FileError::Busy);
    assert_eq!(reason(sandbox.create_dir("/data/x")), FileError::Mounted);
    let mount = Mount::new(folder.path(), "/work/data");
    let mut inner = builder().mount(mount).build().unwrap();
    inner.write_file("x", "x").unwrap();
    let to = tempfile::tempdir().unwrap();
    assert_eq!(
        reason(inner.copy_out("/work", to.path())),
        FileError::Mounted
    );
    let hidden = builder()
        .mount(Mount::new(folder.path(), "/d"))
        .file("/d/f", "")
        .build();
    assert_eq!(reason(hidden.unwrap().execute("1")), FileError::Mounted);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn what_was_open_in_another_life_is_not_taken_for_what_is_open_now() {
    let folder = folder();
    fs::write(folder.path().join("precious"), "precious").unwrap();
    let mount = Mount::new(folder.path(), "/data").writable();
    let made = builder().mount(mount);
    let mut sandbox = made.build().unwrap();
    let begin = "held = [open('/data/mine', 'w'), open('/data/a.txt')]; held[0].write('x'); print(held[1].read(2))";
    assert_eq!(stdout(&mut sandbox, begin), "al\n");
    let checkpoint = sandbox.checkpoint().unwrap();
    let asleep = sandbox.hibernate().unwrap();
    let forks = sandbox.fork(2).unwrap();
    let woken = made.resume(&asleep).unwrap();
    let mut rolled = made.build().unwrap();
    rolled.rollback(&checkpoint).unwrap();
    sandbox.rollback(&checkpoint).unwrap();
    assert_eq!(open_in(&folder), 0);
    for mut other in forks.into_iter().chain([woken, rolled, sandbox]) {
        let program = format!(
            "{ATTEMPT}
now = [open('/data/precious', 'r+') for _ in range(5)]
print(attempt(lambda: held[0].write('y') and held[0].flush()), attempt(held[1].read), attempt(os.fstat, held[1].fileno()), attempt(os.ftruncate, held[0].fileno(), 0))
print(attempt(held[0].close), attempt(held[1].close), now[0].read(), open('/data/a.txt').read())
"
        );
        assert_eq!(
            stdout(&mut other, &program),
            "EBADF EBADF EBADF EBADF\nEBADF done precious alpha\n"
        );
    }
    let without = builder().resume(&asleep).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("a.txt"), "another").unwrap();
    let other_place = builder().mount(Mount::new(elsewhere.path(), "/other"));
    for mut other in [without, other_place.resume(&asleep).unwrap()] {
        let program =
            format!("{ATTEMPT}\nprint(attempt(open, '/data/a.txt'), attempt(os.listdir, '/data'))");
        assert_eq!(stdout(&mut other, &program), "ENODEV ENODEV\n");
    }
    let two = builder()
        .mount(Mount::new(elsewhere.path(), "/other"))
        .mount(Mount::new(folder.path(), "/data"));
    let mut other = two.resume(&asleep).unwrap();
    assert_eq!(
        stdout(&mut other, "print(open('/data/a.txt').read())"),
        "alpha\n",
        "whatever else is mounted before it"
    );
    assert_eq!(
        fs::read(folder.path().join("precious")).unwrap(),
        b"precious"
    );
}

#[test]
fn a_snapshot_of_a_sandbox_with_mounts_needs_them_no_more() {
    let folder = folder();
    let mount = Mount::new(folder.path(), "/data");
    let mut sandbox = builder().mount(mount.clone()).build().unwrap();
    stdout(
        &mut sandbox,
        "held = open('/data/a.txt'); text = held.read()",
    );
    let runtime = sandbox.into_golden().unwrap();
    let program =
        format!("{ATTEMPT}\nprint(text, attempt(open, '/data/a.txt'), attempt(held.read))");
    for (builder, seen) in [
        (runtime.sandbox_builder(), "alpha ENODEV EBADF\n"),
        (runtime.sandbox_builder().mount(mount), "alpha done EBADF\n"),
    ] {
        assert_eq!(stdout(&mut builder.build().unwrap(), &program), seen);
    }
}

#[tokio::test]
async fn mounts_are_used_in_asynchronous_code() {
    let folder = folder();
    let mount = Mount::new(folder.path(), "/data").writable();
    let mut sandbox = builder().mount(mount).build_async().unwrap();
    let program = "open('/data/made', 'w').write(open('/data/a.txt').read())";
    assert!(sandbox.execute(program).await.unwrap().success());
    assert_eq!(fs::read(folder.path().join("made")).unwrap(), b"alpha");
}
