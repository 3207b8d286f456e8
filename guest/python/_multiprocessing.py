"""In the place of CPython's: semaphores of ``multiprocessing``, among the threads of the one process that there is."""

import threading

RECURSIVE_MUTEX = 0
SEMAPHORE = 1


def sem_unlink(name, /):
    """Nothing is left behind: a semaphore goes with the last who holds it."""


class SemLock:
    """What ``multiprocessing.Lock`` and the like are made of."""

    SEM_VALUE_MAX = 0x7FFFFFFF

    def __init__(self, kind, value, maxvalue, name, unlink):
        if kind not in (RECURSIVE_MUTEX, SEMAPHORE):
            raise ValueError("unrecognized kind")
        if not 0 <= value <= maxvalue:
            raise ValueError(f"a semaphore of at most {maxvalue} cannot begin with {value}")
        self.kind = kind
        self.maxvalue = maxvalue
        self.name = name
        self.handle = id(self)
        self._semaphore = threading.Semaphore(value)
        self._owner = None
        self._held = 0

    @classmethod
    def _rebuild(cls, handle, kind, maxvalue, name):
        raise OSError("a sandbox has no other process that a semaphore could come from")

    def acquire(self, block=True, timeout=None):
        if self.kind == RECURSIVE_MUTEX and self._is_mine():
            self._held += 1
            return True
        if not block:
            is_acquired = self._semaphore.acquire(blocking=False)
        else:
            is_acquired = self._semaphore.acquire(timeout=None if timeout is None else max(0, timeout))
        if is_acquired:
            self._held += 1
            self._owner = threading.get_ident()
        return is_acquired

    def release(self):
        if self.kind == RECURSIVE_MUTEX:
            if not self._is_mine():
                raise AssertionError("attempt to release recursive lock not owned by thread")
            if self._held > 1:
                self._held -= 1
                return
        elif self._get_value() >= self.maxvalue:
            raise ValueError("semaphore or lock released too many times")
        self._held -= 1
        self._semaphore.release()

    def _count(self):
        return self._held

    def _is_mine(self):
        return self._held > 0 and self._owner == threading.get_ident()

    def _get_value(self):
        return self._semaphore._value

    def _is_zero(self):
        return self._get_value() == 0

    def _after_fork(self):
        self._held = 0

    def __enter__(self):
        self.acquire()
        return True

    def __exit__(self, *exception):
        self.release()
