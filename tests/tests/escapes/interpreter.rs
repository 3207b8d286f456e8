//! CPython's own insides: frames, hooks, modules, what the garbage collector knows.

use crate::Program;

pub(crate) const PROGRAMS: &[Program] = &[
    (
        "ok",
        "import gc\nfor o in gc.get_objects():\n  try: o.clear()\n  except BaseException: pass",
    ),
    (
        "ok",
        "import gc\nfor o in gc.get_objects():\n  if isinstance(o, dict):\n    for k in list(o):\n      try: o[k] = None\n      except BaseException: pass",
    ),
    (
        "ok",
        "import gc\nfor o in gc.get_objects():\n  if isinstance(o, list): o.extend([None] * 10); o.reverse()",
    ),
    (
        "ok",
        "import gc\nd = gc.get_referents(int.__dict__)[0]\nd['__add__'] = lambda a, b: 42; d['bit_length'] = None\nimport sys; sys._clear_type_cache() if hasattr(sys, '_clear_type_cache') else None\n(5).__add__(5)",
    ),
    (
        "ok",
        "import gc\nfor kind in (int, str, dict, list, tuple, object, type, bytes, float, bool, BaseException):\n  gc.get_referents(kind.__dict__)[0].clear()\n1 + 1",
    ),
    (
        "ZeroDivisionError",
        "import gc\ngc.get_referents(str.__dict__)[0]['join'] = lambda *a: 1 / 0\ngc.get_referents(type.__dict__)[0]['__mro__'] = ()\n''.join(['a'])",
    ),
    ("TypeError", "int.__add__ = lambda a, b: 42"),
    ("TypeError", "object.__class__ = int"),
    (
        "exit 1",
        "import gc\ngc.disable(); gc.set_threshold(0); gc.freeze()\nwhile True:\n  a = []; a.append(a)",
    ),
    (
        "ok",
        "import gc\nclass A:\n  def __del__(s): gc.collect(); A()\na = [A() for _ in range(100)]\ngc.callbacks.append(lambda *a: gc.collect())\ngc.collect()",
    ),
    (
        "ok",
        "import gc\ngc.set_debug(gc.DEBUG_SAVEALL | gc.DEBUG_STATS)\nfor _ in range(10000):\n  a = []; a.append(a)\ngc.collect()",
    ),
    (
        "ok",
        "import gc\nt = tuple.__new__(tuple, (iter([1]) for _ in range(3)))\ndef g():\n  for o in gc.get_objects():\n    if type(o) is tuple: yield o\nlist(g())\ntuple(o for o in gc.get_objects())",
    ),
    (
        "ok",
        "import sys\ndef t(*a): return t\nsys.settrace(t); sys.setprofile(t)\nsys._getframe().f_trace = t; sys._getframe().f_trace_opcodes = True\nimport json; json.dumps([1])",
    ),
    (
        "ok",
        "import sys\ndef t(frame, event, arg):\n  try: frame.f_lineno = 1\n  except ValueError: pass\n  return t\nsys.settrace(t)\ndef f():\n  for i in range(3):\n    with open('/work/x', 'w'): pass\nf()",
    ),
    (
        "KeyboardInterrupt",
        "import sys\ndef t(*a): raise KeyboardInterrupt\nsys.setprofile(t); sys.settrace(t); sys.exit(3)",
    ),
    (
        "ok",
        "import sys\nm = sys.monitoring; m.use_tool_id(0, 'x'); m.set_events(0, (1 << 16) - 1)\nfor e in range(16):\n  try: m.register_callback(0, 1 << e, lambda *a: m.DISABLE)\n  except ValueError: pass\nimport json; json.dumps([1])",
    ),
    ("ok", "import sys\nsys.addaudithook(lambda *a: 1 / 0)"),
    (
        "ok",
        "import sys\nkept = []\ndef hook(*a): kept.append(a)\nsys.addaudithook(hook)\nopen('/work/x', 'w'); exec('1')",
    ),
    ("exit 1", "import sys; sys.modules.clear(); import os"),
    (
        "exit 1",
        "import sys\nfor name in list(sys.modules): sys.modules[name] = None\nimport os",
    ),
    (
        "exit 1",
        "import sys\nfor name in list(sys.modules): sys.modules[name] = sys\nimport os; os.listdir('/')",
    ),
    (
        "ok",
        "import sys; sys.modules = sys.path = sys.meta_path = sys.path_hooks = 3; import decimal",
    ),
    (
        "RecursionError",
        "import sys\nclass F:\n  def find_spec(s, *a): import zlib, os, q; return 7\nsys.meta_path[:] = [F()]\nimport nothing",
    ),
    (
        "ZeroDivisionError",
        "import sys\nfor n in list(vars(sys)):\n  try: delattr(sys, n)\n  except Exception: pass\n1 / 0",
    ),
    (
        "exit 1",
        "import sys, types\nfor m in list(sys.modules.values()):\n  for n in list(getattr(m, '__dict__', ())): m.__dict__[n] = 1",
    ),
    (
        "exit 1",
        "import builtins; builtins.__dict__.clear()\nprint(1)",
    ),
    (
        "ok",
        "del __builtins__\nprint(1)\n__builtins__ = 3\nexec('1', {'__builtins__': 5})",
    ),
    (
        "exit 1",
        "import builtins\nbuiltins.__import__ = builtins.__build_class__ = builtins.open = builtins.print = lambda *a, **k: 1 / 0\nbuiltins.isinstance = builtins.len = builtins.type = None\nclass A: pass",
    ),
    (
        "exit 1",
        "import builtins\nfor name in list(vars(builtins)):\n  if name not in ('setattr', 'builtins'): setattr(builtins, name, 7)\n1 / 0",
    ),
    (
        "exit 1",
        "import builtins\nbuiltins.str = builtins.BaseException = builtins.Exception = builtins.NameError = int\nundefined",
    ),
    (
        "exit 1",
        "import sys\ndef clear(f):\n  while f: f.f_globals.clear(); f.f_locals.clear(); f.f_builtins.clear(); f = f.f_back\nclear(sys._getframe())\n1 / 0",
    ),
    (
        "ZeroDivisionError",
        "import sys\ndef f():\n  x = 1; fr = sys._getframe(); fr.f_locals['x'] = fr; fr.f_locals['y'] = 2\n  return fr\ng = f(); g.clear(); g.f_locals['x'] = 1; del g; f().f_back.f_locals['sys'] = None\n1 / 0",
    ),
    (
        "RuntimeError",
        "def g():\n  try: yield 1\n  finally: it.close()\nit = g(); next(it); it.gi_frame.clear(); it.send(1)",
    ),
    (
        "ValueError",
        "import sys, traceback\ndef f(): raise ValueError\ntry: f()\nexcept ValueError as e:\n  t = e.__traceback__; t.tb_next = t",
    ),
    (
        "ValueError",
        "import types\ntypes.TracebackType(None, __import__('sys')._getframe(), -5, 2**31 - 1)\ne = ValueError(); e.__traceback__ = types.TracebackType(None, __import__('sys')._getframe(), 10**6, -1)\nraise e",
    ),
    (
        "TypeError",
        "class A:\n  __slots__ = ('a',)\nclass B:\n  __slots__ = ('a', 'b')\nA.a.__set__(B(), 1)",
    ),
    (
        "TypeError",
        "class A: pass\nclass B(A):\n  def mro(c): return [c, object]\nB.__bases__ = (dict,)\nA.__bases__ = (B,)",
    ),
    (
        "TypeError",
        "class M(type):\n  def mro(c):\n    c.__bases__ = (); return [1, 2]\nclass A(metaclass=M): pass",
    ),
    (
        "TypeError",
        "class A:\n  def __init__(s): s.__class__ = type('B', (A,), {}); s.__dict__ = {1: 2}; del s.__dict__\nA(); type.__call__(type, A)\nobject.__setattr__(A, 'x', 1)",
    ),
    (
        "TypeError",
        "import sys\nsys.setswitchinterval(1e-300); sys.set_int_max_str_digits(0); sys.setrecursionlimit(2**31 - 1); sys.set_asyncgen_hooks(1, 2)",
    ),
    (
        "RecursionError",
        "import sys; sys.setrecursionlimit(1)\ndef f(): return f()\nf()",
    ),
    (
        "ZeroDivisionError",
        "import sys\nsys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None\nprint(1)\n1 / 0",
    ),
    (
        "exit 9",
        "import sys\nclass W:\n  def write(s, t): sys.stdout = None; raise SystemExit(9)\n  def flush(s): 1 / 0\nsys.stdout = sys.stderr = W()\nprint(1); 1 / 0",
    ),
    (
        "ZeroDivisionError",
        "import sys\nsys.stdout.detach(); sys.stderr.buffer.raw.close()\nprint('x'); 1 / 0",
    ),
    (
        "RecursionError",
        "import sys\nsys.excepthook = sys.unraisablehook = sys.displayhook = sys.breakpointhook = lambda *a: sys.excepthook(*a)\nclass A:\n  def __del__(s): 1 / 0\nA(); breakpoint()",
    ),
    (
        "ValueError",
        "import sys\nsys._current_frames().clear(); sys._current_exceptions(); sys._debugmallocstats(); sys.call_tracing(eval, ('1',)); sys.activate_stack_trampoline('perf')",
    ),
    (
        "FileNotFoundError",
        "import sys; sys.remote_exec(1, '/work/x')",
    ),
    (
        "ok",
        "import atexit\natexit.register(lambda: 1 / 0)\ndef again(): atexit.register(again)\natexit.register(again); atexit._run_exitfuncs()",
    ),
    (
        "ok",
        "import atexit, os\natexit.register(os.abort); raise SystemExit",
    ),
    (
        "NameError",
        "class A:\n  def __del__(s):\n    global a; a = s\na = A(); del a\nfor _ in range(100000): del a",
    ),
    (
        "any",
        "class A:\n  def __del__(s):\n    while True: pass\nA()",
    ),
    (
        "ok",
        "import sys\nclass A:\n  def __del__(s): sys.modules['json'] = None; sys.exit(4)\nkept = A(); sys.kept = A()",
    ),
    (
        "UserWarning",
        "import warnings\nwarnings.showwarning = lambda *a: 1 / 0\nwarnings.filters[:] = [3]\nwarnings.simplefilter('error'); warnings.warn('x')\n'\\d'",
    ),
    (
        "TypeError",
        "import codecs\ncodecs.register(lambda n: (1, 2)); codecs.register(lambda n: codecs.lookup(n)); codecs.register_error('strict', lambda e: ('', 10**9))\ncodecs.lookup('nothing'); b'\\xff'.decode()",
    ),
    (
        "MemoryError",
        "import codecs\ncodecs.register_error('e', lambda e: ('x' * 1000000, 0))\nb'\\xff'.decode('ascii', 'e')",
    ),
    (
        "ok",
        "import encodings\nencodings._cache.clear(); encodings.search_function = None\nimport encodings.utf_8; encodings.utf_8.decode = None\nprint('ü'.encode('utf-8'), open('/work/x', 'w').encoding)",
    ),
    (
        "ok",
        "import importlib, json, types\nfor n in ('json', 'os', 'types', 'sys', 'builtins', 'importlib', 'asyncio'):\n  importlib.reload(importlib.import_module(n))\njson.dumps = None",
    ),
    (
        "TypeError",
        "import importlib._bootstrap as b\nb._find_and_load = b._handle_fromlist = None\nimport sys; sys.modules.pop('json'); import json.tool",
    ),
    (
        "ModuleNotFoundError",
        "import _interpreters\ni = _interpreters.create(); _interpreters.exec(i, 'while True: pass')",
    ),
    (
        "any",
        "import random, os\nrandom.seed(0); random.random = lambda: 4; random._inst.__class__ = type('R', (random.Random,), {})\nos.urandom = lambda n: bytes(n)\nimport secrets; secrets.token_hex = lambda *a: 'same'",
    ),
    (
        "ok",
        "import json, decimal\njson.loads = json.dumps = json.JSONEncoder.encode = lambda *a, **k: 'mine'\njson.encoder.c_make_encoder = None; decimal.getcontext().prec = 1; decimal.DefaultContext.prec = 2",
    ),
    (
        "ok",
        "import locale, time, os\ntry: locale.setlocale(locale.LC_ALL, 'tr_TR')\nexcept locale.Error: pass\nos.environ['TZ'] = 'Asia/Tokyo'\ntry: time.tzset()\nexcept AttributeError: pass\nos.chdir('/tmp')",
    ),
];
