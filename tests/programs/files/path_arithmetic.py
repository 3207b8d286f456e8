import fnmatch
import glob
import os
import pathlib
import posixpath
import tempfile
from pathlib import PurePosixPath, PureWindowsPath

p = PurePosixPath("/home/ana/docs/report.final.tar.gz")
print(p.name, p.stem, p.suffix, p.suffixes, p.parent, p.parents[2], p.parts[:3], p.with_name("x.md"), p.with_suffix(".zip"), p.with_stem("new"))
print(p.relative_to("/home"), p.is_relative_to("/etc"), p / "../up" / "/abs", PurePosixPath("a") / "b" / "..", p.match("*.gz"), p.full_match("/home/**/*.gz"), p.as_uri())
print(PureWindowsPath(r"C:\Users\Bo\x.txt").parts, PureWindowsPath("a/B") == PureWindowsPath("A/b"), PureWindowsPath("d:x").drive, PureWindowsPath("C:/a").as_posix())
print(os.path.normpath("a//b/./../c/"), os.path.join("a", "/b", "c"), os.path.split("/x/y/"), os.path.splitext(".bashrc"), os.path.commonpath(["/a/b/c", "/a/b/d"]), os.path.relpath("/a/b", "/a/c/d"), os.path.commonprefix(["abc", "abd"]), posixpath.isabs("x"))
print(fnmatch.filter(["a.py", "b.txt", "c.PY"], "*.py"), fnmatch.translate("a*[!b]?"), sorted(sorted([PurePosixPath("b"), PurePosixPath("a/z"), PurePosixPath("a")])))
with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    for name in ("a/1.txt", "a/b/2.txt", "a/b/.hidden", "c/3.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    print(sorted(glob.glob("**/*.txt", root_dir=folder, recursive=True)), sorted(glob.glob("*/[0-9].*", root_dir=folder)), sorted(x.name for x in root.rglob("*") if x.is_file()))
    for here, folders, files in root.walk():
        folders.sort()
        print(here.relative_to(root), folders, sorted(files))
    print((root / "a").is_dir(), (root / "nope").exists(), (root / "c/3.md").read_text(), (root / "a/1.txt").stat().st_size, root.joinpath("a", "b").samefile(root / "a/b/../b"))
    try:
        (root / "a").rmdir()
    except OSError as error:
        print(error.strerror)
    try:
        PurePosixPath("/a").relative_to("b")
    except ValueError as error:
        print(error)
    (root / "c/3.md").rename(root / "c/4.md")
    (root / "c/4.md").unlink()
    (root / "c/4.md").unlink(missing_ok=True)
    print(list((root / "c").iterdir()))
