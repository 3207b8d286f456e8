import errno
import os
import pathlib
import shutil
import tempfile

with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    source = root / "source"
    (source / "keep").mkdir(parents=True)
    (source / "keep" / "a.txt").write_text("a")
    (source / "skip.tmp").write_text("t")
    (source / "b.txt").write_text("b")
    shutil.copytree(source, root / "copy", ignore=shutil.ignore_patterns("*.tmp"))
    print(sorted(p.relative_to(root).as_posix() for p in (root / "copy").rglob("*")))
    shutil.copytree(source, root / "copy", dirs_exist_ok=True)
    print(sorted(os.listdir(root / "copy")))
    shutil.move(root / "copy" / "b.txt", root / "moved.txt")
    print((root / "moved.txt").read_text(), (root / "copy" / "b.txt").exists())
    os.utime(root / "moved.txt", (1e9, 1e9))
    shutil.copy2(root / "moved.txt", root / "again.txt")
    print(os.path.getmtime(root / "again.txt"))
    shutil.copyfile(root / "moved.txt", root / "plain.txt")
    print(os.path.getmtime(root / "plain.txt") > 1e9)
    try:
        shutil.copyfile(root / "plain.txt", root / "plain.txt")
    except shutil.SameFileError as error:
        print(type(error).__name__)
    try:
        shutil.rmtree(root / "not there")
    except FileNotFoundError as error:
        print(error.errno == errno.ENOENT, os.path.basename(error.filename))
    problems = []
    shutil.rmtree(root / "not there", onexc=lambda f, p, e: problems.append(type(e).__name__))
    print(problems, shutil.which("no-such-program-here"))
    shutil.rmtree(source)
    print(sorted(os.listdir(root)))
