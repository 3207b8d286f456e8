import threading, contextvars, time
local = threading.local(); var = contextvars.ContextVar("var", default="none")
local.x = "main"; var.set("main")
def f(n):
    local.x = n; var.set(n); time.sleep(0.05 * (n + 1))
    print(local.x, var.get(), threading.current_thread().name, threading.get_ident() == threading.current_thread().ident)
ts = [threading.Thread(target=f, args=(i,), name=f"t{i}") for i in range(2)]
for t in ts: t.start()
print(threading.active_count(), sorted(t.name for t in threading.enumerate()))
for t in ts: t.join()
print(local.x, var.get(), threading.active_count(), threading.main_thread() is threading.current_thread(), len({t.ident for t in ts}))
