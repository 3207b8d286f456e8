"""What a value becomes on its way to the host, beyond what JSON has.

Imported when the first such value crosses: :func:`plain` is what the JSON encoder asks about a value that it does not
know. Where the encoder gives up, :func:`to_json` goes through the value once more, and says what is wrong and where.
docs/guide/values.md has the rules. Values are the program's, so nothing of them is trusted to work.
"""

import json
import math

PLACE_CHARS_MAX = 200
TEXT_CHARS_MAX = 300


def _base64(value):
    import base64

    # A view need not lie in one piece.
    return base64.b64encode(bytes(value)).decode()


def _fields(value):
    import dataclasses

    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _attributes(value):
    return {attribute.name: getattr(value, attribute.name) for attribute in value.__attrs_attrs__}


def _isoformat(value):
    return value.isoformat()


# By module and name of a class: so that none has to be imported to be known. A subclass goes by its nearest base.
_RULES = {
    ("builtins", "bytearray"): _base64,
    ("builtins", "bytes"): _base64,
    ("builtins", "dict_items"): list,
    ("builtins", "dict_keys"): list,
    ("builtins", "dict_values"): list,
    ("builtins", "frozenset"): list,
    ("builtins", "mappingproxy"): dict,
    ("builtins", "memoryview"): _base64,
    ("builtins", "range"): list,
    ("builtins", "set"): list,
    ("array", "array"): list,
    ("collections", "ChainMap"): dict,
    ("collections", "UserDict"): dict,
    ("collections", "UserList"): list,
    ("collections", "UserString"): str,
    ("collections", "deque"): list,
    ("collections.abc", "Mapping"): dict,
    ("collections.abc", "Set"): list,
    ("datetime", "date"): _isoformat,
    ("datetime", "time"): _isoformat,
    ("datetime", "timedelta"): lambda value: value.total_seconds(),
    ("decimal", "Decimal"): str,
    ("enum", "Enum"): lambda value: value.value,
    ("fractions", "Fraction"): str,
    ("ipaddress", "_IPAddressBase"): str,
    ("pathlib", "PurePath"): str,
    ("types", "SimpleNamespace"): vars,
    ("uuid", "UUID"): str,
}


class _Refused(Exception):
    """A value that does not cross: ``kind`` is the exception that the program gets of it."""

    def __init__(self, kind, why, cause=None):
        self.kind = kind
        self.why = why
        self.cause = cause


def _rule(kind):
    for base in kind.__mro__:
        rule = _RULES.get((base.__module__, base.__qualname__))
        if rule is not None:
            return rule
        if "__dataclass_fields__" in vars(base):
            return _fields
        if "__attrs_attrs__" in vars(base):
            return _attributes
    return None


def plain(value):
    """The value one level nearer to JSON. What is in it may need the same."""
    rule = _rule(type(value))
    if rule is None:
        raise TypeError(f"{_type_name(value)} does not cross to the host")
    return rule(value)


def to_json(value, encode):
    """JSON for a value that the encoder has given up on; otherwise says why there is none."""
    return encode(_walked(value, "the value", " at "))


def call_to_json(name, args, kwargs, encode):
    """As to_json, for the arguments of a host function."""
    return encode(
        {
            "args": [_walked(item, f"{name}() argument {index}", ": ") for index, item in enumerate(args, 1)],
            "kwargs": {key: _walked(item, f"{name}() argument {key!r}", ": ") for key, item in kwargs.items()},
        }
    )


def _walked(value, whole, separator):
    walk = _Walk()
    try:
        return walk.value(value)
    except _Refused as refused:
        kind, why, cause = refused.kind, refused.why, refused.cause
    except RecursionError:
        kind, why, cause = RecursionError, "is nested too deep to cross to the host", None
        del walk.path[4:]
    place = "".join(walk.path).removeprefix(".")
    if len(place) > PLACE_CHARS_MAX:
        place = f"{place[: PLACE_CHARS_MAX // 2]}…{place[-PLACE_CHARS_MAX // 2 :]}"
    if place:
        whole = f"{whole}{separator}{place}"
    raise kind(f"{whole} {why}") from cause


