"""The groups of a sandbox: one for each user of the module pwd."""

from collections import namedtuple as _namedtuple

struct_group = _namedtuple("struct_group", "gr_name gr_passwd gr_gid gr_mem", module="grp")
struct_group.__doc__ = "A record of the group database, as a tuple with named fields."

_GROUPS = (struct_group("root", "x", 0, []), struct_group("user", "x", 1000, []))


def getgrall():
    """All records."""
    return [_copy(group) for group in _GROUPS]


def getgrnam(name):
    """The record of the group of this name."""
    if not isinstance(name, str):
        raise TypeError(f"getgrnam() argument 'name' must be str, not {type(name).__name__}")
    if "\0" in name:
        raise ValueError("embedded null character")
    for group in _GROUPS:
        if group.gr_name == name:
            return _copy(group)
    raise KeyError(f"getgrnam(): name not found: {name!r}")


def getgrgid(id):
    """The record of the group with this number."""
    if not hasattr(id, "__index__"):
        raise TypeError(f"gid should be integer, not {type(id).__name__}")
    for group in _GROUPS:
        if group.gr_gid == id.__index__():
            return _copy(group)
    raise KeyError(f"getgrgid(): gid not found: {id}")


def _copy(group):
    # The list of members is the caller's to change.
    return group._replace(gr_mem=list(group.gr_mem))
