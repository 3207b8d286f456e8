"""An exception as data: what went wrong, where, and a hint in plain words.

Called by the C glue after the traceback has been printed. Works on the exceptions of
programs, so nothing of them is trusted to work: not even ``str()``.
"""

import difflib
import json
import sys
import traceback
import types

import _hatchery_missing

SCRIPT = "<script>"
TEXT_CHARS_MAX = 16 << 10
FRAMES_MAX = 64
NOTES_MAX = 32
CHAIN_MAX = 8


def describe(exception):
    """JSON for the host; docs/guest-abi.md lists the fields."""
    try:
        return json.dumps(_describe(exception, CHAIN_MAX), default=str)
    except BaseException as error:
        return json.dumps(
            {"type": type(exception).__name__, "message": f"<{type(error).__name__} while reading it>"}
        )


def _describe(exception, depth):
    frames = _frames(exception)
    data = {
        "type": _type_name(type(exception)),
        "message": _text(exception),
        "line": _line(exception, frames),
        "frames": frames[: FRAMES_MAX // 2] + frames[-FRAMES_MAX // 2 :]
        if len(frames) > FRAMES_MAX
        else frames,
        "frames_total": len(frames),
        "notes": [_clip(str(note)) for note in _notes(exception)[:NOTES_MAX]],
        "hint": _hint(exception),
    }
    cause = exception.__cause__
    if cause is None and not exception.__suppress_context__:
        cause = exception.__context__
    if cause is not None and depth > 1:
        data["cause"] = _describe(cause, depth - 1)
    return data


def _type_name(kind):
    module, name = kind.__module__, kind.__qualname__
    return name if module in ("builtins", "__main__") else f"{module}.{name}"


def _clip(text):
    # Surrogates cannot be UTF-8; the host reads JSON that is.
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= TEXT_CHARS_MAX else text[:TEXT_CHARS_MAX] + "…"


def _text(exception):
    if isinstance(exception, SyntaxError) and isinstance(exception.msg, str):
        return _clip(exception.msg)
    if isinstance(exception, KeyError) and len(exception.args) == 1:
        return _clip(_safely(repr, exception.args[0]))
    return _clip(_safely(str, exception))


def _safely(show, value):
    try:
        return show(value)
    except BaseException as error:
        return f"<{type(error).__name__} while reading it>"


def _notes(exception):
    notes = getattr(exception, "__notes__", ())
    return list(notes) if isinstance(notes, (list, tuple)) else []


def _frames(exception):
    return [
        {"file": frame.filename, "line": frame.lineno, "function": frame.name, "source": frame.line}
        for frame in traceback.extract_tb(exception.__traceback__)
    ]


def _line(exception, frames):
    """The line of the program: of the mistake, or the innermost that led to it."""
    if isinstance(exception, SyntaxError) and exception.filename == SCRIPT:
        return exception.lineno
    for frame in reversed(frames):
        if frame["file"] == SCRIPT:
            return frame["line"]
    return None


def _hint(exception):
    for kind in type(exception).__mro__:
        make = _HINTS.get(kind)
        if make is not None:
            try:
                return make(exception)
            except Exception:
                return None
    return None


def _suggestion(exception, wrong):
    """CPython's own guess at the name that was meant."""
    try:
        return traceback._compute_suggestion_error(exception, exception.__traceback__, wrong)
    except Exception:
        return None


def _unbound_local_error(error):
    return "assign the variable earlier in this function, or declare it with `global` or `nonlocal`"


def _name_error(error):
    name = error.name
    if name is None:
        return None
    spelled = {"true": "True", "false": "False", "none": "None", "null": "None", "nil": "None"}
    if name in spelled:
        return f"Python writes it {spelled[name]}"
    guess = _suggestion(error, name)
    if guess and guess != name:
        return f"did you mean {guess!r}?"
    if name in sys.stdlib_module_names:
        return f"add `import {name}` above this line"
    return f"{name!r} has to be assigned, defined or imported before it is used"


def _module_not_found(error):
    name = error.name or ""
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names:
        return f"{name!r} belongs to the standard library but is not part of this sandbox"
    near = difflib.get_close_matches(top, sorted(sys.stdlib_module_names), 1, 0.75)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"{top!r} is not installed: packages cannot be downloaded here, the host has to provide them"


def _not_in_a_sandbox(module, name):
    return f"{module}.{name} is not available in a sandbox, which has no {_lacks(module)}"


def _lacks(module):
    if module in ("socket", "_socket", "socketserver", "select"):
        return "network"
    if module in ("os", "posix", "signal", "_signal", "threading", "shutil"):
        return "processes, users, signals or terminals of its own"
    return "machine of its own"


def _import_error(error):
    if _hatchery_missing.is_missing(error.name, error.name_from):
        return _not_in_a_sandbox(error.name, error.name_from)
    guess = _suggestion(error, error.name_from) if error.name_from else None
    if guess:
        return f"did you mean {guess!r}?"
    return f"check what {error.name!r} offers with dir({error.name})" if error.name else None


def _syntax_error(error):
    message = error.msg or ""
    if "was never closed" in message or "unexpected EOF" in message:
        return "close the bracket or the quotation that is still open"
    if "expected ':'" in message:
        return "put a colon at the end of this line"
    if "Maybe you meant '==' or ':='" in message or "cannot assign to" in message:
        return "compare with `==`; a single `=` assigns"
    if "Missing parentheses in call to 'print'" in message:
        return "print is a function: print(...)"
    if "unterminated string" in message:
        return "end the string with the quotation mark that it began with; text of several lines takes three"
    if "unmatched" in message or "does not match" in message:
        return "a closing bracket has no opening one, or another kind"
    if "f-string" in message:
        return "check the braces and quotation marks within the f-string"
    if "'await' outside" in message or "outside async function" in message:
        return "put this into an `async def`, or at the top level of the program"
    if "'return' outside" in message:
        return "return only works within a function"
    return "check this line and the one before it for missing brackets, colons, commas and operators"


def _indentation_error(error):
    if isinstance(error, TabError):
        return "indent with spaces only: tabs and spaces are mixed here"
    if "expected an indented block" in (error.msg or ""):
        return "indent the lines that belong to this block by four spaces"
    return "lines of one block must begin at the same column"


def _type_error(error):
    message = str(error)
    if "'NoneType' object" in message:
        return "the value is None here: a function may have returned nothing, or a look-up may have failed"
    if "unsupported operand type" in message or "can only concatenate" in message or "must be str, not" in message:
        return "the two values are of different types: convert one with str(), int() or float()"
    if "missing" in message and "argument" in message:
        return "the call leaves out arguments that the function needs"
    if "positional argument" in message and "given" in message or "unexpected keyword argument" in message:
        return "the call passes arguments that the function does not take"
    if "not callable" in message:
        return "this is a value and not a function: a variable may have the name of a function"
    if "not subscriptable" in message:
        return "values of this type cannot be indexed with []"
    if "not iterable" in message:
        return "loops and unpacking need a list, a dict, a string or the like"
    if "unhashable type" in message:
        return "lists, dicts and sets cannot be keys or members of sets: use a tuple or a frozenset"
    if "JSON serializable" in message:
        return "only None, bool, int, float, str, lists, tuples and dicts with string keys cross to the host"
    if "indices must be integers" in message:
        return "index lists and strings with whole numbers, dicts with their keys"
    if "was never awaited" in message or "coroutine" in message:
        return "await the call"
    return "check the types of the values on this line with type()"


def _attribute_error(error):
    if error.obj is None:
        return "the value is None here: a function may have returned nothing, or a look-up may have failed"
    if isinstance(error.obj, types.ModuleType):
        module = error.obj.__name__
        if _hatchery_missing.is_missing(module, error.name):
            return _not_in_a_sandbox(module, error.name)
    guess = _suggestion(error, error.name) if error.name else None
    if guess:
        return f"did you mean {guess!r}?"
    return f"see what a {type(error.obj).__name__!r} has with dir()"


def _key_error(error):
    key = error.args[0] if error.args else None
    return f"the key {_clip(_safely(repr, key))[:200]} is not there: ask with `in`, or use .get() with a default"


def _index_error(error):
    return "the index is past the end: valid ones run from 0 to len() - 1"


def _value_error(error):
    message = str(error)
    if "invalid literal for int()" in message:
        return "the text is not a whole number: strip it, or convert with float() first"
    if "could not convert string to float" in message:
        return "the text is not a number"
    if "values to unpack" in message:
        return "the number of names on the left differs from the number of values on the right"
    if "Out of range float values" in message:
        return "nan and inf cannot cross to the host: JSON has no such numbers"
    return "the type is right and the value is not: print it to see what it is"


def _runtime_error(error):
    if "can't start new thread" in str(error):
        return "a sandbox has no threads: do the work in order, or with asyncio"
    return None


def _os_error(error):
    import errno

    if error.errno == errno.EROFS:
        return "files under /usr cannot be changed: write to /work or /tmp"
    if error.errno == errno.ENOENT:
        return "there is no such file in the sandbox: os.listdir() tells what there is"
    if error.errno == errno.EMFILE:
        return "too many files are open: close them, best by opening them in a with statement"
    if error.errno == errno.ENOSPC:
        return "the sandbox's memory is full, and its files are part of it"
    if error.errno in (errno.ENOTSUP, errno.ENOSYS):
        return "the sandbox has no network, processes or links"
    if error.errno == errno.EPERM:
        return "links cannot be made in the sandbox: copy the file"
    return None


_HINTS = {
    NameError: _name_error,
    UnboundLocalError: _unbound_local_error,
    ModuleNotFoundError: _module_not_found,
    ImportError: _import_error,
    SyntaxError: _syntax_error,
    IndentationError: _indentation_error,
    TypeError: _type_error,
    AttributeError: _attribute_error,
    KeyError: _key_error,
    IndexError: _index_error,
    ValueError: _value_error,
    OSError: _os_error,
    ZeroDivisionError: lambda error: "the divisor is zero here: check it before dividing",
    RecursionError: lambda error: "the function calls itself without end: check the condition that stops it",
    RuntimeError: _runtime_error,
    MemoryError: lambda error: "the sandbox's memory limit is reached: work on less data at a time",
    UnicodeDecodeError: lambda error: "the bytes are not in this encoding: name the right one, or pass errors='replace'",
    UnicodeEncodeError: lambda error: "the text has characters that this encoding lacks: use utf-8, or pass errors='replace'",
    EOFError: lambda error: "standard input is at its end",
    StopIteration: lambda error: "the iterator is at its end: pass a default to next()",
    AssertionError: lambda error: "a condition that the program asserts does not hold",
    NotImplementedError: lambda error: "this is not available in the sandbox, or not written yet",
}
