use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use crate::files::{names, reason};
use crate::{builder, sandbox};
use hatchery::{CopyLimits, Error, FileError};
use hatchery_tests::stdout;

#[test]
fn folders_are_copied_in_and_out() {
    let from = tempfile::tempdir().unwrap();
    fs::create_dir_all(from.path().join("a/b/c")).unwrap();
    fs::create_dir(from.path().join("empty")).unwrap();
    fs::write(from.path().join("a/b/c/deep.bin"), vec![9; 3 << 20]).unwrap();
    fs::write(from.path().join("grüße"), "hello").unwrap();
    fs::write(from.path().join("zero"), "").unwrap();
    let mut sandbox = sandbox();
    let copied = sandbox.copy_in(from.path(), "in/here").unwrap();
    assert_eq!((copied.entries, copied.bytes), (7, (3 << 20) + 5));
    assert_eq!(
        stdout(
            &mut sandbox,
            "import os; print(sorted(os.listdir('in/here'))); print(open('in/here/grüße').read())
os.rename('in/here/a/b', 'in/here/moved'); open('in/here/new', 'w').write('n')"
        ),
        "['a', 'empty', 'grüße', 'zero']\nhello\n"
    );
    let to = tempfile::tempdir().unwrap();
    let target = to.path().join("made/for/it");
    let copied = sandbox.copy_out("in/here", &target).unwrap();
    assert_eq!((copied.entries, copied.bytes), (8, (3 << 20) + 6));
    assert!(fs::read(target.join("moved/c/deep.bin")).unwrap() == vec![9; 3 << 20]);
    assert!(target.join("empty").is_dir() && target.join("a").is_dir());
    assert_eq!(fs::read(target.join("zero")).unwrap(), b"");
    assert_eq!(fs::read_to_string(target.join("new")).unwrap(), "n");
    sandbox.write_file("in/here/new", "newer").unwrap();
    sandbox.copy_out("in/here", &target).unwrap();
    assert_eq!(
        fs::read_to_string(target.join("new")).unwrap(),
        "newer",
        "replaced"
    );
    assert_eq!(
        reason(sandbox.copy_out("in/here/new", to.path())),
        FileError::NotDirectory
    );
    assert_eq!(
        reason(sandbox.copy_out("missing", to.path())),
        FileError::NotFound
    );
    assert!(matches!(
        sandbox.copy_in("/no/such/folder", "x"),
        Err(Error::HostFile { .. })
    ));
    assert!(matches!(
        sandbox.copy_in(target.join("new"), "x"),
        Err(Error::HostFile { .. })
    ));
}

#[test]
fn links_and_pipes_are_not_copied_in() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let mut sandbox = sandbox();
    let make: [&dyn Fn(&Path); 4] = [
        &|path| symlink(outside.path().join("secret"), path.join("link")).unwrap(),
        &|path| symlink(outside.path(), path.join("link")).unwrap(),
        &|path| symlink("nowhere", path.join("link")).unwrap(),
        &|path| {
            let pipe = std::process::Command::new("mkfifo")
                .arg(path.join("link"))
                .status();
            assert!(pipe.unwrap().success());
        },
    ];
    for make in make {
        let from = tempfile::tempdir().unwrap();
        fs::create_dir(from.path().join("sub")).unwrap();
        fs::write(from.path().join("plain"), "plain").unwrap();
        make(&from.path().join("sub"));
        match sandbox.copy_in(from.path(), "/work/in") {
            Err(Error::HostLink { path }) => assert_eq!(path, from.path().join("sub/link")),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            reason(sandbox.list_dir("/work/in")),
            FileError::NotFound,
            "nothing was copied"
        );
    }
    let from = tempfile::tempdir().unwrap();
    symlink(outside.path(), from.path().join("top")).unwrap();
    sandbox.copy_in(from.path().join("top"), "in").unwrap();
    assert_eq!(
        names(&mut sandbox, "in"),
        ["secret"],
        "the folder itself is the caller's choice"
    );
}

