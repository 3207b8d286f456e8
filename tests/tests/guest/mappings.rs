//! `mmap`: each line of output is what CPython prints on Linux.

use hatchery::Mount;
use hatchery_tests::{runtime, stdout};

use crate::sandbox;

const PRELUDE: &str = "
import mmap, os
def fails(function, *args, **keywords):
    try: function(*args, **keywords)
    except Exception as error: return type(error).__name__
";

fn shown(program: &str) -> String {
    stdout(&mut sandbox(), &format!("{PRELUDE}{program}"))
}

#[test]
fn a_mapping_and_its_file_are_the_same_bytes() {
    let program = "
open('m', 'wb').write(b'0123456789' * 10)
with open('m', 'r+b') as f, mmap.mmap(f.fileno(), 0) as m:
    print(len(m), m[:3], m.readline()[-2:]); m[0:3] = b'abc'; print(open('m', 'rb').read(5)); m.flush()
    f.seek(10); f.write(b'XYZ'); f.flush(); print(m[10:13], m.size())
    with mmap.mmap(f.fileno(), 0) as other: other[20] = 33; print(m[20])
    m.resize(1000); print(len(m), os.path.getsize('m'), m[10:13], m[999]); m[999] = 65; m.move(0, 10, 3); print(m[:3], m.rfind(b'XYZ'))
print(os.path.getsize('m'), open('m', 'rb').read()[-1:])
with open('m', 'rb') as f:
    m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ); print(fails(m.__setitem__, 0, 1), m[0]); os.unlink('m'); print(m[-1])
    c = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY); c[0] = 33; print(c[0], m[0]); m.close(); print(fails(lambda: m[0]), c[0])
print(fails(mmap.mmap, os.open('/usr/lib/python3.14/os.pyc', os.O_RDONLY), 0), len(mmap.mmap(os.open('/usr/lib/python3.14/os.pyc', os.O_RDONLY), 0, prot=mmap.PROT_READ)) > 1000)
";
    assert_eq!(
        shown(program),
        "100 b'012' b'89'\nb'abc34'\nb'XYZ' 100\n33\n1000 1000 b'XYZ' 0\nb'XYZ' -1\n1000 b'A'\nTypeError 88\n65\n33 88\n\
         ValueError 33\nPermissionError True\n"
    );
}

#[test]
fn memory_without_a_file_is_mapped_too() {
    let program = "
m = mmap.mmap(-1, 100); m[:5] = b'hello'; m.seek(0); print(m.read(5), len(m), m[1:3], m[99]); m.write(b'!'); print(m.tell(), m[:6])
import re; print(re.search(b'l+', m).span()); view = memoryview(m); print(fails(m.close)); view.release(); m.close(); print(m.closed)
p = mmap.mmap(-1, 10, flags=mmap.MAP_PRIVATE); p[:] = b'x' * 10; p.resize(5000); print(p[9:11], len(p))
open('e', 'w').close(); e = open('e', 'r+b'); print(fails(mmap.mmap, e.fileno(), 0), fails(mmap.mmap, e.fileno(), 10), fails(mmap.mmap, -1, 0), fails(mmap.mmap, os.pipe()[0], 5))
";
    assert_eq!(
        shown(program),
        "b'hello' 100 b'el' 0\n6 b'hello!'\n(2, 4)\nBufferError\nTrue\nb'x\\x00' 5000\nValueError ValueError OSError OSError\n"
    );
}

#[test]
fn what_becomes_of_a_file_does_not_pull_its_mapping_away() {
    let program = "
for change in (lambda f: f.truncate(0), lambda f: f.write(b'y' * 1_000_000), lambda f: os.unlink('s'), lambda f: f.close()):
    open('s', 'wb').write(b'x' * 5000); f = open('s', 'r+b', buffering=0); m = mmap.mmap(f.fileno(), 0)
    change(f); f.close(); held = [bytes(5000) for _ in range(100)]; print(m[0], m[4999], len(m)); m[4999] = 1; m.close()
open('s', 'wb').write(b'x' * 5000); f = open('s', 'r+b'); maps = [mmap.mmap(f.fileno(), 0) for _ in range(5)]
for i, m in enumerate(maps): f.truncate(0); f.truncate(5000 * (i + 1)); m.close()
print(os.path.getsize('s'))
";
    let mut sandbox = sandbox();
    let shown = stdout(&mut sandbox, &format!("{PRELUDE}{program}"));
    assert_eq!(
        shown,
        "120 120 5000\n120 120 5000\n120 120 5000\n120 120 5000\n25000\n"
    );
}

#[test]
fn a_mapping_of_a_mounted_file_is_written_back() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("f"), "0123456789").unwrap();
    let with = |mount: Mount, program: &str| {
        let mut sandbox = runtime().sandbox_builder().mount(mount).build().unwrap();
        stdout(&mut sandbox, &format!("{PRELUDE}{program}"))
    };
    let read = "m = mmap.mmap(os.open('/data/f', os.O_RDONLY), 0, access=mmap.ACCESS_READ); print(m[:], m.find(b'5'))";
    assert_eq!(
        with(Mount::new(folder.path(), "/data"), read),
        "b'0123456789' 5\n"
    );
    let write = "f = open('/data/f', 'r+b'); m = mmap.mmap(f.fileno(), 0); m[:2] = b'ab'; m.flush(); print(open('/data/f').read()); m[9] = 33; f.close(); m.close(); print(open('/data/f').read())";
    assert_eq!(
        with(Mount::new(folder.path(), "/data").writable(), write),
        "ab23456789\nab2345678!\n"
    );
}

#[test]
fn a_mapping_sleeps_with_its_session() {
    let mut sandbox = sandbox();
    stdout(
        &mut sandbox,
        &format!(
            "{PRELUDE}open('m', 'wb').write(b'x' * 100); f = open('m', 'r+b'); m = mmap.mmap(f.fileno(), 0); m[0] = 65"
        ),
    );
    let mut woken = runtime().resume(sandbox.hibernate().unwrap()).unwrap();
    assert_eq!(
        stdout(&mut woken, "m[1] = 66; print(open('m').read(3))"),
        "ABx\n"
    );
}
