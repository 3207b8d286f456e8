import threading, time
event = threading.Event()
log = []
def waiter():
    event.wait()
    log.append("woken")
t = threading.Thread(target=waiter); t.start()
log.append("set"); event.set(); t.join(); print(log)
cond = threading.Condition()
items = []
def consumer():
    with cond:
        cond.wait_for(lambda: len(items) == 3)
        print("got", items)
t = threading.Thread(target=consumer); t.start()
for i in range(3):
    with cond:
        items.append(i); cond.notify_all()
    time.sleep(0.01)
t.join()
barrier = threading.Barrier(3)
order = []
def meet(i):
    order.append(i); barrier.wait(); order.append("after")
ts = [threading.Thread(target=meet, args=(i,)) for i in range(3)]
for t in ts: t.start()
for t in ts: t.join()
print(order[:3], order[3:])
sem = threading.Semaphore(2)
most = now = 0
def limited():
    global most, now
    with sem:
        now += 1; most = max(most, now); time.sleep(0.01); now -= 1
ts = [threading.Thread(target=limited) for _ in range(6)]
for t in ts: t.start()
for t in ts: t.join()
print(most, now)
rlock = threading.RLock()
def again(n):
    with rlock:
        if n: time.sleep(0.001); again(n - 1)
        else: log.append(n)
ts = [threading.Thread(target=again, args=(3,)) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(log.count(0))
