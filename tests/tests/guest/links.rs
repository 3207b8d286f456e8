//! Symbolic and hard links: each line of output is what CPython prints on Linux.

use hatchery::{EntryKind, Error, FileError, Mount};
use hatchery_tests::{runtime, stdout};

use crate::sandbox;

const PRELUDE: &str = "
import errno, os, shutil, stat
from pathlib import Path
def fails(function, *args, **keywords):
    try: function(*args, **keywords)
    except OSError as error: return errno.errorcode[error.errno]
";

fn shown(program: &str) -> String {
    stdout(&mut sandbox(), &format!("{PRELUDE}{program}"))
}

#[test]
fn symbolic_links_lead_where_they_say() {
    let program = "
open('a', 'w').write('hello'); os.mkdir('d'); open('d/f', 'w').write('in d')
os.symlink('a', 'l'); os.symlink('d', 'ld'); os.symlink('nowhere', 'dangling'); os.symlink('/work/d/f', 'absolute')
print(os.readlink('l'), open('l').read(), os.path.islink('l'), os.path.isfile('l'), os.path.isdir('ld'), os.listdir('ld'), open('ld/f').read(), open('absolute').read())
print(stat.filemode(os.lstat('l').st_mode), os.lstat('l').st_size, os.stat('l').st_ino == os.stat('a').st_ino)
print(os.path.exists('dangling'), os.path.lexists('dangling'), fails(open, 'dangling'), Path('ld').resolve(), os.path.realpath('ld/../a'))
open('dangling', 'w').write('made'); print(open('nowhere').read(), os.path.islink('dangling'))
print(fails(os.symlink, 'a', 'l'), fails(os.readlink, 'a'), fails(os.mkdir, 'l'), fails(os.rmdir, 'ld'), fails(os.symlink, '', 'e'), fails(open, 'l/x'))
print(fails(os.open, 'l', os.O_RDONLY | os.O_NOFOLLOW), fails(os.open, 'l', os.O_CREAT | os.O_EXCL | os.O_WRONLY))
os.rename('l', 'l2'); print(os.readlink('l2'), os.path.exists('a')); os.replace('a', 'l2'); print(os.path.islink('l2'), open('l2').read())
os.chdir('ld'); print(os.getcwd()); os.chdir('..'); print(os.getcwd())
os.unlink('absolute'); print(os.path.exists('d/f'))
Path('p').symlink_to('d', target_is_directory=True); print(Path('p').is_symlink(), Path('p').readlink(), [n.name for n in Path('p').iterdir()])
os.utime('p', (1, 1)); os.utime('p', (2, 2), follow_symlinks=False); print(os.stat('d').st_mtime, os.lstat('p').st_mtime)
";
    assert_eq!(
        shown(program),
        "a hello True True True ['f'] in d in d\nlrwxrwxrwx 1 True\nFalse True ENOENT /work/d /work/a\nmade True\n\
         EEXIST EINVAL EEXIST ENOTDIR ENOENT ENOTDIR\nELOOP EEXIST\na True\nFalse hello\n/work/d\n/work\nTrue\n\
         True d ['f']\n1.0 2.0\n"
    );
}

#[test]
fn links_in_a_circle_are_an_error() {
    let program = "
os.symlink('b', 'a'); os.symlink('a', 'b'); os.symlink('.', 'self'); os.symlink('self/own', 'own')
print(fails(open, 'a'), fails(os.stat, 'a'), fails(os.listdir, 'a/x'), fails(open, 'own'), fails(os.chdir, 'a'), os.path.exists('a'))
print(os.path.realpath('self/self/self'), fails(os.stat, 'self/' * 60), fails(Path('a').resolve, strict=True))
os.symlink('x/' * 2000, 'long'); print(fails(open, 'long/' + 'y/' * 300))
for i in range(39): os.symlink('work' if i == 0 else f'chain{i - 1}', f'chain{i}')
os.mkdir('work'); print(os.path.isdir('chain38')); os.symlink('chain38', 'chain39'); os.symlink('chain39', 'chain40'); print(fails(os.stat, 'chain40'))
";
    assert_eq!(
        shown(program),
        "ELOOP ELOOP ELOOP ELOOP ELOOP False\n/work ELOOP ELOOP\nENAMETOOLONG\nTrue\nELOOP\n"
    );
}

