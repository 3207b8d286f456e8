"""Rules for what is around a program: files, network, processes, memory."""

import difflib
import errno
import os
import re

from .case import ALWAYS, NAMES_MAX, PACKAGES, PROCESSES, line, listed, message, network, raise_statement
from .crossing import NOT_CROSSING

THREADS = "a sandbox has at most 4,096 threads at once: use a pool of few threads, as ThreadPoolExecutor is"
NATIVE = "native code cannot be loaded here: do it in Python, or have the host offer a function"
DEADLOCK = "every thread waits, so nobody can go on: release the lock, put into the queue or set the event first"


def _processes(case):
    return PACKAGES if re.search(r"\bpip\b|\binstall\b", case.line) else PROCESSES


def _no_such_file(case):
    path = case.exception.filename
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if not isinstance(path, str) or not path:
        return None
    if "://" in path[:10]:
        return f"open() reads files and not URLs, and {network()}"
    if path.startswith("~"):
        return f"`~` is a name like any other to this function: give it os.path.expanduser({path!r})"
    if re.match(r"[A-Za-z]:[\\/]", path):
        return "there are no drives here: the program's files are in /work and /tmp"
    folder, base = os.path.split(path)
    writes = re.search(r"mkdir|makedirs|touch|write_|to_csv|savefig|['\"][wax]b?\+?['\"]", case.line)
    if writes and folder and not os.path.isdir(folder):
        return f"there is no such folder: make it with os.makedirs({folder!r}, exist_ok=True)"
    here = os.getcwd()
    for other in (os.path.join(place, base) for place in (here, "/work", "/tmp")):
        if base and other != path and os.path.exists(other):
            return f"there is no such file in the sandbox: did you mean {other!r}?"
    within = folder if folder and os.path.isdir(folder) else here
    with os.scandir(within) as entries:
        names = sorted(entry.name for entry, _ in zip(entries, range(NAMES_MAX), strict=False))
    near = difflib.get_close_matches(base, names, 1, 0.75)
    if near:
        return f"there is no such file in the sandbox: did you mean {near[0]!r}?"
    reads = re.search(r"\bopen\(|read|load|copy", case.line)
    if not reads:
        return "there is no such file in the sandbox: os.listdir() tells what there is"
    if within == here and names:
        return f"there is no such file in the sandbox: {here} has {listed(names, 6)}"
    if within == here:
        return f"there is no such file in the sandbox: {here} is empty, and the host has to put files there"
    return "there is no such file in the sandbox: os.listdir() tells what there is"


def _read_only(path):
    if isinstance(path, str) and os.path.abspath(path).startswith("/usr"):
        return "files under /usr cannot be changed: write to /work or /tmp"
    return "this folder is mounted to be read only: write to /work or /tmp"


def _not_permitted(case):
    if "link" in case.line:
        return "links cannot be made in mounted folders, nor second names of folders: copy it"
    if "chown" in case.line:
        return "there is one user, who cannot give files away"
    return None


def _os_error(case):
    error = case.exception
    if case.is_in("/subprocess.py", "/multiprocessing/", "/concurrent/futures/process.py", "/pty.py"):
        return _processes(case)
    if "getaddrinfo failed" in case.message or case.is_in("/socket.py", "/socketserver.py"):
        return network()
    return {
        errno.EROFS: _read_only(error.filename),
        errno.EMFILE: "too many files are open: close them, best by opening them in a with statement",
        errno.ENOSPC: "the sandbox's memory is full, and its files are part of it",
        errno.ENOTEMPTY: "the folder is not empty: shutil.rmtree() removes it with what is in it",
        errno.EPERM: _not_permitted(case),
        errno.EACCES: "the mode of the file, or of a folder on the way to it, forbids this: os.chmod() changes it",
        errno.EDEADLK: "this would wait for ever: nothing else runs meanwhile that could write, read or unlock",
        errno.ELOOP: "the symbolic links lead in a circle: os.readlink() tells where each leads",
        errno.ENOTSUP: "the sandbox has no network and no processes",
        errno.ENOSYS: "the sandbox has no network and no processes",
    }.get(error.errno)