#[test]
fn copying_out_follows_no_link_and_stays_in_its_folder() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("victim"), "untouched").unwrap();
    let mut sandbox = sandbox();
    sandbox.write_file("out/file", "from the guest").unwrap();
    sandbox
        .write_file("out/dir/victim", "from the guest")
        .unwrap();

    let to = tempfile::tempdir().unwrap();
    symlink(outside.path().join("victim"), to.path().join("file")).unwrap();
    sandbox.remove("out/dir").unwrap();
    sandbox.copy_out("out", to.path()).unwrap();
    assert_eq!(
        fs::read_to_string(outside.path().join("victim")).unwrap(),
        "untouched"
    );
    let written = fs::symlink_metadata(to.path().join("file")).unwrap();
    assert!(written.is_file(), "the link was replaced, not followed");

    sandbox
        .write_file("out/dir/victim", "from the guest")
        .unwrap();
    symlink(outside.path(), to.path().join("dir")).unwrap();
    assert!(matches!(
        sandbox.copy_out("out", to.path()),
        Err(Error::HostFile { .. })
    ));
    assert_eq!(
        fs::read_to_string(outside.path().join("victim")).unwrap(),
        "untouched"
    );
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);

    // A pipe in a file's place would block whoever opens it.
    let to = tempfile::tempdir().unwrap();
    let pipe = std::process::Command::new("mkfifo")
        .arg(to.path().join("file"))
        .status();
    assert!(pipe.unwrap().success());
    sandbox.copy_out("out", to.path()).unwrap();
    assert_eq!(
        fs::read_to_string(to.path().join("file")).unwrap(),
        "from the guest"
    );

    let to = tempfile::tempdir().unwrap();
    fs::create_dir(to.path().join("file")).unwrap();
    assert!(matches!(
        sandbox.copy_out("out", to.path()),
        Err(Error::HostFile { .. })
    ));
}

#[test]
fn hostile_names_are_only_names() {
    let mut sandbox = sandbox();
    let program = r"
import os
os.mkdir('out')
names = [b'...', b'..x', b'-rf', b'a\nb', b'\xff\xfe', b'a\\..\\b', b'C:', b'~', b'$HOME', b'x' * 255, b' ']
for name in names: open(b'out/' + name, 'wb').write(name)
print(len(names))
";
    assert_eq!(stdout(&mut sandbox, program), "11\n");
    let parent = tempfile::tempdir().unwrap();
    let to = parent.path().join("to");
    let copied = sandbox.copy_out("out", &to).unwrap();
    assert_eq!(copied.entries, 11);
    for entry in fs::read_dir(&to).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            fs::read(entry.path()).unwrap(),
            entry.file_name().as_bytes()
        );
    }
    assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    // What the host has as bytes comes back as bytes.
    sandbox.copy_in(&to, "back").unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "print(sorted(os.listdir(b'back')) == sorted(names))"
        ),
        "True\n"
    );
}

#[test]
fn a_guest_cannot_flood_the_hosts_disk() {
    let mut sandbox = sandbox();
    sandbox
        .execute("import os\nfor i in range(20): os.makedirs(f'many/{i}'); open(f'many/{i}/f', 'w').write('x' * 1000)")
        .unwrap();
    let parent = tempfile::tempdir().unwrap();
    let to = parent.path().join("to");
    let few = CopyLimits::default().with_entries_max(39);
    assert_eq!(
        reason(sandbox.copy_out_limited("many", &to, few)),
        FileError::CopyLimit {
            what: "entries",
            max: 39
        }
    );
    let small = CopyLimits::default().with_bytes_max(19_999);
    assert_eq!(
        reason(sandbox.copy_out_limited("many", &to, small)),
        FileError::CopyLimit {
            what: "bytes",
            max: 19_999
        }
    );
    assert!(!to.exists(), "refused before anything is written");
    let enough = small.with_bytes_max(20_000).with_entries_max(40);
    assert_eq!(
        sandbox.copy_out_limited("many", &to, enough).unwrap().bytes,
        20_000
    );

    sandbox.write_file(&("d/".repeat(200) + "f"), "x").unwrap();
    assert!(matches!(
        reason(sandbox.copy_out("d", parent.path().join("deep"))),
        FileError::CopyLimit { max: 128, .. }
    ));
    let mut small = builder().max_memory_bytes(64 << 20).build().unwrap();
    let from = tempfile::tempdir().unwrap();
    let sparse = fs::File::create(from.path().join("sparse")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    assert_eq!(reason(small.copy_in(from.path(), "/work")), FileError::Full);
    assert_eq!(names(&mut small, "/work"), [""; 0]);
}
