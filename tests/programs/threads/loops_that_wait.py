import queue, threading, contextlib, time
q = queue.Queue(); sq = queue.SimpleQueue(); out=[]
def worker():
    for item in iter(q.get, None):
        out.append(item); q.task_done()
    q.task_done()
def gen():
    while True:
        x = sq.get()
        if x is None: return
        yield x
def consume():
    for x in gen(): out.append(("g", x))
lock = threading.Lock()
@contextlib.contextmanager
def held():
    with lock:
        yield
def locked(n):
    for _ in range(3):
        with held():
            time.sleep(0.001); out.append(n)
ts = [threading.Thread(target=worker) for _ in range(3)] + [threading.Thread(target=consume)] + [threading.Thread(target=locked, args=(f"t{i}",)) for i in range(3)]
for t in ts: t.start()
for i in range(10): q.put(i)
q.join(); print("joined queue")
sq.put(1); sq.put(2); sq.put(None)
for _ in range(3): q.put(None)
for t in ts: t.join()
print(sorted(map(str, out)))
