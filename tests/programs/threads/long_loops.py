"""Loops so long that the jump back to their begin takes two instructions, in threads that never wait."""
import threading

body = "\n".join(f"        total += (n ^ {k}) & 7" for k in range(120))
source = f"""
def work(out, at):
    total = 0
    n = 0
    while n < 1500:
        n += 1
{body}
    out[at] = total
"""
space = {}
exec(source, space)
out = [None] * 6
threads = [threading.Thread(target=space["work"], args=(out, at)) for at in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(out, len(set(out)))
