//! Threads, signals and sudden ends.

use crate::Program;

pub(crate) const PROGRAMS: &[Program] = &[
    (
        "ok",
        "import _thread\nfor f in (print, lambda: 1 / 0, _thread.exit, type, [].append):\n  _thread.start_new_thread(f, ())",
    ),
    (
        "RuntimeError|MemoryError|exit 1",
        "import threading\nl = threading.Lock(); l.acquire()\nwhile True: threading.Thread(target=l.acquire).start()",
    ),
    (
        "ok",
        "import _thread; h = _thread.start_joinable_thread(print); h.join(); h.join(0); h._set_done()",
    ),
    (
        "RuntimeError",
        "import _thread; h = _thread._ThreadHandle(); h.join()",
    ),
    (
        "ok",
        "import concurrent.futures as c; c.ThreadPoolExecutor().submit(print).result()",
    ),
    (
        "limit",
        "import threading\ndef f():\n  while True: pass\nfor _ in range(50): threading.Thread(target=f).start()",
    ),
    (
        "ok",
        "import threading, time\ndef f(n):\n  if n: sorted([1], key=lambda _: (time.sleep(0), threading.Thread(target=f, args=(n - 1,)).start(), time.sleep(0)))\nf(300)",
    ),
    (
        "ok",
        "import threading, time\nclass D:\n  def __del__(self): time.sleep(0.001); threading.Thread(target=print).start()\nl = threading.local()\ndef f(): l.d = D()\nfor _ in range(20): threading.Thread(target=f).start()",
    ),
    (
        "ok",
        "import threading, sys, time, gc\ndef f():\n  global held\n  held = sys._getframe(); time.sleep(0.01); g.append(1)\ng = []; t = threading.Thread(target=f); t.start()\nheld.clear if 0 else None\ntry: held.clear()\nexcept RuntimeError: g.append(2)\ngc.collect(); t.join(); assert g == [2, 1], g\nheld.clear()",
    ),
    (
        "ok",
        "import threading, time\ndef gen():\n  while True: time.sleep(0.001); yield 1\ng = gen()\ndef f():\n  try: next(g)\n  except ValueError: pass\nts = [threading.Thread(target=f) for _ in range(5)]\nfor t in ts: t.start()\nfor t in ts: t.join()",
    ),
    (
        "any",
        "import threading, time, _thread\nmain = threading.main_thread().ident\nt = threading.Thread(target=time.sleep, args=(0.01,)); t.start()\nimport signal\ntry: signal.pthread_kill(main, 2)\nexcept AttributeError: pass\nt.join()",
    ),
    (
        "RuntimeError",
        "import threading\nl = threading.Lock(); l.acquire(); l.acquire()",
    ),
    (
        "any",
        "import threading\nl = threading.Lock(); l.acquire(); l.acquire(timeout=3600)",
    ),
    ("RuntimeError", "import threading; threading.Event().wait()"),
    ("RuntimeError", "import queue; queue.Queue().get()"),
    ("RuntimeError", "import queue; queue.SimpleQueue().get()"),
    (
        "_queue.Empty",
        "import queue, threading\nassert not threading.Event().wait(0.01)\nqueue.SimpleQueue().get(timeout=0.01)",
    ),
    (
        "RuntimeError",
        "import concurrent.futures as c\nf = c.Future()\ntry: f.result(timeout=0.01)\nexcept TimeoutError: f.result()",
    ),
    (
        "ok",
        "import threading; threading.Timer(0.01, print).start()",
    ),
    (
        "ok",
        "import sys, threading, time\nsys.settrace(lambda *a: None); threading.settrace(lambda *a: None)\nt = threading.Thread(target=lambda: [time.sleep(0.001) for _ in range(3)]); t.start(); t.join(); sys.settrace(None)",
    ),
    (
        "KeyboardInterrupt",
        "import _thread; _thread.interrupt_main(); _thread.interrupt_main(6); _thread.exit()",
    ),
    (
        "RuntimeError",
        "import threading; threading._shutdown(); threading.main_thread().join(); threading.stack_size(1 << 30)",
    ),
    (
        "RuntimeError",
        "import _thread\n_thread.allocate_lock().release()",
    ),
    (
        "RuntimeError",
        "import _thread\nr = _thread.RLock(); r._acquire_restore((2**31 - 1, 12345)); r._release_save(); r.acquire()",
    ),
    (
        "exit 137",
        "import signal; signal.raise_signal(signal.SIGKILL)",
    ),
    (
        "ok",
        "import signal\nfor n in range(1, 65):\n  try: signal.signal(n, lambda *a: 1 / 0)\n  except (OSError, ValueError): pass\nfor n in range(1, 65):\n  if n in (6, 9, 11, 19): continue\n  try: signal.raise_signal(n)\n  except (OSError, ValueError, ZeroDivisionError): pass",
    ),
    (
        "exit 134",
        "import signal; signal.raise_signal(signal.SIGABRT)",
    ),
    (
        "exit 139",
        "import signal; signal.raise_signal(signal.SIGSEGV)",
    ),
    (
        "limit",
        "import signal; signal.signal(signal.SIGALRM, lambda *a: signal.setitimer(0, 1e-6, 1e-6)); signal.alarm(1); signal.setitimer(0, 0.001)\nwhile True: pass",
    ),
    (
        "exit 137",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ),
    (
        "PermissionError",
        "import os; os.kill(1, 9); os.killpg(0, 9); os.kill(-1, 9)",
    ),
    ("limit", "import signal; signal.pause()"),
    (
        "ValueError",
        "import signal; signal.set_wakeup_fd(1); signal.raise_signal(2)",
    ),
    (
        "AttributeError",
        "import signal; signal.signal(2, signal.SIG_IGN); signal.pthread_sigmask(0, range(1, 60)); signal.sigwait([2])",
    ),
    ("exit 6", "import os; os._exit(6)"),
    ("exit 2147483647", "import os; os._exit(2**31 - 1)"),
    ("exit -2147483648", "import os; os._exit(-2**31)"),
    ("trap", "import os; os.abort()"),
    ("exit 139", "import faulthandler; faulthandler._sigsegv()"),
    (
        "AttributeError",
        "import faulthandler; faulthandler._stack_overflow()",
    ),
    (
        "RuntimeError",
        "import faulthandler; faulthandler._fatal_error_c_thread()",
    ),
    (
        "RuntimeError",
        "import faulthandler; faulthandler.enable(); faulthandler.dump_traceback(); faulthandler.dump_traceback_later(0.01, exit=True); faulthandler._read_null()",
    ),
    (
        "ModuleNotFoundError",
        "import _testcapi; _testcapi.fatal_error(b'x')",
    ),
    (
        "exit 1",
        "raise SystemExit(type('X', (), {'__str__': lambda s: 1 / 0})())",
    ),
    ("exit 255", "raise SystemExit(1 << 80)"),
    ("exit 1", "import sys; sys.exit((1, 2, [3]))"),
    ("KeyboardInterrupt", "raise KeyboardInterrupt"),
    ("GeneratorExit", "raise GeneratorExit"),
    (
        "any",
        "class E(BaseException):\n  def __del__(s): raise E\nraise E",
    ),
    (
        "limit",
        "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
    ),
    (
        "limit",
        "def g():\n  while True:\n    try: yield\n    except BaseException: pass\nx = g(); next(x)\nwhile True: x.throw(ValueError)",
    ),
    (
        "limit",
        "import contextlib\nwith contextlib.suppress(BaseException):\n  while True: pass\nwhile True: pass",
    ),
    (
        "any",
        "import asyncio\nasync def f():\n  while True:\n    try: await asyncio.sleep(3600)\n    except asyncio.CancelledError: pass\nasyncio.create_task(f()) if 0 else await f()",
    ),
    (
        "any",
        "import asyncio\nasync def f():\n  while True:\n    try: await asyncio.sleep(0)\n    except asyncio.CancelledError: pass\nt = asyncio.create_task(f()); await asyncio.sleep(0)",
    ),
    (
        "any",
        "import asyncio\nasync def g():\n  try:\n    while True: yield 1\n  finally:\n    while True: await asyncio.sleep(0)\nasync for _ in g(): break",
    ),
    (
        "ok",
        "import asyncio\nasync def g():\n  try: yield\n  finally: yield\nx = g(); await anext(x); del x\nawait asyncio.sleep(0)",
    ),
    (
        "RuntimeError",
        "import asyncio\nwhile True: asyncio.ensure_future(asyncio.sleep(1000))",
    ),
    (
        "RuntimeError",
        "import asyncio\nloop = asyncio.get_running_loop(); loop.stop(); loop.close(); await asyncio.sleep(1)",
    ),
    (
        "any",
        "import asyncio\nloop = asyncio.get_running_loop()\ndef again(): loop.call_soon(again); loop.call_soon(again)\nagain(); await asyncio.sleep(1)",
    ),
    (
        "AttributeError",
        "import asyncio\nasyncio.get_running_loop()._ready = None; asyncio.get_running_loop()._selector = 5\nawait asyncio.sleep(1)",
    ),
    (
        "RuntimeError",
        "import asyncio\nawait asyncio.get_running_loop().run_in_executor(None, lambda: asyncio.run(asyncio.sleep(1)))",
    ),
    (
        "RuntimeError",
        "import asyncio, types\n@types.coroutine\ndef bad(): yield 42\nawait bad()",
    ),
    (
        "RecursionError",
        "import asyncio\nasync def a(): await b_task\nasync def b(): await a_task\na_task = asyncio.create_task(a()); b_task = asyncio.create_task(b()); await a_task",
    ),
];
