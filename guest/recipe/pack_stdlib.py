"""Packs CPython's standard library, compiled, and the time zones into one archive for c/files/stdlib.c.

    pack_stdlib.py LIB_DIR BUILD_DIR SUPPORT_DIR TIME_ZONES_DIR TOPICS OUTPUT

Run by the native python of the same version: bytecode is only valid there.
Sourceless: `json/__init__.pyc` stands where `json/__init__.py` would.
"""

import marshal
import pathlib
import sys
from importlib.util import MAGIC_NUMBER

PREFIX = "lib/python3.14"

# Not in the guest: needs a terminal, a window, a network installer or processes,
# or is CPython's own test suite.
LEFT_OUT = {
    "test", "idlelib", "tkinter", "turtledemo", "turtle.py", "ensurepip", "venv",
    "lib2to3", "curses", "antigravity.py", "site-packages",
}


def u32(*numbers: int) -> bytes:
    # Not by struct: the native python is built without extension modules.
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def bytecode(source: bytes, name: str) -> bytes:
    code = compile(source, f"/usr/{name}", "exec", dont_inherit=True, optimize=0)
    # Flags 1: hash-based and never checked, there is no source to check against.
    return MAGIC_NUMBER + u32(1, 0, 0) + marshal.dumps(code)


def collect(root: pathlib.Path, files: dict) -> None:
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if relative.parts[0] in LEFT_OUT or "test" in relative.parts or "tests" in relative.parts:
            continue
        name = f"{PREFIX}/{relative.as_posix()}"
        files[name + "c"] = bytecode(path.read_bytes(), name)


def collect_time_zones(root: pathlib.Path, files: dict) -> None:
    for path in sorted(root.rglob("*")):
        if path.is_file() and (data := path.read_bytes()).startswith(b"TZif"):
            files[f"share/zoneinfo/{path.relative_to(root).as_posix()}"] = data


def pack_topics(path: pathlib.Path, files: dict) -> None:
    """What help() says of the language: much text, for few. `path` is it as source, compressed by zlib."""
    source = f"import zlib\nexec(zlib.decompress({path.read_bytes()!r}))\ndel zlib\n"
    name = f"{PREFIX}/pydoc_data/topics.py"
    files[name + "c"] = bytecode(source.encode(), name)


def main() -> None:
    library, build, support, time_zones, topics, output = map(pathlib.Path, sys.argv[1:])
    files: dict = {}
    collect(library, files)
    collect(support, files)
    pack_topics(topics, files)
    collect_time_zones(time_zones, files)
    # How CPython was built, but not in whose folder.
    folder = str(build.parent.parent).encode()
    for path in build.glob("build/lib.*/_sysconfigdata_*.py"):
        name = f"{PREFIX}/{path.name}"
        files[name + "c"] = bytecode(path.read_bytes().replace(folder, b"/usr/src"), name)

    names = sorted(files)
    header_len = 16 + 16 * len(names)
    paths = [name.encode() for name in names]
    position = header_len
    path_offsets = []
    for path in paths:
        path_offsets.append(position)
        position += len(path)
    entries, blobs = [], []
    for path, path_offset, name in zip(paths, path_offsets, names):
        padding = -position % 16
        position += padding
        entries.append(u32(path_offset, len(path), position, len(files[name])))
        blobs.append(b"\0" * padding + files[name])
        position += len(files[name])
    output.write_bytes(
        b"HSTDLIB1"
        + u32(len(names), 0)
        + b"".join(entries) + b"".join(paths) + b"".join(blobs)
    )
    print(f"{len(names)} files, {position} bytes")


main()
