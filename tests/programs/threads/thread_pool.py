from multiprocessing.pool import ThreadPool
import multiprocessing, multiprocessing.dummy
def f(x): return x*x
with ThreadPool(4) as p:
    print(p.map(f, range(10)))
    print(list(p.imap(f, range(5))))
    print(sorted(p.imap_unordered(f, range(5))))
    r = p.apply_async(f, (7,)); print(r.get(timeout=5))
    print(p.starmap(pow, [(2,3),(3,2)]))
    def bad(x): raise ValueError(x)
    try: p.map(bad, [1])
    except ValueError as e: print("error", e)
print("left")
p = multiprocessing.dummy.Pool(3)
print(p.map(f, range(4))); p.close(); p.join(); print("joined")
l = multiprocessing.Lock()
with l: print("locked", l.acquire(block=False))
