"""Semaphores as ``multiprocessing`` asks for them. There are no processes: it is threads that share these."""

import threading

RECURSIVE_MUTEX = 0


class SemLock:
    SEM_VALUE_MAX = 2**31 - 1

    def __init__(self, kind, value, maxvalue, name, unlink):
        if value < 0 or value > maxvalue:
            raise ValueError("invalid value")
        self.kind = kind
        self.maxvalue = maxvalue
        # What has no name needs nobody to remove it when all processes have ended.
        self.name = None
        self.handle = 0
        self._value = value
        self._changed = threading.Condition()
        self._owner = None
        self._depth = 0

    def acquire(self, block=True, timeout=None):
        with self._changed:
            if self.kind == RECURSIVE_MUTEX and self._is_mine():
                self._depth += 1
                return True
            if not block:
                timeout = 0
            elif timeout is not None:
                timeout = max(0, timeout)
            if not self._changed.wait_for(lambda: self._value > 0, timeout):
                return False
            self._value -= 1
            self._owner = threading.get_ident()
            self._depth += 1
            return True

    __enter__ = acquire

    def release(self):
        with self._changed:
            if self.kind == RECURSIVE_MUTEX:
                if not self._is_mine():
                    raise AssertionError("attempt to release recursive lock not owned by thread")
                if self._depth > 1:
                    self._depth -= 1
                    return
            elif self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            self._depth -= 1
            self._value += 1
            self._owner = None
            self._changed.notify()

    def __exit__(self, kind=None, error=None, trace=None):
        self.release()

    def _count(self):
        return self._depth

    def _is_mine(self):
        return self._depth > 0 and self._owner == threading.get_ident()

    def _get_value(self):
        return self._value

    def _is_zero(self):
        return self._value == 0

    def _after_fork(self):
        self._depth = 0


def sem_unlink(name):
    raise FileNotFoundError(2, "No such file or directory", name)
