"""What a `python3` process does at its end: a module of its own, so that the names of the program do not matter."""

import atexit
import gc
import io
import sys


def _flush(file):
    try:
        if not file.closed:
            file.flush()
    except Exception as error:
        print(f"hatchery: {file!r} was open at the end and is not written: {error}", file=sys.stderr)


atexit._run_exitfuncs()
if HAS_MOUNTS:
    for file in gc.get_objects():
        # The type and not `isinstance`, which may run code of the object's.
        if issubclass(type(file), io.IOBase):
            _flush(file)
