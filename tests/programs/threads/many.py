import threading, time
ts = [threading.Thread(target=time.sleep, args=(0.05,)) for _ in range(500)]
begun = time.monotonic()
for t in ts: t.start()
for t in ts: t.join()
print(time.monotonic() - begun < 3)
for _ in range(3000):
    t = threading.Thread(target=int); t.start(); t.join()
print(threading.active_count())
