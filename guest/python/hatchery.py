"""What the host of this sandbox offers to programs in it.

Functions of the host are names of the program's: ``add(1, 2)`` for a plain one,
``await fetch(url)`` for one that takes its time. Modules reach them as
``hatchery.host.add``. :func:`list_callbacks` tells which there are.
"""

import asyncio
import builtins
import inspect
from json import JSONEncoder, dumps, loads

import _hatchery_host

__all__ = ["HostError", "call", "call_async", "host", "list_callbacks", "log"]


class HostError(Exception):
    """A host function failed with an error that Python has no type for.

    Subclasses carry the name of the host's own type.
    """


class _Namespace:
    """Functions under a common name: what stands before a dot."""

    def __init__(self, name):
        self.__dict__["_name"] = name

    def __repr__(self):
        names = ", ".join(name for name in vars(self) if name != "_name")
        return f"<host functions {self._name}: {names}>"


host = _Namespace("host")
_callbacks = []
_started = {}
_error_types = {}


def call(name, /, *args, **kwargs):
    """Calls a function of the host by its name, and waits for what it gives."""
    is_exception, reply = _hatchery_host.call(name, _encode(name, args, kwargs))
    return _decode(is_exception, reply)


async def call_async(name, /, *args, **kwargs):
    """Calls a function of the host by its name; other tasks run meanwhile."""
    future = asyncio.get_running_loop().create_future()
    token = _hatchery_host.start(name, _encode(name, args, kwargs))
    _started[token] = future
    try:
        return _decode(*await future)
    finally:
        if _started.pop(token, None) is not None:
            _hatchery_host.cancel(token)


def list_callbacks():
    """The functions that the host offers: dicts with ``name``, ``description``,
    ``is_async`` and ``parameters``, a JSON schema or None."""
    return loads(dumps(_callbacks))


_LEVELS = {"debug": 10, "info": 20, "warning": 30, "warn": 30, "error": 40, "critical": 50}


def log(level, message):
    """Writes to the host's log. ``level`` is a name or a number of ``logging``."""
    if isinstance(level, str):
        try:
            level = _LEVELS[level.lower()]
        except KeyError:
            names = ", ".join(_LEVELS)
            raise ValueError(f"unknown level {level!r}: it is one of {names}") from None
    _hatchery_host.log(level, str(message).encode("utf-8", "replace").decode())


def _plain(value):
    import _hatchery_values

    return _hatchery_values.plain(value)


_to_json = JSONEncoder(allow_nan=False, separators=(",", ":"), default=_plain).encode


def _encode(name, args, kwargs):
    try:
        return _to_json({"args": args, "kwargs": kwargs})
    except MemoryError:
        raise
    except Exception:
        pass  # Of an error that says where, not while handling one that does not.
    import _hatchery_values

    return _hatchery_values.call_to_json(name, args, kwargs, _to_json)


def _decode(is_exception, reply):
    if not is_exception:
        return loads(reply)
    error = loads(reply)
    raise _exception(error["type"], error["message"])


def _exception(name, message):
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(message)
        except TypeError:
            pass  # One that wants more than a message, such as UnicodeDecodeError.
    if name == "HostError":
        return HostError(message)
    if name not in _error_types:
        _error_types[name] = type(name, (HostError,), {"__module__": "hatchery"})
    return _error_types[name](message)


def _complete(token, is_exception, reply):
    future = _started.pop(token, None)
    if future is not None and not future.done():
        future.set_result((is_exception, reply))
        # Its loop may be that of another thread.
        future.get_loop()._write_to_self()


def _give_up():
    """Ends the calls that the host does not know of any more."""
    while _started:
        _, future = _started.popitem()
        if not future.done():
            future.set_exception(
                HostError("the run that called this function is over, and the call was given up")
            )
            future.get_loop()._write_to_self()


def _make(name, is_async):
    if is_async:

        async def function(*args, **kwargs):
            return await call_async(name, *args, **kwargs)

    else:

        def function(*args, **kwargs):
            return call(name, *args, **kwargs)

    return function


def _signature(parameters):
    """From a JSON schema: of an object by its properties, of an array by position."""
    schema = parameters or {}
    if schema.get("type") == "object" or "properties" in schema:
        required = schema.get("required", ())
        names = list(schema.get("properties", {}))
        if all(name.isidentifier() for name in names):
            # Those that can be left out come last, as Python wants it.
            names.sort(key=lambda name: name not in required)
            return inspect.Signature(
                [
                    inspect.Parameter(
                        name,
                        inspect.Parameter.POSITIONAL_OR_KEYWORD,
                        default=inspect.Parameter.empty if name in required else ...,
                    )
                    for name in names
                ]
            )
    return None


def _offer(functions, namespace):
    """Makes the functions that the host has described, in ``namespace`` and ``host``.

    They take the place of those that an earlier host has described: of a session that
    has woken elsewhere, or of a snapshot of a live one.
    """
    for name in {known["name"].partition(".")[0] for known in _callbacks}:
        withdrawn = vars(host).pop(name, None)
        # A program may have given the name to something of its own.
        if withdrawn is not None and namespace.get(name) is withdrawn:
            del namespace[name]
    _callbacks[:] = functions
    for description in functions:
        name = description["name"]
        function = _make(name, description["is_async"])
        *path, leaf = name.split(".")
        function.__name__, function.__qualname__ = leaf, name
        function.__module__ = "hatchery.host"
        function.__doc__ = description["description"]
        signature = _signature(description["parameters"])
        if signature is not None:
            function.__signature__ = signature
        within = host
        for depth, part in enumerate(path):
            inner = vars(within).get(part)
            if not isinstance(inner, _Namespace):
                inner = _Namespace(".".join(path[: depth + 1]))
                setattr(within, part, inner)
            within = inner
        setattr(within, leaf, function)
        first = name.partition(".")[0]
        namespace[first] = vars(host)[first]
