import os, signal, threading
r, w = os.pipe()
got = []
def read():
    with os.fdopen(r, "rb") as f:
        for line in f: got.append(line)
with os.fdopen(w, "wb", 0) as f:
    for i in range(3): f.write(b"line %d\n" % i)
t = threading.Thread(target=read); t.start(); t.join(); print(got)
r, w = os.pipe()
def handler(*args): raise TimeoutError("alarm")
signal.signal(signal.SIGALRM, handler); signal.setitimer(signal.ITIMER_REAL, 0.05)
try: os.read(r, 1)
except TimeoutError as error: print(error)
