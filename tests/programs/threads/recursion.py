import threading
def deep(n): return n and 1 + deep(n - 1)
out = []
def f():
    try: out.append(deep(900)); deep(10**6)
    except RecursionError: out.append("RecursionError")
t = threading.Thread(target=f); t.start(); t.join(); print(out)
