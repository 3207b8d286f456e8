"""The users of a sandbox: root, whose the standard library is, and the one that programs run as."""

from collections import namedtuple as _namedtuple

struct_passwd = _namedtuple(
    "struct_passwd", "pw_name pw_passwd pw_uid pw_gid pw_gecos pw_dir pw_shell", module="pwd"
)
struct_passwd.__doc__ = "A record of the password database, as a tuple with named fields."

_USERS = (
    struct_passwd("root", "x", 0, 0, "root", "/root", "/usr/sbin/nologin"),
    struct_passwd("user", "x", 1000, 1000, "", "/home/user", "/bin/sh"),
)


def getpwall():
    """All records."""
    return list(_USERS)


def getpwnam(name, /):
    """The record of the user of this name."""
    if not isinstance(name, str):
        raise TypeError(f"getpwnam() argument must be str, not {type(name).__name__}")
    if "\0" in name:
        raise ValueError("embedded null character")
    for user in _USERS:
        if user.pw_name == name:
            return user
    raise KeyError(f"getpwnam(): name not found: {name!r}")


def getpwuid(uid, /):
    """The record of the user with this number."""
    if not hasattr(uid, "__index__"):
        raise TypeError(f"uid should be integer, not {type(uid).__name__}")
    for user in _USERS:
        if user.pw_uid == uid.__index__():
            return user
    raise KeyError(f"getpwuid(): uid not found: {uid}")
