from concurrent.futures import *
import time
with ThreadPoolExecutor(3) as ex:
    fs = {ex.submit(time.sleep, 0.02 * n): n for n in (3, 1, 2)}
    print([fs[f] for f in as_completed(fs)])
    f = ex.submit(lambda: 1 / 0)
    print(type(f.exception()).__name__)
    first = [ex.submit(lambda d=d: (time.sleep(d), d)[1], ) for d in (0.2, 0.01)]
    done, pending = wait(first, return_when=FIRST_COMPLETED)
    print(len(done), len(pending), done.pop().result())
    try:
        ex.submit(time.sleep, 5 if False else 0.2).result(timeout=0.01)
    except TimeoutError:
        print("timeout")
    f = ex.submit(pow, 2, 10); f.add_done_callback(lambda f: print("callback", f.result())); f.result()
