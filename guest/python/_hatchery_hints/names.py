"""Rules for names, modules and attributes that are not there."""

import builtins
import difflib
import os
import re
import sys
import types

from .case import (
    ALWAYS,
    AWAIT,
    LIBRARY,
    NAMES_MAX,
    NONE,
    PROCESSES,
    SHELL,
    did_you_mean,
    is_slip,
    suggestion,
)


def _known():
    """Tables that are only read when a name is not there."""
    from . import known_names

    return known_names


def _packages():
    from . import packages

    return packages


def _imported_name(case):
    """What is known of a name that a program does not have."""
    name, names = case.exception.name, _known()
    is_called = re.search(rf"\b{re.escape(name)}\s*\(|@{re.escape(name)}\b", case.line)
    if name in names.OTHER_LANGUAGES:
        if is_called or name not in names.ONLY_CALLED or "isinstance(" in case.line:
            return names.OTHER_LANGUAGES[name]
    if name == "System" and "System.out" in case.line:
        return names.OTHER_LANGUAGES["println"]
    if name in names.SHELL and re.match(rf"\s*{name}\b(\s|$)", case.line):
        return SHELL
    if name in names.ALIASES and (f"{name}." in case.line or is_called):
        module = names.ALIASES[name]
        top = module.partition(".")[0]
        if _can_be_found(top):
            return f"add `import {module} as {name}` above this line"
        return (
            f"`import {module} as {name}` is missing, and {top} is not installed: the host has to provide it"
        )
    if re.search(rf"\b{re.escape(name)}\.", case.line) and not _can_be_found(name):
        distribution = _packages().distribution(name)
        if distribution:
            return f"`import {name}` is missing, and {name} is not installed: the host has to provide {distribution}"
    module = names.HOME.get(name)
    if module is None:
        return None
    part = re.search(rf"\b{re.escape(name)}\.(\w+)", case.line)
    if part and name in sys.stdlib_module_names and hasattr(__import__(name), part[1]):
        # `datetime` is a module and a class.
        return f"add `import {name}` above this line"
    # Many of the others are names of variables too.
    if name[0].isupper() or name in names.VALUES or is_called:
        guess = None if name[0].isupper() else suggestion(case, name)
        # A variable of the program's is nearer than a function of a module.
        if guess is None or guess == name or hasattr(builtins, guess):
            return f"add `from {module} import {name}` above this line"
    return None


def _name(case):
    name = case.exception.name
    if not isinstance(name, str):
        return None
    if case.is_in_library:
        # The library has names that it makes where the system offers them.
        return _missing_here("os", name) if case.file == "<frozen os>" else None
    if name == "python" and case.line.strip() == "python":
        return "`python` belongs to a Markdown fence: leave the line out"
    hint = _imported_name(case)
    if hint:
        return hint
    if re.match(r"(---|\+\+\+) ", case.line):
        return "this is a patch: give the whole program as it is afterwards"
    if name in ("In", "Out") and re.match(r"\s*(In|Out)\s*\[", case.line):
        return "leave the notebook's In[…]: and Out[…]: out"
    if re.search(rf"^\s*except\s+[\w.]+\s*,\s*{re.escape(name)}\s*:", case.line):
        return f"write `except Error as {name}:`"
    if name == "self" and case.frame.f_code.co_name == "<module>":
        return "`self` only exists within a method: name the object itself here"
    if name == "self" or name == "cls":
        return f"give the method `{name}` as its first parameter"
    guess = suggestion(case, name)
    if guess and _is_meant(name, guess):
        return f"did you mean {guess!r}?"
    if name in sys.stdlib_module_names and (f"{name}." in case.line or not case.line):
        return f"add `import {name}` above this line"
    if name.startswith("__"):
        return None
    return f"{name!r} has to be assigned, defined or imported before it is used"


def _is_meant(name, guess):
    """CPython's guesses go further: for `text` it has `next`, and `df2` for `df1`."""
    if re.sub(r"\d", "", name) == re.sub(r"\d", "", guess):
        return False
    if not hasattr(builtins, guess):
        return True
    return is_slip(name, guess) and (
        len(name) > 4 or len(name) != len(guess) or sorted(name) == sorted(guess)
    )


def _free_or_unbound(case):
    match = re.search(r"variable '(\w+)'", case.message)
    if match and case.frame is not None and match[1] in case.frame.f_globals:
        return "assign the variable earlier in this function, or declare it with `global` or `nonlocal`"
    return "assign the variable on every way to this line, or declare it with `global` or `nonlocal`"


NAME = ((lambda case: case.exception.name, _name),)

# Modules.


def _can_be_found(name):
    import importlib.util

    try:
        return name in sys.modules or importlib.util.find_spec(name) is not None
    except BaseException:
        return False


def _module_not_found(case):
    name = case.exception.name
    if not isinstance(name, str) or not name:
        return None
    if "halted; None in sys.modules" in case.message or name == "tzdata":
        return None
    top, _, rest = name.partition(".")
    if rest and _can_be_found(top):
        return _part_of(name)
    packages = _packages()
    hint = packages.REMOVED.get(name) or packages.REMOVED.get(top)
    if hint:
        return hint
    if case.is_in("/multiprocessing/"):
        return PROCESSES
    if top in packages.ABSENT:
        return (
            f"{top!r} belongs to the standard library but is not part of this sandbox, {packages.ABSENT[top]}"
        )
    if top in sys.stdlib_module_names:
        return f"{name!r} belongs to the standard library but is not part of this sandbox"
    distribution = packages.distribution(top)
    if distribution is None:
        near = _near_module(top)
        if near:
            return f"did you mean {near!r}?"
        return f"{top!r} is not installed: packages cannot be downloaded here, the host has to provide them"
    if distribution.lower().replace("-", "_") == top.lower():
        hint = f"{top!r} is not installed: packages cannot be downloaded here, the host has to provide them"
    else:
        hint = f"{top!r} is not installed: packages cannot be downloaded here, the host has to provide {distribution}"
    instead = packages.INSTEAD.get(top)
    return f"{hint}; {instead}" if instead else hint


