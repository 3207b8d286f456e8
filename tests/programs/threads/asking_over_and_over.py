"""A program that asks again and again whether a thread has done its work, and never waits."""
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

event, total = threading.Event(), []


def work():
    total.append(sum(range(2000)))
    event.set()


threading.Thread(target=work).start()
while not event.is_set():
    pass
print(total)
thread = threading.Thread(target=time.sleep, args=(0.02,))
thread.start()
while thread.is_alive():
    pass
print(thread.is_alive())
items = queue.Queue()
threading.Thread(target=lambda: items.put("item")).start()
while items.empty():
    pass
print(items.get())
with ThreadPoolExecutor() as pool:
    future = pool.submit(sum, range(1000))
    while not future.done():
        pass
    print(future.result())
done = []
threading.Thread(target=lambda: done.append(1)).start()
while not done:
    pass
while threading.active_count() > 5:
    pass
print(done)
