import errno
import fcntl
import getpass
import grp
import os
import pathlib
import platform
import pwd
import shutil
import signal
import stat
import sys
import tempfile

print("shown", file=sys.stdout)
with open(os.devnull, "w") as null:
    print("hidden", file=null)
with open(os.devnull) as null:
    print(repr(null.read()))
print(len(open("/dev/zero", "rb").read(4)), len(open("/dev/urandom", "rb").read(7)))
me = pwd.getpwuid(os.getuid())
print(me.pw_name == getpass.getuser(), me.pw_dir == str(pathlib.Path.home()) == os.path.expanduser("~"), grp.getgrgid(os.getgid()).gr_gid == os.getgid())
print(shutil.get_terminal_size(), os.path.expandvars("$NOPE/x"), os.sep, os.linesep == "\n")
try:
    os.get_terminal_size(0)
except OSError as error:
    print(error.errno in (errno.ENOTTY, errno.EBADF, errno.EINVAL))
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder, "f")
    path.write_text("x")
    path.chmod(0o640)
    print(oct(path.stat().st_mode), stat.filemode(path.stat().st_mode), path.owner() == me.pw_name, os.access(path, os.R_OK))
    os.utime(path, ns=(1_500_000_000_123_456_789, 1_600_000_000_987_654_321))
    print(path.stat().st_mtime_ns)
    old = os.umask(0o077)
    pathlib.Path(folder, "g").touch()
    os.umask(old)
    print(oct(os.stat(f"{folder}/g").st_mode & 0o777))
    with open(path, "r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        copy = os.dup(file.fileno())
        os.write(copy, b"dup")
        os.close(copy)
        fcntl.flock(file, fcntl.LOCK_UN)
    print(path.read_text())
reader, writer = os.pipe()
os.write(writer, b"through the pipe")
os.close(writer)
print(os.read(reader, 100), os.read(reader, 1))
os.close(reader)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.SIGTERM.name, signal.strsignal(signal.SIGINT) is not None)
seen = []
signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(signal.Signals(number).name))
os.kill(os.getpid(), signal.SIGUSR1)
signal.raise_signal(signal.SIGUSR1)
print(seen, platform.python_implementation(), os.name)
