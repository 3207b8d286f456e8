"""Rules for values that do not cross to the host: what _hatchery_values says of them."""

import re

from .case import AWAIT

_LIST = "make a list of it with list()"
_CALL = "data crosses, and not code: pass what the function gives, as with ()"

_BY_TYPE = {
    "async_generator": "make a list of it, as in [item async for item in values]",
    "builtin_function_or_method": _CALL,
    "complex": "pass its parts, as in [z.real, z.imag]",
    "coroutine": AWAIT,
    "enumerate": _LIST,
    "filter": _LIST,
    "function": _CALL,
    "generator": _LIST,
    "map": _LIST,
    "method": _CALL,
    "module": "data crosses, and no modules: pass what is wanted of it",
    "reversed": _LIST,
    "type": "this is the class itself: make an object of it, or pass its name",
    "zip": _LIST,
}


def _hint(case):
    if "which cannot cross to the host: reading it raised" in case.message:
        return "a method of the value's own has failed: pass what is to be read of it, as a dict or a string"
    if "contains itself" in case.message:
        return "leave out what leads back, as from a child to its parent"
    if "nested too deep" in case.message:
        return "the host reads 127 levels of lists and dicts: pass a flat list, or a string"
    if " has the key " in case.message:
        return "make the keys strings first, as with str(key)"
    if re.search(r" is (nan|-?inf), which ", case.message):
        return "JSON has no such number: pass None or a string in its place"
    match = re.search(r" is of type '(\w[\w.]*)', which ", case.message)
    if not match:
        return None
    if match[1].endswith("_iterator"):
        return _LIST
    return _BY_TYPE.get(match[1], "pass a dict, as with vars(value), or make its class a dataclass")


NOT_CROSSING = ("cross to the host", _hint)
