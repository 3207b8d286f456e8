"""In the place of CPython's: what begins the process of a ``multiprocessing.Process``, whichever way it is to begin.

Those that spawn, and those of the server that forks, come through here too.
"""

import errno

__all__ = ["Popen"]

_NO_PROCESSES = (
    "a sandbox has no processes: use threads, as multiprocessing.pool.ThreadPool and "
    "concurrent.futures.ThreadPoolExecutor do"
)


class Popen:
    method = "fork"

    def __init__(self, process_obj):
        raise OSError(errno.ENOTSUP, _NO_PROCESSES)
