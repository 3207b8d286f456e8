"""The guest's own support code: what is easier said in Python than in C.

Called by the C glue (c/abi.c); not an interface for programs in the sandbox.
"""

import _hatchery_socket  # noqa: F401  (before the first import of socket)

import ast
import asyncio
import atexit
import builtins
import concurrent.futures.thread
import importlib.machinery
import inspect
import io
import json
import linecache
import os
import random
import sys
import threading
import time
import types
import weakref

import _thread

import _hatchery_errors  # noqa: F401  (the C glue imports it when something fails)
import _hatchery_host
import _hatchery_kdf
import _hatchery_signals
import _hatchery_sources
import _hatchery_threads
import hatchery

_installed = set()


def configure(settings_json):
    """Tells the program what its owner has said of the world around it."""
    settings = json.loads(settings_json)
    if settings.get("forked"):
        # As CPython does in the child of an os.fork().
        random._inst._unseed()
        random._inst.gauss_next = None
        return
    os.environ.update(settings.get("env", {}))
    if "argv" in settings:
        sys.argv[:] = settings["argv"]
    sys.path.extend(settings.get("path", ()))
    if "functions" in settings:
        hatchery._offer(settings["functions"], sys.modules["__main__"].__dict__)


class _Input(io.FileIO):
    """Standard input. Tells when a program has closed it, as exit() does: the next run has its own."""

    def close(self):
        super().close()
        # An earlier run's may be collected at any time.
        if self is _input:
            _hatchery_host.stdin_was_closed()


def renew_stdin():
    """A stream without what an earlier one has read ahead."""
    global _input
    _input = _Input(0, closefd=False)
    _input.name = "<stdin>"
    sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(_input), encoding="utf-8")
    sys.stdin.mode = "r"


renew_stdin()


def run_coroutine(coroutine):
    """Runs what awaits at its top level, and all that it has started."""
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        return runner.run(coroutine)


def decode_source(source):
    """The text of a program that is not UTF-8, by its coding comment; None where it has none."""
    import tokenize

    lines = io.BytesIO(source)
    if not any(tokenize.cookie_re.match(lines.readline()) for _ in range(2)):
        return None
    lines.seek(0)
    encoding, _ = tokenize.detect_encoding(lines.readline)
    try:
        text = source.decode(encoding)
    except UnicodeDecodeError as error:
        raise SyntaxError(f"(unicode error) {error}") from None
    if "\0" in text:
        raise SyntaxError("source code cannot contain null bytes")
    return text


