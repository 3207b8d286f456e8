//! The sandbox runs full CPython, with its standard library.

use hatchery::PREWARMED_MODULES;
use hatchery_tests::{runtime, stdout};

#[test]
fn it_is_cpython_3_14() {
    let mut sandbox = runtime().sandbox().unwrap();
    let printed = stdout(
        &mut sandbox,
        "import sys; print(sys.version_info[:2], sys.implementation.name)",
    );
    assert_eq!(printed, "(3, 14) cpython\n");
}

#[test]
fn every_promised_module_imports() {
    let mut sandbox = runtime().sandbox().unwrap();
    let promised = [
        "json",
        "re",
        "math",
        "random",
        "collections",
        "itertools",
        "functools",
        "datetime",
        "dataclasses",
        "typing",
        "asyncio",
        "statistics",
        "string",
        "textwrap",
        "decimal",
        "base64",
        "hashlib",
        "zlib",
        "bz2",
        "lzma",
        "compression.zstd",
        "sqlite3",
        "pyexpat",
    ];
    for module in promised.iter().chain(PREWARMED_MODULES) {
        stdout(&mut sandbox, &format!("import {module}"));
    }
}

#[test]
fn the_extension_modules_do_their_work() {
    let mut sandbox = runtime().sandbox().unwrap();
    let program = r#"
import zlib, bz2, lzma, hashlib, decimal, sqlite3, xml.etree.ElementTree as ET
from compression import zstd
data = b"hatchery " * 1000
for codec in (zlib, bz2, lzma, zstd):
    packed = codec.compress(data)
    assert len(packed) < len(data) // 10, codec
    assert codec.decompress(packed) == data, codec
assert hashlib.sha256(b"abc").hexdigest().startswith("ba7816bf")
assert hashlib.blake2b(b"abc").hexdigest().startswith("ba80a53f")
assert decimal.Decimal(1) / 7 == decimal.Decimal("0.1428571428571428571428571429")
db = sqlite3.connect(":memory:")
db.execute("create table t(x)")
db.executemany("insert into t values (?)", [(i,) for i in range(100)])
assert db.execute("select sum(x), max(sqrt(x)) from t").fetchone()[0] == 4950
assert ET.fromstring("<a><b c='1'/></a>")[0].get("c") == "1"
print("done")
"#;
    assert_eq!(stdout(&mut sandbox, program), "done\n");
}

/// What CPython's own tests have found wrong once, and users would find before they ran those.
#[test]
fn what_programs_elsewhere_take_for_granted_is_there() {
    let mut sandbox = runtime().sandbox().unwrap();
    let program = r#"
import doctest, email.utils, math, os, pdb, shelve, uuid
with shelve.open("shelf") as shelf: shelf["list"] = [1, 2]
with shelve.open("shelf") as shelf: assert shelf["list"] == [1, 2]
assert doctest.testmod().failed == 0
assert os.path.dirname(os.__file__) == "/usr/lib/python3.14"
for number, logarithm in ((1e-308, -1023.1538532253076), (5e-324, -1074), (2.0**-1065, -1065), (3, 1.584962500721156)):
    assert math.isclose(math.log2(number), logarithm, rel_tol=1e-15), number
assert email.utils.make_msgid().endswith("@localhost>")
uuid.uuid1()
open("a", "w").write("linked")
for make, name in ((os.link, "hard"), (os.symlink, "soft")):
    make("a", name)
    assert open(name).read() == "linked" and os.path.samefile("a", name)
print("done")
"#;
    assert_eq!(stdout(&mut sandbox, program), "done\n");
}

#[test]
fn files_live_in_the_sandbox_and_the_library_cannot_be_written() {
    let mut sandbox = runtime().sandbox().unwrap();
    let program = r#"
import os, pathlib, shutil, sqlite3, tempfile, zipfile
assert os.getcwd() == "/work"
with tempfile.TemporaryDirectory() as d:
    p = pathlib.Path(d, "sub", "file.txt")
    p.parent.mkdir()
    p.write_text("héllo\n" * 1000)
    assert p.stat().st_size == 7000
    p.rename(p.with_name("other"))
    assert [f for _, _, f in os.walk(d)] == [[], ["other"]]
    shutil.copytree(d, "/work/copy")
shutil.rmtree("/work/copy")
with zipfile.ZipFile("/work/a.zip", "w") as z:
    z.writestr("x", b"y" * 1000)
assert zipfile.ZipFile("/work/a.zip").read("x") == b"y" * 1000
db = sqlite3.connect("/work/a.db"); db.execute("create table t(x)"); db.commit(); db.close()
with open("/work/m.py", "w") as f: f.write("value = 17")
import m
assert m.value == 17
for call in (lambda: open("/usr/x", "w"), lambda: os.unlink("/usr/lib/python3.14/os.pyc"),
             lambda: os.rename("/usr/lib", "/work/lib"), lambda: os.mkdir("/usr/y")):
    try: call()
    except OSError as error: assert error.errno == 69, error
    else: raise AssertionError("/usr was written to")
for path in ("/etc/passwd", "/proc/self/maps", "../../etc/passwd", "/work/../../etc/passwd"):
    try: open(path)
    except FileNotFoundError: pass
    else: raise AssertionError(path)
f = open("/tmp/gone", "w+"); os.unlink("/tmp/gone"); f.write("still"); f.seek(0); assert f.read() == "still"
print(sorted(os.listdir("/")), sorted(os.listdir("/work")))
"#;
    let printed = stdout(&mut sandbox, program);
    assert!(
        printed.starts_with("['dev', 'home', 'lib', 'tmp', 'usr', 'work'] ["),
        "{printed}"
    );
    sandbox.reset().unwrap();
    assert_eq!(
        stdout(&mut sandbox, "import os; print(os.listdir('/work'))"),
        "[]\n"
    );
}