class _Walk:
    """Goes through a value and makes a plain one of it. After an error ``path`` leads to what is wrong."""

    def __init__(self):
        self.path = []
        self.within = set()

    def value(self, value):
        # The order is the JSON encoder's, and what is asked is the type alone, so that either gives the same.
        kind = type(value)
        if value is None or value is True or value is False or issubclass(kind, str):
            return value
        if issubclass(kind, int):
            return self.whole_number(value)
        if issubclass(kind, float):
            return self.number(value)
        if id(value) in self.within:
            raise _Refused(
                ValueError, f"is of type {_type_name(value)} and contains itself: it cannot cross to the host"
            )
        self.within.add(id(value))
        if issubclass(kind, (list, tuple)):
            walked = self.items(value)
        elif issubclass(kind, dict):
            walked = self.entries(value)
        else:
            walked = self.value(self.converted(value))
        self.within.discard(id(value))
        return walked

    def whole_number(self, value):
        try:
            int.__repr__(value)
        except ValueError as error:
            # The limit of sys.set_int_max_str_digits().
            raise _Refused(ValueError, f"cannot cross to the host: {error}") from None
        return value

    def number(self, value):
        if math.isfinite(value):
            return value
        raise _Refused(
            ValueError,
            f"is {float.__repr__(value)}, which cannot cross to the host: pass None or a string in its place",
        )

    def items(self, value):
        each = (list if issubclass(type(value), list) else tuple).__iter__(value)
        walked = []
        for index, item in enumerate(each):
            self.path.append(f"[{index}]")
            walked.append(self.value(item))
            self.path.pop()
        return walked

    def entries(self, value):
        walked = {}
        for key, item in self.guarded(value, lambda: [(key, item) for key, item in value.items()]):
            text = self.key(key, key)
            self.path.append(_step(text))
            walked[text] = self.value(item)
            self.path.pop()
        return walked

    def key(self, key, given):
        """The text that a key becomes, as JSON has no others."""
        kind = type(key)
        if issubclass(kind, str):
            return str.__str__(key)
        if key is None or key is True or key is False:
            return {None: "null", True: "true", False: "false"}[key]
        if issubclass(kind, int):
            return int.__repr__(self.whole_number(key))
        if issubclass(kind, float) and math.isfinite(key):
            return float.__repr__(key)
        rule = self.guarded(key, lambda: _rule(kind))
        if issubclass(kind, (float, list, tuple, dict)) or rule in (None, list, dict, vars, _fields, _attributes):
            raise _Refused(
                TypeError,
                f"has the key {_clipped(_shown(given))} of type {_type_name(given)}, which cannot cross to the host: "
                "make a string of it",
            )
        return self.key(self.converted(key), given)

    def converted(self, value):
        if self.guarded(value, lambda: _rule(type(value))) is None:
            raise _Refused(
                TypeError,
                f"is of type {_type_name(value)}, which cannot cross to the host: make a dict, a list, a string or a "
                "number of it",
            )
        return self.guarded(value, lambda: plain(value))

    def guarded(self, value, work):
        """What ``work`` gives; an error in the value's own methods is one of the value's."""
        try:
            return work()
        except (MemoryError, RecursionError):
            raise
        except Exception as error:
            why = f"{type(error).__name__}: {_clipped(_shown(error, str))}"
            raise _Refused(
                TypeError,
                f"is of type {_type_name(value)}, which cannot cross to the host: reading it raised {why}",
                error,
            ) from None


def _step(key):
    return f".{key}" if key.isidentifier() else f"[{_clipped(repr(key))}]"


def _type_name(value):
    kind = type(value)
    try:
        module, name = kind.__module__, kind.__qualname__
        return repr(name if module in ("builtins", "__main__") else f"{module}.{name}")
    except Exception:
        return "without a name"


def _shown(value, show=repr):
    try:
        return show(value)
    except Exception as error:
        return f"<{type(error).__name__} while reading it>"


def _clipped(text):
    return text if len(text) <= TEXT_CHARS_MAX else text[:TEXT_CHARS_MAX] + "…"
