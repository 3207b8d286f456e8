import queue, threading
q = queue.Queue(maxsize=2)
out = []
def produce():
    for i in range(10):
        q.put(i)
    q.put(None)
def consume():
    while (item := q.get()) is not None:
        out.append(item)
threads = [threading.Thread(target=produce), threading.Thread(target=consume)]
for t in threads: t.start()
for t in threads: t.join(timeout=5)
print(out, any(t.is_alive() for t in threads))
