use std::time::Duration;

use crate::{builder, sandbox};
use hatchery::{EntryKind, Error, FileError, Sandbox};
use hatchery_tests::stdout;

pub(crate) fn reason<T: std::fmt::Debug>(result: Result<T, Error>) -> FileError {
    match result {
        Err(Error::File { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn names(sandbox: &mut Sandbox, path: &str) -> Vec<String> {
    let entries = sandbox.list_dir(path).unwrap();
    entries.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let mut sandbox = sandbox();
    for len in [0, 1, 4095, 65536, 1_000_003, 20 << 20] {
        let bytes: Vec<u8> = (0..len as u32).map(|i| (i * 7 + i / 256) as u8).collect();
        sandbox.write_file("data.bin", &bytes).unwrap();
        assert!(
            sandbox.read_file("/work/data.bin").unwrap() == bytes,
            "{len}"
        );
        assert_eq!(sandbox.list_dir("/work").unwrap()[0].len, len as u64);
        let program = "import os; b = open('data.bin', 'rb').read(); print(len(b), b[-3:])
assert os.path.getsize('data.bin') == len(b)
open('data.bin', 'wb').write(b[::-1])";
        let seen = stdout(&mut sandbox, program);
        assert!(seen.starts_with(&format!("{len} ")), "{seen}");
        let mut back = sandbox.read_file("data.bin").unwrap().to_vec();
        back.reverse();
        assert!(back == bytes, "{len}");
    }
    sandbox.write_file("data.bin", "short").unwrap();
    assert_eq!(
        &sandbox.read_file("data.bin").unwrap()[..],
        b"short",
        "what was there is gone"
    );
}

#[test]
fn files_are_there_before_any_run() {
    let mut sandbox = sandbox();
    assert_eq!(
        names(&mut sandbox, "/"),
        ["dev", "home", "lib", "tmp", "usr", "work"]
    );
    sandbox.create_dir("empty").unwrap();
    sandbox.write_file("a/b/c.txt", "deep").unwrap();
    let entries = sandbox.list_dir(".").unwrap();
    assert_eq!(entries[0].name, "a");
    assert_eq!(entries[0].kind, EntryKind::Directory);
    assert_eq!(names(&mut sandbox, "a/b"), ["c.txt"]);
    assert_eq!(
        stdout(
            &mut sandbox,
            "import os; print(sorted(os.listdir()), open('a/b/c.txt').read())"
        ),
        "['a', 'empty'] deep\n"
    );
}

#[test]
fn names_of_any_script_cross() {
    let mut sandbox = sandbox();
    for name in [
        "grüße.txt",
        "数据/表.csv",
        "🐣/🐥",
        "a b\tc\n",
        "..x",
        "...",
        "~",
        "-rf",
        "a\\b",
    ] {
        sandbox.write_file(&format!("/tmp/u/{name}"), name).unwrap();
        assert_eq!(
            sandbox.read_file(&format!("/tmp/u/{name}")).unwrap(),
            name.as_bytes()
        );
    }
    let listed = stdout(
        &mut sandbox,
        "import os; print(sorted(os.listdir('/tmp/u')))",
    );
    for name in ["grüße.txt", "数据", "🐣", "a b\\tc\\n", "a\\\\b"] {
        assert!(listed.contains(name), "{listed}");
    }
    sandbox
        .execute("open(b'/tmp/u/\\xff', 'w').close()")
        .unwrap();
    assert!(names(&mut sandbox, "/tmp/u").contains(&"\u{fffd}".to_owned()));
}

#[test]
fn lib_and_work_are_on_the_path() {
    let mut sandbox = sandbox();
    sandbox
        .write_file("/lib/helper/__init__.py", "from .inner import f")
        .unwrap();
    sandbox
        .write_file("/lib/helper/inner.py", "def f(): return 'lib'")
        .unwrap();
    sandbox.write_file("main.py", "kind = 'work'").unwrap();
    assert_eq!(
        stdout(
            &mut sandbox,
            "import helper, main; print(helper.f(), main.kind, helper.__file__)"
        ),
        "lib work /lib/helper/__init__.py\n"
    );
    sandbox.write_file("later.py", "n = 1").unwrap();
    assert_eq!(stdout(&mut sandbox, "import later; print(later.n)"), "1\n");
}

#[test]
fn what_cannot_be_says_what_to_do() {
    let mut sandbox = sandbox();
    sandbox.write_file("dir/file", "x").unwrap();
    for path in ["missing", "dir/missing", "/nowhere/x"] {
        assert_eq!(
            reason(sandbox.read_file(path)),
            FileError::NotFound,
            "{path}"
        );
        assert_eq!(reason(sandbox.list_dir(path)), FileError::NotFound);
        assert_eq!(reason(sandbox.remove(path)), FileError::NotFound);
    }
    assert_eq!(reason(sandbox.read_file("dir")), FileError::IsDirectory);
    for path in [
        "dir", "dir/", "new/", ".", "..", "dir/..", "/", "dir/.", "//",
    ] {
        assert_eq!(
            reason(sandbox.write_file(path, "x")),
            FileError::IsDirectory,
            "{path}"
        );
    }
    for path in ["dir/file/x", "dir/file/x/y"] {
        assert_eq!(
            reason(sandbox.write_file(path, "x")),
            FileError::NotDirectory
        );
        assert_eq!(reason(sandbox.read_file(path)), FileError::NotDirectory);
        assert_eq!(reason(sandbox.create_dir(path)), FileError::NotDirectory);
    }
    assert_eq!(
        reason(sandbox.create_dir("dir/file")),
        FileError::NotDirectory
    );
    assert_eq!(
        reason(sandbox.list_dir("dir/file")),
        FileError::NotDirectory
    );
    for path in ["", "a\0b", "\0"] {
        assert_eq!(
            reason(sandbox.write_file(path, "x")),
            FileError::InvalidPath
        );
        assert_eq!(reason(sandbox.read_file(path)), FileError::InvalidPath);
    }
    let long = "n".repeat(256);
    for path in [
        long.clone(),
        format!("a/{long}"),
        format!("{long}/a"),
        "a/".repeat(2100) + "b",
    ] {
        assert_eq!(
            reason(sandbox.write_file(&path, "x")),
            FileError::PathTooLong
        );
        assert_eq!(reason(sandbox.create_dir(&path)), FileError::PathTooLong);
    }
    assert_eq!(
        reason(sandbox.write_file("huge", vec![0; (1 << 30) + 1])),
        FileError::TooLarge
    );
    let error = sandbox.read_file("missing").unwrap_err().to_string();
    assert_eq!(error, "\"missing\": there is no such file or folder");
    assert!(matches!(
        builder().file("a\0", "x").build(),
        Err(Error::Setting { name: "file", .. })
    ));
}

#[test]
fn dots_do_not_lead_out_of_the_root() {
    let mut sandbox = sandbox();
    sandbox
        .write_file("../../../../etc/passwd", "mine")
        .unwrap();
    assert_eq!(&sandbox.read_file("/etc/passwd").unwrap()[..], b"mine");
    sandbox.write_file("a/../b/./c", "c").unwrap();
    assert_eq!(names(&mut sandbox, "/work"), ["a", "b"]);
    assert_eq!(&sandbox.read_file("//work///b//c").unwrap()[..], b"c");
}

#[test]
fn the_standard_library_stays_as_it_is() {
    let mut sandbox = sandbox();
    let os = "/usr/lib/python3.14/os.pyc";
    assert!(sandbox.read_file(os).unwrap().len() > 10_000);
    for path in [
        os,
        "/usr/new",
        "/usr/new/er",
        "/usr/lib/python3.14/json/new.py",
    ] {
        assert_eq!(
            reason(sandbox.write_file(path, "x")),
            FileError::ReadOnly,
            "{path}"
        );
    }
    for path in [os, "/usr", "/usr/lib", "/usr/lib/python3.14"] {
        assert_eq!(reason(sandbox.remove(path)), FileError::ReadOnly, "{path}");
    }
    assert_eq!(reason(sandbox.create_dir("/usr/x")), FileError::ReadOnly);
    assert!(matches!(
        builder().file("/usr/x", "").build().unwrap().execute("1"),
        Err(Error::File {
            reason: FileError::ReadOnly,
            ..
        })
    ));
    assert_eq!(
        stdout(
            &mut sandbox,
            "import os, json; print(os.path.isfile('/usr/lib/python3.14/os.pyc'))"
        ),
        "True\n"
    );
}

#[test]
fn a_folder_is_removed_with_all_that_is_in_it() {
    let mut sandbox = sandbox();
    let program = "
import os
for i in range(50):
    os.makedirs(f'tree/{i}/x/y')
    open(f'tree/{i}/x/f', 'w').write('text')
held = open('tree/3/x/f')
# Deeper than any path is long, and than any stack would bear.
fd = os.open('tree', os.O_RDONLY)
for _ in range(20000):
    os.mkdir('d', dir_fd=fd)
    inner = os.open('d', os.O_RDONLY, dir_fd=fd)
    os.close(fd)
    fd = inner
os.close(fd)
";
    stdout(&mut sandbox, program);
    sandbox.remove("tree").unwrap();
    assert_eq!(
        stdout(&mut sandbox, "print(os.listdir(), held.read())"),
        "[] text\n",
        "an open file is still there for who has it open"
    );
    for path in ["/", "/work", "/tmp", "/lib", ".", "/work/.."] {
        assert_eq!(reason(sandbox.remove(path)), FileError::Busy, "{path}");
    }
    sandbox.write_file("/top/x", "x").unwrap();
    sandbox.remove("/top").unwrap();
    sandbox.write_file("one", "x").unwrap();
    sandbox.remove("one").unwrap();
    assert_eq!(
        names(&mut sandbox, "/"),
        ["dev", "home", "lib", "tmp", "usr", "work"]
    );
}

#[test]
fn the_library_works_on_the_hosts_files_and_the_host_on_its() {
    let mut sandbox = sandbox();
    sandbox.write_file("in/a.csv", "x,1\ny,2\n").unwrap();
    sandbox.write_file("in/sub/b.csv", "z,3\n").unwrap();
    let program = r"
import csv, os, pathlib, shutil, sqlite3, tempfile, zipfile
rows = []
for folder, _, files in os.walk('in'):
    for name in sorted(files):
        with open(os.path.join(folder, name), newline='') as f: rows += csv.reader(f)
with sqlite3.connect('out.db') as db:
    db.execute('create table t (k text, v integer)')
    db.executemany('insert into t values (?, ?)', rows)
db.close()
with zipfile.ZipFile('out.zip', 'w', zipfile.ZIP_DEFLATED) as z:
    for p in pathlib.Path('in').rglob('*.csv'): z.write(p)
shutil.copytree('in', 'copy')
with tempfile.NamedTemporaryFile('w', delete=False, dir='/tmp', prefix='made-') as f: f.write('temporary')
print(len(rows), sorted(str(p) for p in pathlib.Path('copy').rglob('*')))
";
    assert_eq!(
        stdout(&mut sandbox, program),
        "3 ['copy/a.csv', 'copy/sub', 'copy/sub/b.csv']\n"
    );
    let database = sandbox.read_file("out.db").unwrap();
    assert!(database.starts_with(b"SQLite format 3\0"));
    assert!(sandbox.read_file("out.zip").unwrap().starts_with(b"PK"));
    assert_eq!(&sandbox.read_file("copy/sub/b.csv").unwrap()[..], b"z,3\n");
    let made = sandbox.list_dir("/tmp").unwrap();
    let made = made
        .iter()
        .find(|entry| entry.name.starts_with("made-"))
        .unwrap();
    assert_eq!(made.len, 9);

    let mut other = crate::sandbox();
    other.write_file("in.db", &database).unwrap();
    other
        .write_file("in.zip", sandbox.read_file("out.zip").unwrap())
        .unwrap();
    let program = "import sqlite3, zipfile
print(sqlite3.connect('in.db').execute('select sum(v) from t').fetchone(), len(zipfile.ZipFile('in.zip').namelist()))";
    assert_eq!(stdout(&mut other, program), "(6,) 2\n");
}

#[test]
fn files_count_against_the_memory_limit() {
    let mut sandbox = builder().max_memory_bytes(96 << 20).build().unwrap();
    sandbox.write_file("kept", "as it was").unwrap();
    assert_eq!(
        reason(sandbox.write_file("kept", vec![1; 100 << 20])),
        FileError::Full
    );
    assert_eq!(
        reason(sandbox.write_file("a/new", vec![1; 100 << 20])),
        FileError::Full
    );
    assert_eq!(&sandbox.read_file("kept").unwrap()[..], b"as it was");
    assert_eq!(names(&mut sandbox, "/work"), ["kept"]);
    let mut written = 0;
    let full = loop {
        match sandbox.write_file(&format!("f{written}"), vec![1; 4 << 20]) {
            Ok(()) => written += 1,
            full => break reason(full),
        }
    };
    assert_eq!(full, FileError::Full);
    assert!((5..24).contains(&written), "{written}");
    sandbox.remove("f0").unwrap();
    // Less, as names and the like may lie where the file was.
    sandbox.write_file("f0", vec![2; 3 << 20]).unwrap();
    assert_eq!(
        stdout(&mut sandbox, "import os; print(len(os.listdir()))"),
        format!("{}\n", written + 1)
    );
}

#[test]
fn a_file_may_take_most_of_the_memory() {
    let mut sandbox = builder().max_memory_bytes(256 << 20).build().unwrap();
    let bytes = vec![3; 150 << 20];
    sandbox.write_file("big", &bytes).unwrap();
    assert!(sandbox.read_file("big").unwrap() == bytes);
    assert_eq!(
        stdout(&mut sandbox, "import os; print(os.stat('big').st_size)"),
        "157286400\n"
    );
}

#[test]
fn resets_forget_files_and_keep_those_of_the_builder() {
    let mut sandbox = builder()
        .file("conf/app.json", "{\"n\": 5}")
        .file(
            "/lib/given.py",
            "import json; n = json.load(open('conf/app.json'))['n']",
        )
        .module("uses", "import given; m = given.n")
        .build()
        .unwrap();
    for strict in [false, true, false] {
        assert_eq!(
            &sandbox.read_file("conf/app.json").unwrap()[..],
            b"{\"n\": 5}"
        );
        assert_eq!(
            stdout(
                &mut sandbox,
                "import uses; print(uses.m)
open('conf/app.json', 'w').write('gone'); open('made', 'w').close()"
            ),
            "5\n"
        );
        sandbox.write_file("/tmp/host", "x").unwrap();
        assert_eq!(names(&mut sandbox, "/work"), ["conf", "made"]);
        if strict {
            sandbox.reset_strict().unwrap();
        } else {
            sandbox.reset().unwrap();
        }
        assert_eq!(names(&mut sandbox, "/work"), ["conf"]);
        assert_eq!(names(&mut sandbox, "/tmp"), [""; 0]);
    }
    let mut without_first_look = builder().file("x", "1").build().unwrap();
    assert_eq!(
        stdout(&mut without_first_look, "print(open('x').read())"),
        "1\n"
    );
}

#[test]
fn what_the_host_reads_is_not_what_a_later_run_left() {
    let mut sandbox = sandbox();
    sandbox.write_file("f", vec![b'a'; 100_000]).unwrap();
    let first = sandbox.read_file("f").unwrap();
    sandbox
        .execute("open('f', 'w').write('b' * 100_000)")
        .unwrap();
    assert!(first.iter().all(|&byte| byte == b'a'));
    // A value that is lent must not be written into or freed by what comes next.
    for i in 0..20 {
        sandbox.read_file("f").unwrap();
        assert_eq!(
            sandbox.eval::<String>("'v' * 70_000").unwrap().value.len(),
            70_000
        );
        sandbox.read_file("f").unwrap();
        sandbox.list_dir("/usr/lib/python3.14").unwrap();
        assert_eq!(
            sandbox.eval::<u32>(&format!("{i} + 1")).unwrap().value,
            i + 1
        );
    }
    let bytes = sandbox.read_file("f").unwrap();
    assert!(bytes.len() == 100_000 && bytes.iter().all(|&byte| byte == b'b'));
}

#[test]
fn a_poisoned_sandbox_shows_no_files() {
    let mut sandbox = builder()
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    sandbox.write_file("f", "x").unwrap();
    assert!(matches!(
        sandbox.execute("while True: pass"),
        Err(Error::Timeout { .. })
    ));
    assert!(matches!(
        sandbox.read_file("f"),
        Err(Error::Poisoned { .. })
    ));
    assert!(matches!(
        sandbox.write_file("f", "y"),
        Err(Error::Poisoned { .. })
    ));
    assert!(matches!(sandbox.list_dir("/"), Err(Error::Poisoned { .. })));
    assert!(matches!(sandbox.remove("f"), Err(Error::Poisoned { .. })));
    let host = tempfile::tempdir().unwrap();
    assert!(matches!(
        sandbox.copy_out("/", host.path()),
        Err(Error::Poisoned { .. })
    ));
    assert!(matches!(
        sandbox.copy_in(host.path(), "/work"),
        Err(Error::Poisoned { .. })
    ));
    sandbox.reset().unwrap();
    assert_eq!(reason(sandbox.read_file("f")), FileError::NotFound);
}

#[tokio::test]
async fn files_are_there_in_asynchronous_code_too() {
    let mut sandbox = builder().file("given", "g").build_async().unwrap();
    sandbox.set_stdin("typed");
    sandbox.write_file("a/b", "text").await.unwrap();
    sandbox.create_dir("c").await.unwrap();
    assert_eq!(&sandbox.read_file("a/b").await.unwrap()[..], b"text");
    let output = sandbox
        .execute("import sys; print(open('given').read(), open('a/b').read(), sys.stdin.read())")
        .await
        .unwrap();
    assert_eq!(output.stdout_text(), "g text typed\n");
    assert_eq!(sandbox.list_dir("/work").await.unwrap().len(), 3);
    let host = tempfile::tempdir().unwrap();
    sandbox.copy_out("/work", host.path()).await.unwrap();
    sandbox.remove("a").await.unwrap();
    assert_eq!(reason(sandbox.read_file("a/b").await), FileError::NotFound);
    sandbox.copy_in(host.path(), "/work").await.unwrap();
    assert_eq!(&sandbox.read_file("a/b").await.unwrap()[..], b"text");
}
