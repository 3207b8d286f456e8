//! The bridge between the program and the host, taken apart and flooded.

use crate::Program;

pub(crate) const PROGRAMS: &[Program] = &[
    (
        "UnicodeEncodeError",
        "import _hatchery_host as h\nprint(h.call('echo', 'not json'), h.call('', ''), h.call('x' * 100000, '{}'), h.call('\\ud800', '{}'))",
    ),
    (
        "ok",
        "import _hatchery_host as h\nfor a in ('[' * 100000, '{\"args\":' * 10000, '{\"args\":[1e999],\"kwargs\":{}}', '{\"args\":[1],\"kwargs\":{},\"args\":[2]}', '[]', 'null', '{\"args\":{},\"kwargs\":[]}', '\\0', '{}{}', ' ' * 100000):\n  print(h.call('echo', a))",
    ),
    (
        "ok",
        "import _hatchery_host as h\nfor name in ('__async_start__', '__result_pending__', '__class__', '..', 'echo\\0', 'echo.', '.echo', 'ECHO', '/etc/passwd', 'echo\\n', 'a.' * 400):\n  ok, reply = h.call(name, '{\"args\":[1],\"kwargs\":{}}')\n  if not ok: print('ESCAPED', name)",
    ),
    (
        "ok",
        "import _hatchery_host as h\nh.start('later', '{\"args\":[1],\"kwargs\":{}}')\nwhile h.wait(-1): pass\nprint(h.wait(-1))",
    ),
    (
        "ok",
        "import _hatchery_host as h\nfor t in (-(2**63), -2, -1, 0, 1, 2**63 - 1):\n  if h.wait(t) is not False: print('ESCAPED')",
    ),
    ("OverflowError", "import _hatchery_host as h; h.wait(2**63)"),
    (
        "ok",
        "import _hatchery_host as h\nfor t in (0, 1, 2**31, 2**32 - 1, 2**32, -1):\n  try: h.cancel(t)\n  except OverflowError: pass",
    ),
    (
        "ok",
        "import _hatchery_host as h\nt = h.start('later', '{\"args\":[1],\"kwargs\":{}}')\nfor _ in range(100): h.cancel(t)\nprint(h.wait(0), h.start('later', '{\"args\":[1],\"kwargs\":{}}') == t)",
    ),
    (
        "ok",
        "import hatchery, asyncio\nhatchery._complete(1, False, b'forged'); hatchery._started.update({i: asyncio.get_running_loop().create_future() for i in range(1000)})\nprint(await later(1))",
    ),
    (
        "ok",
        "import hatchery, asyncio\nt = asyncio.create_task(hang()); await asyncio.sleep(0)\nfor token in list(hatchery._started): hatchery._complete(token, False, b'\"forged\"')\nprint(await t)",
    ),
    ("limit|RuntimeError", "await hang()"),
    ("limit", "import hatchery; hatchery.call('hang')"),
    (
        "any",
        "import asyncio\nfor _ in range(5000): asyncio.ensure_future(hang())\nawait asyncio.sleep(0.01)",
    ),
    (
        "ok",
        "import _hatchery_host as h\nfor _ in range(5000): h.start('hang', '{\"args\":[],\"kwargs\":{}}')",
    ),
    ("limit|RuntimeError", "while True: echo(1)"),
    (
        "any",
        "import _hatchery_host as h\nwhile True: h.call('echo', '{\"args\":[1],\"kwargs\":{}}')",
    ),
    // Replies that nobody takes.
    (
        "any",
        "import _hatchery_host as h\nwhile True: h.start('absent', '{}')",
    ),
    (
        "any",
        "import _hatchery_host as h\na = '{\"args\":[\"' + 'x' * (4 << 20) + '\"],\"kwargs\":{}}'\nfor _ in range(400): h.start('echo', a)",
    ),
    (
        "any",
        "import _hatchery_host as h\na = '{\"args\":[\"' + 'x' * (4 << 20) + '\"],\"kwargs\":{}}'\nfor _ in range(400): h.start('keep', a)",
    ),
    (
        "any",
        "import _hatchery_host as h\na = '{\"args\":[[' + ','.join(['[]'] * 1000000) + ']],\"kwargs\":{}}'\nfor _ in range(400): h.start('keep', a)",
    ),
    (
        "ValueError",
        "import hatchery\nhatchery.call('echo', 'x' * (20 << 20))",
    ),
    (
        "ValueError",
        "x = 1\nfor _ in range(120): x = [x]\nprint(echo(x))\nfor _ in range(1000): x = [x]\necho(x)",
    ),
    (
        "ValueError",
        "echo('\\ud800')\necho(10**400)\necho(1e308 * 10)",
    ),
    (
        "ok",
        "print(echo({'\\0': '\\0', '__proto__': 1, '': [-0.0, 1e-320, 2**64 - 1, -2**63]}))",
    ),
    ("TypeError", "echo({('a',): 1})"),
    (
        "any",
        "class D(dict):\n  def items(s):\n    while True: yield 'a', 1\necho(D(a=1))",
    ),
    ("ValueError", "x = []; x.append(x)\necho(x)"),
    ("KeyError", "fail('KeyError'); 1"),
    (
        "ok",
        "for name in ('', 'a b', 'BaseException', 'SystemExit', 'GeneratorExit', 'object', '__import__', 'exec', 'x' * 100000, '\\0', 'StopIteration', 'ExceptionGroup'):\n  try: fail(name)\n  except Exception as e: print(type(e).__name__[:50])",
    ),
    (
        "hatchery.HostError",
        "for _ in range(900):\n  try: panic()\n  except Exception: pass\npanic()",
    ),
    (
        "limit|any",
        "import hatchery\nwhile True: hatchery.log('info', 'x' * 100000)",
    ),
    (
        "OverflowError",
        "import _hatchery_host as h\nfor level in (-2**31, 0, 10, 2**31 - 1): h.log(level, '\\x1b[2J\\n\\0' * 1000)\nh.log(2**31, 'x')",
    ),
    ("limit|any", "while True: print('x' * 10000)"),
    (
        "limit|any",
        "import os\nwhile True: os.write(2, b'y' * 100000)",
    ),
    (
        "ok",
        "import _hatchery\n_hatchery.configure('{\"env\": {\"A\": \"b\"}, \"argv\": [\"x\"], \"functions\": [{\"name\": \"echo.x\", \"is_async\": true, \"description\": null, \"parameters\": null}]}')",
    ),
    (
        "RecursionError",
        "import _hatchery\n_hatchery.configure('[' * 100000)",
    ),
    (
        "AttributeError",
        "import _hatchery\nfor n in list(vars(_hatchery)): setattr(_hatchery, n, None)\nawait later(1)",
    ),
    (
        "NameError",
        "import hatchery\nfor n in list(vars(hatchery)): delattr(hatchery, n)\necho(1)",
    ),
    (
        "exit 1",
        "import _hatchery_errors\n_hatchery_errors.describe = lambda e: '{\"type\": 5, \"message\": []}'\n1 / 0",
    ),
    (
        "exit 1",
        "import _hatchery_errors\n_hatchery_errors.describe = lambda e: '{\"type\": \"' + 'x' * (8 << 20) + '\", \"message\": \"\"}'\n1 / 0",
    ),
    (
        "exit 1",
        "import _hatchery_errors\n_hatchery_errors.describe = lambda e: '{\"type\": \"a\", \"message\": \"b\", \"cause\": ' * 10000\n1 / 0",
    ),
    (
        "any",
        "import _hatchery_errors\ndef d(e):\n  while True: pass\n_hatchery_errors.describe = d\n1 / 0",
    ),
    (
        "exit 1",
        "import sys\nsys.modules['_hatchery_errors'] = sys.modules['_hatchery'] = sys.modules['hatchery'] = None\nawait later(1)\n1 / 0",
    ),
    (
        "TypeError",
        "import _hatchery\n_hatchery.EventLoop.__init__ = _hatchery.EventLoop.run_forever = None\nawait later(1)",
    ),
    (
        "any",
        "import _hatchery\n_hatchery._HostSelector.select = lambda s, t=None: ()\nimport asyncio; await asyncio.sleep(3600)",
    ),
    (
        "ok",
        "import asyncio, json\nasyncio.Runner = json.dumps = json.loads = None\nawait later(1)",
    ),
    (
        "ok",
        "import _hatchery\n_hatchery.install_module('json', 'def dumps(*a, **k): return 7'); _hatchery.install_module('sys.x', '1'); _hatchery.uninstall_module('json')\nimport json; json.dumps(1)",
    ),
    (
        "AttributeError",
        "import _hatchery\n_hatchery.renew_stdin = None; _hatchery.drop_caches(); _hatchery._installed.update({'sys', 'builtins', 'os'}); _hatchery.uninstall_module('sys')\nimport sys; sys.path",
    ),
];
