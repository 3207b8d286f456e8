"""Threads that take a lock in methods which C code calls: __next__, __getitem__, __call__ and a key of sorted()."""
import threading


def counted(limit):
    for number in range(limit):
        yield number


class Shared:
    def __init__(self, limit):
        self.lock, self.numbers, self.calls = threading.Lock(), counted(limit), 0

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            return next(self.numbers)

    def __getitem__(self, key):
        with self.lock:
            self.calls += 1
            return -key

    def __call__(self, key):
        return self[key]


shared, totals, ordered = Shared(400_000), [], []


def work():
    total = 0
    for number in shared:
        total += number
    totals.append(total)
    ordered.append(sorted(range(3000), key=shared) == sorted(range(3000), reverse=True))
    ordered.append(sum(shared[n] for n in range(3000)) == -sum(range(3000)))


threads = [threading.Thread(target=work) for _ in range(10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(totals), len(totals), ordered.count(True), shared.calls)
