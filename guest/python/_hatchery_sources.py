"""The source of what has been run, for whoever asks ``linecache`` for it.

Tracebacks, ``logging``, ``warnings``, ``unittest``, ``pdb`` and ``inspect`` all do. The glue
(c/sources.c) has the texts; nothing is made of one before somebody asks.
"""

import inspect
import io
import linecache

import _hatchery_host


class _Lines(dict):
    """In the place of ``linecache.cache``: it also finds the lines of what was run."""

    def __contains__(self, name):
        return super().__contains__(name) or _hatchery_host.has_source(name)

    def get(self, name, default=None):
        try:
            return self[name]
        except KeyError:
            return default

    def __missing__(self, name):
        text = _hatchery_host.source(name)
        if text is None:
            raise KeyError(name)
        lines = io.StringIO(text).readlines()
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        entry = self[name] = len(text), None, lines, name
        return entry


def quote_line(error):
    """Gives a SyntaxError of the run in progress the line that it is about."""
    if error.text is None and error.filename == _hatchery_host.run_name():
        error.text = linecache.getline(error.filename, error.lineno) or None


def _file_of_class(cls):
    """The run that has defined a class of ``__main__``: only its functions know it, or its place does."""
    files = dict.fromkeys(
        file
        for member in vars(cls).values()
        if (file := getattr(getattr(member, "__code__", None), "co_filename", None)) is not None
    )
    place = vars(cls).get("__firstlineno__", 1) - 1
    for file in (*files, *reversed(_hatchery_host.run_names())):
        if _hatchery_host.has_source(file):
            line = "".join(linecache.getlines(file)[place : place + 1]).lstrip()
            if line.startswith("@") or line.startswith(f"class {cls.__name__}"):
                return file
    raise OSError("source code not available")


_getfile = inspect.getfile


def getfile(object):
    if inspect.isclass(object) and getattr(object, "__module__", None) == "__main__":
        return _file_of_class(object)
    return _getfile(object)


def install():
    linecache.cache = _Lines(linecache.cache)
    getfile.__doc__ = _getfile.__doc__
    getfile.__module__ = "inspect"
    inspect.getfile = getfile
