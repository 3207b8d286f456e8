import errno
import os
import pathlib
import tempfile

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    pathlib.Path("real").mkdir()
    pathlib.Path("real/file.txt").write_text("content")
    os.symlink("real", "alias")
    os.symlink("alias/file.txt", "shortcut")
    os.symlink("nowhere", "broken")
    print(pathlib.Path("shortcut").read_text(), os.readlink("shortcut"))
    print(os.path.islink("broken"), os.path.exists("broken"), os.path.lexists("broken"))
    print(pathlib.Path("shortcut").resolve().relative_to(os.path.realpath(".")))
    os.link("real/file.txt", "hard")
    print(os.stat("hard").st_nlink, os.path.samefile("hard", "shortcut"))
    with open("hard", "a") as file:
        file.write(" more")
    print(pathlib.Path("real/file.txt").read_text())
    os.unlink("real/file.txt")
    print(pathlib.Path("hard").read_text(), os.path.exists("shortcut"))
    os.symlink("loop2", "loop1")
    os.symlink("loop1", "loop2")
    try:
        open("loop1")
    except OSError as error:
        print(error.errno == errno.ELOOP)
    print(sorted((e.name, e.is_symlink()) for e in os.scandir(".")))
    os.chdir("/")
