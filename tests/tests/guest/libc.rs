//! The guest's own functions on text and bytes, held against slow ones written in Python.

use hatchery_tests::stdout;

use crate::sandbox;

/// Blocks of 16 bytes: every place in a block for the beginning, the end and what is looked for.
#[test]
fn no_byte_is_missed_or_found_outside_of_what_is_searched() {
    let program = r#"
size = 70
for start in range(20):
    for end in range(start, size, 3):
        for at in range(size):
            text = bytearray(b"-" * size)
            text[at] = ord("x")
            inside = start <= at < end
            assert text.find(b"x", start, end) == (at if inside else -1), (start, end, at)
            assert text.rfind(b"x", start, end) == (at if inside else -1), (start, end, at)
            later = min(at + 17, size - 1)
            text[later] = ord("x")
            first = next((i for i in (at, later) if start <= i < end), -1)
            last = next((i for i in (later, at) if start <= i < end), -1)
            assert text.find(b"x", start, end) == first, (start, end, at)
            assert text.rfind(b"x", start, end) == last, (start, end, at)
for byte in 0, 1, 0x7F, 0x80, 0xFF:
    others = bytes(b for b in range(256) if b != byte)
    assert others.find(byte) == -1 and others.rfind(byte) == -1
    assert (others + bytes([byte])).find(byte) == 255
print("ok")
"#;
    assert_eq!(stdout(&mut sandbox(), program), "ok\n");
}

#[test]
fn bytes_are_ordered_by_the_first_that_differs() {
    let program = r#"
for size in range(40):
    same = bytes(range(100, 100 + size))
    assert same == bytes(bytearray(same))
    for at in range(size):
        for other in 0, 99, 255:
            changed = same[:at] + bytes([other]) + bytes(size - at - 1)
            assert changed != same
            assert (changed < same) == (other < same[at]), (size, at, other)
print("ok")
"#;
    assert_eq!(stdout(&mut sandbox(), program), "ok\n");
}

/// The compiler looks for the end of each line, and SQLite for the end of each word.
#[test]
fn text_that_is_read_word_by_word_is_read_whole() {
    let program = r#"
import sqlite3
lines = [f"name_{i} = {i}{' ' * (i % 19)}# {'é' * (i % 17)}" for i in range(5_000)]
names = {}
exec("\n".join(lines), names)
assert all(names[f"name_{i}"] == i for i in range(5_000))
db = sqlite3.connect(":memory:")
db.execute("create virtual table words using fts5(body)")
db.executemany("insert into words values (?)", ((f"word{i} " * (i % 23),) for i in range(500)))
found = db.execute("select count(*) from words where words match 'word7 OR word22'").fetchone()
assert found == (2,), found
print("ok")
"#;
    assert_eq!(stdout(&mut sandbox(), program), "ok\n");
}
