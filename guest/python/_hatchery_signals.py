"""Signals for event loops: a program sends them to itself, or has set a timer."""

import signal
import sys
from asyncio import coroutines, events


class SignalHandlers:
    """What an event loop on Unix has for signals, for one that is always in the main thread."""

    def add_signal_handler(self, sig, callback, *args):
        """Has ``callback`` called in the loop when the signal comes."""
        if coroutines.iscoroutine(callback) or coroutines._iscoroutinefunction(callback):
            raise TypeError("coroutines cannot be used with add_signal_handler()")
        _check_signal(sig)
        self._check_closed()
        handle = events.Handle(callback, args, self, None)
        try:
            signal.signal(sig, self._take_signal)
        except OSError:
            raise RuntimeError(f"sig {sig} cannot be caught") from None
        self._signal_handlers()[sig] = handle

    def remove_signal_handler(self, sig):
        """Has the signal do again what it does by itself. Whether there was a handler."""
        _check_signal(sig)
        if self._signal_handlers().pop(sig, None) is None:
            return False
        signal.signal(sig, signal.default_int_handler if sig == signal.SIGINT else signal.SIG_DFL)
        return True

    def close(self):
        super().close()
        if not sys.is_finalizing():
            for sig in list(self._signal_handlers()):
                self.remove_signal_handler(sig)

    def _signal_handlers(self):
        # Made when it is needed: most loops have none.
        return self.__dict__.setdefault("_handlers_by_signal", {})

    def _take_signal(self, sig, frame):
        handle = self._signal_handlers().get(sig)
        if handle is None:
            return
        if handle._cancelled:
            self.remove_signal_handler(sig)
        else:
            self._ready.append(handle)
            self._write_to_self()


def _check_signal(sig):
    if not isinstance(sig, int):
        raise TypeError(f"sig must be an int, not {sig!r}")
    if not 1 <= sig < signal.NSIG:
        raise ValueError(f"invalid signal number {sig}")
