//! Modes, times and owners of files: each line of output is what CPython prints on Linux for a user who is not root.

use hatchery::Mount;
use hatchery_tests::{runtime, stdout};

use crate::sandbox;

const FAILS: &str = "
import os, stat
def mode(path): return oct(stat.S_IMODE(os.stat(path).st_mode))
def fails(function, *args, **keywords):
    try: function(*args, **keywords)
    except OSError as error: return type(error).__name__
";

fn shown(program: &str) -> String {
    stdout(&mut sandbox(), &format!("{FAILS}{program}"))
}

#[test]
fn what_is_made_has_the_mode_that_was_asked_for_without_the_umask() {
    let program = "
import tempfile
from pathlib import Path
open('f', 'w').close(); os.mkdir('d'); os.makedirs('p/q')
print(mode('f'), mode('d'), mode('p/q'), oct(os.umask(0o077)))
open('g', 'w').close(); os.mkdir('e')
print(mode('g'), mode('e'), oct(os.umask(0o022)))
os.close(os.open('h', os.O_CREAT | os.O_WRONLY, 0o600)); os.close(os.open('i', os.O_CREAT | os.O_WRONLY))
os.mkdir('j', 0o700); Path('k').touch(mode=0o640); Path('l').mkdir(mode=0o711)
print(mode('h'), mode('i'), mode('j'), mode('k'), mode('l'))
open('h').close(); open('h', 'w').close(); print(mode('h'))
with tempfile.NamedTemporaryFile() as file: print(mode(file.name), mode(tempfile.mkdtemp()))
print(stat.filemode(os.stat('f').st_mode), stat.filemode(os.stat('d').st_mode), mode('/tmp'))
";
    assert_eq!(
        shown(program),
        "0o644 0o755 0o755 0o22\n0o600 0o700 0o77\n0o600 0o755 0o700 0o640 0o711\n0o600\n0o600 0o700\n\
         -rw-r--r-- drwxr-xr-x 0o1777\n"
    );
}

#[test]
fn modes_and_times_are_changed_and_copied() {
    let program = "
import shutil
open('f', 'w').write('x')
os.chmod('f', 0o754); print(mode('f'))
with open('f') as file: os.fchmod(file.fileno(), 0o640)
print(mode('f'))
os.utime('f', (1000000000.25, 1200000000.5))
s = os.stat('f'); print(s.st_atime, s.st_mtime, s.st_ctime > s.st_mtime)
shutil.copyfile('f', 'a'); shutil.copy('f', 'b'); shutil.copy2('f', 'c')
print(mode('a'), mode('b'), mode('c'), os.stat('b').st_mtime > 1200000001, os.stat('c').st_mtime)
os.makedirs('tree/in'); os.chmod('tree/in', 0o750); shutil.copytree('tree', 'copied'); print(mode('copied'), mode('copied/in'))
os.utime('f', ns=(5, 7)); print(os.stat('f').st_atime_ns, os.stat('f').st_mtime_ns)
os.rename('f', 'renamed'); print(mode('renamed'), os.stat('renamed').st_mtime_ns)
print(fails(os.chmod, 'gone', 0o600), os.stat('b').st_uid == os.getuid(), os.stat('b').st_gid == os.getgid())
print(fails(os.chown, 'b', os.getuid(), os.getgid()), fails(os.chown, 'b', -1, -1), fails(os.chown, 'b', 0, 0))
";
    assert_eq!(
        shown(program),
        "0o754\n0o640\n1000000000.25 1200000000.5 True\n0o644 0o640 0o640 True 1200000000.5\n0o755 0o750\n5 7\n0o640 7\n\
         FileNotFoundError True True\nNone None PermissionError\n"
    );
}

#[test]
fn a_mode_forbids_its_owner_what_it_says() {
    let program = "
open('h', 'w').close(); os.chmod('h', 0)
print(fails(open, 'h'), fails(open, 'h', 'w'), os.access('h', os.R_OK), os.access('h', os.F_OK))
open('r', 'w').write('text'); os.chmod('r', 0o444)
print(fails(open, 'r', 'w'), fails(open, 'r', 'a'), open('r').read(), os.access('r', os.W_OK), os.access('r', os.X_OK), fails(os.unlink, 'r'))
os.mkdir('d'); open('d/x', 'w').close(); os.chmod('d', 0o500)
print(fails(open, 'd/y', 'w'), fails(os.unlink, 'd/x'), fails(os.mkdir, 'd/z'), fails(os.rename, 'd/x', 'x'), fails(os.symlink, 'x', 'd/l'), os.listdir('d'))
os.chmod('d', 0o600); print(fails(open, 'd/x'), fails(os.stat, 'd/x'), os.listdir('d'), fails(os.chdir, 'd'))
os.chmod('d', 0o300); print(fails(os.listdir, 'd'), os.stat('d/x').st_size)
import shutil
os.chmod('d', 0); print(fails(shutil.rmtree, 'd')); os.chmod('d', 0o755); shutil.rmtree('d'); print(os.path.exists('d'))
f = open('open', 'w'); os.chmod('open', 0); print(f.write('still'))
";
    assert_eq!(
        shown(program),
        "PermissionError PermissionError False True\nPermissionError PermissionError text False False None\n\
         PermissionError PermissionError PermissionError PermissionError PermissionError ['x']\n\
         PermissionError PermissionError ['x'] PermissionError\nPermissionError 0\nPermissionError\nFalse\n5\n"
    );
}

