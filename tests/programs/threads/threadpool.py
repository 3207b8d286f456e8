from multiprocessing.pool import ThreadPool
import time
def f(x): time.sleep(0.05); return x * x
with ThreadPool(4) as p:
    print(p.map(f, range(8)), p.apply(f, (9,)), list(p.imap_unordered(f, [2])), p.starmap(pow, [(2, 3)]), p.apply_async(f, (3,)).get(5))
