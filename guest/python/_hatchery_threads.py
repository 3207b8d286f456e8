"""What threads begin with. The glue (c/threads.c) has them take turns.

A thread can be put aside where nothing but Python code has called Python code. So what threads are usually given is
called here without the C functions that would call it.
"""

import contextvars
import functools
import threading
import types
from _thread import _enter_context, _exit_context


def call(target, args, kwargs):
    contexts = []
    while True:
        kind = type(target)
        if kind is types.MethodType:
            args = (target.__self__, *args)
            target = target.__func__
        elif kind is functools.partial and not any(arg is functools.Placeholder for arg in target.args):
            args = (*target.args, *args)
            kwargs = {**target.keywords, **kwargs}
            target = target.func
        elif kind is types.BuiltinMethodType and args and target == _run_of(target):
            context = target.__self__
            _enter_context(context)
            contexts.append(context)
            target, *args = args
        elif kind is not types.FunctionType and type(getattr(kind, "__call__", None)) is types.FunctionType:
            args = (target, *args)
            target = kind.__call__
        else:
            break
    if not contexts:
        return target(*args, **kwargs)
    try:
        return target(*args, **kwargs)
    finally:
        for context in reversed(contexts):
            _exit_context(context)


def _run_of(method):
    """``Context.run`` of a method's context."""
    return method.__self__.run if type(method.__self__) is contextvars.Context else None


def values_of(function, sentinel):
    """``iter(function, sentinel)`` of a thread."""
    while True:
        try:
            value = function()
        except StopIteration:
            return
        if sentinel is value or sentinel == value:
            return
        yield value


def install():
    threading._call = call
