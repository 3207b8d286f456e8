//! Out through the network, another process, or the host's environment.

use crate::Program;

const REFUSED: &str = "OSError|PermissionError|ModuleNotFoundError|ImportError|AttributeError|NotImplementedError|socket.gaierror|urllib.error.URLError|webbrowser.Error";

pub(crate) const PROGRAMS: &[Program] = &[
    (
        REFUSED,
        "import socket; socket.create_connection(('127.0.0.1', 22)); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import socket; socket.getaddrinfo('localhost', 80); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import socket; s = socket.socket(); s.bind(('0.0.0.0', 0)); s.listen(); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import socket; socket.socketpair(); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import socket; socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock'); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import socket\nfor fd in range(100): socket.socket(fileno=fd)\nprint('ESCAPED')",
    ),
    (
        REFUSED,
        "import _socket; _socket.socket(); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1/'); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import http.client; http.client.HTTPConnection('127.0.0.1', 80).request('GET', '/'); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import asyncio; await asyncio.open_connection('127.0.0.1', 80); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import asyncio; await asyncio.start_server(print, '127.0.0.1', 0); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import asyncio; await asyncio.create_subprocess_shell('true'); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import asyncio; await asyncio.get_running_loop().connect_read_pipe(asyncio.Protocol, open(0)); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import asyncio; asyncio.SelectorEventLoop(); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import subprocess; subprocess.run(['/bin/true']); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import subprocess; subprocess.Popen('true', shell=True); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import _posixsubprocess; _posixsubprocess.fork_exec(); print('ESCAPED')",
    ),
    (REFUSED, "import os; os.fork(); print('ESCAPED')"),
    (
        REFUSED,
        "import os; os.execv('/bin/sh', ['sh']); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import os; os.posix_spawn('/bin/sh', ['sh'], {}); print('ESCAPED')",
    ),
    (
        "AttributeError",
        "import os\nif os.system('true') == 0: print('ESCAPED')",
    ),
    ("OSError", "import os; os.popen('true').read()"),
    (
        REFUSED,
        "import multiprocessing; multiprocessing.Process(target=print).start(); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import concurrent.futures as c; c.ProcessPoolExecutor().submit(print).result(); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import webbrowser; webbrowser.get('true'); print('ESCAPED')",
    ),
    (
        REFUSED,
        "import ssl; ssl.create_default_context(); ssl.get_server_certificate(('127.0.0.1', 443)); print('ESCAPED')",
    ),
    (
        "ok",
        "import os\nusual = {'HOME': '/home/user', 'USER': 'user', 'LOGNAME': 'user', 'PATH': '/usr/local/bin:/usr/bin:/bin', 'LANG': 'C.UTF-8'}\nif os.environ != usual or len(os.environb) != len(usual) or os.getenv('CARGO_MANIFEST_DIR'): print('ESCAPED', os.environ)",
    ),
    (
        "ok",
        "import os\nfor i in range(2000): os.environ['V%d' % i] = 'x' * 100\nos.environ.clear(); os.putenv('PATH', 'x'); os.unsetenv('HOME')",
    ),
    (
        "MemoryError",
        "import os\nfor name in ('', 'A=B', 'A\\0', '=', 'x' * (1 << 20)):\n  try: os.environ[name] = 'v'\n  except (OSError, ValueError): pass\nos.environ['A'] = 'x' * (200 << 20)",
    ),
    (
        "ok",
        "import os, sys, platform, socket\nfor ask in ('os.getlogin', 'os.getpid', 'os.getppid', 'os.uname', 'platform.node', 'socket.gethostname', 'os.cpu_count', 'os.getloadavg'):\n  try: print(eval(ask)())\n  except Exception: pass",
    ),
    (
        "ok",
        "import grp, pwd\nif [u.pw_name for u in pwd.getpwall()] != ['root', 'user'] or [g.gr_name for g in grp.getgrall()] != ['root', 'user']: print('ESCAPED')",
    ),
    (
        "ok",
        "import os\nif os.getppid() > 1 or os.getuid() == 0 or os.path.exists('/root'): print('ESCAPED')",
    ),
];
