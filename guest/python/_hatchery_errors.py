"""An exception as data: what went wrong and where. The hint is _hatchery_hints' matter.

Called by the C glue after the traceback has been printed. Works on the exceptions of
programs, so nothing of them is trusted to work: not even ``str()``.
"""

import traceback
from json import dumps

import _hatchery_hints
import _hatchery_host

TEXT_CHARS_MAX = 16 << 10
FRAMES_MAX = 64
NOTES_MAX = 32
CHAIN_MAX = 8


def describe(exception):
    """JSON for the host; docs/guest-abi.md lists the fields."""
    try:
        return dumps(_describe(exception, CHAIN_MAX), default=str)
    except BaseException as error:
        return dumps(
            {"type": type(exception).__name__, "message": f"<{type(error).__name__} while reading it>"}
        )


def _describe(exception, depth):
    frames = _frames(exception)
    message = _text(exception)
    data = {
        "type": _type_name(type(exception)),
        "message": message,
        "line": _line(exception, frames),
        "frames": frames[: FRAMES_MAX // 2] + frames[-FRAMES_MAX // 2 :]
        if len(frames) > FRAMES_MAX
        else frames,
        "frames_total": len(frames),
        "notes": [_clip(str(note)) for note in _notes(exception)[:NOTES_MAX]],
        "hint": _hatchery_hints.find(exception, message, frames),
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
    """The line of the program: of the mistake, or the innermost that led to it.

    The program is the run in progress; a call of a function has none, and all that was run is it.
    """
    run = _hatchery_host.run_name()
    is_its = _hatchery_host.has_source if run is None else run.__eq__
    if isinstance(exception, SyntaxError) and isinstance(exception.filename, str):
        if is_its(exception.filename):
            return exception.lineno
    for frame in reversed(frames):
        if is_its(frame["file"]):
            return frame["line"]
    return None
