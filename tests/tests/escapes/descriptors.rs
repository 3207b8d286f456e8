//! Out through a descriptor: one that is the host's, out of range, or of another kind than it seems.

use crate::Program;

/// 3 is the root of the guest's own files, which libc keeps open.
pub(crate) const PROGRAMS: &[Program] = &[
    ("ok", "import os\nfor fd in (0, 1, 2, 3):\n  try: os.close(fd)\n  except OSError: pass\nprint('unheard')"),
    ("ZeroDivisionError", "import os\nos.close(2)\n1 / 0"),
    ("OSError", "import os\nos.close(1); fd = os.open('/work/out', os.O_CREAT | os.O_RDWR)\nprint('into the file', flush=True)\nos.write(1, b'x')"),
    ("ok", "import os
for fd in [*range(4, 2000), 2**15, 2**16, 2**30, 2**31 - 1, -1, -2, -100, -2**31]:
    for call in (lambda: os.read(fd, 10), lambda: os.write(fd, b'x'), lambda: os.fstat(fd), lambda: os.close(fd),
                 lambda: os.lseek(fd, 0, 0), lambda: os.ftruncate(fd, 0), lambda: os.listdir(fd), lambda: os.fsync(fd)):
        try: call(); print('ESCAPED', fd, call)
        except Exception: pass"),
    ("OverflowError", "import os; os.read(2**31, 1)"),
    ("OverflowError", "import os; os.write(-2**63 - 1, b'x')"),
    ("ok", "import os
for call in (lambda: os.dup(0), lambda: os.dup(1), lambda: os.dup2(1, 0), lambda: os.dup2(0, 250), lambda: os.dup2(1, 99999), lambda: os.dup2(1, -1), lambda: os.pipe(), lambda: os.openpty(), lambda: os.memfd_create('x'), lambda: os.eventfd(0)):
    try: call()
    except (OSError, AttributeError): pass"),
    ("ok", "import os
for name in dir(os):
    f = getattr(os, name)
    if not callable(f) or name in ('abort', '_exit', 'kill', 'killpg') or isinstance(f, type): continue
    for args in ((), (0,), (-1,), (1 << 30,), (3, 3), (0, 1 << 30), ('/work',), ('/work', 0), (b'\\xff' * 5000,), ('/work', '/tmp/x'), (1, b'', 0), (0, 0, 0, 0)):
        try: f(*args)
        except BaseException: pass"),
    ("ok", "import io\nraw = io.FileIO(0, 'r'); raw.close()\nraw = io.FileIO(1, 'w'); raw.close()\nprint('gone', flush=True)"),
    ("ok", "import os\nfor fd in (0, 1, 2):\n  for call in (lambda: os.lseek(fd, 1 << 40, 0), lambda: os.ftruncate(fd, 1 << 40), lambda: os.listdir(fd), lambda: os.chdir(fd), lambda: os.set_blocking(fd, False), lambda: os.isatty(fd) and print('ESCAPED')):\n    try: call()\n    except (OSError, AttributeError, TypeError): pass"),
    ("OSError", "import os\nfd = os.open('/work/f', os.O_CREAT | os.O_WRONLY); os.close(fd); os.write(fd, b'x')"),
    ("ok", "import os
fd = os.open('/work/f', os.O_CREAT | os.O_RDWR)
for offset in (2**31 - 1, 2**31, 2**32, 2**40, 2**62, 2**63 - 1):
    try:
        os.lseek(fd, offset, os.SEEK_SET); os.write(fd, b'x')
    except (OSError, OverflowError, MemoryError): pass
    try: os.pread(fd, 10, offset)
    except (OSError, OverflowError, MemoryError): pass
    try: os.pwrite(fd, b'y', offset)
    except (OSError, OverflowError, MemoryError): pass
    try: os.ftruncate(fd, offset)
    except (OSError, OverflowError, MemoryError): pass
for offset in (-1, -2**31, -2**62):
    try: os.lseek(fd, offset, os.SEEK_CUR)
    except OSError: pass
    try: os.ftruncate(fd, offset)
    except OSError: pass"),
    ("MemoryError|OverflowError|OSError|ValueError", "import os\nfd = os.open('/work/f', os.O_CREAT | os.O_RDWR)\nos.read(fd, 2**31 - 1)\nos.read(fd, 2**31)"),
    ("ok", "import os\nfd = os.open('/work/f', os.O_CREAT | os.O_RDWR)\nos.write(fd, b'abc'); os.remove('/work/f')\nos.write(fd, b'x' * 100000); os.lseek(fd, 0, 0)\nassert os.read(fd, 3) == b'abc'\nopen('/work/f', 'w').write('new')\nos.ftruncate(fd, 0); os.close(fd)"),
    ("OSError", "import os\nkept = []\nwhile True: kept.append(os.open('/tmp/f', os.O_CREAT | os.O_RDWR))"),
    ("ok", "import os\nkept = []\ntry:\n  while True: kept.append(os.open('/tmp/f', os.O_CREAT | os.O_RDWR))\nexcept OSError: pass\ntry:\n  while True: kept.append(os.open('/tmp/f', os.O_CREAT | os.O_RDWR))\nexcept OSError: pass\nif len(kept) > 300: print('ESCAPED', len(kept))"),
    ("ModuleNotFoundError", "import os, fcntl\nfor fd in (0, 1, 2, 5, 2**30):\n  for op in range(0, 1100):\n    try: fcntl.fcntl(fd, op, 7)\n    except OSError: pass"),
    ("ok", "import select, os\nselect.select([0, 1, 2], [], [], 0.01); select.select(list(range(1000)), [], [])"),
    ("ModuleNotFoundError", "import mmap\nm = mmap.mmap(-1, 1 << 20); m = mmap.mmap(0, 4096)"),
    ("ModuleNotFoundError", "import termios, tty, pty, resource"),
    ("AttributeError", "import os\nos.dup2(1, 2); os.close(1); os.write(2, b'x')\nprint(open(2, closefd=False).write('x'))"),
    ("EOFError", "import sys, os\nsys.stdin = open('/work/in', 'w+'); sys.__stdin__ = None; os.close(0); input()"),
];
