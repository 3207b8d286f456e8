import threading, time
count = 0
lock = threading.Lock()
def add():
    global count
    for i in range(200):
        with lock:
            before = count
            if i % 50 == 0: time.sleep(0.001)
            count = before + 1
threads = [threading.Thread(target=add) for _ in range(5)]
for t in threads: t.start()
for t in threads: t.join()
print(count)
