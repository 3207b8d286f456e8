"""Hints for the usual mistakes: a table of rules, by the type of the exception.

A rule is ``(when, hint)``. ``when`` is a part of the message or a function of the case that gives
something true; ``hint`` is the text, with the groups of a match filled in, or a function of the case that gives it.
A hint of ``None`` ends the search: there is nothing to say that would help. The first rule that has a hint gives it;
where none has one, the next class of the exception's is asked. No hint is better than a wrong one, so a rule is about
what is certain. ``tests/tests/guest/mistakes`` is what it is measured on.

Tables of names are in modules of their own, which are imported when they are needed first.
"""

import re

from . import names, syntax, values, world
from .case import ALWAYS, Case

RULES = syntax.RULES | names.RULES | values.RULES | world.RULES


def find(exception, message, frames):
    """The hint for an exception with this text and these calls, or None."""
    try:
        case = Case(exception, message, frames)
        if case.is_the_programs_own():
            return None
        for kind in type(exception).__mro__:
            name = kind.__qualname__
            if kind.__module__ != "builtins":
                name = f"{kind.__module__}.{name}"
            for when, hint in RULES.get(name, ()):
                found = _meets(when, case, kind)
                if not found:
                    continue
                if hint is None:
                    return None
                text = hint(case) if callable(hint) else _fill(hint, found)
                if text:
                    return text
    except BaseException:
        # Whatever a program has done to what is used here: its exception is reported.
        return None
    return None


def _meets(when, case, kind):
    if when is ALWAYS:
        # What is true of KeyError need not be true of what others derive from it.
        return kind is type(case.exception)
    if isinstance(when, str):
        return when in case.message
    return when(case)


def _fill(hint, found):
    if isinstance(found, re.Match) and found.re.groupindex:
        return hint.format(**found.groupdict())
    return hint