#[test]
fn archives_can_be_unpacked() {
    let program = "
import tarfile, zipfile
os.makedirs('proj/src'); open('proj/src/main.py', 'w').write('1'); open('proj/run.sh', 'w').close(); os.chmod('proj/run.sh', 0o755)
with tarfile.open('p.tar', 'w') as archive: archive.add('proj')
with tarfile.open('p.tar') as archive:
    print([(m.name, oct(m.mode), m.uid == os.getuid(), m.uname, m.gname) for m in archive])
    archive.extractall('out', filter='data')
print(mode('out/proj'), mode('out/proj/run.sh'), mode('out/proj/src/main.py'), open('out/proj/src/main.py').read())
with zipfile.ZipFile('p.zip', 'w') as archive:
    archive.write('proj/src/main.py'); archive.write('proj/run.sh'); archive.writestr('made', '')
    print([oct(i.external_attr >> 16) for i in archive.infolist()])
";
    assert_eq!(
        shown(program),
        "[('proj', '0o755', True, 'user', 'user'), ('proj/run.sh', '0o755', True, 'user', 'user'), \
         ('proj/src', '0o755', True, 'user', 'user'), ('proj/src/main.py', '0o644', True, 'user', 'user')]\n\
         0o755 0o755 0o644 1\n['0o100644', '0o100755', '0o600']\n"
    );
}

#[test]
fn the_library_is_roots_and_cannot_be_changed() {
    let program = "
path = '/usr/lib/python3.14/json/__init__.pyc'
print(stat.filemode(os.stat(path).st_mode), os.stat(path).st_uid, os.access(path, os.W_OK), os.access(path, os.R_OK))
import errno
for change in (lambda: os.chmod(path, 0o777), lambda: os.utime(path), lambda: os.chmod('/dev/null', 0), lambda: os.chown(path, 1000, 1000), lambda: os.unlink(path)):
    try: change(); print('changed')
    except OSError as error: print(errno.errorcode[error.errno])
";
    assert_eq!(
        shown(program),
        "-rw-r--r-- 0 False True\nEROFS\nEROFS\nEPERM\nEPERM\nEROFS\n"
    );
}

#[test]
fn the_host_reads_and_writes_whatever_the_modes() {
    let mut sandbox = sandbox();
    sandbox.write_file("given", "x").unwrap();
    let program = format!(
        "{FAILS}print(mode('given')); os.chmod('given', 0); os.mkdir('d'); open('d/f', 'w').write('y'); os.chmod('d', 0)"
    );
    assert_eq!(stdout(&mut sandbox, &program), "0o644\n");
    assert_eq!(&sandbox.read_file("given").unwrap()[..], b"x");
    assert_eq!(&sandbox.read_file("d/f").unwrap()[..], b"y");
    sandbox.write_file("given", "z").unwrap();
    assert_eq!(stdout(&mut sandbox, "print(mode('given'))"), "0o0\n");
    sandbox.remove("d").unwrap();
}

#[test]
fn modes_are_kept_with_the_session() {
    let mut sandbox = sandbox();
    let program = format!(
        "{FAILS}open('f', 'w').close(); os.chmod('f', 0o751); os.utime('f', (1, 2)); os.umask(0o027)"
    );
    stdout(&mut sandbox, &program);
    let asleep = sandbox.hibernate().unwrap();
    let mut woken = runtime().resume(&asleep).unwrap();
    assert_eq!(
        stdout(
            &mut woken,
            "open('g', 'w').close(); print(mode('f'), os.stat('f').st_mtime, mode('g'), oct(os.umask(0)))"
        ),
        "0o751 2.0 0o640 0o27\n"
    );
    sandbox.reset().unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "import os; print(os.path.exists('f'), oct(os.umask(0)))"
        ),
        "False 0o22\n"
    );
}

#[test]
fn a_mount_shows_whether_it_can_be_written_to() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(folder.path().join("f"), "x").unwrap();
    let program = format!(
        "{FAILS}
import shutil
open('own', 'w').close()
print(mode('/data'), mode('/data/f'), mode('/data/sub'), os.access('/data/f', os.W_OK), fails(os.chmod, '/data/f', 0o600), mode('/data/f'))
print(fails(shutil.copy, 'own', '/data/copied'), fails(shutil.copy2, '/data/f', 'taken'))
with open('/data/f') as file: print(oct(os.fstat(file.fileno()).st_mode), os.stat('/data/f').st_uid == os.getuid())
"
    );
    let with = |mount: Mount| {
        let mut sandbox = runtime().sandbox_builder().mount(mount).build().unwrap();
        stdout(&mut sandbox, &program)
    };
    assert_eq!(
        with(Mount::new(folder.path(), "/data")),
        "0o555 0o444 0o555 False OSError 0o444\nOSError None\n0o100444 True\n"
    );
    assert_eq!(
        with(Mount::new(folder.path(), "/data").writable()),
        "0o755 0o644 0o755 True None 0o644\nNone None\n0o100644 True\n"
    );
}
