import contextlib
import os
import tempfile


@contextlib.contextmanager
def atomic_write(path, mode="w"):
    folder = os.path.dirname(os.path.abspath(path))
    descriptor, temporary = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(descriptor, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "state.txt")
    with atomic_write(path) as file:
        file.write("first")
    try:
        with atomic_write(path) as file:
            file.write("second, half")
            raise RuntimeError("power cut")
    except RuntimeError as error:
        print(error)
    with open(path) as file:
        print(file.read(), os.listdir(folder))
    with atomic_write(path, "wb") as file:
        file.write(b"third")
    with open(path, "rb") as file:
        print(file.read())