#[test]
fn asyncio_runs_without_sockets_or_threads() {
    let mut sandbox = runtime().sandbox().unwrap();
    let program = r#"
import asyncio
async def work(i):
    await asyncio.sleep(0.001 * i)
    return i
async def main():
    async with asyncio.timeout(5):
        return await asyncio.gather(*map(work, range(3)), asyncio.to_thread(lambda: 3))
print(asyncio.run(main()))
async def stuck(): await asyncio.get_running_loop().create_future()
try: asyncio.run(stuck())
except RuntimeError as error: print(error)
"#;
    let printed = stdout(&mut sandbox, program);
    assert_eq!(
        printed,
        "[0, 1, 2, 3]\nasyncio: every task is waiting and nothing can wake them\n"
    );
}

#[test]
fn output_is_captured_whichever_way_it_goes() {
    let mut sandbox = runtime().sandbox().unwrap();
    let output = sandbox
        .execute(
            "import os, sys\nprint('text €')\nos.write(1, b'raw\\xff\\n')\nsys.stdout.buffer.write(b'binary\\n')\n\
             print('oops', file=sys.stderr)\nos.write(2, b'raw\\n')",
        )
        .unwrap();
    assert_eq!(&output.stdout[..], b"text \xe2\x82\xac\nraw\xff\nbinary\n");
    assert_eq!(&output.stderr[..], b"oops\nraw\n");
}

#[test]
fn output_past_the_limit_is_dropped_and_counted() {
    let mut sandbox = runtime()
        .sandbox_builder()
        .max_output_bytes(1000)
        .build()
        .unwrap();
    for _ in 0..2 {
        let output = sandbox
            .execute("for i in range(100): print('x' * 99)")
            .unwrap();
        assert_eq!(
            (output.stdout.len(), output.stdout_dropped_bytes),
            (1000, 9000)
        );
        sandbox.reset().unwrap();
    }
}

#[test]
fn state_persists_between_calls_and_a_python_error_is_a_result() {
    let mut sandbox = runtime().sandbox().unwrap();
    stdout(&mut sandbox, "x = 41");
    let failed = sandbox.execute("x += 1\nraise ValueError('no')").unwrap();
    assert_eq!(failed.exit_code, 1);
    assert!(
        failed
            .stderr_text()
            .ends_with("    raise ValueError('no')\nValueError: no\n"),
        "{failed:?}"
    );
    assert_eq!(stdout(&mut sandbox, "print(x)"), "42\n");
    assert_eq!(
        sandbox
            .execute("import sys; sys.exit(3)")
            .unwrap()
            .exit_code,
        3
    );
    let message = sandbox.execute("import sys; sys.exit('bye')").unwrap();
    assert_eq!((message.exit_code, &message.stderr[..]), (1, &b"bye\n"[..]));
    let syntax = sandbox.execute("def").unwrap();
    assert!(syntax.exit_code == 1 && syntax.stderr_text().contains("SyntaxError"));
    sandbox.reset().unwrap();
    assert!(
        sandbox
            .execute("print(x)")
            .unwrap()
            .stderr_text()
            .contains("NameError")
    );
}

#[test]
fn the_guest_does_not_say_in_whose_folder_it_was_built() {
    let guest = std::fs::read(hatchery_tests::guest().wasm_path).unwrap();
    let folder = hatchery_guest::cache_dir().unwrap();
    let folder = folder.as_os_str().as_encoded_bytes();
    assert_eq!(memchr::memmem::find(&guest, folder), None);
    let mut sandbox = runtime().sandbox().unwrap();
    let compiler = stdout(
        &mut sandbox,
        "import sysconfig; print(sysconfig.get_config_var('CC'))",
    );
    assert!(compiler.starts_with("/usr/src/zig"), "{compiler}");
}
