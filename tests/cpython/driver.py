"""Runs one module of CPython's own tests in a sandbox, and tells the host of every test.

Installed as a module before the golden snapshot is made, so that what most tests need is
imported once. The host is told when a test begins, so that it knows which one never ended.
"""

import gc
import importlib
import socket
import sys
import time
import traceback
import types
import unittest
import unittest.mock  # noqa: F401  (for the snapshot)

from test import support
from test.support import import_helper, os_helper, socket_helper, threading_helper, warnings_helper  # noqa: F401

# C modules that CPython has for its tests only, by the module of tests that is not imported
# without one although most of it does without.
_TEST_EXTENSIONS = {
    "test_bytes": ("_testlimitedcapi", None),
    "test_class": ("_testinternalcapi", {"has_inline_values"}),
    "test_traceback": ("_testcapi", None),
}

# Of the tests of asyncio, those that are about sockets and processes.
_ASYNCIO_OUTSIDE = {
    f"test_asyncio.test_{name}"
    for name in (
        "base_events", "buffered_proto", "events", "proactor_events", "selector_events",
        "sendfile", "server", "sock_lowlevel", "ssl", "sslproto", "streams", "subprocess",
        "tools", "unix_events",
    )
}


# What looks functions of CPython's C interface up in ctypes as it is imported, and does without ctypes otherwise.
_WITHOUT_CTYPES = {"test_code", "test_frame"}


class _NoSocket(socket.socket):
    """In test_ssl: a test that makes a socket is skipped, as natively where there are none."""

    def __init__(self, *args, **kwargs):
        raise unittest.SkipTest("requires socket support")


class _NeedsInterpreters:
    """The executor with interpreters, which tests of executors try beside that with threads."""

    def __init__(self, *args, **kwargs):
        raise unittest.SkipTest("needs interpreters")


def _refuse_processes():
    raise NotImplementedError("a sandbox has no processes")


class _StandIn(types.ModuleType):
    """A C module that is missing: tests that call it are skipped."""

    def __init__(self, name, offered=None):
        super().__init__(name)
        self.__offered = offered

    def __getattr__(self, name):
        if name.startswith("__") or self.__offered and name not in self.__offered:
            raise AttributeError(name)

        def skip(*args, **kwargs):
            raise unittest.SkipTest(f"calls {self.__name__}, which the guest does not have")

        return skip


def _import_gatekeepers():
    """Imports what would skip whatever imports it, on WASI, although most of that can run.

    Single tests that need sockets or processes are skipped as before.
    """
    support.has_socket_support = support.has_subprocess_support = True
    sys.modules["_testmultiphase"] = _StandIn("_testmultiphase")
    try:
        import test.test_asyncio
        import test.test_importlib.util
        import test.test_tools  # noqa: F401
    finally:
        support.has_socket_support = support.has_subprocess_support = False
        del sys.modules["_testmultiphase"]


_import_gatekeepers()
# CPython for WASI has no socket.gethostname(), and no threads; the guest has both.
socket_helper.has_gethostname = True
threading_helper.can_start_thread = True

_SEVERITY = ("passed", "skipped", "expected", "failed")


def _identifier(test):
    # A subtest stands for the test that it is part of.
    return getattr(test, "test_case", test).id()


class _Result(unittest.TestResult):
    """Reports each test by itself; class and module fixtures count as tests when they fail."""

    def __init__(self, tell):
        super().__init__()
        self._tell = tell
        self._running = None

    def startTest(self, test):
        super().startTest(test)
        self._running = test.id()
        self._status, self._detail = "passed", ""
        self._tell("begin", self._running, "", "")

    def stopTest(self, test):
        super().stopTest(test)
        self._tell("end", self._running, self._status, self._detail)
        self._running = None
        # What failed is told; its traceback would keep the test's objects alive.
        self.errors.clear()
        self.failures.clear()
        self.skipped.clear()
        self.expectedFailures.clear()

    def _note(self, test, status, detail):
        name = _identifier(test)
        if name != self._running:
            self._tell("end", name, status, detail)
        elif _SEVERITY.index(status) > _SEVERITY.index(self._status):
            self._status, self._detail = status, detail

    def addError(self, test, err):
        self._note(test, "failed", _trace(err))

    def addFailure(self, test, err):
        self._note(test, "failed", _trace(err))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self._note(test, "failed", f"{subtest.id()}\n{_trace(err)}")

    def addSkip(self, test, reason):
        self._note(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        self._note(test, "expected", "")

    def addUnexpectedSuccess(self, test):
        self._note(test, "failed", "UnexpectedSuccess: marked as an expected failure, and passed")


def _trace(err):
    try:
        return "".join(traceback.format_exception(*err, limit=20))
    except BaseException:
        return f"{err[0].__name__}: its text cannot be formatted"


def _without(suite, omitted):
    kept = []
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            _without(test, omitted)
            kept.append(test)
        elif test.id() not in omitted:
            kept.append(test)
    suite._tests = kept


def run(module_name, omitted, tell_host):
    """Runs ``test.<module_name>`` except for the tests in ``omitted``."""

    def tell(*event):
        # Tests replace parts of sys and builtins; lone surrogates cannot cross.
        tell_host(*(text.encode("utf-8", "replace").decode() for text in event))

    support.verbose = 0
    support.use_resources = []
    support.record_original_stdout(sys.stdout)
    if module_name in _TEST_EXTENSIONS:
        stand_in = _StandIn(*_TEST_EXTENSIONS[module_name])
        sys.modules[stand_in.__name__] = stand_in
    if module_name in _WITHOUT_CTYPES:
        sys.modules["ctypes"] = None
    if module_name == "test_ssl":
        socket.socket = _NoSocket
    began = time.monotonic()
    tell("begin", "import", "", "")
    try:
        if module_name in _ASYNCIO_OUTSIDE:
            support.requires_working_socket(module=True)
        if module_name.startswith("test_multiprocessing_"):
            raise unittest.SkipTest("needs processes")
        if module_name.startswith("test_concurrent_futures."):
            importlib.import_module("concurrent.futures").InterpreterPoolExecutor = _NeedsInterpreters
            importlib.import_module("concurrent.futures.process")._check_system_limits = _refuse_processes
        module = importlib.import_module(f"test.{module_name}")
        loader = unittest.TestLoader()
        suite = loader.loadTestsFromModule(module)
    except unittest.SkipTest as skip:
        tell("end", "import", "skipped", str(skip))
        return
    except BaseException:
        tell("end", "import", "failed", _trace(sys.exc_info()))
        return
    for error in loader.errors:
        tell("end", "import", "failed", error)
    tell("end", "import", "passed", f"{time.monotonic() - began:.3f}")
    _without(suite, omitted)
    suite(_Result(tell))
    gc.collect()
    tell("end", "all", "passed", "")