#[test]
fn hard_links_are_names_of_one_file() {
    let program = "
open('a', 'w').write('hello'); os.link('a', 'b')
print(os.stat('a').st_nlink, os.path.samefile('a', 'b')); open('b', 'a').write('!'); print(open('a').read())
os.chmod('b', 0o600); print(oct(os.stat('a').st_mode), sorted(os.listdir()))
os.unlink('a'); print(open('b').read(), os.stat('b').st_nlink); os.rename('b', 'a')
os.mkdir('d'); print(fails(os.link, 'd', 'e'), fails(os.link, 'gone', 'e'), fails(os.link, 'a', 'd'))
os.link('a', 'a2'); os.rename('a', 'a2'); print(sorted(n for n in os.listdir() if n[0] == 'a'), os.stat('a').st_nlink)
os.link('a', 'd/a3'); os.unlink('a'); os.unlink('a2'); print(open('d/a3').read()); os.replace('d/a3', 'a'); print(os.listdir('d'))
f = open('open', 'w+'); os.link('open', 'open2'); os.unlink('open'); os.unlink('open2'); f.write('still'); f.seek(0); print(f.read(), os.fstat(f.fileno()).st_nlink)
os.symlink('a', 's'); os.link('s', 'hs', follow_symlinks=False); print(os.readlink('hs'), os.lstat('s').st_nlink)
Path('h').hardlink_to('a'); print(Path('h').read_text())
for i in range(100): os.link('a', f'n{i}')
for i in range(100): os.unlink(f'n{i}')
print(os.stat('a').st_nlink)
";
    assert_eq!(
        shown(program),
        "2 True\nhello!\n0o100600 ['a', 'b']\nhello! 1\nEPERM ENOENT EEXIST\n['a', 'a2'] 2\nhello!\n[]\nstill 0\na 2\n\
         hello!\n2\n"
    );
}

#[test]
fn trees_with_links_are_walked_copied_packed_and_removed() {
    let program = "
import tarfile
os.mkdir('d'); open('d/f', 'w').close()
os.makedirs('t/s'); open('t/s/file', 'w').write('1'); os.symlink('s', 't/ls'); os.symlink('file', 't/s/lf'); os.link('t/s/file', 't/hard'); os.symlink('../d', 't/out')
print([(r, sorted(d), sorted(f)) for r, d, f in sorted(os.walk('t'))])
print(sorted(r for r, _, _ in os.walk('t', followlinks=True)))
with os.scandir('t') as entries: print(sorted((e.name, e.is_symlink(), e.is_dir(), e.is_dir(follow_symlinks=False)) for e in entries))
with tarfile.open('t.tar', 'w') as archive: archive.add('t')
with tarfile.open('t.tar') as archive:
    print(sorted((m.name, m.issym(), m.islnk(), m.linkname) for m in archive)); archive.extractall('o', filter='tar')
print(os.readlink('o/t/ls'), os.stat('o/t/hard').st_nlink, open('o/t/ls/lf').read())
shutil.copytree('t', 'c', symlinks=True); print(os.path.islink('c/ls'), os.path.islink('c/s/lf'))
shutil.copytree('t', 'c2'); print(os.path.islink('c2/ls'), sorted(os.listdir('c2/ls')))
shutil.rmtree('t'); print(os.path.exists('t'), os.path.exists('d/f'))
";
    assert_eq!(
        shown(program),
        "[('t', ['ls', 'out', 's'], ['hard']), ('t/s', [], ['file', 'lf'])]\n['t', 't/ls', 't/out', 't/s']\n\
         [('hard', False, False, False), ('ls', True, True, False), ('out', True, True, False), ('s', False, True, True)]\n\
         [('t', False, False, ''), ('t/hard', False, False, ''), ('t/ls', True, False, 's'), ('t/out', True, False, '../d'), \
         ('t/s', False, False, ''), ('t/s/file', False, True, 't/hard'), ('t/s/lf', True, False, 'file')]\n\
         s 2 1\nTrue True\nFalse ['file', 'lf']\nFalse True\n"
    );
}