def _part_of(name):
    parent, _, leaf = name.rpartition(".")
    folders = getattr(sys.modules.get(parent), "__path__", None)
    if folders is None:
        near = difflib.get_close_matches(leaf, dir(sys.modules.get(parent)), 1, 0.7)
        found = f": did you mean `from {parent} import {near[0]}`?" if near else ""
        return f"the module {parent!r} has no modules in it{found}"
    parts = [
        entry.partition(".")[0] for folder in list(folders)[:4] for entry in os.listdir(folder)[:NAMES_MAX]
    ]
    near = difflib.get_close_matches(leaf, parts, 1, 0.7)
    return f"did you mean {f'{parent}.{near[0]}'!r}?" if near else f"{parent!r} has no module {leaf!r}"


def _near_module(top):
    """A module of the standard library whose name differs by a slip: other words are other packages."""
    if len(top) < 4:
        return None
    here = [name for name in sys.stdlib_module_names if not name.startswith("_")]
    for near in difflib.get_close_matches(top, sorted(here), 3, 0.7):
        if is_slip(top, near) and _can_be_found(near):
            return near
    return None


def _missing_here(module, name):
    import _hatchery_missing

    if not _hatchery_missing.is_missing(module, name):
        return None
    hint = f"{module}.{name} is not available in a sandbox"
    if module in ("socket", "_socket", "socketserver", "select"):
        return f"{hint}, which has no network"
    if module in ("os", "posix", "signal", "_signal", "shutil"):
        return f"{hint}, which has neither other processes nor a terminal"
    return hint


def _import(case):
    error = case.exception
    if "attempted relative import" in case.message:
        return "a program is no part of a package: write `import name` without the dot"
    if "partially initialized module" in case.message:
        return "two modules import each other: move one of the imports into the function that needs it"
    if not error.name or not error.name_from:
        return None
    return (
        _hidden_file(error.name)
        or _missing_here(error.name, error.name_from)
        or _known().MOVED.get(f"{error.name}.{error.name_from}")
        or did_you_mean(case)
        or _import_of_module(error)
    )


def _import_of_module(error):
    if error.name_from in _packages().REMOVED:
        return _packages().REMOVED[error.name_from]
    return f"check what {error.name!r} offers with dir({error.name})"


# Attributes.


def _attribute(case):
    error = case.exception
    name = error.name
    if not isinstance(name, str):
        return None
    if case.is_in("/multiprocessing/", "/concurrent/futures/process"):
        return PROCESSES
    thing = error.obj
    if isinstance(thing, types.ModuleType):
        return _attribute_of_module(case, thing.__name__, name)
    if isinstance(thing, (types.CoroutineType, types.AsyncGeneratorType)):
        return AWAIT if isinstance(thing, types.CoroutineType) else "go through this with `async for`"
    names = _known()
    if isinstance(thing, type):
        hint = names.MOVED.get(f"{thing.__module__}.{thing.__qualname__}.{name}")
    else:
        kind = next((kind for kind in type(thing).__mro__ if (kind.__name__, name) in names.METHODS), None)
        hint = names.METHODS[kind.__name__, name] if kind else None
    if hint:
        return hint
    if type(thing) is dict and "for setting new attributes" in case.message:
        return f"a dict takes value[{name!r}] = …"
    if type(thing) is dict and name in thing:
        return f"write [{name!r}]: a dict has its keys in brackets"
    hint = did_you_mean(case)
    if hint:
        return hint
    if isinstance(thing, (types.FunctionType, types.MethodType)):
        return "this is the function itself: call it with ()"
    if type(thing) in (str, int, float, bool, list, dict, tuple, set, bytes):
        return (
            f"the value is of type {type(thing).__name__}, which has no {name!r}: check where it comes from"
        )
    return None


def _hidden_file(module):
    """Whether the program has a file of the same name as a module of the standard library, which comes first."""
    found = sys.modules.get(module)
    if not str(getattr(found, "__file__", "")).startswith(LIBRARY) and module not in sys.builtin_module_names:
        return None
    if not os.path.lexists(os.path.join(os.getcwd(), f"{module}.py")):
        return None
    return f"{module!r} is the standard library's module, which comes first: give your file {module}.py another name"


def _attribute_of_module(case, module, name):
    hidden = _hidden_file(module)
    if hidden:
        return hidden
    moved = _known().MOVED.get(f"{module}.{name}")
    if moved:
        return moved
    missing = _missing_here(module, name)
    if missing:
        return missing
    if hasattr(case.exception.obj, "__path__") and _can_be_found(f"{module}.{name}"):
        return f"add `import {module}.{name}` above this line"
    return did_you_mean(case)


ATTRIBUTE = (
    (lambda case: "'NoneType' object has no attribute" in case.message and case.exception.obj is None, NONE),
    ("partially initialized module", "the program or a module imports itself: give your file another name"),
    (ALWAYS, _attribute),
)


RULES = {
    "NameError": NAME,
    "UnboundLocalError": ((ALWAYS, _free_or_unbound),),
    "ModuleNotFoundError": ((ALWAYS, _module_not_found),),
    "ImportError": ((ALWAYS, _import),),
    "AttributeError": ATTRIBUTE,
}
