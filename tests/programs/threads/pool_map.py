from concurrent.futures import ThreadPoolExecutor
import time
def work(n):
    time.sleep(0.2)
    return n * n
begun = time.monotonic()
with ThreadPoolExecutor(max_workers=5) as pool:
    print(list(pool.map(work, range(10))))
print(time.monotonic() - begun < 1.5)