#[test]
fn the_host_sees_links_and_copies_none_out() {
    let mut sandbox = sandbox();
    stdout(
        &mut sandbox,
        "import os\nopen('f', 'w').write('text'); os.symlink('f', 'l'); os.symlink('/usr', 'u'); os.symlink('l', 'a')\nos.symlink('c', 'b'); os.symlink('b', 'c'); os.link('f', 'h'); os.mkdir('d'); os.symlink('..', 'd/up')",
    );
    let kinds: Vec<_> = sandbox
        .list_dir(".")
        .unwrap()
        .into_iter()
        .map(|entry| (entry.name, entry.kind))
        .collect();
    assert!(
        kinds.contains(&("l".to_owned(), EntryKind::Link)),
        "{kinds:?}"
    );
    assert!(
        kinds.contains(&("h".to_owned(), EntryKind::File)),
        "{kinds:?}"
    );
    assert_eq!(&sandbox.read_file("a").unwrap()[..], b"text");
    sandbox.write_file("l", "new").unwrap();
    assert_eq!(
        stdout(&mut sandbox, "print(open('h').read(), os.path.islink('l'))"),
        "new True\n"
    );
    for circle in ["b", "b/x"] {
        assert!(matches!(sandbox.read_file(circle), Err(Error::File { .. })));
        assert!(matches!(
            sandbox.write_file(circle, ""),
            Err(Error::File { .. })
        ));
    }
    assert!(matches!(
        sandbox.write_file("u/x", ""),
        Err(Error::File {
            reason: FileError::ReadOnly,
            ..
        })
    ));
    let to = tempfile::tempdir().unwrap();
    let copied = sandbox.copy_out(".", to.path()).unwrap();
    assert_eq!((copied.entries, copied.bytes), (3, 6), "f, h and d");
    assert!(
        std::fs::read_dir(to.path().join("d"))
            .unwrap()
            .next()
            .is_none()
    );
    sandbox.remove("u").unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "print(os.path.lexists('u'), len(os.listdir('/usr')) > 0)"
        ),
        "False True\n"
    );
    sandbox.remove("f").unwrap();
    assert_eq!(stdout(&mut sandbox, "print(open('h').read())"), "new\n");
}

#[test]
fn no_link_leads_out_of_a_mount() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "CANARY").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "mine").unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
    let mut sandbox = runtime()
        .sandbox_builder()
        .mount(Mount::new(folder.path(), "/data").writable())
        .build()
        .unwrap();
    let outside = outside.path().to_str().unwrap();
    let program = format!(
        "{PRELUDE}
open('own', 'w').close()
os.symlink('/data', 'm'); os.symlink('/data/f', 'mf'); os.symlink('/data/../usr/lib', 'back'); os.symlink('{outside}/secret', 's')
print(os.listdir('m') == os.listdir('/data'), open('m/f').read(), open('mf').read(), os.path.isdir('back'), os.path.realpath('m/f'))
print(fails(os.link, '/data/f', 'x'), fails(os.link, 'own', '/data/x'), fails(os.symlink, 'own', '/data/x'), fails(os.link, '/data/f', '/data/x'), fails(os.rename, 'mf', '/data/x'))
print(fails(open, 's'), fails(open, '/data/out/secret'), fails(os.listdir, 'm/out'), fails(open, 'm/../../{outside}/secret'))
os.symlink('/data/out/secret', 'via'); print(fails(open, 'via')); open('m/new', 'w').write('y'); os.chdir('m'); print(os.getcwd(), os.listdir('..')[:0])
"
    );
    let shown = stdout(&mut sandbox, &program);
    assert!(!shown.contains("CANARY"));
    let denied: Vec<_> = shown.lines().collect();
    assert_eq!(denied[0], "True mine mine True /data/f");
    assert_eq!(denied[1], "EXDEV EXDEV EPERM EPERM EXDEV");
    assert!(
        !denied[2].contains("None") && !denied[3].contains("None"),
        "{shown}"
    );
    assert_eq!(denied[4], "/data []");
    assert_eq!(std::fs::read(folder.path().join("new")).unwrap(), b"y");
}
