import threading, time, contextlib
def slow(x): time.sleep(0.01); return -x
out = []
def f(): out.append(sorted([1, 3, 2], key=slow))
def g():
    def gen():
        for i in range(3): time.sleep(0.01); yield i
    out.append(sum(gen()))
@contextlib.contextmanager
def managed():
    time.sleep(0.01); yield 5; time.sleep(0.01)
def h():
    with managed() as m: out.append(m)
ts = [threading.Thread(target=t) for t in (f, g, h, f, g, h)]
for t in ts: t.start()
for t in ts: t.join()
print(sorted(map(str, out)))
