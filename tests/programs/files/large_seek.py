import errno
import os
import tempfile

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "big")
    with open(path, "w+b") as file:
        file.write(b"start")
        file.seek(1_000_000)
        file.write(b"end")
        file.seek(5)
        print(file.read(3), file.seek(0, 2))
        file.truncate(10)
        print(os.path.getsize(path))
        file.seek(3)
        file.write(b"XY")
        file.seek(0)
        print(file.read())
    with open(path, "r+b", buffering=0) as file:
        print(file.readinto(bytearray(4)), file.tell(), file.seekable())
    with open(path, "ab") as file:
        print(file.tell())
        file.write(b"!")
    with open(path, "rb") as file:
        print(file.read(), file.peek(1), file.readline())
    for mode in ("x", "rw", "z"):
        try:
            open(path, mode)
        except (FileExistsError, ValueError) as error:
            print(type(error).__name__)
    try:
        open(os.path.join(folder, "no", "such"))
    except FileNotFoundError as error:
        print(error.errno == errno.ENOENT, error.strerror)
    try:
        open(folder)
    except IsADirectoryError as error:
        print(error.strerror)
    try:
        os.rmdir(folder)
    except OSError as error:
        print(error.strerror)
