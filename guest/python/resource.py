"""Limits and use of resources.

What really limits a sandbox is its host, which a program cannot change. The limits here are those
that a program sets itself: they are remembered, and have no effect.
"""

from collections import namedtuple as _namedtuple
import time as _time

RLIM_INFINITY = -1
(
    RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC, RLIMIT_NOFILE,
    RLIMIT_MEMLOCK, RLIMIT_AS, _RLIMIT_LOCKS, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO,
    RLIMIT_RTTIME,
) = range(16)  # fmt: skip
RLIMIT_OFILE = RLIMIT_NOFILE
RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD = 0, -1, 1

error = OSError

struct_rusage = _namedtuple(
    "struct_rusage",
    "ru_utime ru_stime ru_maxrss ru_ixrss ru_idrss ru_isrss ru_minflt ru_majflt "
    "ru_nswap ru_inblock ru_oublock ru_msgsnd ru_msgrcv ru_nsignals ru_nvcsw ru_nivcsw",
    module="resource",
)

_limits = {}


def _usual(resource):
    if resource == RLIMIT_NOFILE:
        import _hatchery_host

        return (_hatchery_host.open_files_max(),) * 2
    return {
        RLIMIT_STACK: (8 << 20, RLIM_INFINITY),
        RLIMIT_CORE: (0, RLIM_INFINITY),
        RLIMIT_NPROC: (1, 1),
    }.get(resource, (RLIM_INFINITY, RLIM_INFINITY))


def _check(resource):
    if not 0 <= resource <= RLIMIT_RTTIME:
        raise ValueError("invalid resource specified")


def getrlimit(resource, /):
    """The soft and the hard limit of a resource."""
    _check(resource)
    return _limits.get(resource) or _usual(resource)


def setrlimit(resource, limits, /):
    """Sets the soft and the hard limit of a resource. The hard one can only be lowered."""
    _check(resource)
    try:
        soft, hard = limits
    except (TypeError, ValueError):
        raise ValueError("expected a tuple of 2 integers") from None
    soft, hard = soft.__index__(), hard.__index__()
    if _is_above(soft, hard):
        raise ValueError("current limit exceeds maximum limit")
    if _is_above(hard, getrlimit(resource)[1]):
        raise ValueError("not allowed to raise maximum limit")
    _limits[resource] = soft, hard


def prlimit(pid, resource, limits=None, /):
    """The limits of a process, which can be this one only."""
    import os

    if pid not in (0, os.getpid()):
        raise ProcessLookupError(3, "No such process")
    before = getrlimit(resource)
    if limits is not None:
        setrlimit(resource, limits)
    return before


def _is_above(limit, other):
    return other != RLIM_INFINITY and (limit == RLIM_INFINITY or limit > other)


def getrusage(who, /):
    """What was used: time, and the most memory in KiB."""
    if who not in (RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD):
        raise ValueError("invalid who parameter")
    if who == RUSAGE_CHILDREN:
        return struct_rusage(0.0, 0.0, *[0] * 14)
    import _hatchery_host

    return struct_rusage(_time.process_time(), 0.0, _hatchery_host.memory_bytes() >> 10, *[0] * 13)


def getpagesize():
    """How many bytes a page has."""
    return 4096
