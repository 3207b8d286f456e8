//! Out through a path: to the host's files, devices and processes.

use crate::Program;

/// `CANARY` is a folder of the host's with a file `secret` in it.
pub(crate) const PROGRAMS: &[Program] = &[
    ("FileNotFoundError", "print(open('CANARY/secret').read())"),
    ("FileNotFoundError", "print(open('/work/../..CANARY/secret').read())"),
    ("FileNotFoundError", "print(open('../' * 60 + 'CANARY/secret').read())"),
    ("FileNotFoundError", "print(open('/usr/lib/../../..CANARY/secret').read())"),
    ("FileNotFoundError", "print(open(b'CANARY/secret', 'rb').read())"),
    ("FileNotFoundError", "open('CANARY/left', 'w').write('ESCAPED')"),
    ("FileNotFoundError|OSError", "import os; os.mkdir('CANARY/left')"),
    ("FileNotFoundError|OSError", "import os; os.rename('CANARY/secret', '/work/secret')\nprint(open('/work/secret').read())"),
    ("FileNotFoundError|OSError", "open('/work/a', 'w').write('x')\nimport os; os.rename('/work/a', 'CANARY/left')"),
    ("FileNotFoundError", "import shutil; shutil.rmtree('CANARY')"),
    ("FileNotFoundError", "import os; os.chdir('CANARY'); print(os.listdir('.'))"),
    ("ok", "import os\nfound = [p for p, d, f in os.walk('/') if not p.startswith(('/usr', '/lib', '/work', '/tmp', '/dev')) and p not in ('/', '/home', '/home/user')]\nif found: print('ESCAPED', found)"),
    ("ok", "import os\nif set(os.listdir('/')) - {'usr', 'lib', 'work', 'tmp', 'home', 'dev'}: print('ESCAPED', os.listdir('/'))
if set(os.listdir('/dev')) - {'null', 'zero', 'full', 'random', 'urandom', 'stdin', 'stdout', 'stderr', 'fd'}: print('ESCAPED', os.listdir('/dev'))"),
    ("ok", "import glob\nif glob.glob('CANARY/*') or glob.glob('/home/*') != ['/home/user'] or glob.glob('/home/user/*') or glob.glob('/etc/*') or glob.glob('/proc/*'): print('ESCAPED')"),
    ("ok", "import os
for path in ('/proc/self/maps', '/proc/self/environ', '/proc/self/mem', '/proc/self/fd/3', '/proc/1/root', '/proc/self/cwd',
             '/etc/passwd', '/etc/shadow', '/dev/mem', '/dev/kmsg', '/dev/sda', '/dev/fd/3', '/dev/fd/99', '/dev/tty', '/dev/shm',
             '/sys/kernel', '/root', '/home/root', '/var/run/docker.sock', '/run', '//proc//self//maps', '/proc/../proc/self/maps'):
    try: os.stat(path); print('ESCAPED', path)
    except OSError: pass
    try: open(path, 'rb').read(10); print('ESCAPED', path)
    except OSError: pass"),
    ("ok", "import os
for make in (lambda: os.symlink('CANARY/secret', '/work/s'), lambda: os.link('CANARY/secret', '/work/s'),
             lambda: os.symlink('/usr', '/work/s'), lambda: os.readlink('/proc/self/exe'), lambda: os.mkfifo('/work/p'),
             lambda: os.mknod('/work/d'), lambda: os.chroot('CANARY'), lambda: os.chown('/usr', 0, 0)):
    try: make()
    except (OSError, AttributeError, NotImplementedError): pass
try: print(open('/work/s').read())
except OSError: pass"),
    ("FileNotFoundError|IsADirectoryError|OSError", "import os; fd = os.open('/', os.O_RDONLY)\nprint(open('CANARY/secret', opener=lambda p, f: os.open(p.lstrip('/'), f, dir_fd=fd)).read())"),
    ("ok", "import os
for attempt in (lambda: open('/usr/lib/python3.14/os.py', 'a').write('1/0'), lambda: os.remove('/usr/lib/python3.14/os.py'),
                lambda: os.rename('/usr', '/work/usr'), lambda: os.rmdir('/usr'), lambda: os.truncate('/usr/lib/python3.14/os.py', 0)):
    try: attempt(); print('ESCAPED')
    except OSError: pass"),
    ("ok", "import os
for attempt in (lambda: os.rmdir('/work'), lambda: os.rename('/work', '/gone'), lambda: os.rename('/tmp', '/work/tmp'),
                lambda: os.rmdir('/'), lambda: os.remove('/tmp'), lambda: os.rename('/work', '/work/inside'), lambda: os.rename('/', '/work/x')):
    try: attempt()
    except OSError: pass"),
    ("ok", "import os
os.makedirs('/work/a/b'); os.chdir('/work/a/b')
try: os.rename('/work/a', '/work/a/b/c')
except OSError: pass
os.rmdir('/work/a/b')
for path in ('..', '../..', 'x', '.', '../../../../..CANARY'):
    try: os.listdir(path)
    except OSError: pass
    try: open(path + '/f', 'w')
    except OSError: pass"),
    ("ok", "import os
for name in ('x' * 300, 'x' * 100000, '/' * 100000, 'a/' * 50000, '', '.', '..', '\\udcff', 'a\\nb', '\\\\', 'C:', '~', '$HOME', ' ', '\\u202e'):
    for call in (os.stat, os.listdir, os.mkdir, os.remove, os.rmdir, open):
        try: call(name)
        except (OSError, ValueError): pass"),
    ("ValueError", "open('/work/a\\0/../CANARY/secret')"),
    ("ok", "import os
path = '/work'
try:
    while True:
        path += '/d'; os.mkdir(path)
except OSError: pass
try: __import__('shutil').rmtree('/work/d')
except (OSError, RecursionError): pass"),
    ("MemoryError|OSError", "import os\ni = 0\nwhile True:\n  i += 1\n  os.mkdir(f'/work/{i}' + 'x' * 200)"),
    ("ok", "import tempfile, os
tempfile.tempdir = 'CANARY'
try: tempfile.NamedTemporaryFile(); print('ESCAPED')
except OSError: pass
os.environ['TMPDIR'] = os.environ['HOME'] = os.environ['PYTHONPATH'] = 'CANARY'
if os.path.exists(os.path.expanduser('~')): print('ESCAPED')"),
    ("ModuleNotFoundError", "import sys; sys.path.insert(0, 'CANARY'); sys.path_importer_cache.clear()\nimport secret"),
    ("FileNotFoundError|OSError|URLError|urllib.error.URLError|ModuleNotFoundError|ImportError", "import urllib.request; print(urllib.request.urlopen('file://CANARY/secret').read())"),
    ("FileNotFoundError", "import linecache, io, pathlib\nprint(linecache.getlines('CANARY/secret'), end='')\nprint(pathlib.Path('CANARY/secret').read_text())"),
    ("FileNotFoundError", "import io\nprint(io.open_code('CANARY/secret').read())"),
    ("ok", "import posix\nif posix.getcwd() != '/work' or 'CANARY' in str(posix.environ): print('ESCAPED')\nfor n in ('/proc', '/sys'):\n  try: posix.scandir(n); print('ESCAPED')\n  except OSError: pass"),
];
