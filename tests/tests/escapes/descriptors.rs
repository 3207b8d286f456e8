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
    ("ok", "import os, fcntl\nheld = bytearray(1 << 20)\nfor fd in (0, 1, 2, 5, 2**30):\n  for op in (*range(16), *range(1024, 1040), 0x5413):\n    for value in (0, 7, 4096, 1 << 20, 1 << 24, -1, -8, bytes(1024)):\n      for ask in (fcntl.fcntl, fcntl.ioctl):\n        if op == 4: continue\n        try: ask(fd, op, value)\n        except (OSError, OverflowError, ValueError, SystemError): pass\nassert not any(held)"),
    ("OSError", "import fcntl, os\nfcntl.fcntl(os.open('f', os.O_CREAT | os.O_RDWR), fcntl.F_GETLK, 1 << 22)"),
    ("ok", "import select, os\nselect.select([0, 1, 2], [], [], 0.01); select.select(list(range(1000)), [], [])"),
    ("OSError", "import mmap\nm = mmap.mmap(-1, 1 << 20); m = mmap.mmap(0, 4096)"),
    ("ok", "import mmap, os\nopen('f', 'wb').write(bytes(100))\nfor fd in (-1, os.open('f', os.O_RDWR), os.open('/usr/lib/python3.14/os.pyc', os.O_RDONLY), 3, 77):\n  for size in (0, 1, 100, 101, 1 << 20, (1 << 31) - 1):\n    for offset in (0, 1, 99, 100, 4096, 1 << 30):\n      for access in (mmap.ACCESS_READ, mmap.ACCESS_WRITE, mmap.ACCESS_COPY):\n        try: m = mmap.mmap(fd, size, access=access, offset=offset)\n        except (OSError, ValueError, OverflowError, MemoryError): continue\n        if access != mmap.ACCESS_READ: m[len(m) - 1] = 1\n        try: m.resize(3 * len(m))\n        except (OSError, ValueError, TypeError, SystemError): pass\n        m.flush(); m.close()"),
    ("ImportError", "import termios, tty, resource\nimport pty"),
    ("io.UnsupportedOperation", "import os\nos.dup2(1, 2); os.close(1); os.write(2, b'x')\nprint(open(2, closefd=False).write('x'))"),
    ("EOFError", "import sys, os\nsys.stdin = open('/work/in', 'w+'); sys.__stdin__ = None; os.close(0); input()"),
];