def _recursion(case):
    if case.is_in("/json/"):
        return "the data are nested too deeply for JSON"
    return "the function calls itself too many times: check the condition that stops it, or use a loop for deep data"


def _not_implemented(case):
    if (
        case.is_in("/subprocess.py", "/multiprocessing/", "/concurrent/futures/process.py")
        or "subprocess" in case.line
    ):
        return PROCESSES
    if case.is_in_library:
        return "this is not available in the sandbox"
    if raise_statement(case.line):
        return "this method is not written yet, or a subclass has to have its own"
    return None


RULES = {
    "OSError": (
        ("getaddrinfo failed", network),
        ("loads no native libraries", NATIVE),
        (lambda case: case.exception.errno is not None, _os_error),
    ),
    "FileNotFoundError": (("No such file", _no_such_file),),
    "IsADirectoryError": ((ALWAYS, "this is a folder: name a file in it, or list it with os.listdir()"),),
    "FileExistsError": (
        (line("mkdir|makedirs"), "the folder is there already: os.makedirs(path, exist_ok=True) takes that"),
    ),
    "socket.herror": ((ALWAYS, network),),
    "ssl.SSLError": (("a sandbox has no network", network), (ALWAYS, None)),
    "urllib.error.URLError": (
        (message(r"unknown url type: (https?|ftp|wss?)|getaddrinfo failed|Not supported"), network),
        (ALWAYS, None),
    ),
    "io.UnsupportedOperation": (
        ("not readable", "the file is open for writing: open it with 'r' or 'r+' to read"),
        ("not writable", "the file is open for reading: open it with 'w' or 'a' to write"),
        (ALWAYS, None),
    ),
    "zoneinfo._common.ZoneInfoNotFoundError": (
        (ALWAYS, "there is no time zone of this name: zoneinfo.available_timezones() lists them"),
        (message(""), None),
    ),
    "sqlite3.OperationalError": (
        ("no such table", "create the table first; each connection to ':memory:' has a database of its own"),
        (
            "unable to open database file",
            "the database's folder is not there: make it first with os.makedirs()",
        ),
        ("already exists", "write CREATE TABLE IF NOT EXISTS"),
    ),
    "sqlite3.ProgrammingError": (
        ("Incorrect number of bindings", "pass a tuple with a value for each ?: one value is (value,)"),
        ("one statement at a time", "executescript() runs several statements"),
        ("closed database", "the connection is closed: open it again, or close it later"),
    ),
    "RecursionError": (NOT_CROSSING, (ALWAYS, _recursion)),
    "RuntimeError": (
        ("can't start new thread", THREADS),
        ("cannot wait without a timeout", DEADLOCK),
        ("changed size during iteration", "go through a copy, as in list(values), to change it meanwhile"),
        ("mutated during iteration", "go through a copy, as in list(values), to change it meanwhile"),
        (
            "asyncio.run() cannot be called from a running",
            "the program runs in an event loop already: write `await main()`",
        ),
        ("This event loop is already running", "the program runs in an event loop already: use await"),
        (
            "There is no current event loop",
            "write asyncio.run(main()), or await at the top level of the program",
        ),
        ("no running event loop", "call this from an `async def`, or await at the top level of the program"),
        ("cannot reuse already awaited coroutine", "call the function again for another coroutine"),
        ("generator raised StopIteration", "end a generator with return, and give next() a default"),
    ),
    "NotImplementedError": ((ALWAYS, _not_implemented),),
    "MemoryError": (
        (message("[Pp]arser"), "the program's brackets are nested too deeply: build the value in steps"),
        (ALWAYS, "the sandbox's memory limit is reached: work on less data at a time"),
    ),
    "EOFError": (
        (
            line(r"\binput\(|getpass|stdin"),
            "standard input is at its end: nobody answers, so put the values into the program or pass them as input",
        ),
        (
            "EOF when reading a line",
            "standard input is at its end: nobody answers, so put the values into the program",
        ),
        ("Ran out of input", "the file or the bytes are empty, or cut off"),
    ),
}
