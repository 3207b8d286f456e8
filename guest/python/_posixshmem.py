"""Shared memory by name. There is one process to share it, so that a file in memory is what it is."""

import errno
import os

_PREFIX = "/tmp/.shared-memory-"


def shm_open(path, flags, mode=0o777):
    """Open a shared memory object.  Returns a file descriptor (integer)."""
    return os.open(_place(path), flags | os.O_CLOEXEC, mode)


def shm_unlink(path):
    """Remove a shared memory object (similar to unlink())."""
    os.unlink(_place(path))


def _place(path):
    if "\0" in path:
        raise ValueError("embedded null character")
    name = path.removeprefix("/")
    if not name or "/" in name:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", path)
    return _PREFIX + name
