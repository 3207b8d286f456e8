"""An exception as rules look at it, what a rule can ask of it, and what several rules say."""

import os
import re
import sys
import traceback

LINE_CHARS_MAX = 500
NAMES_MAX = 1000
LIBRARY = ("/usr/lib/", "<frozen ")


class Case:
    """An exception as rules look at it."""

    def __init__(self, exception, message, frames):
        self.exception = exception
        self.message = message
        self.files = [frame["file"] for frame in frames]
        self.file = self.files[-1] if self.files else ""
        if isinstance(exception, SyntaxError):
            line = exception.text
        else:
            # The library's own lines are not known, and are nothing that a program could change.
            own = (frame["source"] for frame in reversed(frames) if not frame["file"].startswith(LIBRARY))
            line = next(own, None)
        self.line = line[:LINE_CHARS_MAX].strip("\r\n") if isinstance(line, str) else ""

    @property
    def frame(self):
        """The innermost call, as an object of Python's."""
        step = self.exception.__traceback__
        while step is not None and step.tb_next is not None:
            step = step.tb_next
        return step and step.tb_frame

    @property
    def code(self):
        """The line without its strings and comments."""
        return _bare(r"''", self.line)

    @property
    def is_in_library(self):
        return self.file.startswith(LIBRARY)

    def is_the_programs_own(self):
        """Whether the program raises this by its own will: it says itself what is wrong."""
        match = raise_statement(self.line)
        return (
            bool(match)
            and not self.is_in_library
            and match[1].rpartition(".")[2] == type(self.exception).__name__ != "NotImplementedError"
        )

    def is_in(self, *parts):
        """Whether the library's file of one of these names has raised it."""
        return self.is_in_library and any(part in self.file for part in parts)


_bare = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|#.*)""").sub
raise_statement = re.compile(r"(?:^|[:;])\s*raise\s+([\w.]+)").search


def ALWAYS(case):
    """For what is true of every exception of this very type."""
    return True


def message(pattern):
    """Whether the pattern is in the message."""
    search = re.compile(pattern).search
    return lambda case: search(case.message)


def line(pattern):
    """Whether the pattern is in the line that raised the exception, or that cannot be read."""
    search = re.compile(pattern).search
    return lambda case: search(case.line)


def code(pattern):
    """As line(), in what is no string and no comment."""
    search = re.compile(pattern).search
    return lambda case: search(case.code)


def vague(condition):
    """The condition, where the parser has nothing to say of its own."""
    return lambda case: case.message == "invalid syntax" and condition(case)


def both(first, second):
    """The second condition, where the first one is met or is in the message."""

    def meets(case):
        return (first in case.message if isinstance(first, str) else first(case)) and second(case)

    return meets


# What several rules say.

NONE = "the value is None here: a function may have returned nothing, or a look-up may have failed"
PACKAGES = "packages cannot be installed from inside the sandbox: the host has to provide them"
PROCESSES = (
    "processes are not available in a sandbox, and so no shell and no other program: do the work in Python"
)
SHELL = "this is a shell command and not Python: there is no shell here, so say it in Python or leave it out"
AWAIT = "this is a coroutine: await the call that made it"


def network(case=None):
    """That there is no network, and what there is instead."""
    hint = "the sandbox has no network: the host has to offer a function that fetches"
    offered = [function["name"] for function in sys.modules["hatchery"]._callbacks]
    if offered:
        hint += f" (it offers {listed(offered, 5)})"
    return hint


def listed(names, count_max):
    shown = ", ".join(str(name)[:60] for name in names[:count_max])
    return f"{shown}, …" if len(names) > count_max else shown


def suggestion(case, wrong):
    """CPython's own guess at the name that was meant."""
    try:
        return traceback._compute_suggestion_error(case.exception, case.exception.__traceback__, wrong)
    except Exception:
        return None


def did_you_mean(case):
    error = case.exception
    wrong = getattr(error, "name_from", None) or error.name
    if not isinstance(wrong, str):
        return None
    guess = suggestion(case, wrong)
    if guess is None and len(wrong) > 3:
        # CPython asks more of a short name, and dir() may be the program's.
        thing = getattr(error, "obj", None)
        holders = [getattr(thing, "__dict__", {}), *(kind.__dict__ for kind in type(thing).__mro__)]
        names = [name for holder in holders for name in list(holder)[:NAMES_MAX]]
        guess = next((name for name in names if type(name) is str and is_slip(wrong, name)), None)
    return f"did you mean {guess!r}?" if guess and guess != wrong else None


def is_slip(wrong, right):
    """Whether one letter is missing, too many, another one, or two have changed places."""
    if wrong.lower() == right.lower() or sorted(wrong) == sorted(right):
        return True
    if abs(len(wrong) - len(right)) > 1 or wrong.startswith(right):
        return False
    start = len(os.path.commonprefix([wrong, right]))
    end = len(os.path.commonprefix([wrong[start:][::-1], right[start:][::-1]]))
    return max(len(wrong), len(right)) - start - end <= 1


def value_of(case, name):
    """What a name stands for where the exception was raised."""
    found = case.frame.f_locals.get(name)
    return case.frame.f_globals.get(name) if found is None else found