def compile_cell(source, name, target):
    """Code of a program that leaves what its last expression gives in the variable ``target``."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(source, name, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        value = tree.body[-1].value
        variable = ast.copy_location(ast.Name(target, ast.Store()), value)
        tree.body[-1] = ast.copy_location(ast.Assign([variable], value), value)
    return compile(tree, name, "exec", flags, dont_inherit=True)


def display(value):
    """A cell's value as a notebook shows it: the JSON of its repr, or of None where there is nothing to show.

    ``_`` is the value from then on. A program that has a display hook of its own shows values itself.
    """
    if sys.displayhook is not sys.__displayhook__:
        sys.displayhook(value)
        return "null"
    if value is None:
        return "null"
    builtins._ = None
    text = repr(value).encode("utf-8", "backslashreplace").decode()
    builtins._ = value
    return json.dumps(text, ensure_ascii=False)


def to_json(value):
    try:
        return hatchery._to_json(value)
    except MemoryError:
        raise
    except Exception:
        pass  # Of an error that says where, not while handling one that does not.
    import _hatchery_values

    return _hatchery_values.to_json(value, hatchery._to_json)


def call_function(name, args_json):
    """Calls a function of ``__main__`` and gives what it returns as JSON.

    The arguments are a JSON array, or ``{"args": [...], "kwargs": {...}}``.
    """
    function = _find_function(name)
    args, kwargs = _arguments(args_json)
    result = function(*args, **kwargs)
    if inspect.iscoroutine(result):
        result = run_coroutine(result)
    return to_json(result)


def execute_function(name, args_json):
    """As call_function, for those who only want what it prints."""
    if name == "__main__":
        return
    function = _find_function(name)
    args, kwargs = _arguments(args_json)
    result = function(*args, **kwargs)
    if inspect.iscoroutine(result):
        run_coroutine(result)


def _find_function(name):
    first, *rest = name.split(".")
    main = sys.modules["__main__"].__dict__
    if first not in main:
        raise NameError(f"function {name!r} is not defined", name=name)
    function = main[first]
    for part in rest:
        function = getattr(function, part)
    if not callable(function):
        raise TypeError(f"{name!r} is not callable: it is of type {type(function).__name__!r}")
    return function


def _arguments(args_json):
    args = json.loads(args_json) if args_json else []
    if isinstance(args, list):
        return args, {}
    if isinstance(args, dict) and args.keys() <= {"args", "kwargs"}:
        return args.get("args", []), args.get("kwargs", {})
    raise TypeError(
        'arguments must be a JSON array, or {"args": [...], "kwargs": {...}}, '
        f"not {type(args).__name__}"
    )


def install_module(name, source):
    """Runs ``source`` as module ``name``; parents that are missing become packages."""
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f"{name!r} is not a module name: dotted identifiers are")
    path = f"<memory>/{name.replace('.', '/')}.py"
    code = compile(source, path, "exec", dont_inherit=True)
    parent, _, leaf = name.rpartition(".")
    if parent:
        _ensure_package(parent)
    module = _new_module(name, path)
    previous = sys.modules.get(name)
    sys.modules[name] = module
    linecache.cache[path] = (len(source), None, source.splitlines(True), path)
    try:
        exec(code, module.__dict__)
    except BaseException:
        if previous is None:
            del sys.modules[name]
        else:
            sys.modules[name] = previous
        raise
    _installed.add(name)
    if parent:
        setattr(sys.modules[parent], leaf, module)


def uninstall_module(name):
    """Removes a module that install_module added, and its submodules."""
    if name not in _installed:
        raise ModuleNotFoundError(f"no installed module named {name!r}", name=name)
    for other in [n for n in _installed if n == name or n.startswith(name + ".")]:
        _installed.discard(other)
        module = sys.modules.pop(other, None)
        linecache.cache.pop(getattr(module, "__file__", None), None)
        parent, _, leaf = other.rpartition(".")
        if parent in sys.modules and getattr(sys.modules[parent], leaf, None) is module:
            delattr(sys.modules[parent], leaf)


def _new_module(name, path):
    module = types.ModuleType(name)
    module.__file__ = path
    # A submodule may follow: an empty search path makes any module a package.
    module.__path__ = []
    spec = importlib.machinery.ModuleSpec(name, None, origin=path, is_package=True)
    module.__spec__ = spec
    module.__package__ = name
    module.__builtins__ = __builtins__
    return module


def _ensure_package(name):
    if name in sys.modules:
        return
    parent, _, leaf = name.rpartition(".")
    if parent:
        _ensure_package(parent)
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        sys.modules[name] = _new_module(name, f"<memory>/{name.replace('.', '/')}")
        _installed.add(name)
        if parent:
            setattr(sys.modules[parent], leaf, sys.modules[name])


def run_exit_functions():
    """What the program has registered with atexit, the last first, once its threads have ended.

    weakref.finalize is among it.
    """
    try:
        for function in reversed(threading._threading_atexits):
            function()
        _thread._shutdown()
    except RuntimeError as error:
        print(f"hatchery: a thread has not ended with the program: {error}", file=sys.stderr)
    atexit._run_exitfuncs()


def begin_anew():
    """After the end of a program: what registers itself once in a process is called at the next end too."""
    weakref.finalize._registered_with_atexit = weakref.finalize._shutdown = False
    if "logging" in sys.modules:
        atexit.register(sys.modules["logging"].shutdown)
    concurrent.futures.thread._shutdown = False


class _Selector:
    """The selector of a loop that waits for host functions and for what other threads tell it."""

    def __init__(self):
        self.is_woken = False
        self._gate = _thread.allocate_lock()
        self._gate.acquire()

    def wake(self):
        self.is_woken = True
        if self._gate.locked():
            self._gate.release()

    def select(self, timeout=None):
        if _thread.get_ident() != _thread._get_main_thread_ident():
            return self._select_in_thread(timeout)
        until = None if timeout is None else time.monotonic() + max(0, timeout)
        while not self._is_over():
            thread_ns = _hatchery_host.run_thread()
            left_ns = -1 if until is None else max(0, int((until - time.monotonic()) * 1e9))
            if thread_ns != 0 and left_ns != 0 and not self.is_woken:
                self._wait(min((ns for ns in (thread_ns, left_ns) if ns > 0), default=-1))
            elif left_ns == 0:
                break
        self.is_woken = False
        return ()

    def _select_in_thread(self, timeout):
        """As `select`, for a loop in a thread of its own, which is put aside as one that waits for a lock."""
        until = None if timeout is None else time.monotonic() + max(0, timeout)
        # The host wakes the main loop only. Whoever else waits for its functions has to ask.
        pause = 0.0005
        while not self._is_over():
            left = threading.TIMEOUT_MAX if until is None else until - time.monotonic()
            if left <= 0:
                break
            if hatchery._started:
                self._gate.acquire(timeout=min(left, pause))
                pause = min(2 * pause, 0.008)
            else:
                self._gate.acquire(timeout=-1 if until is None else min(left, threading.TIMEOUT_MAX))
        self._gate.acquire(blocking=False)
        self.is_woken = False
        return ()

    def _is_over(self):
        """Whether something has come for the loop."""
        has_come = False
        while hatchery._started and self._take(_hatchery_host.wait(0)):
            has_come = True
        return has_come or self.is_woken

    @staticmethod
    def _take(completion):
        """What the host's `wait` gives; whether anything has come of a call."""
        if completion is False:
            # The host knows of none: they were given up with the run that had begun them.
            hatchery._give_up()
        elif completion:
            hatchery._complete(*completion)
        return completion is not None

    def _wait(self, timeout_ns):
        timeout_ns = min(timeout_ns, 1 << 62)
        if hatchery._started:
            self.is_woken |= self._take(_hatchery_host.wait(timeout_ns))
        elif timeout_ns < 0:
            # Nothing scheduled and nobody outside to wake it: it would wait forever.
            raise RuntimeError("asyncio: every task is waiting and nothing can wake them")
        else:
            # A signal ends it, as its handler may have woken the loop.
            _hatchery_host.nap(timeout_ns)

    def close(self):
        pass


class EventLoop(_hatchery_signals.SignalHandlers, asyncio.BaseEventLoop):
    """asyncio without sockets and pipes."""

    def __init__(self):
        super().__init__()
        self._selector = _Selector()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        self._selector.wake()


def _install_event_loop():
    from asyncio import unix_events

    unix_events._UnixDefaultEventLoopPolicy._loop_factory = EventLoop
    unix_events.EventLoop = asyncio.EventLoop = EventLoop


_install_event_loop()
_hatchery_kdf.install()
_hatchery_sources.install()
_hatchery_threads.install()

# All threads share one processor, so that its time is the process's.
time.get_clock_info = _hatchery_host.with_thread_time(time.get_clock_info)
time.thread_time, time.thread_time_ns = time.process_time, time.process_time_ns


def drop_caches():
    """Before a snapshot: forget what was only cached, and what clones must not share."""
    linecache.clearcache()
    sys._clear_internal_caches()
    random.seed()
    random._inst._unseed()
